"""Inside the cage. First come the forms that may be met. Then requests: `open` (raw mail to message and leaf files in the scratch
folder), `head` (its header alone), `read` (leaf file to Documents, recognised and parsed), `look` (the same, and what its pages show),
`held` (what the child is kept from), `unloaded` (which readers do not load).

The limits are set and the rest of the machine is given up (confine.py) before any library is loaded. What a library prints goes to
stderr, so that it never mixes with answers.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mailbot
import parsers
from mailbot.adapters.cage import confine
from mailbot.adapters.cage.frames import read_frame, write_frame
from mailbot.adapters.cage.opening import Eyes, look_at_leaf, open_head, open_mail, read_leaf, unread
from mailbot.adapters.codec import from_json, to_json
from mailbot.adapters.leaves import Leaf
from mailbot.adapters.limits import Limits
from mailbot.domain.pages import Look
from parsers.readers.ours import OUR_TROUBLE

if TYPE_CHECKING:  # a child that reads for nobody's forms stays small
    from mailbot.domain.forms import FormType

_OPEN_FILES = 256
_PROCESSES = 64  # threads count too; LibreOffice takes about twenty
_OUTSIDE_MEMORY = 1_100_000_000  # for the programs that are started: LibreOffice wants a gigabyte
_GRACE_SECONDS = 15  # the parent kills first; the alarm is for the case that the parent is gone
_EARLIER = 0.6  # of the time a look may take: then no more words are read, and what was seen is told
_STALE = 0.5  # of the memory limit: a child that grew this far is replaced


def limit_this_process(memory: int, file_bytes: int) -> None:
    """Memory (what it starts may ask for more, up to _OUTSIDE_MEMORY), size of a file, open files, no core dumps. Windows has none of
    these limits."""
    try:
        import resource
    except ImportError:
        return
    for kind, soft, hard in (
        (resource.RLIMIT_AS, memory, max(memory, _OUTSIDE_MEMORY)),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_FSIZE, file_bytes, file_bytes),
        (resource.RLIMIT_NOFILE, _OPEN_FILES, _OPEN_FILES),
    ):
        _limit(kind, soft, hard)


def _limit(kind: int, soft: int, hard: int) -> None:
    import resource

    _, most = resource.getrlimit(kind)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), most if hard == resource.RLIM_INFINITY else min(hard, most)  # no limit is -1
    resource.setrlimit(kind, (soft, hard))


def shut_in(scratch: str) -> dict[str, bool]:
    """Gives up all but the scratch folder; what of it the system granted. On other systems than Linux nothing is. `office`: whether
    LibreOffice can start, which wants a socket in /tmp."""
    if not hasattr(os, "fork"):  # Windows
        return {"files": False, "network": False, "tree": False, "processes": False, "office": True}
    code = tuple(_own_code())
    apart = confine.apart()
    confine.keep_watch()
    covered = apart and confine.cover((scratch, *code))
    if apart:  # in a user namespace of their own processes are counted from one on, else all of the user's would count
        import resource

        _limit(resource.RLIMIT_NPROC, _PROCESSES, _PROCESSES)
    confine.end_by(signal.SIGALRM, signal.SIGXCPU)
    confine.without_privileges()
    files = confine.without_files(scratch, code, local=covered)
    silent = confine.without_sockets(local=covered)
    return {"files": files, "network": silent or apart, "tree": apart, "processes": apart, "office": covered or not (files or silent)}


def _own_code() -> Iterator[str]:
    """Interpreter, libraries and our two packages; not the folder these stand in, where the data of an installation may lie too."""
    yield from (sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parent), sys.pycache_prefix or "")
    yield from (*mailbot.__path__, *parsers.__path__)
    root = Path(mailbot.__path__[0]).parent
    yield from (path for path in sys.path if Path(path) != root or root.name in ("site-packages", "dist-packages"))


def main() -> None:
    """Serves requests from stdin, answers on the former stdout."""
    memory, file_bytes, scratch = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    limit_this_process(memory, file_bytes)
    held = shut_in(scratch)
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    forms = _forms_of(read_frame(requests) or {})
    born_with = _peak()
    while (request := read_frame(requests)) is not None:
        _alarm(int(request["seconds"]) + _GRACE_SECONDS)
        _cpu(int(request["cpu"]))
        try:
            answer: dict[str, Any] = held if request["op"] == "held" else _answer(request, forms)
        except Exception as error:  # noqa: BLE001 - the child's one boundary: the parent decides what a failed request means
            answer = {"failed": f"{type(error).__name__}: {error}"[:300]}
            if isinstance(error, OSError) and error.errno in OUR_TROUBLE:
                answer["ours"] = error.errno
            elif isinstance(error, ImportError):
                answer["unloaded"] = True
        _alarm(0)
        write_frame(answers, answer | {"stale": _peak() > max(memory * _STALE, born_with) or _has_children()})


def _alarm(seconds: int) -> None:
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


def _cpu(seconds: int) -> None:
    """From now on so much time of the processor, by all threads; then the kernel ends the process (SIGXCPU)."""
    try:
        import resource
    except ImportError:
        return
    _limit(resource.RLIMIT_CPU, int(time.process_time()) + seconds, resource.RLIM_INFINITY)


def _has_children() -> bool:
    """Whether something that a file had started is still running. Orphans of orphans become our children (confine.py)."""
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except (ChildProcessError, AttributeError):  # nobody there; Windows has no such question
        return False
    return True


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
    if request["op"] == "unloaded":
        from parsers.readers import unloaded

        return {"readers": unloaded()}
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
