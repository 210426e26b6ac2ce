"""A drafted form as YAML."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from mailbot.adapters.packs.values import MODELINE, comment, flow, scalar
from mailbot.domain.notices.draft import DraftForm

_BLOCK = ("columns", "parts", "labels", "heads", "counters", "hints", "above", "notes")  # an item a line


def form_yaml(drafted: DraftForm, title: str, *, among_rules: bool = False) -> str:
    """`title`: of the notice. `among_rules`: the file will lie in forms/ of a folder of rules, so that editors find the schema beside it."""
    modeline = [f"{MODELINE}form.schema.json"] if among_rules else []
    return "\n".join((*modeline, *_lines(drafted, title))) + "\n"


def _lines(drafted: DraftForm, title: str) -> Iterator[str]:
    form = plain(drafted.form)
    yield from comment("", f"由 mailbot campaign draft 从{drafted.annex}起草：{title}")
    yield "# 请对照附件核对；改完运行 mailbot config check，再用 mailbot forms blank 看空表。"
    for doubt in drafted.doubts:
        yield from comment("? ", doubt)
    for key in ("id", "title"):
        yield f"{key}: {scalar(form.pop(key))}"
    for key, value in form.items():
        yield ""
        yield from _block(key, value, "")


def _block(key: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value and key != "kinds":
        yield f"{indent}{key}:"
        for inner, what in value.items():
            yield from _block(inner, what, indent + "  ")
    elif isinstance(value, list) and key in _BLOCK and value:
        yield f"{indent}{key}:"
        for item in value:
            yield f"{indent}  - {flow(item)}"
    else:
        yield f"{indent}{scalar(key)}: {flow(value)}"


def plain(value: Any) -> Any:
    """Dataclasses as mappings, without what is left at its default."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value) if f.name == "kind" or getattr(value, f.name) != _default(f)}
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, tuple):
        return [plain(v) for v in value]
    return value


def _default(field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING
