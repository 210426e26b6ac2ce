"""The truth beside the pages, OUT/truth.json: any folder that has one can be measured, whoever made it.

{"seed": 1, "cases": [case, …]}. A case:

| key | what |
|---|---|
| id | names the case |
| files | the scan: names below OUT, in the order in which they were sent |
| sent_as | the names under which they were sent |
| editable, editable_sent_as | the editable copy; null where there is none |
| relation | same, figure, quarter, other, draft, unit, seal, unstamped, screen |
| campaign, form, unit, period, reported_on | of the paper that was scanned; unit as the roster's id |
| fields | its figures by name, as written |
| copy | {form, unit, period, fields} of the editable copy |
| sender | a registered address of the unit of the editable copy |
| hand, where, paper, kind, colour, dpi, quality | who made the picture of what, how |
| turn | quarter turns counter-clockwise of the pixels; 0 where the file's EXIF undoes them |
| pages | [page, …] in the order of the files, then of the pages inside |

A page: {"desk": bool, "seals": [seal, …], "marks": [{"name", "box", "seen"}, …], "red_head": bool}.
A seal: {"shape", "millimetres", "ink", "strength", "visible", "double", "cut", "unit", "words", "box", "seen"}. strength: average ink,
0 to 1; visible: how red its reddest twentieth is in the picture, 0 to 1 (an app may wash a faint seal away); cut: share beyond the edge
of the paper. Boxes [left, top, right, bottom] in shares, upright: `box` of the sheet of paper, `seen` of the picture.
"""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from tests.pages.cases import Case as Planned
from tests.pages.cases import addresses
from tests.pages.leaf import Leaf, Points, Printed
from tests.pages.papers import Paper, rules

if TYPE_CHECKING:
    from tests.pages.make import Made

Case = dict[str, Any]


def of(case: Planned, files: Sequence[str], beside: str, made: Sequence["Made"]) -> Case:
    """The truth of one case."""
    paper, copy = case.paper, case.copy
    return {
        "id": case.id, "files": list(files), "sent_as": _sent_as(case, len(files)), "editable": beside,
        "editable_sent_as": rules().forms[copy.form].title.strip("“”") + copy.ending, "relation": case.relation,
        **_told(paper), "campaign": paper.campaign, "reported_on": paper.day.isoformat(), "copy": _told(copy),
        "sender": addresses(copy.unit, copy.campaign)[0], "hand": case.hand, "where": made[0].shot.where, "paper": case.stock.paper, "kind": case.kind,
        "colour": case.colour, "dpi": round(case.per_mm * 25.4), "quality": case.quality, "turn": 0 if _undone(case) else case.turn,
        "pages": [_page(m, paper.red_head and n == 0) for n, m in enumerate(made)],
    }  # fmt: skip


def write(out: Path, seed: int, cases: Sequence[Case]) -> None:
    (out / "truth.json").write_text(json.dumps({"seed": seed, "cases": list(cases)}, ensure_ascii=False, indent=1) + "\n", "utf-8")


def read(folder: Path) -> list[Case]:
    found: list[Case] = json.loads((folder / "truth.json").read_text("utf-8"))["cases"]
    return found


def seed(folder: Path) -> int:
    """Of the generator that drew them."""
    drawn: int = json.loads((folder / "truth.json").read_text("utf-8"))["seed"]
    return drawn


def _told(paper: Paper) -> dict[str, Any]:
    return {"form": paper.form, "unit": paper.unit, "period": paper.period, "fields": dict(paper.figures)}


def _undone(case: Planned) -> bool:
    return case.exif and case.kind in ("jpg", "heic")


def _sent_as(case: Planned, count: int) -> list[str]:
    """Names as scanners, phones and WeChat give them; they say nothing of the form."""
    dice = random.Random(f"name {case.id}")
    day = f"{case.paper.day:%Y%m%d}"
    moment = f"{dice.randint(8, 17):02d}{dice.randint(0, 59):02d}"
    if case.hand == "scanner":
        stem = dice.choice((f"扫描件{day}", f"SCAN_{dice.randint(1000, 9999)}", f"doc{day}{moment}"))
    else:
        stem = dice.choice((f"微信图片_{day}{moment}", f"IMG_{day}_{moment}", f"mmexport17{dice.randint(10**10, 10**11 - 1)}"))
    return [f"{stem}{'' if count == 1 else f'{n:02d}'}.{case.kind}" for n in range(1, count + 1)]


def _page(made: "Made", red_head: bool) -> dict[str, Any]:
    leaf, matrix, picture = made.leaf, made.shot.matrix, made.shot.picture
    paper = np.diag([1 / leaf.picture.width, 1 / leaf.picture.height, 1])
    seen = np.diag([1 / picture.width, 1 / picture.height, 1]) @ matrix

    def boxes(points: Points) -> dict[str, Any]:
        return {"box": _box(points, paper, leaf.per_mm), "seen": _box(points, seen, leaf.per_mm)}

    marks = [{"name": m.name, **boxes([(m.box[x], m.box[y]) for x in (0, 2) for y in (1, 3)])} for m in leaf.marks]
    seals = [{**_seal(leaf, s), **(where := boxes(s.outline)), "visible": _redness(picture, where["seen"])} for s in leaf.seals]
    return {"desk": made.shot.desk, "seals": seals, "marks": marks, "red_head": red_head}


def _seal(leaf: Leaf, seal: Printed) -> dict[str, Any]:
    press = seal.press
    right, below = leaf.picture.width / leaf.per_mm, leaf.picture.height / leaf.per_mm
    inside = sum(0 <= x <= right and 0 <= y <= below for x, y in _filled(seal.outline)) / 400
    return {
        "shape": press.stamp.shape, "millimetres": press.stamp.millimetres, "ink": press.ink, "strength": round(seal.strength, 3),
        "double": press.double, "cut": round(1 - inside, 3), "unit": press.unit, "words": press.stamp.words,
    }  # fmt: skip


def _redness(picture: Image.Image, box: Sequence[float]) -> float:
    """How much redder the reddest twentieth of a box is than its middle, 0 to 1."""
    left, top, right, bottom = (round(share * size) for share, size in zip(box, picture.size * 2, strict=True))
    red, green, blue = np.moveaxis(np.asarray(picture.crop((left, top, right, bottom)).convert("RGB"), dtype=np.float32), 2, 0)
    excess = red - (green + blue) / 2
    return round(float(np.percentile(excess, 95) - np.median(excess)) / 255, 3)


def _filled(outline: Points) -> Points:
    """400 points over the box of an outline."""
    left, right = min(x for x, _ in outline), max(x for x, _ in outline)
    top, bottom = min(y for _, y in outline), max(y for _, y in outline)
    return [(left + (right - left) * (i + 0.5) / 20, top + (bottom - top) * (j + 0.5) / 20) for i in range(20) for j in range(20)]


def _box(points: Points, matrix: Any, per_mm: float) -> list[float]:
    """The box around points (mm) after a matrix (from pixels of the leaf to shares), cut to the page."""
    moved = np.array([(x * per_mm, y * per_mm, 1.0) for x, y in points]) @ matrix.T
    flat = np.clip(moved[:, :2] / moved[:, 2:], 0, 1)
    return [round(float(v), 4) for v in (*flat.min(axis=0), *flat.max(axis=0))]
