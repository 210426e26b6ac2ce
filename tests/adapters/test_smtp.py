"""Sending over real sockets: what arrives, what each refusal means, and what is known when the line breaks."""

import dataclasses
import re
import ssl
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from mailbot.adapters.embedded import EmbeddedMail
from mailbot.adapters.smtp import REFUSALS, SmtpSender, classify, wire_form
from mailbot.domain.errors import SendError
from mailbot.domain.servers import Server
from tests.servers.certificate import self_signed
from tests.servers.faultproxy import FaultProxy, Faults
from tests.servers.scripted import Scripted

BOT, UNIT = "bot@office.example", "unit@units.example"
RAW = "From: bot@office.example\nSubject: x\n\n回执\n.dot\n..two\nend".encode()
WIRE = RAW.replace(b"\n", b"\r\n") + b"\r\n"
CHINA = timezone(timedelta(hours=8))


@pytest.fixture(params=[False, True], ids=["plain", "netease"])
def mail(request: pytest.FixtureRequest) -> Iterator[EmbeddedMail]:
    with EmbeddedMail({BOT: "secret", UNIT: "u"}, netease=request.param) as running:
        yield running


def server(port: int, **changes: object) -> Server:
    return dataclasses.replace(Server("127.0.0.1", port, BOT, "secret", "plain", None, 5.0), **changes)  # type: ignore[arg-type]


def failure(sender: SmtpSender, recipient: str = UNIT, raw: bytes = RAW) -> SendError:
    with pytest.raises(SendError) as caught:
        sender.send(raw, recipient)
    return caught.value


def test_what_arrives_is_what_was_sent(mail: EmbeddedMail) -> None:
    with SmtpSender(server(mail.smtp_port), BOT) as sender:
        sender.check()
        sender.send(RAW, UNIT)
        sender.send(RAW, UNIT)
    assert mail.mails(UNIT) == [WIRE, WIRE]


def smtp_server(special: dict[tuple[bytes, int], bytes]) -> tuple[Scripted, list[bytes]]:
    """A server that takes everything; `special` says another answer to the nth line with a verb (counted over all connections)."""
    heard: list[bytes] = []

    def answer(line: bytes) -> bytes:
        verb = (line.split() or [b""])[0].upper()
        heard.append(verb)
        usual = {b"EHLO": b"250-hi\r\n250 AUTH PLAIN LOGIN\r\n", b"AUTH": b"235 ok\r\n", b"DATA": b"354 go\r\n", b".": b"250 taken\r\n"}
        said = special.get((verb, heard.count(verb)))
        return said or usual.get(verb, b"" if line.startswith((b"From", b"x", b"\r\n")) else b"250 ok\r\n")

    return Scripted(b"220 hi\r\n", answer), heard


@pytest.mark.parametrize("said", [b"421 idle too long\r\n", b"421 4.4.2 timeout\r\n"])
def test_a_connection_left_idle_too_long_is_opened_anew(said: bytes) -> None:
    scripted, heard = smtp_server({(b"MAIL", 2): said})
    with scripted, SmtpSender(server(scripted.port), BOT) as sender:
        for _ in range(2):
            sender.send(b"From: a@x.example\r\n\r\nx\r\n", UNIT)
    assert heard.count(b"EHLO") == 2 and heard.count(b".") == 2


def test_a_refusal_on_a_used_connection_is_not_tried_again_at_once() -> None:
    scripted, heard = smtp_server({(b"DATA", 2): b"451 DT:SPM please try again\r\n"})
    with scripted, SmtpSender(server(scripted.port), BOT) as sender:
        sender.send(b"From: a@x.example\r\n\r\nx\r\n", UNIT)
        with pytest.raises(SendError) as caught:
            sender.send(b"From: a@x.example\r\n\r\nx\r\n", UNIT)
    assert caught.value.kind == "temporary" and heard.count(b"DATA") == 2 and heard.count(b"EHLO") == 1


@pytest.mark.parametrize(("per_connection", "connections"), [(1, 4), (3, 2)])
def test_mails_per_connection(mail: EmbeddedMail, per_connection: int, connections: int) -> None:
    with FaultProxy(mail.smtp_port) as proxy:
        with SmtpSender(server(proxy.port), BOT, per_connection=per_connection) as sender:
            for _ in range(4):
                sender.send(RAW, UNIT)
        assert proxy.connections == connections
    assert len(mail.mails(UNIT)) == 4


@pytest.mark.shows("A74")
@pytest.mark.parametrize(
    "recipient",
    ["", "unit", "单位@units.example", "a@b c", "a@b.example>\r\nRCPT TO:<x@y.example", "a@b.example\n", "a@b.example,c@d.example", "<a@b.example>"],
)
def test_only_one_plain_address(recipient: str) -> None:
    error = failure(SmtpSender(server(1), BOT), recipient)
    assert (error.kind, error.action) == ("permanent", "bad-address")


