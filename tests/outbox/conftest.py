"""An office on a clock that the story moves: units mail, minutes pass, the outbox is flushed. The way out is a list here."""

import email
import email.policy
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from stories.conftest import Story, compose

from mailbot.app.demo import papers
from mailbot.app.demo.scan import Page, stamped_jpeg
from mailbot.app.intake import Intake
from mailbot.app.outbox import Flushed, Outbox
from mailbot.app.places import bundled
from mailbot.app.wiring import House
from mailbot.domain.errors import SendError
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.records import Queued

UNIT, NAME = "xinzhen@units.example", "新镇市场监管所"


@dataclass
class Bureau:
    """`answers`: what the provider says to the next letters, None for yes."""

    house: House
    intake: Intake
    now: datetime
    sent: list[tuple[datetime, str, bytes]] = field(default_factory=list)
    answers: list[SendError | None] = field(default_factory=list)

    def at(self, text: str) -> "Bureau":
        """The clock stands at that moment (2024-01-09T13:00)."""
        self.now = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
        return self

    def later(self, **delta: float) -> "Bureau":
        self.now += timedelta(**delta)
        return self

    def post(self, sender: str, files: dict[str, bytes] | None = None, subject: str = "材料", text: str = "附上，烦请接收。", **more: Any) -> dict[str, Any]:
        address = sender if "@" in sender else f"{sender}@units.example"
        raw = compose(address, subject, text, files, when=f"{self.now:%Y-%m-%dT%H:%M:%S}", **more)
        return Story(self.house, self.intake).take(raw)

    def send(self, raw: bytes, recipient: str) -> None:
        said = self.answers.pop(0) if self.answers else None
        if said is not None:
            raise said
        self.sent.append((self.now, recipient, raw))

    def outbox(self, **settings: Any) -> Outbox:
        @contextmanager
        def connect() -> Iterator[Bureau]:
            yield self

        rules = self.house.rules
        if settings:
            sender = replace(rules.settings.sender, **settings)
            rules = replace(rules, settings=replace(rules.settings, sender=sender))

        def pause(seconds: float) -> None:
            self.now += timedelta(seconds=seconds)

        return Outbox(rules, self.house.ledger, connect, lambda: self.now, pause, self.house.templates, self.house.stopped)

    def flush(self, *, hurry: bool = False, limit: timedelta | None = None, patient: bool = False, **settings: Any) -> Flushed:
        return self.outbox(**settings).flush(hurry=hurry, limit=limit, patient=patient)

    def states(self) -> list[str]:
        return [q.state for q in self.listed()]

    def listed(self) -> tuple[Queued, ...]:
        return self.house.ledger.letters_listed()

    def letter(self, number: int = -1) -> EmailMessage:
        return email.message_from_bytes(self.sent[number][2], policy=email.policy.default)  # type: ignore[return-value]


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def risk_list(unit: str = NAME, **more: Any) -> bytes:
    return papers.risk_list_docx(unit=unit, reported_on=date(2024, 3, 28), title="2024年第一季度“两品一械”风险隐患排查问题清单", **more)


def scan(unit: str | None = NAME) -> bytes:
    return stamped_jpeg(Page(title="清单", lines=(), seal=unit))


def office_in(home: Path, stack: ExitStack, now: str, **environment: str) -> Bureau:
    """An office with its bundled rules, sending live; it is closed with the stack."""
    moving: list[Bureau] = []
    start = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI)
    said = {"MAILBOT_SCANS": "off", "MAILBOT_SENDING": "live", **environment}
    house = House(bundled("config"), home, lambda: moving[0].now if moving else start, said)
    intake = stack.enter_context(house.intake())
    stack.callback(house.ledger.close)
    moving.append(Bureau(house, intake, start))
    return moving[0]


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[Callable[..., Bureau]]:
    with ExitStack() as stack:
        yield lambda now="2024-03-28T09:00:00", **environment: office_in(tmp_path / "home", stack, now, **environment)
