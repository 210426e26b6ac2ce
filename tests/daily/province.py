"""An office with as many units as a province has, for speed and size."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from mailbot.domain.obligations import Filing, expand
from mailbot.domain.policy import Rules
from mailbot.domain.units import Unit


def province(rules: Rules, units: int) -> Rules:
    """The bundled rules with a first campaign of so many stations."""
    first, *rest = rules.campaigns
    stations = tuple(Unit(id=f"u{n}", name=f"第{n}市场监管所", kind="市场监管所", addresses=(f"u{n}@units.example",)) for n in range(units))
    groups = tuple(u for u in first.units if not u.addresses)
    return replace(rules, campaigns=(replace(first, units=(*stations, *groups)), *rest))


def filed(rules: Rules, until: datetime) -> Iterable[Filing]:
    """Everything due until then is in, but every seventh paper; every eleventh lacks its scan."""
    for n, owed in enumerate(expand(rules.campaigns[0])):
        if owed.due is None or owed.due > until or n % 7 == 0:
            continue
        for copy in ("editable", "scan")[: 1 if n % 11 == 0 else 2]:
            yield Filing(rules.campaigns[0].id, owed.unit.id, owed.duty.id, owed.period.id, copy, None, "x.docx", f"{n:064x}", 1,  # type: ignore[arg-type]
                         owed.due - timedelta(days=n % 5), order=n, title="一案", message=n)  # fmt: skip


class Remembered:
    """Stands before a ledger and answers for its filings from memory; everything else the ledger answers."""

    def __init__(self, ledger: object, filings: Iterable[Filing]) -> None:
        self._ledger, self._filings = ledger, tuple(filings)

    def all_filings(self, campaign: str | None = None) -> tuple[Filing, ...]:
        return self._filings if campaign in (None, self._filings[0].campaign) else ()

    def __getattr__(self, name: str) -> object:
        return getattr(self._ledger, name)
