"""Closing risks (销号): each row of a unit's risk list followed from period to period, by its words.

A risk list has no numbers that last: a row is known again by what it says. Rows of two lists belong together where their words are
the same, else where they are nearly so and nothing else is; where two rows are equally near, the answer is said to be doubtful.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Literal

from mailbot.domain.forms import FormType, TableLayout, Value
from mailbot.domain.obligations import Filing
from mailbot.domain.periods import Period
from mailbot.domain.text import fold

State = Literal["new", "open", "closed", "dropped", "gone", "unknown"]
WORDS: Mapping[State, str] = {
    "new": "新增", "open": "未销号", "closed": "已销号", "dropped": "不再列出", "gone": "", "unknown": "未报",
}  # fmt: skip

# How alike two rows must be (difflib ratio of what is left without marks, numbering and fillers). Of invented pairs in the tests the
# rewordings of one risk lie at 0.83 and above, and different risks that name the same things reach 0.78: so from SURE on two rows are
# one risk, from ALIKE on they are taken for one and it is said that a person should look; so too where a second row is nearly as near.
SURE, ALIKE = 0.8, 0.7
_MARGIN = 0.06
_FILLERS = re.compile("部分|个别|少数|少量|有的|一些|极个别|存在|的?(?:情况|现象|问题|行为)$|(?:经检查|检查)?发现")
_NUMBERING = re.compile(r"^(?:[(（]?[0-9一二三四五六七八九十]{1,3}[)）、.．]|第[0-9一二三四五六七八九十]{1,3}[条项、])+")
_SIGN = re.compile(r"[\W_]+")
# Rows that name different goods, places or faults are different risks, however alike the rest is.
_KINDS = (
    "非处方药", "处方药", "药品", "医疗器械", "化妆品", "疫苗", "中药饮片", "麻醉", "精神药", "特殊药", "血液制品", "儿童化妆品", "网络",
    "诊所", "卫生室", "卫生院", "医院", "药店", "美容", "批发", "生产", "冷藏", "阴凉", "票据", "处方", "资质", "许可", "标签", "过期", "台账",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """A risk in one period. `doubtful`: it may be another one. `text`: what the row says now; "" where it is not listed."""

    period: Period
    state: State
    text: str = ""
    doubtful: bool = False
    nil: bool = False  # not listed because the unit sent a nil report


@dataclass(frozen=True, slots=True)
class Risk:
    """One risk of one unit from its first listing on. `steps`: one for each period since then."""

    unit: str
    text: str
    measure: str
    steps: tuple[Step, ...]

    @property
    def state(self) -> State:
        """How it stands: as the last period tells that the unit reported for."""
        told = [s.state for s in self.steps if s.state not in ("unknown", "gone")]
        return told[-1]

    @property
    def doubtful(self) -> bool:
        return any(s.doubtful for s in self.steps)

    def at(self, period: Period) -> Step | None:
        return next((s for s in self.steps if s.period == period), None)


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one unit in one period: how many risks are new, open from before, closed in it, dropped in it."""

    new: int = 0
    open: int = 0
    closed: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """For the digest: counts by unit, and what vanished without a 是, as (unit, words of the risk, the period it was last open in)."""

    period: Period
    units: Mapping[str, Tally]
    dropped: tuple[tuple[str, str, Period], ...] = ()

    @property
    def all(self) -> Tally:
        tallies = self.units.values()
        return Tally(sum(t.new for t in tallies), sum(t.open for t in tallies), sum(t.closed for t in tallies), sum(t.dropped for t in tallies))


def lists_risks(form: FormType) -> bool:
    """Whether the rows of a form are risks that are closed one day."""
    layout = form.layout
    return isinstance(layout, TableLayout) and {"risk", "eliminated"} <= {c.field for c in layout.columns}


# --- following one unit --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Thread:
    """A risk while it is followed."""

    text: str
    measure: str
    steps: list[Step] = field(default_factory=list)
    open: bool = True
    marks: str = ""


