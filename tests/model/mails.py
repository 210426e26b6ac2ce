"""What is put into the mailbox, and what is known of it beforehand: the truth that the checker holds the bot against. Known is what the
contract's table says of such a mail, never what the product makes of it."""

import email
import email.policy
import hashlib
import json
import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path

from outbox.test_returns import dsn
from stories.conftest import FORGED, GOOD, compose

from mailbot.app.demo import papers
from mailbot.app.demo.scan import Page, stamped_jpeg
from tests.mail.corpus import CASES
from tests.model.rules import SENDS_FOR, STAFF, UNITS

STRANGERS = ("someone@mail.example", "other@mail.example")
ODD = Path(__file__).parent.parent / "mail" / "odd"
_SLOW = {"doc-word-95", "xlsx-one-cell-at-the-far-end"}  # to read them takes seconds; tests/mail does
_ODD = [one for one in CASES if one.kept and not one.bug and not one.tool and one.name not in _SLOW and (ODD / f"{one.name}.json").exists()]
NIL = "本季度无风险隐患。"
_ON_THE_WAY = timedelta(seconds=90)  # what the sender's servers say; the office's own server counts
_POOL = 6  # different papers of each kind and unit: reading is remembered by content
ANSWERS = frozenset({"receipt", "missing"})
TO_STRANGERS = frozenset({"held", "unknown-unit"})

AUTOMATIC: tuple[dict[str, str], ...] = (
    {"Auto-Submitted": "auto-replied"}, {"Auto-Submitted": "auto-generated; x=y"}, {"Precedence": "bulk"}, {"Precedence": "list"}, {"Precedence": "junk"},
    {"List-Id": "<news.example>"}, {"Return-Path": "<>"}, {"X-QQ-AUTO-REPLY": "true"}, {"X-Autoreply": "yes"},
    {"List-Unsubscribe": "<mailto:x@y.example>"}, {"X-Auto-Response-Suppress": "All"}, {"X-Auto-Response-Suppress": "OOF"}, {"X-Loop": "yes"},
)  # fmt: skip
AUTOMATIC_SUBJECTS = ("自动回复：材料", "自动答复: 材料", "Automatic reply: 材料", "Out of Office", "Re: 自动回复：材料")
AUTOMATIC_SENDERS = ("mailer-daemon@units.example", "postmaster@units.example", "no-reply@units.example", "owner-news@units.example", "nmyxjg@163.com")


@dataclass(frozen=True)
class Mail:
    """`files`: SHA-256 of what it carries. `may_file`: the units that it may be filed for while `sender` is registered for `home`; a staff
    word may add to it (`vouchable`). `answers`: the kinds of letters that may go to its sender; `others`: kinds to others about it.
    `automatic`: nobody may be answered. `sure`: the letter that its sender must get in the end, one of these kinds."""

    kind: str
    raw: bytes
    message_id: str
    sender: str = ""
    home: str = ""
    files: tuple[str, ...] = ()
    may_file: frozenset[str] = frozenset()
    vouchable: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    automatic: bool = False
    dispositions: frozenset[str] = frozenset()
    sure: frozenset[str] = frozenset()
    odd: bool = False
    order: bool = False  # a word of staff with a valid token

    @cached_property
    def sha256(self) -> str:
        return sha256_of(self.raw)


# --- papers ----------------------------------------------------------------------------------------------------------------------


@cache
def risk(unit: str, n: int, period: str = "2024年第一季度") -> bytes:
    counters = papers.Counters(officers_sent=200 + n, retailers_checked=90 + n)
    day = date(2024, 3, 28) if "一季" in period else date(2023, 12, 29)
    return papers.risk_list_docx(unit=UNITS[unit], reported_on=day, title=f"{period}“两品一械”风险隐患排查问题清单", counters=counters)


@cache
def stats(unit: str, n: int) -> bytes:
    return papers.case_stats_xlsx(unit=UNITS[unit], month=(2024, 3 + n % 2))


@cache
def scan(unit: str, n: int) -> bytes:
    return stamped_jpeg(Page(title="清单", lines=(), seal=UNITS[unit], seed=n))


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# --- mails -----------------------------------------------------------------------------------------------------------------------


