"""What a reader makes of a file."""

from dataclasses import dataclass

from mailbot.domain.classify import NOT_LOOKED_FOR, Classification
from mailbot.domain.documents import Document
from mailbot.domain.forms import ParsedForm


@dataclass(frozen=True, slots=True)
class Part:
    """A file's content, or one form of several in it, recognised and parsed. `parsed` is there where exactly one form won.
    `fault`: what failed in our own code, "" where nothing did."""

    document: Document
    classification: Classification = NOT_LOOKED_FOR
    parsed: ParsedForm | None = None
    fault: str = ""
