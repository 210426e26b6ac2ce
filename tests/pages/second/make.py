"""A second generator of pages, by other hands than the first: `python -m tests.pages.second.make OUT [--count 300] [--seed S]`.

Same seed, same pages. OUT/scans, OUT/editable and OUT/truth.json are as tests/pages/truth.py says; a mark has one key more, `kind`, and a seal
two, `manner` (how it was pressed) and `across` (a seal over the edges of several sheets, 骑缝章). Measured by
`python -m tests.pages.measure OUT --section second`. Needs Chinese fonts and LibreOffice.
"""

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.pages.papers import rules
from tests.pages.second import things, views
from tests.pages.second.cases import Case, imprints, outline, plan
from tests.pages.second.chops import INKS, Imprint, pressed
from tests.pages.second.printed import Print, printed
from tests.pages.second.reports import Report, owner
from tests.pages.second.sending import files, sent
from tests.pages.second.typed import editable, red_head

_STEMS = ("IMG_", "CCF", "图像", "mmexport")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=2)
    given = parser.parse_args()
    make(given.out, given.count, given.seed)


def make(out: Path, count: int, seed: int) -> None:
    """Writes the folder."""
    for name in ("scans", "editable"):
        (out / name).mkdir(parents=True, exist_ok=True)
    cases = plan(count, seed)
    prints = printed({case.id: case.report for case in cases}, out / "prints")
    told = [_written(case, prints[case.id], out, seed) for case in cases]
    (out / "truth.json").write_text(json.dumps({"seed": seed, "cases": told}, ensure_ascii=False, indent=1) + "\n", "utf-8")


# --- one case ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Page:
    picture: Image.Image
    told: dict[str, Any]


def _written(case: Case, prints: Sequence[Print], out: Path, seed: int) -> dict[str, Any]:
    dice = random.Random(f"case {seed} {case.id}")
    seals = imprints(case, prints, dice)
    pages = [_page(case, sheet, seals[number], number == 0, dice) for number, sheet in enumerate(prints)]
    names = []
    for content in files(case, [page.picture for page in pages]):
        names.append(f"scans/{case.id}-{len(names) + 1}.{case.kind}")
        (out / names[-1]).write_bytes(content)
    typed = f"editable/{case.id}{case.copy.ending}"
    (out / typed).write_bytes(editable(case.copy))
    sent_as = [f"{dice.choice(_STEMS)}{dice.randint(10**7, 10**8)}_{n}.{case.kind}" for n in range(1, len(names) + 1)]
    title = rules().forms[case.copy.form].title.strip("“”")
    return {
        "id": case.id, "files": names, "sent_as": sent_as, "editable": typed, "editable_sent_as": title + case.copy.ending,
        "relation": case.relation, **_named(case.report), "campaign": case.report.campaign, "reported_on": case.report.day.isoformat(),
        "copy": _named(case.copy), "sender": owner(case.copy).addresses[0], "hand": case.hand, "where": pages[0].told.pop("where"), "paper": case.paper,
        "kind": case.kind, "colour": case.colour, "dpi": round(case.per_mm * 25.4), "quality": case.quality, "turn": case.turned,
        "pages": [{k: v for k, v in page.told.items() if k != "where"} for page in pages],
    }  # fmt: skip


def _named(report: Report) -> dict[str, Any]:
    return {"form": report.form, "unit": report.unit, "period": report.period, "fields": dict(report.figures)}


