"""A text file line by line: what was copied out of a page tells its tables by tabs and its page breaks by blank lines."""

from mailbot.domain.documents import Document, Paragraph
from parsers.readers.text import decode

_CHARS = 2_000_000


def read_lines(content: bytes) -> Document:
    """Every line a paragraph as it stands: tabs at its start and blank lines are kept. Never fails."""
    words = decode(content)[:_CHARS].replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    return Document("text", tuple(Paragraph(line.rstrip(" ")) for line in words.split("\n")))
