"""Commands about what is kept: audit, backup, restore, retention."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.app.cli.common import ATTENTION, USAGE, app, audit_app, command, err, moment_of, out, progress, told, who

if TYPE_CHECKING:
    from mailbot.app.wiring import House


@command(app)
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="写到哪里，如 备份-20240401.zip")],
    force: Annotated[bool, typer.Option("--force", help="已有的文件也换掉")] = False,
) -> int:
    """备份：台账、原邮件、规则和模板放进一个文件，授权码除外；mailbot run 运行时也可以做。"""
    house: House = context.obj.house()
    with progress("备份", context.obj.quiet) as watch:
        done = house.backing_up().write(file, watch, over=force, by=who())
    out(*done.lines)
    return ATTENTION if done.attention else 0


@command(app)
def restore(context: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE", help="mailbot backup 写成的文件")]) -> int:
    """从备份恢复到一个空的数据文件夹（--home）。"""
    house: House = context.obj.house()
    with house.one_worker() as mine:
        if not mine:
            err("这个数据文件夹正在被 mailbot run 使用，不能恢复到这里。", red=True)
            return USAGE
        with progress("恢复", context.obj.quiet) as watch:
            done = house.bringing_back().restore(file, watch, by=who())
    out(*done.lines)
    return ATTENTION if done.attention else 0


@audit_app.callback(invoke_without_command=True)
def audit(
    context: typer.Context,
    since: Annotated[str | None, typer.Option("--since", metavar="DAY", help="从哪一天起，如 2024-04-01")] = None,
    what: Annotated[str, typer.Option("--what", metavar="KIND", help="只看一种，如 letter-sent、ruled、exported")] = "",
    about: Annotated[str, typer.Option("--about", metavar="THING", help="只看一件，如 message:12、letter:5；letter 为全部的信")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="每条输出一行 JSON")] = False,
) -> None:
    """留痕：谁在什么时候改了哪条记录，改前改后；check 核对有没有被动过。"""
    if context.invoked_subcommand is None:
        raise typer.Exit(told(lambda: _listed(context.obj.house(), since, what, about, as_json=as_json)))


def _listed(house: "House", since: str | None, what: str, about: str, *, as_json: bool) -> int:
    from mailbot.app.audit import as_json as shown
    from mailbot.app.audit import line
    from mailbot.domain.audit import WORDS

    if what and what not in WORDS:
        raise typer.BadParameter(f"没有“{what}”这一种，现有：{'、'.join(WORDS)}", param_hint="--what")
    for link in house.ledger.audited(since=moment_of(since, "--since") if since else None, what=what, about=about):
        out(json.dumps(shown(link), ensure_ascii=False) if as_json else line(link))
    return 0


@command(audit_app, "check")
def check(
    context: typer.Context,
    head: Annotated[str | None, typer.Option("--head", metavar="HASH", help="日报里写的校验码：查它还在不在")] = None,
    files: Annotated[bool, typer.Option("--files", help="把存档里的原邮件也全部核对一遍")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> int:
    """从头核对留痕，有没有缺的、改过的；存档里有没有丢的、动过的原邮件。"""
    from mailbot.app.audit import examined

    house: House = context.obj.house()
    with progress("核对原邮件", context.obj.quiet) as watch:
        found = examined(house.ledger, house.archive_check(), head, watch if files else None)
    if as_json:
        sys.stdout.write(json.dumps(found.as_json(), ensure_ascii=False) + "\n")
    else:
        out(*found.lines)
    return ATTENTION if found.wrong else 0


@command(audit_app, "accept")
def accept(context: typer.Context) -> int:
    """台账比上次写到的旧，确定就用它接着办：可能已经发过的信先不发，逐封核对。"""
    house: House = context.obj.house()
    unsure = house.ledger.accept_older(who(), house.clock())
    if unsure is None:
        out("台账不比上次写到的旧，没有什么要确认的。")
        return 0
    out(f"好，就用现在这一份接着办，已记入留痕。有 {unsure} 封信不知是否发过，先没有发，见 mailbot outbox。" if unsure else "好，就用现在这一份接着办，已记入留痕。")
    return ATTENTION if unsure else 0


@command(app)
def retention(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看看会删什么")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> int:
    """保存期限：到期的原邮件从存档里删去，登记、校验值和留痕都留着。"""
    from mailbot.domain.retention import NAMES

    house: House = context.obj.house()
    kept = house.rules.policy.retention
    retaining = house.retaining()
    planned = [(sha256, rule) for one, rule in retaining.plan() for sha256 in one.sha256] if dry_run else ()
    gone = planned if dry_run else [(one.sha256, one.rule) for one in retaining.carry_out()]
    if as_json:
        sys.stdout.write(json.dumps({"dry_run": dry_run, "files": [{"sha256": s, "rule": r} for s, r in gone]}, ensure_ascii=False) + "\n")
        return 0
    if not kept.any:
        out("规则里没有写保存期限（mailbot.yaml 的 policy.retention），原邮件都留着，什么也不删。")
        return 0
    for rule, name in NAMES.items():
        if count := sum(r == rule for _, r in gone):
            out(f"{name}（{kept.days_of(rule)} 天）：{count} 个原邮件{'到期，会删' if dry_run else '已删'}。")
    if not gone:
        out("没有到期的原邮件。")
    return 0
