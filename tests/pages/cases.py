"""The plan: which paper is sent how, by whom, beside which editable copy. Drawn case by case from one seed; nothing is painted here."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from mailbot.domain.units import Unit
from tests.pages import marks, sayings
from tests.pages.leaf import INKS, PAPERS, Press, Stock
from tests.pages.papers import QUARTERS, SORTS, Paper, added_up, one, rules, seal_words, units
from tests.pages.printing import Sheet
from tests.pages.stamps import Stamp, cut

# how the scan stands to the editable copy it comes with, and how often in a hundred
Relation = Literal["same", "figure", "quarter", "other", "draft", "unit", "seal", "unstamped", "screen"]
RELATIONS: dict[Relation, int] = {
    "same": 60, "figure": 8, "quarter": 6, "other": 4, "draft": 6, "unit": 4, "seal": 4, "unstamped": 5, "screen": 3,
}  # fmt: skip
_HANDS = {"scanner": 40, "app": 15, "phone": 29, "close": 13, "digital": 3}
_BARE = ("unstamped", "screen")
_PERIODIC = ("risk-list", "case-stats", "typical-case", "work-summary")
_DPI = {"scanner": ((75, 100, 120, 150, 200, 300), (2, 8, 12, 34, 36, 8)), "": ((95, 110, 130, 150, 180, 200), (6, 12, 20, 28, 22, 12))}
_KINDS = {
    "scanner": (("jpg", "pdf", "tiff", "png"), (45, 35, 12, 8)), "app": (("jpg", "pdf", "webp"), (63, 32, 5)),
    "digital": (("pdf",), (1,)), "": (("jpg", "heic", "webp", "png"), (84, 7, 5, 4)),
}  # fmt: skip
_COLOURS = {"scanner": (80, 12, 8), "app": (72, 14, 14), "digital": (1, 0, 0), "": (97, 3, 0)}


@dataclass(frozen=True, slots=True)
class Case:
    """One scan to be made. `copy`: what the editable file beside it says. `turn`: quarter turns of the pixels; `exif`: the file says so."""

    id: str
    paper: Paper
    copy: Paper
    relation: Relation
    hand: str
    per_mm: float
    stock: Stock
    marks: tuple[str, ...]
    colour: str
    kind: str
    quality: int
    turn: int
    exif: bool


def plan(papers: Sequence[Paper], count: int, seed: int) -> list[Case]:
    """So many cases; every relation in its share of each hundred."""
    hundred = [relation for relation, share in RELATIONS.items() for _ in range(share)]
    return [_case(papers, number, hundred, seed) for number in range(1, count + 1)]


def _case(papers: Sequence[Paper], number: int, hundred: list[Relation], seed: int) -> Case:
    order = list(hundred)
    random.Random(f"order {seed} {(number - 1) // 100}").shuffle(order)
    dice, relation = random.Random(f"case {seed} {number}"), order[(number - 1) % 100]
    paper = dice.choice([p for p in papers if _fits(p, relation)])
    hand = "screen" if relation == "screen" else dice.choices(tuple(_HANDS), tuple(_HANDS.values()))[0]
    kinds, colours = _KINDS.get(hand, _KINDS[""]), _COLOURS.get(hand, _COLOURS[""])
    turn = dice.choices((0, 1, 2, 3), (84, 6, 5, 5))[0] if hand != "digital" else 0
    return Case(
        f"{number:04d}", paper, counterpart(paper, relation, dice), relation, hand, dice.choices(*_DPI.get(hand, _DPI[""]))[0] / 25.4,
        _stock(hand, dice), _marks(relation, hand, dice), dice.choices(("colour", "grey", "black"), colours)[0], dice.choices(*kinds)[0],
        dice.choices((30, 40, 55, 70, 80, 90, 95), (3, 8, 18, 25, 25, 14, 7))[0], turn, hand in ("phone", "close") and dice.random() < 0.6,
    )  # fmt: skip


def _fits(paper: Paper, relation: Relation) -> bool:
    """Whether a paper has a counterpart of that kind."""
    if relation == "quarter":
        return paper.form in _PERIODIC and _next(paper) != ""
    return relation != "other" or paper.campaign == "naiman-2023"


def _stock(hand: str, dice: random.Random) -> Stock:
    if hand == "digital":
        return Stock("bright", 0, 0.0, 0)
    paper = dice.choices(tuple(PAPERS), (45, 20, 20, 7, 8))[0]
    through = dice.uniform(0.03, 0.1) if dice.random() < 0.15 else 0.0
    return Stock(paper, dice.choice((0, 15, 30, 55, 85)), through, dice.choices((0, 1, 2), (82, 10, 8))[0])


def _marks(relation: Relation, hand: str, dice: random.Random) -> tuple[str, ...]:
    """Many on unstamped pages, some on the others."""
    many = dice.choices((0, 1, 2), (25, 45, 30) if relation == "unstamped" else (78, 16, 6))[0]
    return tuple(dice.sample(marks.NAMES, many)) if hand not in ("screen", "digital") else ()


# --- what stands in the editable copy ------------------------------------------------------------------------------------


def counterpart(paper: Paper, relation: Relation, dice: random.Random) -> Paper:
    """The paper of the editable copy that comes with the scan of `paper`."""
    if relation == "figure":
        return _one_figure(paper, dice)
    if relation == "draft":
        return _redrafted(paper, dice)
    if relation == "quarter":
        return one(paper.form, dice, _unit(paper), _next(paper))
    if relation == "other":
        forms = [
            f for f, s in SORTS.items() if f != paper.form and s.campaign == paper.campaign and _unit(paper) in units(s.campaign, *s.kinds)
        ]
        return one(dice.choice(forms), dice, _unit(paper))
    if relation == "unit":
        sort = SORTS[paper.form]
        others = [u for u in units(sort.campaign, *sort.kinds) if u.id != paper.unit]
        period = paper.period if paper.period in sort.periods else ""
        return one(paper.form, dice, dice.choice(others), period)
    return paper


def _unit(paper: Paper) -> Unit:
    return next(u for u in units(paper.campaign) if u.id == paper.unit)


def _next(paper: Paper) -> str:
    """The period after the paper's own, "" where there is none."""
    periods = SORTS[paper.form].periods if paper.form != "typical-case" else QUARTERS
    return dict(pairwise(periods)).get(paper.period, "")


