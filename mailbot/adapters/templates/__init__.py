"""Letters in words: templates from disk, RFC 5322 bytes out."""

import logging
from collections.abc import Callable
from datetime import datetime
from email.errors import HeaderParseError

from mailbot.adapters.templates.composing import Enclosure, Head, LetterUnsafe, composed
from mailbot.adapters.templates.daily import DailyLetters
from mailbot.adapters.templates.wording import SignedId, TemplateError, TemplatesWrong, Wording
from mailbot.domain.findings import Finding
from mailbot.domain.letters import Letter
from mailbot.domain.records import Written

__all__ = ["DailyLetters", "LetterUnsafe", "TemplateError", "Templates", "TemplatesWrong", "Wording"]

log = logging.getLogger(__name__)
Blank = Callable[[str], tuple[str, bytes]]  # id of a form -> name and bytes of its blank


class Templates:
    """Answers, passed-on questions and words to staff. `signed_id` makes the Message-ID by which a letter that comes back is known;
    `blank` the empty form that goes with a letter."""

    def __init__(self, wording: Wording, signed_id: SignedId, blank: Blank) -> None:
        self._wording, self._signed_id, self._blank = wording, signed_id, blank

    def check(self) -> None:
        """Reads every template. Raises TemplatesWrong with all that is wrong."""
        self._wording.check()

    def sentence(self, finding: Finding) -> str:
        return self._wording.sentence(finding)

    def letter(self, letter: Letter, written_at: datetime) -> Written:
        """Raises TemplateError or LetterUnsafe; both cost the letter, never the record."""
        enclosures, sender = self._enclosures(letter), self._wording.settings.sender
        subject, body = self._wording.written(f"{letter.kind}.txt", letter=letter, enclosed=[e.name for e in enclosures])
        ours = self._signed_id(letter.number, letter.kind, written_at, letter.key, letter.to)
        head = Head((sender.name, sender.address), letter.to, subject, ours, written_at, (letter.in_reply_to, letter.references),
                    letter.reply_to if letter.to_staff else "")  # fmt: skip
        try:
            return Written(subject, composed(head, body, enclosures=enclosures))
        except (ValueError, HeaderParseError) as problem:
            raise LetterUnsafe(str(problem)) from problem

    def _enclosures(self, letter: Letter) -> list[Enclosure]:
        """The blanks that would help; where one cannot be written the letter goes without it, and does not speak of it."""
        found = []
        for form in letter.blanks:
            try:
                found.append(Enclosure(*self._blank(form)))
            except (OSError, ValueError, LookupError) as problem:
                log.warning("no blank of form %s: %s", form, type(problem).__name__)
        return found
