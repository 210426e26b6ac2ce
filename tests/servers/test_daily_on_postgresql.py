"""The letters of the day on a real PostgreSQL: what is unique there, what counts, what is found again."""

from datetime import timedelta

from daily.conftest import Open, open_office  # noqa: F401  the fixture
from daily.scene import morning
from daily.test_digest import built

from mailbot.domain.records import Posted


def test_reminders_and_the_digest_are_written_once(open_office: Open, postgres_url: str) -> None:  # noqa: F811
    office = open_office("2024-03-29T08:00:00", MAILBOT_DATABASE_URL=postgres_url)
    morning(office)
    assert (office.house.digesting().write(), office.house.digesting().write()) == (1, 0)
    digest = built(office)
    assert digest.case_count == 5 and digest.urgent and digest.arrivals.total == 43 and digest.health is not None
    office.at("2024-03-29T09:01:00")
    reminding = office.reminding()
    planned = reminding.plan(reminding.now())
    chased = list(reminding._chased(planned))
    assert office.house.ledger.put_chased(chased, reminding.now()) and not office.house.ledger.put_chased(chased, reminding.now())
    again = office.at("2024-03-29T15:00:00").reminding().write()
    assert again is not None and not again.round.reminders and len(planned.round.reminders) == 13
    assert office.house.ledger.put_letters([Posted(chased[0].letter.key, "digest", "x@y.example", "", b"", "waiting")], office.now[0]) == 0


def test_a_step_whose_letter_was_dropped_is_taken_again(open_office: Open, postgres_url: str) -> None:  # noqa: F811
    office = open_office("2024-03-28T09:01:00", MAILBOT_DATABASE_URL=postgres_url)
    first = office.reminding().write()
    assert first is not None and first.round.reminders
    assert office.house.ledger.last_digest(office.now[0] + timedelta(days=1)) is None
    office.at("2024-03-29T09:01:00")
    second = office.reminding().write()
    states = [q.state for q in office.house.ledger.letters_listed()]
    assert second is not None and states.count("dropped") == len(first.round.reminders) + len(first.round.escalations)
    assert {r.unit.id for r in first.round.reminders} <= {r.unit.id for r in second.round.reminders}
