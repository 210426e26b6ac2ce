"""A library of ours that does not load, a full disk: never told to a unit as damage of its file."""

import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from adapters.test_cage import mail, stored

from mailbot.adapters.cage import children as nursery
from mailbot.adapters.cage.parent import Cage
from mailbot.app import doctor
from parsers import readers
from parsers.readers import text

STUBS = Path(__file__).parents[1] / "cage" / "stubs"


def failing(error: BaseException) -> Callable[[bytes], object]:
    def read(_: bytes) -> object:
        raise error

    return read


@pytest.mark.parametrize("error", [ImportError("no such library"), OSError(errno.ENOSPC, "full"), OSError(errno.EMFILE, "too many")], ids=repr)
def test_what_is_no_fault_of_the_file_is_let_through(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "read", failing(error))
    with pytest.raises(type(error)):
        readers.read(b"words")


def test_what_is_in_the_file_is_never_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "read", failing(OSError(errno.EIO, "odd")))
    assert readers.read(b"words").trouble == "corrupt"


@pytest.fixture
def cage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Cage]:
    """A cage on whose machine a library is broken: `request.param` says how it fails, and its name."""
    name = request.param
    stubs = tmp_path / "stubs"
    stubs.mkdir()
    if name:
        kind, name = name.split()
        (stubs / f"{name}.py").write_text(f"raise {kind}('libxyz.so.5: cannot open shared object file')\n")
    (stubs / "sitecustomize.py").write_text("")
    monkeypatch.setattr(nursery, "_CODE", os.pathsep.join((str(stubs), nursery._ROOT)))
    with Cage(seconds=20, mail_seconds=60, scratch=tmp_path / "scratch") as cage:
        yield cage


@pytest.mark.skipif(sys.platform != "linux", reason="a stub stands before the libraries on POSIX")
@pytest.mark.parametrize("cage", ["ImportError pypdfium2", "OSError pypdfium2"], indirect=True)  # the latter by ctypes
def test_a_library_that_does_not_load_leaves_the_mail_for_later(cage: Cage, tmp_path: Path) -> None:
    assert set(cage.unloaded()) == {"pypdfium2", "pypdfium2.raw"}
    with pytest.raises(OSError, match="pypdfium2"):
        cage.read_mail(stored(tmp_path, mail(("1.pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"))))
    message, _ = cage.read_mail(stored(tmp_path, mail(("1.txt", b"one"))))
    assert [a.document.text for a in message.attachments] == ["one"], "who needs it not is served"


@pytest.mark.skipif(sys.platform != "linux", reason="a stub stands before the libraries on POSIX")
@pytest.mark.parametrize("cage", [""], indirect=True)
def test_a_file_that_makes_a_sound_library_speak_of_imports_is_only_itself_unread(cage: Cage, tmp_path: Path) -> None:
    """Else one mail could keep all others out for ever."""
    shutil.copy(STUBS / "sitecustomize.py", tmp_path / "stubs" / "sitecustomize.py")
    message, _ = cage.read_mail(stored(tmp_path, mail(("stub.txt", b"stub: misses"), ("2.txt", b"two"))))
    assert [(a.document.trouble, a.document.text) for a in message.attachments] == [("corrupt", ""), (None, "two")]


def test_all_readers_load_and_doctor_says_so() -> None:
    assert readers.unloaded() == {}
    assert doctor._readers({}).ok
    told = doctor._readers({"pdf": "ImportError: libxyz"})
    assert not told.ok and "pdf（ImportError: libxyz）" in told.sentence


def test_every_library_that_a_reader_loads_late_is_tried() -> None:
    """The sources say what they import within functions."""
    import ast

    own = Path(readers.__file__).parent
    late = {
        name.split(".")[0]
        for file in own.glob("*.py") for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Import | ast.ImportFrom) and node.col_offset
        for name in ([a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    }  # fmt: skip
    ours = {"parsers", "mailbot", "pillow_heif"}  # without the last HEIC pictures are of an unknown kind
    assert {name for name in late if name not in sys.stdlib_module_names} - ours <= {name.split(".")[0] for name in readers._LIBRARIES}
