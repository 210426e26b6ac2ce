"""How much may be sent, what goes first, and what becomes of a letter that was refused. Pure: what was sent so far is asked from the
ledger by whoever calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from mailbot.domain.errors import SendError
from mailbot.domain.policy import Rules
from mailbot.domain.records import Sendable

# Of a letter that is perhaps out: the same bytes are handed over once more, then never again; beside the state sent: they were.
ONCE_MORE = "once-more"
QUARTER = timedelta(minutes=15)  # what providers count by (china-mail.md §2, MI:SFQ)
MORNING = time(7, 0)  # what was over a cap goes out from here on: before office hours, and nobody's phone rings at midnight

LONGEST_WAIT = timedelta(days=2)  # more than any provider's pause and any settle window
MOST_A_DAY = 5  # letters to one of the staff that say "not carried out", and questions of one unit that are passed on

_BACK_OFF = (timedelta(minutes=2), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
_PATIENCE = timedelta(days=5)  # as mail servers have it (RFC 5321 4.5.4.1); a holiday without power is shorter
STRANGERS_WAIT = timedelta(days=3)  # for a letter that a stranger called forth and that found no room; staff have had the case since
_SOME_TIME = timedelta(minutes=15)  # after which what is perhaps out is tried again: providers are slow to show their copies

# What goes first. Proof of what came in before anything that we want; a stranger's fixed text last, for strangers can send many.
ANSWER, OFFICE, ASKED, STRANGER = range(4)
RANKS: Mapping[str, int] = {
    "receipt": ANSWER, "missing": ANSWER, "no-file": ANSWER, "inquiry": ANSWER, "rejected": ANSWER, "granted": ANSWER,
    "grant-undone": ANSWER,
    "command-held": OFFICE, "command-done": OFFICE, "command-unclear": OFFICE, "forwarded-question": OFFICE, "digest": OFFICE, "rules-refused": OFFICE,
    "reminder": ASKED, "escalation": ASKED,
    "held": STRANGER, "unknown-unit": STRANGER, "held-notice": STRANGER, "forged-notice": STRANGER,
}  # fmt: skip


# What only the office is told, be it to a liaison whose address is a unit's too.
OF_THE_OFFICE = frozenset({*(kind for kind, place in RANKS.items() if place == OFFICE), "escalation"})
# What strangers call forth: to themselves (about no unit), and to the units in whose name they write.
TO_STRANGERS, FOR_STRANGERS = ("held", "unknown-unit"), ("held-notice", "forged-notice")


def rank(kind: str, unit: str | None, *, to_staff: bool) -> int:
    """The letter's place in the row. What goes to staff is the office's; `held` to somebody we know is an answer like any other.
    A kind that nobody ranked goes with the reminders: after all answers, and not out of what is kept for them."""
    if to_staff:
        return OFFICE
    if kind == "held" and unit is not None:
        return ANSWER
    return RANKS.get(kind, ASKED)


_LIMITED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("command-held", "command-unclear"), ("command-held", "command-unclear")), "forwarded-question": ("forwarded-question",),
}  # fmt: skip


def counted_with(kind: str) -> tuple[str, ...]:
    """The kinds of letters to the office of which together MOST_A_DAY go to one address about one unit a day, () for all others. An
    absence notice that no header gives away answers each of them; what they are about stands in the digest too."""
    return _LIMITED.get(kind, ())


def is_mistaken(moment: datetime, now: datetime) -> bool:
    """Nothing waits that long: `moment` was written while the machine's clock was wrong."""
    return moment - now > LONGEST_WAIT


