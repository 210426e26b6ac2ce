"""A running worker writes and sends the day's letters at their times, and one round alone does not."""

import dataclasses
import email
import email.policy
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from daily.conftest import moment

from mailbot.adapters.embedded import EmbeddedMail
from mailbot.app.wiring import House
from mailbot.app.worker import Worker

BOT, STAFF, UNIT = "nmyxjg@163.com", "office@bureau.example", "xinzhen@units.example"


@dataclasses.dataclass
class Running:
    servers: EmbeddedMail
    house: House
    worker: Worker
    clock: list[datetime]

    def tick(self, now: str) -> Any:
        self.clock[0] = moment(now)
        return self.worker.once()

    def subjects(self, address: str) -> list[str]:
        return [str(email.message_from_bytes(raw, policy=email.policy.default)["Subject"]) for raw in self.servers.mails(address)]


@pytest.fixture
def running(make_house: Any) -> Iterator[Any]:
    """An office with the first two units of its roster only, so that the letters are few."""
    with EmbeddedMail({BOT: "pw", STAFF: "pw", UNIT: "pw", "daqintala@units.example": "pw"}, netease=True) as servers:
        clock = [moment("2024-03-29T07:50:00")]
        house = make_house(
            MAILBOT_IMAP_URL=f"imap://nmyxjg%40163.com@127.0.0.1:{servers.imap_port}", MAILBOT_IMAP_PASSWORD="pw",
            MAILBOT_SMTP_URL=f"smtp://nmyxjg%40163.com@127.0.0.1:{servers.smtp_port}", MAILBOT_SMTP_PASSWORD="pw", MAILBOT_SENDING="live",
        )  # fmt: skip
        house = dataclasses.replace(house, clock=lambda: clock[0], pause=lambda _: None)
        first, *_ = house.rules.campaigns
        few = dataclasses.replace(first, units=tuple(u for u in first.units if u.id in ("xinzhen", "daqintala")))
        house.__dict__["rules"] = dataclasses.replace(house.rules, campaigns=(few,))
        with house.intake() as intake:
            yield lambda scheduled: Running(servers, house, house.worker(intake, lambda done, total: None, scheduled=scheduled), clock)
        house.close()


def test_a_running_worker_mails_the_digest_at_eight_and_the_reminders_at_nine(running: Any) -> None:
    office = running(True)
    assert office.tick("2024-03-29T07:55:00").flushed.sent == 0
    done = office.tick("2024-03-29T08:00:20")
    assert done.flushed.sent == 1 and not done.problems and len(office.subjects(STAFF)) == 1
    assert office.subjects(STAFF)[0].startswith("【日报】3月29日")
    assert office.tick("2024-03-29T08:05:00").flushed.sent == 0
    assert office.tick("2024-03-29T09:00:20").flushed.sent >= 2
    assert [s[:4] for s in office.subjects(UNIT)] == ["【提醒】"]
    assert office.tick("2024-03-29T09:05:00").flushed.sent == 0
    assert office.tick("2024-03-30T09:05:00").flushed.sent == 0, "a Saturday"


def test_a_worker_that_starts_late_makes_the_day_good(running: Any) -> None:
    office = running(True)
    office.tick("2024-03-29T16:20:00")
    assert len(office.subjects(STAFF)) >= 1 and len(office.subjects(UNIT)) == 1


def test_the_digest_carries_the_ledger_as_a_workbook(running: Any) -> None:
    import io

    import openpyxl

    office = running(True)
    office.tick("2024-03-29T08:00:20")
    (raw,) = office.servers.mails(STAFF)
    (book,) = email.message_from_bytes(raw, policy=email.policy.default).iter_attachments()
    assert book.get_filename() == "台账2024-03-29.xlsx"
    sheets = openpyxl.load_workbook(io.BytesIO(book.get_content()))
    assert len(sheets.sheetnames) > 5 and "新镇市场监管所" in {cell.value for row in sheets.worksheets[0].iter_rows() for cell in row}


def test_one_round_alone_writes_no_letters_of_the_day(running: Any) -> None:
    office = running(False)
    assert office.tick("2024-03-29T09:30:00").flushed.sent == 0
    assert office.house.ledger.mark("last_poll") == "2024-03-29T09:30:00+08:00"


def test_a_reminder_that_became_needless_in_the_outbox_is_not_sent(running: Any) -> None:
    office = running(True)
    office.clock[0] = moment("2024-03-29T09:00:20")
    office.house.reminding().write()
    campaign = office.house.rules.campaigns[0]
    waived = tuple(
        dataclasses.replace(d, who=("daqintala",)) for d in campaign.duties
    )  # the unit owes nothing any more
    office.house.__dict__["rules"] = dataclasses.replace(office.house.rules, campaigns=(dataclasses.replace(campaign, duties=waived),))
    office.house.ledger.put_mark("reminders_written", "2024-03-29")
    office.house.outbox().flush()
    states = {q.recipient: q.state for q in office.house.ledger.letters_listed() if q.kind == "reminder"}
    assert states == {UNIT: "dropped", "daqintala@units.example": "sent"} and not office.subjects(UNIT)
