"""Nil reports: 本季度无……, 零报告."""

import re

from mailbot.domain.documents import Document
from mailbot.domain.forms import FormType
from mailbot.domain.text import fold


def says_nil(document: Document, form: FormType) -> bool:
    """Whether the page bears a nil report's sentence (the form's `nil` patterns, over folded text)."""
    return is_nil_sentence(document.text, form)


def is_nil_sentence(text: str, form: FormType) -> bool:
    """The same for plain text, such as the body of a mail: in a line or cell alone, or over all lines."""
    pieces = {fold(piece) for piece in re.split(r"[\t\n]", text)} | {fold(text)} if form.nil else ()
    return any(re.search(pattern, piece) for piece in pieces for pattern in form.nil)
