"""Document -> the forms in it, recognised and parsed: one part a form. `python -m parsers.layouts FILE` shows it."""

from collections.abc import Sequence
from dataclasses import replace

from mailbot.domain.classify import classify
from mailbot.domain.documents import Document
from mailbot.domain.forms import FormType
from mailbot.domain.part import Part
from mailbot.domain.splitting import parts_of
from parsers.layouts import parse


def recognise(document: Document, forms: Sequence[FormType], *, certain: bool = False) -> tuple[Part, ...]:
    """The document's parts, at least one; an export of ours holds no form. Our own failure costs only the recognition. `certain`: it is the one form given,
    whatever it looks like."""
    if document.trouble or not document.blocks or not forms or (document.ours and not certain):
        return (Part(document),)
    try:
        if certain:
            return (Part(document, replace(classify(document, forms), winner=forms[0].id, tied=()), parse(document, forms[0])),)
        return tuple(_part(part, forms) for part in parts_of(document, forms))
    except Exception as error:  # noqa: BLE001 - a boundary: the reading is good, what failed is named and a person looks
        return (Part(document, fault=f"{type(error).__name__}: {error}"[:300]),)


def _part(document: Document, forms: Sequence[FormType]) -> Part:
    found = classify(document, forms)
    winner = next((form for form in forms if form.id == found.winner), None)
    return Part(document, found, parse(document, winner) if winner else None)
