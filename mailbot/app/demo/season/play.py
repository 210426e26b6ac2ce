"""The season played: embedded servers, the scheduled worker, a clock that goes from tick to tick. Every five minutes the worker looks, as
in real life; ticks at which nothing can happen are left out. No letter is asked of the ledger: each is taken where it arrives."""

import email.policy
import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from email.parser import HeaderParser
from functools import cached_property
from itertools import count
from pathlib import Path

from mailbot.adapters.embedded import EmbeddedMail
from mailbot.app.demo.post import Arrived
from mailbot.app.demo.season import clerk, plan, wares
from mailbot.app.demo.season.plan import FIRST, LAST, Plan, Post
from mailbot.app.digest import Digesting
from mailbot.app.places import bundled
from mailbot.app.wiring import House
from mailbot.app.worker import Round, Worker
from mailbot.domain.campaigns import Campaign
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Rules

_PASSWORD = "demo"  # of servers that live in this process
_EVERY = timedelta(minutes=5)
_READS_AT = timedelta(minutes=31)  # after the digest came, the clerk answers it
_BOOKS_UNTIL = 1  # day of the month
_DISK = 700_000_000_000, 1_000_000_000_000  # bytes free, bytes in all

Watch = Callable[[int, int], None]


class OneCampaign(House):
    """The house with the season's campaign alone and a disk that is never full. The ledger goes with the digests of the first of a month
    only: it takes longer to write than all the rest of a day."""

    @cached_property
    def rules(self) -> Rules:
        rules = super().rules
        return replace(rules, campaigns=tuple(c for c in rules.campaigns if c.id == plan.CAMPAIGN))


    def digesting(self) -> Digesting:
        whole = super().digesting()
        return replace(whole, around=replace(whole.around, workbook=self._book, disk=lambda: _DISK))

    def _book(self) -> bytes | None:
        return self._ledger_book() if self.clock().day <= _BOOKS_UNTIL else None


@dataclass
class Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter where it arrived, and when. `kind`: as the outbox calls it."""

    at: datetime
    arrived: Arrived
    kind: str


class PostOffice(EmbeddedMail):
    """Mail servers that set aside what arrives anywhere but at the office's own mailbox."""

    def __init__(self, office: str, addresses: list[str]) -> None:
        self.office, self.aside = office, list[Arrived]()
        super().__init__(dict.fromkeys((office, *addresses), _PASSWORD))  # a server with UIDNEXT is polled in a third of the time

    async def _put(self, address: str, raw: bytes, when: datetime | None = None, folder: str = "INBOX") -> None:
        if address == self.office:
            await super()._put(address, raw, when, folder)
        else:
            self.aside.append(Arrived(address, raw))

    def new(self) -> list[Arrived]:
        found, self.aside = self.aside, []
        return found


@dataclass
class Season:
    """What was played. `taken`: per mail that came, what the worker made of it; `said`: the clerk's words."""

    plan: Plan
    campaign: Campaign
    house: House
    letters: list[Letter] = field(default_factory=list)
    said: list[tuple[datetime, clerk.Word]] = field(default_factory=list)
    problems: list[tuple[datetime, str]] = field(default_factory=list)
    ticks: int = 0


def kind_of(letter: Arrived) -> str:
    """By its Message-ID; what is written once a day is told apart by the subject."""
    head = HeaderParser(policy=email.policy.default).parsestr(letter.raw.partition(b"\r\n\r\n")[0].decode("ascii"))
    own, subject = str(head["Message-ID"]), str(head["Subject"])
    if own.startswith("<digest."):
        return "digest"
    if ".daily@" in own:
        return "reminder" if subject.startswith("【提醒】") else "escalation"
    return own.split(".")[1]


@dataclass
class _Stage:
    season: Season
    post: PostOffice
    clock: Clock
    worker: Worker
    queue: list[tuple[datetime, int, bytes]] = field(default_factory=list)
    order: "count[int]" = field(default_factory=count)
    sent: dict[int, bytes] = field(default_factory=dict)
    last_to: dict[str, Arrived] = field(default_factory=dict)

    def play(self, watch: Watch) -> None:
        posts = iter(self.season.plan.posts)
        coming = next(posts, None)
        waits: datetime | None = None
        for day, at in _moments(self.season.house.rules):
            watch((day - FIRST).days, (LAST - FIRST).days)
            while True:
                upcoming = [m for m in (coming.when if coming else None, self.queue[0][0] if self.queue else None, waits) if m]
                tick = min((_grid(m) for m in upcoming if _grid(m) < at), default=at)
                while coming and coming.when <= tick:
                    self._post(coming)
                    coming = next(posts, None)
                self._deliver(tick)
                waits = self._tick(tick)
                if tick == at:
                    break

    def _post(self, post: Post) -> None:
        if post.act == "bounce":
            raw = _returned(self.last_to[post.sender], post.when, self.post.office)
        elif post.act == "again":
            assert post.again
            raw = self.sent[post.again]
        else:
            raw = wares.mail_of(post, self.season.campaign, self.post.office)
            self.sent[post.number] = raw
        heapq.heappush(self.queue, (post.when, next(self.order), raw))

    def _deliver(self, tick: datetime) -> None:
        while self.queue and self.queue[0][0] <= tick:
            when, _, raw = heapq.heappop(self.queue)
            self.post.deliver(self.post.office, raw, when)

    def _tick(self, tick: datetime) -> datetime | None:
        """Returns when the worker has something to send again."""
        self.clock.now = tick
        done: Round = self.worker.once()
        self.season.ticks += 1
        self.season.problems += [(tick, problem) for problem in done.problems]
        for arrived in self.post.new():
            letter = Letter(tick, arrived, kind_of(arrived))
            self.season.letters.append(letter)
            self.last_to[arrived.address] = arrived
            if letter.kind == "digest":
                for word in clerk.words(arrived, tick + _READS_AT, self.post.office):
                    self.season.said.append((tick + _READS_AT, word))
                    heapq.heappush(self.queue, (tick + _READS_AT, next(self.order), word.raw))
        waiting = self.season.house.ledger.waiting(tick + timedelta(days=1))
        return max(min(x.due for x in waiting).astimezone(SHANGHAI), tick + _EVERY) if waiting else None


