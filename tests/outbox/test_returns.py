"""Letters that come back: believed only by their signature. And copies of what was perhaps sent."""

import base64
import email
import email.policy
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest
from outbox.conftest import UNIT, Bureau, risk_list
from stories.conftest import compose

from mailbot.domain.bounces import id_of, is_return, message_id, named_in, report_of, signature
from mailbot.domain.errors import SendError

Make = Callable[..., Bureau]
DAEMON = "mailer-daemon@units.example"


def dsn(ours: str, to: str, *, status: str = "5.1.1", action: str = "failed", hidden: bool = False) -> bytes:
    """A delivery report (RFC 3464) with the head of the letter, plain or as base64."""
    letter = f"Message-ID: {ours}\r\nTo: {to}\r\nSubject: Re\r\n\r\n"
    encoded = base64.encodebytes((letter + "x" * 100).encode()).decode().replace("\n", "\r\n")
    returned = f"Content-Transfer-Encoding: base64\r\n\r\n{encoded}" if hidden else f"\r\n{letter}"
    return (
        f"Return-Path: <>\r\nFrom: MAILER-DAEMON <{DAEMON}>\r\nTo: nmyxjg@163.com\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Message-ID: <dsn@units.example>\r\nDate: Thu, 28 Mar 2024 10:00:00 +0800\r\nAuto-Submitted: auto-replied\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nsorry\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.units.example\r\n\r\nFinal-Recipient: rfc822; {to}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} <{to}>: User unknown\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n{returned}\r\n--b--\r\n"
    ).encode()


def answered(bureau: Make, unit: str = "xinzhen") -> Bureau:
    office = bureau()
    office.post(unit, {"清单.docx": risk_list()})
    assert office.flush(hurry=True).sent == 1
    return office.later(minutes=30)


def take(office: Bureau, raw: bytes) -> dict[str, object]:
    from stories.conftest import Story

    return Story(office.house, office.intake).take(raw)


@pytest.mark.parametrize("hidden", [False, True], ids=["plain", "base64"])
@pytest.mark.shows("A10", "F16")
def test_a_letter_that_comes_back_marks_it_and_its_address(bureau: Make, hidden: bool) -> None:
    office = answered(bureau)
    shown = take(office, dsn(id_of(office.sent[0][2]), UNIT, hidden=hidden))
    assert shown["disposition"] == "automatic" and office.states() == ["bounced"] and len(office.listed()) == 1
    (bad,) = office.house.ledger.bad_addresses()
    assert bad.address == UNIT and bad.why == "被对方服务器退回（550 5.1.1 User unknown）" and "@" not in bad.why


def test_netease_says_it_in_a_mail_of_its_own(bureau: Make) -> None:
    office = answered(bureau)
    ours = id_of(office.sent[0][2])
    text = f"抱歉，您的邮件被退回来了……\n原因：对方邮箱不存在 550 User not found: {UNIT}\nMessage-ID: {ours}"
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = "Postmaster@163.com", "nmyxjg@163.com", "系统退信", "<r@163.com>"
    mail["Date"] = office.now
    mail.set_content(text, cte="base64")
    take(office, mail.as_bytes())
    assert office.states() == ["bounced"] and "550 User not found" in office.house.ledger.bad_addresses()[0].why


@pytest.mark.shows("A09")
def test_a_forged_report_does_nothing(bureau: Make) -> None:
    """Zammad marked whatever Final-Recipient a report named that quoted any one known Message-ID (reliability.md, finding 12)."""
    office = bureau()
    office.post("xinzhen", {"清单.docx": risk_list()})
    office.post("zhian", {"清单.docx": risk_list("治安市场监管所")})
    office.flush(hurry=True)
    mine = id_of(office.sent[0][2])
    number, kind, moment, signed = mine.strip("<>").partition("@")[0].split(".")
    for n, forged in enumerate((f"<{number}.{kind}.{moment}.{'0' * 24}@163.com>", f"<{number}.{kind}.{moment}.{signed[::-1]}@163.com>", "<x@163.com>")):
        take(office, dsn(forged, "zhian@units.example").replace(b"<dsn@", f"<dsn{n}@".encode()))
    assert office.states() == ["sent", "sent"]
    take(office, dsn(mine, "zhian@units.example").replace(b"<dsn@", b"<dsn9@"))  # who knows one id silences its own address only
    assert [b.address for b in office.house.ledger.bad_addresses()] == [UNIT]


def test_a_report_that_a_letter_is_late_marks_nothing(bureau: Make) -> None:
    office = answered(bureau)
    take(office, dsn(id_of(office.sent[0][2]), UNIT, status="4.4.1", action="delayed"))
    assert office.states() == ["sent"]


@pytest.mark.shows("A14", "P5")
def test_a_read_receipt_and_an_automatic_reply_are_no_returns(bureau: Make) -> None:
    office = answered(bureau)
    ours = id_of(office.sent[0][2])
    mdn = dsn(ours, UNIT).replace(b"delivery-status", b"disposition-notification").replace(b"Undelivered Mail Returned to Sender", b"read")
    take(office, mdn.replace(DAEMON.encode(), UNIT.encode()))
    take(office, compose(UNIT, "自动回复：出差", when="2024-03-28T11:00:00", headers={"In-Reply-To": ours}, text=f"原信 {ours}"))
    assert office.states() == ["sent"] and len(office.listed()) == 1


