"""winmail.dat: files under their long names, the text where the mail has none, and damage."""

import base64

import pytest

from tests.adapters.mails import files, opened, parts
from tests.adapters.tnefs import BODY, PROPERTIES, attribute, embedded, file, long_name, named_prop, prop, props, tnef

PDF = b"%PDF-1.4 x"
TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nwords"


def winmail(content: bytes) -> bytes:
    return b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content)


def test_file_has_its_long_unicode_name() -> None:
    values = (named_prop(0x001F, "乙".encode("utf-16-le")), prop(0x0E20, 0x0003, bytes(4)), long_name("一季度清单（镕）.pdf"))
    assert files(parts(TEXT, winmail(tnef(file(b"YIJIDU~1.PDF", PDF, *values))))) == [("winmail.dat/一季度清单（镕）.pdf", PDF)]


def test_name_without_unicode_is_read_in_the_code_page() -> None:
    found = files(parts(TEXT, winmail(tnef(file("清单.pdf".encode("gbk"), PDF), file("月报.pdf".encode("gbk"), b"%PDF-1.5")))))
    assert found == [("winmail.dat/清单.pdf", PDF), ("winmail.dat/月报.pdf", b"%PDF-1.5")]


def test_embedded_message_gives_its_files_below_its_name() -> None:
    inner = tnef(file(b"a.pdf", PDF))
    assert files(parts(TEXT, winmail(tnef(embedded("转发的邮件", inner))))) == [("winmail.dat/转发的邮件/a.pdf", PDF)]


def test_text_inside_counts_where_the_mail_has_none() -> None:
    body = attribute(1, BODY, "本期无新增隐患\0".encode("gbk"))
    assert opened(parts(winmail(tnef(body)))).text == "本期无新增隐患"
    assert opened(parts(TEXT, winmail(tnef(body)))).text == "words"


def test_text_may_stand_in_the_properties() -> None:
    value = prop(0x1000, 0x001F, "本期无新增隐患".encode("utf-16-le") + b"\0\0")
    assert opened(parts(winmail(tnef(attribute(1, PROPERTIES, props(value)))))).text == "本期无新增隐患"


def test_truncated_one_is_corrupt_and_gives_what_came_before() -> None:
    whole = tnef(file(b"a.pdf", PDF), file(b"b.pdf", PDF * 100))
    assert files(parts(TEXT, winmail(whole[:-500]))) == [("winmail.dat", "corrupt"), ("winmail.dat/a.pdf", PDF)]


def test_messages_nested_without_end_are_refused() -> None:
    content = tnef(file(b"a.pdf", PDF))
    for _ in range(6):
        content = tnef(embedded("m", content))
    assert files(parts(TEXT, winmail(content))) == [("winmail.dat", "archive-unsafe")]


def test_name_never_leads_out() -> None:
    assert files(parts(TEXT, winmail(tnef(file(b"..\\..\\x.pdf", PDF))))) == [("winmail.dat", "archive-unsafe")]


@pytest.mark.parametrize("at", range(0, 260, 3))
def test_any_damaged_byte_gives_files_or_a_trouble(at: int) -> None:
    whole = bytearray(tnef(file(b"a.pdf", PDF, long_name("清单.pdf")), embedded("m", tnef(file(b"b.pdf", PDF)))))
    whole[6 + at] ^= 0xFF
    found = files(parts(TEXT, winmail(bytes(whole))))
    assert all(isinstance(path, str) and content != b"" for path, content in found)
