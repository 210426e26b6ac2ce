"""The one place that names adapters and parsers and puts them behind the ports."""

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from mailbot.adapters import rules as rules_adapter
from mailbot.adapters.archive import Archive
from mailbot.adapters.cage.looks import Looks
from mailbot.adapters.cage.parent import Cage, Viewing
from mailbot.adapters.disk import free_space, unwritable
from mailbot.adapters.file_lock import one_worker
from mailbot.adapters.ledger import Ledger
from mailbot.adapters.limits import Limits
from mailbot.adapters.secret_file import NAME as SECRETS
from mailbot.adapters.secret_file import read_credential, read_secrets, write_secrets
from mailbot.adapters.templates import DailyLetters, Templates, TemplatesWrong, Wording
from mailbot.app.archive_check import ArchiveCheck
from mailbot.app.blanks import enclosed_blank
from mailbot.app.daily import Daily
from mailbot.app.digest import Digesting, Surroundings
from mailbot.app.intake import Intake
from mailbot.app.logs import hide
from mailbot.app.outbox import Outbox
from mailbot.app.places import bundled, templates_folder
from mailbot.app.ports import BlankWriter, Clock, NoticeReader, PackWriter
from mailbot.app.reload import Refusing, RulesWatch
from mailbot.app.reminders import Reminding
from mailbot.app.retention import Retaining
from mailbot.app.selftest import NOBODY
from mailbot.app.servers import Servers
from mailbot.app.stopping import stop_file
from mailbot.app.vitals import Vitals
from mailbot.app.wiring.calling import Calling
from mailbot.app.worker import Worker
from mailbot.domain.bounces import message_id, signature
from mailbot.domain.digest import RiskLine
from mailbot.domain.documents import Document
from mailbot.domain.errors import ConfigurationError, LoginRefused, ServerSettingsError
from mailbot.domain.forms import FormType
from mailbot.domain.obligations import Standing
from mailbot.domain.policy import Mailbox, Rules, Settings
from mailbot.domain.records import Stop
from mailbot.domain.reviews import OpenReview
from mailbot.domain.rulings import granted
from mailbot.domain.servers import Server

if TYPE_CHECKING:  # loaded only when a mailbox is opened: a poll of nothing should be cheap
    from mailbot.adapters.imap import ImapMailbox
    from mailbot.adapters.smtp import SmtpSender
    from mailbot.app.backup import BackingUp, BringingBack
    from mailbot.app.exports.tools import Tools

_MOST_READERS = 4  # children that read mail side by side
_MOST_LOOKING = 2  # children that look at pages side by side: half a gigabyte each
_FILE_SECONDS = 240  # for all pages of one file
_PAGES_SECONDS = 600  # for all pages of one mail
_PAGES_MEMORY = 2_000_000_000  # bytes of address space; of real memory the child takes a quarter
_RULE_FILES = frozenset((".yaml", ".txt", ".html"))


def _read_notice(content: bytes) -> Document:
    """A notice that an admin drafts from: of a text line breaks and tabs are kept, they tell its tables and pages."""
    from parsers.readers import read
    from parsers.readers.lines import read_lines

    document = read(content)
    return read_lines(content) if document.kind == "text" else document


def _unasked() -> None:
    """Nobody else can be sending."""