def test_a_letter_perhaps_sent_that_comes_back_is_not_tried_again(bureau: Make) -> None:
    office = bureau()
    office.post("xinzhen", {"清单.docx": risk_list()})
    office.answers = [SendError("ambiguous", "不知是否发出")]
    office.flush(hurry=True)
    take(office, dsn(id_of(office.listed()[0].raw), UNIT))
    assert office.states() == ["bounced"] and office.later(hours=1).flush().sent == 0


def test_a_copy_that_comes_to_our_own_mailbox_says_that_a_letter_went_out(bureau: Make) -> None:
    office = bureau()
    office.post("xinzhen", {"清单.docx": risk_list()})
    office.answers = [SendError("ambiguous", "不知是否发出")]
    office.flush(hurry=True)
    take(office, office.listed()[0].raw)
    assert office.states() == ["sent"] and office.later(hours=1).flush().sent == 0


def test_a_message_id_is_bound_to_its_letter_and_its_address(bureau: Make) -> None:
    office = bureau()
    secret, other = b"k" * 32, b"o" * 32
    made = message_id("20240328-ABC", "receipt", office.now, signature(secret, "key", UNIT), "163.com")
    (named,) = named_in(f"References: <a@b> {made} {made}")
    assert named.written_at == office.now and named.is_of(secret, "key", UNIT.upper())
    assert not named.is_of(secret, "key", "other@units.example") and not named.is_of(secret, "kez", UNIT) and not named.is_of(other, "key", UNIT)


def test_hostile_reports_cost_little_time() -> None:
    import time

    begun = time.perf_counter()
    for raw in (b"A" * 3_000_000, b"A" * 76 + b"\r\n" + (b"B" * 76 + b"\r\n") * 40_000, b"Diagnostic-Code: x\n " * 100_000, b"a." * 1_000_000,
                b"550 " * 500_000, b"<a.b.00000000.000000000000000000000000@x>\nDiagnostic-Code: x; " + b"a" * 1_900_000):  # fmt: skip
        report_of(raw, ())
    assert time.perf_counter() - begun < 5


def test_only_reports_of_delivery_are_returns(bureau: Make) -> None:
    from mailbot.domain.mail import Envelope, Message

    def mail(subject: str, sender: str, report: str = "") -> Message:
        return Message(Envelope(subject=subject, sender=sender), report_type=report)

    assert is_return(mail("系统退信", "postmaster@163.com")) and is_return(mail("x", "a@b.example", "delivery-status"))
    assert is_return(mail("x", "mailer-daemon@x.example")) and is_return(mail("Mail delivery failed: returning", "a@b.example"))
    assert not is_return(mail("已读：回执", "a@b.example")) and not is_return(mail("系统退信", "postmaster@163.com", "disposition-notification"))


def test_bad_addresses_are_told_by_the_latest_letter(bureau: Make) -> None:
    office = answered(bureau)
    take(office, dsn(id_of(office.sent[0][2]), UNIT))
    assert len(office.house.ledger.bad_addresses()) == 1
    office.later(hours=1).post("xinzhen", {"清单.docx": risk_list()}, "再报")
    office.flush(hurry=True)
    assert office.house.ledger.bad_addresses() == () and office.house.ledger.wanting_staff(office.now - timedelta(days=1), office.now) != ()


def test_of_a_report_full_of_ids_fifty_are_looked_up_and_each_moment_once(bureau: Make) -> None:
    from sqlalchemy import event

    office = answered(bureau)
    ours = id_of(office.sent[0][2])
    moment = f"{int(office.now.timestamp()):08x}"
    text = ours + "".join(f"\na.receipt.{moment}.{n:024x}@163.com" for n in range(5000))
    named = named_in(text)
    assert len(named) == 50 and named[0] == named_in(ours)[0]
    asked: list[str] = []
    event.listen(office.house.ledger.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    secret = office.house.ledger.signing_key_if_any()
    assert secret and office.house.ledger.find_letters(named, secret) == (office.listed()[0].id,)
    assert sum("FROM letters" in query and "created_at" in query and "recipient" in query for query in asked) <= 3  # two moments, and what is listed


def test_a_letter_that_comes_back_days_later_is_among_the_troubles_of_the_next_digest_only(bureau: Make) -> None:
    office = answered(bureau)
    office.at("2024-04-01T10:00:00")
    take(office, dsn(id_of(office.sent[0][2]), UNIT))
    ledger = office.house.ledger
    since, now = office.now.replace(hour=8), office.now + timedelta(hours=22)
    assert [q.state for q in ledger.wanting_staff(since, now)] == ["bounced"] and ledger.wanting_staff(now, now + timedelta(days=1)) == ()
    assert office.listed()[0].sent_at is not None and office.listed()[0].sent_at < since