def test_unknown_recipient(mail: EmbeddedMail) -> None:
    with SmtpSender(server(mail.smtp_port), BOT) as sender:
        error = failure(sender, "nobody@units.example")
        assert (error.kind, error.action, error.code, error.temporary) == ("permanent", "bad-address", 550, False)
        sender.send(RAW, UNIT)
    assert mail.mails(UNIT) == [WIRE]


def test_wrong_password_and_wrong_sender(mail: EmbeddedMail) -> None:
    for password in ("wrong", "授权码"):
        error = failure(SmtpSender(server(mail.smtp_port, password=password), BOT))
        assert (error.kind, error.temporary) == ("refused-login", False)
        assert "授权码" in error.sentence
    if mail.netease:
        error = failure(SmtpSender(server(mail.smtp_port), UNIT))
        assert (error.kind, error.action) == ("pause", "alert")
        assert "发件人地址" in error.sentence
    assert mail.mails(UNIT) == []


def test_a_refusal_after_the_dot(mail: EmbeddedMail) -> None:
    mail.answer_next("554 DT:SPM 163 smtp1,abc please see http://mail.163.com/help")
    with SmtpSender(server(mail.smtp_port), BOT) as sender:
        assert failure(sender).kind == "permanent"
        sender.send(RAW, UNIT)
    assert len(mail.mails(UNIT)) == 1


# --- what refusals mean


@pytest.mark.shows("F15", "F16")
@pytest.mark.parametrize(
    ("code", "text", "kind", "action"),
    [
        (421, "HL:ICC 163 smtp", "pause", "retry"),
        (421, "HL:REP 163 smtp", "pause", "retry"),
        (450, "MI:DMC 163", "temporary", "retry"),
        (451, "RP:DRC 163", "temporary", "retry"),
        (451, "MI:SFQ 163 smtp", "pause", "retry"),
        (451, "RP:QRC 163", "pause", "retry"),
        (451, "DT:SPM 163 please try again", "temporary", "review"),
        (450, "DT:SPM 163", "temporary", "review"),
        (550, "DT:SPM 163", "permanent", "alert"),
        (554, "DT:SPM 163", "permanent", "alert"),
        (554, "DT:SUM 信封发件人和信头发件人不匹配", "permanent", "alert"),
        (550, "MI:STC 163", "pause", "alert"),
        (554, "5.5.0 MI:STC", "pause", "alert"),
        (554, "RP:TRC", "pause", "alert"),
        (550, "RP:RCL", "permanent", "alert"),
        (554, "HL:IPB", "pause", "alert"),
        (554, "MI:SPB 163", "pause", "alert"),
        (450, "WM:BLU", "pause", "alert"),
        (550, "Invalid User", "permanent", "bad-address"),
        (550, "User suspended", "permanent", "bad-address"),
        (550, "5.1.1 no", "permanent", "bad-address"),
        (552, "Illegal Attachment", "permanent", "fix-content"),
        (552, "Requested mail action aborted: exceeded mailsize limit", "permanent", "fix-content"),
        (553, "Mail from must equal authorized user", "pause", "alert"),
        (501, "mail from address must be same as authorization user", "pause", "alert"),
        (535, "Error: authentication failed", "refused-login", "alert"),
        (535, "Login fail. Account is abnormal, service is not open", "refused-login", "alert"),
        (451, "too much fail authentication", "pause", "alert"),
        (530, "x", "refused-login", "alert"),
        (452, "4.2.2 mailbox full", "temporary", "retry"),
        (421, "closing", "temporary", "retry"),
        (571, "whatever", "permanent", "alert"),
    ],
)
def test_classify(code: int, text: str, kind: str, action: str) -> None:
    error = classify(code, text)
    assert (error.kind, error.action) == (kind, action)
    assert error.code == code
    assert re.search("[一-鿿]", error.sentence)


def test_resume() -> None:
    now = datetime(2024, 2, 29, 23, 50, tzinfo=CHINA)
    assert classify(451, "MI:SFQ").resume_at(now) == now + timedelta(minutes=20)
    assert classify(554, "MI:STC").resume_at(now) == datetime(2024, 3, 1, 0, 10, tzinfo=CHINA)
    assert classify(452, "busy").resume_at(now) is None


def test_the_table_names_a_pause_for_every_pause() -> None:
    assert all(row.wait is not None for row in REFUSALS if row.kind == "pause")


def test_the_log_has_no_address() -> None:
    assert "@" not in classify(550, "<someone@units.example> unknown\r\nuser").detail


# --- what is known when the line breaks: reliability.md F15-F19


@pytest.mark.shows("F15")
@pytest.mark.parametrize("word", [b"AUTH", b"MAIL FROM", b"RCPT TO", b"DATA"])
def test_broken_before_the_dot_is_temporary(mail: EmbeddedMail, word: bytes) -> None:
    with FaultProxy(mail.smtp_port, Faults(drop_on=word)) as proxy:
        error = failure(SmtpSender(server(proxy.port), BOT))
    assert error.kind == "temporary"
    assert mail.mails(UNIT) == []


