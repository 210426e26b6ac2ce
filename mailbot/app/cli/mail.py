"""Commands that take mail: ingest, explain, run."""

import contextlib
import json
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailbot.app.cli.common import ATTENTION, TEMPORARY, app, command, err, out, progress

if TYPE_CHECKING:
    from mailbot.app.alarm import Channel
    from mailbot.app.worker import Round


@command(app)
def ingest(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help=".eml 文件或装有它们的文件夹")],
    as_json: Annotated[bool, typer.Option("--json", help="每封邮件输出一行 JSON")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只判定，不登记、不发信")] = False,
) -> int:
    """收下 .eml 文件，如同刚从信箱取回。"""
    from mailbot.app.ingest import eml_files, ingest_files

    house = context.obj.house()
    absent = [str(path) for path in paths if not path.exists()]
    if absent:
        raise typer.BadParameter(f"没有这个文件或文件夹：{'、'.join(absent)}", param_hint="PATH")
    files = eml_files(paths)
    if not files:
        raise typer.BadParameter("没有找到 .eml 文件", param_hint="PATH")
    attention = False
    with house.trial() if dry_run else house.intake() as intake, progress("收件", context.obj.quiet) as tell:
        for done, taken in enumerate(ingest_files(intake, files), 1):
            tell(done, len(files))
            attention |= taken.outcome.disposition == "review"
            if as_json:
                sys.stdout.write(json.dumps(taken.shown, ensure_ascii=False, default=str) + "\n")
                sys.stdout.flush()
            else:
                out(_line(taken.shown))
    return ATTENTION if attention else 0


def _line(shown: dict[str, Any]) -> str:
    from mailbot.domain.words import COPIES, DISPOSITIONS, REPLIES

    files = "；".join(f"{i['path']}→{i['duty'] or i['form'] or '未识别'} {i['period'] or ''} {COPIES[i['copy']]}".strip() for i in shown["items"])
    return f"{shown['file']}  {DISPOSITIONS[shown['disposition']]}  {shown['unit'] or '—'}  {files or shown['reason']}  ⇒ {REPLIES[shown['reply']['kind']]}"


@command(app)
def explain(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.eml", help="要说明的邮件")],
    pages: Annotated[Path | None, typer.Option("--pages", metavar="DIR", help="把扫描件各页画成图片放进这个文件夹：框出读到的字和看到的印章")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> int:
    """说明一封邮件为什么这样判定：看到了哪些字，说明是哪种表、哪个单位、哪一期。"""
    from mailbot.app.explain import explanation, explanation_json
    from mailbot.app.ingest import ingest_files

    if not file.is_file():
        raise typer.BadParameter(f"没有这个文件：{file}", param_hint="FILE.eml")
    with context.obj.house().trial(anew=True, pages=pages) as intake:
        for taken in ingest_files(intake, [file]):
            if as_json:
                sys.stdout.write(json.dumps(explanation_json(taken), ensure_ascii=False, default=str) + "\n")
            else:
                out(explanation(taken, technical=context.obj.verbose))
    if pages is not None and not as_json:
        drawn = sorted(pages.rglob("page-*.png"))
        out(f"画好 {len(drawn)} 页：" if drawn else "没有可画的页面。", *map(str, drawn))
    return 0


@command(app)
def run(context: typer.Context, once: Annotated[bool, typer.Option("--once", help="收、判、发一轮就结束")] = False) -> int:
    """按日程收信、判定、答复；--once 只做一轮。"""
    house = context.obj.house()
    from mailbot.app import forever
    from mailbot.app.selftest import examine

    examine(house.self_letter)

    attention = temporary = False

    def tell(done: "Round") -> None:
        nonlocal attention, temporary
        waiting = sum(noted.disposition == "review" for noted in done.taken)
        attention, temporary = attention or bool(waiting or done.problems), done.temporary
        err(f"{house.clock():%m-%d %H:%M}  收 {len(done.taken)} 封，待人工 {waiting} 封，发出 {done.flushed.sent} 封，等待 {done.flushed.waiting} 封")
        for problem in done.problems:
            err(problem, red=True)
        if done.temporary and not once:
            err("稍后会自动再试，一直不成就隔得久一些。")

    with house.alone() as mine:
        if mine is None:
            err("已有一个 mailbot 在收信或发信（同一个数据文件夹，或同一个数据库），这次不重复启动。")
            return 0
        house.archive.sweep(time.time() - 3600)
        screen = forever.Screen(tell, err, partial(err, red=True), lambda: progress("收信", context.obj.quiet))
        if once:
            forever.once(house, mine, screen)
        else:
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends the service lets it finish, too
            with contextlib.suppress(KeyboardInterrupt):
                forever.for_ever(house, mine, screen)
            err("已停止。")
    return TEMPORARY if temporary else ATTENTION if attention else 0


@command(app)
def watch(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
    try_out: Annotated[bool, typer.Option("--try", help="试一试警报送不送得到：发一个写明是试验的")] = False,
) -> int:
    """看一眼收信程序是否还在正常工作；不正常就报警。由另外的定时任务每几分钟运行一次。"""
    from mailbot.app.watching import from_outside, looked

    house = context.obj.house()
    problems: list[str] = []
    channels = house.calling.alarming(problems.append).channels
    if try_out:
        return _tried_out(channels)
    heard = looked(house, from_outside(house), problems.append)
    for line in (*(raised.sentence for raised in heard.standing), *problems):
        err(line, red=True)
    if as_json:
        standing = [{"kind": r.kind, "sentence": r.sentence, "since": r.since.isoformat()} for r in heard.standing]
        sys.stdout.write(json.dumps({"as_of": house.clock().isoformat(), "alarms": standing, "problems": problems}, ensure_ascii=False) + "\n")
    elif not heard.standing:
        nobody = "" if channels else "还没有写警报送给谁（mailbot.yaml 的 alarm），出了问题只写在 ALARM.txt 里。"
        out(f"{house.clock():%m-%d %H:%M}  收信程序正常。{nobody}")
    return ATTENTION if heard.standing or problems else 0


def _tried_out(channels: "tuple[tuple[str, Channel], ...]") -> int:
    from mailbot.domain.errors import MailbotError

    if not channels:
        err("还没有写警报送给谁：请在 mailbot.yaml 里写 alarm。", red=True)
        return ATTENTION
    failed = False
    for name, channel in channels:
        try:
            channel("【试验】收信系统的警报", "这是试验，不用处理。真的警报也从这里来。\n")
            out(f"√ {name}：送出去了，请看收到没有。")
        except MailbotError as problem:
            failed = True
            out(f"× {name}：{problem.sentence}")
    return ATTENTION if failed else 0
