"""A Word file of everything that is easily misread: automatic numbers, tracked and hidden text, a field, merged and nested tables, a text box."""

from io import BytesIO
from typing import Any

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from PIL import Image

PORT = "18999"  # five digits, to be replaced by those of a server of the test

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TRACKED = 'w:author="x" w:date="2024-01-01T00:00:00Z"'
_LEVELS = (("chineseCountingThousand", "%1、", 1), ("decimal", "（%2）", 1), ("decimal", "%2.%3", 3))


def odd_docx() -> bytes:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "页眉不算"
    document.add_heading("一、工作亮点", 1)
    document.add_heading("（一）小标题", 2)
    document.add_paragraph("正文“引号”—破折号，tab\there\n换行 plain ASCII “quoted A” end é")
    _seen_and_unseen(document)
    _numbered(document)
    document.add_paragraph("圆点", style="List Bullet")
    document.add_paragraph("编号", style="List Number")
    _merged_table(document)
    document.add_paragraph("中间")
    _nested_table(document)
    document.add_paragraph("结尾😀𠮷")
    _text_box(document)
    document.add_paragraph("最后一段")
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def linked_docx() -> bytes:
    """A Word file whose picture lies on a server: who opens it, calls there."""
    document, picture, out = docx.Document(), BytesIO(), BytesIO()
    Image.new("RGB", (8, 8), "red").save(picture, "PNG")
    document.add_paragraph("before")
    document.add_picture(picture)
    blip = document.element.body.xpath(".//a:blip")[0]
    target = document.part.relate_to(f"http://127.0.0.1:{PORT}/a.png", RELATIONSHIP_TYPE.IMAGE, is_external=True)
    del blip.attrib[qn("r:embed")]
    blip.set(qn("r:link"), target)
    document.add_paragraph("after")
    document.save(out)
    return out.getvalue()


def _add(document: Any, runs: str, properties: str = "") -> None:
    document.add_paragraph()._p.getparent().replace(
        document.paragraphs[-1]._p, parse_xml(f"<w:p {_W}><w:pPr>{properties}</w:pPr>{runs}</w:p>")
    )


def _run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def _seen_and_unseen(document: Any) -> None:
    deleted = f'<w:del w:id="1" {_TRACKED}><w:r><w:delText>删去</w:delText></w:r></w:del>'
    inserted = f'<w:ins w:id="2" {_TRACKED}>{_run("插入")}</w:ins>'
    _add(document, _run("留下") + deleted + inserted + _run("隐藏", "<w:vanish/>") + _run("完"))
    begin, separate, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end"))
    instruction = '<w:r><w:instrText xml:space="preserve"> HYPERLINK "http://a.example" </w:instrText></w:r>'
    _add(document, _run("页 ") + begin + instruction + separate + _run("甲乙") + end + _run(" 年"))


def _numbered(document: Any) -> None:
    numbering = document.part.numbering_part.element
    levels = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="{start}"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for n, (kind, text, start) in enumerate(_LEVELS)
    )
    numbering.insert(
        0, parse_xml(f'<w:abstractNum {_W} w:abstractNumId="77"><w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>')
    )
    numbering.append(parse_xml(f'<w:num {_W} w:numId="78"><w:abstractNumId w:val="77"/></w:num>'))
    for text, level in (("自动编号一", 0), ("子项", 1), ("子项二", 1), ("孙项", 2), ("自动编号二", 0), ("子项再起", 1)):
        _add(document, _run(text), f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="78"/></w:numPr>')


def _merged_table(document: Any) -> None:
    table = document.add_table(4, 4, style="Table Grid")
    for row in range(4):
        for column in range(4):
            table.cell(row, column).text = f"{row}{column}"
    table.cell(0, 0).merge(table.cell(0, 3)).text = "合并一行"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "竖并"
    table.cell(1, 1).merge(table.cell(2, 2)).text = "方块"
    table.cell(3, 1).text = ""
    table.cell(3, 3).text = "两段"
    table.cell(3, 3).add_paragraph("第二段")


def _nested_table(document: Any) -> None:
    table = document.add_table(2, 2, style="Table Grid")
    table.cell(0, 0).text, table.cell(1, 1).text = "外", "末"
    inner = table.cell(0, 1).add_table(1, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "内1", "内2"
    table.cell(0, 1).add_paragraph("内后")


def _text_box(document: Any) -> None:
    shape = f'<v:shape style="width:100pt;height:50pt"><v:textbox><w:txbxContent><w:p>{_run("文本框里的字")}</w:p></w:txbxContent></v:textbox></v:shape>'
    _add(document, _run("框前") + f'<w:r><w:pict xmlns:v="urn:schemas-microsoft-com:vml">{shape}</w:pict></w:r>')
