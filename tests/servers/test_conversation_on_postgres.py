"""A morning's conversation on a real PostgreSQL: held mail, a person's yes, undone, reminders, the digest, letters sent."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

from stories.conftest import compose

from mailbot.app.demo import papers
from mailbot.app.demo.papers import Counters
from mailbot.app.review import Reviewing
from mailbot.app.wiring import House
from mailbot.domain.mail import RawMail

UNIT = "苇莲苏市场监管所"


def test_a_mornings_conversation(postgres_url: str, make_house: Callable[..., House]) -> None:
    house = make_house("2024-03-29T09:30:00", MAILBOT_DATABASE_URL=postgres_url, MAILBOT_SENDING="live")
    paper = papers.risk_list_docx(unit=UNIT, reported_on=date(2024, 3, 28), counters=Counters(retailers_checked=40, officers_sent=80))
    mail = compose("somebody@mail.example", "一季度问题清单", files={"清单.docx": paper}, when="2024-03-29T09:20:00")
    with house.intake() as intake:
        (taken,) = intake.take_all([intake.keep(RawMail([mail], file="1.eml"))])
        assert taken.outcome.disposition == "review"
        (review,) = house.ledger.open_reviews(house.clock())
        desk = Reviewing(intake, "clerk")
        registered, vouched = desk.settle(review.id, "长期")
        assert [f.unit for f in house.ledger.all_filings()] == ["weiliansu"]
        desk.undo(vouched.ruling.id or 0)
        assert len(house.ledger.all_filings()) == 1  # the address is known all the same
        desk.undo(registered.ruling.id or 0)
        assert house.ledger.all_filings() == () and [r.id for r in house.ledger.open_reviews(house.clock())] == [review.id]
        desk.settle(review.id, "是")
        assert len(house.ledger.all_filings()) == 1 and len(house.ledger.rulings()) == 5
    written = house.reminding().write()
    assert written is not None and written.round.reminders
    assert house.reminding().write_once_a_day() == () and house.reminding().write_once_a_day() is None
    sent: list[str] = []

    class Way:
        def send(self, raw: bytes, recipient: str) -> None:
            sent.append(recipient)

    @contextmanager
    def connect() -> Iterator[Way]:
        yield Way()

    outbox = replace(house.outbox(), connect=connect, pause=lambda _: None)
    assert outbox.flush(hurry=True).sent == len(sent) > 3 and "weiliansu@units.example" in sent
    assert outbox.flush(hurry=True).sent == 0
    house.ledger.close()
