"""Rich Text Format, also where it is called .doc."""

from pathlib import Path

import pytest

from mailbot.domain.documents import Document, Paragraph, Table
from parsers.readers import read

FORMATS = Path(__file__).parent.parent / "golden" / "formats"


def rtf(body: str, head: str = r"\ansi\ansicpg936\deff0{\fonttbl{\f0\fnil\fcharset134 SimSun;}{\f1\fcharset0 Arial;}}") -> Document:
    found = read(rf"{{\rtf1{head}{body}}}".encode("latin-1"), "报告.doc")
    assert found.trouble is None, found.detail
    return found


def hexed(text: str, charset: str = "gbk") -> str:
    return "".join(f"\\'{byte:02x}" for byte in text.encode(charset))


def test_what_libreoffice_wrote_is_read_as_the_docx_it_came_from() -> None:
    made, source = read((FORMATS / "odd.rtf").read_bytes()), read((FORMATS / "odd.docx").read_bytes())
    assert made.tables == source.tables
    assert made.paragraphs == tuple(p for p in source.paragraphs if p.text != "文本框里的字")  # LibreOffice left the box out


@pytest.mark.parametrize(
    "body",
    [
        hexed("填报单位") + r"\par",
        r"\f1 " + hexed("填报单位"),  # the font says Latin, the bytes and the code page say Chinese
        r"\u22635?\u25253?\u21333?\u20301?",
        r"\uc2\u22635" + hexed("填") + r"\u25253" + hexed("报") + r"{\uc0\u21333\u20301}",
        "填报单位".encode("gbk").decode("latin-1"),  # raw bytes, as some exports write
        r"\'cc\'ee\'b1\'a8\'b5\'a5\'ce" + "\n" + r"\'bb",  # a character's two bytes on two lines
    ],
)
def test_chinese_is_read_however_it_is_written(body: str) -> None:
    assert rtf(body).blocks == (Paragraph("填报单位"),)


def test_a_second_byte_may_stand_as_a_plain_letter() -> None:
    assert rtf(r"\'8d\'41\'8dA").text == b"\x8d\x41\x8d\x41".decode("gb18030")


def test_big5_is_read_by_its_fonts_charset() -> None:
    assert rtf(r"\f0 " + hexed("報表", "big5"), r"\ansi\ansicpg1252{\fonttbl{\f0\fcharset136 MingLiU;}}").text == "報表"


def test_utf_16_pairs_become_one_character() -> None:
    assert rtf(r"\u-10179?\u-8704?").text == "😀"


@pytest.mark.parametrize(
    "unseen",
    [
        r"{\v hidden}", r"\v hidden\v0 ", r"{\deleted gone}", r"{\header top}", r"{\footnote note}", r"{\*\bkmkstart mark}", r"{\info{\title t}}",
        r"{\field{\*\fldinst HYPERLINK x}{\fldrslt }}", r"{\pict\pngblip 89504e47}", r"{\*\unknown{\b deep}}", r"{\object{\*\objdata 00ff}}",
    ],
)  # fmt: skip
def test_what_nobody_sees_is_not_read(unseen: str) -> None:
    assert rtf(f"a{unseen}b").blocks == (Paragraph("ab"),)


def test_marks_stand_as_characters() -> None:
    assert rtf(r"a\tab b\line c\~d\_e\-f\emdash\ldblquote g\rdblquote\{\}\\").text == "a\tb\nc\xa0d-ef—“g”{}\\"


def test_the_result_of_a_field_and_the_words_of_a_text_box_are_shown() -> None:
    assert rtf(r"{\field{\*\fldinst DATE}{\fldrslt 2024}}").text == "2024"
    assert rtf(r"a\par{\shp{\*\shpinst\shpleft1{\sp{\sn n}{\sv v}}{\shptxt\pard box\par}}}b").text.split("\n") == ["a", "box", "b"]


def test_binary_data_is_stepped_over() -> None:
    assert rtf(r"a{\pict\bin4 }{\\}b").text == "ab"


def test_an_automatic_number_belongs_to_its_paragraph_and_a_bullet_does_not() -> None:
    assert rtf(r"{\listtext " + hexed("一、") + r"\tab}head\par{\listtext\'b7\tab}dot\par").text.split("\n") == ["一、head", "dot"]


def test_heading_levels_come_from_styles_and_outline_levels() -> None:
    head = r"\ansi{\stylesheet{\s1 heading 1;}{\s2\outlinelevel1 own;}{\s3 Body;}}"
    body = r"\pard\s1 a\par\pard\s2 b\par\pard\s3 c\par\pard\outlinelevel2 d\par"
    assert [p.level for p in rtf(body, head).paragraphs] == [1, 2, 0, 3]


def test_cells_that_are_merged_repeat_their_text() -> None:
    first = r"\trowd\trleft0\clvmgf\cellx1000\cellx3000\pard\intbl a\cell wide\cell\row"
    second = r"\trowd\trleft0\clvmrg\cellx1000\cellx2000\cellx3010\pard\intbl\cell c\cell d\par e\cell\row"
    assert rtf(first + second + r"\pard end\par").blocks == (Table((("a", "wide", "wide"), ("a", "c", "d\ne"))), Paragraph("end"))


def test_an_inner_table_stands_behind_the_outer_one() -> None:
    inner = r"\itap2 x\nestcell y\nestcell{\*\nesttableprops\trowd\cellx500\cellx900\nestrow}{\nonesttables\par}"
    outer = rf"\trowd\cellx1000\cellx2000\pard\intbl a\par{inner}\pard\intbl b\cell c\cell\row\pard end"
    assert rtf(outer).tables == (Table((("a\nb", "c"),)), Table((("x", "y"),)))


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (rb"{\rtf1 a{\b b", "corrupt"),
        (rb"{\rtf1 " + b"{" * 6_000, "too-large"),
        (rb"{\rtf1 " + rb"\trowd\cellx1\intbl a\cell\row" * 301_000 + b"}", "too-large"),
    ],
)
def test_damage_and_bombs_are_named(content: bytes, trouble: str) -> None:
    assert read(content).trouble == trouble


def test_what_comes_after_the_last_brace_is_nothing() -> None:
    assert read(b"{\\rtf1 a}\0\0trailing}}").text == "a"


def test_rtf_of_a_picture_alone_is_a_scan() -> None:
    found = rtf(r"{\pict\pngblip 89504e47}\par")
    assert (found.scanned, found.pictures) == (True, 1)