def follow(unit: str, lists: Mapping[Period, Filing | None], until: Period) -> tuple[Risk, ...]:
    """The risks of a unit over the periods up to `until`, in the order they were first listed. `lists`: each period's current
    editable filing, None where there is none."""
    threads: list[_Thread] = []
    for period in sorted(p for p in lists if p <= until):
        filing = lists[period]
        if filing is None:
            for thread in threads:
                thread.steps.append(Step(period, "unknown" if thread.open else "gone"))
            continue
        rows = [row for row in filing.rows if _words(row.get("risk"))]
        met = _matched([_words(row.get("risk")) for row in rows], threads)
        _absent(threads, {id(thread) for thread, _ in met.values()}, period, filing.nil)
        for n, row in enumerate(rows):
            _listed(threads, met.get(n), row, period)
    return tuple(Risk(unit, t.text, t.measure, tuple(t.steps)) for t in threads)


def _absent(threads: Iterable[_Thread], met: set[int], period: Period, nil: bool) -> None:
    """What the list does not name any more: silently dropped if it was open, else done with."""
    for thread in threads:
        if id(thread) not in met:
            thread.steps.append(Step(period, "dropped" if thread.open else "gone", nil=nil))
            thread.open = False


def _listed(threads: list[_Thread], met: "tuple[_Thread, bool] | None", row: Mapping[str, Value], period: Period) -> None:
    words, closed = str(row.get("risk")), row.get("eliminated") is True
    if met is None:
        thread = _Thread(words, str(row.get("measure") or ""), marks=_words(words))
        threads.append(thread)
        state: State = "closed" if closed else "new"
    else:
        thread, state = met[0], "closed" if closed else "open"
        thread.text, thread.measure, thread.marks = words, str(row.get("measure") or "") or thread.measure, _words(words)
    already = closed and met is not None and not thread.open
    thread.steps.append(Step(period, "gone" if already else state, words, met is not None and met[1]))
    thread.open = not closed


def _matched(rows: Sequence[str], threads: Sequence[_Thread]) -> dict[int, tuple[_Thread, bool]]:
    """Row number -> the thread it goes on with, and whether that is doubtful. One row a thread: the nearest pairs first, and of
    equally near ones those in the order of the lists."""
    pairs = []
    for n, row in enumerate(rows):
        for t, thread in enumerate(threads):
            near = alike(row, thread.marks)
            if near >= ALIKE:
                pairs.append((near, n, t))
    pairs.sort(key=lambda p: (-p[0], p[1], p[2]))
    met: dict[int, tuple[_Thread, bool]] = {}
    taken: set[int] = set()
    for near, n, t in pairs:
        if n not in met and t not in taken:
            rivals = [p for p in pairs if (p[1] == n) != (p[2] == t) and p[0] > near - _MARGIN]
            met[n] = threads[t], near < SURE or (near < 1 and bool(rivals))
            taken.add(t)
    return met


def _words(text: Value) -> str:
    """What of a row is compared: folded, without its own numbering, marks and fillers. A row of fillers alone keeps them."""
    bare = _SIGN.sub("", _NUMBERING.sub("", fold(str(text or ""))))
    return _FILLERS.sub("", bare).replace("没有", "未").replace("未能", "未") or bare


def alike(a: str, b: str) -> float:
    """From 0 to 1, of two rows as `_words` makes them; 0 where they name different goods, places or faults."""
    if a == b:
        return 1.0
    if not a or not b or _told_apart(a, b):
        return 0.0
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE else 0.0


def _told_apart(a: str, b: str) -> bool:
    """Whether each names something the other does not; a rewording may leave a word out, it does not put another in its place."""
    mine, other = (frozenset(kind for kind in _KINDS if kind in words) for words in (a, b))
    return bool(mine - other) and bool(other - mine)


# --- telling ---------------------------------------------------------------------------------------------------------------


def summary(risks: Iterable[Risk], period: Period) -> Summary:
    """What became of the risks in one period."""
    units: dict[str, Tally] = {}
    dropped: list[tuple[str, str, Period]] = []
    for risk in risks:
        step = risk.at(period)
        if step is None:
            continue
        tally = units.get(risk.unit, Tally())
        if step.state in ("new", "open", "closed", "dropped"):
            tally = replace(tally, **{step.state: getattr(tally, step.state) + 1})
        units[risk.unit] = tally
        if step.state == "dropped":
            before = [s.period for s in risk.steps if s.state in ("new", "open") and s.period < period]
            dropped.append((risk.unit, risk.text, before[-1]))
    return Summary(period, units, tuple(dropped))
