"""The mails of the cast as bytes, and the letters that came back, read again."""

import email
import email.policy
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from mimetypes import guess_type

from mailbot.app.demo.cast import Scene


@dataclass(frozen=True, slots=True)
class Arrived:
    """A letter as it lies in somebody's mailbox."""

    address: str
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        mail = email.message_from_bytes(self.raw, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        return mail

    @property
    def subject(self) -> str:
        return str(self.mail["Subject"])

    @property
    def answers(self) -> str:
        """The Message-ID that this letter answers."""
        return str(self.mail["In-Reply-To"] or "")

    def readable(self) -> str:
        mail = self.mail
        body = mail.get_body(("plain",))
        files = "、".join(part.get_filename() or "" for part in mail.iter_attachments())
        head = f"收件人：{mail['To']}\n主　题：{self.subject}\n日　期：{mail['Date']}" + (f"\n附　件：{files}" if files else "")
        return f"{head}\n\n{body.get_content().strip() if body else ''}\n"


def written(scene: Scene, to: str) -> bytes:
    """The scene's mail as the unit's client would send it."""
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = Address(scene.name, addr_spec=scene.sender)
    mail["To"] = Address(addr_spec=to)
    mail["Subject"] = scene.subject
    mail["Date"] = format_datetime(scene.when)
    mail["Message-ID"] = f"<{scene.when:%Y%m%d%H%M}.{scene.key}@{scene.sender.partition('@')[2]}>"
    for name, value in scene.headers.items():
        mail[name] = value
    mail.set_content(scene.text)
    for file in scene.files:
        maintype, _, subtype = (guess_type(file.name)[0] or "application/octet-stream").partition("/")
        mail.add_attachment(file.make(), maintype=maintype, subtype=subtype, filename=file.name)
    return mail.as_bytes()


def letters_in_a_row(letters: Iterable[Arrived]) -> str:
    """All letters readable top to bottom."""
    return "\n".join(f"{'═' * 60}\n第 {n} 封\n{letter.readable()}" for n, letter in enumerate(letters, 1))


def file_name(number: int, *words: str) -> str:
    """A name that any file system takes."""
    plain = "-".join(re.sub(r"[^\w\u4e00-\u9fff（）【】]+", "", w)[:40] for w in words if w)
    return f"{number:02d}-{plain}.eml"
