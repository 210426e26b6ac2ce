"""Commands that take mail: ingest, explain, run."""

import contextlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailbot.app.cli.common import ATTENTION, TEMPORARY, app, command, err, out, progress

if TYPE_CHECKING:
    from mailbot.app.wiring import House
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


def _for_ever(house: "House", tell: Callable[["Round"], None], quiet: bool) -> None:
    """Round after round; by new rules as soon as they stand on the disk, whole and valid."""
    from mailbot.app.worker import repeat

    following: House | None = house
    while following is not None:
        house, following = following, None
        watched = house.rules_watch()

        def over() -> bool:
            nonlocal following
            following = watched.changed()  # noqa: B023 - asked while it is this one
            return following is not None

        try:
            with house.intake() as intake, progress("收信", quiet) as watch:
                repeat(house.worker(intake, watch, scheduled=True).once, house.rules.settings.mailbox.poll_minutes, tell, over)
        finally:
            house.close()
        if following is not None:
            err(f"规则有改动，检查无误，从现在起按新规则运行（版本 {following.rules.version}）。")


@command(app)
def run(context: typer.Context, once: Annotated[bool, typer.Option("--once", help="收、判、发一轮就结束")] = False) -> int:
    """按日程收信、判定、答复；--once 只做一轮。"""
    house = context.obj.house()
    from mailbot.app.lock import one_worker
    from mailbot.app.worker import Round

    attention = temporary = False

    def tell(done: Round) -> None:
        nonlocal attention, temporary
        waiting = sum(noted.disposition == "review" for noted in done.taken)
        attention, temporary = attention or bool(waiting or done.problems), done.temporary
        err(f"{house.clock():%m-%d %H:%M}  收 {len(done.taken)} 封，待人工 {waiting} 封，发出 {done.flushed.sent} 封，等待 {done.flushed.waiting} 封")
        for problem in done.problems:
            err(problem, red=True)
        if done.temporary and not once:
            err("稍后会自动再试，一直不成就隔得久一些。")

    with one_worker(house.home) as mine:
        if not mine:
            err("已有一个 mailbot run 在运行，这次不重复启动。")
            return 0
        house.archive.sweep(time.time() - 3600)
        if once:
            with house.intake() as intake, progress("收信", context.obj.quiet) as watch:
                tell(house.worker(intake, watch).once())
        else:
            with contextlib.suppress(KeyboardInterrupt):
                _for_ever(house, tell, context.obj.quiet)
            err("已停止。")
    return TEMPORARY if temporary else ATTENTION if attention else 0