def _moments(rules: Rules) -> Iterator[tuple[date, datetime]]:
    """When the worker has something of its own to do: the digest and the reminders; a last look at the end."""
    day = FIRST
    while day <= LAST:
        if rules.calendar.is_working_day(day):
            for at in (rules.settings.schedule.digest_at, rules.settings.schedule.reminders_at):
                yield day, datetime.combine(day, at, SHANGHAI)
        day += timedelta(days=1)
    yield LAST, datetime.combine(LAST, time(23, 55), SHANGHAI)


def _grid(moment: datetime) -> datetime:
    """The next moment at which the worker looks."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - (midnight - moment) // _EVERY * _EVERY


def _returned(letter: Arrived, when: datetime, office: str) -> bytes:
    """The provider's report that a letter could not be delivered (RFC 3464)."""
    from email.utils import format_datetime

    head = letter.raw.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
    lines = (
        "From: MAILER-DAEMON@163.com", f"To: {office}", "Subject: Undelivered Mail Returned to Sender", f"Date: {format_datetime(when)}",
        f"Message-ID: <{when:%Y%m%d%H%M%S}.returned@163.com>", "Auto-Submitted: auto-replied", "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b0"', "",
        "--b0", "Content-Type: text/plain; charset=utf-8", "", "550 User not found", "",
        "--b0", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; 163.com", "", f"Final-Recipient: rfc822; {letter.address}", "Action: failed",
        "Status: 5.1.1", "Diagnostic-Code: smtp; 550 5.1.1 User not found", "",
        "--b0", "Content-Type: text/rfc822-headers", "", head.replace("\r\n", "\n"), "", "--b0--", "",
    )  # fmt: skip
    return "\r\n".join("\n".join(lines).split("\n")).encode()


def _nothing(*_: object) -> None:
    """No pause between two letters, no bar."""


def lacks_cast(config: Path) -> str:
    """Why these rules cannot be played (Chinese), "" where they can: each unit of the plan must be in them."""
    rules = House(config, Path(), Clock(datetime.combine(FIRST, time(), SHANGHAI)), {}).rules
    campaign = next((c for c in rules.campaigns if c.id == plan.CAMPAIGN), None)
    if campaign is None:
        return f"演示用的是自带的示例规则 {plan.CAMPAIGN}，这份规则里没有它。"
    known = {u.id for u in campaign.units if u.addresses}
    absent = sorted(plan.CAST ^ known)
    return f"演示用的是自带的示例名册，这份规则里的单位不一样：{'、'.join(absent)}。" if absent else ""


@contextmanager
def season(config: Path | None, home: Path, watch: Watch = _nothing, seed: int = plan.SEED) -> Iterator[Season]:
    """Plays it. The ledger and the archive are there until the end of the block."""
    clock = Clock(datetime.combine(FIRST, time(), SHANGHAI))
    house = OneCampaign(config or bundled("config"), home, clock, {}, _nothing)
    campaign = house.rules.campaign(plan.CAMPAIGN)
    office = house.rules.settings.mailbox.address
    drawn = plan.planned(campaign, house.rules.calendar, seed)
    addresses = [*(a for u in campaign.units for a in u.addresses), *house.rules.settings.staff, *house.rules.settings.directors, plan.NEW_MAILBOX]
    with PostOffice(office, addresses) as post:
        user = office.replace("@", "%40")
        live = replace(house, environment={
            "MAILBOT_IMAP_URL": f"imap://{user}@127.0.0.1:{post.imap_port}", "MAILBOT_IMAP_PASSWORD": _PASSWORD,
            "MAILBOT_SMTP_URL": f"smtp://{user}@127.0.0.1:{post.smtp_port}", "MAILBOT_SMTP_PASSWORD": _PASSWORD,
            "MAILBOT_SENDING": "live", "MAILBOT_SCANS": "off",
        })  # fmt: skip
        played = Season(drawn, campaign, live)
        try:
            with live.intake() as intake:
                _Stage(played, post, clock, live.worker(intake, _nothing, scheduled=True)).play(watch)
            yield played
        finally:
            live.close()
