"""What the model found, as small stories."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from stories.conftest import Story, compose

from mailbot.app.demo import papers
from mailbot.app.wiring import House
from mailbot.domain.mail import Place, RawMail
from mailbot.domain.periods import SHANGHAI

SOMEONE = "someone@mail.example"


def _list_of(unit: str) -> dict[str, bytes]:
    return {"清单.docx": papers.risk_list_docx(unit=unit, reported_on=date(2024, 3, 28))}


@pytest.mark.shows("P9")
@pytest.mark.parametrize(
    "moments", [("2024-03-28T09:00:00", "2024-03-28T09:00:00"), ("2024-03-28T10:00:00", "2024-03-28T09:00:00")], ids=["in one second", "the later one first"]
)
def test_a_stranger_who_writes_twice_gets_one_letter_a_week_in_whatever_order_the_mails_are_taken(
    make_house: Callable[..., House], moments: tuple[str, str]
) -> None:
    house = make_house("2024-03-28T12:00:00", MAILBOT_SENDING="live")
    with house.intake() as intake:
        for uid, moment in enumerate(moments, 1):
            raw = compose(SOMEONE, f"材料{uid}", files=_list_of("新镇市场监管所"), when=moment)
            place = Place("INBOX", 1, uid, len(raw), datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI), "nmyxjg@163.com")
            (_,) = intake.take_all([intake.keep(RawMail([raw], place))])
        assert len(Story(house, intake).letters(SOMEONE)) == 1
    house.close()
