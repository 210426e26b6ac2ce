"""The command `mailbot`. Messages to people are Chinese; results go to stdout, everything else to stderr.

Exit status: 0 done; 1 done, with something a person must look at; 2 wrong usage or bad configuration; 3 a server or
the disk failed (run again).
"""

import contextlib
import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailbot.domain.errors import ConfigurationError, MailbotError

if TYPE_CHECKING:  # each command loads what it needs: --help and a poll of nothing should be there at once
    from rich.console import Console

    from mailbot.app.ports import Clock
    from mailbot.app.wiring import House

app = typer.Typer(help="办公室信箱自动收件、核对、答复。", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
review_app = typer.Typer(help="待人工处理的事项。", no_args_is_help=True)
config_app = typer.Typer(help="检查规则文件。", no_args_is_help=True)
forms_app = typer.Typer(help="规则里的各种表和它们的空表。", no_args_is_help=True)
app.add_typer(review_app, name="review")
app.add_typer(config_app, name="config")
app.add_typer(forms_app, name="forms")



class _Lazy:
    """A rich Console, made when something is printed."""

    def __init__(self, stderr: bool) -> None:
        self._stderr = stderr

    @cached_property
    def console(self) -> "Console":
        from rich.console import Console

        return Console(stderr=self._stderr, highlight=False)

    def print(self, *args: Any, **kwargs: Any) -> None:
        self.console.print(*args, **kwargs)


err, out = _Lazy(stderr=True), _Lazy(stderr=False)

ATTENTION, USAGE, TEMPORARY = 1, 2, 3


@dataclass(frozen=True)
class Options:
    config: Path | None
    home: Path
    now: datetime | None
    quiet: bool

    def clock(self) -> "Clock":
        from mailbot.app.wiring import real_clock

        moment = self.now
        return (lambda: moment) if moment else real_clock

    def house(self) -> "House":
        from mailbot.app.wiring import House, config_folder

        return House(config_folder(self.config), self.home, self.clock())


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    from mailbot.domain.periods import SHANGHAI

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"“{text}”不是时刻，请写成 2025-02-01 或 2025-02-01T09:00:00") from None
    return moment.astimezone(SHANGHAI) if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option("--config", help="规则文件夹，默认 ./config，没有则用自带的")] = None,
    home: Annotated[Path, typer.Option("--home", help="数据库、存档、日志放在哪里")] = Path("var"),
    now: Annotated[str | None, typer.Option("--now", help="当作这一刻（默认北京时间）")] = None,
    verbose: Annotated[int, typer.Option("-v", count=True, help="多显示一些过程")] = 0,
    quiet: Annotated[bool, typer.Option("-q", help="少显示一些")] = False,
) -> None:
    level = logging.ERROR if quiet else (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for noisy in ("alembic", "apscheduler", "imapclient", "mail.log", "asyncio", "pymap", "mailparser"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))
    if config is not None and not config.is_dir():
        raise typer.BadParameter(f"没有这个文件夹：{config}", param_hint="--config")
    context.obj = Options(config, home, _moment(now), quiet)


def _command(function: Callable[..., int]) -> Callable[..., None]:
    """Turns a returned status into the exit status, and our own errors into their sentence."""

    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            status = function(*args, **kwargs)
        except MailbotError as problem:
            logging.getLogger(__name__).info("stopped: %s %s", type(problem).__name__, problem.detail)
            err.print(problem.sentence, markup=False, style="red", soft_wrap=True)
            raise typer.Exit(_status_of(problem)) from problem
        raise typer.Exit(status)

    return run


def _status_of(problem: MailbotError) -> int:
    return USAGE if isinstance(problem, ConfigurationError) else TEMPORARY


def _untold(*_: int) -> None:
    """Nobody watches."""


