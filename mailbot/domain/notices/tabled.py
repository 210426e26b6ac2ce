"""Duties that stand in a table: one paper a row, its date in a column 报送时间."""

import re
from collections.abc import Iterator
from itertools import groupby

from mailbot.domain.documents import Table
from mailbot.domain.notices.deadlines import placed_in
from mailbot.domain.notices.draft import DraftDuty
from mailbot.domain.notices.flat import as_written, flat
from mailbot.domain.notices.moments import Years
from mailbot.domain.notices.notice import Notice
from mailbot.domain.notices.titles import annex_like
from mailbot.domain.notices.verbs import tidied
from mailbot.domain.notices.who import split_units

_WHEN = re.compile(r"(?:报送|上报|报出|填报|提交|交报|反馈)(?:截止)?(?:时间|时限|日期|期限|频次)")
_WHAT = re.compile(r"名称|表名|报表|材料|资料|事项|内容")
_WHO = re.compile(r"(?:报送|填报|上报|责任|提交)(?:单位|部门|主体)")
_HEADS = 2  # rows among which the heads of the columns stand

Rows = tuple[tuple[str, ...], ...]


def tables_of(notice: Notice) -> Iterator[tuple[str, Rows]]:
    """(annex, rows) of each table; those of the notice itself stand in its lines, cells parted by tabs."""
    for tabbed, lines in groupby(notice.lines, key=lambda line: "\t" in line):
        if tabbed:
            yield "", tuple(tuple(cell.strip() for cell in line.split("\t")) for line in lines)
    for annex in notice.annexes:
        yield from ((annex.label, block.rows) for block in annex.blocks if isinstance(block, Table))


def cells_of(notice: Notice) -> frozenset[str]:
    """Every cell of them: what stands alone in a cell is no sentence."""
    return frozenset(re.sub(r"\s", "", cell) for _, rows in tables_of(notice) for row in rows for cell in row)


def duties_in_tables(notice: Notice, years: Years, addressees: tuple[str, ...]) -> Iterator[DraftDuty]:
    for _, rows in tables_of(notice):
        for place, heads in enumerate(rows[:_HEADS]):
            plain = [re.sub(r"\s", "", cell) for cell in heads]
            when = next((n for n, cell in enumerate(plain) if len(cell) <= 12 and _WHEN.search(cell)), None)
            what = next((n for n, cell in enumerate(plain) if n != when and len(cell) <= 12 and _WHAT.search(cell)), None)
            if when is None or what is None:
                continue
            who = next((n for n, cell in enumerate(plain) if n not in (when, what) and _WHO.search(cell)), None)
            for row in rows[place + 1 :]:
                yield from _row(notice, years, row, (what, when, who), addressees)
            break


def _row(notice: Notice, years: Years, row: tuple[str, ...], columns: tuple[int, int, int | None], addressees: tuple[str, ...]) -> Iterator[DraftDuty]:
    what, when, who = columns
    if max(what, when) >= len(row):
        return
    title = tidied(row[what])
    moments = [m for m in placed_in(flat(row[when]), years) if m.dated]
    if len(title) < 2 or not moments:
        return
    units = split_units(re.sub(r"\s", "", row[who]).replace("（", "(").replace("）", ")")) if who is not None and who < len(row) else ()
    units = tuple(as_written(u, row[who]) for u in units) if who is not None else ()
    unsure = () if units else ("报送单位按通知的主送单位计",) if addressees else ("通知没有写明由谁报送",)
    for moment in moments:
        annex = annex_like(notice, title)
        yield DraftDuty(title, units or addressees, moment.due, "\t".join(row), title, annex, doubts=(*unsure, *moment.due.doubts))
