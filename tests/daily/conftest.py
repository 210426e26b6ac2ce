"""An office whose units file papers that are as right or as wrong as a test wants, without a mail being read."""

import email
import email.policy
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mailbot.app.reminders import Reminding
from mailbot.app.wiring import House
from mailbot.domain.findings import Finding
from mailbot.domain.obligations import Filing
from mailbot.domain.outcome import Outcome, ReviewItem
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.records import Record


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@dataclass
class Office:
    """`at` sets the clock."""

    house: House
    now: list[datetime]
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def at(self, text: str) -> "Office":
        self.now[0] = moment(text)
        return self

    def file(
        self, unit: str, duty: str, period: str, copy: str, when: str, *, findings: tuple[Finding, ...] = (), campaign: str = "naiman-2023",
        title: str = "", decided: str | None = None, name: str = "",
    ) -> None:  # fmt: skip
        filing = Filing(campaign, unit, duty, period, copy, None, name or f"{duty}.docx", f"{next(self._numbers):064x}", 20_000, moment(when),
                        findings=findings, title=title)  # type: ignore[arg-type]  # fmt: skip
        self.record(Outcome("submission", "", filings=(filing,)), unit, when, decided=decided)

    def record(
        self, outcome: Outcome, unit: str, when: str, *, sender: str = "", subject: str = "材料", decided: str | None = None, kind: str = "receipt",
        items: list[dict[str, Any]] | None = None,
    ) -> int | None:  # fmt: skip
        n = next(self._numbers)
        campaign = self.house.rules.campaigns[0]
        outcome = replace(outcome, unit=campaign.roster.by_id(unit))
        shown = {"items": [{"path": f.path, "sha256": f.sha256, "unit": None, "form": f.form, "copy": f.copy, "campaign": f.campaign, "duty": f.duty,
                            "period": f.period} for f in outcome.filings] if items is None else items,
                 "reply": {"kind": kind}, "trusted": kind != "held"}  # fmt: skip
        return self.house.ledger.record(Record(
            sha256=f"{n:064x}", message_id=f"<{n}@units.example>", content_key=f"{n:064x}", file=None, sender=sender or f"{unit}@units.example",
            subject=subject, received_at=moment(when), decided_at=moment(decided or when), number=f"{n:06}", rules_version="v", outcome=outcome,
            shown=shown, letters=(),
        ))  # fmt: skip

    def both(self, unit: str, duty: str, period: str, when: str, **more: Any) -> None:
        self.file(unit, duty, period, "editable", when, **more)
        self.file(unit, duty, period, "scan", when, **more)

    def ask(self, unit: str, review: str, question: str, when: str, **more: Any) -> None:
        self.record(Outcome("review", question, reviews=(ReviewItem(review, question),)), unit, when, **more)

    def reminding(self) -> Reminding:
        return self.house.reminding()

    def letters(self, *kinds: str) -> list[email.message.EmailMessage]:
        listed = [q for q in self.house.ledger.letters_listed() if not kinds or q.kind in kinds]
        return [email.message_from_bytes(q.raw, policy=email.policy.default) for q in listed]  # type: ignore[misc]

    def states(self) -> list[tuple[str, str]]:
        return [(q.kind, q.state) for q in self.house.ledger.letters_listed()]


Open = Callable[..., Office]


@pytest.fixture
def open_office(make_house: Any) -> Iterator[Open]:
    opened: list[House] = []

    def make(now: str = "2024-03-29T09:30:00", config: Path | None = None, **environment: str) -> Office:
        clock = [moment(now)]
        house = replace(make_house(now, config, **{"MAILBOT_SENDING": "live"} | environment), clock=lambda: clock[0])
        opened.append(house)
        return Office(house, clock)

    yield make
    for house in opened:
        house.close()
