"""What the digest takes from the exports: the ledger as a workbook to attach, and what became of the risks."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from mailbot.app.exports.ledger import export_ledger
from mailbot.app.exports.rollup import followed_risks
from mailbot.app.exports.tools import Tools
from mailbot.domain import risks
from mailbot.domain.digest import RiskLine
from mailbot.domain.masking import shown
from mailbot.domain.obligations import Standing
from mailbot.domain.periods import Period
from mailbot.domain.policy import Rules

_MOST_BYTES = 8_000_000  # of the attachment: with it the mail stays below what small mailboxes take


def ledger_book(tools: Callable[[], Tools]) -> bytes | None:
    """The ledger as an Excel file, None where it is too large to mail. Raises ExportNotSaved."""
    with TemporaryDirectory(prefix="mailbot-") as folder:
        file = Path(folder) / "台账.xlsx"
        export_ledger(tools(), file)
        return file.read_bytes() if file.stat().st_size <= _MOST_BYTES else None


def risk_lines(rules: Rules, found: Iterable[Standing]) -> tuple[RiskLine, ...]:
    """The last period of each risk list that somebody has reported for, where it has any risks."""
    mine: dict[tuple[str, str], list[Standing]] = {}
    for there in found:
        owed = there.obligation
        if owed.due is not None and risks.lists_risks(rules.forms[owed.duty.form]):
            mine.setdefault((owed.campaign.id, owed.duty.id), []).append(there)
    return tuple(line for several in mine.values() for line in _line(several))


def _line(found: list[Standing]) -> Iterator[RiskLine]:
    reported: set[Period] = {s.obligation.period for s in found if s.current("editable")}
    if not reported:
        return
    period = max(reported)
    told = risks.summary(followed_risks(found, period), period)
    if any((told.all.new, told.all.open, told.all.closed, told.all.dropped)):
        dropped = tuple((unit, shown(words, 60)) for unit, words, _ in told.dropped)
        title = f"{found[0].obligation.duty.title}（{period.title}）"
        yield RiskLine(title, told.all.new, told.all.open, told.all.closed, len(dropped), dropped)