Why = Literal["", "day", "address", "quarter"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """The limits in force. `kept`: so many of a day's letters are for answers to units alone. `for_strangers`: so many go to strangers
    and about them, whoever floods us; digest and reminders have the rest. Where no time passes between two letters
    (`seconds_between: 0`, a relay of one's own) a quarter of an hour has no limit either."""

    per_day: int
    kept: int
    per_quarter: int
    per_address: int
    for_strangers: int

    @classmethod
    def of(cls, rules: Rules) -> "Allowance":
        sender = rules.settings.sender
        quarter = sender.per_quarter_hour if sender.seconds_between else sender.per_day
        kept = min(sender.kept_for_answers, sender.per_day - 1)
        return cls(sender.per_day, kept, quarter, rules.policy.letters_per_address_and_day, max(1, (sender.per_day - kept) // 4))

    def forbids(self, rank_: int, *, today: int, quarter: int, to_address: int, to_staff: bool, strangers: int = 0) -> Why:
        """Which limit a letter would be over, given what was sent today, in the last quarter of an hour, to its address today, and
        because of strangers today. The cap of an address spares units: letters to staff do not fall under it. Half of it is for the
        unit's own mails, so that nobody who writes in its name leaves it without an answer."""
        if today >= (self.per_day if rank_ == ANSWER else self.per_day - self.kept):
            return "day"
        if rank_ == STRANGER and strangers >= self.for_strangers:
            return "day"
        each = max(1, self.per_address // 2) if rank_ == STRANGER else self.per_address
        if not to_staff and to_address >= each:
            return "address"
        return "quarter" if quarter >= self.per_quarter else ""


def to_office(rules: Rules, to: str, kind: str) -> bool:
    """Whether a letter goes to those who work here. An address that a roster names is a unit's, whoever reads it besides, but for what
    only the office is told."""
    address = to.lower()
    return address in rules.office_addresses and (kind in OF_THE_OFFICE or address not in rules.unit_addresses)


def may_go(rules: Rules, to: str, kind: str) -> bool:
    """Whether a letter may go to an address: in shadow nothing does, in staff-only only what goes to the office."""
    sending = rules.settings.sending
    return sending == "live" or (sending == "staff-only" and to_office(rules, to, kind))


def state_when_written(rules: Rules, to: str, kind: str, *, answers: datetime | None = None, live_since: datetime | None = None) -> str:
    """How a letter begins: waiting; shadow, for what was decided in shadow is never sent later; withheld, for mail from before the
    moment from which mail is answered (`answers`: when the answered mail came), be it a letter to the office about it."""
    if not may_go(rules, to, kind):
        return "shadow"
    since = rules.settings.answer_from or live_since
    late = answers is not None and since is not None and answers < since
    return "withheld" if late else "waiting"


def rests(due: datetime, now: datetime, *, capped_yesterday: bool) -> bool:
    """Whether a letter that was due before midnight and was kept back by a cap waits for the morning still. `due`, `now`: in one
    time zone."""
    return capped_yesterday and due.date() < now.date() and now.time() < MORNING


def back_off(attempts: int) -> timedelta:
    """How long a letter that was refused for a while waits."""
    return _BACK_OFF[min(attempts, len(_BACK_OFF) - 1)]


Ended = tuple[str, datetime | None, str]  # state, when to try again, what staff are to do


def ended(problem: SendError, letter: Sendable, now: datetime, again: datetime) -> Ended:
    """What becomes of a letter that the server did not take, or perhaps did.

    Perhaps out: the same bytes once more, then never again. Taken for spam: the same text once more, then never again."""
    once_more = letter.action == ONCE_MORE
    if problem.kind == "ambiguous":
        return ("ambiguous", None, "review") if once_more else ("ambiguous", max(again, now + _SOME_TIME), ONCE_MORE)
    if problem.kind == "permanent" or (problem.kind == "temporary" and now - letter.created_at > _PATIENCE):
        return "failed", None, problem.action if problem.action != "retry" else "alert"
    if problem.action == "review" and letter.action == "review":
        return "failed", None, "review"
    if once_more:
        return "ambiguous", again, ONCE_MORE
    return "waiting", again, problem.action if problem.action != "retry" else letter.action
