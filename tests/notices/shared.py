"""The five notices as the tests read them: the real wording, with persons and phone numbers invented."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from mailbot.adapters import rules as rules_adapter
from mailbot.app.places import bundled
from mailbot.domain.documents import Document
from mailbot.domain.forms import FormType
from mailbot.domain.notices.draft import Draft
from mailbot.domain.notices.drafting import draft_of
from mailbot.domain.notices.notice import Notice
from mailbot.domain.notices.pages import notice_of
from parsers.readers.lines import read_lines

FOLDER = Path(__file__).parent / "notices"
NAMES = ("naiman", "yongan", "wulate", "city", "ningxia")


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def typed(text: str) -> Notice:
    """A notice as it was typed or copied into a text file."""
    return notice_of(read_lines(text.encode()))


def document_of(name: str) -> Document:
    return read_lines((FOLDER / f"{name}.txt").read_bytes())


@cache
def notice(name: str) -> Notice:
    return notice_of(document_of(name))


@cache
def known() -> Mapping[str, FormType]:
    return rules_adapter.load(bundled("config")).forms


@cache
def draft(name: str) -> Draft:
    """With the forms of the bundled rules."""
    return draft_of(notice(name), known(), "neu-2024")


@cache
def bare_draft(name: str) -> Draft:
    """Without any form that is known already."""
    return draft_of(notice(name), {}, "neu-2024")
