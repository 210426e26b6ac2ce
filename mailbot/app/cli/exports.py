"""Commands that write the tables that go upward: export ledger, rollup, scores, evidence, brief."""

import gc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.app.cli.common import ATTENTION, command, export_app, out, progress, who
from mailbot.domain.audit import Entry
from mailbot.domain.masking import masked

if TYPE_CHECKING:
    from mailbot.app.exports.tools import Exported, Tools, Watch

_DUTY = typer.Argument(metavar="DUTY", help="报送事项的 id 或名称，如 risk-list")
_PERIOD = typer.Argument(metavar="PERIOD", help="报告期，如 2024Q1、2024-03、2024W05、2024H1、2023-09-15")
_CAMPAIGN = typer.Option("--campaign", metavar="ID", help="哪个专项行动")
_FORCE = typer.Option("--force", help="已有的文件也换掉")


@command(export_app, "ledger")
def export_ledger(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="写到哪里")],
    campaign: Annotated[str | None, _CAMPAIGN] = None,
    force: Annotated[bool, _FORCE] = False,
) -> int:
    """台账：总览一页，每个报送事项一页，可以筛选、打印。"""
    from mailbot.app.exports import ledger

    return _export(context, lambda tools: ledger.export_ledger(tools, file, campaign=campaign, over=force))


@command(export_app, "rollup")
def export_rollup(
    context: typer.Context,
    duty: Annotated[str, _DUTY],
    period: Annotated[str, _PERIOD],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="写到哪里，表格以 .xlsx 或 .docx 结尾，文字材料以 .docx 结尾")],
    campaign: Annotated[str | None, _CAMPAIGN] = None,
    force: Annotated[bool, _FORCE] = False,
) -> int:
    """汇总表：各单位的表并成一张，附来源；文字材料汇编成一份，原件另存一个 zip。"""
    from mailbot.app.exports import rollup

    return _watched(
        context, "读原件", lambda tools, watch: rollup.export_rollup(tools, duty, period, file, campaign=campaign, over=force, watch=watch)
    )


@command(export_app, "scores")
def export_scores(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="写到哪里")],
    campaign: Annotated[str | None, _CAMPAIGN] = None,
    force: Annotated[bool, _FORCE] = False,
) -> int:
    """考核表：各单位报得及时不及时、质量怎样，附排名和口径。"""
    from mailbot.app.exports import scores

    return _export(context, lambda tools: scores.export_scores(tools, file, campaign=campaign, over=force))


@command(export_app, "evidence")
def export_evidence(
    context: typer.Context,
    duty: Annotated[str, _DUTY],
    period: Annotated[str, _PERIOD],
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="写到哪里")],
    campaign: Annotated[str | None, _CAMPAIGN] = None,
    force: Annotated[bool, _FORCE] = False,
) -> int:
    """迎检材料：各单位发来的原件和原邮件，附目录和校验值。"""
    from mailbot.app.exports import evidence

    return _watched(
        context, "取原件", lambda tools, watch: evidence.export_evidence(tools, duty, period, file, campaign=campaign, over=force, watch=watch)
    )


@command(export_app, "brief")
def export_brief(
    context: typer.Context,
    month: Annotated[str, typer.Argument(metavar="MONTH", help="月份，如 2024-03")],
    file: Annotated[Path, typer.Argument(metavar="FILE.docx", help="写到哪里")],
    campaign: Annotated[str | None, _CAMPAIGN] = None,
    force: Annotated[bool, _FORCE] = False,
) -> int:
    """工作简报：一个月的报送情况，两页以内。"""
    from mailbot.app.exports import brief

    return _export(context, lambda tools: brief.export_brief(tools, month, file, campaign=campaign, over=force))


def _export(context: typer.Context, export: "Callable[[Tools], Exported]") -> int:
    """Runs an export, says what it wrote. Garbage is not looked for meanwhile: of the half million rows of a province none is, and
    looking takes as long as writing."""
    gc.disable()
    try:
        house = context.obj.house()
        done = export(house.exports())
        told = {"attention": done.attention}
        house.ledger.witness(Entry("exported", f"export:{context.info_name}", house.clock(), None, told, masked(who()), "command"))
    finally:
        gc.enable()
    out(*done.lines)
    return ATTENTION if done.attention else 0


def _watched(context: typer.Context, what: str, export: "Callable[[Tools, Watch], Exported]") -> int:
    with progress(what, context.obj.quiet) as watch:
        return _export(context, lambda tools: export(tools, watch))
