"""A mail is read in pieces: whatever a piece cuts in two, the answer is the same, and no mail is ever held in memory."""

import os
import sys
import time
from base64 import encodebytes
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.adapters.cage.parent import Cage
from mailbot.adapters.mime import identity, scan, transfer
from mailbot.adapters.mime.envelope import normalised, read_header
from mailbot.adapters.mime.identity import content_key
from mailbot.adapters.mime.words import unfold
from tests.adapters.mails import HEAD, files, opened, structure_of
from tests.adapters.test_mime import BODIES, ODD, ROWS, TOO_COSTLY, mail
from tests.adapters.test_mime_parts import ENCODED, FORWARDS, NAMED, TEXT, parts

_REFERENCE_FIELDS = ("from", "to", "date", "subject")


def key_of_the_whole(raw: bytes) -> str:
    """The content key by its definition, over all bytes at once."""
    whole = normalised(raw)
    head, _, body = (b"", b"", whole[1:]) if whole.startswith(b"\n") else whole.partition(b"\n\n")  # an empty line first: no header
    digest = sha256()
    for name in _REFERENCE_FIELDS:
        for value in read_header(head).all(name):
            digest.update(name.encode() + b":" + unfold(value) + b"\0")
    digest.update(body.rstrip())
    return digest.hexdigest()


_SHARDS = st.sampled_from([b"\r", b"\n", b"\r\n", b" ", b"\t", b"x", b"From: a@b.cn", b"to :", b"SUBJECT:", b"\0", b"Date", b":", b"\x0b"])


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1_000])
@settings(max_examples=60, deadline=None)
@given(shards=st.lists(_SHARDS, max_size=40))
def test_content_key_is_that_of_the_whole_mail(tmp_path_factory: pytest.TempPathFactory, piece: int, shards: list[bytes]) -> None:
    path = tmp_path_factory.mktemp("key") / "mail"
    path.write_bytes(b"".join(shards))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "PIECE", piece)
        assert content_key(path) == key_of_the_whole(b"".join(shards))


MAILS = {
    **{f"row: {case}": mail(subject, disposition, kind) for case, (subject, disposition, kind, _, _) in list(ROWS.items())[::4]},
    **{f"odd: {case}": raw for case, raw in ODD.items() if len(raw) < 10_000},
    **{f"encoded: {case}": parts(TEXT, NAMED + part) for case, part in ENCODED.items()},
    **{f"forwarded: {case}": parts(TEXT, part) for case, part in FORWARDS.items()},
    **{f"body: {case}": HEAD + b"Content-Type: " + kind + b"\r\n\r\n" + body for case, (kind, body, _) in BODIES.items()},
    "lines of dashes": HEAD + b"Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\n--\r\n---B\r\n- -B\r\nx --B\r\n--BB\r\n--B \t\r\n\r\ny\r\n--B--\r\n",
    "line ends of three kinds": HEAD + b"Content-Type: multipart/mixed; boundary=B\r\n\r--B\n\rone\r\r--B\r\n\ntwo\n--B--",
}


@pytest.mark.parametrize("case", MAILS)
def test_pieces_cut_anywhere_give_the_same_mail(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = opened(MAILS[case]), files(MAILS[case])
    for piece in (1, 5, 64):
        for module in (identity, scan, transfer):
            monkeypatch.setattr(module, "PIECE", piece)
        assert (opened(MAILS[case]), files(MAILS[case])) == whole


@pytest.mark.parametrize("case", [*TOO_COSTLY, *ODD])
def test_hostile_mail_costs_less_than_two_seconds(case: str) -> None:
    started = time.process_time()
    structure_of((TOO_COSTLY | ODD)[case])
    assert time.process_time() - started < 2


def attached(size: int, count: int) -> bytes:
    noise = os.urandom(3_000_000)
    content = encodebytes((noise * (size // len(noise) + 1))[:size]).replace(b"\n", b"\r\n")
    part = b"Content-Type: application/octet-stream; name=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n" + content
    return parts(TEXT, *(part for _ in range(count)))


def one_text() -> bytes:
    line = "南明乡市场监管所二季度隐患排查治理情况报告如下，请审阅。\r\n".encode("gbk")
    return HEAD + b"Content-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + line * (50_000_000 // len(line))


LARGE: dict[str, tuple[Callable[[], bytes], list[tuple[int, str | None]]]] = {
    "one file of 37 MB": (lambda: attached(37_000_000, 1), [(37_000_000, "too-large")]),
    "three files of 12 MB": (lambda: attached(12_000_000, 3), [(12_000_000, "unsupported")] * 3),
    "one text of 50 MB": (one_text, []),
}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is read from /proc")
@pytest.mark.parametrize("case", LARGE)
def test_mail_of_fifty_megabytes_takes_less_than_96(case: str, tmp_path: Path) -> None:
    make, expected = LARGE[case]
    path = tmp_path / "mail"
    path.write_bytes(make())
    before = _children()
    with Cage() as cage:
        message, _ = cage.read_mail(path)
        (child,) = _children() - before
        status = Path(f"/proc/{child}/status").read_text()
    assert [(file.size, file.document.trouble) for file in message.attachments] == expected
    assert message.text != ""
    peak = int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) * 1024
    assert peak < 96_000_000


def _children() -> set[int]:
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            found.add(int(entry.parent.name))
    return found
