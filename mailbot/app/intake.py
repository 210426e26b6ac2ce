"""The story of one mail: keep its bytes, read it, gather the facts, decide, write the letters, record, all in that order."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from mailbot.app.ahead import ahead
from mailbot.app.judging import OUR_FAULT, Judge, Kept, Read, ReadingStopped, assigned_forms, identity
from mailbot.app.ports import Archive, Clock, Ledger, Reader, Writer
from mailbot.app.returns import note_return
from mailbot.app.rulings import NotDecidedAgain, about, carry_out
from mailbot.app.shown import as_json
from mailbot.domain.clouds import cloud_attachments
from mailbot.domain.errors import MailbotError, RecordRefused
from mailbot.domain.granting import grant_of, granted_letter, keys_of
from mailbot.domain.joining import settle_window
from mailbot.domain.letters import JOINABLE, Letter
from mailbot.domain.mail import RawMail
from mailbot.domain.manners import state_when_written
from mailbot.domain.outcome import Outcome, ReviewItem
from mailbot.domain.policy import Rules
from mailbot.domain.reading import Facts, Reading
from mailbot.domain.records import Archived, Posted, Record, Sighting
from mailbot.domain.restoring import begins
from mailbot.domain.retention import FAULTS
from mailbot.domain.rulings import Ruling, granted, undone
from mailbot.domain.secrecy import names_are_marked
from mailbot.domain.senders import Sender, sender_of
from mailbot.failpoints import reached

log = logging.getLogger(__name__)
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Taken:
    """One mail after its decision. `message` is the ledger's key, None where nothing was recorded."""

    kept: Kept
    facts: Facts
    outcome: Outcome
    letters: tuple[Posted, ...]
    shown: dict[str, Any]
    message: int | None


