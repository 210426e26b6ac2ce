"""The product looks at a scan, and what it saw is held against the truth."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mailbot.domain.pages import Box, Page
from parsers.scans.looking import look
from tests.pages.truth import Case

Found = dict[str, Any]
_SAME = 0.3  # of intersection over union: the seal that was found is the one that is there


def seals(folder: Path, case: Case) -> Found:
    """What was seen of a case: {"pages": [{"colour", "seals": [{"shape", "ink", "certainty", "millimetres", "is", "of"}]}], "ms"}.

    `is`: the number of the true seal that it is, null for a false alarm; `of`: what a false alarm took for a seal."""
    begun = time.process_time()
    pages = [page for name in case["files"] for page in look((folder / name).read_bytes()).pages]
    spent = (time.process_time() - begun) * 1000 / max(len(pages), 1)
    told = [{"colour": page.colour, "seals": _matched(page, true, case["turn"])} for page, true in zip(pages, case["pages"], strict=False)]
    return {"id": case["id"], "pages": told, "ms": round(spent, 1)}


def _matched(page: Page, true: dict[str, Any], turn: int) -> list[Found]:
    """The seals found on a page, the surest first, each with the true one that it is."""
    told, free = [], dict(enumerate(true["seals"]))
    for seal in page.seals:
        box = _upright(seal.box, turn + round(page.turned / 90))
        hit = next((n for n, s in free.items() if max(_overlap(box, s["box"]), _overlap(box, s["seen"])) >= _SAME), None)
        free.pop(hit, None)  # type: ignore[arg-type]
        told.append({
            "shape": seal.shape, "ink": seal.ink, "certainty": seal.certainty, "millimetres": seal.millimetres, "is": hit,
            "of": None if hit is not None else _taken(box, true), "box": [round(v, 4) for v in box],
        })  # fmt: skip
    return told


def _upright(box: Box, turns: int) -> tuple[float, float, float, float]:
    """The box after turning its page back by so many quarter turns that it stands counter-clockwise."""
    left, top, right, bottom = box.left, box.top, box.right, box.bottom
    for _ in range(turns % 4):
        left, top, right, bottom = 1 - bottom, left, 1 - top, right
    return left, top, right, bottom


def _overlap(a: Sequence[float], b: Sequence[float]) -> float:
    """Intersection over union."""
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return wide * high / max(both - wide * high, 1e-9)


def _taken(box: Sequence[float], true: dict[str, Any]) -> str:
    """What stands where a false alarm is."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    for mark in true["marks"]:
        if any(mark[k][0] <= x <= mark[k][2] and mark[k][1] <= y <= mark[k][3] for k in ("box", "seen")):
            return str(mark["name"])
    if any(max(_overlap(box, s["box"]), _overlap(box, s["seen"])) > 0 for s in true["seals"]):
        return "beside-a-seal"
    return "red-head" if true["red_head"] and y < 0.25 else "page"
