"""The kill switch for people at a file manager: a file STOP in the home folder, empty or with the reason in it. And how small files
there are written."""

import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from mailbot.domain.periods import SHANGHAI
from mailbot.domain.records import Stop
from mailbot.domain.text import show

_NAMES = ("STOP", "STOP.txt")  # as a text editor names it that hides endings
_READ = 400  # bytes of the reason


def stop_file(home: Path) -> Stop | None:
    """What the file says; one that cannot be read stops all the same."""
    for file in (home / name for name in _NAMES):
        try:
            at = datetime.fromtimestamp(file.stat().st_mtime, SHANGHAI)
        except OSError:
            continue
        try:
            with file.open("rb") as opened:
                why = show(opened.read(_READ).decode("utf-8", "ignore"), 80)
        except OSError:
            why = ""
        return Stop("STOP", at, why)
    return None


def written_whole(file: Path, text: str) -> bool:
    """Puts a small file in the place of what stood there, whole or not at all; False where the disk refuses. Nothing of it is worth an fsync."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(file)
    except OSError:
        with suppress(OSError):
            fresh.unlink()
        return False
    return True


def stopped_words(stop: Stop) -> str:
    """The kill switch in a sentence for staff."""
    how = "删去数据文件夹里的 STOP 文件即恢复" if stop.by == "STOP" else "恢复用 mailbot outbox --resume"
    who = "STOP 文件" if stop.by == "STOP" else stop.by
    why = f"：{stop.why}" if stop.why else ""
    return f"发信已暂停（{who}，{stop.at.astimezone(SHANGHAI):%m-%d %H:%M}{why}），给工作人员的信照发；{how}。"