@dataclass(frozen=True)
class Intake:
    """Takes mails one after the other; later ones see what earlier ones filed."""

    rules: Rules
    archive: Archive
    ledger: Ledger
    reader: Reader
    writer: Writer
    clock: Clock
    fresh: Callable[[], bytes]  # random bytes for a new signing key
    onlooker: Reader | None = None  # reads as `reader` does and looks at pages too, which takes seconds a page
    anew: bool = False  # explain: decide again what was taken before, as if it had not been

    def take_all(self, kept: Iterable[Kept]) -> Iterator[Taken]:
        """From kept bytes to recorded decisions, in their order: the next mails are read while one is being decided. Bad mail
        costs only itself; our own trouble (disk, database) raises. What staff order by a mail is carried out before the next."""
        now = self.in_force()
        for one in ahead(now.look, kept, self.reader.at_once + 1):
            taken = now.settle(one)
            if taken.outcome.rulings:
                now = self._carried_out()
            yield taken

    def take_quick(self, kept: Iterable[Kept], aside: list[Kept]) -> Iterator[Taken]:
        """The same, but mails with pages to look at are put aside for `take_all`, so that nobody waits for them; so is what concerns the
        same units and came after them. Those of people we know come first."""
        now, waiting, strangers = self.in_force(), set[str](), list[Kept]()
        try:
            for one in ahead(now.read, kept, self.reader.at_once + 1):
                sender = sender_of(one.message.envelope, now.rules)
                concerned = _concerned(sender)
                behind = bool(waiting) if sender.kind == "staff" else not waiting.isdisjoint(concerned)  # staff may send for all
                if not self._has_pages(one) and not behind:
                    taken = now.settle(one)
                    if taken.outcome.rulings:
                        now = self._carried_out()
                    yield taken
                    continue
                (aside if sender.trusted else strangers).append(one.kept)
                waiting |= concerned
        finally:
            aside += strangers

    def in_force(self) -> "Intake":
        """The same by the rules as they stand after all that staff granted."""
        return replace(self, rules=self.rules.granting(granted(self.ledger.rulings())))

    def _carried_out(self) -> "Intake":
        try:
            carry_out(self)
        except MailbotError as problem:  # it is tried again in the next round; the mails behind it do not wait
            log.warning("orders wait: %s %s", type(problem).__name__, problem.detail)
        return self.in_force()

    def keep(self, raw: RawMail) -> Kept:
        return Kept(raw.place, raw.file, self.archive.keep(raw.pieces))

    def read(self, kept: Kept) -> Read:
        """May run in another thread: it asks nothing of the ledger."""
        return self._read(self.reader, kept)

    def look(self, kept: Kept, assigned: Mapping[str, str] = _NOTHING) -> Read:
        """As `read`, and its pages looked at. `assigned`: the forms of files that a person named."""
        read = self._read(self.reader, kept, assigned)
        return self._read(self.onlooker, kept, assigned) if self.onlooker and self._has_pages(read) else read

    def _has_pages(self, read: Read) -> bool:
        least = self.rules.policy.picture_min_pixels
        if self.onlooker is None or names_are_marked(read.message, read.readings):
            return False
        return any(reading.attachment.document.has_pages(least) for reading in read.readings)

    def _read(self, reader: Reader, kept: Kept, assigned: Mapping[str, str] = _NOTHING) -> Read:
        try:
            message, readings = reader.read_mail(self.archive.path(kept.sha256), self.judge.forms_for, assigned)
        except OSError as problem:
            raise ReadingStopped from problem
        reached("mail.read")
        clouds = cloud_attachments(message, self.rules.policy.cloud)
        return Read(kept, message, (*readings, *map(Reading, clouds)))

    @cached_property
    def judge(self) -> Judge:
        return Judge(self.rules, self.archive, self.ledger, self.onlooker or self.reader, self.clock, self.fresh, self.anew)

    def settle(self, read: Read) -> Taken:
        """Gathers, decides, records."""
        kept, message = read.kept, read.message
        facts, outcome = self.judge.judge(read)
        letters = tuple(self._post(letter, facts, facts.received_at) for letter in outcome.letters)
        if any(letter.state == "failed" for letter in letters):
            outcome = replace(outcome, reviews=(*outcome.reviews, ReviewItem("letter-failed", "答复没有写成，请人工答复对方")))
        shown = as_json(kept.file, message, kept.sha256, outcome, letters, self.writer)
        reached("mail.decided")
        sighting = Sighting(kept.place, kept.sha256, facts.now) if kept.place else None
        if outcome.disposition == "duplicate":
            if sighting is not None:
                self.ledger.sight(sighting, facts.first_seen)
                reached("mail.sighted")
            return Taken(kept, facts, outcome, letters, shown, facts.first_seen)
        self._note_return(kept, facts, outcome)
        reached("mail.return-noted")
        try:
            key = self.ledger.record(replace(self._record(kept, facts, outcome, letters, shown), sighting=sighting))
        except RecordRefused:  # it would be refused again at every poll, and with it all mail behind it
            log.exception("our fault number=%s", facts.number)
            outcome, letters = OUR_FAULT, ()
            shown = as_json(kept.file, message, kept.sha256, outcome, letters, self.writer)
            key = self.ledger.record(replace(self._record(kept, facts, outcome, letters, shown), sighting=sighting))
        reached("mail.recorded")
        log.info("taken sha256=%s disposition=%s filings=%d letters=%d", kept.sha256[:12], outcome.disposition, len(outcome.filings), len(letters))
        return Taken(kept, facts, outcome, letters, shown, key)

    def settle_again(self, number: int, ruling: Ruling, *, unheard: bool = False) -> Taken | None:
        """A mail that was taken before is decided again because of a ruling, by all that is in force at that moment: what is filed, asked
        and answered now is put in the place of what was. Whoever was answered before hears of it only where something else is to be said,
        and of what is taken back not at all: that is for people to say. `unheard`: its answer waits and may be untrue now, so it is
        answered anew. None where there is no such mail. Raises NotDecidedAgain."""
        while True:
            mail = self.ledger.kept(number)
            if mail is None:
                return None
            said = self.ledger.rulings()
            now = replace(self, rules=self.rules.granting(granted(said)))
            taken, record, same = now._decided_again(mail, ruling, about(number, said), unheard)
            if self.ledger.record_again(mail, record, ruling, last=max((r.id or 0 for r in said), default=0), same=same):
                log.info("decided again message=%d ruling=%d filings=%d", number, ruling.id, len(taken.outcome.filings))
                return taken

    def tell_granted(self, ruling: Ruling) -> None:
        """An extension or a waiver is told to the unit it was granted to, once; and that it was taken back, where that was told. A letter
        that cannot be worded is kept as failed, for staff."""
        rules, now, said = self.in_force().rules, self.clock(), self.ledger.rulings()
        grant = grant_of(ruling, said)
        if grant is None:
            return
        stands = grant.id not in undone(said)
        campaign = next((c for c in rules.campaigns if c.id == grant.campaign), None)
        unit = campaign.roster.by_id(grant.unit) if campaign else None
        told = granted_letter(grant, campaign, unit, now, by=ruling, stands=stands) if campaign and unit else None
        known = self.ledger.take_back(keys_of(grant), told.key if told else "", "延期或免报后来另有决定，这封信不再发", now)
        if told is None or stands == (known == "granted"):
            return
        state, action = begins(state_when_written(self.rules, told.to, told.kind), ruling.at, self.ledger.restored())
        posted = Posted(told.key, told.kind, told.to, told.subject, b"", state, unit=unit.id if unit else None, action=action)
        try:
            written = self.writer.letter(told, now)
            posted = replace(posted, subject=written.subject, raw=written.raw)
        except MailbotError as problem:
            if problem.temporary:  # not the letter is the trouble: the order waits for the next round
                raise
            log.warning("not told ruling=%s: %s", ruling.id, problem.detail)
            posted = replace(posted, state="failed", problem=problem.sentence, action=None)
        self.ledger.put_letters([posted], now)

    def _decided_again(self, mail: Archived, ruling: Ruling, rulings: tuple[Ruling, ...], unheard: bool) -> tuple[Taken, Record, bool]:
        kept = Kept(None, mail.file, mail.sha256, mail.received_at)
        if fault := self.archive.fault(mail.sha256):
            gone = self.ledger.deletions().get(mail.sha256)
            why = gone.words if gone else f"原邮件{FAULTS[fault]}"
            raise NotDecidedAgain(f"{why}，不能重新判定，原来的登记不变，处理意见没有执行，请人工处理")
        read = self.look(kept, assigned_forms(rulings))
        facts, outcome = self.judge.judge(read, rulings, ruling)
        if outcome is OUR_FAULT:
            raise NotDecidedAgain
        same = not unheard and _says_the_same(mail.shown, as_json(kept.file, read.message, kept.sha256, outcome, (), self.writer))
        if same or (ruling.act == "undo" and not unheard):
            outcome = replace(outcome, letters=())
        letters = tuple(self._post(letter, facts, ruling.at) for letter in outcome.letters)
        shown = as_json(kept.file, read.message, kept.sha256, outcome, letters, self.writer)
        return Taken(kept, facts, outcome, letters, shown, mail.message), self._record(kept, facts, outcome, letters, shown), same

    def _post(self, letter: Letter, facts: Facts, concerns: datetime | None) -> Posted:
        """`concerns`: when the mail came that it answers, or when a person decided so."""
        state = state_when_written(self.rules, letter.to, letter.kind, answers=facts.received_at, live_since=self.ledger.live_since())
        state, action = begins(state, concerns, self.ledger.restored())
        try:
            written = self.writer.letter(letter, facts.now)
        except MailbotError as problem:
            if problem.temporary:  # not the letter is the trouble: the mail comes again in the next round
                raise
            return Posted(letter.key, letter.kind, letter.to, letter.subject, b"", "failed", str(problem))
        unit = letter.unit.id if letter.unit else None
        posted = Posted(letter.key, letter.kind, letter.to, written.subject, written.raw, state, unit=unit, action=action)
        if letter.kind not in JOINABLE:
            return posted
        return replace(posted, not_before=facts.now + settle_window(letter, facts.now.date(), self.rules.policy), data=letter)

    def _note_return(self, kept: Kept, facts: Facts, outcome: Outcome) -> None:
        """A machine's mail may be a letter of ours that came back. Telling it twice is nothing, so it comes before the record."""
        if outcome.disposition == "automatic" and facts.first_seen is None:
            note_return(self.ledger, facts.message, self.archive.path(kept.sha256), facts.now)

    def _record(self, kept: Kept, facts: Facts, outcome: Outcome, letters: tuple[Posted, ...], shown: dict[str, Any]) -> Record:
        envelope = facts.message.envelope
        message_id, content_key = identity(facts.message, kept.sha256)
        subject = "" if outcome.secret else envelope.subject[:500]  # lists and the digest show what is recorded
        return Record(kept.sha256, message_id, content_key, kept.file, envelope.sender, subject, facts.received_at, facts.now,
                      facts.number, self.rules.version, outcome, shown, letters)  # fmt: skip


def _concerned(sender: Sender) -> set[str]:
    """Whose obligations a mail may touch: the address, and the ids of the units it may send for."""
    return {sender.address or ""} | {u.id for campaign, mine in sender.homes for u in campaign.units if campaign.roster.may_send_for(mine, u)}


def _says_the_same(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether an answer would tell its reader nothing new."""

    def told(shown: Mapping[str, Any]) -> object:
        findings = [(i["path"], i["period"], sorted(f["message"] for f in i["findings"] if f["severity"] != "note")) for i in shown["items"]]
        return shown["reply"]["kind"], shown["reply"]["missing"], findings

    return told(before) == told(after)
