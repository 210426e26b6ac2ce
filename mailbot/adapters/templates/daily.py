"""The letters of the day (reminders, escalations, the digest) in words."""

import hashlib
import re
from datetime import datetime
from email.errors import HeaderParseError

from mailbot.adapters.templates.composing import Enclosure, Head, LetterUnsafe, composed
from mailbot.adapters.templates.wording import SignedId, Wording, tidy
from mailbot.domain.chasing import Escalation, Reminder
from mailbot.domain.digest import Digest
from mailbot.domain.findings import Finding
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.picture import shortened
from mailbot.domain.records import Written
from mailbot.domain.reloading import RulesRefused

PAGE_BYTES = 95_000  # mail programs clip a page at 102 KB
_SHORTER = (40, 25, 15, 8, 4)  # entries of a list, until the page fits


class DailyLetters:
    """`signed_id` makes the Message-ID of a letter from its key: the same letter has the same one, whenever it is sent."""

    def __init__(self, wording: Wording, signed_id: SignedId) -> None:
        self._wording, self._signed_id = wording, signed_id

    def sentence(self, finding: Finding) -> str:
        return self._wording.sentence(finding)

    def rules_refused(self, letter: RulesRefused) -> Written:
        return self._plain(letter)

    def chasing(self, letter: Reminder | Escalation) -> Written:
        return self._plain(letter)

    def _plain(self, letter: Reminder | Escalation | RulesRefused) -> Written:
        """Plain text by the template of its kind. Raises TemplateError; LetterUnsafe costs this letter alone."""
        told = number(letter.key, letter.as_of)
        subject, body = self._wording.written(f"{letter.kind}.txt", letter=letter, number=told)
        signed = self._signed_id(told, letter.kind, letter.as_of, letter.key, letter.to)
        return self._sealed(letter.to, subject, letter.as_of, signed, body)

    def digest(self, digest: Digest, to: str, message_id: str, workbook: bytes | None) -> Written:
        """The digest as text and as a page that says the same; lists are shortened until mail programs show the page whole."""
        page, shown = "", digest
        for most in _SHORTER:
            shown = shortened(digest, most)
            page = _tight(self._wording.rendered("digest.html", digest=shown, attached=workbook is not None))
            if len(page.encode()) <= PAGE_BYTES:
                break
        subject, body = self._wording.written("digest.txt", digest=shown, attached=workbook is not None)
        books = [Enclosure(f"台账{digest.as_of:%Y-%m-%d}.xlsx", workbook)] if workbook is not None else []
        return self._sealed(to, subject, digest.as_of, message_id, body, page, books)

    def digest_page(self, digest: Digest) -> str:
        """The page alone, whole, for a file."""
        return _tight(self._wording.rendered("digest.html", digest=digest, attached=False))

    def digest_text(self, digest: Digest) -> str:
        return tidy(self._wording.rendered("digest.txt", digest=digest, attached=False))

    def _sealed(
        self, to: str, subject: str, written_at: datetime, message_id: str, body: str, page: str = "", enclosures: list[Enclosure] | None = None
    ) -> Written:
        sender = self._wording.settings.sender
        head = Head((sender.name, sender.address), to, subject, message_id, written_at, answers=False)
        try:
            return Written(subject, composed(head, body, page, enclosures or ()))
        except (ValueError, HeaderParseError) as problem:
            raise LetterUnsafe(str(problem)) from problem


def _tight(page: str) -> str:
    """Without the indentation of the template, which costs a tenth of the size."""
    return re.sub(r"\n\s*", "\n", page).strip() + "\n"


def number(key: str, moment: datetime) -> str:
    """20240326-1A2B3C: what a letter is called when somebody phones about it."""
    return f"{moment.astimezone(SHANGHAI):%Y%m%d}-{hashlib.sha256(key.encode()).hexdigest()[:6].upper()}"
