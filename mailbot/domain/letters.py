"""What a letter says, as data. The words are in templates/; nothing here is rendered or sent."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from mailbot.domain.blanks import endings
from mailbot.domain.campaign_names import campaign_before
from mailbot.domain.campaigns import Campaign, Copy, Group
from mailbot.domain.findings import Finding
from mailbot.domain.forms import FormType
from mailbot.domain.mail import plain_subject
from mailbot.domain.masking import shown
from mailbot.domain.obligations import Filing, Key, Standing, expand, late_by, standing
from mailbot.domain.reading import Facts, Item
from mailbot.domain.units import Unit

LetterKind = Literal[
    "receipt", "missing", "no-file", "unknown-unit", "held", "held-notice", "forged-notice", "inquiry", "forwarded-question", "rejected", "granted",
    "grant-undone", "command-held", "command-done", "command-unclear", "reminder", "escalation", "digest", "rules-refused",
]  # fmt: skip
# Answers to a unit's report: they wait a little for more mails of the same unit, and all that wait become one letter (joining).
JOINABLE = frozenset({"receipt", "missing", "no-file"})
# Mended most easily in a fresh form: it was wrong, out of date, left empty, or parts of it were dropped. Where a figure or a
# signature is wrong, their own file is the one to mend.
BLANK_HELPS = frozenset({"template-unfilled", "wrong-form-version", "section-missing"})


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file as the letter names it. `taken_as` is the form's title, "" for a file that was not recognised.

    `key`, `paper`: the obligation it was filed for, and which of several papers of it (`DutyLine`). `blank`: the form whose blank
    would help to mend it. `number`: of the mail it came with, where the letter answers several. `replaced_by`: the name of a later
    file that took its place, so that nothing is asked of this one any more."""

    name: str
    size: int
    sha8: str
    copy: Copy
    taken_as: str
    period: str
    guessed: bool
    filed: bool
    findings: tuple[Finding, ...]
    key: tuple[str, ...] = ()
    paper: str = ""
    blank: str = ""
    number: str = ""
    replaced_by: str = ""


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A copy that came with an earlier mail and still counts."""

    copy: Copy
    name: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One obligation that the mail touches, as it stands with this mail. `paper`: which paper of a duty that takes several (its
    title), "" for all others. `holds`: first signs of the checksums of what is in. `blank`: the form that never came and has a blank."""

    title: str
    due: datetime | None
    days_left: int | None
    done: bool
    late_days: int
    nil: bool
    missing: tuple[Copy, ...]
    findings: tuple[Finding, ...]  # errors that stand in what was filed earlier
    kept: tuple[KeptLine, ...]
    key: tuple[str, ...] = ()
    paper: str = ""
    holds: tuple[str, ...] = ()
    blank: str = ""
    late: str = ""  # how late it was complete: 3 天, 2 小时


