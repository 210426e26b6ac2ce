"""The audit (留痕): every decision about a mail, every order a person gave and what became of every letter, in the order it happened, each bound to all before
it by a hash. Pure; the ledger writes each entry in the transaction of the change itself. What a mailbox was read up to, contacts, marks and the steps of
reminders are kept without one.

No personal data beyond what must be: numbers, ids of the rules, hashes, masked addresses."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mailbot.domain.masking import masked
from mailbot.domain.outcome import Outcome
from mailbot.domain.records import Posted
from mailbot.domain.rulings import Ruling

START = "0" * 64  # what the first entry is bound to
SHOWN = 12  # digits of a hash that people compare

# What happened -> as people read it.
WORDS: Mapping[str, str] = {
    "taken": "收件登记", "decided-again": "重新判定", "asked": "新增待人工", "ruled": "人工处理意见", "carried-out": "处理意见执行完毕",
    "letter-written": "写入发件箱", "letter-sent": "信已发出", "letter-failed": "信未发出", "letter-waiting": "信推后再发", "letter-ambiguous": "信不知是否发出",
    "letter-bounced": "信被退回", "letter-dropped": "信不再发", "letter-joined": "几封合成一封", "letter-released": "信放行",
    "in-force": "运行方式", "stopped": "停止发信", "resumed": "恢复发信", "exported": "导出", "backup": "备份", "restored": "从备份恢复",
    "deleted": "按保存期限删除",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. `about`: what was changed (message:12, letter:5, ruling:3). `who`: "" is the program itself; of people the masked
    address or the account at the keyboard; `via`: mail, command, "" for the program."""

    what: str
    about: str
    at: datetime
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    who: str = ""
    via: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it stands in the chain, `number` from 1 on without a gap. `before`, `after`: the JSON as it was hashed."""

    number: int
    at: datetime
    who: str
    via: str
    what: str
    about: str
    before: str | None
    after: str | None
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: how many entries, and the hash that stands for all of them."""

    count: int = 0
    hash: str = START

    @property
    def short(self) -> str:
        return self.hash[:SHOWN]


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry that is not as it was written, and why that is known."""

    number: int
    why: str


def linked(head: Head, entry: Entry) -> Link:
    """The entry as the next of the chain."""
    values = (entry.at.astimezone(UTC), entry.who, entry.via, entry.what, entry.about, _text(entry.before), _text(entry.after))
    return Link(head.count + 1, *values, _hash(head.hash, head.count + 1, *values))


def head_of(link: Link) -> Head:
    return Head(link.number, link.hash)


def checked(links: Iterable[Link]) -> tuple[Head, Broken | None]:
    """The chain computed again from its beginning, as far as it is whole."""
    head = Head()
    for link in links:
        if link.number != head.count + 1:
            return head, Broken(head.count + 1, f"第 {head.count + 1} 条不见了")
        if link.hash != _hash(head.hash, link.number, link.at, link.who, link.via, link.what, link.about, link.before, link.after):
            return head, Broken(link.number, "内容与写入时不一致")
        head = head_of(link)
    return head, None


def _hash(before: str, number: int, at: datetime, *words: str | None) -> str:
    """SHA-256 over the hash before and the canonical JSON of the entry."""
    text = json.dumps([before, number, at.astimezone(UTC).isoformat(timespec="microseconds"), *words], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _text(values: Mapping[str, Any] | None) -> str | None:
    return None if values is None else json.dumps(values, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


# --- what happens, as entries --------------------------------------------------------------------------------------------------


def decision(outcome: Outcome, sha256: str) -> dict[str, Any]:
    """What was decided about a mail: what was filed with the hashes of its bytes, how many questions are open."""
    filed = [[f.campaign, f.unit, f.duty, f.period, f.copy, f.sha256, came(f.received_at)] for f in outcome.filings]
    told: dict[str, Any] = {"mail": sha256, "disposition": outcome.disposition, "unit": outcome.unit.id if outcome.unit else None, "filed": filed}
    return told | ({"questions": len(outcome.reviews)} if outcome.reviews else {})


def came(moment: datetime) -> str:
    """When a mail was received, by which late is told from in time."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def shown_decision(shown: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a decision that the ledger keeps as it was shown."""
    items = [[i.get("campaign"), i.get("unit"), i.get("duty"), i.get("period"), i.get("copy"), i.get("sha256")] for i in shown.get("items", ()) if i.get("duty")]
    return {"mail": shown.get("sha256"), "disposition": shown.get("disposition"), "unit": shown.get("unit"), "items": items}


