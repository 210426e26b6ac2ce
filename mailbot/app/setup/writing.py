"""The folder of rules that `mailbot init` leaves: the bundled one with the answers in it, whole or not at all."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from mailbot.app.setup.answers import KeyPath
from mailbot.domain.errors import ConfigurationError, MailbotError

SETTINGS = "mailbot.yaml"
_KEY = re.compile(r"(?P<indent> *)(?P<key>[a-z_]+):(?: +(?P<value>[^#]*?))?(?P<comment> +#.*)?")
_PLAIN = re.compile(r"[A-Za-z\u4e00-\u9fff][A-Za-z0-9_@.+\-\u4e00-\u9fff（）]*")
_NO_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))


def filled(text: str, values: Mapping[KeyPath, Any]) -> str:
    """mailbot.yaml with other values behind some keys; comments and all else stay. Raises ConfigurationError where a key is not there on
    one line."""
    waiting = dict(values)
    lines = [_filled_line(line, path, waiting) for path, line in _with_paths(text)]
    if waiting:
        keys = "、".join(".".join(path) for path in waiting)
        raise ConfigurationError(f"照着写的 {SETTINGS} 里没有这些键，或者值写成了几行：{keys}。请用程序自带的规则文件夹（不写 --config）。")
    return "\n".join(lines) + "\n"


def _with_paths(text: str) -> Iterator[tuple[KeyPath, str]]:
    """Every line with the path of the key that it sets, () where it sets none."""
    above: list[tuple[int, str]] = []
    for line in text.splitlines():
        match = _KEY.fullmatch(line)
        if match is None:
            yield (), line
            continue
        depth = len(match["indent"])
        above = [(d, key) for d, key in above if d < depth]
        yield (*(key for _, key in above), match["key"]), line
        above.append((depth, match["key"]))


def _filled_line(line: str, path: KeyPath, waiting: dict[KeyPath, Any]) -> str:
    match = _KEY.fullmatch(line)
    if path not in waiting or match is None or not match["value"]:
        return line
    return f"{match['indent']}{match['key']}: {scalar(waiting.pop(path))}{match['comment'] or ''}"


def scalar(value: Any) -> str:
    """A value as YAML, on one line."""
    if isinstance(value, tuple):
        return "[" + ", ".join(map(scalar, value)) + "]"
    if isinstance(value, int):
        return str(value)
    plain = _PLAIN.fullmatch(value) and value.lower() not in _NO_WORDS
    return str(value) if plain else json.dumps(value, ensure_ascii=False)


def draft(base: Path, folder: Path, values: Mapping[KeyPath, Any], kept: Path | None = None) -> None:
    """Writes a new folder: `base` with the values, and all its campaigns, since one that is not named stops nothing and may be wanted
    later; over it what stands in `kept` but its mailbot.yaml. Raises ConfigurationError, and MailbotError where the disk refuses."""
    try:
        settings = filled((base / SETTINGS).read_text(encoding="utf-8-sig"), values)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(base, folder, ignore=shutil.ignore_patterns(".*"), copy_function=shutil.copyfile)
        if kept is not None:
            shutil.copytree(kept, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*"))
        (folder / SETTINGS).write_text(settings, encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigurationError(f"{base} 里没有 {SETTINGS}，不能照着它写。请用程序自带的规则文件夹（不写 --config）。") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{base / SETTINGS} 不是 UTF-8 编码，请用 UTF-8 保存。") from error
    except OSError as error:
        raise MailbotError(f"规则文件夹写不出来，请检查磁盘和权限（{folder.parent}）。", temporary=True, detail=str(error)) from error


def put_in_place(folder: Path, target: Path, now: datetime) -> Path | None:
    """`folder` becomes `target`. What was there before stays beside it under another name, which is returned."""
    old: Path | None = None
    try:
        if target.is_dir() and any(target.iterdir()):
            old = next(name for number in range(1000) if not (name := _beside(target, now, number)).exists())
        elif target.is_dir():
            target.rmdir()
        try:
            if old is not None:
                target.rename(old)
            folder.rename(target)
        except BaseException:  # Ctrl-C, too: the old one goes back
            if old is not None and old.exists() and not target.exists():
                old.rename(target)
            raise
    except OSError as error:
        raise MailbotError(f"规则文件夹放不到 {target}（{error.strerror}），请检查权限。", temporary=True) from error
    return old


def _beside(target: Path, now: datetime, number: int) -> Path:
    return target.with_name(f"{target.name}.旧-{now:%Y%m%d-%H%M}{f'-{number}' if number else ''}")
