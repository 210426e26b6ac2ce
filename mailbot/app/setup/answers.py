"""What `mailbot init` must know, how an answer is understood, and what is said of one that cannot be right. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from mailbot.domain.errors import ConfigurationError
from mailbot.domain.providers import Provider
from mailbot.domain.servers import Security, Server
from mailbot.domain.units import ADDRESS

Way = Literal["imap", "smtp"]
KeyPath = tuple[str, ...]

_TLS_PORTS = frozenset((993, 465, 994))
_USUAL = {"imap": 993, "smtp": 465}
_LONGEST = 60  # characters of an office's name: it stands in subjects and under letters


class AnswerRefused(ConfigurationError):
    """An answer that cannot be right; its sentence says why, and what one looks like."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a server is and how it is spoken to."""

    host: str
    port: int
    security: Security

    def __str__(self) -> str:
        return f"{self.host}:{self.port}（{self.security}）"


@dataclass(frozen=True, slots=True)
class Answers:
    """All that is asked for. `campaigns`: their ids, at least one."""

    address: str
    user: str
    imap: Reach
    smtp: Reach
    office: str
    staff: tuple[str, ...]
    campaigns: tuple[str, ...]

    def values(self) -> dict[KeyPath, Any]:
        """What each key of mailbot.yaml becomes."""
        found: dict[KeyPath, Any] = {("office",): self.office, ("staff",): self.staff, ("campaigns",): self.campaigns, ("sending",): "shadow"}
        for part, reach in (("mailbox", self.imap), ("sender", self.smtp)):
            for key in ("address", "user", "host", "port", "security"):
                found[part, key] = getattr(self if key in ("address", "user") else reach, key)
        found["sender", "name"] = self.office
        return found


def address(text: str) -> str:
    """One address, in lower case behind the @. Raises AnswerRefused."""
    found = text.strip().strip("<>").replace("＠", "@").replace("。", ".")
    if not re.fullmatch(ADDRESS, found):
        raise AnswerRefused(f"“{text.strip()}”不是邮箱地址，要写成 bangongshi@163.com 这样。")
    local, _, domain = found.partition("@")
    return f"{local}@{domain.lower()}"


def addresses(text: str, mailbox: str) -> tuple[str, ...]:
    """One or several addresses of staff, none of them the office's mailbox. Raises AnswerRefused."""
    found = tuple(dict.fromkeys(address(word) for word in re.split(r"[\s,;，；、]+", text.strip()) if word))
    if not found:
        raise AnswerRefused("请至少写一个工作人员的邮箱地址，日报寄给他。")
    if mailbox.lower() in (one.lower() for one in found):
        raise AnswerRefused("工作人员的地址不能是收件信箱自己：程序不处理自己寄给自己的信。请写办公室人员另外的邮箱。")
    return found


def user(text: str) -> str:
    """A login name. Raises AnswerRefused."""
    found = text.strip().replace("＠", "@")
    if not found or not found.isprintable() or len(found.split()) > 1:
        raise AnswerRefused("登录名不能空着，中间也没有空格；一般就是邮箱地址。")
    return found


def office(text: str) -> str:
    """The office's name. Raises AnswerRefused."""
    found = " ".join(text.split())
    if not found:
        raise AnswerRefused("办公室名称不能空着，它写在每封信的落款。")
    if len(found) > _LONGEST:
        raise AnswerRefused(f"办公室名称太长（{len(found)} 字），请不要超过 {_LONGEST} 字。")
    return found


def reach(text: str, way: Way) -> Reach:
    """A server: imap.x.cn, imap.x.cn:993, or imaps://imap.x.cn:993 as in MAILBOT_IMAP_URL; without an s STARTTLS is meant, and on this
    machine no TLS at all. Raises AnswerRefused."""
    wanted = text.strip().replace("：", ":")
    parts = urlsplit(wanted if "://" in wanted else f"//{wanted}")
    try:
        port = parts.port
    except ValueError:
        raise AnswerRefused(f"“{wanted}”的端口不是数字。") from None
    if parts.scheme not in ("", way, f"{way}s") or not parts.hostname or not re.fullmatch(r"[A-Za-z0-9.:-]+", parts.hostname):
        raise AnswerRefused(f"“{wanted}”不是服务器地址，要写成 {way}.example.cn 或 {way}.example.cn:{_USUAL[way]} 这样。")
    if parts.username or parts.password:
        raise AnswerRefused("服务器地址里不要写用户和密码。")
    if parts.scheme == way:
        here = Server(parts.hostname, port or 1).is_loopback
        return Reach(parts.hostname, port or {"imap": 143, "smtp": 587}[way], "plain" if here else "starttls")
    port = port or _USUAL[way]
    return Reach(parts.hostname, port, "tls" if parts.scheme or port in _TLS_PORTS else "starttls")


def reach_of(provider: Provider, way: Way) -> Reach | None:
    """Where the provider's server is; None where nobody told us."""
    host, port = (provider.imap, provider.imap_port) if way == "imap" else (provider.smtp, provider.smtp_port)
    return Reach(host, port, "tls" if port in _TLS_PORTS else "starttls") if host else None


def chosen(text: str, known: Sequence[str]) -> tuple[str, ...]:
    """Campaigns by number or id, in the order named. Raises AnswerRefused."""
    found: list[str] = []
    for word in (w for w in re.split(r"[\s,;，；、]+", text.strip()) if w):
        if word.isdecimal() and 0 < int(word) <= len(known):
            found.append(known[int(word) - 1])
        elif word in known:
            found.append(word)
        else:
            raise AnswerRefused(f"没有“{word}”这个专项行动，现有：{'、'.join(known)}。")
    if not found:
        raise AnswerRefused("请至少选一个专项行动。")
    return tuple(dict.fromkeys(found))


def password(text: str) -> str:
    """An authorisation code as it was typed or pasted. Providers show it in groups: blanks between are taken out where nothing but
    letters and digits is left of sixteen. Raises AnswerRefused."""
    found = text.strip()
    if not found:
        raise AnswerRefused("什么也没有输入。输入的时候屏幕上不显示，可以直接粘贴，再按回车。")
    if not found.isascii() or not found.isprintable():
        raise AnswerRefused("里面有中文、全角字符或看不见的字符，授权码只有半角的字母和数字。请重新复制粘贴。")
    close = found.replace(" ", "")
    return close if close != found and len(close) == 16 and close.isalnum() else found
