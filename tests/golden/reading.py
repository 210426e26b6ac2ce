"""What the product reads from a sample, as plain values that a golden .json can hold."""

from functools import cache
from pathlib import Path
from typing import Any

from mailbot.adapters import rules as rules_adapter
from mailbot.app.places import bundled
from mailbot.domain.classify import classify
from mailbot.domain.forms import ParsedForm
from mailbot.domain.policy import Rules
from parsers.layouts import parse
from parsers.readers import read
from tests.golden.samples import form_of

FORMATS = Path(__file__).parent / "formats"


@cache
def _rules() -> Rules:
    return rules_adapter.load(bundled("config"))


def read_as(file: Path, sample: str, name: str = "") -> ParsedForm:
    """A file read, recognised among the forms of its bureau (not told which one it is), and parsed."""
    form, document = form_of(sample), read(file.read_bytes(), name or file.name)
    assert document.trouble is None, f"{file.name}: {document.trouble} {document.detail}"
    bureau = "yongan-2023" if form.endswith("yongan") else "naiman-2023"
    forms = _rules().forms_of(tuple(c for c in _rules().campaigns if c.id == bureau))
    assert classify(document, forms).winner == form, f"{file.name} is taken for {classify(document, forms).winner}"
    return parse(document, _rules().forms[form])


def golden(parsed: ParsedForm) -> dict[str, Any]:
    """All that a receipt or a roll-up takes from a form."""
    return {
        "title": parsed.title,
        "unit_text": parsed.unit_text,
        "period_text": parsed.period_text,
        "reported_on": parsed.reported_on.isoformat() if parsed.reported_on else None,
        "signature": parsed.signature,
        "fields": {name: list(value) if isinstance(value, tuple) else value for name, value in parsed.fields.items()},
        "rows": [dict(row) for row in parsed.rows],
        "sections": {s.field: {"heading": s.heading, "characters": s.characters, "text": s.text} for s in parsed.sections},
        "invalid": dict(parsed.invalid),
        "sample_rows": parsed.sample_rows,
        "nil": parsed.nil,
    }
