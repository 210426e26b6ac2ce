"""Commands about the office itself: rules, blank forms, doctor, demo."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from mailbot.app.cli.common import ATTENTION, app, command, config_app, forms_app, out, progress


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


@command(app)
def doctor(context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False) -> int:
    """体检：信箱、发信、磁盘、时钟、规则，哪里不对、怎样修。"""
    from mailbot.app.doctor import examine

    results = examine(context.obj.house())
    if as_json:
        sys.stdout.write(json.dumps([{"name": r.name, "ok": r.ok, "sentence": r.sentence, "mend": r.mend} for r in results], ensure_ascii=False) + "\n")
    else:
        for result in results:
            mend = "" if result.ok else f"\n   {result.mend}"
            out(f"{'√' if result.ok else '×'} {result.name}：{result.sentence}{mend}")
    return 0 if all(r.ok for r in results) else ATTENTION


@command(config_app, "check")
def config_check(context: typer.Context) -> int:
    """检查规则文件，一次列出全部错误。"""
    from mailbot.domain.budget import budget, told
    from mailbot.domain.wellbeing import calendar_words

    house = context.obj.house()
    rules = house.rules
    house.templates.check()
    out(f"规则无误：{len(rules.campaigns)} 个专项行动，{len(rules.forms)} 种表，版本 {rules.version}。")
    out(*told(budget(rules, house.clock().date())))
    if years := rules.calendar.lacking(house.clock().date()):
        out(f"提醒：{calendar_words(years)}")
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
