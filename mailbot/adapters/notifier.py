"""Runs the command that an admin named for alarms (notify-send, msg.exe): fixed words, never a shell, never anything of a mail.

Where one of its words is `{}` the text stands there, else it comes on standard input."""

import subprocess
from collections.abc import Sequence

from mailbot.domain.errors import MailbotError

_PATIENCE = 20.0  # seconds
HOLE = "{}"


class NotNotified(MailbotError):
    default = "警报命令没有成功，请检查 mailbot.yaml 里 alarm.command 写的程序。"
    passing = True


def notify(command: Sequence[str], text: str) -> None:
    """Raises NotNotified where it is not there, fails, or hangs."""
    filled = [text if word == HOLE else word for word in command]
    try:
        done = subprocess.run(
            filled, input=text.encode() if filled == list(command) else b"", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=_PATIENCE, check=False,
        )  # fmt: skip
    except (OSError, ValueError, subprocess.TimeoutExpired) as problem:
        raise NotNotified(detail=type(problem).__name__) from problem
    if done.returncode:
        raise NotNotified(detail=f"exit status {done.returncode}")
