"""Nil reports: 本季度无……, 零报告."""

import re

from mailbot.domain.documents import Document
from mailbot.domain.forms import FormType
from mailbot.domain.text import fold


def says_nil(document: Document, form: FormType) -> bool:
    """Whether the page bears a nil report's sentence (the form's `nil` patterns, over folded text)."""
    return bool(nil_words(document.text, form))


def is_nil_sentence(text: str, form: FormType) -> bool:
    """The same for plain text, such as the body of a mail."""
    return bool(nil_words(text, form))


def nil_words(text: str, form: FormType) -> str:
    """The folded words that say so, in a line or cell alone or over all lines; "" where there are none."""
    pieces = dict.fromkeys((*map(fold, re.split(r"[\t\n]", text)), fold(text))) if form.nil else ()
    return next((m[0] for piece in pieces for pattern in form.nil if (m := re.search(pattern, piece))), "")
