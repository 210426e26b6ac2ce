"""Word 97-2003 files (doc, and wps as WPS Office writes it), by our own reader and by LibreOffice where it is installed."""

import contextlib
import shutil
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mailbot.domain.documents import Document, Paragraph, Table
from parsers.readers import doc, office, read
from tests import ole
from tests.golden.odd import PORT

FORMATS = Path(__file__).parent.parent / "golden" / "formats"
ODD = (FORMATS / "odd.doc").read_bytes()


@pytest.fixture
def libreoffice() -> None:
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed here")


@pytest.fixture(autouse=True)
def no_office(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """LibreOffice is out of reach but for the tests that are about it."""
    if "libreoffice" not in request.fixturenames:
        monkeypatch.setenv("PATH", "")
        office.program.cache_clear()
        request.addfinalizer(office.program.cache_clear)


def words(content: bytes) -> list[str]:
    found = read(content, "报告.doc")
    assert found.trouble is None, found.detail
    return found.text.split("\n")


def test_every_table_paragraph_and_heading_stands_as_in_the_docx_it_was_made_from() -> None:
    made, source = read(ODD), read((FORMATS / "odd.docx").read_bytes())
    assert made.tables == source.tables
    boxes = ("文本框里的字", "最后一段")  # a text box stands behind its paragraph in docx, at the end in doc
    assert [p for p in made.paragraphs if p.text not in boxes] == [p for p in source.paragraphs if p.text not in boxes]
    assert {p.text for p in made.paragraphs} == {p.text for p in source.paragraphs}


@pytest.mark.parametrize(
    "wanted",
    [
        Paragraph("一、工作亮点", 1), Paragraph("（一）小标题", 2), Paragraph("留下插入完"), Paragraph("页 甲乙 年"), Paragraph("二、自动编号二"),
        Paragraph("（1）子项再起"), Paragraph("2.3孙项"), Paragraph("圆点"), Paragraph("文本框里的字"), Paragraph("结尾😀𠮷"),
        Table((("合并一行",) * 4, ("竖并", "方块", "方块", "13"), ("竖并", "方块", "方块", "23"), ("30", "", "32", "两段\n第二段"))),
        Table((("外", "内后"), ("", "末"))), Table((("内1", "内2"),)),
    ],
)  # fmt: skip
def test_what_a_person_sees_is_read(wanted: Paragraph | Table) -> None:
    assert wanted in read(ODD).blocks


@pytest.mark.parametrize("unseen", ["隐藏", "删去", "HYPERLINK", "页眉不算"])
def test_what_nobody_sees_is_not_read(unseen: str) -> None:
    assert unseen not in read(ODD).text


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("填报单位：东明所".encode("gbk"), 0x0804, "填报单位：东明所"),
        (b"\x93quoted\x94 A", 0x0804, "“quoted” A"),  # as Word 97 packs quotation marks among Latin letters
        (b"caf\xe9", 0x0409, "café"),
    ],
)
def test_eight_bit_text_is_read_as_chinese_or_latin_by_its_bytes(text: bytes, language: int, wanted: str) -> None:
    assert words(ole.word(text + b"\r", width=1, language=language)) == [wanted]


def test_chinese_text_without_any_formatting_is_read() -> None:
    assert words(ole.word("第一段\r第二\x0b行\x1e-\x1f\r\x01\r".encode("utf-16-le"))) == ["第一段", "第二", "行--"]


def test_a_word_file_of_a_picture_alone_is_a_scan() -> None:
    found = read(ole.word("\x01\r".encode("utf-16-le")))
    assert (found.scanned, found.pictures, found.trouble) == (True, 1, None)


def test_word_95_gives_its_words() -> None:
    assert words(ole.word_6("案件月报\r药品\x073\x07\x07完\r".encode("gbk"))) == ["案件月报", "药品\t3", "完"]


