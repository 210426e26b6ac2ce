"""The cage with real children: hostile files cost only themselves, and nothing is left behind."""

import base64
import io
import os
import shutil
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from mailbot.adapters.cage.opening import read_here
from mailbot.adapters.cage.parent import Cage
from mailbot.adapters.codec import BadAnswer, from_json, to_json
from mailbot.domain.documents import Document, Paragraph, Table
from mailbot.domain.forms import FormType
from mailbot.domain.mail import Attachment, Envelope, Message
from tests.adapters.handmade import rar5
from tests.servers.real import missing

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the limits are those of POSIX")


def mail(*files: tuple[str, bytes]) -> bytes:
    out = b"From: a@b.cn\r\nSubject: s\r\nMessage-ID: <1@b.cn>\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nwords\r\n"
    for name, content in files:
        out += (
            f'--B\r\nContent-Type: application/x; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'.encode()
            + base64.encodebytes(content)
        )
    return out + b"--B--\r\n"


def stored(folder: Path, raw: bytes) -> Path:
    path = folder / "m.eml"
    path.write_bytes(raw)
    return path


def far_cell() -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "头", "尾"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def memory_eater() -> bytes:
    """A hundred million marks to remember: pdfium dies of it under the memory limit."""
    import zlib

    body = zlib.compress(b"q " * 100_000_000, 9)
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Contents 4 0 R>>endobj\n4 0 obj<</Length "
        + str(len(body)).encode() + b"/Filter/FlateDecode>>stream\n" + body + b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n"
    )  # fmt: skip


def children() -> set[int]:
    """Process ids of our own children, by /proc."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            found.add(int(entry.parent.name))
    return found


def began(process: int) -> str:
    """When a process was started, in ticks of the machine; "" of one that has ended and is not waited for."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]


def test_message_is_the_same_as_without_the_cage(tmp_path: Path) -> None:
    raw = mail(("a.txt", "甲\n乙".encode()), ("far.xlsx", far_cell()), ("leer.docx", b""))
    with Cage() as cage:
        message, _ = cage.read_mail(stored(tmp_path, raw))
    assert message == read_here(raw)
    assert [a.document.trouble for a in message.attachments] == [None, None, "empty-file"]
    assert message.attachments[0].document.text == "甲\n乙"


def test_file_that_kills_its_reader_costs_only_itself(tmp_path: Path) -> None:
    raw = mail(("1.txt", b"one"), ("bomb.pdf", memory_eater()), ("2.txt", b"two"))
    with Cage() as cage:
        message, _ = cage.read_mail(stored(tmp_path, raw))
    one, bomb, two = (a.document for a in message.attachments)
    assert (one.text, two.text) == ("one", "two")
    assert bomb.trouble == "corrupt"
    assert "died" in bomb.detail


def descendants() -> set[int]:
    """Our children and theirs: a reader is the child of its keeper."""
    found, new = set[int](), children()
    while new:
        found |= new
        new = {int(pid) for parent in new for path in Path(f"/proc/{parent}/task").glob("*/children") for pid in path.read_text().split()} - found
    return found


def read_with_a_hang(cage: Cage, raw: Path) -> Message:
    """The mail, its first file read by a child that stands still: what runs away for ever cannot be had as a file, since
    how long one takes is a matter of the machine."""
    before = descendants()

    def stops_the_child(_: Envelope) -> tuple[FormType, ...]:  # asked for after the mail was opened, before its first file
        for child in descendants() - before:
            os.kill(child, signal.SIGSTOP)
        return ()

    return cage.read_mail(raw, stops_the_child)[0]


def test_file_whose_reader_hung_once_is_read_by_the_next_one(tmp_path: Path) -> None:
    with Cage(seconds=4) as cage:
        message = read_with_a_hang(cage, stored(tmp_path, mail(("1.txt", b"one"), ("2.txt", b"two"))))
    assert [a.document.text for a in message.attachments] == ["one", "two"]


def test_rest_of_a_mail_that_takes_too_long_is_left_unread(tmp_path: Path) -> None:
    with Cage(mail_seconds=0) as cage:
        (file,) = cage.read_mail(stored(tmp_path, mail(("1.txt", b"one"))))[0].attachments
    assert file.document.detail == "not read: the mail took too long"


def test_killed_child_is_replaced_and_the_mail_is_read(tmp_path: Path) -> None:
    path = stored(tmp_path, mail(("1.txt", b"one")))
    before = children()
    with Cage() as cage:
        first, _ = cage.read_mail(path)
        (child,) = children() - before
        born = began(child)
        os.kill(child, signal.SIGKILL)
        assert cage.read_mail(path)[0] == first
        assert child not in children() or began(child) != born  # the number of a process may be given again


