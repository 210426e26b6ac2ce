"""An office behind a server of the test's own: a worker whose clock the test moves, its archive and its ledger to look into."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from mailbot.adapters.imap import ImapMailbox
from mailbot.app.wiring import House
from mailbot.app.worker import Round, Worker
from mailbot.domain.mail import Place
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.servers import Server
from mailbot.domain.unfetched import Unfetched
from tests.servers.scripted_mailbox import NINE

BOT = "nmyxjg@163.com"


@dataclass
class PolledOffice:
    """`poll()` is one round at `now`."""

    house: House
    worker: Worker
    clock: list[datetime]
    ticks: list[float] = field(default_factory=lambda: [0.0])

    def poll(self, **later: float) -> Round:
        from datetime import timedelta

        self.clock[0] += timedelta(**later)
        return self.worker.once()

    def subjects(self, done: Round) -> list[str]:
        return [noted.subject for noted in done.taken]

    @property
    def archived(self) -> list[Path]:
        folder = self.house.home / "archive"
        return [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")] if folder.exists() else []

    def known(self, folder: str = "INBOX") -> frozenset[Place]:
        return self.house.ledger.places_known(BOT, folder)

    def unfetched(self) -> dict[Place, Unfetched]:
        """What is still asked for."""
        return {place: one for place, one in self.house.ledger.unfetched(BOT).items() if one.gone_at is None}

    def unwell(self) -> tuple[str, ...]:
        return tuple(self.house.digesting().build().unwell)


@contextmanager
def polled_office(
    make_house: Any, port: int, *, deadline: float = 20.0, timeout: float = 3.0, login: tuple[str, str] = (BOT, "secret"), now: datetime = NINE,
    **environment: str,
) -> Iterator[PolledOffice]:  # fmt: skip
    """A worker that reads the mailbox at `port` by our IMAP, without TLS as on loopback, and sends nothing."""
    clock = [now]
    house = replace(make_house(MAILBOT_SENDING="shadow", **environment), clock=lambda: clock[0], pause=lambda _: None)
    server = Server("127.0.0.1", port, *login, "plain", None, timeout)
    with house.intake() as intake:
        worker = replace(house.worker(intake, lambda done, total: None), open_mailbox=lambda box: ImapMailbox(server, box.address, deadline))
        yield PolledOffice(house, worker, clock)
    house.close()


def mail(subject: str, text: str = "x", sender: str = "someone@else.example", **headers: str) -> bytes:
    """A small mail of somebody; from a unit it is a question."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, BOT, subject
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
