"""How well seals are found: tables."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, quantiles
from typing import Any

from tests.pages.tables import COLOURS, HANDS, Measured, Table, share
from tests.pages.truth import Case

FAINT = 0.045  # of redness (11 of 255 levels): what is paler an eye hardly sees; told in a row of its own
_BANDS = ((0.0, 0.2), (0.2, 0.35), (0.35, 0.6), (0.6, 1.01))
_PAPERS = {"white": "白纸", "bright": "亮白纸", "yellowish": "偏黄纸", "old": "旧黄纸", "recycled": "再生纸"}
_SHAPES = {"round": "圆章", "square": "方章", "oval": "椭圆章"}
_MARKS = {
    "pie": "饼图", "logo": "红色徽标", "ring-logo": "圆环徽标", "thumb": "指印", "date-stamp": "日期方戳", "round-date": "日期圆戳", "pen-circle": "红笔圈",
    "red-text": "红字", "red-frame": "红框字（加急等）", "signature": "签名", "bars": "柱形图", "red-rule": "红线", "cup-ring": "茶杯印", "red-head": "红头文件",
    "page": "没有这些东西的页面", "beside-a-seal": "真章旁边多找到一个",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sought:
    """A true seal and whether it was found, as which shape."""

    case: Case
    true: dict[str, Any]
    found: str | None


def seals(measured: Measured) -> Iterator[Sought]:
    """Every true seal."""
    for case in measured.cases:
        pages = measured.steps["seals"][case["id"]]["pages"]
        for number, page in enumerate(case["pages"]):
            found = {s["is"]: s["shape"] for s in pages[number]["seals"]} if number < len(pages) else {}
            yield from (Sought(case, seal, found.get(n)) for n, seal in enumerate(page["seals"]))


def recall(measured: Measured) -> Table:
    """Seals found, of those that an eye can see."""
    every = list(seals(measured))
    red = [s for s in every if s.case["colour"] == "colour" and s.true["visible"] >= FAINT]

    def line(name: str, chosen: Callable[[Sought], bool], of: Sequence[Sought] = red) -> tuple[str, str]:
        some = [s for s in of if chosen(s)]
        return name, share(sum(s.found is not None for s in some), len(some))

    rows = [line("彩色页面的印章，合计", lambda s: True)]
    rows += [line(f"墨色 {low:.0%}–{min(high, 1):.0%}", lambda s, a=low, b=high: a <= s.true["strength"] < b) for low, high in _BANDS]
    rows += [line(name, lambda s, h=hand: s.case["hand"] == h) for hand, name in HANDS.items() if hand != "screen"]
    rows += [line(name, lambda s, p=paper: s.case["paper"] == p) for paper, name in _PAPERS.items()]
    rows += [line(name, lambda s, k=shape: s.true["shape"] == k) for shape, name in _SHAPES.items()]
    rows += [line("盖在纸边、缺一块", lambda s: s.true["cut"] > 0.03), line("重影", lambda s: s.true["double"])]
    rows += [line("红头文件上", lambda s: any(p["red_head"] for p in s.case["pages"])), line("75–100 dpi", lambda s: s.case["dpi"] <= 100)]
    named = [s for s in red if s.found is not None]
    rows += [("形状认得对（圆、方、椭圆）", share(sum(s.found == s.true["shape"] for s in named), len(named)))]
    pale = [s for s in every if s.case["colour"] == "colour" and s.true["visible"] < FAINT]
    rows += [line("颜色已经看不出来的（不计入合计）", lambda s: True, pale)]
    rows += [line(f"{COLOURS[c]}件上的章（只作提示）", lambda s, k=c: s.case["colour"] == k, every) for c in ("grey", "black")]
    return Table("recall", "印章找得全不全", ("哪些印章", "找到"), tuple(rows))


def alarms(measured: Measured) -> Table:
    """Pages on which something else was taken for a seal, by what stands on them."""
    on: dict[str, list[bool]] = {name: [] for name in ("all", *COLOURS, *_MARKS)}
    for case in measured.cases:
        pages = measured.steps["seals"][case["id"]]["pages"]
        for true, page in zip(case["pages"], pages, strict=False):
            wrong = [s["of"] for s in page["seals"] if s["is"] is None]
            on["all"].append(bool(wrong))
            on[case["colour"]].append(bool(wrong))
            kinds = [*(m["name"] for m in true["marks"]), *(["red-head"] if true["red_head"] else [])]
            for kind in kinds or ["page"]:
                on[kind].append(kind in wrong)
            if true["seals"]:
                on["beside-a-seal"].append("beside-a-seal" in wrong)
    rows = [("全部页面", share(sum(on.pop("all")), sum(len(p["pages"]) for p in measured.cases)))]
    rows += [(f"其中{COLOURS[colour]}页面", share(sum(wrong := on.pop(colour)), len(wrong))) for colour in COLOURS]
    rows += [(_MARKS[kind], share(sum(wrong), len(wrong))) for kind, wrong in on.items() if wrong]
    return Table("alarms", "把别的东西认成印章的页数", ("页面上有", "误认"), tuple(rows))


def colours(measured: Measured) -> Table:
    """How the colour of a page is told. A coloured page without any red or other colour on it may pass for a grey one."""
    rows = []
    for colour, name in COLOURS.items():
        told = [p["colour"] for c in measured.cases if c["colour"] == colour for p in measured.steps["seals"][c["id"]]["pages"]]
        rows.append((name, *(share(told.count(other), len(told)) for other in COLOURS)))
    return Table("colours", "页面颜色的判断", ("实际", *(f"判为{name}" for name in COLOURS.values())), tuple(rows))


def cost(measured: Measured) -> Table:
    spent = [f["ms"] for f in measured.steps["seals"].values()]
    worst = quantiles(spent, n=20)[-1] if len(spent) > 1 else spent[0]
    rows = (("打开文件并找印章", f"{mean(spent):.0f}", f"{worst:.0f}", f"{max(spent):.0f}"),)
    return Table("cost", "每页用时（毫秒，单核处理器时间）", ("步骤", "平均", "95% 的页面不超过", "最慢"), rows)


TABLES = (recall, alarms, colours, cost)
