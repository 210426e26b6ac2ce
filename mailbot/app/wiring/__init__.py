"""The one place that names adapters and parsers and puts them behind the ports."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING

from mailbot.adapters.disk import free_space, unwritable
from mailbot.adapters.file_lock import one_worker
from mailbot.adapters.templates import DailyLetters
from mailbot.app.archive_check import ArchiveCheck
from mailbot.app.daily import Daily
from mailbot.app.digest import Digesting, Surroundings
from mailbot.app.intake import Intake
from mailbot.app.outbox import Outbox
from mailbot.app.ports import NoticeReader, PackWriter
from mailbot.app.reload import Refusing, RulesWatch
from mailbot.app.reminders import Reminding
from mailbot.app.retention import Retaining
from mailbot.app.selftest import NOBODY
from mailbot.app.stopping import stop_file
from mailbot.app.vitals import Vitals
from mailbot.app.wiring.calling import Calling
from mailbot.app.worker import Worker
from mailbot.domain.digest import RiskLine
from mailbot.domain.documents import Document
from mailbot.domain.obligations import Standing
from mailbot.domain.policy import Rules
from mailbot.domain.records import Stop

if TYPE_CHECKING:  # loaded only when a mailbox is opened: a poll of nothing should be cheap
    from mailbot.app.backup import BackingUp, BringingBack
    from mailbot.app.exports.tools import Tools
from mailbot.app.wiring.ground import fresh_key
from mailbot.app.wiring.reading import Readers


def _read_notice(content: bytes) -> Document:
    """A notice that an admin drafts from: of a text line breaks and tabs are kept, they tell its tables and pages."""
    from parsers.readers import read
    from parsers.readers.lines import read_lines

    document = read(content)
    return read_lines(content) if document.kind == "text" else document


def _unasked() -> None:
    """Nobody else can be sending."""


@dataclass(frozen=True)
class House(Readers):
    """Everything built for one run."""

    @contextmanager
    def one_worker(self) -> Iterator[bool]:
        """False inside where another polls or sends from this home, by whatever ledger."""
        with one_worker(self.home) as mine:
            yield mine

    @contextmanager
    def alone(self) -> Iterator[Callable[[], None] | None]:
        """None inside for everyone who comes while another polls or sends, from this home or from any other on the same database; else
        what raises LeaseLost once we are no longer alone. The ledger is opened only by who has the home, and looked at whether it is whole
        and the latest. What polls or sends asks this:
        run, outbox --send, digest --send. What only takes mail or writes letters (ingest, remind, review) may run beside it: each mail,
        letter and decision is one transaction under a unique key, whoever comes second finds it there; what these would add to a ledger that is
        not whole or not the latest is refused."""
        with self.one_worker() as mine:
            if not mine:
                yield None
                return
            with self.ledger.lease() as asked:
                if asked is not None:
                    self.ledger.must_be_sound()
                yield asked

    def exports(self) -> "Tools":
        """What the exports need, as of now, with all that staff granted."""
        from mailbot.adapters.papers import write_text
        from mailbot.adapters.workbook import write_book
        from mailbot.app.exports.tools import Tools

        return Tools(
            self.rules_now(), self.ledger, self.archive, self.templates, self.clock(), self.blank_writer, write_book, write_text, self.hands
        )

    @property
    def notice_reader(self) -> NoticeReader:
        return _read_notice

    @property
    def pack_writer(self) -> PackWriter:
        from mailbot.adapters.packs import YamlPacks

        return YamlPacks()

    def tools(self) -> Mapping[str, bool]:
        """The outside programs and extras that are a help and no need, and whether they are there."""
        from mailbot.adapters.unpack import outside
        from parsers.readers import office
        from parsers.scans import ocr

        return {outside.TOOL: outside.program() is not None, office.TOOL: office.program() is not None, "OCR": ocr.available()}

    @cached_property
    def daily_letters(self) -> DailyLetters:
        return DailyLetters(self._wording, self.signed_id)

    def reminding(self) -> Reminding:
        return Reminding(self.rules_now, self.ledger, self.daily_letters, self.clock, self.bad_addresses)

    def renewed(self) -> "House":
        """The same house by the rules as they stand on the disk now. Raises ConfigurationError where they cannot be used."""
        new = replace(self)
        new.templates.check()
        return new

    def rules_watch(self) -> RulesWatch["House"]:
        """To be asked between rounds whether other rules are to be gone on with."""
        refusing = Refusing(self.rules, self.ledger, self.daily_letters, self.clock)
        return RulesWatch(self.read_from, self.fingerprint, self.renewed, refusing, refusing.settled, self.pause)

    def daily(self) -> Daily:
        """What a running worker writes besides answers."""
        return Daily((
            ("存档核对", self.archive_check().once_a_day), ("日报", self.digesting().write_once_a_day), ("催报提醒", self.reminding().write_once_a_day),
            ("到期删除", self.retaining().once_a_day),
        ), self.ledger, self.clock)  # fmt: skip

    def digesting(self) -> Digesting:
        around = Surroundings(fresh_key, self.free_space, self.stopped, self._ledger_book, _risk_lines, self.archive_check().sentences)
        return Digesting(self.rules_now, self.ledger, self.daily_letters, self.clock, self.reminding(), around)

    def _ledger_book(self) -> bytes | None:
        from mailbot.app.digest_extras import ledger_book

        return ledger_book(self.exports)

    def bad_addresses(self) -> frozenset[str]:
        """Addresses that nothing is sent to, in lower case."""
        return frozenset(bad.address.lower() for bad in self.ledger.bad_addresses())

    def outbox(self, alone: Callable[[], None] = _unasked, vitals: Vitals | None = None) -> Outbox:
        """`alone`: raises LeaseLost where another may be sending. `vitals`: is told of refused logins."""
        reminding = self.reminding()
        wanted = {"digest": self.digesting().still_wanted, "reminder": reminding.still_wanted, "escalation": reminding.still_wanted}
        connect = (lambda: vitals.sending(self.postman())) if vitals else self.postman
        return Outbox(self.rules, self.ledger, connect, self.clock, self.pause, self.templates, self.stopped, wanted, still_alone=alone)

    def backing_up(self) -> "BackingUp":
        from mailbot.adapters.bundle import writing
        from mailbot.app.backup import BackingUp

        return BackingUp(self.ledger, self.archive, self.rule_files, lambda sha256: self.looks.thumbnails(sha256), writing, self.clock)

    def bringing_back(self) -> "BringingBack":
        """To be asked before anything else is: what opens the ledger makes one."""
        from mailbot.adapters.bundle import reading
        from mailbot.adapters.ledger import loading
        from mailbot.app.backup import BringingBack

        return BringingBack(self.home, reading, partial(loading, self.database_url), self.clock)

    def archive_check(self) -> ArchiveCheck:
        return ArchiveCheck(self.ledger, self.archive, self.rules.policy.retention.check_days, self.clock)

    def retaining(self) -> Retaining:
        return Retaining(self.rules_now, self.ledger, self.archive, self.clock, self.looks.forget)

    def stopped(self) -> Stop | None:
        """The kill switch: the file STOP in the home folder, for people at a file manager, or what was said by command."""
        return stop_file(self.home) or self.ledger.stopped()

    def worker(
        self, intake: Intake, watch: Callable[[int, int], None], *, scheduled: bool = False, alone: Callable[[], None] = _unasked,
        vitals: Vitals | None = None,
    ) -> Worker:  # fmt: skip
        """`scheduled`: it goes on for ever, so it writes the digest and the reminders too, when their time has come, and lets answers
        wait for more mails of their unit. `alone`, `vitals`: as of `outbox`."""
        opened = (lambda box: vitals.reading(box, self.mailbox(box))) if vitals else self.mailbox
        return Worker(intake, self.outbox(alone, vitals), opened, watch, self.daily() if scheduled else tuple, hurry=not scheduled)

    def self_letter(self, subject: str) -> bytes:
        """A letter to nobody, made as all letters are: for looking whether its subject stays one (mailbot/app/selftest.py)."""
        from mailbot.adapters.templates.composing import Head, composed

        return composed(Head(("", NOBODY), NOBODY, subject, f"<{NOBODY}>", self.clock()), "")

    def unwritable(self) -> str:
        """Why nothing can be kept here, at home or in the archive, "" where all can."""
        with suppress(OSError):
            self.home.mkdir(parents=True, exist_ok=True)
        return unwritable(f for f in (self.home, self.archive.folder) if f == self.home or f.exists())

    def free_space(self) -> tuple[int, int]:
        """(bytes free, bytes in all) where the data lies; zeros where that is not told."""
        return free_space(self.home)

    def vitals(self) -> Vitals:
        return Vitals(self.home, self.clock, self.ledger, self.rules.settings)

    @property
    def calling(self) -> Calling:
        return Calling(self)


def schemas() -> Mapping[str, Mapping[str, object]]:
    """The kind of rule file -> its JSON Schema."""
    from mailbot.adapters.rules.schema import schemas as made

    return made()


def _risk_lines(rules: Rules, found: Iterable[Standing]) -> tuple[RiskLine, ...]:
    from mailbot.app.digest_extras import risk_lines

    return risk_lines(rules, found)


def real_clock() -> datetime:
    from mailbot.domain.periods import SHANGHAI

    return datetime.now(SHANGHAI)