@dataclass(frozen=True, slots=True)
class OwedLine:
    title: str
    due: datetime
    days_left: int
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MailLine:
    """One of several mails that a letter answers. `empty`: it spoke of a file and brought none."""

    number: str
    received_at: datetime
    subject: str
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one address. `key` is unique in the outbox, so that no crash sends it twice.

    `subject` is theirs, cleaned; the template adds the result to it. `to_staff`: goes to the office, not to a unit.
    `campaign`: its id, "" where the letter is about none. `mails`: all mails it answers, oldest first, where it answers several;
    `number` and `received_at` are those of the latest. `unanswered`: the latest mails brought no file though they spoke of one."""

    kind: LetterKind
    to: str
    key: str
    subject: str
    number: str
    received_at: datetime
    unit: Unit | None = None
    files: tuple[FileLine, ...] = ()
    duties: tuple[DutyLine, ...] = ()
    owed: tuple[OwedLine, ...] = ()
    about: tuple[str, ...] = ()  # titles of what is held
    group: Group | None = None
    seal_unchecked: bool = False
    words_unchecked: bool = False  # the scan was not held against the editable copy
    in_reply_to: str = ""
    references: str = ""
    to_staff: bool = False
    why: str = ""  # what a person wrote to the unit
    until: datetime | None = None  # what was extended is due then
    quote: str = ""  # the mail that is passed on to staff, and whom their answer goes to
    reply_to: str = ""
    orders: tuple[str, ...] = ()  # what staff ordered, a sentence each
    unclear: tuple[tuple[str, str], ...] = ()  # what was not understood, and why
    campaign: str = ""
    mails: tuple[MailLine, ...] = ()
    unanswered: bool = False

    @property
    def blanks(self) -> tuple[str, ...]:
        """The forms whose blanks go with the letter, each once."""
        wanted = (*(line.blank for line in self.files if not line.replaced_by), *(line.blank for line in self.duties if "editable" in line.missing))
        return tuple(dict.fromkeys(form for form in wanted if form))

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Everything that must be mended, in the order of the letter."""
        inside = [f for line in self.files if not line.replaced_by for f in line.findings]
        standing_ = [f for line in self.duties for f in line.findings]
        return tuple(f for f in (*inside, *standing_) if f.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        told = (f for line in self.files if not line.replaced_by for f in line.findings)
        return tuple(dict.fromkeys(f for f in told if f.severity == "warning"))

    @property
    def standing(self) -> tuple[DutyLine, ...]:
        """Each obligation once: of one that takes several papers the one that is furthest from done, with all that is kept."""
        of_key: dict[tuple[str, ...], list[DutyLine]] = {}
        for line in self.duties:
            of_key.setdefault(line.key or (line.title,), []).append(line)
        return tuple(
            replace(max(mine, key=lambda d: (not d.done, d.late_days)), kept=tuple(dict.fromkeys(k for d in mine for k in d.kept)))
            for mine in of_key.values()
        )  # fmt: skip

    @property
    def lacking(self) -> tuple[tuple[str, Copy, int], ...]:
        """What is missing, each once: the obligation's title, the copy, and of how many papers."""
        return tuple((title, copy, n) for (title, copy), n in Counter((d.title, copy) for d in self.duties for copy in d.missing).items())

    @property
    def missing(self) -> tuple[Copy, ...]:
        return tuple(dict.fromkeys(copy for line in self.duties for copy in line.missing))


_ID = re.compile(r"<[\x21-\x7e]{1,250}>")
_PLAIN_ID = re.compile(r"<[A-Za-z0-9._+=$-]{1,120}@[A-Za-z0-9.-]{1,120}>")  # in which nobody can hide a web address


def write(kind: LetterKind, to: str, facts: Facts) -> Letter:
    """A bare letter in the thread of the mail that is answered (RFC 5322 3.6.4); callers `replace` what it tells. A letter because of
    somebody we do not know takes the plain id of his mail from it, and nothing else."""
    envelope = facts.message.envelope
    known = facts.sender.kind != "stranger"
    thread = " ".join((envelope.header("references") or envelope.header("in-reply-to")).split()[-10:]) if known else ""
    own_id = envelope.message_id if (_ID if known else _PLAIN_ID).fullmatch(envelope.message_id) else ""
    safe = " ".join(i for i in thread.split() if _ID.fullmatch(i))
    subject = plain_subject(shown(envelope.subject, 100))
    homes = facts.sender.homes
    key = f"{kind}:{facts.number}:{facts.message.content_key[:16]}:{to}" + (f":{facts.turn}" if facts.turn else "")
    return Letter(kind, to, key, subject or "（无主题）", facts.number, facts.received_at,
                  in_reply_to=own_id, references=f"{safe} {own_id}".strip(), campaign=homes[0][0].id if homes else "")


_PART = re.compile(r"(?<=\w)#(\d+)$")  # 文件.docx#2, one form of several in a file


def file_line(item: Item, forms: Mapping[str, FormType]) -> FileLine:
    file, form, owed = item.attachment, forms.get(item.form or ""), item.obligation
    wants_blank = form is not None and endings(form) and any(f.code in BLANK_HELPS for f in item.findings)
    paper = (item.title or (item.parsed.title if item.parsed else "")) if owed and owed.duty.quota else ""
    return FileLine(
        _PART.sub(r"（第\1份）", shown(file.path, 120)), file.size, file.sha256[:8], item.copy,
        item.duty.title if item.duty else form.title if form else "",
        _period(item), item.by in ("partner", "obligations"), item.filed,
        tuple(f for f in item.findings if f.severity != "note"), owed.key if owed and item.filed else (), paper,
        form.id if form and wants_blank else "",
    )  # fmt: skip


def _period(item: Item) -> str:
    if item.period is None:
        return ""
    return item.duty.period_shown(item.period) if item.duty else "" if item.period.kind == "date" else item.period.title


def duty_line(there: Standing, now: datetime, in_this_mail: Iterable[str], unreadable: Iterable[Copy], forms: Mapping[str, FormType]) -> DutyLine:
    """`in_this_mail`: checksums of files whose findings the letter already tells beside the file. `unreadable`: copies that
    came and could not be read; that is told once, as what to mend, and not again as missing."""
    told, broken = set(in_this_mail), set(unreadable)
    owed, due = there.obligation, there.obligation.due
    earlier = tuple(found for filing, found in there.errors if filing.sha256 not in told)
    wrong = {filing.sha256 for filing, _ in there.errors}
    kept = tuple(KeptLine(f.copy, shown(f.path, 80), f.received_at) for f in there.filings if f.sha256 not in told and f.sha256 not in wrong)
    return DutyLine(
        owed.title, due, (due.date() - now.date()).days if due else None, there.done, there.late_days,
        any(f.nil for f in there.filings), () if there.done else tuple(c for c in there.missing if c not in broken), earlier, kept,
        owed.key, _paper(there), tuple(f.sha256[:8] for f in there.filings), owed.duty.form if endings(forms[owed.duty.form]) else "",
        late_by(due, there.complete_at) if due and there.complete_at and there.late_days else "",
    )  # fmt: skip


def _paper(there: Standing) -> str:
    """A duty with a quota takes several papers a period; each is told by its title, and one that has none by its first file."""
    if not there.obligation.duty.quota:
        return ""
    return next((f.title for f in there.filings if f.copy == "editable" and f.title), "") or next((f.sha256[:8] for f in there.filings), "")


def owed_soon(
    home: tuple[Campaign, Unit], filed: Mapping[Key, list[Filing]], now: datetime, days: int, told: frozenset[Key], campaigns: Sequence[Campaign] = ()
) -> tuple[OwedLine, ...]:
    """What this unit owes from now on within `days`, not counting what the letter speaks of already; at most five lines. Of what is due
    every day or week only the next."""
    lines = []
    next_told = set()
    for obligation in expand(*home):
        due = obligation.due
        if due is None or obligation.key in told or due < now or (due.date() - now.date()).days > days or obligation.duty.id in next_told:
            continue
        if not standing(obligation, filed.get(obligation.key, ()), now).done:
            next_told |= {obligation.duty.id} if obligation.duty.due.brief else set()
            lines.append(OwedLine(campaign_before(obligation, campaigns) + obligation.title, due, (due.date() - now.date()).days, obligation.key))
    return tuple(sorted(lines, key=lambda line: line.due)[:5])
