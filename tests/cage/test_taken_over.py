"""A reader that was taken over, or that its file ends (stubs/sitecustomize.py): each costs its own file and nothing else.

The stub stands in the place of the reader of texts, inside a real child with all its limits. As root too: CI runs as root.
"""

import os
import shutil
import socket
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from adapters.test_cage import children, mail, stored
from mail.papers import page
from servers.real import missing

from mailbot.adapters.cage import children as nursery
from mailbot.adapters.cage import parent
from mailbot.adapters.cage.looks import Looks
from mailbot.adapters.cage.parent import Cage, Viewing
from mailbot.app import doctor
from mailbot.domain.documents import Document
from mailbot.domain.mail import Message
from mailbot.domain.pages import Look

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is held here only Linux holds")
SOAK = bool(os.environ.get("MAILBOT_SOAK"))
STUBS = Path(__file__).with_name("stubs")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """As of an installation: an archive, a ledger, a secret."""
    for name in ("archive/aa.eml", "mailbot.db", "secrets.env"):
        (tmp_path / "home" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "home" / name).write_text("canary")
    return tmp_path / "home"


@pytest.fixture
def cage(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cage]:
    """A cage whose children have the stub. Afterwards nothing is left: no child, no open file, no scratch."""
    monkeypatch.setattr(nursery, "_CODE", f"{STUBS}{os.pathsep}{nursery._ROOT}")
    before, files, threads = children(), open_files(), threading.active_count()
    with Cage(seconds=4, cpu=1, mail_seconds=12, scratch=home / "scratch") as cage:
        yield cage
        assert not [path for place in (home / "scratch").glob("cage-*/*") for path in place.iterdir()], "left between two mails"
    assert list((home / "scratch").iterdir()) == []
    assert children() == before
    assert open_files() == files
    assert threading.active_count() == threads


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def tried(cage: Cage, folder: Path, stub: str) -> Document:
    """What came of the stub's file; the files beside it, and the mails before and after, are read as ever."""
    good = mail(("1.txt", "甲".encode()))
    assert texts(cage.read_mail(stored(folder, good))[0]) == ["甲"]
    message, _ = cage.read_mail(stored(folder, mail(("1.txt", b"one"), ("stub.txt", f"stub: {stub}".encode()), ("2.txt", b"two"))))
    assert texts(message)[::2] == ["one", "two"]
    assert texts(cage.read_mail(stored(folder, good))[0]) == ["甲"]
    return message.attachments[1].document


def texts(message: Message) -> list[str]:
    return [file.document.text for file in message.attachments]


