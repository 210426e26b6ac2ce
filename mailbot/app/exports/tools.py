"""What every export needs, how it asks which campaign, duty and period is meant, and how its file comes to be: whole or not at all."""

import difflib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from mailbot.app.ports import Archive, BlankWriter, BookWriter, Ledger, Opener, Reader, TextWriter, Writer
from mailbot.domain.campaigns import Campaign, Duty
from mailbot.domain.errors import ConfigurationError, MailbotError
from mailbot.domain.matching import spoken_of
from mailbot.domain.naming import Unclear, period_named
from mailbot.domain.obligations import Filing
from mailbot.domain.periods import SHANGHAI, Period, period_from_id
from mailbot.domain.policy import Rules

_SHOWN = 12  # periods that a sentence names


class NotExportable(ConfigurationError):
    """What was asked for cannot be written: no such campaign, duty or period, no such kind of file, no folder, or the file is there."""


class ExportNotSaved(MailbotError):
    """The disk did not take the file."""

    passing = True


class Hands(Reader, Opener, Protocol):
    """Reads archived mails again, and hands out their files, in the cage."""


@dataclass(frozen=True)
class Tools:
    """The outside that the exports use. `hands`: children that read while the context lasts."""

    rules: Rules
    ledger: Ledger
    archive: Archive
    writer: Writer
    now: datetime
    pages: BlankWriter
    books: BookWriter
    texts: TextWriter
    hands: Callable[[], AbstractContextManager[Hands]]

    @property
    def today(self) -> datetime:
        return self.now.astimezone(SHANGHAI)


Watch = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Exported:
    """What a command says, and whether a person must look at something."""

    lines: tuple[str, ...]
    attention: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One duty of one campaign for one period."""

    campaign: Campaign
    duty: Duty
    period: Period

    @property
    def title(self) -> str:
        return self.duty.titled(self.period)


# --- which one is meant ----------------------------------------------------------------------------------------------------


def campaigns_asked(rules: Rules, campaign: str | None) -> tuple[Campaign, ...]:
    """That campaign, or all."""
    found = tuple(c for c in rules.campaigns if campaign in (None, c.id))
    if not found:
        raise NotExportable(f"没有这个专项行动：{campaign}，现有：{_named(c.id for c in rules.campaigns)}。")
    return found


def asked(tools: Tools, duty: str, period: str, campaign: str | None) -> Asked:
    """The duty (by its id or title) and the period that are meant. Raises NotExportable, naming those there are."""
    among = campaigns_asked(tools.rules, campaign)
    found = [(c, d) for c in among for d in c.duties if duty in (d.id, d.title)]
    if not found:
        all_ = dict.fromkeys(f"{d.id}（{d.title}）" for c in among for d in c.duties)
        near = difflib.get_close_matches(duty, [d.id for c in among for d in c.duties], 1, 0.6)
        hint = f"，是不是想写“{near[0]}”？" if near else "。"
        raise NotExportable(f"没有“{duty}”这个报送事项{hint}现有：{_named(all_)}。")
    periods = [_periods(d, tools.ledger.all_filings(c.id)) for c, d in found]
    for (c, d), known in zip(found, periods, strict=True):
        if there := next((p for p in known if period in (p.id, p.title)), None):
            return Asked(c, d, there)
    for c, d in found:
        with suppress(Unclear):
            if d.due.owed() and any(spoken_of(d.due.owed(), period, day=tools.today.date())):  # 第5周, 上半年
                return Asked(c, d, period_named(period, d, tools.today.date()))
    raise _no_period(found[0][1], period, periods[0])


def which_campaign(tools: Tools, one: Asked) -> tuple[str, ...]:
    """A line where the same duty stands in several campaigns and nobody said which."""
    others = [c.id for c in tools.rules.campaigns if c.id != one.campaign.id and any(d.id == one.duty.id for d in c.duties)]
    return (f"取自 {one.campaign.id}（{one.campaign.title}）；{'、'.join(others)} 也有这个事项，要导出请加 --campaign。",) if others else ()


def _periods(duty: Duty, filings: Iterable[Filing]) -> list[Period]:
    """Those that are owed, and those for which something came."""
    return list(dict.fromkeys([p for p, _ in duty.due.owed()] + sorted({period_from_id(f.period) for f in filings if f.duty == duty.id})))


def _no_period(duty: Duty, text: str, known: Iterable[Period]) -> NotExportable:
    there = [p.id for p in known]
    shown = _named(there if len(there) <= _SHOWN else [*there[: _SHOWN // 2], "……", *there[-_SHOWN // 2 :]])
    return NotExportable(f"“{duty.title}”没有“{text}”这一期，现有：{shown}。" if there else f"“{duty.title}”还没有任何一期。")


def _named(names: Iterable[str]) -> str:
    return "、".join(names) or "（没有）"


def ending_of(file: Path, possible: Mapping[str, str], what: str) -> str:
    """The file's ending, one of `possible` (ending -> Word, Excel …). Raises NotExportable."""
    ending = file.suffix.lower()
    if ending not in possible:
        said = f"“{file.name}”不行" if file.suffix else f"“{file.name}”没有写明"
        raise NotExportable(f"{what}是 {'、'.join(possible.values())} 文件，文件名应以 {' 或 '.join(possible)} 结尾，{said}。")
    return ending


# --- the file --------------------------------------------------------------------------------------------------------------


@contextmanager
def saved(file: Path, *, over: bool) -> Iterator[Path]:
    """A file to write to, beside `file`; it takes its place once all is written, and is gone where something failed. Raises
    NotExportable, ExportNotSaved."""
    _may_write(file, over)
    temporary = file.with_name(f".mailbot-{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        yield temporary
        _may_write(file, over)
        temporary.replace(file)
    except OSError as problem:
        raise ExportNotSaved(f"写不进文件 {file}，请检查磁盘空间和权限；文件如在 Excel 或 Word 里开着，请先关上。", detail=str(problem)) from problem
    finally:
        temporary.unlink(missing_ok=True)


def _may_write(file: Path, over: bool) -> None:
    if not file.parent.is_dir():
        raise NotExportable(f"没有这个文件夹：{file.parent}，请先建好，或者换一个地方。")
    if file.is_dir():
        raise NotExportable(f"{file} 是一个文件夹，请写一个文件名。")
    if file.exists() and not over:
        raise NotExportable(f"已经有这个文件：{file}。要换成新的，请加 --force；不想换，请另起一个文件名。")


def receipt_number(filing: Filing, archived: Mapping[int, str]) -> str:
    """The number of the receipt that a mail got: its day and the first of its SHA-256; "" where its mail is not known."""
    sha256 = archived.get(filing.message or 0)
    return f"{filing.received_at.astimezone(SHANGHAI):%Y%m%d}-{sha256[:6].upper()}" if sha256 else ""


def archived_of(ledger: Ledger, filings: Iterable[Filing]) -> dict[int, str]:
    """Number of a mail -> SHA-256 of its bytes, asked for in portions that every database takes."""
    numbers = sorted({f.message for f in filings if f.message is not None})
    found: dict[int, str] = {}
    for n in range(0, len(numbers), 500):
        found |= ledger.archived(numbers[n : n + 500])
    return found