def test_a_password_a_damage_and_an_unknown_edition_are_three_things() -> None:
    assert read(ole.word(b"x\r", width=1, flags=0x1100)).trouble == "encrypted"
    assert read(ole.word("短".encode("utf-16-le"), characters=9_000)).trouble == "corrupt"
    assert read(ole.word_6(b"fast", flags=0x0004)).trouble == "unsupported"
    assert read(ole.file({"WordDocument": b"\xec\xa5\xc1\0"})).trouble == "corrupt"  # without its table stream
    assert read(ODD[: len(ODD) // 2]).trouble == "corrupt"


def test_a_file_that_says_it_has_a_billion_characters_is_not_believed() -> None:
    body = bytearray(ole.word("字\r".encode("utf-16-le")))
    at = body.index(struct.pack("<II", 0, 2))
    body[at : at + 8] = struct.pack("<II", 0, 1_000_000_000)
    assert read(bytes(body)).trouble == "corrupt"


def test_properties_that_point_at_themselves_end() -> None:
    huge = struct.pack("<HI", 0x6646, 0)
    from parsers.readers.doc_file import Mark, WordFile

    file = WordFile(bytes(512), b"", struct.pack("<H", len(huge)) + huge)
    assert file.applied(Mark(style=7), huge) == Mark(style=7)


@pytest.mark.usefixtures("libreoffice")
@pytest.mark.parametrize("form", ["risk-list", "typical-case", "work-summary-yongan", "liaison"])
def test_libreoffice_reads_the_same_as_our_own_reader(form: str) -> None:
    content = (FORMATS / f"{form}.doc").read_bytes()
    assert office.convert(content, "doc") == read(content)


@pytest.mark.usefixtures("libreoffice")
def test_libreoffice_is_asked_where_our_reader_is_not_sure() -> None:
    told: list[bytes] = []

    def unsure(content: bytes) -> tuple[Document, str]:
        told.append(content)
        return Document("word", (Paragraph("not sure"),)), "fast-saved"

    content = (FORMATS / "liaison.doc").read_bytes()
    assert office.unless_sure(content, "doc", unsure).tables[0].rows[0][-1] == "八仙筒市场监管所"
    assert told == [content]


@pytest.mark.usefixtures("libreoffice")
@pytest.mark.parametrize("content", [b"", ole.file({"WordDocument": b"\xec\xa5\xc1\0"})])
def test_libreoffice_makes_no_text_of_garbage(content: bytes) -> None:
    assert office.convert(content, "doc") is None


@contextmanager
def server() -> Iterator[tuple[str, list[object]]]:
    """A server on loopback that hangs up at once: (its port, the addresses of those who called)."""
    calls: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def take() -> None:
            with contextlib.suppress(OSError):
                while True:
                    caller, address = listening.accept()
                    calls.append(address)
                    caller.close()

        threading.Thread(target=take, daemon=True).start()
        yield str(listening.getsockname()[1]), calls


# What keeps LibreOffice from the network: all of it, its settings alone where the kernel gives no namespace, and none of it,
# which shows that this file does call.
@pytest.mark.shows("A46", "A67", "P11")
@pytest.mark.parametrize(("walls", "called"), [("all", False), ("settings", False), ("none", True)])
@pytest.mark.usefixtures("libreoffice")
def test_a_picture_on_a_server_is_not_fetched(walls: str, called: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if walls != "all":
        monkeypatch.setattr(office, "_on_its_own", lambda: None)
    if walls == "none":
        monkeypatch.setattr(office, "_SETTINGS", ())
    with server() as (port, calls):
        content = (FORMATS / "linked.doc").read_bytes()
        assert content.count(PORT.encode("utf-16-le")) == 1 and len(port) == len(PORT)
        for coding in ("ascii", "utf-16-le"):
            content = content.replace(PORT.encode(coding), port.encode(coding))
        found = office.convert(content, "doc")
        assert found is not None and found.text == "before\nafter"
        assert bool(calls) == called


def test_without_libreoffice_a_doubtful_file_is_read_as_far_as_it_goes() -> None:
    assert office.convert(ODD, "doc") is None
    doubtful = doc._read(ole.word("字\r".encode("utf-16-le"), flags=0x1004))
    assert doubtful[1] == "fast-saved"
    assert words(ole.word("字\r".encode("utf-16-le"), flags=0x1004)) == ["字"]
