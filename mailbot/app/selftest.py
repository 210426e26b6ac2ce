"""Whether this Python may be trusted with mail: looked at before the worker starts and by the doctor (reliability.md §4, Interpreter).

Some let a sender's subject become headers of our letter (CVE-2024-6923, CVE-2026-1299), or are told by their surroundings to trust every
server. Our letters are put together so that it does not matter; who would run them on a Python where it does is not to begin."""

import ssl
import sys
from collections.abc import Callable, Iterator
from email import message_from_bytes

from mailbot.domain.errors import ConfigurationError, MailbotError

# what a sender writes: an encoded CR LF and a header of his own, alone and encoded once more
HOSTILE = ("Re: =?utf-8?B?eA0KQmNjOiBlQHg=?=", "Re: x\r\nBcc: e@x", "=?utf-8?B?PT91dGYtOD9CP2VBMEtRbU5qT2lCbFFIZz0/PQ==?=")
Composed = Callable[[str], bytes]  # a letter of ours with that subject, to nobody
NOBODY = "self@test.example"


class InterpreterUnfit(ConfigurationError):
    """Python, or what its surroundings make of it, cannot be trusted."""


def troubles(composed: Composed) -> tuple[str, ...]:
    """What is wrong, in Chinese sentences; nothing where all is well."""
    return tuple(_all(composed))


def examine(composed: Composed) -> None:
    """Raises InterpreterUnfit."""
    if found := troubles(composed):
        raise InterpreterUnfit("".join(found))


def _all(composed: Composed) -> Iterator[str]:
    if not all(_stays_a_subject(composed, subject) for subject in HOSTILE):
        yield f"这个 Python（{sys.version.split()[0]}）写出来的信不可靠：来信的主题可以变成我们信里的信头。请换用更新的 Python。"
    if not _verifies(ssl.create_default_context()):
        yield "这个 Python 默认不核对服务器的证书，密码可能交给冒充的服务器。请检查 Python 的安装和 sitecustomize。"


def _stays_a_subject(composed: Composed, subject: str) -> bool:
    """One that is refused is as good."""
    try:
        back = message_from_bytes(composed(subject))
    except (MailbotError, ValueError):
        return True
    return "Bcc" not in back and len(back.get_all("Subject", [])) == 1 and back.get_all("To") == [NOBODY]


def _verifies(context: ssl.SSLContext) -> bool:
    return context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname and context.minimum_version >= ssl.TLSVersion.TLSv1_2
