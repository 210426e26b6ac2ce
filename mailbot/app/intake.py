"""The story of one mail: keep its bytes, read it, gather the facts, decide, write the letters, record, all in that order."""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from mailbot.app.ahead import ahead
from mailbot.app.ports import Archive, Clock, Ledger, Reader, Writer
from mailbot.app.shown import as_json
from mailbot.domain.clouds import cloud_attachments
from mailbot.domain.decisions import decide
from mailbot.domain.errors import MailbotError, RecordRefused
from mailbot.domain.forms import FormType
from mailbot.domain.inspecting import counterparts
from mailbot.domain.letters import Letter
from mailbot.domain.mail import Message, Place, RawMail, received_moment
from mailbot.domain.obligations import Key
from mailbot.domain.outcome import Outcome, ReviewItem
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.placing import place
from mailbot.domain.policy import Rules
from mailbot.domain.reading import Facts, Reading
from mailbot.domain.records import Posted, Record, Sighting
from mailbot.domain.senders import Sender, sender_of
from mailbot.domain.whose import units_that_matter

log = logging.getLogger(__name__)


_OUR_FAULT = Outcome("review", "程序处理这封邮件时出错，已存档，请人工查看", reviews=(ReviewItem("our-fault", "程序处理出错，请人工查看原邮件"),))


class ReadingStopped(MailbotError):
    """Our own disk failed while a mail was read: nothing is recorded, the mail is taken again."""

    default = "读邮件时临时文件夹写不进去（磁盘满或只读），这封邮件没有登记，处理后会再收一次。"
    passing = True


