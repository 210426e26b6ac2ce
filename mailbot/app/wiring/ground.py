"""What all of the house stands on: the rules and where they lie, secrets, the ledger, the archive, the words of letters, the servers."""

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mailbot.adapters import rules as rules_adapter
from mailbot.adapters.archive import Archive
from mailbot.adapters.ledger import Ledger
from mailbot.adapters.secret_file import NAME as SECRETS
from mailbot.adapters.secret_file import read_credential, read_secrets, write_secrets
from mailbot.adapters.templates import Templates, TemplatesWrong, Wording
from mailbot.app.blanks import enclosed_blank
from mailbot.app.logs import hide
from mailbot.app.places import bundled, templates_folder
from mailbot.app.ports import BlankWriter, Clock
from mailbot.app.servers import Servers
from mailbot.domain.bounces import message_id, signature
from mailbot.domain.errors import ConfigurationError, LoginRefused, ServerSettingsError
from mailbot.domain.forms import FormType
from mailbot.domain.policy import Mailbox, Rules, Settings
from mailbot.domain.rulings import granted
from mailbot.domain.servers import Server

if TYPE_CHECKING:  # loaded only when a mailbox is opened: a poll of nothing should be cheap
    from mailbot.adapters.imap import ImapMailbox
    from mailbot.adapters.smtp import SmtpSender

_RULE_FILES = frozenset((".yaml", ".txt", ".html"))


@dataclass(frozen=True)
class Ground:
    """`environment` is os.environ in real life; `pause` waits between two letters."""

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

    @property
    def database_url(self) -> str:
        return self.secret("MAILBOT_DATABASE_URL") or f"sqlite:///{self.home / 'mailbot.db'}"

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.database_url)

    def close(self) -> None:
        """To be called at the end: SQLite then tidies up its files."""
        if "ledger" in vars(self):
            self.ledger.close()

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
        secret = self.ledger.signing_key(fresh_key)
        return message_id(number, kind, written_at, signature(secret, key, recipient), self.rules.settings.sender.address.partition("@")[2])

    def _blank(self, form: str) -> tuple[str, bytes]:
        return enclosed_blank(self.rules.forms[form], self.blank_writer)

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

    def rules_now(self) -> Rules:
        """The rules with what staff granted since."""
        return self.rules.granting(granted(self.ledger.rulings()))

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

    def rule_files(self) -> Mapping[str, Path]:
        """Name in a backup -> file, of the rules in force and the office's own templates."""
        return {name: file for name, file in self._rule_files() if file.parent != bundled("templates")}

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


def fresh_key() -> bytes:
    return secrets.token_bytes(32)
