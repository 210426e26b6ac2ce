"""The goals of the issue beside what was measured."""

from collections.abc import Iterator

from tests.pages import seal_tables, word_tables
from tests.pages.tables import Measured, Table, share
from tests.pages.truth import Case

_LEAST_INK = 0.2  # the goal is "at 35 % ink and up"; told is the harder "20 % and up" too


def goals(measured: Measured) -> Table:
    rows = [
        *(_seals(measured) if "seals" in measured.steps else ()),
        *_pairs(measured),
        *(_lone(measured) if "mail" in measured.steps else ()),
    ]
    return Table("goals", "目标与结果", ("项目", "目标", "结果", "达到"), tuple(rows))


Row = tuple[str, str, str, str]


def _row(name: str, hits: int, of: int, *, least: float = 0.0, most: float = 1.0) -> Row:
    """A share beside the least or the most that it should be."""
    goal = f"≥ {least:.0%}" if least else f"≤ {most:.1%}"
    return name, goal, share(hits, of), "—" if not of else "是" if least <= hits / of <= most else "否"


def _seals(measured: Measured) -> Iterator[Row]:
    red = [s for s in seal_tables.seals(measured) if s.case["colour"] == "colour" and s.true["visible"] >= seal_tables.FAINT]
    for ink in (0.35, _LEAST_INK):
        some = [s for s in red if s.true["strength"] >= ink]
        yield _row(f"彩色页面的印章，墨色 {ink:.0%} 及以上，找到", sum(s.found is not None for s in some), len(some), least=0.99)
    wrong = [any(s["is"] is None for s in page["seals"]) for found in measured.steps["seals"].values() for page in found["pages"]]
    yield _row("把别的东西认成印章的页面", sum(wrong), len(wrong), most=0.002)


def _pairs(measured: Measured) -> Iterator[Row]:
    """By whole mails where they were tried, else by the words alone."""
    step = next((step for step in ("mail", "words") if step in measured.steps), None)
    if step is None:
        return

    def told(case: Case) -> bool:
        found = measured.steps[step][case["id"]]
        if step == "words":
            return found["verdict"] in word_tables.DIFFERENT
        wanted = word_tables.EXPECTED.get(case["relation"], set()) if case["relation"] not in word_tables.RIGHT_WORDS else {"scan-differs"}
        return bool(wanted & set(found["beside"]["findings"]))

    other = [c for c in measured.cases if c["relation"] not in word_tables.RIGHT_WORDS]
    same = [c for c in measured.cases if c["relation"] in word_tables.RIGHT_WORDS]
    yield _row("扫描件与可编辑版确实不同的，指出来", sum(map(told, other)), len(other), least=0.95)
    yield _row("是同一份的，误说不同", sum(map(told, same)), len(same), most=0.01)


def _lone(measured: Measured) -> Iterator[Row]:
    for key, name in (("form", "表种"), ("unit", "单位"), ("period", "报告期")):
        right = [measured.steps["mail"][c["id"]]["alone"][key] == c[key] for c in measured.cases]
        yield _row(f"单独寄来的扫描件，{name}认得对", sum(right), len(right), least=0.97)
