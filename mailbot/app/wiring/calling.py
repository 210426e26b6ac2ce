"""Who is called when something is wrong with us, and until when the servers' certificates are good. Held apart from the house itself:
it works also where the rules do not load."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

from mailbot.adapters import certificates
from mailbot.adapters import rules as rules_adapter
from mailbot.adapters.notifier import notify
from mailbot.app.alarm import Alarming, Channel
from mailbot.app.alarm_letter import mail as alarm_mail
from mailbot.app.stopping import written_whole
from mailbot.domain.errors import ConfigurationError, MailbotError, ServerSettingsError
from mailbot.domain.policy import Settings
from mailbot.domain.servers import Server

if TYPE_CHECKING:
    from mailbot.app.wiring import House

_LAST = "mailbot.last.yaml"  # in the home: mailbot.yaml as it was last good, so that a broken one can still be told of
_UNREADABLE = (ConfigurationError, OSError, UnicodeDecodeError)
_ENDS = "certificate_ends"  # the mark: the day on which it was asked, and the answer


@dataclass(frozen=True)
class Calling:
    house: "House"

    @property
    def settings(self) -> Settings | None:
        """mailbot.yaml, also where another file of the rules is wrong; where it is itself, as it was when it was last good; else None."""
        try:
            settings = self.house.rules.settings
        except ConfigurationError:
            for file in (self.house.config / "mailbot.yaml", self.house.home / _LAST):
                with suppress(*_UNREADABLE):
                    return rules_adapter.read(Settings, file.read_text(encoding="utf-8"))
            return None
        self._remember()
        return settings

    def _remember(self) -> None:
        """What stands there now may be newer than our rules, and wrong."""
        last = self.house.home / _LAST
        with suppress(*_UNREADABLE):
            text = (self.house.config / "mailbot.yaml").read_text(encoding="utf-8")
            if not last.exists() or last.read_text(encoding="utf-8") != text:
                rules_adapter.read(Settings, text)
                written_whole(last, text)

    def alarming(self, say: Callable[[str], None]) -> Alarming:
        """`say`: tells who is at the screen that a channel failed."""
        settings = self.settings
        spare = Path(self.house.environment.get("STATE_DIRECTORY") or gettempdir())
        return Alarming(self.house.home, spare, settings.office if settings else "办公室", self.house.clock, tuple(self._channels(settings)), say)

    def _channels(self, settings: Settings | None) -> Iterator[tuple[str, Channel]]:
        if settings is None:
            yield "警报", _unknown
            return
        if settings.alarm.to:
            yield "信", lambda subject, text: self._mailed(settings, subject, text)
        if command := settings.alarm.command:
            yield "命令", lambda subject, text: notify(command, f"{subject}\n{text}")

    def _mailed(self, settings: Settings, subject: str, text: str) -> None:
        """By the account of the alarm to everybody it names. Raises MailbotError."""
        from mailbot.adapters.smtp import SmtpSender

        with SmtpSender(self.house.servers_of(settings).alarm(), settings.alarm.user) as sender:
            for to in settings.alarm.to:
                sender.send(alarm_mail(settings.alarm.user, to, subject, text, self.house.clock()), to)

    def certificate_ends(self) -> datetime | None:
        """The first end of the mail servers' certificates, as far as it is known; asked once a day."""
        today = self.house.clock().date().isoformat()
        with suppress(MailbotError):
            ledger = self.house.ledger
            asked, _, said = (ledger.mark(_ENDS) or "").partition(" ")
            if asked != today:
                found = [moment for server in self._servers() if (moment := certificates.ends(server)) is not None]
                said = min(found).isoformat() if found else ""
                ledger.put_mark(_ENDS, f"{today} {said}")
            return datetime.fromisoformat(said) if said else None
        return None

    def _servers(self) -> Iterator[Server]:
        with suppress(ServerSettingsError):
            yield from (self.house.imap_server(box) for box in self.house.rules.settings.mailboxes)
            yield self.house.smtp_server()


def _unknown(*_: str) -> None:
    """Whom to call is not known: nobody was told."""
    raise ConfigurationError("规则有误，读不到 alarm：先运行 mailbot config check。")
