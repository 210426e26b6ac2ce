"""Working days: weekends, days off and make-up workdays (调休), as config/calendar.yaml says them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from mailbot.domain.rule import Rule

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Calendar(Rule):
    """config/calendar.yaml: days off and make-up workdays by year, from the State Council's notices."""

    holidays: Mapping[int, tuple[date, ...]] = field(default_factory=dict)
    workdays: Mapping[int, tuple[date, ...]] = field(default_factory=dict)

    def knows(self, year: int) -> bool:
        """Whether the notice of that year was entered."""
        return bool(self.holidays.get(year))

    def lacking(self, today: date) -> tuple[int, ...]:
        """The years that are needed now or within two months and were not entered."""
        return tuple(year for year in sorted({today.year, (today + 60 * _DAY).year}) if not self.knows(year))

    def is_working_day(self, day: date) -> bool:
        """A year that is not entered falls back to weekends."""
        if day in self.holidays.get(day.year, ()):
            return False
        return day.weekday() < 5 or day in self.workdays.get(day.year, ())

    def on_or_before(self, day: date) -> date:
        """The day itself, or the last working day before it."""
        while not self.is_working_day(day):
            day -= _DAY
        return day

    def on_or_after(self, day: date) -> date:
        """The day itself, or the first working day after it."""
        while not self.is_working_day(day):
            day += _DAY
        return day
