"""What the product reads on a scan, without mail around it: the file's words (kept in OUT/looks under its hash), form, unit, figures, and
whether it is the same paper as the editable copy."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from mailbot.domain.campaigns import Campaign
from mailbot.domain.classify import classify
from mailbot.domain.comparing import Paper, compare
from mailbot.domain.documents import Document
from mailbot.domain.pages import Box, Line, Look, Page, Seal
from parsers.layouts import parse
from parsers.readers import read
from parsers.scans.looking import document_of, look
from parsers.scans.ocr import Engine
from tests.pages.papers import rules
from tests.pages.truth import Case

Found = dict[str, Any]


def words(folder: Path, case: Case) -> Found:
    """Form and unit of a lone scan, its figures, and the verdict beside its editable copy."""
    campaign = next(c for c in rules().campaigns if c.id == case["campaign"])
    contents = [(folder / name).read_bytes() for name in case["files"]]
    looks = [looked(folder, content) for content in contents]
    seen = Look(tuple(page for one in looks for page in one.pages), looks[0].reading)
    scan = _paper(document_of(read(contents[0]), seen), campaign, seen)
    typed = _paper(read((folder / case["editable"]).read_bytes(), case["editable"]), campaign)
    verdict = compare(scan, typed)
    return {
        "id": case["id"], "form": scan.form, "unit": scan.unit, "figures": _figures(scan),
        "verdict": verdict.kind, "differences": [[d.where, d.scan, d.editable] for d in verdict.differences], "note": verdict.note,
    }  # fmt: skip


def _figures(paper: Paper) -> dict[str, Any]:
    """The single figures by their names in the truth; of a table's rows as 药品.filed."""
    cells = {f"{row['kind']}.{field}": value for row in paper.rows if row.get("kind") for field, value in row.items()}
    return {name: value for name, value in (*paper.fields.items(), *cells.items()) if isinstance(value, int | float | str)}


def looked(folder: Path, content: bytes) -> Look:
    """The file read by OCR, once."""
    place = folder / "looks" / f"{hashlib.sha256(content).hexdigest()[:24]}.json"
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        place.write_text(json.dumps(asdict(look(content, _engine())), ensure_ascii=False), "utf-8")
    return _look(json.loads(place.read_text("utf-8")))


@cache
def _engine() -> Engine:
    return Engine()


def _look(told: dict[str, Any]) -> Look:
    return Look(tuple(map(_page, told["pages"])), told["reading"], told["unseen"])


def _page(told: dict[str, Any]) -> Page:
    grids = tuple(tuple(tuple(Box(**cell) for cell in row) for row in grid) for grid in told["grids"])
    return Page(**{**told, "grids": grids, "seals": _boxed(Seal, told["seals"]), "lines": _boxed(Line, told["lines"])})


def _boxed(kind: Any, told: Iterable[dict[str, Any]]) -> tuple[Any, ...]:
    return tuple(kind(**{**one, "box": Box(**one["box"])}) for one in told)


def _paper(document: Document, campaign: Campaign, seen: Look | None = None) -> Paper:
    """The document among the forms of its campaign; unit and form as the page itself tells them."""
    form = classify(document, rules().forms_of((campaign,))).winner
    if form is None:
        return Paper("", text=document.text, look=seen)
    parsed = parse(document, rules().forms[form])
    return Paper.of(parsed, unit=_unit(campaign, parsed.unit_text, parsed.signature, parsed.title), text=document.text, look=seen)


def _unit(campaign: Campaign, *told: str | None) -> str:
    """The first unit that a head, a signature or a title names, else nearly names."""
    there = [text for text in told if text]
    found = [unit for text in there for unit in (campaign.roster.is_name(text), *campaign.roster.named(text)) if unit]
    near = (unit for text in there if not found and (unit := campaign.roster.like(text)))
    return next((unit.id for unit in (*found, *near)), "")
