"""The audit (留痕) as people read it, and as it is examined."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mailbot.app.archive_check import ArchiveCheck
from mailbot.app.ports import Ledger
from mailbot.domain.audit import WORDS, Broken, Head, Link, Said, checked
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.words import ACTS, COPIES, DISPOSITIONS, LETTER_STATES, LETTERS

Watch = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Examined:
    """`told_head`: the head that somebody has from a digest, and whether it stands in the chain; None where nobody asked. `unlike`: the first record
    that is not as the audit says. `is_the_last`: whether the chain goes through what was last left beside the database. `looked_on`: when the
    archive was last looked at."""

    head: Head
    broken: Broken | None
    faults: tuple[str, ...]
    told_head: bool | None = None
    unlike: str = ""
    is_the_last: bool = True
    looked_on: str = ""

    @property
    def wrong(self) -> bool:
        return self.broken is not None or bool(self.faults or self.unlike) or self.told_head is False or not self.is_the_last

    @property
    def lines(self) -> tuple[str, ...]:
        chain = f"留痕 {self.head.count} 条，前后相连，没有缺的、改过的；校验码 {self.head.short}。"
        if self.broken is not None:
            chain = f"留痕从第 {self.broken.number} 条起不对：{self.broken.why}。前面 {self.head.count} 条完好。请保留现场，与备份和日报里的校验码对照。"
        found = {True: "日报里的校验码在留痕里，那以前的没有动过。", False: "日报里的校验码不在留痕里：那以前的记录被换过，或者校验码抄错了。", None: ""}
        records = f"台账与留痕不一致：{self.unlike}。请保留现场，与备份对照。" if self.unlike else ""
        if not (self.unlike or self.broken):
            records = "每封信、每个登记的报送件都与留痕一致。"
        older = "" if self.is_the_last else "留痕里没有程序上次写到的那一条：台账比上次写到的旧，或者被换过。"
        return tuple(filter(None, (chain, records, older, found[self.told_head], *(self.faults or (self._archive,)))))

    @property
    def _archive(self) -> str:
        if not self.looked_on:
            return "存档里的原邮件还没有核对过；现在核对请加 --files。"
        return f"存档里的原邮件最近一次核对是 {self.looked_on}（每天核对一部分，加 --files 全部核对），没有发现丢失或改动的。"

    def as_json(self) -> dict[str, Any]:
        broken = {"number": self.broken.number, "why": self.broken.why} if self.broken else None
        return {
            "count": self.head.count, "head": self.head.hash, "broken": broken, "archive": list(self.faults), "told_head_found": self.told_head,
            "unlike": self.unlike or None, "is_the_last": self.is_the_last, "archive_looked_on": self.looked_on or None,
        }  # fmt: skip


def examined(ledger: Ledger, archive: ArchiveCheck, told_head: str | None, watch: Watch | None) -> Examined:
    """`watch`: all files of the archive are looked at, and it is told how far that is; None: what the nightly looks found is told."""
    seen = False

    def passing() -> Iterable[Link]:
        nonlocal seen
        for link in ledger.audited():
            seen = seen or bool(told_head and link.hash.startswith(told_head.lower()))
            yield link

    head, broken = checked(passing())
    if watch is not None:
        archive.all_now(watch)
    unlike = _unlike(ledger) if broken is None else ""
    return Examined(head, broken, archive.sentences(), seen if told_head else None, unlike, ledger.is_the_last(), archive.looked_on)


def _unlike(ledger: Ledger) -> str:
    """The first letter or mail whose record is not as the audit says, and how. The program may be at work meanwhile: what differs is
    asked for once more."""
    found: dict[str, str] = {}
    for _ in range(2):
        said = Said(ledger.audited())
        filed: dict[int, list[list[str]]] = {}
        for message, one in ledger.filed_there():
            filed.setdefault(message, []).append(one)
        letters = said.unlike_letters({number: (state, sha256) for number, state, sha256 in ledger.letters_there()})
        now = {f"信 {n}（{why}）": why for n, why in letters.items()} | {f"邮件 {n}（{why}）": why for n, why in said.unlike_mails(filed).items()}
        found = {name: why for name, why in now.items() if not found or name in found}
        if not found:
            return ""
    return next(iter(found))


def line(link: Link) -> str:
    who = f"{link.who}（{'邮件' if link.via == 'mail' else '命令'}）" if link.who else "程序"
    return f"{link.number}　{link.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}　{who}　{WORDS.get(link.what, link.what)}　{_thing(link.about)}{_clause(link)}"


_THINGS = {
    "message": "邮件", "letter": "信", "ruling": "处理意见", "review": "待人工", "ledger": "台账", "archive": "存档", "rules": "规则", "sending": "发信",
    "export": "导出",
}  # fmt: skip
# What an entry may hold -> how it is said, and the words of its values. What is not here (hashes, copies of lists) only --json shows.
_SAID: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "kind": ("{}", LETTERS), "disposition": ("判为{}", DISPOSITIONS), "unit": ("单位 {}", {}), "questions": ("要人定 {} 件", {}), "to": ("给 {}", {}),
    "state": ("{}", LETTER_STATES), "act": ("{}", ACTS), "review": ("第 {} 件", {}), "message": ("邮件 {}", {}), "undoes": ("撤销第 {} 条意见", {}),
    "campaign": ("行动 {}", {}), "form": ("表种 {}", {}), "duty": ("事项 {}", {}), "period": ("报告期 {}", {}), "copy": ("{}", COPIES), "address": ("地址 {}", {}),
    "due": ("截止 {}", {}), "rules": ("规则版本 {}", {}), "sending": ("运行方式 {}", {}), "mails": ("原邮件 {} 封", {}), "rows": ("台账 {} 行", {}),
    "missing": ("缺 {} 封", {}), "altered": ("被改动 {} 封", {}), "snapshot": ("{} 的备份", {}),
    "code": ("服务器答 {}", {}), "problem": ("{}", {}), "why": ("{}", {}),
}  # fmt: skip


def _thing(about: str) -> str:
    kind, _, which = about.partition(":")
    return _THINGS.get(kind, kind) + ("" if which == "all" else f" {which}")


def _clause(link: Link) -> str:
    """What it is now, and in which state it was before."""
    before, after = (json.loads(text) if text else {} for text in (link.before, link.after))
    said = [how.format(words.get(str(after[name]), after[name])) for name, (how, words) in _SAID.items() if after.get(name) not in (None, "", [], {})]
    filed = after.get("filed") or after.get("items") or ()
    said += [f"登记 {len(filed)} 份"] if filed else []
    was = LETTER_STATES.get(before.get("state"), "")
    return f"：{'，'.join((*said, *([f'原为{was}'] if was else [])))}" if said else ""


def as_json(link: Link) -> dict[str, Any]:
    return {
        "number": link.number, "at": link.at.astimezone(SHANGHAI).isoformat(), "who": link.who or None, "via": link.via or None, "what": link.what,
        "about": link.about, "before": link.before, "after": link.after, "hash": link.hash,
    }  # fmt: skip
