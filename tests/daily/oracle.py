"""Which reminder must go on which day, worked out from shared/duties.md and the holiday calendar by hand: no code of mailbot's is used.

An obligation throws an event on each day that a step of its falls on; a run of the bot takes the last event since its last run, unless that
is too old."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import yaml

STATIONS = (
    "daqintala", "baxiantong", "qinglongshan", "xinzhen", "zhian", "dongming", "sharihaolai", "yilongyong", "guribanhua", "baiyintala", "mingren",
    "huanghuatala", "tuchengzi", "weiliansu",
)  # fmt: skip
SQUADS = ("zhifa1", "zhifa2", "zhifa3")
HEADQUARTERS = ("zhifadadui",)
OFFICES = ("yaoxie", "huazhuangpin", "zonghe", "adr")
WRITES_FOR = {"group-yaoxie": "yaoxie", "group-huazhuangpin": "huazhuangpin"}
OFFSETS = (7, 3, 1, 0, -1, -3, -7)
STALE = 5
AHEAD = 30


@dataclass(frozen=True)
class Owed:
    unit: str
    duty: str
    period: str
    due: date


def obligations() -> list[Owed]:
    """The 628 of naiman-2023."""
    months = [(2023, m) for m in range(8, 13)] + [(2024, m) for m in range(1, 13)]
    quarters = [("2023Q3", date(2023, 10, 1)), ("2023Q4", date(2024, 1, 1)), ("2024Q1", date(2024, 4, 1)), ("2024Q2", date(2024, 7, 1)),
                ("2024Q3", date(2024, 10, 1)), ("2024Q4", date(2025, 1, 1))]  # fmt: skip
    field_units = (*STATIONS, *SQUADS)
    found = [Owed(u, "liaison", "2023-07-27", date(2023, 7, 27)) for u in (*field_units, *HEADQUARTERS, *OFFICES)]
    found += [Owed(u, "case-stats", f"{y}-{m:02}", date(y, m, 20)) for u in (*field_units, *HEADQUARTERS) for y, m in months]
    found += [Owed(u, "risk-list", q, due) for u in (*field_units, *HEADQUARTERS, "yaoxie", "huazhuangpin") for q, due in quarters]
    found += [Owed(u, "typical-case", q, due) for u in field_units for q, due in quarters]
    once = {"self-review": ["2023-09-15"], "interim-summary": ["2023-11-01", "2024-06-01"], "final-summary": ["2024-11-01"]}
    found += [Owed(u, duty, day, date.fromisoformat(day)) for duty, days in once.items() for u in field_units for day in days]
    inspectors = ("group-yaoxie", "group-huazhuangpin", *HEADQUARTERS, "yaoxie", "huazhuangpin")
    return found + [Owed(u, "flight-inspection", day, date.fromisoformat(day)) for u in inspectors for day in ("2023-11-01", "2024-11-01")]


class Days:
    """The State Council's days off and make-up days."""

    def __init__(self, file: Path) -> None:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        self.off = {day for days in data["holidays"].values() for day in days}
        self.made_up = {day for days in data["workdays"].values() for day in days}

    def works(self, day: date) -> bool:
        return day in self.made_up or (day.isoweekday() < 6 and day not in self.off)

    def shifted(self, day: date, step: int) -> date:
        while not self.works(day):
            day += timedelta(days=step)
        return day

    def events(self, due: date) -> dict[date, int]:
        """Day -> the step that falls on it; of several the one nearest to the end."""
        found: dict[date, int] = {}
        for offset in OFFSETS:
            found[self.shifted(due - timedelta(days=offset), -1 if offset >= 0 else 1)] = offset
        return found

    def escalation(self, due: date) -> date:
        return self.shifted(due + timedelta(days=7), 1)


@dataclass
class Bot:
    """Runs on some days. `done`: since which day an obligation is settled by nine o'clock."""

    days: Days
    owed: list[Owed]
    done: dict[Owed, date]
    last_run: date

    def run(self, today: date) -> tuple[dict[str, set[tuple[str, str, str, int]]], set[Owed], dict[str, list[Owed]]]:
        """Of this day: who is written to with which (unit, duty, period, offset); what is escalated; all that each of those owes."""
        told: dict[str, set[tuple[str, str, str, int]]] = {}
        escalated: set[Owed] = set()
        if not self.days.works(today):
            return told, escalated, {}
        still = [o for o in self.owed if not (o in self.done and self.done[o] <= today)]
        for o in still:
            news = [(day, offset) for day, offset in self.days.events(o.due).items() if self.last_run < day <= today]
            if news and (today - max(news)[0]).days <= STALE:
                told.setdefault(WRITES_FOR.get(o.unit, o.unit), set()).add((o.unit, o.duty, o.period, max(news)[1]))
            day = self.days.escalation(o.due)
            if self.last_run < day <= today and (today - day).days <= STALE:
                escalated.add(o)
        self.last_run = today
        owes = {u: sorted((o for o in still if WRITES_FOR.get(o.unit, o.unit) == u and (o.due - today).days <= AHEAD), key=lambda o: o.due) for u in told}
        return told, escalated, owes
