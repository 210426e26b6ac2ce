"""Several answers that wait for one address, told in one letter: every mail by its number, every file, and of every obligation
how it stands by the latest of them. Pure; the words are in templates/."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from mailbot.domain.findings import SOFT_WHEN_COMPLETE, Finding
from mailbot.domain.letters import JOINABLE, DutyLine, FileLine, Letter, LetterKind, MailLine
from mailbot.domain.policy import Policy

_THREAD = 20  # ids of mails that are named in References


def thread_of(letter: Letter) -> tuple[str, str, str] | None:
    """Which waiting letters may become one: address, unit, campaign. None where a letter goes alone."""
    if letter.kind not in JOINABLE or letter.unit is None:
        return None
    return letter.to, letter.unit.id, letter.campaign


def settle_window(letter: Letter, today: date, policy: Policy) -> timedelta:
    """How long an answer waits for more mails of its unit: less where something that it speaks of is due today, tomorrow, or was."""
    near = any(line.due is not None and (line.due.date() - today).days <= 1 for line in letter.duties)
    return timedelta(minutes=policy.settle_minutes_near if near else policy.settle_minutes)


def joined(letters: Iterable[Letter], now: datetime) -> Letter:
    """One letter for several of one thread; a single one says the same, with the days that are left at `now`. The latest mail is the
    one that is answered."""
    given = sorted((_as_of(letter, now) for letter in letters), key=lambda letter: letter.received_at)
    mails = list({letter.number: letter for letter in given}.values())  # of a mail that was decided again what was said last
    if len(mails) == 1:
        return replace(mails[0], key=joined_key(given))
    latest = mails[-1]
    stood = _duties(mails)
    duties = tuple(line for _, line in stood)
    files = _settled(_replaced(_files(mails), duties), stood)
    told = {line.key for line in duties}
    whole = replace(
        latest, key=joined_key(given), files=files, duties=tuple(_untold(line, files) for line in duties),
        owed=tuple(line for line in _latest_with_owed(mails).owed if line.key not in told), group=_latest_with_owed(mails).group or latest.group,
        seal_unchecked=any(m.seal_unchecked for m in mails), words_unchecked=any(m.words_unchecked for m in mails),
        references=_references(mails), mails=tuple(MailLine(m.number, m.received_at, m.subject, m.kind == "no-file") for m in mails),
        unanswered=latest.kind == "no-file",
    )  # fmt: skip
    return replace(whole, kind=_kind(whole))


def _as_of(letter: Letter, now: datetime) -> Letter:
    duties = tuple(replace(line, days_left=(line.due.date() - now.date()).days) if line.due else line for line in letter.duties)
    owed = (replace(line, days_left=(line.due.date() - now.date()).days) for line in letter.owed)
    return replace(letter, duties=duties, owed=tuple(line for line in owed if line.days_left >= 0))


def _kind(letter: Letter) -> LetterKind:
    """All is well only where nothing is missing, wrong or still on its way."""
    if not letter.files and not letter.duties:
        return "no-file"
    return "missing" if letter.missing or letter.problems or letter.unanswered or not any(f.filed for f in letter.files) else "receipt"


def joined_key(mails: Sequence[Letter]) -> str:
    """The key of the letter that tells what these tell, in the order in which the mails came."""
    latest = mails[-1]
    digest = hashlib.sha256("\n".join(m.key for m in mails).encode()).hexdigest()[:24]
    return f"joined:{latest.number}:{digest}:{latest.to}"


def _references(mails: Sequence[Letter]) -> str:
    """What the latest mail referred to, and all mails that are answered; the one it replies to comes last."""
    latest = mails[-1]
    named = [*latest.references.split(), *(m.in_reply_to for m in mails if m.in_reply_to)]
    if latest.in_reply_to:
        named = [*(i for i in named if i != latest.in_reply_to), latest.in_reply_to]
    return " ".join(tuple(dict.fromkeys(named))[-_THREAD:])


def _latest_with_owed(mails: Sequence[Letter]) -> Letter:
    """The latest that looked at the ledger; a mail without a file did not."""
    return next((m for m in reversed(mails) if m.kind != "no-file"), mails[-1])


Stood = tuple[str, DutyLine]  # the number of the mail that left an obligation so


def _duties(mails: Sequence[Letter]) -> tuple[Stood, ...]:
    """Each obligation once, as the latest mail that touched it left it, in the order in which they were first spoken of."""
    found: list[Stood] = []
    for stood in ((mail.number, line) for mail in mails for line in mail.duties):
        at = next((n for n, (_, earlier) in enumerate(found) if _same(earlier, stood[1])), None)
        if at is None:
            found.append(stood)
        else:
            found[at] = stood
    return tuple(found)


def _same(earlier: DutyLine, later: DutyLine) -> bool:
    """One obligation; of a duty that takes several papers the one of the same title, or a file of which both speak."""
    if not later.key or earlier.key != later.key:
        return False
    return earlier.paper == later.paper or not set(earlier.holds).isdisjoint(later.holds)


def _files(mails: Sequence[Letter]) -> tuple[FileLine, ...]:
    return tuple(replace(line, number=mail.number) for mail in mails for line in mail.files)


def _replaced(files: tuple[FileLine, ...], duties: tuple[DutyLine, ...]) -> tuple[FileLine, ...]:
    """What a later mail sent anew: the same copy of the same obligation; or, of a file that could not be taken, one of its name."""
    held = {sign for line in duties for sign in line.holds}
    return tuple(
        replace(line, replaced_by=next((later.name for later in files[n + 1 :] if _replaces(later, line, held)), ""))
        for n, line in enumerate(files)
    )  # fmt: skip


def _replaces(later: FileLine, earlier: FileLine, held: set[str]) -> bool:
    if later.number == earlier.number or not later.filed or earlier.copy == "annex":
        return False
    if earlier.filed:
        same_copy = later.key == earlier.key and later.copy == earlier.copy
        return same_copy and later.paper == earlier.paper and (later.sha8 == earlier.sha8 or earlier.sha8 not in held)
    return _stem(later.name) == _stem(earlier.name)


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0].casefold()


def _settled(files: tuple[FileLine, ...], duties: tuple[Stood, ...]) -> tuple[FileLine, ...]:
    """Findings of earlier files that later mails answered are not told again: an error in what was filed stands where the latest
    standing says so, and a file that could not be read weighs less once everything owed is there without it."""
    all_in = bool(duties) and all(line.done for _, line in duties)
    return tuple(line if line.replaced_by else _answered(line, duties, all_in) for line in files)


def _answered(line: FileLine, duties: tuple[Stood, ...], all_in: bool) -> FileLine:
    later = next((d for number, d in duties if line.filed and number != line.number and d.key == line.key and line.sha8 in d.holds), None)
    stands = None if later is None else {_what(f) for f in later.findings}

    def still(found: Finding) -> bool:
        return found.severity != "error" or stands is None or _what(found) in stands

    def weighed(found: Finding) -> Finding:
        soft = all_in and not line.filed and found.code in SOFT_WHEN_COMPLETE
        return replace(found, severity="warning") if soft else found

    return replace(line, findings=tuple(weighed(f) for f in line.findings if still(f)))


def _what(found: Finding) -> tuple[str, str, str, str]:
    return found.code, found.field, found.where, found.found


def _untold(line: DutyLine, files: tuple[FileLine, ...]) -> DutyLine:
    """An obligation without what the letter tells beside the files."""
    mine = [f for f in files if f.key == line.key and f.filed]
    told = {_what(found) for f in mine if not f.replaced_by for found in f.findings}
    names = {(f.copy, f.name) for f in mine}
    return replace(line, findings=tuple(f for f in line.findings if _what(f) not in told), kept=tuple(k for k in line.kept if (k.copy, k.name) not in names))
