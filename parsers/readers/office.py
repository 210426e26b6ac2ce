"""LibreOffice as the second reader of old Word files and RTF, where it is installed: converted to docx, read by the docx reader.

It runs on strangers' files, so: a fresh profile in a temporary folder with macros and links off, no network (an own network
namespace where the kernel allows one, and a proxy that is not there), the memory limits of the cage, which it inherits, 20 seconds in all.
One process, in the caller's process group, so that whoever kills the reader kills it too. Measured: 1.1-1.4 s a file, and
1 GB of address space is enough.
"""

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from mailbot.domain.documents import Document
from parsers.readers import Unreadable

TOOL = "LibreOffice"
_SECONDS = 20
_FILTERS = {"doc": ("MS Word 97", "MS WinWord 6"), "rtf": ("Rich Text Format",)}  # the second one reads Word 6 and 95
_NEW_PROFILE = 81  # the exit status of a first start: the profile was made, start again
_NEWUSER, _NEWNET = 0x1000_0000, 0x4000_0000  # linux/sched.h
_SETTINGS = (
    ("org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("org.openoffice.Office.Writer/Content/Update", "Link", "0"),
    ("org.openoffice.Inet/Settings", "ooInetProxyType", "2"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)


def unless_sure(content: bytes, ending: str, reader: Callable[[bytes], tuple[Document, str]]) -> Document:
    """What `reader` makes of a file, or what LibreOffice makes of it where the reader has doubts (the str) or does not know the
    edition (unsupported). A damaged or encrypted file stays one: nobody is asked twice. Raises Unreadable."""
    try:
        document, doubt = reader(content)
    except Unreadable as reason:
        second = convert(content, ending) if reason.trouble == "unsupported" else None
        if second is None:
            raise
        return second
    second = convert(content, ending) if doubt else None
    return replace(second, macro=second.macro or document.macro) if second else document  # it leaves out what would be run


def convert(content: bytes, ending: str) -> Document | None:
    """The Document by way of LibreOffice and docx; None where it is not installed or makes nothing of the file.
    `ending` (doc, rtf) names the import filters: left to itself LibreOffice takes garbage for text."""
    from parsers.readers import docx

    found = program()
    if found is None:
        return None
    ends = time.monotonic() + _SECONDS
    with tempfile.TemporaryDirectory(prefix="office-") as folder:
        source = Path(folder) / f"in.{ending}"
        source.write_bytes(content)
        tries = (_converted(found, source, name, ends) for name in _FILTERS[ending])
        made = next(filter(None, tries), None)
    if made is None:
        return None
    try:
        document = docx.read(made)
    except Unreadable:
        return None
    return document if document.blocks or document.pictures else None  # of garbage it makes an empty page


def _converted(binary: str, source: Path, name: str, ends: float) -> bytes | None:
    """What LibreOffice makes of a file with one import filter until a moment of the monotonic clock: a docx, or None."""
    folder, profile = source.parent, source.parent / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_registry(), "utf-8")
    command = [binary, "--headless", "--norestore", "--nolockcheck", f"-env:UserInstallation={profile.as_uri()}",
               f"--infilter={name}", "--convert-to", "docx:MS Word 2007 XML", "--outdir", str(folder), str(source)]  # fmt: skip
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"}
    for _ in range(2):
        try:
            done = subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                timeout=max(ends - time.monotonic(), 0.1), check=False, preexec_fn=_on_its_own if sys.platform == "linux" else None,
            )  # fmt: skip
        except (subprocess.TimeoutExpired, OSError):
            return None
        if done.returncode != _NEW_PROFILE:
            break
    made = source.with_suffix(".docx")  # the exit status says 0 for failures too; the file says it
    return made.read_bytes() if made.is_file() else None


def _registry() -> str:
    items = "".join(
        f'<item oor:path="/{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, name, value in _SETTINGS
    )
    return f'<?xml version="1.0"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">{items}</oor:items>'


@cache
def program() -> str | None:
    """LibreOffice's own binary rather than its starter: one process instead of three. None where it is not installed."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        return None
    binary = Path(found).resolve().with_name("soffice.bin")
    return str(binary) if binary.is_file() else found


def _on_its_own() -> None:
    """Between fork and exec: as much memory as the cage allows at most, and a network namespace with nothing in it. Where the kernel
    refuses that, the cage's own and the profile's settings must do."""
    import resource

    with contextlib.suppress(OSError, ValueError):
        most = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    with contextlib.suppress(OSError):  # its libraries lie beside it and are not found by a process of two users
        os.setreuid(os.geteuid(), os.geteuid())
    with contextlib.suppress(OSError, AttributeError):
        unshare = ctypes.CDLL(None, use_errno=True).unshare
        unshare(_NEWNET if os.geteuid() == 0 else _NEWNET | _NEWUSER)