@dataclass
class Writer:
    """Writes mails one after the other; each has words of its own, so that none is taken for another."""

    count: int = 0

    def _mail(self, kind: str, sender: str, now: datetime, files: dict[str, bytes], subject: str = "", text: str = "", **more: object) -> Mail:
        self.count += 1
        names = {key: more.pop(key) for key in tuple(more) if key in ("results", "headers", "message_id")}
        names.setdefault("message_id", f"<{self.count}.{now:%Y%m%d%H%M%S}@units.example>")
        subject = subject or f"报送材料{self.count}"
        raw = compose(sender, subject, text or f"附上材料，请接收。第{self.count}封。", files, when=f"{now - _ON_THE_WAY:%Y-%m-%dT%H:%M:%S}", **names)  # type: ignore[arg-type]
        return Mail(kind, raw, message_id_of(raw), sender, files=tuple(map(sha256_of, files.values())), **more)  # type: ignore[arg-type]

    def report(self, kind: str, home: str, address: str, n: int, now: datetime) -> Mail:
        """A report of a unit from its own address: good (both copies), partial, late, nil, of two duties."""
        n %= _POOL
        files = {
            "good": {"清单.docx": risk(home, n), "清单章.jpg": scan(home, n % 2)}, "partial": {"清单.docx": risk(home, n)},
            "late": {"清单.docx": risk(home, n, "2023年第四季度"), "清单章.jpg": scan(home, n % 2)}, "nil": {},
            "two": {"清单.docx": risk(home, n), "月报.xlsx": stats(home, n)},
        }[kind]  # fmt: skip
        words = {"subject": f"2024年第一季度风险隐患排查问题清单（第{self.count}封）", "text": NIL} if kind == "nil" else {}
        own = (sha256_of(NIL.encode()),) if kind == "nil" else ()  # the sentence itself is what is registered
        said = frozenset({"submission", "review"}) if kind == "nil" else frozenset({"submission"})
        mail = self._mail(kind, address, now, files, home=home, may_file=frozenset({home}), answers=ANSWERS, dispositions=said,
                          sure=frozenset() if kind == "nil" else ANSWERS, **words)  # type: ignore[arg-type]  # fmt: skip
        return replace(mail, files=mail.files + own)

    def on_behalf(self, address: str, n: int, now: datetime) -> Mail:
        """The brigade sends a squad's list."""
        files = {"一中队清单.docx": risk("zhifa1", n % _POOL)}
        return self._mail("on-behalf", address, now, files, home="zhifadadui", may_file=frozenset({"zhifa1"}), answers=ANSWERS, others=ANSWERS,
                          dispositions=frozenset({"submission"}), sure=ANSWERS)  # fmt: skip

    def mismatch(self, home: str, address: str, named: str, n: int, now: datetime) -> Mail:
        """A unit's address, and a list that names another unit: a person decides."""
        files = {"清单.docx": risk(named, n % _POOL)}
        return self._mail("mismatch", address, now, files, home=home, answers=frozenset({"held"}), dispositions=frozenset({"review"}),
                          sure=frozenset({"held"}), vouchable=frozenset({named, home}))  # fmt: skip

    def question(self, home: str, address: str, now: datetime) -> Mail:
        return self._mail("question", address, now, {}, f"请教{self.count}", f"请问月报怎么填？第{self.count}次问。", home=home,
                          answers=frozenset({"inquiry"}), others=frozenset({"forwarded-question"}), dispositions=frozenset({"inquiry"}),
                          sure=frozenset({"inquiry"}))  # fmt: skip

    def empty(self, home: str, address: str, now: datetime) -> Mail:
        return self._mail("empty", address, now, {}, f"材料{self.count}", f"见附件，请查收。第{self.count}封。", home=home,
                          answers=frozenset({"no-file", "missing"}), dispositions=frozenset({"inquiry"}), sure=frozenset({"no-file", "missing"}))  # fmt: skip

    def stranger(self, address: str, named: str, n: int, now: datetime) -> Mail:
        """An unknown address with a list of a unit: held; the unit is told by a letter of its own."""
        files = {"清单.docx": risk(named, n % _POOL)}
        return self._mail("stranger", address, now, files, f"{UNITS[named]}问题清单{self.count}", vouchable=frozenset({named}), answers=TO_STRANGERS,
                          others=frozenset({"held-notice"}), dispositions=frozenset({"review"}))  # fmt: skip

    def foreign(self, address: str, now: datetime) -> Mail:
        return self._mail("foreign", address, now, {}, f"优惠{self.count}", f"大促销，全场八折。{self.count}", dispositions=frozenset({"foreign"}))

    def forged(self, home: str, address: str, n: int, now: datetime) -> Mail:
        """The receiving server says that this is not from there."""
        files = {"清单.docx": risk(home, n % _POOL), "清单章.jpg": scan(home, 0)}
        return self._mail("forged", address, now, files, results=FORGED, vouchable=frozenset({home}), others=frozenset({"forged-notice"}),
                          dispositions=frozenset({"review"}))  # fmt: skip

    def automatic(self, home: str, address: str, n: int, now: datetime) -> Mail:
        """A machine's mail with a whole report in it: a wrong answer would be a receipt. What only asks not to be answered is filed."""
        files = {"清单.docx": risk(home, n % _POOL), "清单章.jpg": scan(home, 0)}
        kind = n % (len(AUTOMATIC) + len(AUTOMATIC_SUBJECTS) + len(AUTOMATIC_SENDERS))
        if kind < len(AUTOMATIC):
            headers = AUTOMATIC[kind]
            filed = set(headers) & {"List-Unsubscribe", "X-Auto-Response-Suppress", "X-Loop"}
            return self._mail("automatic", address, now, files, headers=headers, automatic=True, home=home,
                              may_file=frozenset({home}) if filed else frozenset(), vouchable=frozenset({home}),
                              dispositions=frozenset({"submission", "review"} if filed else {"automatic"}))  # fmt: skip
        kind -= len(AUTOMATIC)
        if kind < len(AUTOMATIC_SUBJECTS):
            return self._mail("automatic", address, now, files, AUTOMATIC_SUBJECTS[kind], automatic=True, vouchable=frozenset({home}),
                              dispositions=frozenset({"automatic"}))  # fmt: skip
        sender = AUTOMATIC_SENDERS[kind - len(AUTOMATIC_SUBJECTS)]
        return self._mail("automatic", sender, now, files, automatic=True, dispositions=frozenset({"automatic"}))

    def bounce(self, letter: bytes, to: str, *, true: bool, now: datetime) -> Mail:
        """A report that a letter of ours came back; a forged one names it by a signature that is none."""
        self.count += 1
        ours = message_id_of(letter)
        if not true:
            head, _, domain = ours.strip("<>").partition("@")
            parts = head.split(".")
            ours = f"<{'.'.join((*parts[:-1], parts[-1][::-1]))}@{domain}>"
        raw = dsn(ours, to).replace(b"<dsn@", f"<dsn{self.count}@".encode()).replace(b"28 Mar 2024 10:00:00", f"{now:%d %b %Y %H:%M:%S}".encode())
        return Mail("bounce" if true else "forged-bounce", raw, message_id_of(raw), automatic=True, dispositions=frozenset({"automatic"}))

    def odd(self, n: int) -> Mail:
        """One of the corpus of odd and hostile mails, from the unit or the stranger that it names."""
        one = _ODD[n % len(_ODD)]
        raw = one.raw()
        blessed = json.loads((ODD / f"{one.name}.json").read_text(encoding="utf-8"))
        units = frozenset(line.partition(":")[0].split()[-1] for line in blessed["current"])
        expect = one.expect
        return Mail(f"odd {one.name}", raw, message_id_of(raw), str(blessed["mail"]["sender"]), "", may_file=units, vouchable=frozenset(UNITS),
                    automatic=expect.disposition in ("automatic", "foreign"),
                    answers=frozenset({"receipt", "missing", "held", "unknown-unit", "inquiry", "no-file", "command-held"}),
                    others=frozenset({"receipt", "missing", "held-notice", "forged-notice", "forwarded-question", "command-held"}), odd=True)  # fmt: skip

    def again(self, mail: Mail) -> Mail:
        """The same mail over another way: other trace, same id, body, From, To, Date and Subject."""
        self.count += 1
        return replace(mail, kind="same", raw=b"X-Trace: another way %d\r\n" % self.count + mail.raw, sure=frozenset()) if not mail.automatic else mail

    def borrowed_id(self, mail: Mail, home: str, address: str, n: int, now: datetime) -> Mail:
        """Another report under the Message-ID of an earlier mail."""
        made = self.report("partial", home, address, n, now)
        raw = re.sub(rb"(?mi)^Message-ID: .*\r\n(?:[ \t].*\r\n)*", b"Message-ID: " + mail.message_id.encode() + b"\r\n", made.raw, count=1)
        return replace(made, kind="borrowed-id", raw=raw, message_id=mail.message_id)

    def staff(self, kind: str, sender: str, subject: str, text: str, now: datetime, *, order: bool, thread: str = "", results: str = GOOD) -> Mail:
        headers = {"In-Reply-To": thread, "References": thread} if thread else {}
        by_staff = sender == STAFF
        answers = frozenset({"command-held", "command-done", "command-unclear"} if by_staff else {"held", "unknown-unit", "inquiry", "missing", "no-file"})
        return self._mail(kind, sender, now, {}, subject, text, headers=headers, order=order, results=results, answers=answers,
                          others=frozenset({"forwarded-question"}),
                          dispositions=frozenset({"command", "review"}) if by_staff else frozenset({"foreign", "inquiry", "review"}))  # fmt: skip


def may_send_for(home: str) -> frozenset[str]:
    return frozenset({home, *SENDS_FOR.get(home, ())})


def message_id_of(raw: bytes) -> str:
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    found = re.search(rb"(?mi)^Message-ID:[ \t]*(?:\n[ \t]+)?(<[^>\n]*>)", head)
    return found[1].decode("ascii", "replace") if found else ""


def text_of(raw: bytes) -> str:
    """The plain words of one of our letters."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    body = mail.get_body(("plain",))  # type: ignore[attr-defined]
    return f"{mail['Subject']}\n{body.get_content() if body else ''}"


def later(now: datetime, **delta: float) -> datetime:
    return now + timedelta(**delta)