def letter(posted: Posted) -> dict[str, Any]:
    told = {"kind": posted.kind, "to": masked(posted.recipient), "unit": posted.unit, "state": posted.state}
    return told | ({"bytes": hashlib.sha256(posted.raw).hexdigest()} if posted.raw else {}) | ({"action": posted.action} if posted.action else {})


def ruled(ruling: Ruling, number: int, at: datetime) -> Entry:
    """What a person said. Reasons and file names stay in the ledger's own record of it."""
    names = ("review", "message", "undoes", "campaign", "unit", "form", "duty", "period", "copy")
    after: dict[str, Any] = {"act": ruling.act} | {name: value for name in names if (value := getattr(ruling, name)) not in (None, "")}
    if ruling.address:
        after["address"] = masked(ruling.address)
    if ruling.codes:
        after["codes"] = list(ruling.codes)
    if ruling.due:
        after["due"] = ruling.due.isoformat()
    return Entry("ruled", f"ruling:{number}", at, None, after, masked(ruling.by), ruling.via)


# --- the records, held against it --------------------------------------------------------------------------------------------------


class Said:
    """What the audit says last of each letter (state, hash of its bytes) and of what each mail filed."""

    def __init__(self, links: Iterable[Link]) -> None:
        self.letters: dict[int, tuple[str, str]] = {}
        self.filed: dict[int, list[list[str]]] = {}
        for link in links:
            kind, _, number = link.about.partition(":")
            after = json.loads(link.after or "{}")
            if kind == "letter" and "state" in after:
                self.letters[int(number)] = (after["state"], after.get("bytes") or self.letters.get(int(number), ("", ""))[1])
            elif kind == "message" and "filed" in after:
                self.filed[int(number)] = after["filed"]

    def unlike_letters(self, there: Mapping[int, tuple[str, str]]) -> dict[int, str]:
        """Letters that are not as the audit says. One that is being sent waited: to take it is no entry. What is older than the audit
        is not in it."""
        first = min(self.letters, default=0)
        wrong: dict[int, str] = {}
        for number in sorted({*self.letters, *(n for n in there if n > first > 0)}):
            said, is_ = self.letters.get(number), there.get(number)
            if said is None or is_ is None:
                wrong[number] = "台账里没有这封信" if said else "留痕里没有这封信"
            elif is_[0] != said[0] and not (is_[0] == "sending" and said[0] in ("waiting", "ambiguous")):
                wrong[number] = f"状态留痕里是 {said[0]}，台账里是 {is_[0]}"
            elif said[1] and is_[1] != said[1]:
                wrong[number] = "信的内容与写入时不一致"
        return wrong

    def unlike_mails(self, there: Mapping[int, list[list[str]]]) -> dict[int, str]:
        """Mails of which something else is filed than the audit says. Entries of older versions do not tell when a mail came."""
        first = min(self.filed, default=0)
        wrong: dict[int, str] = {}
        for number in sorted({*self.filed, *(n for n in there if n > first > 0)}):
            said = self.filed.get(number, [])
            told = min(map(len, said), default=7)
            if sorted(one[:told] for one in said) != sorted(one[:told] for one in there.get(number, [])):
                wrong[number] = "登记的报送件与留痕不一致"
        return wrong
