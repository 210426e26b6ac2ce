"""Web pages in one file (MHTML, Word's and Excel's 单个文件网页): the words of its HTML parts."""

import email
from email.message import Message

from mailbot.domain.documents import Block, Document
from parsers.readers import Unreadable, html
from parsers.readers.text import decode

_ASIDE = ("header.htm", "header.html", "tabstrip.htm", "tabstrip.html")  # page furniture beside the pages


def read(content: bytes) -> Document:
    """The Document of an .mht file. Raises Unreadable."""
    pages = [part for part in email.message_from_bytes(content.lstrip()).walk() if part.get_content_type() == "text/html"]
    if not pages:
        raise Unreadable("corrupt", "no page in the web archive")
    blocks: list[Block] = []
    for page in pages:
        if not str(page.get("Content-Location", "")).lower().endswith(_ASIDE):
            blocks += html.read(_unicode(page)).blocks
    return Document("html", tuple(blocks))


def _unicode(page: Message) -> bytes:
    """The page in UTF-8, marked as such, where its part says another charset."""
    payload = page.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = page.get_param("charset", "")
    return decode(data, charset).encode("utf-8-sig", "replace") if isinstance(charset, str) and charset else data