def test_mail_of_which_not_even_the_header_can_be_read_is_one_of_nobody(tmp_path: Path) -> None:
    with Cage(memory=20_000_000) as cage:  # not enough for any child to work with
        message, _ = cage.read_mail(stored(tmp_path, mail(("1.txt", b"one"))))
    assert message.trouble.startswith("not parsed: ")
    assert message == Message(Envelope(), trouble=message.trouble)


def test_mail_that_cannot_be_opened_keeps_its_envelope(tmp_path: Path) -> None:
    page = b"Content-Type: text/html; charset=utf-8\r\n\r\n" + (b"<p>" + "清单".encode() * 30 + b"</p>\r\n") * 25_000
    with Cage(memory=60_000_000) as cage:  # enough for a header, not for such a page
        message, _ = cage.read_mail(stored(tmp_path, b"From: a@b.cn\r\nSubject: s\r\nMessage-ID: <1@b.cn>\r\n" + page))
    assert message.trouble.startswith("not parsed: ")
    assert (message.envelope.sender, message.envelope.subject, message.envelope.message_id) == ("a@b.cn", "s", "<1@b.cn>")
    assert message.attachments == ()


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    before, open_files = children(), len(list(Path("/proc/self/fd").iterdir()))
    with Cage(seconds=4) as cage:
        read_with_a_hang(cage, stored(tmp_path, mail(("1.txt", b"one"), ("2.txt", b"two"))))
        assert not [file for folder in scratch.glob("*/*") for file in folder.iterdir()]
    assert list(scratch.iterdir()) == []
    assert children() == before
    assert len(list(Path("/proc/self/fd").iterdir())) == open_files


def test_child_knows_no_secret_of_its_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILBOT_PASSWORD", "canary")
    before = children()
    with Cage() as cage:
        cage.read_mail(stored(tmp_path, mail()))
        (child,) = children() - before
        assert b"canary" not in Path(f"/proc/{child}/environ").read_bytes()
        assert "Max core file size        0" in Path(f"/proc/{child}/limits").read_text()


def test_outside_tool_works_under_the_limits_of_the_cage(tmp_path: Path) -> None:
    if shutil.which("bsdtar") is None:
        missing("bsdtar is not installed")
    with Cage() as cage:
        (file,) = cage.read_mail(stored(tmp_path, mail(("a.rar", rar5(("清单.txt", "甲".encode()))))))[0].attachments
    assert (file.path, file.document.text) == ("a.rar/清单.txt", "甲")


def test_many_threads_share_a_cage(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    path = stored(tmp_path, mail(("1.txt", b"one")))
    with Cage(workers=2) as cage, ThreadPoolExecutor(4) as pool:
        messages = [message for message, _ in pool.map(cage.read_mail, [path] * 8)]
    assert all(m == messages[0] and m.attachments[0].document.text == "one" for m in messages)


def test_missing_file_is_our_trouble_not_theirs(tmp_path: Path) -> None:
    with Cage() as cage, pytest.raises(FileNotFoundError):
        cage.read_mail(tmp_path / "none.eml")


SAMPLE = Message(
    Envelope("<1@x>", "月报", "a@b.cn", "甲", ("c@d.cn",), datetime(2024, 7, 1, tzinfo=UTC), None, {"from": ("a", "b")}),
    attachments=(
        Attachment("a/b.docx", "b.docx", "0" * 64, 3, Document("word", (Paragraph("一", 1), Table((("甲", "乙"),), "表")), pixels=(1, 2))),
        Attachment("c", "c", "1" * 64, 0, Document("other", trouble="empty-file")),
    ),
)


def test_message_survives_the_way_through_json() -> None:
    assert from_json(Message, to_json(SAMPLE)) == SAMPLE


def test_characters_that_break_a_database_do_not_come_through() -> None:
    assert to_json(Paragraph("a\0b\ud800c"))["text"] == "abc"


@pytest.mark.parametrize(
    "spoiled",
    [None, [], "x", {"text": 5, "level": 0}, {"text": "a"}, {"text": "a", "level": "1"}, {"text": "a", "level": True}],
    ids=str,
)
def test_answer_of_another_shape_is_refused(spoiled: object) -> None:
    with pytest.raises(BadAnswer):
        from_json(Paragraph, spoiled)


def test_answer_with_an_unknown_code_is_refused() -> None:
    with pytest.raises(BadAnswer):
        from_json(Document, to_json(Document("word")) | {"trouble": "nice"})
