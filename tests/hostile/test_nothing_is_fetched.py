"""A44, A46, A49, A66, A67: files and words that point at a server or a share. A listener of ours is named in each of them; nobody calls it.
Alone this shows little where the cage has no network at all; with one it shows that nothing of ours asks."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from mail.make import office
from mail.papers import book_parts, paragraph, relation, risk_body, risk_docx, risk_sheet, sheet_xml, still_zip, text_pdf, word_parts
from mail.pieces import file, html, inner, mail, part, text, with_file

from mailbot.domain.mail import RawMail


@dataclass
class Listener:
    port: int
    calls: list[bytes] = field(default_factory=list)


@contextmanager
def _listening() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard = Listener(server.getsockname()[1])

        def listen() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(2)
                    try:
                        heard.calls.append(connection.recv(1_000))
                    except OSError:
                        heard.calls.append(b"")

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield heard
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def _word(body: str, relations: str = "", more: dict[str, bytes] | None = None) -> bytes:
    return with_file(still_zip({**word_parts(body, relations), **(more or {})}), "一季度问题清单.docx")


def _entity(url: str) -> bytes:
    parts = word_parts(paragraph("e") + risk_body())
    parts["word/document.xml"] = parts["word/document.xml"].replace(b"<w:document", f'<!DOCTYPE x SYSTEM "{url}"><w:document'.encode(), 1)
    return with_file(still_zip(parts), "一季度问题清单.docx")


def _linked_book(url: str) -> bytes:
    link = {
        "xl/externalLinks/externalLink1.xml": b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>',
        "xl/externalLinks/_rels/externalLink1.xml.rels": (
            f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="x" Target="{url}" '
            'TargetMode="External"/></Relationships>'
        ).encode(),
    }
    return with_file(still_zip({**book_parts({"问题清单": sheet_xml(risk_sheet())}), **link}), "一季度问题清单.xlsx")


def _mails(url: str) -> list[bytes]:
    picture = '<w:p><w:r><w:drawing><a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" r:link="r9"/></w:drawing></w:r></w:p>'
    rtf = b"{\\rtf1{\\field{\\*\\fldinst INCLUDEPICTURE \"" + url.encode() + b"\" }{\\fldrslt x}}{\\*\\template " + url.encode() + b"}\\par x}"
    return [
        _word(picture + risk_body(), relation("r9", "image", f"{url}x.png", external=True)),
        _word(risk_body(), relation("r8", "attachedTemplate", f"{url}t.dotm", external=True)),
        _word(risk_body() + '<w:altChunk r:id="r4"/>', relation("r4", "aFChunk", "c.html"), {"word/c.html": f"<img src='{url}c.png'>".encode()}),
        _entity(f"{url}x.dtd"),
        _linked_book(f"{url}book.xlsx"),
        with_file(f"<html><head><link rel=stylesheet href='{url}a.css'></head><body><table><tr><td><img src='{url}a.png'></table>".encode(), "清单.xls"),
        with_file(f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}s.png"/></svg>'.encode(), "清单.svg"),
        with_file(rtf, "清单.doc"),
        with_file(text_pdf(["x"], catalog=f"/OpenAction << /S /URI /URI ({url}p) >>"), "问题清单扫描件.pdf"),
        mail(inner(b"multipart/alternative", text("见附件"), html(f"<img src='{url}m.png'><iframe src='{url}f'></iframe>"), boundary=b"alt"),
             file("一季度问题清单.docx", risk_docx())),
        mail(text(f"清单在 {url}download 请下载"), part(b'message/external-body; access-type=URL; URL="%sx.docx"' % url.encode(), b"\r\n")),
        mail(text(f"从QQ邮箱发来的超大附件 一季度问题清单.docx (3.61M) {url}cgi-bin/ftnExs_download?k=1")),
    ]  # fmt: skip


@pytest.mark.shows("A30", "A44", "A46", "A49", "A66", "A67", "P11")
def test_nobody_calls_the_server_that_a_mail_names(tmp_path_factory: pytest.TempPathFactory) -> None:
    with _listening() as heard, office(tmp_path_factory.mktemp("fetch")) as (_, intake):
        mails = _mails(f"http://127.0.0.1:{heard.port}/")
        taken = list(intake.take_all(intake.keep(RawMail([raw], file="odd.eml")) for raw in mails))
        assert len(taken) == len(mails) and heard.calls == []


def test_the_listener_hears_who_calls() -> None:
    with _listening() as heard:
        with socket.create_connection(("127.0.0.1", heard.port), 5) as call:
            call.sendall(b"hello")
            call.shutdown(socket.SHUT_WR)
            call.recv(1)
        assert heard.calls == [b"hello"]
