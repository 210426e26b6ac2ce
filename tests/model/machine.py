"""The state machine: what may happen to an office and its bot, in any order. Each rule does something to the world and may let the bot run;
after every rule the checker looks, and at the end all is mended and the bot runs until nothing waits (office.py).

Substitutes are said in bot.py; the second worker at the same time (P12) is not here but in the tests of the lease."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from tests.model import rules
from tests.model.books import Broken, header, opened
from tests.model.mails import STRANGERS, Mail
from tests.model.office import HOMES, RAN, Settled, count
from tests.model.rules import MOVED
from tests.model.world import FOLDERS

AFTER = st.sampled_from(("nothing", "nothing", "round", "round", "hurry"))
NUMBER = st.integers(0, 10_000)
_REPORTS = ("good", "partial", "late", "nil", "two")
_ANSWERS = ("click", "click", "click", "replayed", "altered", "by another", "forged staff", "reply", "reply forged", "waive")
_CUTS = ("", "", "", "commit", "sql", "fetch", "half", "send", "accepted", "accepted", "refused", "points")
_CHANGES = ("address", "cap", "cap", "no cap", "broken", "mended", "STOP", "STOP", "go on")
_SERVERS = (
    *(("mailbox", what) for what in ("renumbered", "new uidvalidity", "expunged")), *(("imap", mode) for mode in ("down", "cut", "confused", "vanish", "up")),
    *(("smtp", mode) for mode in ("up", "down", "4xx", "5xx", "5xx-address", "ambiguous", "ambiguous", "lost", "pause")),
)  # fmt: skip


class Office(Settled):
    """One office over some days."""

    @initialize(netease=st.booleans(), shadow=st.sampled_from((False, False, False, True)), keeps=st.booleans())
    def opens(self, netease: bool, shadow: bool, keeps: bool) -> None:
        """`keeps`: the provider puts a copy of what we send into the Sent folder."""
        self.world.netease, self.world.keeps_sent = netease, keeps
        self.bot.sending = "shadow" if shadow else "live"
        self.bot.start()
        count("opens in shadow" if shadow else "opens live")

    # --- mail -------------------------------------------------------------------------------------------------------------

    @rule(kind=st.sampled_from(_REPORTS), home=st.sampled_from(HOMES), n=NUMBER, folder=st.sampled_from((*FOLDERS, "INBOX")), after=AFTER)
    def a_unit_reports(self, kind: str, home: str, n: int, folder: str, after: str) -> None:
        self._put(self.writer.report(kind, home, self._address(home), n, self.now), after, folder)

    @rule(homes=st.lists(st.sampled_from(HOMES), min_size=2, max_size=4), kind=st.sampled_from(("good", "partial", "two")), n=NUMBER, after=AFTER)
    def units_report_at_once(self, homes: list[str], kind: str, n: int, after: str) -> None:
        """Several, perhaps from one unit: these answers may become one letter."""
        for turn, home in enumerate(homes):
            self._put(self.writer.report(kind, home, self._address(home), n + turn, self.now), "nothing")
        self._after(after)

    @rule(kind=st.sampled_from(("mismatch", "question", "empty", "on-behalf")), home=st.sampled_from(HOMES[:4]), n=NUMBER, after=AFTER)
    def a_unit_writes_otherwise(self, kind: str, home: str, n: int, after: str) -> None:
        address = self._address(home)
        other = HOMES[(HOMES.index(home) + 1 + n % 3) % 4]
        if kind == "mismatch":
            mail = self.writer.mismatch(home, address, other, n, self.now)
        elif kind == "on-behalf":
            mail = self.writer.on_behalf(self._address("zhifadadui"), n, self.now)
        else:
            mail = (self.writer.question if kind == "question" else self.writer.empty)(home, address, self.now)
        self._put(mail, after)

    @rule(kind=st.sampled_from(("stranger", "stranger", "foreign", "forged")), who=st.sampled_from(STRANGERS), home=st.sampled_from(HOMES), n=NUMBER, after=AFTER)
    def somebody_else_writes(self, kind: str, who: str, home: str, n: int, after: str) -> None:
        if kind == "forged":
            mail = self.writer.forged(home, self._address(home), n, self.now)
        elif kind == "foreign":
            mail = self.writer.foreign(who, self.now)
        else:
            mail = self.writer.stranger(who, home, n, self.now)
        self._put(mail, after)

    @rule(home=st.sampled_from(HOMES), n=NUMBER, after=AFTER)
    def a_machine_writes(self, home: str, n: int, after: str) -> None:
        self._put(self.writer.automatic(home, self._address(home), n, self.now), after)

    @rule(n=NUMBER, after=AFTER)
    def an_odd_mail_comes(self, n: int, after: str) -> None:
        self._put(self.writer.odd(n), after)

    @precondition(lambda self: self.check.put_in)
    @rule(kind=st.sampled_from(("bytes", "bytes", "trace", "borrowed id")), n=NUMBER, home=st.sampled_from(HOMES), folder=st.sampled_from(FOLDERS), after=AFTER)
    def a_mail_comes_again(self, kind: str, n: int, home: str, folder: str, after: str) -> None:
        before = self.check.put_in[n % len(self.check.put_in)]
        if kind == "trace":
            mail = self.writer.again(before)
        elif kind == "borrowed id" and before.home:
            mail = self.writer.borrowed_id(before, home, self._address(home), n, self.now)
        else:
            mail = before
        count(f"again {kind}")
        self._put(mail, after, folder)

    @precondition(lambda self: self.world.sink)
    @rule(kind=st.sampled_from(("true bounce", "forged bounce", "our own letter")), n=NUMBER, after=AFTER)
    def a_letter_of_ours_comes_back(self, kind: str, n: int, after: str) -> None:
        one = self.world.sink[n % len(self.world.sink)]
        if kind == "our own letter":
            mail = Mail("own letter", one.raw, str(header(one.raw)["Message-ID"]), automatic=True, dispositions=frozenset({"automatic", "duplicate"}))
        else:
            mail = self.writer.bounce(one.raw, one.to, true=kind == "true bounce", now=self.now)
        self._put(mail, after)

    # --- staff ------------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self._offers())
    @rule(kind=st.sampled_from(_ANSWERS), n=NUMBER, who=st.sampled_from((*STRANGERS, *HOMES)), after=AFTER)
    def staff_answer_a_digest(self, kind: str, n: int, who: str, after: str) -> None:
        digest, offers = self._offers()[-1]
        if kind in ("reply", "reply forged", "waive") or not offers:
            self._reply(kind, digest, offers, n)
        else:
            self._click(kind, digest, offers, n, who)
        self._after(after)

    # --- the mailbox and the way out ------------------------------------------------------------------------------------------

    @rule(what=st.sampled_from(_SERVERS), times=st.integers(1, 3), folder=st.sampled_from(FOLDERS), n=NUMBER, after=AFTER)
    def a_server_misbehaves(self, what: tuple[str, Any], times: int, folder: str, n: int, after: str) -> None:
        server, mode = what
        if server == "imap":
            self.world.imap, self.world.imap_left = mode, times
        elif server == "smtp":
            self.world.smtp, self.world.smtp_left = mode, -1 if mode == "down" else times
        elif mode == "expunged":
            self.world.expunge(folder, n)
        else:
            self.world.renumber(tell=mode == "new uidvalidity")
        count(f"{server} {mode}")
        self._after(after)

    @rule(times=st.integers(1, 3), flush=st.booleans())
    def the_bot_looks(self, times: int, flush: bool) -> None:
        """The schedule's rounds, and `mailbot outbox --send` behind them."""
        for _ in range(times):
            self._round()
            self.world.now += timedelta(minutes=5)
        if flush and self.bot._house is not None:
            self.bot.flush()
            count("flush")

    @rule(where=st.sampled_from(_CUTS), n=st.integers(1, 40), home=st.sampled_from(HOMES), hurry=st.sampled_from((True, True, False)))
    def it_is_cut_off(self, where: str, n: int, home: str, hurry: bool) -> None:
        """At the n-th tick of a kind: between any two words to the database, before and after a commit, in a fetch, before a letter is
        handed over and after it was accepted, and at the product's own fail points."""
        self._put(self.writer.report("partial", home, self._address(home), n, self.now), "nothing")  # something to do
        nth = n if where in ("", "sql") else 1 + n % 6 if where in ("commit", "points") else 1 + n % 2
        self.world.armed = ("points", nth) if where == "points" else (where, nth)
        before = self.bot.crashes
        self._round(hurry=hurry)
        count(f"crash at {where or 'any'}" if self.bot.crashes > before else "crash not reached")

    # --- time, rules, switches ----------------------------------------------------------------------------------------------

    @rule(step=st.sampled_from(("minutes", "minutes", "hours", "night", "days")), n=st.integers(1, 6))
    def time_passes(self, step: str, n: int) -> None:
        if step == "night":
            self.world.now = (self.now + timedelta(days=1)).replace(hour=8, minute=1)
        else:
            self.world.now += {"minutes": timedelta(minutes=7 * n), "hours": timedelta(hours=n), "days": timedelta(days=n)}[step]
        count(f"time {step}")
        self._round()

    @rule(step=st.sampled_from(("a little", "hours back", "over midnight", "a year and back", "right again")), n=st.integers(1, 5))
    def the_clock_is_wrong(self, step: str, n: int) -> None:
        count(f"clock {step}")
        if step == "a year and back":
            before, self.world.skew = self.world.skew, timedelta(days=365)
            self._round()
            self.world.skew = before
        elif step == "over midnight":
            self.world.skew = timedelta(hours=24 - self.now.hour)
        else:
            self.world.skew = {"a little": timedelta(seconds=30 * n), "hours back": -timedelta(hours=n), "right again": timedelta()}[step]
        self._round()

    @rule(change=st.sampled_from(_CHANGES), home=st.sampled_from(HOMES[:3]), n=st.integers(1, 3), after=AFTER)
    def an_admin_changes_something(self, change: str, home: str, n: int, after: str) -> None:
        if change in ("address", "cap", "no cap"):
            rules.broken(self.config, False)
        if change == "address" and MOVED not in rules.roster_of(self.config):
            rules.move(self.config, home, MOVED)
        elif change in ("cap", "no cap"):
            rules.cap(self.config, *((n, 8) if change == "cap" else rules.CAPS))
        elif change in ("broken", "mended"):
            rules.broken(self.config, change == "broken")
        elif change in ("STOP", "go on"):
            self.world.stopped = change == "STOP"
            (self.home / "STOP").touch() if self.world.stopped else (self.home / "STOP").unlink(missing_ok=True)
        count(f"rules {change}" if change not in ("STOP", "go on") else f"switch {change}")
        self._after(after)

    @precondition(lambda self: self.bot.sending == "shadow")
    @rule()
    def sending_goes_live(self) -> None:
        self.bot.stop()
        self.check.shadowed |= {row["raw"] for row in opened(self.home).letters.values()}
        self.bot.sending = "live"
        count("goes live")
        self._round()

    @rule(kind=st.sampled_from(("backup", "restore")), minutes=st.integers(1, 600))
    def the_machine_is_lost(self, kind: str, minutes: int) -> None:
        """After some time another one goes on from the last backup. What the lost one sent, only the Sent folder knows."""
        if self.bot._house is None:
            self._round()
            self.every_promise_holds()  # what this round sent is in the ledger that is lost now
        if self.backup is None or kind == "backup":
            self.backup = self.folder / f"backup-{len(self.check.put_in)}-{RAN['backup']}.zip"
            self.bot.house.backing_up().write(self.backup, lambda done, total: None)
            count("backup")
            return
        self.world.now += timedelta(minutes=minutes)
        self.bot.stop()
        self.home.rename(self.folder / f"lost-{RAN['restore']}-{len(self.check.put_in)}")
        self.bot.restore(self.backup)
        if self.world.stopped:
            (self.home / "STOP").touch()
        self.check.restored()
        count("restore")
        self._round()

    # --- held against it ----------------------------------------------------------------------------------------------------

    @invariant()
    def every_promise_holds(self) -> None:
        if self.broken:
            return
        try:
            self.check.always()
        except Broken:
            self.broken = True
            raise


__all__ = ["RAN", "Office"]
