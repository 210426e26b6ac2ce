"""How the command speaks of itself: its help in Chinese, and one Chinese sentence for each way of typing it wrong."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

_HELP = "显示这段说明后退出"


class Command(TyperCommand):
    """A command whose help has Chinese headings."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        _write_usage(self, ctx, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        _write_parameters(self, ctx, formatter)


class Group(TyperGroup):
    """A group of commands whose help has Chinese headings, and which tells a wrong command's nearest."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        _write_usage(self, ctx, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        _write_parameters(self, ctx, formatter)
        with formatter.section("命令"):
            formatter.write_dl([(name, each.help or "") for name, each in self.commands.items()])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in self.commands:
            raise typer.BadParameter(f"没有“{args[0]}”这个命令{_nearest(args[0], self.commands)}", ctx)
        return super().resolve_command(ctx, args)


def _write_usage(command: Command | Group, context: Any, formatter: Any) -> None:
    words = ["[选项]", *(p.metavar for p in _of_type(command, context, "argument")), *(["命令 …"] if isinstance(command, Group) else [])]
    formatter.write_usage(context.command_path, " ".join(words), prefix="用法：")


def _write_parameters(command: Command | Group, context: Any, formatter: Any) -> None:
    arguments = [(p.metavar, p.help) for p in _of_type(command, context, "argument")]
    options = [(_spelled(p), _HELP if "--help" in p.opts else p.help) for p in _of_type(command, context, "option")]
    for title, rows in (("参数", arguments), ("选项", options)):
        if rows:
            with formatter.section(title):
                formatter.write_dl(rows)


def _of_type(command: Command | Group, context: Any, kind: str) -> list[Any]:
    return [p for p in command.get_params(context) if p.param_type_name == kind]


def _spelled(option: Any) -> str:
    return " ".join([*option.opts, *([option.metavar] if option.metavar else [])])


def sentence(problem: Any, words: Sequence[str]) -> str:
    """What is wrong with a command line of these words, and where its help is. `problem`: a typer.TyperException; typer keeps its
    kinds to itself, their names are those of click."""
    context = getattr(problem, "ctx", None)
    if type(problem).__name__ == "NoArgsIsHelpError":
        return str(problem.message)
    return f"{_cause(problem, context, words)}（看说明：{context.command_path if context else 'mailbot'} --help）"


def _cause(problem: Any, context: Any, words: Sequence[str]) -> str:
    match type(problem).__name__:
        case "NoSuchOption":
            known = [name for p in context.command.params for name in p.opts if name.startswith("-")] if context else []
            return f"没有“{problem.option_name}”这个选项{_nearest(problem.option_name, known)}"
        case "BadOptionUsage" if any(word.startswith(f"{problem.option_name}=") for word in words):
            return f"选项“{problem.option_name}”后面不写值。"
        case "BadOptionUsage":
            return f"选项“{problem.option_name}”后面要写一个值。"
        case "MissingParameter":
            return f"缺少 {problem.param.metavar}：{problem.param.help}。"
        case "BadParameter" if not problem.param_hint and getattr(problem, "param", None) is not None and str(problem.message).isascii():
            return f"{problem.param.metavar or _spelled(problem.param)} 写得不对：{problem.param.help}。"  # what typer itself could not convert
        case "BadParameter":
            return f"{problem.param_hint}：{problem.message}" if problem.param_hint else str(problem.message)
        case _ if context and isinstance(context.command, Group):
            return f"后面还要写一个命令：{'、'.join(context.command.commands)}。"
        case _:
            return "后面的内容写多了，请去掉多余的。"


def _nearest(word: str, words: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(words), 1, 0.5)
    return f"，是不是想写“{near[0]}”？" if near else "。"