def _page(case: Case, sheet: Print, seals: Sequence[tuple[Imprint, bool]], first: bool, dice: random.Random) -> _Page:
    """One page: printed, marked, stamped, worn, looked at."""
    mm, noise = case.per_mm, np.random.default_rng(dice.randrange(2**32))
    paper = things.papered(np.asarray(sheet.picture(mm), dtype=np.float32), case.paper, mm, noise)
    outlines = [outline(imprint) for imprint, _ in seals]
    taken = [tuple(v * mm for v in (*np.min(o, axis=0), *np.max(o, axis=0))) for o in outlines]
    marks = _marks(case, paper, taken, dice) if first else []
    average = []
    for imprint, _ in seals:
        ink, strength = pressed(imprint, mm, dice)
        things.blended(
            paper,
            ink,
            INKS[imprint.ink],
            round(imprint.middle[0] * mm - ink.shape[1] / 2),
            round(imprint.middle[1] * mm - ink.shape[0] / 2),
        )
        average.append(strength)
    for name in things.WEAR:
        if dice.random() < 0.07:
            things.WEAR[name](paper, mm, dice)
    seen = views.view(case.hand, paper, mm, dice)
    picture = sent(case, seen.picture, dice)
    boxes = _Boxes(paper.shape[:2], mm, seen)
    told = [
        {"shape": i.chop.shape, "millimetres": round(max(i.chop.size), 1), "ink": i.ink, "strength": round(strength, 3), "double": i.double,
         "cut": boxes.cut(edge), "unit": i.unit, "words": i.chop.words, "manner": i.manner, "across": across, **(where := boxes.of(edge)),
         "visible": _redness(picture, where["seen"])}
        for (i, across), edge, strength in zip(seals, outlines, average, strict=True)
    ]  # fmt: skip
    named = [
        {"name": m.group, "kind": m.kind, **boxes.of(np.array([(m.box[x], m.box[y]) for x in (0, 2) for y in (1, 3)]) / mm)} for m in marks
    ]
    return _Page(
        picture, {"desk": seen.desk, "seals": told, "marks": named, "red_head": first and red_head(case.report), "where": seen.where}
    )


def _marks(case: Case, paper: Any, taken: list[Any], dice: random.Random) -> list[things.Thing]:
    """Many where there is no seal, a few elsewhere."""
    count = dice.choices((0, 1, 2), (15, 45, 40) if case.relation == "unstamped" else (72, 20, 8))[0]
    found = []
    for kind in dice.sample(list(things.THINGS), count):
        thing = things.put(kind, paper, case.per_mm, taken, dice)
        if thing is not None:
            taken.append(thing.box)
            found.append(thing)
    return found


class _Boxes:
    """Boxes in shares of the sheet and of the picture."""

    def __init__(self, sheet: tuple[int, int], mm: float, seen: views.View) -> None:
        self._size = np.array((sheet[1], sheet[0])) / mm
        self._mm, self._seen = mm, seen

    def of(self, points: Any) -> dict[str, list[float]]:
        moved = np.column_stack([points * self._mm, np.ones(len(points))]) @ self._seen.matrix.T
        return {"box": _bounds(points / self._size), "seen": _bounds(moved[:, :2] / moved[:, 2:] / self._seen.picture.size)}

    def cut(self, points: Any) -> float:
        """The share of its width or height beyond the edge."""
        low, high = points.min(axis=0), points.max(axis=0)
        inside = np.clip(high, 0, self._size) - np.clip(low, 0, self._size)
        return round(float(1 - (inside / (high - low)).prod()), 3)


def _bounds(points: Any) -> list[float]:
    flat = np.clip(points, 0, 1)
    return [round(float(v), 4) for v in (*flat.min(axis=0), *flat.max(axis=0))]


def _redness(picture: Image.Image, box: Sequence[float]) -> float:
    """How much redder the reddest twentieth of a box is than its middle, 0 to 1."""
    left, top, right, bottom = (round(share * size) for share, size in zip(box, picture.size * 2, strict=True))
    red, green, blue = np.moveaxis(
        np.asarray(picture.crop((left, top, max(right, left + 1), max(bottom, top + 1))).convert("RGB"), dtype=np.float32), 2, 0
    )
    excess = red - (green + blue) / 2
    return round(float(np.percentile(excess, 95) - np.median(excess)) / 255, 3)


if __name__ == "__main__":
    main()
