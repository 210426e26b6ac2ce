"""Any titled text: the title, the words, the signature."""

import re

from mailbot.domain.documents import Document
from mailbot.domain.forms import FormType, ParsedForm
from mailbot.domain.headings import page_lines
from mailbot.domain.text import count_characters
from parsers.layouts import common


def parse_free(document: Document, form: FormType) -> ParsedForm:
    """Title and report date. Unfilled where no words stand below the title."""
    lines = page_lines(document)
    top = lines[:6]
    body = next((i for i, x in enumerate(top) if len(x.text) > 45 or re.search(r"[。；：:]\s*$", x.text)), min(len(lines), 2))
    above = [x.text for x in lines[:body]]
    title = common.title_of(above)
    start, signature, day = common.signature_of(lines[body:], "\n".join(above))
    text = "\n".join(x.text for x in lines[body : body + start])
    return ParsedForm(
        form.id, title, None, title, day, signature,
        {"title": title or None, "reported_on": day.isoformat() if day else None},
        unfilled=count_characters(text) == 0,
    )  # fmt: skip