@contextmanager
def _progress(what: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr while people watch; silent in pipes."""
    if quiet or not sys.stderr.isatty():
        yield _untold
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err.console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@app.command()
@_command
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
    with _progress("收件", context.obj.quiet) as tell:
        for done, taken in enumerate(ingest_files(house, files, dry_run=dry_run), 1):
            tell(done, len(files))
            attention |= taken.outcome.disposition == "review"
            if as_json:
                sys.stdout.write(json.dumps(taken.shown, ensure_ascii=False, default=str) + "\n")
                sys.stdout.flush()
            else:
                out.print(_line(taken.shown), markup=False, soft_wrap=True)
    return ATTENTION if attention else 0




def _line(shown: dict[str, Any]) -> str:
    from mailbot.domain.words import COPIES, DISPOSITIONS, REPLIES

    files = "；".join(f"{i['path']}→{i['duty'] or i['form'] or '未识别'} {i['period'] or ''} {COPIES[i['copy']]}".strip() for i in shown["items"])
    return f"{shown['file']}  {DISPOSITIONS[shown['disposition']]}  {shown['unit'] or '—'}  {files or shown['reason']}  ⇒ {REPLIES[shown['reply']['kind']]}"




@app.command()
@_command
def explain(context: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE.eml")]) -> int:
    """说明一封邮件为什么这样判定：看到了哪些字，说明是哪种表、哪个单位、哪一期。"""
    from mailbot.app.explain import explanation
    from mailbot.app.ingest import ingest_files

    if not file.is_file():
        raise typer.BadParameter(f"没有这个文件：{file}", param_hint="FILE.eml")
    for taken in ingest_files(context.obj.house(), [file], dry_run=True, anew=True):
        out.print(explanation(taken), markup=False, soft_wrap=True)
    return 0


@app.command()
@_command
def status(
    context: typer.Context,
    campaign: Annotated[str | None, typer.Option(help="只看一个专项行动")] = None,
    unit: Annotated[str | None, typer.Option(help="只看一个单位")] = None,
    duty: Annotated[str | None, typer.Option(help="只看一个报送事项")] = None,
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
        out.print(*status_table(found, now), sep="\n")
    return 0


@app.command()
@_command
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
                err.print("mailbot run 正在运行，等待的信由它来发。")
                return 0
            flushed = house.outbox().flush()
        problems = flushed.problems
        err.print(f"发出 {flushed.sent} 封，还有 {flushed.waiting} 封等待。" + ("" if house.rules.settings.sending != "shadow" else "（现为 shadow，不发信）"))
        for problem in problems:
            err.print(problem, markup=False, style="red")
    letters = house.ledger.letters_listed()
    if as_json:
        sys.stdout.write(json.dumps({"letters": [letter_json(letter) for letter in letters]}, ensure_ascii=False) + "\n")
    else:
        out.print(outbox_table(letters))
    return ATTENTION if problems or any(letter.state in ("failed", "ambiguous") for letter in letters) else 0


@app.command()
@_command
def run(context: typer.Context, once: Annotated[bool, typer.Option("--once", help="收、判、发一轮就结束")] = False) -> int:
    """按日程收信、判定、答复；--once 只做一轮。"""
    from mailbot.app.lock import one_worker
    from mailbot.app.worker import Round, repeat

    house = context.obj.house()
    attention = temporary = False

    def tell(done: Round) -> None:
        nonlocal attention, temporary
        waiting = sum(noted.disposition == "review" for noted in done.taken)
        attention, temporary = attention or bool(waiting or done.problems), done.temporary
        err.print(f"{house.clock():%m-%d %H:%M}  收 {len(done.taken)} 封，待人工 {waiting} 封，发出 {done.flushed.sent} 封，等待 {done.flushed.waiting} 封")
        for problem in done.problems:
            err.print(problem, markup=False, style="red")

    with one_worker(house.home) as mine:
        if not mine:
            err.print("已有一个 mailbot run 在运行，这次不重复启动。")
            return 0
        with house.intake() as intake, _progress("收信", context.obj.quiet) as watch:
            worker = house.worker(intake, watch)
            if once:
                tell(worker.once())
            else:
                with contextlib.suppress(KeyboardInterrupt):
                    repeat(worker.once, house.rules.settings.mailbox.poll_minutes, tell)
                err.print("已停止。")
    return TEMPORARY if temporary else ATTENTION if attention else 0


@app.command()
@_command
def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("--out", help="结果放在哪里")] = Path("demo-output"),
    fast: Annotated[bool, typer.Option("--fast", help="少几封信，快一些")] = False,
) -> int:
    """演示：自带收发服务器，几个单位来信，收件、核对、答复，结果留在文件夹里。"""
    from mailbot.app.demo import run_demo

    return run_demo(folder, fast=fast, config=context.obj.config, say=lambda line: out.print(line, markup=False, soft_wrap=True))


@app.command()
@_command
def doctor(context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False) -> int:
    """体检：信箱、发信、磁盘、时钟、规则，哪里不对、怎样修。"""
    from mailbot.app.doctor import examine

    results = examine(context.obj.house())
    if as_json:
        sys.stdout.write(json.dumps([{"name": r.name, "ok": r.ok, "sentence": r.sentence, "mend": r.mend} for r in results], ensure_ascii=False) + "\n")
    else:
        for result in results:
            mend = "" if result.ok else f"\n   {result.mend}"
            out.print(f"{'√' if result.ok else '×'} {result.name}：{result.sentence}{mend}", markup=False, soft_wrap=True)
    return 0 if all(r.ok for r in results) else ATTENTION


@review_app.command("list")
@_command
def review_list(context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False) -> int:
    """还有哪些事要人来定。"""
    from mailbot.app.tables import review_json, review_table

    house = context.obj.house()
    items = house.ledger.open_reviews(house.clock())
    if as_json:
        sys.stdout.write(json.dumps({"reviews": [review_json(i) for i in items]}, ensure_ascii=False, default=str) + "\n")
    else:
        out.print(review_table(items))
    return ATTENTION if items else 0


@config_app.command("check")
@_command
def config_check(context: typer.Context) -> int:
    """检查规则文件，一次列出全部错误。"""
    house = context.obj.house()
    rules = house.rules
    house.templates.check()
    out.print(f"规则无误：{len(rules.campaigns)} 个专项行动，{len(rules.forms)} 种表，版本 {rules.version}。", markup=False)
    return 0


@forms_app.command("list")
@_command
def forms_list(context: typer.Context) -> int:
    """规则里有哪些表，空表可以是 Word 还是 Excel。"""
    from mailbot.app.blanks import forms_listed

    out.print(*forms_listed(context.obj.house().rules.forms), sep="\n", markup=False, soft_wrap=True)
    return 0


@forms_app.command("blank")
@_command
def forms_blank(
    context: typer.Context,
    form: Annotated[str, typer.Argument(metavar="FORM", help="表的 id 或名称，见 mailbot forms list")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="写到哪里，以 .docx 或 .xlsx 结尾")],
    force: Annotated[bool, typer.Option("--force", help="已有的文件也换掉")] = False,
) -> int:
    """写出一种表的空表，可以打印，也可以发给各单位填。"""
    from mailbot.app.blanks import save_blank

    house = context.obj.house()
    out.print(save_blank(house.rules.forms, form, file, house.blank_writer, over=force), markup=False, soft_wrap=True)
    return 0


def main() -> None:
    app()
