"""What is ever said to the mailbox: it is read, never marked, and no word of a mail stands in a command (reliability.md P1, finding 3)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest

from mailbot.adapters.embedded import EmbeddedMail
from mailbot.app.wiring import House
from mailbot.app.worker import Worker
from mailbot.domain.periods import SHANGHAI
from tests.servers.faultproxy import FaultProxy, Faults

BOT, UNIT = "nmyxjg@163.com", "xinzhen@units.example"
CANARY = "CANARY7f3a"
_READS = {"CAPABILITY", "LOGIN", "ID", "LIST", "EXAMINE", "UID SEARCH", "UID FETCH", "LOGOUT", "NOOP"}
# What a Message-ID would have to look like to become a command of its own where it is put into one (CVE-2025-15366).
_HOSTILE = (
    f"<{CANARY}>", f'<{CANARY}"\r\n X2 EXPUNGE>', f"<{CANARY}>\r\n\tX2 STORE 1:* +FLAGS (\\Deleted)", f"<{CANARY}{{10}}>", f'"{CANARY}" NOT DELETED',
    f"<{CANARY})\r\n A1 UID MOVE 1:* Trash>", f"<{CANARY}%*>", f"<{CANARY}\\>", f"<{CANARY}\x00\x7f>", f"{CANARY} " + "x" * 2_000, "",
)  # fmt: skip


@dataclass
class Watched:
    mail: EmbeddedMail
    wire: FaultProxy
    smtp: FaultProxy
    house: House
    worker: Worker
    clock: list[datetime]

    def commands(self) -> list[bytes]:
        """What was said to the mailbox, without the mails of APPEND."""
        heard, found = bytes(self.wire.heard), []
        while heard:
            line, _, heard = heard.partition(b"\r\n")
            found.append(line)
            if literal := re.search(rb"\{(\d+)\+?\}$", line):
                heard = heard[int(literal[1]) :]
        return [line for line in found if line]

    def verbs(self) -> set[str]:
        words = [line.split(b" ") for line in self.commands()]
        return {(b" ".join(w[1:3]) if w[1].upper() == b"UID" else w[1]).decode("ascii", "replace").upper() for w in words}


@pytest.fixture
def watched(make_house: Callable[..., House]) -> Iterator[Watched]:
    clock = [datetime(2024, 4, 1, 9, 0, tzinfo=SHANGHAI)]
    with (
        EmbeddedMail({BOT: "pw", UNIT: "pw"}, netease=True) as mail,
        FaultProxy(mail.imap_port) as wire,
        FaultProxy(mail.smtp_port) as smtp,
    ):
        house = replace(make_house(
            MAILBOT_IMAP_URL=f"imap://nmyxjg%40163.com@127.0.0.1:{wire.port}", MAILBOT_IMAP_PASSWORD="pw",
            MAILBOT_SMTP_URL=f"smtp://nmyxjg%40163.com@127.0.0.1:{smtp.port}", MAILBOT_SMTP_PASSWORD="pw", MAILBOT_SENDING="live",
        ), clock=lambda: clock[0], pause=lambda _: None)  # fmt: skip
        settings = house.rules.settings
        house.__dict__["rules"] = replace(house.rules, settings=replace(settings, sender=replace(settings.sender, sent_folder="已发送")))
        with house.intake() as intake:
            yield Watched(mail, wire, smtp, house, house.worker(intake, lambda done, total: None), clock)
        house.close()


def hostile(number: int, message_id: str) -> bytes:
    """A question of a unit whose every header wants to be a command."""
    head = f"From: {UNIT}\r\nTo: {BOT}\r\nMessage-ID: {message_id}\r\nSubject: {CANARY} {number}\r\nReferences: {message_id}\r\n"
    return (head + "Content-Type: text/plain; charset=utf-8\r\n\r\n请问怎么填？\r\n").encode()


@pytest.mark.shows("P1", "P7")
def test_the_mailbox_is_only_read_and_no_word_of_a_mail_stands_in_a_command(watched: Watched, record_property: Any) -> None:
    """A day with everything in it that talks to the mailbox: hostile mails, answers to them, their copies in the Sent folder, a letter
    of which nobody knows whether it went out and that is looked for there. P1 holds in its strongest form: no mark is ever made."""
    for number, message_id in enumerate(_HOSTILE):
        watched.mail.deliver(BOT, hostile(number, message_id), watched.clock[0])
    watched.smtp.faults = Faults(drop_reply=b"\r\n.\r\n")
    first = watched.worker.once()
    assert len(first.taken) == len(_HOSTILE)
    assert any(letter.state == "ambiguous" for letter in watched.house.ledger.letters_listed())
    watched.smtp.faults = Faults()
    for hours in (1, 2, 30):
        watched.clock[0] = watched.clock[0].replace(hour=9 + hours % 12, day=1 + hours // 24)
        watched.worker.once()
    assert len(watched.mail.mails(UNIT)) >= 3 and watched.mail.mails(BOT, "已发送"), "letters went out and were copied"
    assert watched.verbs() == _READS - {"NOOP", "CAPABILITY"} | {"APPEND"} | ({"CAPABILITY"} & watched.verbs())
    for line in watched.commands():
        assert CANARY.encode() not in line and b"EXPUNGE" not in line.upper() and b"STORE" not in line.upper(), line
        if b" FETCH " in line:
            assert b"BODY[" not in line, "only BODY.PEEK: the other marks a mail as read"
            assert re.fullmatch(rb"\S+ UID FETCH [\d,:*]+ \([A-Z0-9. \[\]<>()-]+\)", line), line
        if b" SEARCH " in line:
            assert re.fullmatch(rb"\S+ UID SEARCH (?:SINCE \"?[\w-]+\"?|ALL)", line), line
        if b" APPEND " in line:
            assert b"&XfJT0ZAB-" in line, "only into the folder of what was sent"
    record_property("runs", f"hostile Message-IDs before the mailbox: {len(_HOSTILE)}")
    assert len(watched.mail.mails(BOT)) == len(_HOSTILE), "all lie where they lay"