@pytest.mark.parametrize(
    ("stub", "detail", "runs_out"),
    [
        ("raises", "RuntimeError: stub", False),
        ("crashes", "died with exit code 139", False),  # 128 and SIGSEGV
        ("eats", "MemoryError", False),
        *((("turns", "died with exit code 24", True),) if SOAK else ()),
        ("turns_in_c", "died with exit code 24", True),  # SIGXCPU
        ("sleeps", "no answer within", True),
        ("fills", "File too large", False),
    ],
)
@pytest.mark.shows("P10", "P11", "F34")
def test_a_file_that_ends_its_reader_costs_itself_alone(
    cage: Cage, tmp_path: Path, stub: str, detail: str, runs_out: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if runs_out and not SOAK:
        monkeypatch.setattr(parent, "_TRIES", 1)  # that there are three is shown below
    began = time.monotonic()
    document = tried(cage, tmp_path, stub)
    assert document.trouble == "corrupt"
    assert detail in document.detail
    assert time.monotonic() - began < (30 if runs_out else 10)


@pytest.mark.shows("P10", "F34")
def test_a_file_that_fails_is_tried_three_times(cage: Cage, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tried(cage, tmp_path, "crashes")
    assert [record.getMessage().partition("try=")[2][:1] for record in caplog.records if "not read" in record.getMessage()] == ["1", "2", "3"]


@pytest.mark.shows("P11", "F34")
def test_a_fork_bomb_runs_against_its_own_limit(cage: Cage, tmp_path: Path) -> None:
    made = int(tried(cage, tmp_path, "forks 300").text.removeprefix("made "))
    assert 0 < made < 64


@pytest.mark.shows("F35")
def test_a_daemon_ends_with_the_request_that_started_it(cage: Cage, tmp_path: Path) -> None:
    mark = str(uuid.uuid4().int % 10**12)
    assert tried(cage, tmp_path, f"leaves {mark}").text == "left"
    running = [entry for entry in Path("/proc").glob("[0-9]*/cmdline") if mark.encode() in _read(entry)]
    assert running == []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.shows("F35")
def test_what_a_reader_leaves_in_scratch_is_gone_after_its_mail(cage: Cage, tmp_path: Path) -> None:
    assert tried(cage, tmp_path, "litters").text == "littered"  # the fixture looks


@pytest.mark.shows("P11")
def test_a_reader_reaches_no_listener(cage: Cage, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix, socket.socket(type=socket.SOCK_DGRAM) as udp:
        port = tcp.getsockname()[1]
        udp.bind(("127.0.0.1", port))
        unix.bind(str(path))
        unix.listen()
        said = tried(cage, tmp_path, f"calls {port} {path}").text
        for listener in (tcp, unix, udp):
            listener.setblocking(False)
            with pytest.raises(BlockingIOError):
                listener.recv(1) if listener is udp else listener.accept()
    assert "through" not in said


@pytest.mark.shows("P11")
def test_a_reader_sees_its_mail_and_nothing_else_of_the_house(cage: Cage, home: Path, tmp_path: Path) -> None:
    files = (home / "secrets.env", home / "mailbot.db", home / "archive" / "aa.eml", tmp_path / "m.eml", f"/proc/{os.getpid()}/environ")
    wanted = (home, home / "archive", Path.home(), *files)
    said = tried(cage, tmp_path, "spies " + "|".join(map(str, wanted))).text.splitlines()
    assert len(said) == len(wanted)
    # where the test itself lives in /tmp, which is the reader's own, the way to its scratch is there and nothing beside it
    assert set(said) <= {"PermissionError", "FileNotFoundError", "read ['scratch']"}


@pytest.mark.shows("P11")
def test_a_reader_sees_no_scratch_but_its_own(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nursery, "_CODE", f"{STUBS}{os.pathsep}{nursery._ROOT}")
    neighbour = home / "scratch" / "cage-other" / "0"
    neighbour.mkdir(parents=True)
    (neighbour / "1").write_text("canary")
    with Cage(scratch=home / "scratch") as cage:
        said = tried(cage, tmp_path, f"spies {neighbour}|{neighbour}/1|{home}/scratch").text.splitlines()
    assert set(said[:2]) <= {"PermissionError", "FileNotFoundError"} and "cage-other" not in said[2]


@pytest.mark.shows("P11")
def test_a_reader_writes_nowhere_but_into_its_scratch(cage: Cage, home: Path, tmp_path: Path) -> None:
    folders = (home, home / "archive", tmp_path, "/tmp", "/var/tmp", "/dev/shm", Path.home(), nursery._ROOT, STUBS)
    name = f"stub-{uuid.uuid4()}"
    said = tried(cage, tmp_path, "|".join((f"writes {name}", *map(str, folders), "."))).text.splitlines()
    written = [file for folder in folders if (file := Path(folder, name)).exists()]
    for file in written:  # a reader that was broken on purpose leaves nothing for the next run
        file.unlink()
    assert said[-1] == "written" and set(said[:-1]) <= {"PermissionError", "FileNotFoundError"}
    assert written == []


@pytest.mark.shows("P11")
def test_a_reader_can_signal_nobody_outside(cage: Cage, tmp_path: Path) -> None:
    assert tried(cage, tmp_path, f"kills {os.getpid()}").text in ("ProcessLookupError", "PermissionError")


@pytest.mark.parametrize(
    "answer",
    ["deep", "many", '{"parts":[]}', '{"parts":NaN}', *(("no json", "[1]", '{"parts":[{"document":1}]}', '{"parts":"x"}') if SOAK else ())],
    ids=str,
)
@pytest.mark.shows("P11", "F34")
def test_an_answer_of_another_shape_is_a_file_that_was_not_read(cage: Cage, tmp_path: Path, answer: str) -> None:
    document = tried(cage, tmp_path, f"lies {answer}")
    assert document.trouble == "corrupt" and document.text == ""


@pytest.mark.shows("P11")
def test_libreoffice_works_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("soffice") is None:
        missing("LibreOffice is not installed")
    monkeypatch.setattr(nursery, "_CODE", f"{STUBS}{os.pathsep}{nursery._ROOT}")
    old_word = (Path(__file__).parent.parent / "golden" / "formats" / "odd.doc").read_bytes()
    with Cage(scratch=tmp_path / "scratch") as cage:
        message, _ = cage.read_mail(stored(tmp_path, mail(("odd.doc", old_word), ("stub.txt", b"stub: converts 1"))))
    own, by_office = texts(message)
    assert "一、工作亮点" in own and "一、工作亮点" in by_office


@pytest.mark.shows("P11")
def test_without_user_namespaces_it_is_said_that_libreoffice_cannot_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("soffice") is None:
        missing("LibreOffice is not installed")
    monkeypatch.setattr(nursery, "_CODE", f"{STUBS.with_name('no_namespaces')}{os.pathsep}{nursery._ROOT}")
    old_word = (Path(__file__).parent.parent / "golden" / "formats" / "odd.doc").read_bytes()
    with Cage(scratch=tmp_path / "scratch") as cage:
        held = cage.held()
        message, _ = cage.read_mail(stored(tmp_path, mail(("odd.doc", old_word), ("stub.txt", b"stub: converts 1"))))
    assert held["office"] == ("一、工作亮点" in texts(message)[1]) and not held["tree"]
    words = [check.sentence for check in doctor._tools({"LibreOffice": True}, held)]
    assert ("启动不了" in words[0]) == (not held["office"])


@pytest.mark.shows("P11")
def test_what_was_seen_on_another_file_is_neither_shown_nor_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child's word is not enough for what is looked up and kept under a hash."""
    monkeypatch.setattr(nursery, "_CODE", f"{STUBS.with_name('false_hash')}{os.pathsep}{nursery._ROOT}")
    looks, another = Looks(tmp_path / "looks"), "0" * 64
    looks.keep(another, Look((), "ocr"), tmp_path)
    with Cage(scratch=tmp_path / "scratch", viewing=Viewing(looks, reads=False)) as cage:
        message, _ = cage.read_mail(stored(tmp_path, mail(("page.png", page()))))
    assert message.attachments[0].document.look == Look((), "failed")
    assert looks.get(another) == Look((), "ocr") and [p.name for p in looks.folder(another).iterdir()] == ["look.json"]
