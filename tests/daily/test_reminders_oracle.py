"""A year and a half of reminders, day by day, against a calculation that shares no code with the bot."""

import random
from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from daily.conftest import Open
from daily.oracle import Bot, Days, Owed, obligations

from mailbot.app.places import bundled
from mailbot.app.status import standings
from mailbot.domain.periods import SHANGHAI

FIRST, LAST = date(2023, 7, 3), date(2025, 1, 31)


def _habits(chance: random.Random, owed: list[Owed]) -> dict[Owed, tuple[date, date]]:
    """When the editable version and the scan come: punctual, late, forgetful and sloppy units. What is not in it never comes."""
    kinds = {unit: chance.choice(("punctual", "late", "forgetful", "sloppy")) for unit in sorted({o.unit for o in owed})}
    found = {}
    for o in owed:
        match kinds[o.unit]:
            case "punctual":
                days = chance.randint(-12, 0)
            case "late":
                days = chance.randint(-2, 14)
            case "forgetful" if chance.random() < 0.3:
                continue
            case _:
                days = chance.randint(-6, 25)
        first = o.due + timedelta(days=days)
        found[o] = first, first + timedelta(days=chance.choice((0, 0, 1, 4)) if kinds[o.unit] == "sloppy" else 0)
    return found


def test_the_oracle_knows_the_628_obligations() -> None:
    owed = obligations()
    assert len(owed) == len(set(owed)) == 628
    assert Counter(o.duty for o in owed)["case-stats"] == 18 * 17


@pytest.mark.parametrize(("seed", "days_off"), [(1, 0.0), (2, 0.15)], ids=["always on", "often off"])
def test_every_reminder_of_a_year_and_a_half_goes_on_its_day(open_office: Open, seed: int, days_off: float) -> None:
    office = open_office(MAILBOT_SENDING="shadow")
    chance = random.Random(seed)
    owed = obligations()
    comes = _habits(chance, owed)
    for o, (editable, scan) in comes.items():
        office.file(o.unit, o.duty, o.period, "editable", f"{editable}T08:00:00", title="一案")
        office.file(o.unit, o.duty, o.period, "scan", f"{scan}T08:00:00", title="一案")
    bot = Bot(Days(bundled("config") / "calendar.yaml"), owed, {o: max(both) for o, both in comes.items()}, FIRST - timedelta(days=1))
    rules, ledger, day, letters = office.house.rules, office.house.ledger, FIRST, 0
    filings = ledger.all_filings("naiman-2023")

    class Remembered:  # the filings do not change: asking for them 570 times is not what is looked at
        def all_filings(self, campaign: str) -> object:
            return filings if campaign == "naiman-2023" else ()

    while day <= LAST:
        now = datetime.combine(day, time(9, 5), SHANGHAI)
        office.now[0] = now
        reminding = office.reminding()
        if reminding.opens() == now and chance.random() >= days_off:
            found = standings(rules, Remembered(), now, campaign="naiman-2023")  # type: ignore[arg-type]
            planned = reminding.plan(now, found)
            assert ledger.put_chased(list(reminding._chased(planned)), now)
            told, escalated, owes = bot.run(day)
            assert {r.unit.id: {(*i.key[1:], i.offset) for i in r.items if i.offset is not None} for r in planned.round.reminders} == told, day
            assert {r.unit.id: sorted(i.key[1:] for i in r.items) for r in planned.round.reminders} == {
                u: sorted((o.unit, o.duty, o.period) for o in mine) for u, mine in owes.items()
            }, day
            assert all([i.due for i in r.items] == sorted(i.due for i in r.items) for r in planned.round.reminders)
            assert {e.item.key[1:] for letter in planned.round.escalations for e in letter.items} == {(o.unit, o.duty, o.period) for o in escalated}, day
            letters += len(planned.round.reminders)
        elif reminding.opens() != now:
            assert bot.run(day) == ({}, set(), {})
        day += timedelta(days=1)
    assert letters > 500
    per_day = Counter((q.recipient, q.created_at.astimezone(SHANGHAI).date()) for q in ledger.letters_listed() if q.kind == "reminder")
    assert set(per_day.values()) == {1}
