"""Commands about the office itself: rules, blank forms, demo."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from mailbot.app.cli.common import USAGE, app, command, config_app, err, forms_app, out, progress
from mailbot.domain.errors import ConfigurationError


@command(app)
def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="结果放在哪里，默认 ./demo-output")] = Path("demo-output"),
    fast: Annotated[bool, typer.Option("--fast", help="少几封信，快一些")] = False,
    full: Annotated[bool, typer.Option("--full", help="一年半，全部单位，逐日演示（要几分钟）")] = False,
) -> int:
    """演示：自带收发服务器，几个单位来信，收件、核对、答复，结果留在文件夹里。"""
    from mailbot.app.demo import run_demo, run_full

    if full and fast:
        raise typer.BadParameter("--fast 和 --full 只能用一个", param_hint="--full")
    if full:
        return run_full(folder, config=context.obj.config, say=out, bar=lambda: progress("逐日演示", context.obj.quiet))

    return run_demo(folder, fast=fast, config=context.obj.config, say=out)


@command(config_app, "check")
def config_check(context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="错误和提醒输出为 JSON 列表")] = False) -> int:
    """检查规则文件，一次列出全部错误和值得看一眼的地方。"""
    from mailbot.domain.budget import budget, told
    from mailbot.domain.wellbeing import calendar_words

    house = context.obj.house()
    found = house.checked()
    if as_json:
        listed = [_as_json(m) for m in (*found.mistakes, *found.warnings)]
        sys.stdout.write(json.dumps(listed, ensure_ascii=False, indent=1) + "\n")
        return USAGE if found.mistakes else 0
    try:
        found.sound()
    except ConfigurationError as wrong:
        err(wrong.sentence, red=True)
        for warning in found.warnings:
            err(f"提醒：{warning}")
        return USAGE
    rules = house.rules
    out(f"规则无误：{len(rules.campaigns)} 个专项行动，{len(rules.forms)} 种表，版本 {rules.version}。")
    for warning in found.warnings:
        out(f"提醒：{warning}")
    out(*told(budget(rules, house.clock().date())))
    if years := rules.calendar.lacking(house.clock().date()):
        out(f"提醒：{calendar_words(years)}")
    return 0


def _as_json(mistake: Any) -> dict[str, object]:
    """One mistake or warning for another program."""
    told = {name: getattr(mistake, name) for name in ("file", "line", "column", "key", "found", "allowed", "nearest", "sentence")}
    return told | {"warning": mistake.warning}


@command(config_app, "schema")
def config_schema(
    folder: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="写成这个文件夹里的四个文件；不写就显示在屏幕上")] = None,
) -> int:
    """规则文件的 JSON Schema：编辑器凭它补全、提示各键的意思、当场指出写错的地方。"""
    from mailbot.app.wiring import schemas

    made = schemas()
    if folder is None:
        sys.stdout.write(json.dumps(made, ensure_ascii=False, indent=1) + "\n")
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    for kind, schema in made.items():
        file = folder / f"{kind}.schema.json"
        file.write_text(json.dumps(schema, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        out(str(file))
    return 0


@command(forms_app, "list")
def forms_list(context: typer.Context) -> int:
    """规则里有哪些表，空表可以是 Word 还是 Excel。"""
    from mailbot.app.blanks import forms_listed

    out(*forms_listed(context.obj.house().rules.forms))
    return 0


@command(forms_app, "blank")
def forms_blank(
    context: typer.Context,
    form: Annotated[str, typer.Argument(metavar="FORM", help="表的 id 或名称，见 mailbot forms list")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="写到哪里，以 .docx 或 .xlsx 结尾")],
    force: Annotated[bool, typer.Option("--force", help="已有的文件也换掉")] = False,
) -> int:
    """写出一种表的空表，可以打印，也可以发给各单位填。"""
    from mailbot.app.blanks import save_blank

    house = context.obj.house()
    out(save_blank(house.rules.forms, form, file, house.blank_writer, over=force))
    return 0
