"""Commands about a campaign that is yet to come."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from mailbot.app.cli.common import ATTENTION, app, command, err, out
from mailbot.app.cli.usage import Group

campaign_app = typer.Typer(cls=Group, help="从正式通知起草专项行动的规则。", no_args_is_help=True)
app.add_typer(campaign_app, name="campaign")


@command(campaign_app, "draft")
def campaign_draft(
    context: typer.Context,
    notice: Annotated[Path, typer.Argument(metavar="NOTICE", help="通知的文件：.docx、.txt、.pdf 或 .html")],
    file: Annotated[Path | None, typer.Option("-o", metavar="FILE", help="写到哪个 .yaml 文件；不写就显示在屏幕上")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
    campaign: Annotated[str | None, typer.Option("--id", metavar="ID", help="专项行动的 id，默认用文件名或文号")] = None,
    force: Annotated[bool, typer.Option("--force", help="已有的文件也换掉")] = False,
) -> int:
    """从正式通知起草专项行动：报送事项、期限、阶段、附件的表，每项注明原文，拿不准的标“# ?”。"""
    from mailbot.app.draft import as_json as shown
    from mailbot.app.draft import draft_notice, save, told

    if file is not None and file.suffix != ".yaml":
        raise typer.BadParameter(f"“{file.name}”要以 .yaml 结尾", param_hint="-o")
    house = context.obj.house()
    drafted = draft_notice(notice, campaign or (file.stem if file else None), house.forms_now, house.notice_reader)
    files = save(drafted, file, house.pack_writer, over=force) if file else ()
    if as_json:
        sys.stdout.write(json.dumps(shown(drafted), ensure_ascii=False) + "\n")
    elif file:
        out(*told(drafted, files))
    else:
        out(house.pack_writer.pack(drafted.pack).rstrip("\n"))
        if drafted.new_forms:
            err(f"另有 {len(drafted.new_forms)} 种新的表没有显示，写到文件（-o）时一并写出。")
    return ATTENTION if drafted.pack.unsure else 0
