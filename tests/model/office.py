"""One office on its folder: how a mail is put in, how the bot is let run, what staff see in a digest, and how at the end everything is
mended and the bot runs until nothing waits. What may happen to it stands in tests/model/machine.py."""

import os
import shutil
import tempfile
from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hypothesis.stateful import RuleBasedStateMachine

from mailbot.app.demo.post import Arrived
from mailbot.app.demo.season import clerk
from mailbot.app.places import bundled
from mailbot.domain.errors import ConfigurationError
from tests.model import rules
from tests.model.books import header, opened
from tests.model.bot import Bot, ModelHouse, fresh_home
from tests.model.checker import Checker
from tests.model.mails import Mail, Writer, sha256_of
from tests.model.rules import STAFF, UNITS
from tests.model.world import SHANGHAI, World

START = datetime(2024, 3, 27, 8, 30, tzinfo=SHANGHAI)
HOMES = tuple(UNITS)
RAN: Counter[str] = Counter()  # over all runs of this process: how often each rule really happened, and what came of it
_DEBUG = bool(os.environ.get("MAILBOT_MODEL_DEBUG"))  # what each round came to
_FAST = Path("/dev/shm")


def count(what: str) -> None:
    RAN[what] += 1


@cache
def _offered(to: str, raw: bytes) -> dict[int, dict[str, str]]:
    return clerk.offered(Arrived(to, raw))


class Folders:
    """The rules and the empty ledger that every run begins with, made once a process."""

    _made: "Path | None" = None

    @classmethod
    def ready(cls) -> Path:
        if cls._made is None:
            place = Path(tempfile.mkdtemp(prefix="model-first-"))
            rules.write(place / "config", bundled("config"))
            house = ModelHouse(place / "config", place, lambda: START, {"MAILBOT_SENDING": "shadow", "MAILBOT_SCANS": "off"}, world=World(START))
            house.ledger.close()
            cls._made = place
        return cls._made


