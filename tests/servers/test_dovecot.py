"""The wire against servers that others wrote: Dovecot for IMAP; Postfix and aiosmtpd for SMTP, over real TLS."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mailbot.adapters.imap import ImapMailbox
from mailbot.adapters.smtp import SmtpSender
from mailbot.app.wiring import House
from mailbot.domain.errors import FolderMissing, LoginRefused, SendError, TlsFailed
from tests.servers.conftest import RealMail
from tests.servers.counting import counting
from tests.servers.dovecot import ACCOUNTS, BOT, Dovecot
from tests.servers.reading import fetched, names
from tests.servers.real import until

UNIT = "xinzhen@units.example"
TODAY = datetime.now(UTC).date()
HEADER = f"From: {UNIT}\r\nTo: {BOT}\r\nMessage-ID: <1@units.example>\r\nDate: Mon, 01 Apr 2024 09:00:00 +0800\r\nSubject: x\r\n\r\n"
RAW = HEADER.encode() + "新镇".encode("gbk") + b"\r\n.dot\r\n"


@pytest.fixture(params=["smtp_relay", "smtp_postfix"])
def mail(request: pytest.FixtureRequest) -> RealMail:
    found: RealMail = request.getfixturevalue(request.param)
    return found


def test_there_and_back(mail: RealMail) -> None:
    before = len(mail.mails(BOT)), len(mail.mails(UNIT))
    with SmtpSender(mail.smtp(UNIT), UNIT) as sender:
        sender.send(RAW, BOT)
    assert until(lambda: len(mail.mails(BOT)) == before[0] + 1)
    with ImapMailbox(mail.imap()) as box:
        place = box.places("INBOX", TODAY)[-1]
        content = fetched(box, place, 1_000_000)
        assert abs(place.internaldate - datetime.now(UTC)) < timedelta(minutes=5)
    assert content is not None
    assert content.endswith(RAW)
    with SmtpSender(mail.smtp(), BOT) as sender:
        sender.send(b"From: %s\nSubject: receipt\n\n\xe5\x9b\x9e\xe6\x89\xa7\n" % BOT.encode(), UNIT)
    assert until(lambda: len(mail.mails(UNIT)) == before[1] + 1)
    assert "回执".encode() in mail.mails(UNIT)[-1]


def test_several_mails_over_one_connection(mail: RealMail) -> None:
    before = len(mail.mails(UNIT))
    with SmtpSender(mail.smtp(), BOT, per_connection=20) as sender:
        for _ in range(12):
            sender.send(RAW, UNIT)
    assert until(lambda: len(mail.mails(UNIT)) == before + 12)


@pytest.mark.shows("F12", "F16")
def test_refusals(mail: RealMail) -> None:
    with pytest.raises(SendError) as caught, SmtpSender(mail.smtp(), BOT) as sender:
        sender.send(RAW, "nobody@units.example")
    assert (caught.value.kind, caught.value.action) == ("permanent", "bad-address")
    with pytest.raises(SendError) as caught:
        SmtpSender(dataclasses.replace(mail.smtp(), password="wrong"), BOT).check()
    assert caught.value.kind == "refused-login"
    with pytest.raises(SendError) as caught:
        SmtpSender(dataclasses.replace(mail.smtp(), ca_file=None), BOT).check()
    assert "密码没有发出" in caught.value.sentence


@pytest.mark.parametrize("security", ["tls", "starttls", "plain"])
def test_each_way_in(smtp_relay: RealMail, real_dovecot: Dovecot, security: str) -> None:
    port = real_dovecot.imaps_port if security == "tls" else real_dovecot.imap_port
    server = dataclasses.replace(smtp_relay.imap(), port=port, security=security)  # type: ignore[arg-type]
    real_dovecot.deliver(BOT, RAW)
    with ImapMailbox(server) as box:
        assert names(box) == ("INBOX", "垃圾邮件")
        content = fetched(box, box.places("INBOX", TODAY)[-1], 1_000_000)
        with pytest.raises(FolderMissing):
            box.places("没有", TODAY)
    assert content is not None
    assert RAW in content
    assert all("S" not in path.name.rpartition(":2,")[2] for path in (real_dovecot.base / "mail" / BOT / "Maildir" / "cur").iterdir())


@pytest.mark.shows("F11", "F12")
def test_refused_login_and_untrusted_certificate(smtp_relay: RealMail) -> None:
    with pytest.raises(LoginRefused):
        ImapMailbox(dataclasses.replace(smtp_relay.imap(), password="wrong")).__enter__()
    for security, port in (("tls", smtp_relay.imap_port), ("starttls", smtp_relay.mailboxes.imap_port)):
        with pytest.raises(TlsFailed):
            ImapMailbox(dataclasses.replace(smtp_relay.imap(), ca_file=None, security=security, port=port)).__enter__()  # type: ignore[arg-type]


@pytest.mark.shows("F09")
def test_vanished_between_listing_and_fetching(smtp_relay: RealMail, real_dovecot: Dovecot) -> None:
    real_dovecot.deliver(UNIT, RAW)
    with ImapMailbox(smtp_relay.imap(UNIT)) as box:
        place = box.places("INBOX", TODAY)[-1]
        inbox = real_dovecot.base / "mail" / UNIT / "Maildir"
        for path in [*(inbox / "new").iterdir(), *(inbox / "cur").iterdir()]:
            path.unlink()
        assert fetched(box, place, 1_000_000) is None


def test_real_mail_is_the_best_there_is(real_mail: RealMail) -> None:
    assert real_mail.smtp_by in ("postfix", "aiosmtpd")
    assert set(ACCOUNTS) >= {BOT, UNIT}


def test_a_poll_of_nothing_is_four_commands_and_new_mail_is_still_found(smtp_relay: RealMail, make_house: Callable[..., House]) -> None:
    """performance.md, "Idle poll": LOGIN, ID, LIST with STATUS (RFC 5819), LOGOUT."""
    unit = BOT.replace("bot", "office")
    with counting(smtp_relay.mailboxes.imap_port) as wire:
        house = make_house(
            f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}", MAILBOT_IMAP_URL=f"imap://{unit.replace('@', '%40')}@127.0.0.1:{wire.port}",
            MAILBOT_IMAP_PASSWORD=ACCOUNTS[unit],
        )  # fmt: skip
        with house.intake() as intake:
            worker = house.worker(intake, lambda done, total: None)
            smtp_relay.deliver(unit, b"Subject: one\r\n\r\nx\r\n")
            assert len(worker.once().taken) >= 1
            wire.clear()
            assert worker.once().taken == ()
            assert wire.verbs == ["LOGIN", "ID", "LIST", "LOGOUT"] and wire.octets <= 1_300
            smtp_relay.deliver(unit, b"Subject: two\r\n\r\ny\r\n")
            wire.clear()
            (taken,) = worker.once().taken
            assert taken.subject == "two"
            assert wire.verbs.count("UID FETCH") == 2, "one listing of the new mail, one mail"
        house.ledger.close()
