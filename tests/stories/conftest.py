"""Whole mails in, letters out: a story is an office with its bundled rules, and units that mail to it."""

import email
import email.policy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from mailbot.app import status
from mailbot.app.intake import Intake
from mailbot.app.wiring import House
from mailbot.domain.mail import RawMail
from mailbot.domain.periods import SHANGHAI

GOOD = "mx.bureau.example; spf=pass smtp.mailfrom=units.example; dkim=none; dmarc=none"
FORGED = "mx.bureau.example; spf=fail smtp.mailfrom=units.example; dkim=none; dmarc=fail"


def compose(
    sender: str, subject: str = "材料", text: str = "附上，烦请接收。", files: dict[str, bytes] | None = None, *, when: str,
    message_id: str = "", results: str = GOOD, headers: dict[str, str] | None = None, html: str = "",
) -> bytes:  # fmt: skip
    """A mail as the office's server would hand it out: trace headers on top."""
    moment = datetime.fromisoformat(when).replace(tzinfo=SHANGHAI)
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, "nmyxjg@163.com", subject
    mail["Date"] = moment - timedelta(seconds=20)
    mail["Message-ID"] = message_id or f"<{hashlib.sha256(repr((sender, subject, when, text)).encode()).hexdigest()[:24]}@units.example>"
    for name, value in (headers or {}).items():
        mail[name] = value
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    for name, content in (files or {}).items():
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    trace = f"Return-Path: <{sender}>\r\nReceived: from units.example by mx.bureau.example;\r\n\t{moment:%a, %d %b %Y %H:%M:%S +0800}\r\n"
    if headers and "Return-Path" in headers:
        trace = trace.partition("\r\n")[2]
    return (trace + (f"Authentication-Results: {results}\r\n" if results else "")).encode() + mail.as_bytes()


@dataclass
class Story:
    house: House
    intake: Intake
    told: list[dict[str, Any]] = field(default_factory=list)

    def post(self, sender: str, subject: str = "材料", text: str = "附上，烦请接收。", files: dict[str, bytes] | None = None, **more: Any) -> dict[str, Any]:
        address = sender if "@" in sender else f"{sender}@units.example"
        return self.take(compose(address, subject, text, files, **more))

    def take(self, raw: bytes) -> dict[str, Any]:
        (taken,) = self.intake.take_all([self.intake.keep(RawMail([raw], file=f"{len(self.told):04}.eml"))])
        self.told.append(taken.shown)
        if taken.outcome.kind == "receipt":  # in every story: no receipt for what is not filed
            assert taken.outcome.filings
            filed = {(f.sha256, f.path) for f in self.house.ledger.all_filings()}
            assert {(f.sha256, f.path) for f in taken.outcome.filings} <= filed
        return taken.shown

    def letters(self, to: str | None = None) -> list[email.message.EmailMessage]:
        parsed = [email.message_from_bytes(q.raw, policy=email.policy.default) for q in self.house.ledger.letters_listed()]
        return [m for m in parsed if to is None or m["To"] == to]  # type: ignore[misc]

    def state(self, unit: str, duty: str, period: str, now: str = "2025-02-01T09:00:00", campaign: str = "naiman-2023") -> dict[str, Any]:
        moment = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI)
        found = [status.as_json(s) for s in status.standings(self.house.rules, self.house.ledger, moment, campaign=campaign)]
        return next(o for o in found if (o["unit"], o["duty"], o["period"]) == (unit, duty, period))


@pytest.fixture
def story(make_house: Any) -> Iterator[Story]:
    house = make_house()
    with house.intake() as intake:
        yield Story(house, intake)
    house.ledger.close()


def codes(shown: dict[str, Any]) -> set[str]:
    return {f["code"] for item in shown["items"] for f in item["findings"] if f["severity"] != "note"}


def gist(shown: dict[str, Any]) -> tuple[str, str]:
    return shown["disposition"], shown["reply"]["kind"]
