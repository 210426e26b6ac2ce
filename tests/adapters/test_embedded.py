"""The embedded servers: mail passes byte for byte, and the NetEase variant is as strict as the facts say."""

import imaplib
import smtplib
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from imapclient import IMAPClient  # type: ignore[import-untyped]

from mailbot.adapters.embedded import EmbeddedMail
from tests.servers.certificate import self_signed

BOT, UNIT = "bot@office.example", "unit@units.example"
USERS = {BOT: "bot-secret", UNIT: "unit-secret"}
RAW = b"From: unit@units.example\r\nSubject: =?gb2312?B?xOO6ww==?=\r\n\r\n" + "季度清单".encode("gbk") + b"\r\n.dot\r\n..two\r\n"


@pytest.fixture(scope="module")
def plain() -> Iterator[EmbeddedMail]:
    with EmbeddedMail(USERS) as mail:
        yield mail


@pytest.fixture(scope="module")
def netease() -> Iterator[EmbeddedMail]:
    with EmbeddedMail(USERS, netease=True) as mail:
        yield mail


def smtp_login(mail: EmbeddedMail, user: str = UNIT) -> smtplib.SMTP:
    smtp = smtplib.SMTP("127.0.0.1", mail.smtp_port, "localhost", timeout=10)
    smtp.login(user, USERS[user])
    return smtp


def imap_login(mail: EmbeddedMail) -> IMAPClient:
    client = IMAPClient("127.0.0.1", mail.imap_port, ssl=False, timeout=10)
    client.login(BOT, USERS[BOT])
    return client


@pytest.mark.parametrize("variant", ["plain", "netease"])
def test_a_sent_mail_lies_in_the_inbox_byte_for_byte(variant: str, request: pytest.FixtureRequest) -> None:
    mail: EmbeddedMail = request.getfixturevalue(variant)
    with smtp_login(mail) as smtp:
        smtp.sendmail(UNIT, [BOT], RAW)
    assert mail.mails(BOT)[-1] == RAW
    assert mail.mails(UNIT) == []


def test_delivered_mail_bears_its_date(plain: EmbeddedMail) -> None:
    when = datetime(2024, 3, 30, 8, 15, tzinfo=UTC)
    plain.deliver(UNIT.upper(), RAW, when)
    with IMAPClient("127.0.0.1", plain.imap_port, ssl=False, timeout=10) as client:
        client.normalise_times = False
        client.login(UNIT, USERS[UNIT])
        client.select_folder("INBOX", readonly=True)
        (answer,) = client.fetch(client.search(), ["INTERNALDATE"]).values()
        client.logout()
    assert answer[b"INTERNALDATE"] == when
    plain.remove(UNIT)
    assert plain.mails(UNIT) == []


def test_unknown_recipient_is_refused(plain: EmbeddedMail) -> None:
    with smtp_login(plain) as smtp, pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        smtp.sendmail(UNIT, ["nobody@units.example"], RAW)
    assert caught.value.recipients["nobody@units.example"] == (550, b"5.1.1 Invalid User")


def test_wrong_passwords(plain: EmbeddedMail, netease: EmbeddedMail) -> None:
    for mail, words in ((plain, "AUTHENTICATIONFAILED"), (netease, "LOGIN Login error or password error")):
        with pytest.raises(imaplib.IMAP4.error, match=words):
            IMAPClient("127.0.0.1", mail.imap_port, ssl=False, timeout=10).login(BOT, "wrong")
        smtp = smtplib.SMTP("127.0.0.1", mail.smtp_port, "localhost", timeout=10)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            smtp.login(BOT, "wrong")
        smtp.close()


def test_scripted_answer(plain: EmbeddedMail) -> None:
    before = plain.mails(BOT)
    plain.answer_next("451 4.7.1 MI:SFQ please wait")
    with smtp_login(plain) as smtp, pytest.raises(smtplib.SMTPDataError) as caught:
        smtp.sendmail(UNIT, [BOT], RAW)
    assert caught.value.smtp_code == 451
    assert plain.mails(BOT) == before


def test_netease_wants_an_introduction(netease: EmbeddedMail) -> None:
    client = imap_login(netease)
    with pytest.raises(imaplib.IMAP4.error, match="Unsafe Login"):
        client.select_folder("INBOX", readonly=True)
    client.id_(None)
    with pytest.raises(imaplib.IMAP4.error, match="Unsafe Login"):
        client.select_folder("INBOX")
    client.id_({"name": "test", "version": "1"})
    answer = client.select_folder("INBOX", readonly=True)
    assert answer[b"UIDVALIDITY"] == 1
    assert b"UIDNEXT" not in answer
    client.logout()


def test_netease_knows_little(netease: EmbeddedMail) -> None:
    netease.deliver(BOT, RAW, datetime(2024, 3, 30, tzinfo=UTC))
    client = imap_login(netease)
    client.id_({"name": "test", "version": "1"})
    assert set(client.capabilities()).isdisjoint({b"IDLE", b"MOVE", b"ENABLE", b"NAMESPACE", b"ESEARCH"})
    assert client.folder_status("INBOX", ["UIDNEXT"]) == {}
    assert client.find_special_folder(b"\\Junk") == "垃圾邮件"
    client.select_folder("INBOX", readonly=True)
    assert client.search(["SUBJECT", "x"]) == []
    assert client.search(["SINCE", datetime(2024, 3, 30, tzinfo=UTC).date()])
    with pytest.raises(imaplib.IMAP4.error, match="Parse command error"):
        client.search(["ALL"], charset="UTF-8")
    client.logout()


def test_netease_smtp_is_strict(netease: EmbeddedMail) -> None:
    with smtplib.SMTP("127.0.0.1", netease.smtp_port, "localhost", timeout=10) as smtp, pytest.raises(smtplib.SMTPSenderRefused):
        smtp.sendmail(UNIT, [BOT], RAW)
    for sender in (BOT, ""):
        with smtp_login(netease) as smtp, pytest.raises(smtplib.SMTPSenderRefused) as caught:
            smtp.sendmail(sender, [BOT], RAW)
        assert caught.value.smtp_code == 553


@pytest.mark.parametrize("strict", [False, True])
def test_under_tls(tmp_path: Path, strict: bool) -> None:
    certificate = self_signed(tmp_path)
    trust = ssl.create_default_context(cafile=str(certificate[0]))
    with EmbeddedMail(USERS, netease=strict, certificate=certificate) as mail:
        with smtplib.SMTP_SSL("localhost", mail.smtp_port, "localhost", context=trust, timeout=10) as smtp:
            smtp.login(UNIT, USERS[UNIT])
            smtp.sendmail(UNIT, [BOT], RAW)
        with IMAPClient("localhost", mail.imap_port, ssl_context=trust, timeout=10) as client:
            client.login(BOT, USERS[BOT])
            client.id_({"name": "test", "version": "1"})
            client.select_folder("INBOX", readonly=True)
            assert len(client.search()) == 1


def test_many_users_and_a_quick_stop() -> None:
    users = {f"u{n}@units.example": f"p{n}" for n in range(40)}
    with EmbeddedMail(users) as mail:
        for address in users:
            mail.deliver(address, RAW)
        assert all(mail.mails(address) == [RAW] for address in users)
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP("127.0.0.1", mail.smtp_port, "localhost", timeout=2)
