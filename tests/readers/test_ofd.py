"""OFD (GB/T 33190): paragraphs from glyph places, pictures, seals. The files are written by hand after the standard."""

import io
import re
import zipfile

import pytest

from parsers.readers import read
from tests import ofd


def one_page(objects: str, **more: str) -> bytes:
    return ofd.package(ofd.document([ofd.page(objects, **more)]))


def words(content: bytes) -> list[str]:
    found = read(content, "报告.pdf")
    assert found.trouble is None, found.detail
    return [p.text for p in found.paragraphs]


def test_lines_come_from_top_to_bottom_and_pieces_from_left_to_right() -> None:
    lines = [[(20.0, "填报单位：东明所"), (120.0, "2024年3月")], [(20.0, "第二行")]]
    shuffled = (
        ofd.text_object(1, 20, 28, "第二行") + ofd.text_object(2, 120, 20, "2024年3月") + ofd.text_object(3, 20, 20, "填报单位：东明所")
    )
    assert (
        words(one_page(shuffled)) == words(ofd.package(ofd.document([ofd.lines_page(lines)]))) == ["填报单位：东明所 2024年3月", "第二行"]
    )


def test_a_paragraph_that_wraps_at_the_margin_is_one() -> None:
    text = "今年以来我单位按照方案部署对辖区零售药店诊所和化妆品经营者开展了全覆盖检查并且逐条"
    lines = [[(28.4, text[:38])], [(20.0, text[38:] + "销号。")], [(20.0, "一、工作亮点")], [(20.0, "无")]]
    assert words(ofd.package(ofd.document([ofd.lines_page(lines)]))) == [text + "销号。", "一、工作亮点", "无"]


def test_glyphs_that_step_down_begin_a_new_line() -> None:
    code = '<ofd:TextCode X="0" Y="4" DeltaX="g 1 4 -4 4" DeltaY="g 1 0 8 0">甲乙丙丁</ofd:TextCode>'
    assert words(one_page(f'<ofd:TextObject ID="1" Boundary="20 20 80 30" Size="4">{code}</ofd:TextObject>')) == ["甲乙", "丙丁"]


def test_a_transformed_text_stands_where_it_is_shown() -> None:
    low = ofd.text_object(1, 20, 20, "下", more=' CTM="1 0 0 1 0 60"')
    assert words(one_page(low + ofd.text_object(2, 20, 40, "上"))) == ["上", "下"]


def test_templates_lie_under_the_page() -> None:
    template = ofd.page(ofd.text_object(1, 20, 10, "表头"))
    parts = ofd.document(
        [ofd.page(ofd.text_object(2, 20, 30, "正文"), template='<ofd:Template TemplateID="90"/>')],
        {"Tpls/Tpl_0/Content.xml": template},
        common='<ofd:TemplatePage ID="90" BaseLoc="Tpls/Tpl_0/Content.xml"/>',
    )
    assert words(ofd.package(parts)) == ["表头", "正文"]


def test_all_documents_of_a_package_are_read_in_order() -> None:
    first, second = (ofd.document([ofd.page(ofd.text_object(1, 20, 20, text))]) for text in ("甲", "乙"))
    assert words(ofd.package(first, second)) == ["甲", "乙"]


@pytest.mark.parametrize("more", [' Visible="false"', ' Alpha="0"'])
def test_what_nobody_sees_is_not_read(more: str) -> None:
    assert words(one_page(ofd.text_object(1, 20, 20, "隐", more) + ofd.text_object(2, 20, 30, "显"))) == ["显"]


TEXT, PICTURE = ofd.text_object(1, 20, 20, "正文"), ofd.picture(2)


@pytest.mark.parametrize(
    ("objects", "scanned", "pictures", "sealable"),
    [(TEXT, False, 0, False), (PICTURE, True, 1, True), (TEXT + PICTURE, False, 0, True), ("", False, 0, True)],
)
def test_text_alone_bears_no_seal_and_pictures_alone_are_a_scan(objects: str, scanned: bool, pictures: int, sealable: bool) -> None:
    found = read(one_page(objects))
    assert (found.kind, found.scanned, found.pictures, found.sealable, found.stamped) == ("pdf", scanned, pictures, sealable, False)


SIGNED = ofd.package(ofd.document([ofd.page(TEXT)], ofd.stamp_parts()), signatures="/Doc_0/Signs/Signatures.xml")


def annotated(kind: str) -> bytes:
    listed = "<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>"
    return ofd.package(ofd.document([ofd.page(TEXT)], ofd.annotation_parts(kind), tail=listed))


@pytest.mark.parametrize(
    ("content", "stamped"), [(SIGNED, True), (annotated("Stamp"), True), (annotated("Watermark"), True), (annotated("Link"), False)]
)
def test_a_seal_is_a_stamp_annotation_of_a_signature_or_one_with_a_picture(content: bytes, stamped: bool) -> None:
    found = read(content)
    assert (found.stamped, found.sealable) == (stamped, stamped)


def changed(content: bytes, name: str, change: tuple[bytes, bytes] | None) -> bytes:
    """A package with one part edited, or left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            data = old.read(member)
            if member != name:
                new.writestr(member, data)
            elif change is not None:
                assert change[0] in data
                new.writestr(member, data.replace(*change))
    return out.getvalue()


def test_paths_in_another_case_and_with_backslashes_are_found() -> None:
    assert words(changed(one_page(TEXT), "Doc_0/Document.xml", (b"Pages/Page_0/", b"pages\\PAGE_0\\"))) == ["正文"]


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (changed(one_page(TEXT), "Doc_0/Document.xml", None), "corrupt"),
        (changed(one_page(TEXT), "Doc_0/Pages/Page_0/Content.xml", (b"</ofd:Page>", b"")), "corrupt"),
        (changed(one_page(TEXT), "Doc_0/Pages/Page_0/Content.xml", (b"<ofd:Page ", b"<!DOCTYPE a><ofd:Page ")), "corrupt"),
        (changed(one_page(TEXT), "Doc_0/Pages/Page_0/Content.xml", None), "corrupt"),
        (ofd.package(ofd.document([])), "corrupt"),
        (ofd.package({"Encryptions.xml": "<a/>", "other.dat": b"x"}), "encrypted"),
        (one_page(TEXT)[:-30], "corrupt"),
    ],
)  # fmt: skip
def test_damage_and_encryption_are_named(content: bytes, trouble: str) -> None:
    assert read(content).trouble == trouble


def test_of_very_many_pages_the_first_are_read() -> None:
    found = read(ofd.package(ofd.document([ofd.page(TEXT)] * 250)))
    assert (len(found.blocks), found.trouble) == (200, None)
    assert re.search("200 of 250", found.detail)


@pytest.mark.parametrize("delta", ["g 999999999 4", "g", "g x 4", "nan inf 1e999", "-" * 50])
def test_senseless_numbers_do_no_harm(delta: str) -> None:
    code = f'<ofd:TextCode X="0" Y="4" DeltaX="{delta}">甲乙</ofd:TextCode>'
    assert (
        "".join(sorted("".join(words(one_page(f'<ofd:TextObject ID="1" Boundary="20 20 80 30" Size="4">{code}</ofd:TextObject>')))))
        == "乙甲"
    )
