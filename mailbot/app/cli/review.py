"""Commands by which staff settle what waits for them: review list, settle, waive, extend, register, accept, undo, log."""

import contextlib
import json
import re
import sys
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.app.cli.common import ATTENTION, command, out, review_app, tables, who

if TYPE_CHECKING:
    from mailbot.app.review import Reviewing
    from mailbot.app.rulings import Carried


@command(review_app, "list")
def review_list(context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False) -> int:
    """还有哪些事要人来定，可以怎样答。"""
    from mailbot.app.tables import review_json, review_table

    house = context.obj.house()
    items, rules = house.ledger.open_reviews(house.clock()), house.rules_now()
    if as_json:
        reviews = [review_json(i, house.pictures, rules) for i in items]
        sys.stdout.write(json.dumps({"reviews": reviews}, ensure_ascii=False, default=str) + "\n")
    else:
        tables(review_table(items, house.pictures, rules))
        if items:
            out("定下来：mailbot review settle 编号 答复，例如 mailbot review settle 12 是")
    return ATTENTION if items else 0


@command(review_app, "settle")
def review_settle(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help="编号，见 mailbot review list")],
    answer: Annotated[list[str], typer.Argument(metavar="ANSWER...", help="答复：是、否、A、退回 原因、免报 原因、延期 4月10日、单位 八仙筒所……")],
) -> int:
    """定一件待人工处理的事，和在日报里答复一样。"""
    return _settled(context, lambda desk: desk.settle(number, " ".join(answer)))


@command(review_app, "waive")
def review_waive(
    context: typer.Context,
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="单位名称或代号")],
    duty: Annotated[str, typer.Argument(metavar="DUTY", help="报送事项")],
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="报告期，如 2024Q1、2024-03")],
    why: Annotated[str, typer.Argument(metavar="WHY", help="原因")],
) -> int:
    """一个单位的一项一期免报。"""
    return _settled(context, lambda desk: desk.waive(unit, duty, period, why))


@command(review_app, "extend")
def review_extend(
    context: typer.Context,
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="单位名称或代号")],
    duty: Annotated[str, typer.Argument(metavar="DUTY", help="报送事项")],
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="报告期，如 2024Q1、2024-03")],
    due: Annotated[str, typer.Argument(metavar="DATE", help="延到哪一天，如 2024-04-10、4月10日")],
    why: Annotated[str, typer.Argument(metavar="WHY", help="原因")],
) -> int:
    """一个单位的一项一期延期。"""
    return _settled(context, lambda desk: desk.extend(unit, duty, period, _day(due, desk.intake.clock().date()), why))


@command(review_app, "register")
def review_register(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="邮箱地址")],
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="单位名称或代号")],
) -> int:
    """把一个邮箱登记给一个单位；它以前寄来、还等着的材料一并重新判定。"""
    from mailbot.domain.units import ADDRESS

    if not re.fullmatch(ADDRESS, address):
        raise typer.BadParameter(f"“{address}”不是邮箱地址", param_hint="ADDRESS")
    return _settled(context, lambda desk: desk.register(address, unit))


@command(review_app, "accept")
def review_accept(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="回执上的受理编号")],
    why: Annotated[str, typer.Argument(metavar="WHY", help="为什么认可")],
    codes: Annotated[list[str] | None, typer.Option("--code", metavar="CODE", help="只认可这种问题，可写几次；不写就全部认可")] = None,
) -> int:
    """认可一封来信里的问题，不再要求对方改正。"""
    from mailbot.domain.findings import CODES

    unknown = [code for code in codes or () if code not in CODES]
    if unknown:
        raise typer.BadParameter(f"没有“{unknown[0]}”这种问题，现有：{'、'.join(CODES)}", param_hint="--code")
    return _settled(context, lambda desk: desk.accept(number, tuple(codes or ()), why))


@command(review_app, "undo")
def review_undo(context: typer.Context, number: Annotated[int, typer.Argument(metavar="NUMBER", help="处理意见的号，见 mailbot review log")]) -> int:
    """撤销一条处理意见，有关的邮件重新判定。"""
    return _settled(context, lambda desk: desk.undo(number))


@command(review_app, "log")
def review_log(context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False) -> int:
    """谁在什么时候定了什么，哪些已经撤销。"""
    from mailbot.app.review import log_lines, ruling_json
    from mailbot.domain.rulings import in_force

    house = context.obj.house()
    rulings = house.ledger.rulings()
    if as_json:
        valid = frozenset(r.id for r in in_force(rulings))
        sys.stdout.write(json.dumps({"rulings": [ruling_json(r, valid) for r in rulings]}, ensure_ascii=False) + "\n")
    else:
        out(*log_lines(rulings, house.rules), *(() if rulings else ("还没有人定过什么。",)))
    return 0


def _settled(context: typer.Context, order: "Callable[[Reviewing], tuple[Carried, ...]]") -> int:
    from mailbot.app.review import Reviewing, carried_lines

    house = context.obj.house()
    with house.intake() as intake:
        carried = order(Reviewing(intake, who()))
    out(*carried_lines(carried, house.rules))
    return ATTENTION if any(one.problem for one in carried) else 0


def _day(text: str, today: date) -> date:
    from mailbot.domain.naming import until_named

    with contextlib.suppress(ValueError):
        return date.fromisoformat(text)
    named = until_named(text, today, today)
    if named is None:
        raise typer.BadParameter(f"“{text}”不是日期，请写成 2024-04-10 或 4月10日", param_hint="DATE")
    return named
