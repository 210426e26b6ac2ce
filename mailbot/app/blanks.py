"""The empty form of a form of the rules, as a file to mail out and to print."""

import difflib
import re
from collections.abc import Mapping
from pathlib import Path

from mailbot.app.ports import BlankWriter
from mailbot.domain.blanks import Ending, blank_page, endings
from mailbot.domain.errors import ConfigurationError, MailbotError
from mailbot.domain.forms import FormType, TableLayout

KINDS: Mapping[Ending, str] = {".docx": "Word", ".xlsx": "Excel"}


class NoSuchBlank(ConfigurationError):
    """What was asked for cannot be written: no such form, no such kind of file, no such folder, or the file is there."""


class BlankNotSaved(MailbotError):
    """The disk did not take the file."""

    passing = True


def save_blank(forms: Mapping[str, FormType], name: str, file: Path, write: BlankWriter, *, over: bool = False) -> str:
    """Writes the blank of the form `name` (its id or title) to `file` and says what it is. `over`: a file of that name may be
    replaced. Raises NoSuchBlank, BlankNotSaved."""
    form = _form(forms, name)
    ending = _ending(form, file)
    if not file.parent.is_dir():
        raise NoSuchBlank(f"没有这个文件夹：{file.parent}，请先建好，或者换一个地方。")
    content = write(blank_page(form), ending)
    try:
        with file.open("wb" if over else "xb") as target:
            target.write(content)
    except FileExistsError:
        raise NoSuchBlank(f"已经有这个文件：{file}。要换成新的空表，请加 --force；不想换，请另起一个文件名。") from None
    except OSError as problem:
        raise BlankNotSaved(f"写不进文件 {file}，请检查磁盘空间和权限。", detail=str(problem)) from problem
    return f"{file}：{form.title}，{KINDS[ending]} 空表。"


def enclosed_blank(form: FormType, write: BlankWriter) -> tuple[str, bytes]:
    """Name and bytes of the blank as it goes out with a letter: a table of figures with rows of its own as Excel, all else as Word."""
    ending: Ending = ".xlsx" if isinstance(form.layout, TableLayout) and form.layout.kinds else ".docx"
    title = re.sub(r"[“”\"/\\]", "", form.title)  # it becomes a file's name
    return f"{title}（空表）{ending}", write(blank_page(form), ending)


def forms_listed(forms: Mapping[str, FormType]) -> list[str]:
    """One line a form: id, title, the kinds of files its blank can be."""
    wide = max(map(len, forms), default=0)
    return [f"{id_:<{wide}}  {form.title}（{_kinds(form)}）" for id_, form in sorted(forms.items())]


def _form(forms: Mapping[str, FormType], name: str) -> FormType:
    found = forms.get(name) or next((f for f in forms.values() if f.title == name), None)
    if found:
        return found
    near = difflib.get_close_matches(name, [*forms, *(f.title for f in forms.values())], 1, 0.5)
    hint = f"，是不是想写“{near[0]}”？" if near else "。"
    raise NoSuchBlank(f"没有“{name}”这种表{hint}现有：\n" + "\n".join(f"  {line}" for line in forms_listed(forms)))


def _ending(form: FormType, file: Path) -> Ending:
    possible = endings(form)
    if not possible:
        raise NoSuchBlank(f"“{form.title}”没有固定格式，写成有标题、有正文的文字材料就行，没有空表。")
    ending = next((e for e in possible if e == file.suffix.lower()), None)
    if ending is None:
        asked = f"“{file.name}”不行" if file.suffix else f"“{file.name}”没有写明"
        raise NoSuchBlank(f"“{form.title}”的空表是 {_kinds(form)}，文件名应以 {' 或 '.join(possible)} 结尾，{asked}。")
    return ending


def _kinds(form: FormType) -> str:
    return "、".join(KINDS[e] for e in endings(form)) or "没有空表"
