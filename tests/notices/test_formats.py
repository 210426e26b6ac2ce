"""The same notice as Word, PDF and web page says the same; what cannot be read says why."""

import shutil
import subprocess
from collections.abc import Iterator
from html import escape
from io import BytesIO

import pytest
from docx import Document as WordFile

from mailbot.domain.documents import Block, Document, Paragraph, Table
from mailbot.domain.notices.draft import Draft
from mailbot.domain.notices.drafting import draft_of
from mailbot.domain.notices.mending import mended
from mailbot.domain.notices.noise import pieces_of
from mailbot.domain.notices.pages import notice_of
from parsers.readers import read
from tests.notices.shared import document_of, draft, known, text_of


def _word(blocks: tuple[Block, ...]) -> bytes:
    paper, stream = WordFile(), BytesIO()
    for block in blocks:
        if isinstance(block, Paragraph):
            paper.add_paragraph(block.text)
            continue
        table = paper.add_table(rows=len(block.rows), cols=len(block.rows[0]))
        table.style = "Table Grid"
        for r, row in enumerate(block.rows):
            for c, text in enumerate(row):
                table.cell(r, c).text = text
    paper.save(stream)
    return stream.getvalue()


def _page(blocks: tuple[Block, ...]) -> bytes:
    """As a portal shows it, with its menu above and its footer below."""
    body = "".join(
        f"<p>{escape(b.text)}</p>" if isinstance(b, Paragraph)
        else "<table>" + "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in b.rows) + "</table>"
        for b in blocks
    )  # fmt: skip
    menu = "<ul><li><a>首页</a></li><li><a>政务公开</a></li><li><a>通知公告</a></li></ul>"
    menu += "<div>当前位置：首页 &gt; 政务公开 &gt; 通知公告</div><div>字体：大 中 小</div>"
    foot = "<div>上一篇：关于开展检查的通知</div><div>主办单位：某某局 电话：0000-1234567</div><div>蒙ICP备12345678号</div>"
    return f"<html><head><title>通知</title></head><body>{menu}{body}{foot}</body></html>".encode()


@pytest.fixture(scope="module")
def pdf_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    folder = tmp_path_factory.mktemp("pdf")

    def made(content: bytes) -> bytes:
        (folder / "notice.docx").write_bytes(content)
        command = ["soffice", "--headless", "--norestore", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "pdf", "--outdir"]
        subprocess.run([*command, str(folder), str(folder / "notice.docx")], check=True, capture_output=True, timeout=180)
        return (folder / "notice.pdf").read_bytes()

    yield made


def _blocks(name: str) -> tuple[Block, ...]:
    return mended(pieces_of(document_of(name)))


def _said(found: Draft) -> dict[str, object]:
    """What a draft says but for blanks."""
    duties = [
        (d.title, d.who, d.due.kind, d.due.dates, d.due.day, d.due.month_of_period, d.annex, d.copies, d.channel, "".join(d.sentence.split())) for d in found.duties
    ]
    return {
        "head": (found.title, found.number, found.issuer, found.issued, found.span, found.mailboxes), "duties": duties,
        "stages": [(s.name, s.start, s.end) for s in found.stages], "groups": [(g.name, g.liaison) for g in found.groups],
        "units": [u.name for u in found.units], "forms": [(f.annex, f.known) for f in found.forms],
    }  # fmt: skip


def _drafted(document: Document) -> Draft:
    return draft_of(notice_of(document), known(), "neu-2024")


@pytest.mark.parametrize("name", ["naiman", "yongan", "wulate"])
def test_a_notice_in_word_says_the_same_as_in_a_text_file(name: str) -> None:
    assert _said(_drafted(read(_word(_blocks(name))))) == _said(draft(name))


@pytest.mark.parametrize("name", ["naiman", "yongan", "wulate"])
def test_a_notice_on_a_portals_page_says_the_same(name: str) -> None:
    assert _said(_drafted(read(_page(_blocks(name))))) == _said(draft(name))


@pytest.mark.parametrize("name", ["naiman", "yongan"])  # of a roster a PDF keeps no blank between a person and a unit
def test_a_notice_in_a_pdf_says_the_same_even_of_its_tables(name: str, pdf_of: object) -> None:
    assert callable(pdf_of)
    assert _said(_drafted(read(pdf_of(_word(_blocks(name)))))) == _said(draft(name))


def test_line_ends_and_charsets_make_no_difference() -> None:
    from parsers.readers.lines import read_lines

    text = text_of("naiman")
    for content in (text.replace("\n", "\r\n").encode(), text.encode("gb18030"), b"\xef\xbb\xbf" + text.encode()):
        assert _said(_drafted(read_lines(content))) == _said(draft("naiman"))


def test_the_tables_of_a_word_file_are_the_annexes_own() -> None:
    found = notice_of(read(_word(_blocks("naiman"))))
    assert sum(isinstance(b, Table) for a in found.annexes for b in a.blocks) == 2
