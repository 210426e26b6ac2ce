"""The Sent folder: copies of our letters go there where the provider keeps none, and where a letter may have gone out a copy that
the provider kept says that it did."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta

from mailbot.app.ports import Clock, Ledger, Mailbox
from mailbot.app.returns import arrived
from mailbot.domain.bounces import id_of, named_in
from mailbot.domain.errors import MailbotError
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.restoring import fates
from mailbot.failpoints import reached

log = logging.getLogger(__name__)
_PER_ROUND = 50  # letters copied in one session
_PROOFS = 3  # letters surely sent before a backup that must lie in the Sent folder, if it is to prove anything
_BACK = timedelta(days=3)  # what went out longer ago is not copied, so that switching copies on does not copy a year


@dataclass(frozen=True)
class SentCopies:
    """`folder`: where copies are put, "" where the provider does that."""

    ledger: Ledger
    folder: str
    clock: Clock

    def look(self, mailbox: Mailbox) -> None:
        """Letters of which nobody knows whether they went out are looked for among the copies. What goes wrong is only logged: they
        are tried once more anyway."""
        doubtful = self.ledger.doubtful()
        try:
            folder = (self.folder or mailbox.sent_folder()) if doubtful else None
            if folder is not None:
                since = min(letter.sent_at for letter in doubtful).astimezone(SHANGHAI).date()
                seen = arrived(self.ledger, mailbox.message_ids(folder, since) & {id_of(letter.raw) for letter in doubtful}, self.clock())
                log.info("doubtful=%d found among copies=%d", len(doubtful), seen)
            self._look_for_restored(mailbox)
        except MailbotError as problem:
            log.warning("sent folder not read: %s %s", type(problem).__name__, problem.detail)

    def _look_for_restored(self, mailbox: Mailbox) -> None:
        """What the ledger before a restore may have sent is looked for among the copies; what is not there goes out only where the
        provider keeps copies of all we send, shown by those that were surely sent."""
        restored, secret = self.ledger.restored(), self.ledger.signing_key_if_any()
        unsure = self.ledger.unsure() if restored else ()
        folder = (self.folder or mailbox.sent_folder()) if unsure else None
        if restored is None or not secret or folder is None:
            return
        proofs = self.ledger.sent_before(restored.snapshot, _PROOFS)
        since = min((restored.snapshot, *(proof.sent_at for proof in proofs))).astimezone(SHANGHAI).date()
        there = mailbox.message_ids(folder, since)
        keeps = not self.folder and bool(proofs) and all(id_of(proof.raw) in there for proof in proofs)  # our own copies are put there late
        found = fates(unsure, [named for one in there for named in named_in(one)], secret, restored, keeps=keeps)
        settled = self.ledger.settle_unsure(found, self.clock())
        log.info("restored: unsure=%d settled=%d keeps=%s", len(unsure), settled, keeps)

    def put(self, open_mailbox: Callable[[], AbstractContextManager[Mailbox]]) -> str:
        """Copies of what went out lately and lies there not yet; what went wrong, in a sentence. Tried again in the next round; a copy
        that is there already is not put there twice."""
        letters = self.ledger.uncopied(self.clock() - _BACK, _PER_ROUND) if self.folder else ()
        if not letters:
            return ""
        try:
            with open_mailbox() as mailbox:
                there = mailbox.message_ids(self.folder, min(letter.sent_at for letter in letters).astimezone(SHANGHAI).date())
                for letter in letters:
                    if id_of(letter.raw) not in there:
                        mailbox.append(self.folder, letter.raw, letter.sent_at)
                    reached("copy.there")
                    self.ledger.copied([letter.id], self.clock())
                    reached("copy.marked")
        except MailbotError as problem:
            log.warning("not copied: %s %s", type(problem).__name__, problem.detail)
            return f"发出的信没有存进“{self.folder}”文件夹，下一轮再试：{problem.sentence}"
        return ""
