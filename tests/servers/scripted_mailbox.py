"""A small IMAP mailbox that a test writes mail by mail and lets misbehave: renumber, lie about sizes, drip, hang up, answer out of order.

It says what 163 says: UIDVALIDITY 1 for ever, no UIDNEXT, SEARCH by date only. `heard` is every line that clients sent.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from mailbot.domain.periods import SHANGHAI
from tests.servers.scripted import Scripted

NINE = datetime(2024, 4, 1, 9, 0, tzinfo=SHANGHAI)
Special = Callable[[bytes, bytes], bytes | None]  # (tag, line) -> another answer, None for the usual one; Hang hangs up


class Hang(Exception):
    """Raised by a `special`: the server hangs up without a word."""


@dataclass
class ScriptedMailbox:
    """`with box.serve() as server:`; `mails`: UID -> (bytes, when it came). `special` may say something else to a line."""

    mails: dict[int, tuple[bytes, datetime]] = field(default_factory=dict)
    special: Special | None = None
    capabilities: bytes = b"IMAP4rev1 ID"
    greeting: bytes = b"* OK ready\r\n"
    folders: tuple[bytes, ...] = (b"INBOX",)
    uidnext: bool = False  # as others than 163 have it
    uidvalidity: int = 1
    heard: list[bytes] = field(default_factory=list)

    def put(self, uid: int, raw: bytes, when: datetime = NINE) -> None:
        self.mails[uid] = (raw, when)

    def serve(self) -> Scripted:
        return Scripted(self.greeting, self.answer)

    def verbs(self) -> list[str]:
        """The commands that clients sent, `UID FETCH` as one."""
        words = [line.split() for line in self.heard if len(line.split()) > 1]
        return [(b" ".join(w[1:3]) if w[1].upper() == b"UID" else w[1]).decode("ascii", "replace").upper() for w in words]

    def answer(self, line: bytes) -> bytes | None:
        self.heard.append(line)
        tag, verb = [*line.split(), b"", b""][:2]
        try:
            said = self.special(tag, line) if self.special else None
        except Hang:
            return None
        return said if said is not None else self.usual(tag, verb.upper(), line)

    def usual(self, tag: bytes, verb: bytes, line: bytes) -> bytes:
        done = tag + b" OK done\r\n"
        match verb:
            case b"CAPABILITY":
                return b"* CAPABILITY " + self.capabilities + b"\r\n" + done
            case b"LIST":
                return b"".join(b'* LIST () "/" "%s"\r\n' % name for name in self.folders) + done
            case b"EXAMINE":
                after = b"* OK [UIDNEXT %d] next\r\n" % (max(self.mails, default=0) + 1) if self.uidnext else b""
                return b"* %d EXISTS\r\n* OK [UIDVALIDITY %d] ok\r\n" % (len(self.mails), self.uidvalidity) + after + done
            case b"UID" if line.split()[2].upper() == b"SEARCH":
                return b"* SEARCH" + b"".join(b" %d" % uid for uid in sorted(self.mails)) + b"\r\n" + done
            case b"UID":
                return b"".join(self.described(uid, b"BODY" in line) for uid in self.asked(line)) + done
        return done

    def asked(self, line: bytes) -> Iterable[int]:
        """The UIDs of a UID FETCH that are there."""
        named: set[int] = set()
        for part in line.split()[3].split(b","):
            first, _, last = part.partition(b":")
            top = max(self.mails, default=0)
            named |= set(range(int(first), (top if last in (b"*", b"") else int(last)) + 1)) if last else {int(first)}
        return [uid for uid in sorted(self.mails) if uid in named]

    def described(self, uid: int, body: bool) -> bytes:
        """One line of FETCH, with the mail where `body`."""
        raw, when = self.mails[uid]
        return fetch_line(uid, len(raw), when, raw if body else None)


def fetch_line(uid: int, size: int, when: datetime, raw: bytes | None = None, literal: int | None = None) -> bytes:
    """`literal`: the length that the server claims."""
    dated = when.strftime("%d-%b-%Y %H:%M:%S %z").encode()
    head = b'* %d FETCH (UID %d RFC822.SIZE %d INTERNALDATE "%s"' % (uid, uid, size, dated)
    return head + (b"" if raw is None else b" BODY[] {%d}\r\n" % (len(raw) if literal is None else literal) + raw) + b")\r\n"


def body_of(uid: int, said: Callable[[bytes], bytes]) -> Special:
    """Another answer where the bytes of one mail are asked for; `said` is given the tag."""

    def special(tag: bytes, line: bytes) -> bytes | None:
        return said(tag) if re.search(rb" UID FETCH %d \(.*BODY" % uid, line) else None

    return special


def hangs(uid: int) -> Special:
    """The server hangs up where this mail's bytes are asked for."""

    def said(_: bytes) -> bytes:
        raise Hang

    return body_of(uid, said)


