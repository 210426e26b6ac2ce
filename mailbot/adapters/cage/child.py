"""Inside the cage. First come the forms that may be met. Then requests: `open` (raw mail to message and leaf files in the scratch
folder), `head` (its header alone), `read` (leaf file to Documents, recognised and parsed), `look` (the same, and what its pages show).

The limits are set before any library is loaded. What a library prints goes to stderr, so that it never mixes with answers.
"""

import errno
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailbot.adapters.cage.frames import read_frame, write_frame
from mailbot.adapters.cage.opening import Eyes, look_at_leaf, open_head, open_mail, read_leaf, unread
from mailbot.adapters.codec import from_json, to_json
from mailbot.adapters.leaves import Leaf
from mailbot.adapters.limits import Limits
from mailbot.domain.pages import Look

if TYPE_CHECKING:  # a child that reads for nobody's forms stays small
    from mailbot.domain.forms import FormType

_FILE_BYTES = 300_000_000
_OPEN_FILES = 256
_GRACE_SECONDS = 15  # the parent kills first; the alarm is for the case that the parent is gone
_EARLIER = 0.6  # of the time a look may take: then no more words are read, and what was seen is told
_STALE = 0.5  # of the memory limit: a child that grew this far is replaced


# Not the mail's fault: full or read-only disk, no file handles left.
_OUR_TROUBLE = (errno.ENOSPC, errno.EROFS, errno.EMFILE, errno.ENFILE, *((errno.EDQUOT,) if hasattr(errno, "EDQUOT") else ()))


def limit_this_process(memory: int) -> None:
    """Memory, file size, open files, no core dumps. Windows has none of these limits."""
    try:
        import resource
    except ImportError:
        return
    for kind, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, _FILE_BYTES),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (value, value) if hard == resource.RLIM_INFINITY else (min(value, hard), hard))


def main() -> None:
    """Serves requests from stdin, answers on the former stdout."""
    memory = int(sys.argv[1])
    limit_this_process(memory)
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    forms = _forms_of(read_frame(requests) or {})
    born_with = _peak()
    while (request := read_frame(requests)) is not None:
        _alarm(int(request["seconds"]) + _GRACE_SECONDS)
        try:
            answer = _answer(request, forms)
        except Exception as error:  # noqa: BLE001 - the child's one boundary: the parent decides what a failed request means
            answer = {"failed": f"{type(error).__name__}: {error}"[:300]}
            if isinstance(error, OSError) and error.errno in _OUR_TROUBLE:
                answer["ours"] = error.errno
        _alarm(0)
        answer["stale"] = _peak() > max(memory * _STALE, born_with)
        write_frame(answers, answer)


def _alarm(seconds: int) -> None:
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


def _peak() -> int:
    """Bytes at the highest. On Linux a new process starts with its parent's peak, so only what goes beyond it is ours."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _forms_of(frame: dict[str, Any]) -> "dict[str, FormType]":
    if not frame.get("forms"):
        return {}
    from mailbot.domain.forms import FormType

    return {form.id: form for form in from_json(tuple[FormType, ...], frame["forms"])}


def _answer(request: dict[str, Any], forms: "Mapping[str, FormType]") -> dict[str, Any]:
    if request["op"] == "open":
        return _open(Path(request["raw"]), Path(request["scratch"]), from_json(Limits, request["limits"]))
    if request["op"] == "head":
        return {"message": to_json(open_head(Path(request["raw"]), from_json(Limits, request["limits"]), request["trouble"]))}
    if request["op"] == "read":
        return {"parts": to_json(read_leaf(Path(request["leaf"]), request["name"], _among(request, forms), certain=_is_certain(request)))}
    if request["op"] == "look":
        return _look(request, _among(request, forms))
    raise ValueError(f"no such request: {request['op']}")


def _among(request: dict[str, Any], forms: "Mapping[str, FormType]") -> "tuple[FormType, ...]":
    """The forms a file may be; `=id` says which one it is."""
    return tuple(forms[form.removeprefix("=")] for form in request["forms"])


def _is_certain(request: dict[str, Any]) -> bool:
    return any(form.startswith("=") for form in request["forms"])


def _open(raw: Path, scratch: Path, limits: Limits) -> dict[str, Any]:
    message, leaves = open_mail(raw, scratch, limits)
    return {"message": to_json(message), "leaves": [_told(leaf) for leaf in leaves]}


def _look(request: dict[str, Any], among: "tuple[FormType, ...]") -> dict[str, Any]:
    eyes = Eyes(request["reads"], time.monotonic() + request["seconds"] * _EARLIER, request["least_pixels"], Path(request["folder"]), request["draws"])
    known = from_json(Look, request["known"]) if request["known"] else None
    look, parts = look_at_leaf(Path(request["leaf"]), request["name"], among, known, eyes, certain=_is_certain(request))
    return {"look": to_json(look), "parts": to_json(parts)}


def _told(leaf: Leaf) -> dict[str, Any]:
    """What the parent needs to know about a leaf; its bytes lie in the scratch folder as `file`."""
    return {
        "path": leaf.path,
        "name": leaf.name,
        "file": leaf.content.file.name if leaf.content.file else "",
        "sha256": leaf.content.sha256,
        "size": leaf.content.size,
        "inline": leaf.inline,
        "forwarded": leaf.forwarded,
        "document": to_json(unread(leaf)),
    }
