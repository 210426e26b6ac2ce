"""Commands that show what is known and waits: status, outbox, review."""

import json
import sys
from typing import Annotated

import typer

from mailbot.app.cli.common import ATTENTION, app, command, err, review_app, tables


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
    from mailbot.app.tables import status_table

    house = context.obj.house()
    if campaign is not None and campaign not in {c.id for c in house.rules.campaigns}:
        raise typer.BadParameter(f"没有这个专项行动：{campaign}，现有：{'、'.join(c.id for c in house.rules.campaigns)}", param_hint="--campaign")
    duties = {d.id for c in house.rules.campaigns for d in c.duties}
    if duty is not None and duty not in duties:
        raise typer.BadParameter(f"没有这个报送事项：{duty}，现有：{'、'.join(sorted(duties))}", param_hint="--duty")
    if unit is not None and not ledger_status.units_called(house.rules, unit):
        raise typer.BadParameter(f"名册里没有这个单位：{unit}", param_hint="--unit")
    now = house.clock()
    found = ledger_status.standings(house.rules, house.ledger, now, campaign=campaign, unit=unit, duty=duty)
    if as_json:
        sys.stdout.write(json.dumps({"as_of": now.isoformat(), "obligations": [ledger_status.as_json(s) for s in found]}, ensure_ascii=False) + "\n")
    else:
        tables(*status_table(found, now))
    return 0


@command(app)
def outbox(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
    send: Annotated[bool, typer.Option("--send", help="现在就发")] = False,
) -> int:
    """发件箱：等待、已发、失败的信。"""
    from mailbot.app.lock import one_worker
    from mailbot.app.tables import letter_json, outbox_table

    house = context.obj.house()
    problems: tuple[str, ...] = ()
    if send:
        with one_worker(house.home) as mine:
            if not mine:
                err("mailbot run 正在运行，等待的信由它来发。")
                return 0
            flushed = house.outbox().flush()
        problems = flushed.problems
        err(f"发出 {flushed.sent} 封，还有 {flushed.waiting} 封等待。" + ("" if house.rules.settings.sending != "shadow" else "（现为 shadow，不发信）"))
        for problem in problems:
            err(problem, red=True)
    letters = house.ledger.letters_listed()
    if as_json:
        sys.stdout.write(json.dumps({"letters": [letter_json(letter) for letter in letters]}, ensure_ascii=False) + "\n")
    else:
        tables(outbox_table(letters))
    return ATTENTION if problems or any(letter.state in ("failed", "ambiguous") for letter in letters) else 0


@command(review_app, "list")
def review_list(context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False) -> int:
    """还有哪些事要人来定。"""
    from mailbot.app.tables import review_json, review_table

    house = context.obj.house()
    items = house.ledger.open_reviews(house.clock())
    if as_json:
        reviews = [review_json(i, house.pictures) for i in items]
        sys.stdout.write(json.dumps({"reviews": reviews}, ensure_ascii=False, default=str) + "\n")
    else:
        tables(review_table(items, house.pictures))
    return ATTENTION if items else 0