class Settled(RuleBasedStateMachine):
    """What all rules share. It has none itself."""

    def __init__(self) -> None:
        super().__init__()
        first = Folders.ready()
        self.folder = Path(tempfile.mkdtemp(prefix="model-", dir=_FAST if os.access(_FAST, os.W_OK) else None))
        self.config, self.home = self.folder / "config", self.folder / "home"
        shutil.copytree(first / "config", self.config)
        fresh_home(first, self.home)
        self.world = World(START)
        self.bot = Bot(self.world, self.config, self.home)
        self.check = Checker(self.world, self.home, rosters=self.bot.loaded)
        self.world.before_delivery.append(self.check.witness)
        self.writer = Writer()
        self.live: set[int] = set()
        self.backup: Path | None = None
        self.shown: dict[bytes, dict[int, str]] = {}  # a digest -> number of a case in it -> SHA-256 of the mail that it is about
        self.clicks: list[tuple[Any, str, str, int]] = []  # what was clicked once: digest, subject, key, case
        self.broken = False
        self.moves = 0

    # --- what the rules are made of ---------------------------------------------------------------------------------------

    def _put(self, mail: Mail, after: str, folder: str = "INBOX") -> None:
        number = self.check.add(mail, self.world.now.replace(microsecond=0))
        if self.bot.sending == "live":
            self.live.add(number)
        self.bot.delivered = len(self.check.put_in)
        self.world.deliver(mail.raw, folder)
        count(f"mail {mail.kind.split()[0]}")
        self._after(after)

    def _after(self, after: str) -> None:
        if after != "nothing":
            self._round(hurry=after == "hurry")

    def _round(self, *, hurry: bool = False) -> None:
        try:
            done = self.bot.round(hurry=hurry)
        except ConfigurationError:
            if not rules.is_broken(self.config):
                raise
            count("did not start by broken rules")  # a person mends them, and it starts
            rules.broken(self.config, False)
            done = self.bot.round(hurry=hurry)
        count("cut off" if done is None else "round")
        if _DEBUG and done is not None:
            print(self.world.clock(), len(done.taken), done.flushed, done.problems)
        if done is None:
            self.check.always()

    def _address(self, unit: str) -> str:
        return next(a for a, u in rules.roster_of(self.config).items() if u == unit)

    @property
    def now(self) -> datetime:
        return self.world.now

    # --- staff ------------------------------------------------------------------------------------------------------------

    def _offers(self) -> list[tuple[Any, dict[int, dict[str, str]]]]:
        """The digests that the office has, with the ready-made answers in them."""
        found = []
        for one in self.world.sink[-60:]:
            if one.to == STAFF and "【日报】" in str(header(one.raw)["Subject"]):
                found.append((one, _offered(one.to, one.raw)))
                if one.raw not in self.shown:
                    books = opened(self.home)
                    self.shown[one.raw] = {r["id"]: books.messages[r["message"]]["sha256"] for r in books.reviews}
        return found

    def _click(self, kind: str, digest: Any, offers: dict[int, dict[str, str]], n: int, who: str) -> None:
        case = sorted(offers)[n % len(offers)]
        key = sorted(offers[case])[n % len(offers[case])]
        subject = parse_qs(urlsplit(offers[case][key]).query)["subject"][0]
        sender, good, results = STAFF, kind in ("click", "replayed"), {}
        if kind == "replayed" and self.clicks:
            digest, subject, key, case = self.clicks[n % len(self.clicks)]
        if kind == "altered":
            subject = subject[:-4] + ("0" if subject[-4] != "0" else "1") + subject[-3:]
        if kind == "by another":
            sender = self._address(who) if who in HOMES else who
        if kind == "forged staff":
            results = {"results": "mx.bureau.example; dmarc=fail"}
        if good:
            self.clicks.append((digest, subject, key, case))
            self._granted(digest, key, case)
        count(f"staff {kind}")
        self._put(self.writer.staff(f"staff {kind}", sender, subject, "直接发送即可，不用改主题。", self.now, order=good, **results), "nothing")

    def _reply(self, kind: str, digest: Any, offers: dict[int, dict[str, str]], n: int) -> None:
        thread = str(header(digest.raw)["Message-ID"])
        case = sorted(offers)[n % len(offers)] if offers else 1
        key = sorted(offers[case])[n % len(offers[case])] if offers else "知道了"
        text = f"{case} {key}" if kind != "waive" else f"免报 {UNITS[HOMES[n % 3]]} 案件查办统计数据 2024-04 停电"
        good = kind != "reply forged"
        if not good:
            head, _, domain = thread.strip("<>").partition("@")
            parts = head.split(".")
            thread = f"<{'.'.join((*parts[:-1], parts[-1][::-1]))}@{domain}>"
        elif kind == "reply":
            self._granted(digest, key, case)
        count(f"staff {kind}")
        self._put(self.writer.staff(f"staff {kind}", STAFF, f"Re: {header(digest.raw)['Subject']}", text, self.now, order=good, thread=thread), "nothing")

    def _granted(self, digest: Any, key: str, case: int) -> None:
        """A valid word about a case of a digest: the mail that it was about there may be filed from now on, and its sender registered."""
        sha256 = self.shown[digest.raw].get(case)
        if sha256 is None:
            return
        self.check.vouched.add(sha256)
        for mail in self.check.mails_of(sha256):
            named = mail.may_file if mail.odd else mail.vouchable
            if key == "长期" and mail.sender and len(named) == 1:
                self.check.registered[mail.sender] = next(iter(named))

    # --- the end ----------------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            if not self.broken and self.bot.loaded:
                self._settles()
        finally:
            self.bot.stop()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _settles(self) -> None:
        """Everything is up again, nobody touches anything, and days pass: then nothing may wait or be lost."""
        rules.broken(self.config, False)
        if rules.caps_of(self.config) != rules.CAPS:
            rules.cap(self.config, *rules.CAPS)
        self.world.smtp = self.world.imap = "up"
        self.world.skew, self.world.stopped, self.world.armed = timedelta(), False, None
        (self.home / "STOP").unlink(missing_ok=True)
        self._round()
        for day in range(9):
            for _ in range(3 if day else 6):
                self.world.now += timedelta(minutes=16)
                self._round()
                self.check.always()
            if day and not self._waits():
                break
            self.world.now = (self.now + timedelta(days=1)).replace(hour=8, minute=1)
        if self.bot.sending == "live":
            self.check.at_rest(self.live)
        count("runs")

    def _waits(self) -> bool:
        """Whether a letter is to go out still, or a mail to be fetched."""
        books = opened(self.home)
        seen = {row["sha256"] for row in books.sightings}
        unseen = any(sha256_of(lying.raw) not in seen for mails in self.world.folders.values() for lying in mails)
        going = any(r["state"] in ("waiting", "sending") or (r["state"], r["action"]) == ("ambiguous", "once-more") for r in books.letters.values())
        return going or unseen


