"""What all commands share. Messages to people are Chinese; results go to stdout, everything else to stderr.

Exit status: 0 done; 1 done, with something a person must look at; 2 wrong usage or bad configuration; 3 a server or
the disk failed (run again).
"""

import gc
import getpass
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailbot.app.cli.usage import Command, Group
from mailbot.app.logs import begin
from mailbot.domain.errors import ConfigurationError, MailbotError

if TYPE_CHECKING:  # each command loads what it needs: --help and a poll of nothing should be there at once
    from mailbot.app.ports import Clock
    from mailbot.app.wiring import House

app = typer.Typer(
    cls=Group, help="办公室信箱自动收件、核对、答复。", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
review_app = typer.Typer(cls=Group, help="待人工处理的事项。", no_args_is_help=True)
config_app = typer.Typer(cls=Group, help="检查规则文件。", no_args_is_help=True)
forms_app = typer.Typer(cls=Group, help="规则里的各种表和它们的空表。", no_args_is_help=True)
export_app = typer.Typer(cls=Group, help="往上报、考核、迎检用的表和材料。", no_args_is_help=True)
audit_app = typer.Typer(cls=Group, help="留痕：谁在什么时候改了什么；核对有没有被动过。")
app.add_typer(review_app, name="review")
app.add_typer(export_app, name="export")
app.add_typer(config_app, name="config")
app.add_typer(forms_app, name="forms")
app.add_typer(audit_app, name="audit")


def out(*lines: str) -> None:
    """By `print`, so that a bar moves down for it."""
    print(*lines, sep="\n", flush=True)


def err(line: str, *, red: bool = False) -> None:
    if sys.stderr is None:  # started with it closed: nobody listens, and the exit status must still be right
        return
    print(typer.style(line, fg="red") if red and sys.stderr.isatty() else line, file=sys.stderr)


def who() -> str:
    """Who sits at the keyboard, as the system names them; in some containers nobody has a name."""
    try:
        return getpass.getuser()
    except (KeyError, ImportError, OSError):
        return "命令行"


def tables(*parts: Any) -> None:
    """What `mailbot.app.tables` makes."""
    from rich.console import Console

    Console(highlight=False).print(*parts, sep="\n")


ATTENTION, USAGE, TEMPORARY = 1, 2, 3


@dataclass(frozen=True)
class Options:
    config: Path | None
    home: Path
    now: datetime | None
    verbose: bool
    quiet: bool
    at_end: Callable[[Callable[[], None]], Any]

    def clock(self) -> "Clock":
        from mailbot.app.wiring import real_clock

        moment = self.now
        return (lambda: moment) if moment else real_clock

    def house(self) -> "House":
        gc.disable()  # what is loaded here stays: nothing of it is garbage
        from mailbot.app.places import config_folder
        from mailbot.app.wiring import House

        gc.freeze()
        gc.enable()
        house = House(config_folder(self.config), self.home, self.clock())
        self.at_end(house.close)
        return house


def moment_of(text: str | None, option: str = "--now") -> datetime | None:
    if text is None:
        return None
    from mailbot.domain.periods import SHANGHAI

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"“{text}”不是时刻，请写成 2025-02-01 或 2025-02-01T09:00:00", param_hint=option) from None
    return moment.astimezone(SHANGHAI) if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option("--config", metavar="DIR", help="规则文件夹，默认 ./config，没有则用自带的")] = None,
    home: Annotated[Path, typer.Option("--home", metavar="DIR", help="数据库和存档放在哪里，默认 ./var")] = Path("var"),
    now: Annotated[str | None, typer.Option("--now", metavar="ISO8601", help="当作这一刻（默认北京时间）")] = None,
    verbose: Annotated[int, typer.Option("-v", count=True, help="多显示一些过程")] = 0,
    quiet: Annotated[bool, typer.Option("-q", help="少显示一些")] = False,
) -> None:
    level = logging.ERROR if quiet else (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    begin(level, sys.stderr)
    if config is not None and not config.is_dir():
        raise typer.BadParameter(f"没有这个文件夹：{config}", param_hint="--config")
    context.obj = Options(config, home, moment_of(now), verbose > 0, quiet, context.call_on_close)


def command(group: typer.Typer, name: str | None = None) -> Callable[[Callable[..., int]], Callable[..., None]]:
    """Adds a function to the commands of a group: its result becomes the exit status, our own errors their sentence."""

    def add(function: Callable[..., int]) -> Callable[..., None]:
        @wraps(function)
        def run(*args: Any, **kwargs: Any) -> None:
            raise typer.Exit(told(lambda: function(*args, **kwargs)))

        return group.command(name, cls=Command)(run)

    return add


def told(function: Callable[[], int]) -> int:
    """The exit status; our own errors say their sentence."""
    try:
        return function()
    except MailbotError as problem:
        logging.getLogger(__name__).info("stopped: %s %s", type(problem).__name__, problem.detail)
        err(problem.sentence, red=True)
        return _status_of(problem)


def _status_of(problem: MailbotError) -> int:
    return USAGE if isinstance(problem, ConfigurationError) else TEMPORARY


def _untold(*_: int) -> None:
    """Nobody watches."""


@contextmanager
def progress(what: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr while people watch; silent in pipes."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield _untold
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
