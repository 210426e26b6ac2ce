"""What a user would write in an afternoon instead: fetch, save, open, note in a database, reply, one list at the end.

`python -m tests.bench.afternoon FOLDER IMAP_PORT SMTP_PORT USER PASSWORD`: as performance.md's `naive`, no fsync of the archive,
one SMTP connection, a commit a mail.
"""

import io
import sqlite3
import sys
import zipfile
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from imaplib import IMAP4
from pathlib import Path
from smtplib import SMTP
from socket import IPPROTO_TCP, TCP_NODELAY

import docx
import openpyxl


def main(folder: Path, imap_port: int, smtp_port: int, user: str, password: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(folder / "mails.db")
    database.execute("create table mails (id text, sender text, subject text, files int, words int)")
    with IMAP4("127.0.0.1", imap_port) as box, SMTP("127.0.0.1", smtp_port) as way:
        for connection in (box.sock, way.sock):
            connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        box.login(user, password)
        box.select("INBOX", readonly=True)
        for uid in box.uid("search", "UNSEEN")[1][0].split():
            raw = box.uid("fetch", uid, "(BODY.PEEK[])")[1][0][1]
            _take(folder, database, way, message_from_bytes(raw, policy=default), raw, user)
    sheet = openpyxl.Workbook()
    for row in database.execute("select * from mails"):
        sheet.active.append(list(row))
    sheet.save(folder / "ledger.xlsx")


def _take(folder: Path, database: sqlite3.Connection, way: SMTP, mail: Message, raw: bytes, user: str) -> None:
    number = database.execute("select count(*) from mails").fetchone()[0]
    (folder / f"{number}.eml").write_bytes(raw)
    words = files = 0
    for part in mail.iter_attachments():  # type: ignore[attr-defined]
        name, content = part.get_filename() or "", part.get_payload(decode=True) or b""
        (folder / f"{number}-{files}-{Path(name).name}").write_bytes(content)
        files += 1
        words += _words(name, content)
    database.execute("insert into mails values (?,?,?,?,?)", (mail["Message-ID"], mail["From"], mail["Subject"], files, words))
    database.commit()
    reply = EmailMessage()
    reply["From"], reply["To"], reply["Subject"] = user, mail["From"], f"已收到：{mail['Subject']}"
    reply.set_content(f"收到 {files} 个文件，{words} 字。")
    way.send_message(reply)


def _words(name: str, content: bytes) -> int:
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return sum(_words(inner, packed.read(inner)) for inner in packed.namelist())
    if name.endswith(".docx"):
        document = docx.Document(io.BytesIO(content))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return sum(len(p.text) + len(p.style.name or "") for p in document.paragraphs) + sum(map(len, cells))
    if name.endswith(".xlsx"):
        book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
        return sum(len(str(value)) for sheet in book for row in sheet.iter_rows(values_only=True) for value in row if value is not None)
    return 0


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5])
