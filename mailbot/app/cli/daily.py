"""Commands of the day: remind, digest."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.app.cli.common import ATTENTION, app, command, err, out

if TYPE_CHECKING:
    from mailbot.app.wiring import House
    from mailbot.domain.chasing import ChasingRound


@command(app)
def remind(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看看，不写进发件箱；还没到时候的，看下一次会写什么")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> int:
    """催报：此刻该提醒的写进发件箱，一个单位一天一封。"""
    from mailbot.app.reminders import as_json as shown

    house = context.obj.house()
    reminding = house.reminding()
    now, opens = reminding.now(), reminding.opens()
    if dry_run:
        planned = reminding.plan(opens)
    elif opens > now:
        planned = None
    else:
        planned = reminding.write()
    if planned is None or opens > now:
        err(f"现在不写提醒：提醒在工作日 {opens:%H:%M} 以后写，下一次是 {opens:%Y-%m-%d %H:%M}。" + ("以下是到时候会写的。" if dry_run else ""))
    if as_json:
        letters = shown(planned.round, house.daily_letters) if planned else []
        at = (opens if dry_run else now).isoformat()
        sys.stdout.write(json.dumps({"as_of": now.isoformat(), "written_at": at, "reminders": letters}, ensure_ascii=False) + "\n")
    elif planned is not None:
        _tell(planned.round, opens, dry_run=dry_run)
    if planned is not None and not dry_run and house.rules.settings.sending == "shadow":
        err("现为 shadow：只记下，不发信。")
    return ATTENTION if planned and planned.round.unreached else 0


def _tell(round_: "ChasingRound", at: datetime, *, dry_run: bool) -> None:
    from mailbot.domain.masking import masked

    for letter in round_.reminders:
        out(f"{letter.unit.name}（{masked(letter.to)}）：{len(letter.items)} 项，其中逾期 {len(letter.overdue)} 项")
        for item in letter.items:
            days = f"已过 {item.late_days} 天" if item.late_days else f"还有 {item.days_left} 天"
            out(f"  {item.due:%m-%d}  {days}  {item.title}" + ("" if item.offset is None else "  （今天提醒）"))
    for told in round_.escalations:
        out(f"通报 {masked(told.to)}：{len(told.units)} 个单位 {len(told.items)} 项久未报齐")
    for _, unit in round_.unreached:
        err(f"{unit.name}没有能用的邮箱，提醒送不到，请登记邮箱。", red=True)
    done = "会写" if dry_run else "写好"
    out(f"{at:%Y-%m-%d} {done}提醒 {len(round_.reminders)} 封，逾期通报 {len(round_.escalations)} 封。")


@command(app)
def digest(
    context: typer.Context,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="把网页写进这个文件")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
    send: Annotated[bool, typer.Option("--send", help="写进发件箱并现在就发给工作人员，一天一封")] = False,
) -> int:
    """日报：要人定的事、到哪一步了、今天系统会做什么、系统是否正常。"""
    from mailbot.app.digest import as_json as shown

    house = context.obj.house()
    digesting = house.digesting()
    built = digesting.build()
    if html is not None:
        _save(html, house.daily_letters.digest_page(built))
    if as_json:
        sys.stdout.write(json.dumps(shown(built), ensure_ascii=False) + "\n")
    else:
        out(house.daily_letters.digest_text(built).rstrip())
    problems = _sent(house, digesting.write()) if send else ()
    for problem in problems:
        err(problem, red=True)
    return ATTENTION if built.case_count or built.urgent or problems else 0


def _save(file: Path, page: str) -> None:
    from mailbot.domain.errors import MailbotError

    try:
        file.write_text(page, encoding="utf-8")
    except FileNotFoundError:
        raise typer.BadParameter(f"没有这个文件夹：{file.parent}", param_hint="--html") from None
    except OSError as problem:
        raise MailbotError(f"写不进文件 {file}，请检查磁盘空间和权限。", temporary=True, detail=str(problem)) from problem
    err(f"网页写好：{file}")


def _sent(house: "House", new: int) -> tuple[str, ...]:
    """What went wrong while the letters went out."""

    if not new:
        err("今天的日报已经写过，不重复写。")
    if house.rules.settings.sending == "shadow":
        err("现为 shadow：只记下，不发信。")
        return ()
    with house.alone() as mine:
        if mine is None:
            err("mailbot 正在收信或发信（同一个数据文件夹，或同一个数据库），日报由它来发。")
            return ()
        flushed = house.outbox(mine).flush()
    err(f"发出 {flushed.sent} 封，还有 {flushed.waiting} 封等待。")
    return flushed.problems
