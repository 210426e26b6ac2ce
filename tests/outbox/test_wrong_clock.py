"""For an hour the machine's clock was a year ahead; then it is right again. Nothing is silent for that year."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from outbox.conftest import UNIT, Bureau, risk_list
from outbox.test_manners import put

from mailbot.domain.errors import SendError

Make = Callable[..., Bureau]
pytestmark = pytest.mark.shows("F30", "P6", "P14")


def a_year_ahead(bureau: Make) -> Bureau:
    return bureau("2024-03-28T09:00:00").at("2025-03-28T09:00:00")


@pytest.mark.shows("P6", "F30")
def test_letters_dated_a_year_ahead_use_up_no_limit_of_today(bureau: Make) -> None:
    office = a_year_ahead(bureau)
    for n in range(5):
        put(office.house.ledger, "reminder", UNIT, n, office, "xinzhen")
    assert office.flush().sent == 5
    office.at("2024-03-28T10:00:00").post("xinzhen", {"清单.docx": risk_list()})
    ledger = office.house.ledger
    assert ledger.sent_count(office.now - timedelta(days=1), office.now) == 0 and ledger.sent_first(office.now - timedelta(days=1), office.now) is None
    told = office.flush(hurry=True)
    assert told.sent == 1 and told.problems == () and office.sent[-1][:2] == (office.now, UNIT)


def test_a_letter_that_was_to_wait_until_next_year_goes_now_and_that_is_told(bureau: Make) -> None:
    office = a_year_ahead(bureau)
    office.post("xinzhen", {"清单.docx": risk_list()})
    told = office.at("2024-03-28T10:00:00").flush()
    assert told.sent == 1 and [p for p in told.problems if p.startswith("有 1 封信记的发出时间在两天以后")]


def test_a_settle_window_is_no_mistake(bureau: Make) -> None:
    office = bureau("2024-03-28T09:00:00")
    office.post("xinzhen", {"清单.docx": risk_list()})
    assert office.flush().sent == 0 and office.later(minutes=20).flush().problems == () and office.states() == ["sent"]


def test_a_pause_until_next_year_is_told_once_and_not_kept(bureau: Make) -> None:
    office = a_year_ahead(bureau)
    put(office.house.ledger, "reminder", UNIT, 1, office, "xinzhen")
    office.answers = [SendError("pause", "发得太快", wait=900)]
    assert office.flush().unreachable
    told = office.at("2024-03-28T10:00:00").flush()
    assert told.sent == 1 and any("暂停发信到 2025-03-28 09:15" in p and "没有照办" in p for p in told.problems)
    assert office.later(minutes=1).flush().problems == ()


def test_a_pause_asked_for_now_counts_though_one_of_next_year_was_noted(bureau: Make) -> None:
    office = bureau("2024-03-28T10:00:00")
    office.house.ledger.hold_all(office.now + timedelta(days=366), office.now + timedelta(days=366))
    office.house.ledger.hold_all(office.now + timedelta(minutes=15), office.now)
    put(office.house.ledger, "reminder", UNIT, 1, office, "xinzhen")
    assert office.later(minutes=14).flush().sent == 0 and office.later(minutes=2).flush().sent == 1
