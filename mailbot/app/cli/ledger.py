"""Commands that show what is known and waits: status, outbox."""

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.app.cli.common import ATTENTION, app, command, err, progress, tables, who

if TYPE_CHECKING:
    from mailbot.app.wiring import House


@command(app)
def status(
    context: typer.Context,
    campaign: Annotated[str | None, typer.Option(metavar="ID", help="只看一个专项行动")] = None,
    unit: Annotated[str | None, typer.Option(metavar="NAME", help="只看一个单位")] = None,
    duty: Annotated[str | None, typer.Option(metavar="ID", help="只看一个报送事项")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> int:
    """台账：谁该报什么，报了没有，晚了几天。"""
    from mailbot.app import status as ledger_status
    from mailbot.app.tables import status_table, unit_table
    from mailbot.domain.periods import SHANGHAI
    from mailbot.domain.timeline import timelines

    house = context.obj.house()
    if campaign is not None and campaign not in {c.id for c in house.rules.campaigns}:
        raise typer.BadParameter(f"没有这个专项行动：{campaign}，现有：{'、'.join(c.id for c in house.rules.campaigns)}", param_hint="--campaign")
    duties = {d.id for c in house.rules.campaigns for d in c.duties}
    if duty is not None and duty not in duties:
        raise typer.BadParameter(f"没有这个报送事项：{duty}，现有：{'、'.join(sorted(duties))}", param_hint="--duty")
    if unit is not None and not ledger_status.units_called(house.rules, unit):
        raise typer.BadParameter(f"名册里没有这个单位：{unit}", param_hint="--unit")
    now = house.clock()
    found = ledger_status.standings(house.rules_now(), house.ledger, now, campaign=campaign, unit=unit, duty=duty)
    day = now.astimezone(SHANGHAI).date()
    if as_json:
        stages = ledger_status.timelines_json(house.rules, day, campaign)
        told = {"as_of": now.isoformat(), "campaigns": stages, "obligations": [ledger_status.as_json(s) for s in found]}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        shown = () if unit or duty else timelines([c for c in house.rules.campaigns if campaign == c.id or campaign is None], day)
        tables(*status_table(found, now, shown), *((unit_table(found, now),) if unit else ()))
    return 0


@command(app)
def outbox(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
    send: Annotated[bool, typer.Option("--send", help="现在就发")] = False,
    pause: Annotated[str | None, typer.Option("--pause", metavar="WHY", help="停发：只给工作人员发，写明原因")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="恢复发信")] = False,
    by_hand: Annotated[Path | None, typer.Option("--by-hand", metavar="DIR", help="等待的信导出成文本，由人工发送；系统不再发它们")] = None,
    release: Annotated[str | None, typer.Option("--release", metavar="ID…|all", help="放行不知是否发过的信：编号用逗号隔开，或 all")] = None,
    drop: Annotated[str | None, typer.Option("--drop", metavar="ID…|all", help="不知是否发过的信不再发")] = None,
) -> int:
    """发件箱：等待、已发、失败的信。"""
    from mailbot.app.stopping import stopped_words
    from mailbot.app.tables import letter_json, outbox_table

    house = context.obj.house()
    if pause is not None and resume:
        raise typer.BadParameter("不能与 --resume 同时用", param_hint="--pause")
    if release is not None and drop is not None:
        raise typer.BadParameter("不能与 --drop 同时用", param_hint="--release")
    acts: list[Callable[[], bool]] = [lambda: _switch(house, pause)] if pause is not None or resume else []
    acts += [partial(_decide, house, said, state) for said, state in ((release, "waiting"), (drop, "dropped")) if said is not None]
    acts += [lambda: _hand_over(house, by_hand)] if by_hand is not None else []
    acts += [lambda: not _send(house, quiet=context.obj.quiet, patient=context.obj.now is None)] if send else []
    done = [act() for act in acts]
    if acts and not as_json:  # whoever wants the list, too, asks for it alone
        return 0 if all(done) else ATTENTION
    stop = house.stopped()
    if stop and not acts:
        err(stopped_words(stop), red=True)
    letters = house.ledger.letters_listed()
    if as_json:
        shown = [letter_json(letter) for letter in letters]
        sys.stdout.write(json.dumps({"letters": shown, "stopped": stopped_words(stop) if stop else None}, ensure_ascii=False) + "\n")
    else:
        tables(outbox_table(letters))
    if acts:
        return 0 if all(done) else ATTENTION
    return ATTENTION if stop or any(letter.state in ("failed", "ambiguous", "bounced") for letter in letters) else 0


def _switch(house: "House", why: str | None) -> bool:
    """The kill switch: on with a reason, off without. Whether it is so now."""
    from mailbot.app.stopping import stop_file, stopped_words
    from mailbot.domain.records import Stop

    by, now = who(), house.clock()
    if why is not None:
        house.ledger.stop(Stop(by, now, why.strip()[:80]))
    else:
        house.ledger.resume(by, now)
    stop = house.stopped() if why is not None else stop_file(house.home)
    if why is not None:
        err(stopped_words(stop) if stop else "已停发。", red=True)
        return stop is not None
    err("删去数据文件夹里的 STOP 文件，才会恢复发信。" if stop else "已恢复发信，积下的信按先后和限额发出。")
    return stop is None


def _decide(house: "House", said: str, state: str) -> bool:
    """What a person says of letters that are perhaps sent. Whether there were such."""
    numbers = [part for part in said.replace("，", ",").split(",") if part.strip()]
    if said.strip() != "all" and not (numbers and all(part.strip().isdecimal() for part in numbers)):
        raise typer.BadParameter(f"“{said}”不是信的编号，请写 12,13 或 all", param_hint="--release" if state == "waiting" else "--drop")
    wanted = None if said.strip() == "all" else [int(part) for part in numbers]
    done = house.ledger.release(wanted, state, who(), house.clock())
    told = f"{'放行' if state == 'waiting' else '不再发'} {len(done)} 封：{'、'.join(map(str, done))}。"
    err(told if done else "没有这样的信：只有不知是否发过、等人定的才能放行或不发。")
    return bool(done)


def _hand_over(house: "House", folder: Path) -> bool:
    from mailbot.app.by_hand import ByHand

    handed = ByHand(house.ledger, house.clock).hand_over(folder)
    err(f"导出 {len(handed)} 封到 {folder}，请照清单发出；系统不再发它们。" if handed else "没有等待的信。")
    return True


def _send(house: "House", *, quiet: bool, patient: bool) -> tuple[str, ...]:
    """Everything that waits, as fast as the limits let it go; `patient`: on a clock that goes on. What went wrong, in sentences that
    were told."""

    with house.alone() as mine, progress("发信", quiet) as watch:
        if mine is None:
            err("mailbot 正在收信或发信（同一个数据文件夹，或同一个数据库），等待的信由它来发。")
            return ()
        flushed = house.outbox(mine).flush(hurry=True, patient=patient, watch=watch)
    err(f"发出 {flushed.sent} 封，还有 {flushed.waiting} 封等待。" + ("" if house.rules.settings.sending != "shadow" else "（现为 shadow，不发信）"))
    for problem in flushed.problems:
        err(problem, red=True)
    return flushed.problems
