"""Pairs of papers read as the product reads them, the scan with a reader's slips, and what is made of them.

`python -m tests.domain.read_pairs [COUNT]` prints the table: COUNT pairs of each relation at each level of noise.
"""

import sys
from collections import Counter
from random import Random

from mailbot.domain.comparing import Paper, Verdict, compare
from mailbot.domain.dates import dates_in, mentions_in
from mailbot.domain.documents import Document
from mailbot.domain.forms import ParsedForm
from mailbot.domain.pages import Look
from parsers.layouts import parse
from tests.domain.ocr_noise import Noise, scanned
from tests.domain.pairs import RELATIONS, UNITS, pair
from tests.layouts.pages import FORMS

LEVELS = (0.002, 0.005, 0.01, 0.02)  # of the words' signs; the last is a bad photo


def as_paper(form: str, document: Document, look: Look | None = None) -> Paper:
    """A Document as the copy it is, its unit and period from its own words."""
    parsed = parse(document, FORMS[form])
    text = document.text
    unit = next((u for u in UNITS if u in (parsed.unit_text or parsed.signature or text[:60])), "")
    return Paper.of(parsed, unit=unit, period=_period(parsed), text=text, look=look)


def _period(parsed: ParsedForm) -> str:
    said = [m for m in mentions_in(parsed.period_text) if m.year and m.kind == "month"]
    days = dates_in(parsed.signature)
    day = parsed.reported_on or (days[-1] if days else None)
    if said:
        return f"{said[0].year}-{said[0].number:02d}"
    return f"{day.year}Q{(day.month + 2) // 3}" if day and 2020 < day.year < 2030 else ""


def judged(relation: str, level: float, number: int) -> Verdict:
    """The verdict on one pair; nine of ten bear a seal somewhere, of eight of ten the tables are found."""
    seed = (RELATIONS.index(relation) * 100_000 + number) * 17 + round(level * 10_000)
    rng = Random(seed)
    scan, typed = pair(relation, seed)
    read, look = scanned(scan.document, Noise(level, rng.random() < 0.9, rng.random() < 0.8), rng)
    return compare(as_paper(scan.form, read, look), as_paper(typed.form, typed.document))


def shares(relation: str, level: float, count: int) -> dict[str, float]:
    """Kind of verdict -> its share of so many pairs."""
    found = Counter(judged(relation, level, number).kind for number in range(count))
    return {kind: found[kind] / count for kind in ("same", "unsure", "differs", "older-draft", "other-paper")}


if __name__ == "__main__":
    for relation in RELATIONS:
        for level in LEVELS:
            told = "  ".join(f"{kind} {share:.4f}" for kind, share in shares(relation, level, int((*sys.argv, "100")[1])).items())
            print(f"{relation:13s} {level:.3f}  {told}", flush=True)