def _one_figure(paper: Paper, dice: random.Random) -> Paper:
    """One figure is another, as people mistype and forget to copy: a little more, two digits swapped."""
    names = [name for name, _ in paper.figures if not name.startswith("合计")]
    name = dice.choice(names)
    changed = paper.changed({name: _mistyped(dict(paper.figures)[name], dice)})
    return added_up(changed) if paper.form == "case-stats" else changed


def _mistyped(value: str, dice: random.Random) -> str:
    digits = [k for k, c in enumerate(value) if c.isdigit()]
    if "-" in value or len(digits) > 6:  # a number of a telephone: one digit
        place = dice.choice(digits[4:])
        return value[:place] + str((int(value[place]) + dice.randint(1, 9)) % 10) + value[place + 1 :]
    swapped = value[:-2] + value[-2:][::-1]
    if len(value) > 1 and value.isdigit() and swapped != value and swapped[0] != "0" and dice.random() < 0.3:
        return swapped
    more = float(value) * dice.uniform(0.03, 0.25) + (0 if "." in value else 1)
    sign = dice.choice((-1, 1)) if float(value) > more else 1
    return f"{float(value) + sign * max(more, 0.1):.2f}" if "." in value else str(round(float(value) + sign * max(more, 1)))


def _redrafted(paper: Paper, dice: random.Random) -> Paper:
    """The same report written again later: two to four figures, a sentence gone, another put in, a day later."""
    names = dice.sample([n for n, _ in paper.figures if not n.startswith("合计")], min(len(paper.figures), dice.randint(2, 4)))
    changed = paper.changed({n: _mistyped(dict(paper.figures)[n], dice) for n in names})
    if paper.form == "case-stats":
        return added_up(changed)
    if paper.form == "risk-list" and len(paper.rows) > 2:
        return replace(changed, rows=(changed.rows[0], *((str(k), *r[1:]) for k, r in enumerate(changed.rows[2:], 2))))
    parts = list(changed.parts)
    longest = max(range(len(parts)), key=lambda k: len(parts[k].texts), default=None)
    if longest is not None and len(parts[longest].texts) > 2:
        gone = dice.randrange(len(parts[longest].texts))
        texts = list(parts[longest].texts)
        texts[gone] = dice.choice([a for a in sayings.ADVICE if "{" not in a])
        parts[longest] = replace(parts[longest], texts=tuple(texts))
    return replace(changed, parts=tuple(parts))


