"""What was measured, summed up in tables that people read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.pages.looking import Found
from tests.pages.truth import Case

COLOURS = {"colour": "彩色", "grey": "灰度", "black": "黑白"}
HANDS = {
    "scanner": "扫描仪",
    "app": "扫描软件（增强）",
    "phone": "手机拍桌面",
    "close": "手机近拍",
    "screen": "拍屏幕",
    "digital": "文字版 PDF 贴章图",
}


@dataclass(frozen=True, slots=True)
class Table:
    """`heads` above columns; every row as it is printed."""

    name: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """`steps`: step -> case id -> what was found."""

    cases: Sequence[Case]
    steps: Mapping[str, Mapping[str, Found]]


def as_text(tables: Sequence[Table]) -> str:
    """Markdown."""
    told = []
    for table in tables:
        lines = (table.heads, ("---",) * len(table.heads), *table.rows)
        told.append(f"**{table.title}**\n\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines))
    return "\n\n".join(told)


def as_json(tables: Sequence[Table]) -> dict[str, list[dict[str, str]]]:
    return {table.name: [dict(zip(table.heads, row, strict=True)) for row in table.rows] for table in tables}


def share(hits: int, of: int) -> str:
    return f"{hits}/{of} = {hits / of:.1%}" if of else "—"