@pytest.mark.shows("F17")
def test_broken_after_the_dot_is_ambiguous(mail: EmbeddedMail) -> None:
    with FaultProxy(mail.smtp_port, Faults(drop_reply=b"\r\n.\r\n")) as proxy, SmtpSender(server(proxy.port), BOT) as sender:
        error = failure(sender)
        assert (error.kind, error.temporary) == ("ambiguous", True)
        assert mail.mails(UNIT) == [WIRE], "it did go out"
        proxy.faults = Faults()
        sender.send(RAW, UNIT)


@pytest.mark.shows("F19")
def test_silence_after_the_dot_is_ambiguous() -> None:
    def answer(line: bytes) -> bytes | None:
        if line[:4].upper() == b"DATA":
            return b"354 go on\r\n"
        return b"250 ok\r\n" if line[:4].upper() in (b"EHLO", b"MAIL", b"RCPT") else b""

    with Scripted(b"220 hi\r\n", answer) as silent:
        started = time.monotonic()
        error = failure(SmtpSender(server(silent.port, user=""), BOT, answer_timeout=0.3))
    assert error.kind == "ambiguous"
    assert time.monotonic() - started < 15


def test_refused_and_silent_servers(mail: EmbeddedMail) -> None:
    with FaultProxy(mail.smtp_port, Faults(refuse=True)) as proxy:
        assert failure(SmtpSender(server(proxy.port), BOT)).kind == "temporary"
        proxy.faults = Faults(blackhole=True)
        assert failure(SmtpSender(server(proxy.port, timeout=0.3), BOT)).kind == "temporary"
    assert failure(SmtpSender(server(proxy.port), BOT)).kind == "temporary"


def test_refused_at_the_greeting() -> None:
    with Scripted(b"554 HL:IPB you\r\n", lambda line: b"221 bye\r\n") as strict:
        assert failure(SmtpSender(server(strict.port), BOT)).kind == "pause"


def test_a_lost_goodbye_is_not_a_failure(mail: EmbeddedMail) -> None:
    with FaultProxy(mail.smtp_port, Faults(drop_on=b"quit\r\n")) as proxy, SmtpSender(server(proxy.port), BOT) as sender:
        sender.send(RAW, UNIT)
    assert mail.mails(UNIT) == [WIRE]


# --- TLS: F12


@pytest.mark.shows("F12")
def test_untrusted_certificate_gets_no_password(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    with Scripted(b"220 hi\r\n", lambda line: b"250 ok\r\n", certificate) as impostor:
        error = failure(SmtpSender(server(impostor.port, security="tls"), BOT))
    assert (error.kind, error.temporary) == ("refused-login", False)
    assert "密码没有发出" in error.sentence
    assert impostor.heard == []


@pytest.mark.shows("F12")
def test_stripped_starttls_gets_no_password() -> None:
    with Scripted(b"220 hi\r\n", lambda line: b"250 ok\r\n") as stripped:
        error = failure(SmtpSender(server(stripped.port, security="starttls"), BOT))
    assert error.kind == "refused-login"
    assert not any(b"AUTH" in line.upper() for line in stripped.heard)


def test_trusted_private_authority(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    assert ssl.HAS_TLSv1_2
    with EmbeddedMail({BOT: "secret", UNIT: "u"}, netease=True, certificate=certificate) as mail:
        with SmtpSender(server(mail.smtp_port, security="tls", ca_file=certificate[0]), BOT) as sender:
            sender.send(RAW, UNIT)
        assert mail.mails(UNIT) == [WIRE]


# --- the form on the wire


@pytest.mark.parametrize(
    ("raw", "wire"),
    [
        (b"a\nb", b"a\r\nb\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n.\r\nb\r\n"),
        (b"a\rb\n\rc", b"a\r\nb\r\n\r\nc\r\n"),
        (b"a\n.\nMAIL FROM:<x>", b"a\r\n.\r\nMAIL FROM:<x>\r\n"),
        (b"", b""),
    ],
)
def test_wire_form(raw: bytes, wire: bytes) -> None:
    assert wire_form(raw) == wire


@pytest.mark.shows("A73")
def test_smuggled_second_mail_stays_one_mail(mail: EmbeddedMail) -> None:
    for ending in (b"\n.\n", b"\r.\r", b"\r\n.\n", b"\n.\r\n"):
        with SmtpSender(server(mail.smtp_port), BOT) as sender:
            sender.send(b"Subject: x\r\n\r\na" + ending + b"mail FROM:<x@y.example>\r\n", UNIT)
    assert len(mail.mails(UNIT)) == 4


@pytest.mark.shows("A73")
def test_long_lines_are_folded(mail: EmbeddedMail) -> None:
    raw = b"Subject: " + b"word " * 500 + b"\n\n" + "长".encode() * 2000 + b"\n"
    wire = wire_form(raw)
    assert max(map(len, wire.split(b"\r\n"))) <= 998
    assert wire.replace(b"\r\n ", b" ").startswith(b"Subject: " + b"word " * 400)
    assert wire.decode().count("长") == 2000, "no character was cut in two"
    with SmtpSender(server(mail.smtp_port), BOT) as sender:
        sender.send(raw, UNIT)
    assert mail.mails(UNIT) == [wire]
