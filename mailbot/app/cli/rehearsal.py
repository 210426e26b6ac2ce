"""The command that tries other rules on what came in already: config try."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from mailbot.app.cli.common import ATTENTION, command, config_app, out, progress, tables


@command(config_app, "try")
def config_try(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="NEWDIR", help="新规则所在的文件夹")],
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> int:
    """用新规则把存档里的邮件重新判定一遍，看哪些会变、为什么；什么也不写入。"""
    from mailbot.app import rehearsed
    from mailbot.app.rehearse import try_rules

    if not folder.is_dir():
        raise typer.BadParameter(f"没有这个文件夹：{folder}", param_hint="NEWDIR")
    house = context.obj.house()
    other = replace(house, config=folder)
    other.rules  # noqa: B018 - all mistakes of the new rules are told before anything is tried
    with progress("试判", context.obj.quiet) as tell:
        tried = try_rules(house.ledger, house.rehearsal, other.rehearsal, house.clock(), tell)
    if as_json:
        sys.stdout.write(json.dumps(rehearsed.as_json(tried), ensure_ascii=False) + "\n")
    else:
        tables(*rehearsed.tables(tried, house.rules, other.rules))
        out(rehearsed.summary(tried))
    return ATTENTION if any(change.loses for change in tried.changes) else 0
