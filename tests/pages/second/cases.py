"""The plan of the second generator: which report is scanned how, beside which editable copy, and under which seals."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.pages.papers import seal_words, units
from tests.pages.second import phrases
from tests.pages.second.chops import INKS, MANNERS, Imprint, cut
from tests.pages.second.printed import Print
from tests.pages.second.reports import SORTS, Report, beside, one, owner

RELATIONS = {"same": 60, "figure": 9, "quarter": 6, "other": 5, "draft": 6, "unit": 4, "seal": 4, "unstamped": 6}
_HANDS = {"scanner": 44, "app": 14, "phone": 28, "close": 14}
_COLOURS = {"scanner": (82, 11, 7), "app": (78, 12, 10), "phone": (98, 2, 0), "close": (98, 2, 0)}
_KINDS = {"scanner": (("pdf", "jpg", "png"), (45, 45, 10)), "app": (("pdf", "jpg"), (40, 60))}
_PAPERS = {"white": 42, "bright": 16, "yellowish": 12, "old": 5, "recycled": 9, "lined": 8, "red-grid": 8}


@dataclass(frozen=True, slots=True)
class Case:
    """One scan to be made, of `report`, beside `copy`."""

    id: str
    report: Report
    copy: Report
    relation: str
    hand: str
    colour: str
    kind: str
    paper: str
    per_mm: float
    quality: int
    turn: int
    exif: bool
    wechat: bool

    @property
    def turned(self) -> int:
        """Quarter turns that the file does not undo."""
        return 0 if self.exif and self.kind == "jpg" else self.turn


def plan(count: int, seed: int) -> list[Case]:
    """So many cases; the relations in their shares, shuffled by the hundred."""
    relations: list[str] = []
    for hundred in range(math.ceil(count / 100)):
        some = [relation for relation, share in RELATIONS.items() for _ in range(share)]
        random.Random(f"relations {seed} {hundred}").shuffle(some)
        relations += some
    return [
        _case(f"s{number:04d}", relation, random.Random(f"second {seed} {number}")) for number, relation in enumerate(relations[:count], 1)
    ]


def _case(name: str, relation: str, dice: random.Random) -> Case:
    fitting = {f: s.share for f, s in SORTS.items() if _fits(f, relation)}
    report = one(dice.choices(list(fitting), list(fitting.values()))[0], dice)
    hand = dice.choices(list(_HANDS), list(_HANDS.values()))[0]
    kinds = _KINDS.get(hand, (("jpg",), (1,)))
    dpi = dice.choices((90, 100, 120, 150, 170, 200), (4, 10, 20, 34, 16, 16))[0] + dice.randint(-4, 4)
    return Case(
        name, report, beside(report, relation, dice), relation, hand, dice.choices(("colour", "grey", "black"), _COLOURS[hand])[0],
        dice.choices(*kinds)[0], dice.choices(list(_PAPERS), list(_PAPERS.values()))[0], dpi / 25.4,
        dice.choice((45, 60, 70, 80, 90)), dice.choices((0, 1, 2, 3), (86, 5, 4, 5))[0], dice.random() < 0.5, hand != "scanner" and dice.random() < 0.4,
    )  # fmt: skip


def _fits(form: str, relation: str) -> bool:
    if relation == "quarter":
        return form in ("risk-list", "case-stats", "typical-case", "work-summary")
    return relation != "other" or form not in ("work-summary-yongan", "free-report")


def imprints(case: Case, prints: Sequence[Print], dice: random.Random) -> list[list[tuple[Imprint, bool]]]:
    """The seals of every page, and whether they go across sheets."""
    found: list[list[tuple[Imprint, bool]]] = [[] for _ in prints]
    if case.relation == "unstamped":
        return found
    unit, words = _whose(case, dice)
    chop = cut(words, f"{unit} {words}")
    strength = dice.choices((dice.uniform(0.25, 0.38), dice.uniform(0.38, 0.6), dice.uniform(0.6, 1)), (14, 30, 56))[0]
    manner = dice.choices(MANNERS, (34, 14, 14, 14, 12, 12))[0]
    rest = (
        dice.gauss(0, 9) if dice.random() < 0.88 else dice.uniform(-180, 180),
        dice.choice(list(INKS)),
        strength,
        manner,
        dice.random() < 0.05,
    )
    for number, sheet in enumerate(prints):
        if sheet.spot is not None:
            half = chop.size[0] / 2 + 1
            x = min(max(sheet.spot[0] + dice.gauss(0, 6), half), sheet.size[0] - half)
            if dice.random() < 0.05:
                x = sheet.size[0] - half + chop.size[0] * dice.uniform(0.1, 0.3)
            y = min(max(sheet.spot[1] + dice.gauss(0, 4), half), sheet.size[1] - half)
            found[number].append((Imprint(chop, unit, (x, y), *rest), False))
    if len(prints) == 2 and chop.shape == "round" and dice.random() < 0.06:
        middle = prints[0].size[1] * dice.uniform(0.3, 0.5)
        for number, x in ((0, prints[0].size[0]), (1, 0.0)):
            found[number].append((Imprint(chop, unit, (x, middle), *rest), True))
    return found


def _whose(case: Case, dice: random.Random) -> tuple[str | None, str]:
    mine = owner(case.report)
    if case.relation != "seal":
        return mine.id, seal_words(mine, random.Random(f"seal of {mine.id}"))
    if dice.random() < 0.4:
        return None, dice.choice(phrases.STRANGERS)
    other = dice.choice([unit for unit in units(case.report.campaign) if unit.id != mine.id])
    return other.id, seal_words(other, dice)


def outline(imprint: Imprint) -> Any:
    """Points of its outer edge, in mm of the sheet."""
    wide, high = imprint.chop.size
    turns = np.linspace(0, 2 * math.pi, 72)
    points = np.stack([np.cos(turns) * wide / 2, np.sin(turns) * high / 2], axis=1)
    if imprint.chop.shape == "square":
        points = np.array([(-wide, -high), (wide, -high), (wide, high), (-wide, high)]) / 2
    angle = math.radians(-imprint.angle)
    return points @ np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]]) + np.array(imprint.middle)
