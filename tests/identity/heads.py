"""Header bytes to a decision, without files and children: what a header says of its sender is decided by it alone."""

import os
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache

from hypothesis import HealthCheck, settings

from mailbot.adapters.mime.envelope import content_type, normalised, read_envelope, read_header
from mailbot.adapters.rules import load
from mailbot.app.places import bundled
from mailbot.domain.decisions import decide
from mailbot.domain.mail import Envelope, Message
from mailbot.domain.outcome import Outcome
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Rules
from mailbot.domain.reading import Facts
from mailbot.domain.senders import sender_of

CAME = datetime(2024, 3, 27, 10, 0, tzinfo=SHANGHAI)
QUESTION = "请问一季度问题清单怎么填？"
SOAK = bool(os.environ.get("MAILBOT_SOAK"))
Field = tuple[bytes, bytes]


def many(few: int, whole: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """So many examples in CI, always the same; so many, and others each time, in the long run."""
    return settings(
        max_examples=whole if SOAK else few, derandomize=not SOAK, database=None, deadline=None, print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )  # fmt: skip


@cache
def bundled_rules() -> Rules:
    return load(bundled("config"))


def head_of(fields: Iterable[Field]) -> bytes:
    return b"".join(name + b":" + value + b"\r\n" for name, value in fields)


def message_of(head: bytes, text: str = QUESTION) -> Message:
    """A mail of that header and one text, read as the product reads it."""
    header = read_header(normalised(head))
    kind, report = content_type(header)
    return Message(read_envelope(header), text, content_type=kind, report_type=report, content_key="k" * 64)


def envelope_of(head: bytes) -> Envelope:
    return message_of(head).envelope


def decided(head: bytes, text: str = QUESTION) -> Outcome:
    rules, message = bundled_rules(), message_of(head, text)
    sender = sender_of(message.envelope, rules)
    forms = rules.forms_of(tuple(c for c, _ in sender.homes) or rules.campaigns)
    return decide(Facts(message, sender, forms, (), CAME, CAME, rules, "20240327-ABCDEF"))
