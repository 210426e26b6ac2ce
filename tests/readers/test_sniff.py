"""What a file is is told by what stands where its format says, not by words that happen to be in it."""

import io
import struct
import zipfile

import pytest
from PIL import Image

from parsers.readers import read
from parsers.readers.sniff import sniff
from tests import ole


def test_words_inside_a_file_are_no_streams() -> None:
    spoken = "WordDocument EncryptedPackage Workbook".encode("utf-16-le")
    assert sniff(ole.file({"Workbook": spoken})) == "ole-sheet"
    assert sniff(ole.file({"Contents": spoken})) == "ole"


def test_a_file_longer_than_its_first_fat_sector_is_known() -> None:
    assert sniff(ole.file({"Filler": b"\1" * 300_000, "WordDocument": b"x"})) == "ole-word"


LOOPS = {
    "a chain of sectors that comes back to itself": lambda fat: struct.pack_into("<I", fat, 4 * 8, 8),
    "a chain that leaves the file": lambda fat: struct.pack_into("<I", fat, 4 * 8, 100_000),
}


@pytest.mark.parametrize("case", LOOPS)
def test_a_fat_that_runs_in_circles_is_damage(case: str) -> None:
    content = bytearray(ole.file({"WordDocument": b"x"}))  # sectors 0-7 the stream, 8 the directory, 9 the FAT
    fat = memoryview(content)[10 * 512 :]
    LOOPS[case](fat)
    assert (sniff(bytes(content)), read(bytes(content)).trouble) == ("broken-ole", "corrupt")


def test_a_directory_that_is_its_own_neighbour_is_damage() -> None:
    content = bytearray(ole.file({"WordDocument": b"x"}))
    struct.pack_into("<I", content, 9 * 512 + 128 + 68, 1)
    assert sniff(bytes(content)) == "broken-ole"


@pytest.mark.parametrize(("place", "value"), [(44, 0xFFFFFF), (30, 40), (30, 0)])
def test_a_header_that_lies_is_damage(place: int, value: int) -> None:
    content = bytearray(ole.file({"WordDocument": b"x"}))
    struct.pack_into("<I" if place != 30 else "<H", content, place, value)
    assert sniff(bytes(content)) == "broken-ole"


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (9, 9), "red").save(out, kind)
    return out.getvalue()


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a.txt", b"x")
    return out.getvalue()


def office() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in ("[Content_Types].xml", "word/document.xml", "word/styles.xml"):
            made.writestr(name, b"<x/>")
    return out.getvalue()


def test_cut_off_office_file_is_one_and_a_cut_off_zip_around_it_is_not() -> None:
    around = io.BytesIO()
    with zipfile.ZipFile(around, "w") as made:
        made.writestr("a.docx", office())
        made.writestr("b.txt", b"x" * 99)
    cut = around.getvalue()[: len(office()) + 90]
    assert zipfile.ZipFile(io.BytesIO(cut)).namelist()[1] == "word/document.xml"
    assert (sniff(office()[:-30]), sniff(cut), sniff(cut[:300])) == ("docx", "broken-zip", "broken-zip")


POLYGLOTS = {
    "a PDF with a zip behind it": (b"%PDF-1.4\n%%EOF\n" + archive(), "pdf"),
    "a picture with a zip behind it": (picture("GIF") + archive(), "gif"),
    "a picture that speaks of PDF": (picture("JPEG")[:2] + b"\xff\xfe\0\x0c%PDF-1.4\0\0" + picture("JPEG")[2:], "jpg"),
    "a picture that speaks HTML": (picture("GIF") + b"<html><script>x</script></html>", "gif"),
    "a PDF behind some junk": (b"\0junk\n%PDF-1.4\n", "pdf"),
    "a mail that speaks of PDF": (b"From: a@b.cn\r\nTo: x\r\nSubject: s\r\n\r\n%PDF-1.4", "mail"),
    "a text that speaks of %PDF-": (b"how to write %PDF-headers", "text"),
}


@pytest.mark.parametrize("case", POLYGLOTS)
def test_a_file_of_two_formats_is_what_its_first_bytes_say(case: str) -> None:
    content, wanted = POLYGLOTS[case]
    assert sniff(content) == wanted


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (ole.file({"PowerPoint Document": b"x"}), "PowerPoint"), (ole.file({"__properties_version1.0": b"x"}), "Outlook"),
        (ole.file({"VisioDocument": b"x"}), "Visio"), (ole.file({"MatOST": b"x"}), "Works"), (b"8BPS\0\1", "Photoshop"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_called_by_its_name(content: bytes, told: str) -> None:
    found = read(content, "报告.doc")
    assert found.trouble == "unsupported"
    assert told in found.detail
