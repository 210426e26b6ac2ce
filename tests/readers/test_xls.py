"""Excel files from before 2007: what two libraries know between them, and passwords told from damage."""

import io
import struct
from pathlib import Path

import pytest
import python_calamine

from mailbot.domain.documents import Table
from parsers.readers import read

GOLDEN = Path(__file__).parent.parent / "golden" / "formats"


def record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def excel_2(*, codepage: bool = True) -> bytes:
    """A worksheet of Excel 2 ([MS-XLS] 2.1 and the older BIFF2): a label, a number, a yes, an error."""
    words = "合计".encode("gbk")
    place = [struct.pack("<HH", 0, column) + b"\0\0\0" for column in range(4)]
    return b"".join((
        record(0x09, struct.pack("<HH", 0x200, 0x10)), record(0x42, struct.pack("<H", 936)) if codepage else b"",
        record(0x04, place[0] + bytes([len(words)]) + words), record(0x03, place[1] + struct.pack("<d", 42.5)),
        record(0x05, place[2] + b"\1\0"), record(0x05, place[3] + b"\x17\1"), record(0x0A, b""),
    ))  # fmt: skip


@pytest.mark.parametrize("codepage", [True, False])
def test_excel_2_is_read_though_calamine_refuses_it(codepage: bool) -> None:
    content = excel_2(codepage=codepage)
    with pytest.raises(python_calamine.CalamineError):
        python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert read(content).blocks == (Table((("合计", "42.5", "是", "#REF!"),), "Sheet 1"),)


def test_old_workbook_with_a_password_is_encrypted() -> None:
    """The record FILEPASS (0x2F) behind the first BOF says it; here over a record that readers may do without."""
    content = (GOLDEN / "case-stats.xls").read_bytes()
    at = content.index(b"\x09\x08\x10\0\0\x06\x05\0") + 20
    length = struct.unpack_from("<H", content, at + 2)[0]
    locked = content[:at] + struct.pack("<HH", 0x2F, length) + content[at + 4 :]
    assert read(content).trouble is None
    assert read(locked).trouble == "encrypted"


def test_cut_off_workbook_is_corrupt() -> None:
    assert read(excel_2()[:9]).trouble == "corrupt"
    content = (GOLDEN / "case-stats.xls").read_bytes()
    assert read(content[:1_000]).trouble == "corrupt"