@dataclass(frozen=True)
class House:
    """Everything built for one run. `environment` is os.environ in real life; `pause` waits between two letters."""

    config: Path
    home: Path
    clock: Clock
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    pause: Callable[[float], None] = time.sleep

    @cached_property
    def rules(self) -> Rules:
        self.read_from  # noqa: B018  what stood there before it was read: a change behind it is seen (rules_watch)
        rules = rules_adapter.load(self.config)
        if sending := self._one_of("MAILBOT_SENDING", "shadow", "staff-only", "live"):
            rules = replace(rules, settings=replace(rules.settings, sending=sending))  # type: ignore[arg-type]  # one of the words
        if scans := self._one_of("MAILBOT_SCANS", "off", "seals", "read"):
            policy = replace(rules.settings.policy, scans=scans)  # type: ignore[arg-type]  # the same
            rules = replace(rules, settings=replace(rules.settings, policy=policy))
        return rules

    def checked(self) -> rules_adapter.Checked:
        """All that is wrong with the rule files and the letters' templates, or looks wrong, as values."""
        found = rules_adapter.check(self.config)
        if found.rules is None:  # the letters speak of the office, so the rules come first
            return found
        try:
            return found.with_others(Wording(self._template_folders, found.rules.settings).mistakes())
        except TemplatesWrong as problem:
            return found.with_others(problem.mistakes)

    def _one_of(self, name: str, *words: str) -> str | None:
        """What the environment says over mailbot.yaml. Raises ServerSettingsError for any other word."""
        said = self.environment.get(name)
        if said and said not in words:
            raise ServerSettingsError(f"环境变量 {name} 写的是“{said}”，只能是 {'、'.join(words[:-1])} 或 {words[-1]}。")
        return said

    @property
    def secret_file(self) -> Path:
        """Where passwords may stand that the environment does not tell."""
        return self.home / SECRETS

    def secret(self, name: str) -> str:
        """From the environment, else from systemd's credentials, else from the file of secrets, "" where none has it. Raises
        ConfigurationError where others may read the file."""
        handed = self.environment.get(name) or read_credential(self.environment.get("CREDENTIALS_DIRECTORY"), name)
        return hide(handed or read_secrets(self.secret_file).get(name, ""))

    def keep_secrets(self, secrets: Mapping[str, str]) -> None:
        """Puts passwords into the file of secrets, which only its owner may read."""
        write_secrets(self.secret_file, secrets)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.database_url)

    def close(self) -> None:
        """To be called at the end: SQLite then tidies up its files."""
        if "ledger" in vars(self):
            self.ledger.close()

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
        letter and decision is one transaction under a unique key, whoever comes second finds it there."""
        with self.one_worker() as mine:
            if not mine:
                yield None
                return
            with self.ledger.lease() as asked:
                if asked is not None:
                    self.ledger.must_be_sound()
                yield asked

    @cached_property
    def archive(self) -> Archive:
        return Archive(self.home / "archive")

    @cached_property
    def _wording(self) -> Wording:
        return Wording(self._template_folders, self.rules.settings)

    @property
    def _template_folders(self) -> tuple[Path, ...]:
        """The office's own templates first."""
        return tuple(dict.fromkeys((templates_folder(self.config), bundled("templates"))))

    @cached_property
    def templates(self) -> Templates:
        return Templates(self._wording, self.signed_id, cache(self._blank))

    def signed_id(self, number: str, kind: str, written_at: datetime, key: str, recipient: str) -> str:
        """The Message-ID of a letter, signed for its one recipient: what comes back is known by it (mailbot/domain/bounces.py)."""
        secret = self.ledger.signing_key(_fresh_key)
        return message_id(number, kind, written_at, signature(secret, key, recipient), self.rules.settings.sender.address.partition("@")[2])

    def _blank(self, form: str) -> tuple[str, bytes]:
        return enclosed_blank(self.rules.forms[form], self.blank_writer)

    @contextmanager
    def intake(self) -> Iterator[Intake]:
        """An Intake whose reading happens in caged child processes, which end with it."""
        with self._intake(self.archive, self.looks, self._scratch) as intake:
            yield intake

    @contextmanager
    def trial(self, *, anew: bool = False, pages: Path | None = None) -> Iterator[Intake]:
        """An Intake of which nothing is left afterwards, neither mails nor records. `anew`: what was taken before is decided
        again by today's rules. `pages`: a folder for pictures of what was seen on pages."""
        with TemporaryDirectory(prefix="mailbot-") as folder, self.ledger.rehearsal():
            archive, looks = Archive(Path(folder) / "archive", behind=self.archive), Looks(pages or Path(folder) / "pages", behind=self.looks)
            with self._intake(archive, looks, Path(folder) / "scratch", anew=anew, draws=pages is not None) as intake:
                yield intake

    @contextmanager
    def rehearsal(self, clock: Clock) -> Iterator[Intake]:
        """An Intake by these rules that reads our archive and knows nothing else: it has an empty ledger of its own. Nothing is left of
        it afterwards."""
        with TemporaryDirectory(prefix="mailbot-") as name:
            folder = Path(name)
            alone = {key: value for key, value in self.environment.items() if key != "MAILBOT_DATABASE_URL"} | {"MAILBOT_SENDING": "shadow"}
            apart = replace(self, home=folder, clock=clock, environment=alone)
            archive, looks = Archive(folder / "archive", behind=self.archive), Looks(folder / "pages", behind=self.looks)
            try:
                with apart.ledger.rehearsal(), apart._intake(archive, looks, apart._scratch) as intake:
                    yield intake
            finally:
                apart.close()

    @property
    def _limits(self) -> Limits:
        policy = self.rules.policy
        return Limits(mail_bytes=policy.mail_limit, file_bytes=policy.file_limit)

    @property
    def _scratch(self) -> Path:
        """Where the files of mails lie while they are read."""
        return self.home / "scratch"

    def held(self) -> Mapping[str, bool]:
        """What the children that read mails are kept from on this machine: files, network, tree, processes, and the office (Cage.held)."""
        with Cage() as cage:
            return cage.held()

    def unloaded(self) -> Mapping[str, str]:
        """The readers of attachments that do not load on this machine, and what they say (Cage.unloaded)."""
        with Cage() as cage:
            return cage.unloaded()

    @property
    def looks(self) -> Looks:
        return Looks(self.home / "pages")

    def pictures(self, review: OpenReview) -> tuple[Path, ...]:
        """The seals seen on the files that a person is to look at."""
        return tuple(picture for sha256 in review.sha256 for picture in self.looks.thumbnails(sha256))

    @contextmanager
    def _intake(self, archive: Archive, looks: Looks, scratch: Path, *, anew: bool = False, draws: bool = False) -> Iterator[Intake]:
        policy = self.rules.policy
        if self.rules.settings.sending == "live":
            self.ledger.mark_live(self.clock())  # mail from now on is answered
        self.ledger.in_force(self.rules.version, self.rules.settings.sending, self.clock())
        forms = self.rules.forms.values()
        viewing = Viewing(looks, reads=policy.scans == "read", least_pixels=policy.picture_min_pixels, draws=draws)
        with (
            Cage(min(_MOST_READERS, os.cpu_count() or 1), self._limits, forms=forms, scratch=scratch) as cage,
            Cage(min(_MOST_LOOKING, os.cpu_count() or 1), self._limits, seconds=_FILE_SECONDS, cpu=_FILE_SECONDS, mail_seconds=_PAGES_SECONDS,
                 memory=_PAGES_MEMORY, forms=forms, viewing=viewing, scratch=scratch) as eyes,
        ):
            yield Intake(self.rules, archive, self.ledger, cage, self.templates, self.clock, _fresh_key, eyes if policy.scans != "off" else None, anew)

    @contextmanager
    def hands(self) -> Iterator[Cage]:
        """Children that read archived mails again and hand out their files; pages are not looked at. They end with it."""
        with Cage(min(_MOST_READERS, os.cpu_count() or 1), self._limits, forms=self.rules.forms.values(), scratch=self._scratch) as cage:
            yield cage

    def exports(self) -> "Tools":
        """What the exports need, as of now, with all that staff granted."""
        from mailbot.adapters.papers import write_text
        from mailbot.adapters.workbook import write_book
        from mailbot.app.exports.tools import Tools

        return Tools(
            self.rules_now(), self.ledger, self.archive, self.templates, self.clock(), self.blank_writer, write_book, write_text, self.hands
        )

    @property
    def blank_writer(self) -> BlankWriter:
        from mailbot.adapters.blanks import written

        return written

    @property
    def forms_now(self) -> Mapping[str, FormType]:
        """The forms of the rules; where something else of the rules is wrong, those that are right."""
        try:
            return self.rules.forms
        except ConfigurationError:
            found = {}
            for path in sorted((self.config / "forms").glob("*.yaml")):
                with suppress(ConfigurationError):
                    found[path.stem] = rules_adapter.load_form(path)
            return found

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

    def rules_now(self) -> Rules:
        """The rules with what staff granted since."""
        return self.rules.granting(granted(self.ledger.rulings()))

    @cached_property
    def daily_letters(self) -> DailyLetters:
        return DailyLetters(self._wording, self.signed_id)

    def reminding(self) -> Reminding:
        return Reminding(self.rules_now, self.ledger, self.daily_letters, self.clock, self.bad_addresses)

    @cached_property
    def read_from(self) -> str:
        """The fingerprint of what the rules in force were read from."""
        return self.fingerprint()

    def fingerprint(self) -> str:
        """Of every file that the rules and the letters' words are read from, by its content."""
        digest = hashlib.sha256()
        for _, file in self._rule_files():
            with suppress(OSError):  # it was there a moment ago: then it is not the same either
                digest.update(f"{file}\n".encode() + hashlib.sha256(file.read_bytes()).digest())
        return digest.hexdigest()

    def _rule_files(self) -> Iterator[tuple[str, Path]]:
        """(name in a backup, file) of every file that the rules and the letters' words are read from."""
        folders = {
            "config": self.config, "config/forms": self.config / "forms", "config/campaigns": self.config / "campaigns",
            "templates": templates_folder(self.config),
        }  # fmt: skip
        for name, folder in folders.items():  # one by one: rglob follows no links
            for file in sorted(folder.glob("*")):
                if file.suffix in _RULE_FILES and file.is_file() and not file.name.startswith("."):
                    yield f"rules/{name}/{file.name}", file

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
        ))  # fmt: skip

    def digesting(self) -> Digesting:
        around = Surroundings(_fresh_key, self.free_space, self.stopped, self._ledger_book, _risk_lines, self.archive_check().sentences)
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

    # --- what is kept

    @property
    def database_url(self) -> str:
        return self.secret("MAILBOT_DATABASE_URL") or f"sqlite:///{self.home / 'mailbot.db'}"

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
        return Retaining(self.rules_now, self.ledger, self.archive, self.clock)

    def rule_files(self) -> Mapping[str, Path]:
        """Name in a backup -> file, of the rules in force and the office's own templates."""
        return {name: file for name, file in self._rule_files() if file.parent != bundled("templates")}

    def stopped(self) -> Stop | None:
        """The kill switch: the file STOP in the home folder, for people at a file manager, or what was said by command."""
        return stop_file(self.home) or self.ledger.stopped()

    def worker(
        self, intake: Intake, watch: Callable[[int, int], None], *, scheduled: bool = False, alone: Callable[[], None] = _unasked,
        vitals: Vitals | None = None,
    ) -> Worker:  # fmt: skip
        """`scheduled`: it goes on for ever, so it writes the digest and the reminders too, when their time has come, and lets answers
        wait for more mails of their unit. `alone`, `vitals`: as of `outbox`."""
        opened = (lambda box: vitals.reading(box.address, self.mailbox(box))) if vitals else self.mailbox
        return Worker(intake, self.outbox(alone, vitals), opened, watch, self.daily() if scheduled else tuple, hurry=not scheduled)

    # --- whether all is well

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

    @contextmanager
    def mailbox(self, box: Mailbox | None = None) -> Iterator["ImapMailbox"]:
        """A logged-in session; of the main mailbox where none is named."""
        from mailbot.adapters.imap import ImapMailbox

        box = box or self.rules.settings.mailbox
        server = self.imap_server(box)
        if not server.password:  # an attempt that must fail is not made: too many lock an account
            raise LoginRefused(f"没有 {box.user} 的授权码。请写进环境变量 {box.password_from}，或者数据文件夹里的 {SECRETS}。")
        with ImapMailbox(server, box.address) as mailbox:
            yield mailbox

    @contextmanager
    def postman(self) -> Iterator["SmtpSender"]:
        from mailbot.adapters.smtp import SmtpSender

        with SmtpSender(self.smtp_server(), self.rules.settings.sender.address) as sender:
            yield sender

    def imap_server(self, box: Mailbox | None = None) -> Server:
        """Of a mailbox; of the main one where none is named. Raises ServerSettingsError."""
        return self._servers.imap(box or self.rules.settings.mailbox)

    def smtp_server(self) -> Server:
        return self._servers.smtp()

    @property
    def _servers(self) -> Servers:
        return self.servers_of(self.rules.settings)

    def servers_of(self, settings: Settings) -> Servers:
        return Servers(settings, self.environment, self.secret)


def schemas() -> Mapping[str, Mapping[str, object]]:
    """The kind of rule file -> its JSON Schema."""
    from mailbot.adapters.rules.schema import schemas as made

    return made()


def _risk_lines(rules: Rules, found: Iterable[Standing]) -> tuple[RiskLine, ...]:
    from mailbot.app.digest_extras import risk_lines

    return risk_lines(rules, found)


def _fresh_key() -> bytes:
    return secrets.token_bytes(32)


def real_clock() -> datetime:
    from mailbot.domain.periods import SHANGHAI

    return datetime.now(SHANGHAI)
