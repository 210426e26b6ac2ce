"""How well scans are read and held against their editable copies: tables."""

from collections.abc import Callable, Sequence

from tests.pages.looking import Found
from tests.pages.papers import rules
from tests.pages.tables import COLOURS, HANDS, Measured, Table, share
from tests.pages.truth import Case

_RELATIONS = {
    "same": "同一份", "figure": "一个数字不同", "quarter": "上一期的扫描件", "other": "别的报表的扫描件",
    "draft": "旧稿（几处数字、语句不同）", "unit": "别的单位的页面", "seal": "盖了别的单位的章", "unstamped": "没有盖章", "screen": "拍的电脑屏幕",
}  # fmt: skip
_ALONE = ("missing-scan", "missing-editable")  # the two were seen to be of different reports, so each lacks its other copy
# what of the letter tells that something is wrong with such a scan; where the words are right, the last three count as the same paper
EXPECTED = {
    "figure": {"scan-differs"}, "draft": {"scan-differs"}, "quarter": {"scan-differs", *_ALONE}, "other": {"scan-differs", *_ALONE},
    "unit": {"scan-differs", *_ALONE, "unit-mismatch", "seal-other-unit"}, "seal": {"seal-other-unit"}, "unstamped": {"no-seal"}, "screen": {"no-seal"},
}  # fmt: skip
DIFFERENT = ("differs", "older-draft", "other-paper")  # verdicts that the unit is told
_TOLD = ("risk-list", "case-stats", "liaison")  # forms whose figures the product takes out one by one
RIGHT_WORDS = ("same", "seal", "unstamped", "screen")


def _lone(
    name: str, title: str, found_of: Callable[[Measured, str], Found], keys: Sequence[tuple[str, str]]
) -> Callable[[Measured], Table]:
    """A table of what a lone scan is taken for. `found_of`: what a step says of the case of that id."""

    def table(measured: Measured) -> Table:
        def line(told: str, chosen: Callable[[Case], bool]) -> tuple[str, ...]:
            some = [(c, found_of(measured, c["id"])) for c in measured.cases if chosen(c)]
            return told, *(share(sum(found[key] == c[key] for c, found in some), len(some)) for key, _ in keys)

        rows = [line("合计", lambda c: True)]
        rows += [line(told, lambda c, h=hand: c["hand"] == h) for hand, told in HANDS.items()]
        rows += [line(told, lambda c, k=colour: c["colour"] == k) for colour, told in COLOURS.items()]
        rows += [line("75–100 dpi", lambda c: c["dpi"] <= 100), line("倒置或横放", lambda c: c["turn"] != 0)]
        rows += [line(rules().forms[form].title, lambda c, f=form: c["form"] == f) for form in sorted({c["form"] for c in measured.cases})]
        return Table(name, title, ("扫描件", *(told for _, told in keys)), tuple(rows))

    return table


def figures(measured: Measured) -> Table:
    """The figures of the form that were read: right, wrong, or left out."""
    rows = []
    for hand, name in HANDS.items():
        read = [
            _judged(value, measured.steps["words"][case["id"]]["figures"].get(field))
            for case in measured.cases if case["hand"] == hand and case["form"] in _TOLD for field, value in case["fields"].items()
            if not field.startswith("f")
        ]  # fmt: skip
        rows.append((name, *(share(read.count(kind), len(read)) for kind in ("right", "wrong", "silent"))))
    return Table("figures", "单独扫描件上读出的数据（问题清单、统计表、联络员表）", ("扫描件", "读对", "读错", "没有读出"), tuple(rows))


def _judged(value: str, told: float | str | None) -> str:
    if told is None:
        return "silent"
    return "right" if str(told) == value or (isinstance(told, int | float) and float(told) == float(value)) else "wrong"


def verdicts(measured: Measured) -> Table:
    """The bare comparison of words, whatever the seal says."""
    rows = []
    for relation, name in _RELATIONS.items():
        some = [measured.steps["words"][c["id"]]["verdict"] for c in measured.cases if c["relation"] == relation]
        differs = sum(v in DIFFERENT for v in some)
        rows.append(
            (name, str(len(some)), share(differs, len(some)), share(some.count("unsure"), len(some)), share(some.count("same"), len(some)))
        )
    return Table(
        "verdicts", "扫描件与可编辑版的比对", ("扫描件是", "对数", "判为不同", "拿不准（只告诉工作人员）", "判为相同"), tuple(rows)
    )


def letters(measured: Measured) -> Table:
    """What the whole product says to a mail with both copies."""
    rows = []
    for relation, name in _RELATIONS.items():
        some = [set(measured.steps["mail"][c["id"]]["beside"]["findings"]) for c in measured.cases if c["relation"] == relation]
        wanted = EXPECTED.get(relation, set())
        told = share(sum(bool(codes & wanted) for codes in some), len(some)) if wanted else "—"
        stray = {"scan-differs", "no-seal", "seal-other-unit"} - wanted
        rows.append((name, "、".join(sorted(wanted)) or "—", told, share(sum(bool(codes & stray) for codes in some), len(some))))
    return Table(
        "letters", "整封来信的处理结果（扫描件与可编辑版一起寄来）", ("扫描件是", "应当指出", "指出了", "说了不该说的"), tuple(rows)
    )


READ = (
    _lone("read", "单独扫描件上读到的表种和单位", lambda m, i: m.steps["words"][i], (("form", "表种"), ("unit", "单位"))),
    figures,
    verdicts,
)
MAIL = (
    _lone(
        "lone",
        "单独寄来的扫描件（文件名不说明内容）",
        lambda m, i: m.steps["mail"][i]["alone"],
        (("form", "表种"), ("unit", "单位"), ("period", "报告期")),
    ),
    letters,
)
