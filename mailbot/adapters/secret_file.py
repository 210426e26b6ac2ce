"""Passwords in a file that only its owner may read: `secrets.env` in the home folder, one NAME=value a line, # for comments.

systemd reads the same file as EnvironmentFile. The environment goes before it (mailbot/app/wiring.py).
"""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from mailbot.domain.errors import ConfigurationError, MailbotError

NAME = "secrets.env"
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")


def read_secrets(file: Path) -> dict[str, str]:
    """What the file says, nothing where there is none. Raises ConfigurationError where others may read it, or a line makes no sense."""
    try:
        mode = file.stat().st_mode
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"放授权码的文件 {file} 读不出来，请检查权限；它应当是 UTF-8 文本。", detail=type(error).__name__) from error
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError(f"放授权码的文件 {file} 别人也能读，没有使用。请运行 chmod 600 {file}，再试一次；这块磁盘改不了权限的，改用环境变量。")
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith(("#", ";")):
            continue
        told = _LINE.fullmatch(line.strip())
        if told is None:
            raise ConfigurationError(f"放授权码的文件 {file} 第{number}行写得不对，应当是 名称=授权码，例如 MAILBOT_IMAP_PASSWORD=授权码。")
        found[told[1]] = _unquoted(told[2])
    return found


def read_credential(folder: str | None, name: str) -> str:
    """What systemd hands over by LoadCredential=, one file a secret; "" where it handed over none."""
    try:
        return (Path(folder) / name).read_text(encoding="utf-8").strip() if folder else ""
    except (OSError, UnicodeDecodeError):
        return ""


def write_secrets(file: Path, secrets: Mapping[str, str]) -> None:
    """Puts the secrets into the file, beside what else it says; only the owner may read it. Raises MailbotError where the disk refuses."""
    kept = read_secrets(file) | dict(secrets)
    lines = ["# 授权码。只有本用户可以读；不要发给别人，不要放进代码库和备份。", *(f"{name}={_quoted(value)}" for name, value in kept.items())]
    fresh = file.with_name(f".{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as written:
            written.write("\n".join(lines) + "\n")
            written.flush()
            os.fsync(written.fileno())
        fresh.replace(file)
    except OSError as error:
        raise MailbotError(f"授权码写不进文件 {file}（{error.strerror}），请检查文件夹权限和磁盘。", temporary=True) from error


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    return text
