"""One mail that was read: look up what must be known about it, then decide. Nothing is recorded here."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailbot.app.ports import Archive, Clock, Ledger, Reader
from mailbot.domain.bounces import named_in
from mailbot.domain.decisions import decide
from mailbot.domain.errors import MailbotError
from mailbot.domain.forms import FormType
from mailbot.domain.inspecting import counterparts
from mailbot.domain.mail import Envelope, Message, Place, received_moment
from mailbot.domain.obligations import Key
from mailbot.domain.outcome import Outcome, ReviewItem
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.placing import place
from mailbot.domain.policy import Rules
from mailbot.domain.reading import Facts, Reading
from mailbot.domain.reviews import Desk
from mailbot.domain.rulings import Ruling, in_force
from mailbot.domain.senders import Sender, sender_of, vouched_for
from mailbot.domain.staffword import answers_digest, is_command
from mailbot.domain.tokens import answered_digest, clicked
from mailbot.domain.whose import units_that_matter

log = logging.getLogger(__name__)
OUR_FAULT = Outcome("review", "程序处理这封邮件时出错，已存档，请人工查看", reviews=(ReviewItem("our-fault", "程序处理出错，请人工查看原邮件"),))


class ReadingStopped(MailbotError):
    """Our own disk failed while a mail was read, or no reader can be started or loaded: nothing is recorded, the mail is taken again."""

    default = (
        "读邮件时临时文件夹写不进去（磁盘满或只读），或者读信的子进程启动不了、读取程序装载不了（可运行 mailbot doctor 查看），"
        "这封邮件没有登记，处理后会再收一次。"
    )
    passing = True


@dataclass(frozen=True, slots=True)
class Kept:
    """One mail, safe in the archive. `received_at`: as it was recorded, where it was taken before."""

    place: Place | None
    file: str | None
    sha256: str
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """One mail and what stands in its files."""

    kept: Kept
    message: Message
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Judge:
    """`anew`: what was taken before is decided again, as if it had not been. `fresh`: random bytes for a new signing key."""

    rules: Rules
    archive: Archive
    ledger: Ledger
    reader: Reader
    clock: Clock
    fresh: Callable[[], bytes]
    anew: bool = False

    def forms_for(self, envelope: Envelope) -> tuple[FormType, ...]:
        return self._forms(sender_of(envelope, self.rules))

    def _forms(self, sender: Sender) -> tuple[FormType, ...]:
        """The forms that somebody may send: those of their campaigns, all where nobody knows them."""
        return self.rules.forms_of(tuple(c for c, _ in sender.homes) or self.rules.campaigns)

    def judge(self, read: Read, rulings: tuple[Ruling, ...] = (), turn: Ruling | None = None) -> tuple[Facts, Outcome]:
        """Look up and decide; or a person where our own code fails on this one mail: it is kept, named, and the run goes on.
        `rulings`: what people said about it; `turn`: for which of them it is decided again."""
        facts = self._facts(read)
        for reading in facts.readings:
            if reading.fault:
                log.error("our fault number=%s %s", facts.number, reading.fault)
                return facts, OUR_FAULT
        try:
            if facts.first_seen is not None and not self.anew and turn is None:
                return facts, decide(facts)
            said = rulings or (self._said(facts.first_seen) if facts.first_seen is not None and turn is None else ())
            facts = replace(facts, rulings=said, turn=(turn.id or 0) if turn else 0, sender=vouched_for(facts.sender, said, self.rules))
            facts = self._gathered(replace(facts, first_seen=None), facts.first_seen)
            return facts, decide(facts)
        except MailbotError:
            raise
        except Exception:  # the one boundary: a fault of ours on one mail must not stop the mails after it
            log.exception("our fault number=%s", facts.number)
            return facts, OUR_FAULT

    def _facts(self, read: Read) -> Facts:
        """Who wrote when, what is in it, and whether it was taken before."""
        message, kept, now = read.message, read.kept, self.clock()
        received = (kept.received_at or received_moment(kept.place, message.envelope, now)).astimezone(SHANGHAI)
        sender = sender_of(message.envelope, self.rules)
        return Facts(
            message=message, sender=sender, forms=self._forms(sender), readings=read.readings, received_at=received, now=now,
            rules=self.rules, number=f"{received:%Y%m%d}-{kept.sha256[:6].upper()}", first_seen=self.ledger.message_known(*identity(message, kept.sha256)),
            own_letter=self._is_ours(message.envelope.message_id),
        )  # fmt: skip

    def _is_ours(self, message_id: str) -> bool:
        """Whether a mail bears an id that we signed: a letter of ours that comes back, be it under another sender's name."""
        named, secret = named_in(message_id), self.ledger.signing_key_if_any()
        return bool(named and secret and self.ledger.find_letters(named, secret))

    def _said(self, message: int) -> tuple[Ruling, ...]:
        return tuple(r for r in in_force(self.ledger.rulings()) if r.message == message)

    def _gathered(self, facts: Facts, itself: int | None) -> Facts:
        answered = not facts.sender.trusted and self._answered_lately(facts, itself)
        filings = tuple(f for f in self.ledger.filings_of(units_that_matter(facts)) if itself is None or f.message != itself)
        facts = replace(facts, stranger_answered=answered, filings=filings)
        facts = replace(facts, items=place(facts))
        if facts.sender.kind == "staff" and (is_command(facts) or answers_digest(facts)):
            facts = replace(facts, desk=self._desk(facts))
        return self._with_counterparts(facts)

    def _desk(self, facts: Facts) -> Desk:
        """What lies before the staff who write this mail, and whether it bears one of our tokens."""
        envelope, key, days = facts.message.envelope, self.ledger.signing_key(self.fresh), self.rules.policy.token_days
        thread = f"{envelope.header('in-reply-to')} {envelope.header('references')}"
        return Desk(
            self.ledger.open_reviews(facts.received_at), answered_digest(key, thread, self.rules.settings.staff, facts.received_at, days),
            clicked(key, envelope.subject, facts.received_at, days), self.ledger.rulings(),
        )  # fmt: skip

    def _with_counterparts(self, facts: Facts) -> Facts:
        """Where the mail brings one copy of what the other copy is in of: that one is read again, from the archive, to compare them."""
        wanted = counterparts(facts)
        archived = self.ledger.archived({f.message for f in wanted if f.message is not None}) if wanted else {}
        faults = {number: fault for number, sha256 in archived.items() if (fault := self.archive.fault(sha256))}
        read = {number: self._again(sha256, facts.forms) for number, sha256 in archived.items() if number not in faults}
        found: dict[Key, tuple[Reading, ...]] = {}
        for filing in wanted:
            again = (r for r in read.get(filing.message or 0, ()) if r.attachment.path == filing.path)
            found[filing.key] = (*found.get(filing.key, ()), *again)
        deleted = self.ledger.deletions() if faults else {}
        troubling = {number: fault for number, fault in faults.items() if archived[number] not in deleted}
        lost = {f.key: troubling[number] for f in wanted if (number := f.message or 0) in troubling}
        return replace(facts, counterparts=found, lost=lost)

    def _again(self, sha256: str, forms: tuple[FormType, ...]) -> tuple[Reading, ...]:
        try:
            return self.reader.read_mail(self.archive.path(sha256), lambda _: forms)[1]
        except OSError as problem:  # the mail is whole: our own folder or reader fails
            raise ReadingStopped from problem

    def _answered_lately(self, facts: Facts, itself: int | None) -> bool:
        """Whether a mail of the same second, or one that came later and was taken first, was answered counts too."""
        address, week = facts.message.envelope.sender, timedelta(days=self.rules.policy.stranger_letter_days)
        return bool(address) and self.ledger.answered_since(address or "", facts.received_at - week, facts.received_at + week, itself)


def assigned_forms(rulings: tuple[Ruling, ...]) -> Mapping[str, str]:
    """Path of a file -> the form that a person said it is, whatever it looks like."""
    return {path: r.form for r in rulings if r.act == "assign" and r.form for path in r.paths}


def identity(message: Message, sha256: str) -> tuple[str, str]:
    """Message-ID and content. A mail whose structure could not be read is known by its bytes alone."""
    content_key = message.content_key or hashlib.sha256(f"raw:{sha256}".encode()).hexdigest()
    return message.envelope.message_id[:500], content_key
