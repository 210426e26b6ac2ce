"""Office files that are one XML or one web page: what people get who choose the wrong line of 另存为."""

import base64
import io
import zipfile

import docx
import pytest

from mailbot.domain.documents import Document, Paragraph, Table
from parsers.readers import read


def flat_package(content: bytes) -> bytes:
    """A docx as Word's "Flat OPC" writes it."""
    parts = []
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name in package.namelist():
            data = package.read(name)
            if name.endswith((".xml", ".rels")):
                inner = f"<pkg:xmlData>{data.decode().partition('?>')[2]}</pkg:xmlData>"
            else:
                inner = f"<pkg:binaryData>{base64.b64encode(data).decode()}</pkg:binaryData>"
            parts.append(f'<pkg:part pkg:name="/{name}">{inner}</pkg:part>')
    head = '<?xml version="1.0" standalone="yes"?><?mso-application progid="Word.Document"?>'
    space = "http://schemas.microsoft.com/office/2006/xmlPackage"
    return f'{head}<pkg:package xmlns:pkg="{space}">{"".join(parts)}</pkg:package>'.encode()


def test_flat_package_reads_like_the_docx_it_stands_for() -> None:
    document = docx.Document()
    document.add_heading("一、概况", 1)
    document.add_table(1, 2).cell(0, 1).text = "3"
    out = io.BytesIO()
    document.save(out)
    assert read(flat_package(out.getvalue())) == read(out.getvalue())
    assert read(out.getvalue()).blocks == (Paragraph("一、概况", 1), Table((("", "3"),)))


WORD_2003 = """<?xml version="1.0" encoding="UTF-8"?><?mso-application progid="Word.Document"?>
<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml" xmlns:wx="http://schemas.microsoft.com/office/word/2003/auxHint"
 xmlns:aml="http://schemas.microsoft.com/aml/2001/core"><w:styles><w:style w:type="paragraph" w:styleId="a1"><w:name w:val="heading 2"/></w:style>
</w:styles><w:body><wx:sect><wx:sub-section><w:p><w:pPr><w:pStyle w:val="a1"/><w:listPr><w:ilvl w:val="0"/><wx:t wx:val="一、"/></w:listPr></w:pPr>
<w:r><w:t>概况</w:t></w:r></w:p></wx:sub-section><w:p><aml:annotation aml:id="0" w:type="Word.Deletion"><aml:content><w:r><w:delText>三</w:delText></w:r>
</aml:content></aml:annotation><aml:annotation aml:id="1" w:type="Word.Insertion"><aml:content><w:r><w:t>五</w:t></w:r></aml:content></aml:annotation>
<w:r><w:t>家</w:t><w:br w:type="text-wrapping"/><w:t>止</w:t></w:r></w:p><w:tbl>
<w:tr><w:tc><w:tcPr><w:vmerge w:val="restart"/></w:tcPr><w:p><w:r><w:t>药品</w:t></w:r></w:p>
</w:tc><w:tc><w:p><w:r><w:t>1</w:t></w:r></w:p></w:tc></w:tr><w:tr><w:tc><w:tcPr><w:vmerge/></w:tcPr><w:p/></w:tc><w:tc><w:p><w:r><w:t>2</w:t></w:r></w:p></w:tc>
</w:tr></w:tbl></wx:sect></w:body></w:wordDocument>"""


def test_word_2003_xml_is_read_with_its_numbers_and_changes() -> None:
    table = Table((("药品", "1"), ("药品", "2")))
    assert read(WORD_2003.encode()) == Document("word", (Paragraph("一、概况", 2), Paragraph("五家\n止"), table))


EXCEL_2003 = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:x="urn:schemas-microsoft-com:office:excel">
<Worksheet ss:Name="月报"><Table ss:ExpandedColumnCount="4"><Column/><Column ss:Index="3" ss:Hidden="1"/>
<Row><Cell ss:MergeAcross="3"><Data ss:Type="String">案件月报</Data></Cell></Row>
<Row ss:Index="3"><Cell><Data ss:Type="String">药品</Data></Cell><Cell><Data ss:Type="Number">3</Data></Cell><Cell><Data ss:Type="Number">9</Data></Cell>
<Cell><Data ss:Type="DateTime">2024-03-28T00:00:00.000</Data></Cell></Row><Row ss:Hidden="1"><Cell><Data ss:Type="String">藏</Data></Cell></Row>
<Row><Cell ss:Index="2"><Data ss:Type="Boolean">1</Data></Cell></Row></Table></Worksheet>
<Worksheet ss:Name="藏"><Table><Row><Cell><Data ss:Type="String">x</Data></Cell></Row>
</Table><WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel"><Visible>SheetHidden</Visible></WorksheetOptions></Worksheet></Workbook>"""


def test_excel_2003_xml_is_read_with_its_gaps_and_without_what_is_hidden() -> None:
    rows = (("案件月报", "", ""), ("", "", ""), ("药品", "3", "2024-03-28"), ("", "是", ""))
    assert read(EXCEL_2003.encode()) == Document("sheet", (Table(rows, "月报"),))


def test_other_xml_is_not_read_and_a_doctype_is_refused() -> None:
    assert read(b'<?xml version="1.0"?><note>x</note>').trouble == "unsupported"
    assert read(WORD_2003.replace("?>\n<w:", '?><!DOCTYPE x [<!ENTITY e "x">]>\n<w:', 1).encode()).trouble == "corrupt"
    assert read(WORD_2003[:900].encode()).trouble == "corrupt"


WEB_ARCHIVE = """MIME-Version: 1.0
Content-Type: multipart/related; boundary="----=_NextPart"

此文档为“单个文件网页”。

------=_NextPart
Content-Location: file:///C:/1/月报.htm
Content-Transfer-Encoding: {encoding}
Content-Type: text/html; charset="{charset}"

{page}
------=_NextPart
Content-Location: file:///C:/1/header.htm
Content-Type: text/html

<html><body><p>footnote separator</p></body></html>
------=_NextPart--
"""
PAGE = "<html><body><h1>案件月报</h1><table><tr><td>药品</td><td>3</td></tr></table></body></html>"


@pytest.mark.parametrize("charset", ["gb2312", "utf-8", "unicode"])
def test_web_archive_saved_as_doc_gives_the_words_of_its_page(charset: str) -> None:
    codec = "utf-16" if charset == "unicode" else charset
    page = base64.encodebytes(PAGE.encode(codec)).decode()
    content = WEB_ARCHIVE.format(encoding="base64", charset=charset, page=page).replace("\n", "\r\n").encode()
    assert read(content) == Document("html", (Paragraph("案件月报", 1), Table((("药品", "3"),))))


def test_web_archive_without_a_page_is_corrupt() -> None:
    assert read(WEB_ARCHIVE.replace("text/html", "image/png").encode()).trouble == "corrupt"
