"""A70: hundreds of mails from one address in a minute, one text from hundreds of addresses (500 with MAILBOT_SOAK=1). No stranger is answered
twice, what waits for a person stands together, the round stays short, and a unit that reports in the midst of it is answered. What goes out on
one day is for the caps (P6)."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
from mail.make import office
from mail.papers import page, risk_docx
from mail.pieces import file, mail, plain, text, word

from mailbot.app.intake import Intake
from mailbot.app.wiring import House
from mailbot.domain.mail import RawMail
from mailbot.domain.periods import SHANGHAI

_MANY = 500 if os.environ.get("MAILBOT_SOAK") else 150
_SECONDS = 120.0  # of work for all of them on a busy machine; the next poll is due after five minutes
_BEGAN = datetime(2024, 3, 28, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Intake]]:
    with office(tmp_path_factory.mktemp("flood")) as both:
        yield both


def _from(address: str, number: int, raw: Callable[[dict[str, bytes], bytes], bytes]) -> RawMail:
    moment = _BEGAN + timedelta(milliseconds=100 * number)
    trace = f"Return-Path: <{address}>\r\nReceived: from x by mx.bureau.example;\r\n\t{format_datetime(moment)}\r\n".encode()
    return RawMail([raw({"From": address.encode(), "Message-ID": b"<%d@flood.example>" % number}, trace)], file=f"{number}.eml")


def _claims(changes: dict[str, bytes], trace: bytes) -> bytes:
    """A mail that says it is from a unit, so that it is held and may be answered once."""
    words = "八仙筒市场监管所报送2024年第一季度风险隐患排查问题清单：本期无风险隐患。http://spam.example/"
    return plain(words.encode(), changes={**changes, "Subject": word("报送")}, trace=trace)


def _report(changes: dict[str, bytes], trace: bytes) -> bytes:
    return mail(text(), file("一季度问题清单.docx", risk_docx("新镇市场监管所")), file("扫描件.png", page()), changes=changes, trace=trace)


def _all(desk: tuple[House, Intake], mails: list[RawMail]) -> Counter[str]:
    """Letters by recipient, after all of them in one round; the office's own unit reports in the middle."""
    _, intake = desk
    mails.insert(len(mails) // 2, _from("xinzhen@units.example", 9_999, _report))
    began = time.monotonic()
    taken = list(intake.take_all(intake.keep(one) for one in mails))
    assert time.monotonic() - began < _SECONDS
    ours = next(t for t in taken if t.facts.sender.address == "xinzhen@units.example")
    assert (ours.outcome.disposition, ours.outcome.kind, len(ours.outcome.filings)) == ("submission", "receipt", 2)
    others = [t for t in taken if t is not ours]
    assert not any(t.outcome.filings for t in others) and {t.outcome.disposition for t in others} <= {"review", "foreign", "duplicate", "inquiry"}
    assert not any("spam.example" in letter.raw.decode("ascii", "replace") for t in others for letter in t.letters)
    return Counter(letter.recipient for t in others for letter in t.letters)


@pytest.mark.shows("A70")
def test_hundreds_of_mails_of_one_stranger_are_answered_once_and_wait_together(desk: tuple[House, Intake]) -> None:
    sent = _all(desk, [_from("evil@163.example", n, _claims) for n in range(_MANY)])
    assert sent["evil@163.example"] <= 1
    digest = desk[0].digesting().build()
    assert len([c for c in digest.cases if any(one.kind == "unknown-sender" for one in c.cases)]) == 1


@pytest.mark.shows("A70")
def test_one_text_from_hundreds_of_addresses_waits_together_and_nobody_hears_twice(desk: tuple[House, Intake]) -> None:
    sent = _all(desk, [_from(f"evil{n}@163.example", n, _claims) for n in range(_MANY)])
    assert all(count <= 1 for address, count in sent.items() if address.startswith("evil"))
    digest = desk[0].digesting().build()
    assert len([c for c in digest.cases if any(one.kind == "unknown-sender" for one in c.cases)]) == 1