@dataclass(frozen=True, slots=True)
class Kept:
    """One mail, safe in the archive."""

    place: Place | None
    file: str | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Read:
    """One mail and what stands in its files."""

    kept: Kept
    message: Message
    readings: tuple[Reading, ...]


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
    onlooker: Reader | None = None  # reads as `reader` does and looks at pages too, which takes seconds a page
    anew: bool = False  # explain: decide again what was taken before, as if it had not been

    def take_all(self, kept: Iterable[Kept]) -> Iterator[Taken]:
        """From kept bytes to recorded decisions, in their order: the next mails are read while one is being decided. Bad mail
        costs only itself; our own trouble (disk, database) raises."""
        contacts = self.ledger.registered_contacts()
        read = ahead(lambda one: self.look(one, contacts), kept, self.reader.at_once + 1)
        return (self.settle(one, contacts) for one in read)

    def take_quick(self, kept: Iterable[Kept], aside: list[Kept]) -> Iterator[Taken]:
        """The same, but mails with pages to look at are put aside for `take_all`, so that nobody waits for them; so is what concerns the
        same units and came after them. Those of people we know come first."""
        contacts, waiting, strangers = self.ledger.registered_contacts(), set[str](), list[Kept]()
        try:
            for one in ahead(lambda one: self.read(one, contacts), kept, self.reader.at_once + 1):
                sender = sender_of(one.message.envelope, self.rules, contacts)
                concerned = _concerned(sender)
                behind = bool(waiting) if sender.kind == "staff" else not waiting.isdisjoint(concerned)  # staff may send for all
                if not self._has_pages(one) and not behind:
                    yield self.settle(one, contacts)
                    continue
                (aside if sender.trusted else strangers).append(one.kept)
                waiting |= concerned
        finally:
            aside += strangers

    def keep(self, raw: RawMail) -> Kept:
        return Kept(raw.place, raw.file, self.archive.keep(raw.pieces))

    def read(self, kept: Kept, contacts: Mapping[str, str]) -> Read:
        """May run in another thread: it asks nothing of the ledger. `contacts`: addresses registered since, with their units."""
        return self._read(self.reader, kept, contacts)

    def look(self, kept: Kept, contacts: Mapping[str, str]) -> Read:
        """As `read`, and its pages looked at."""
        read = self.read(kept, contacts)
        return self._read(self.onlooker, kept, contacts) if self.onlooker and self._has_pages(read) else read

    def _has_pages(self, read: Read) -> bool:
        least = self.rules.policy.picture_min_pixels
        return self.onlooker is not None and any(reading.attachment.document.has_pages(least) for reading in read.readings)

    def _read(self, reader: Reader, kept: Kept, contacts: Mapping[str, str]) -> Read:
        try:
            message, readings = reader.read_mail(self.archive.path(kept.sha256), lambda e: self._forms(sender_of(e, self.rules, contacts)))
        except OSError as problem:
            raise ReadingStopped from problem
        clouds = cloud_attachments(message, self.rules.policy.cloud)
        return Read(kept, message, (*readings, *map(Reading, clouds)))

    def settle(self, read: Read, contacts: Mapping[str, str]) -> Taken:
        """Gathers, decides, records."""
        kept, message = read.kept, read.message
        facts, outcome = self._judge(self._facts(read, contacts))
        letters = tuple(self._post(letter, facts) for letter in outcome.letters)
        if any(letter.state == "failed" for letter in letters):
            outcome = replace(outcome, reviews=(*outcome.reviews, ReviewItem("letter-failed", "答复没有写成，请人工答复对方")))
        shown = as_json(kept.file, message, kept.sha256, outcome, letters, self.writer)
        sighting = Sighting(self.rules.settings.mailbox.address, kept.place, kept.sha256, facts.now) if kept.place else None
        if outcome.disposition == "duplicate":
            if sighting is not None:
                self.ledger.sight(sighting, facts.first_seen)
            return Taken(kept, facts, outcome, letters, shown, facts.first_seen)
        try:
            key = self.ledger.record(replace(self._record(kept, facts, outcome, letters, shown), sighting=sighting))
        except RecordRefused:  # it would be refused again at every poll, and with it all mail behind it
            log.exception("our fault number=%s", facts.number)
            outcome, letters = _OUR_FAULT, ()
            shown = as_json(kept.file, message, kept.sha256, outcome, letters, self.writer)
            key = self.ledger.record(replace(self._record(kept, facts, outcome, letters, shown), sighting=sighting))
        log.info("taken sha256=%s disposition=%s filings=%d letters=%d", kept.sha256[:12], outcome.disposition, len(outcome.filings), len(letters))
        return Taken(kept, facts, outcome, letters, shown, key)

    def _forms(self, sender: Sender) -> tuple[FormType, ...]:
        """The forms that somebody may send: those of their campaigns, all where nobody knows them."""
        return self.rules.forms_of(tuple(c for c, _ in sender.homes) or self.rules.campaigns)

    def _facts(self, read: Read, contacts: Mapping[str, str]) -> Facts:
        """Who wrote when, what is in it, and whether it was taken before."""
        message, kept, now = read.message, read.kept, self.clock()
        received = received_moment(kept.place, message.envelope, now).astimezone(SHANGHAI)
        sender = sender_of(message.envelope, self.rules, contacts)
        return Facts(
            message=message, sender=sender, forms=self._forms(sender), readings=read.readings, received_at=received, now=now,
            rules=self.rules, number=f"{received:%Y%m%d}-{kept.sha256[:6].upper()}", first_seen=self.ledger.message_known(*_identity(message, kept.sha256)),
        )  # fmt: skip

    def _judge(self, facts: Facts) -> tuple[Facts, Outcome]:
        """Look up and decide; or a person where our own code fails on this one mail: it is kept, named, and the run goes on."""
        for reading in facts.readings:
            if reading.fault:
                log.error("our fault number=%s %s", facts.number, reading.fault)
                return facts, _OUR_FAULT
        try:
            if facts.first_seen is not None and not self.anew:
                return facts, decide(facts)
            facts = self._gathered(replace(facts, first_seen=None), facts.first_seen)
            return facts, decide(facts)
        except MailbotError:
            raise
        except Exception:  # the one boundary: a fault of ours on one mail must not stop the mails after it
            log.exception("our fault number=%s", facts.number)
            return facts, _OUR_FAULT

    def _gathered(self, facts: Facts, itself: int | None) -> Facts:
        answered = not facts.sender.trusted and self._answered_lately(facts)
        filings = tuple(f for f in self.ledger.filings_of(units_that_matter(facts)) if itself is None or f.message != itself)
        facts = replace(facts, stranger_answered=answered, filings=filings)
        return self._with_counterparts(replace(facts, items=place(facts)))

    def _with_counterparts(self, facts: Facts) -> Facts:
        """Where the mail brings one copy of what the other copy is in of: that one is read again, from the archive, to compare them."""
        wanted = counterparts(facts)
        archived = self.ledger.archived({f.message for f in wanted if f.message is not None}) if wanted else {}
        read = {number: self._again(sha256, facts.forms) for number, sha256 in archived.items()}
        found: dict[Key, tuple[Reading, ...]] = {}
        for filing in wanted:
            again = (r for r in read.get(filing.message or 0, ()) if r.attachment.path == filing.path)
            found[filing.key] = (*found.get(filing.key, ()), *again)
        return replace(facts, counterparts=found)

    def _again(self, sha256: str, forms: tuple[FormType, ...]) -> tuple[Reading, ...]:
        try:
            return (self.onlooker or self.reader).read_mail(self.archive.path(sha256), lambda _: forms)[1]
        except FileNotFoundError:  # no longer in the archive: then nothing is compared
            log.warning("not read again sha256=%s: not in the archive", sha256[:12])
            return ()
        except OSError as problem:
            raise ReadingStopped from problem

    def _answered_lately(self, facts: Facts) -> bool:
        address = facts.message.envelope.sender
        since = facts.received_at - timedelta(days=self.rules.policy.stranger_letter_days)
        return bool(address) and self.ledger.answered_since(address or "", since, facts.received_at)

    def _post(self, letter: Letter, facts: Facts) -> Posted:
        state = self._state(letter, facts)
        try:
            written = self.writer.letter(letter, facts.now)
        except MailbotError as problem:
            return Posted(letter.key, letter.kind, letter.to, letter.subject, b"", "failed", str(problem))
        return Posted(letter.key, letter.kind, letter.to, written.subject, written.raw, state)

    def _state(self, letter: Letter, facts: Facts) -> str:
        """What was decided in shadow is never sent later; mail older than answer_from is never answered."""
        sending = self.rules.settings.sending
        if sending == "shadow" or (sending == "staff-only" and not letter.to_staff):
            return "shadow"
        since = self.rules.settings.answer_from or self.ledger.live_since()
        return "waiting" if letter.to_staff or since is None or facts.received_at >= since else "withheld"

    def _record(self, kept: Kept, facts: Facts, outcome: Outcome, letters: tuple[Posted, ...], shown: dict[str, Any]) -> Record:
        envelope = facts.message.envelope
        message_id, content_key = _identity(facts.message, kept.sha256)
        return Record(kept.sha256, message_id, content_key, kept.file, envelope.sender, envelope.subject[:500], facts.received_at, facts.now,
                      facts.number, self.rules.version, outcome, shown, letters)  # fmt: skip


def _concerned(sender: Sender) -> set[str]:
    """Whose obligations a mail may touch: the address, and the ids of the units it may send for."""
    return {sender.address or ""} | {u.id for campaign, mine in sender.homes for u in campaign.units if campaign.roster.may_send_for(mine, u)}


def _identity(message: Message, sha256: str) -> tuple[str, str]:
    """Message-ID and content. A mail whose structure could not be read is known by its bytes alone."""
    content_key = message.content_key or hashlib.sha256(f"raw:{sha256}".encode()).hexdigest()
    return message.envelope.message_id[:500], content_key
