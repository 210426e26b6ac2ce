"""How to reach a mail server: the noun that the IMAP and the SMTP adapter share."""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mailbot.domain.errors import ServerSettingsError

Security = Literal["tls", "starttls", "plain"]

# INBOX, and where providers put mail they distrust (china-mail.md §1).
POLLED_FOLDERS = ("INBOX", "垃圾邮件", "病毒文件夹", "广告邮件", "Junk", "Spam")
# Providers hand out letters and digits; such a password was never sent.
NOT_ASCII = "授权码里有中文、全角字符或特殊符号，不会是对的，没有拿去登录；请重新复制粘贴授权码"
JUNK_NAMES = frozenset(name.casefold() for name in POLLED_FOLDERS[1:])


@dataclass(frozen=True, slots=True)
class Server:
    """Where and how to log in. Refused at construction: no TLS to anywhere but this machine (contract, Files).

    `ca_file` adds a private CA to the system's; verification is never off. `timeout` is seconds for each network step.
    An empty `user` means: no login (only a relay on this machine wants that).
    """

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    security: Security = "tls"
    ca_file: Path | None = None
    timeout: float = 60.0

    def __post_init__(self) -> None:
        if not self.host or not 0 < self.port < 65536:
            raise ServerSettingsError(f"服务器地址或端口不正确：{self.host or '（空）'}:{self.port}。")
        if self.security == "plain" and not self.is_loopback:
            raise ServerSettingsError(f"到 {self.host} 的连接没有加密，已拒绝。只有本机（127.0.0.1）可以不加密，请改用 imaps:// 或 smtps://。")

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine. Only what needs no name server counts, so nobody can answer for it."""
        if self.host.lower() == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False