# --- the seals -----------------------------------------------------------------------------------------------------------


def presses(case: Case, sheets: Sequence[Sheet]) -> list[list[Press]]:
    """The stampings of every sheet. Seals stand where the paper wants them; sometimes twice, sometimes half beyond the edge."""
    dice = random.Random(f"seals {case.id} {case.paper.look}")
    found: list[list[Press]] = [[] for _ in sheets]
    if case.relation in _BARE:
        return found
    unit, words = _owner(case, dice)
    stamp = cut(words, random.Random(f"cut {words} {unit}"))
    for number, sheet in enumerate(sheets):
        if sheet.anchor is None:
            continue
        press = _press(stamp, unit, sheet, sheet.anchor, dice)
        found[number].append(press)
        if dice.random() < 0.05:
            far = (press.centre[0], min(sheet.height - 30, press.centre[1] + stamp.millimetres + dice.uniform(6, 60)))
            if far[1] - press.centre[1] > stamp.millimetres + 4:
                found[number].append(replace(press, centre=far, angle=dice.uniform(-20, 20)))
    return found


def _owner(case: Case, dice: random.Random) -> tuple[str | None, str]:
    """Whose seal it is, and what its ring says."""
    roster = units(case.paper.campaign)
    if case.relation != "seal":
        unit = next(u for u in roster if u.id == case.paper.unit)
        return unit.id, seal_words(unit, random.Random(f"words {unit.id} {dice.randrange(3)}"))
    if dice.random() < 0.35:
        return None, dice.choice(sayings.OUTSIDERS)
    other = dice.choice([u for u in roster if u.id != case.paper.unit])
    return other.id, seal_words(other, dice)


def _press(stamp: Stamp, unit: str | None, sheet: Sheet, anchor: tuple[float, float], dice: random.Random) -> Press:
    half = stamp.millimetres / 2
    x, y = anchor[0] + dice.gauss(2, 7), anchor[1] + dice.gauss(0, 5)
    cut_off = dice.random() < 0.06
    x = min(max(x, half + 1), sheet.width - half - 1)
    y = min(max(y, half + 1), sheet.height - half - 1)
    if cut_off:
        x = sheet.width - half + stamp.millimetres * dice.uniform(0.1, 0.35)
    strength = dice.choices((dice.uniform(0.2, 0.35), dice.uniform(0.35, 0.6), dice.uniform(0.6, 1.0)), (18, 32, 50))[0]
    angle = dice.choices((dice.gauss(0, 7), dice.uniform(-180, 180)), (85, 15))[0]
    return Press(
        stamp, unit, dice.choice(tuple(INKS)), strength, dice.choice((0, 0.1, 0.25, 0.45, 0.7)), dice.random() < 0.06, angle, (x, y)
    )


def addresses(unit_id: str, campaign: str) -> Sequence[str]:
    """The registered addresses of a unit."""
    return next(u.addresses for c in rules().campaigns if c.id == campaign for u in c.units if u.id == unit_id)
