"""How the mail servers are reached: by mailbot.yaml, and by the environment, which goes before it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mailbot.domain.errors import ServerSettingsError
from mailbot.domain.policy import Mailbox, Settings
from mailbot.domain.servers import Security, Server


@dataclass(frozen=True)
class Servers:
    """`secret`: a password by the name of its variable. All methods raise ServerSettingsError for what is written wrong."""

    settings: Settings
    environment: Mapping[str, str]
    secret: Callable[[str], str]

    def imap(self, box: Mailbox) -> Server:
        """mailbot.yaml, or for the main mailbox MAILBOT_IMAP_URL over it."""
        plain = Server(box.host, box.port, box.user, self.secret(box.password_from), box.security, self._ca())
        if box != self.settings.mailbox:
            return plain
        return self._from_url("MAILBOT_IMAP_URL", plain, {"imaps": "tls", "imap": "starttls"}, {"imaps": 993, "imap": 143})

    def smtp(self) -> Server:
        sender = self.settings.sender
        plain = Server(sender.host, sender.port, sender.user, self.secret("MAILBOT_SMTP_PASSWORD"), sender.security, self._ca())
        return self._from_url("MAILBOT_SMTP_URL", plain, {"smtps": "tls", "smtp": "starttls"}, {"smtps": 465, "smtp": 587})

    def alarm(self) -> Server:
        """The account of another provider that alarms go out of. The private CA vouches for the office's own servers and is added here too."""
        alarm = self.settings.alarm
        return Server(alarm.host, alarm.port, alarm.user, self.secret("MAILBOT_ALARM_PASSWORD"), alarm.security, self._ca())

    def _ca(self) -> Path | None:
        file = self.environment.get("MAILBOT_CA_FILE")
        return Path(file) if file else None

    def _from_url(self, name: str, plain: Server, schemes: Mapping[str, Security], ports: Mapping[str, int]) -> Server:
        """imaps://user@host:993; a scheme without s means STARTTLS, or no TLS at all on this machine where no CA is given."""
        url = self.environment.get(name)
        if not url:
            return plain
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            raise ServerSettingsError(f"环境变量 {name} 里的端口不是数字。") from None
        if parts.scheme not in schemes or not parts.hostname:
            raise ServerSettingsError(f"环境变量 {name} 写的是“{parts.scheme}://…”，应写成 {'、'.join(f'{s}://用户@主机:端口' for s in schemes)}。")
        if parts.password:
            raise ServerSettingsError(f"环境变量 {name} 里不要写密码，请改用 {name.replace('_URL', '_PASSWORD')}。")
        server = replace(plain, host=parts.hostname, port=port or ports[parts.scheme], user=unquote(parts.username or ""), security="tls")
        security = schemes[parts.scheme]
        return replace(server, security="plain" if security == "starttls" and server.is_loopback and not server.ca_file else security)
