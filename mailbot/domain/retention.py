"""What is kept for how long (保存期限), and what of it is looked at again each night (核对). Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Retention

# Disposition -> the rule that says how long its mails are kept. What is filed, asked and answered in between goes with `filed`.
RULES = {"foreign": "foreign", "automatic": "automatic", "review": "held", "submission": "filed"}
NAMES = {"foreign": "无关来信", "automatic": "自动邮件", "held": "待人工处理已办结的来信", "filed": "已登记的报送件"}

_QUIET = timedelta(days=31)  # without any mail

Fault = Literal["", "missing", "altered", "unreadable"]  # of a mail in the archive
FAULTS: Mapping[Fault, str] = {"missing": "不在存档里", "altered": "在存档里被改动过", "unreadable": "在存档里读不出来"}


@dataclass(frozen=True, slots=True)
class Deleted:
    """A mail whose bytes were deleted. `rule`: of RULES' values, the one whose days were over."""

    sha256: str
    at: datetime
    rule: str
    size: int

    @property
    def words(self) -> str:
        return f"原件已按保存期限于 {self.at.astimezone(SHANGHAI):%Y-%m-%d} 删除"


@dataclass(frozen=True, slots=True)
class Stored:
    """A mail whose bytes are in the archive. `awaited`: a question about it is open, or a letter about it is not settled. `filed`:
    obligations (campaign, unit, duty, period) that something of it was filed for."""

    message: int
    sha256: tuple[str, ...]
    disposition: str
    received_at: datetime
    awaited: bool
    filed: tuple[tuple[str, str, str, str], ...] = ()


def reckoned(now: datetime, kept: Collection[Stored]) -> datetime:
    """The moment that days are counted to: a clock of ours that is years ahead for one round would delete for good, so it is not believed
    further than a month beyond the newest mail, whose moment its server gave (reliability.md P14)."""
    newest = max((one.received_at for one in kept), default=now)
    return min(now, newest + _QUIET)


def over(kept: Iterable[Stored], now: datetime, retention: Retention, closed: Collection[tuple[str, str, str, str]]) -> Iterator[tuple[Stored, str]]:
    """The mails whose days are over, with the rule. Never one that somebody or something still needs: an open question, a letter on its
    way, an obligation that is not `closed`; nor bytes that another mail of those needs."""
    judged = [(one, _over(one, now, retention, closed)) for one in kept]
    needed = {sha256 for one, rule in judged if rule is None for sha256 in one.sha256}
    for one, rule in judged:
        if rule is not None and needed.isdisjoint(one.sha256):
            yield one, rule


def _over(one: Stored, now: datetime, retention: Retention, closed: Collection[tuple[str, str, str, str]]) -> str | None:
    rule = "filed" if one.filed else RULES.get(one.disposition)
    days = retention.days_of(rule) if rule else 0
    if not days or one.awaited or now - one.received_at < timedelta(days=days) or not all(key in closed for key in one.filed):
        return None
    return rule


# --- the nightly look ------------------------------------------------------------------------------------------------------------


def quota(whole: int, days: int) -> int:
    """How many files are looked at in one night, so that all are within `days`."""
    return -(-whole // max(1, days))
