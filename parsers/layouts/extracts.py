"""Fields taken out of a text's own words: was there a penalty, which laws, when decided."""

import re
import unicodedata
from collections.abc import Mapping

from mailbot.domain.dates import dates_in
from mailbot.domain.documents import Document
from mailbot.domain.forms import Extract, Value
from mailbot.domain.numbers import whole_number

_SENTENCE_END = re.compile(r"[。;!?\n]")


def extract(rule: Extract, texts: Mapping[str, str], document: Document) -> Value:
    """The field's value; None where the part it is taken from is missing or empty.
    Without a part it is taken from all parts (never from the template's own notes above them)."""
    text = texts.get(rule.part, "") if rule.part else "\n".join(texts.values()) if texts else document.text
    if not text.strip():
        return None
    sentences = [s for s in _SENTENCE_END.split(_flat(text)) if s]
    telling = [s for s in sentences if _any(rule.patterns, s)]
    match rule.take:
        case "flag":
            return any(not _any(rule.unless, s) for s in telling)
        case "list":
            found = (m.group(1) for s in sentences for p in rule.patterns for m in re.finditer(p, s))
            return tuple(dict.fromkeys(f for f in found if not _any(rule.unless, f)))
        case "date":
            days = [d for s in telling if not _any(rule.unless, s) for d in dates_in(s)]
            return days[-1].isoformat() if days else None
        case "number":
            numbers = (whole_number(m.group(1)) for s in telling for p in rule.patterns if (m := re.search(p, s)))
            return next((n for n in numbers if n is not None), None)


def _flat(text: str) -> str:
    """NFKC without blanks, line breaks kept; 《》 stay, for names of laws stand in them."""
    return re.sub(r"[^\S\n]+", "", unicodedata.normalize("NFKC", text))


def _any(patterns: tuple[str, ...], text: str) -> bool:
    return any(re.search(p, text) for p in patterns)
