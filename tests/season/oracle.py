"""Which letters a season must bring, and how it must end, worked out from the plan of what the units send: dates from shared/duties.md
(tests/daily/oracle.py) and config/calendar.yaml, the manners from the contract. No code of mailbot decides anything here; of the product
only the plan is known, which is data.

The office looks every five minutes. What it finds is answered when the unit has been silent for the settle window; a reminder goes at nine,
the digest at eight, both on working days; the clerk answers the digest half an hour after it came.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from daily.oracle import AHEAD, STALE, WRITES_FOR, Days, Owed, obligations

from mailbot.app.demo.season.plan import FIGURES, Paper, Plan, Post

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = "office@bureau.example"
FIRST, LAST = date(2023, 7, 25), date(2025, 1, 31)
LETTERS_A_DAY = 5
SETTLE, SETTLE_NEAR = timedelta(minutes=15), timedelta(minutes=5)
READS_AFTER = timedelta(minutes=31)
STRANGER_DAYS = timedelta(days=7)
MORE_DAYS = 5  # that the unit asks for
WHOLE = {"editable": "ok", "scan": "ok"}

Key = tuple[str, str, str]  # unit, duty, period


@dataclass(frozen=True)
class Sent:
    at: datetime
    to: str
    kind: str


@dataclass
class Case:
    """`kind`: what the clerk does with it. `opened`: when the worker took the mail."""

    kind: str
    post: Post
    opened: datetime


@dataclass
class Answer:
    """A receipt or a list of what is missing, waiting for more mails."""

    to: str
    unit: str
    kind: str
    papers: tuple[Paper, ...]
    goes: datetime


@dataclass
class Expected:
    """`reminders`: (day, address) -> all that it lists, and what of that is told anew. `digests`: day -> (open cases, late ones, whether
    something is wrong with the bot: a letter came back, or an address is bad)."""

    letters: list[Sent] = field(default_factory=list)
    reminders: dict[tuple[date, str], tuple[set[Key], set[Key]]] = field(default_factory=dict)
    escalations: dict[date, set[Key]] = field(default_factory=dict)
    digests: dict[date, tuple[int, int, bool]] = field(default_factory=dict)
    states: dict[date, dict[Key, tuple[str, int]]] = field(default_factory=dict)  # of telling days, when the digest is written
    final: dict[Key, tuple[str, int]] = field(default_factory=dict)
    settled: Counter[str] = field(default_factory=Counter)


class Oracle:
    def __init__(self, plan: Plan, calendar: Path, telling: Collection[date] = ()) -> None:
        self.plan, self.days, self.telling = plan, Days(calendar), telling
        self.owed: dict[Key, Owed] = {(o.unit, o.duty, o.period): o for o in obligations()}
        self.due: dict[Key, date] = {key: o.due for key, o in self.owed.items()}
        self.copies: dict[Key, dict[int, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))  # of each paper of a duty with a quota
        self.done: dict[Key, datetime] = {}  # when it was complete
        self.waived: set[Key] = set()
        self.told: set[tuple[Key, date, object]] = set()
        self.cases: list[Case] = []
        self.answers: list[Answer] = []
        self.registered = {f"{u}@units.example": u for u in {WRITES_FOR.get(o.unit, o.unit) for o in self.owed.values()}}
        self.bad: set[str] = set()
        self.returned = False
        self.held_told: dict[str, datetime] = {}
        self.sent_today: Counter[tuple[str, date]] = Counter()
        self.ticks: list[datetime] = []
        self.found = Expected()

    @staticmethod
    def everything() -> tuple[Key, ...]:
        return tuple((o.unit, o.duty, o.period) for o in obligations())

    def run(self) -> Expected:
        posts, words = list(self.plan.posts), list[tuple[datetime, list[Case]]]()
        day = FIRST
        while day <= LAST:
            if self.days.works(day):
                self.ticks += [_at(day, 8), _at(day, 9)]
            day += timedelta(days=1)
        self.ticks += [grid(p.when) for p in posts]
        heapq.heapify(self.ticks)
        last: datetime | None = None
        while self.ticks:
            tick = heapq.heappop(self.ticks)
            if tick == last:
                continue
            last = tick
            while posts and posts[0].when <= tick:
                self._take(posts.pop(0), tick)
            while words and words[0][0] <= tick:
                self._settle(words.pop(0)[1], tick)
            if self.days.works(tick.date()) and (tick.hour, tick.minute) == (8, 0):
                self._digest(tick)
                if self.cases:
                    words.append((tick + READS_AFTER, list(self.cases)))
                    heapq.heappush(self.ticks, grid(tick + READS_AFTER))
            if self.days.works(tick.date()) and (tick.hour, tick.minute) == (9, 0):
                self._remind(tick)
            self._answer(tick)
        for key in self.owed:
            self.found.final[key] = self._state(key, LAST)
        return self.found

    # --- what a mail does

    def _take(self, post: Post, tick: datetime) -> None:
        match post.act:
            case "bounce":
                self.bad.add(post.sender)
                self.returned = True
            case "more-time":
                self._send(tick, post.sender, "inquiry")
                self._send(tick, OFFICE, "forwarded-question")
                self.cases.append(Case("more-time", post, tick))
            case "no-case":
                self.cases.append(Case("no-case", post, tick))
            case "nil":
                assert post.about
                self.copies[post.about][1] = dict(WHOLE)
                self._note(post.about, post.when)
                self._write(post, tick, "receipt", [post.about])
            case "papers":
                self._papers(post, tick)

    def _papers(self, post: Post, tick: datetime) -> None:
        if post.sender not in self.registered:
            if post.sender not in self.held_told or post.when - self.held_told[post.sender] > STRANGER_DAYS:
                self._send(tick, post.sender, "held")
                self.held_told[post.sender] = post.when
            self._send(tick, f"{post.unit}@units.example", "held-notice")
            self.cases.append(Case("stranger", post, tick))
        elif any(p.defect == "wrong-unit" for p in post.papers):
            self._send(tick, post.sender, "held")
            self.cases.append(Case("wrong-unit", post, tick))
        else:
            keys = self._file(post)
            self._write(post, tick, "receipt" if self._well(post) else "missing", keys)

    def _file(self, post: Post) -> list[Key]:
        for p in post.papers:
            self._put(p)
        keys = list(dict.fromkeys((p.unit, p.duty, p.period) for p in post.papers))
        for key in keys:
            self._note(key, post.when)
        return keys

    def _put(self, paper: Paper) -> None:
        """A copy is ok, or bears its defect; a page that was stamped with wrong figures does so until there is a new one."""
        there = self.copies[paper.unit, paper.duty, paper.period][paper.turn]
        if paper.copy == "annex":
            there["editable"] = "ok"  # the decision that the case lacked
        else:
            there[paper.copy] = paper.defect if paper.copy == "editable" or paper.defect in FIGURES else "ok"
            there[paper.copy] = there[paper.copy] or "ok"

    def _whole(self, key: Key) -> bool:
        return key in self.copies and any(there == WHOLE for there in self.copies[key].values())

    def _note(self, key: Key, when: datetime) -> None:
        if self._whole(key):
            self.done.setdefault(key, when)

    def _well(self, post: Post) -> bool:
        return all(self.copies[p.unit, p.duty, p.period][p.turn] == WHOLE for p in post.papers)

    # --- what is answered, and when

    def _write(self, post: Post, tick: datetime, kind: str, keys: list[Key]) -> None:
        near = any((self.due[k] - tick.date()).days <= 1 for k in keys)
        goes = tick + (SETTLE_NEAR if near else SETTLE)
        self.answers.append(Answer(post.sender, keys[0][0], kind, post.papers, goes))
        heapq.heappush(self.ticks, goes)

    def _answer(self, tick: datetime) -> None:
        """Of each thread of which one answer is due all go, as one letter that tells how things stand."""
        threads: dict[tuple[str, str], list[Answer]] = defaultdict(list)
        for answer in self.answers:
            threads[answer.to, answer.unit].append(answer)
        for (to, _), waiting in threads.items():
            first = min(a.goes for a in waiting)
            if first > tick:
                continue
            if first.date() < tick.date() and tick.hour < 7:
                continue
            if self.sent_today[to, tick.date()] >= LETTERS_A_DAY:
                heapq.heappush(self.ticks, _at(tick.date() + timedelta(days=1), 7))
                continue
            self._send(tick, to, waiting[0].kind if len(waiting) == 1 else self._joined(waiting))
            self.bad.discard(to)
            self.answers = [a for a in self.answers if a not in waiting]

    def _joined(self, waiting: list[Answer]) -> str:
        papers = (p for a in waiting for p in a.papers)
        return "receipt" if all(self.copies[p.unit, p.duty, p.period][p.turn] == WHOLE for p in papers) else "missing"

    def _send(self, tick: datetime, to: str, kind: str) -> None:
        self.sent_today[to, tick.date()] += 1
        self.found.letters.append(Sent(tick, to, kind))

    # --- what the clerk says

    def _settle(self, cases: list[Case], tick: datetime) -> None:
        by_hand = False
        for case in cases:
            self.cases.remove(case)
            self.found.settled[case.kind] += 1
            post = case.post
            match case.kind:
                case "stranger":
                    self._send(tick, OFFICE, "command-done")
                    self.registered[post.sender] = post.unit
                    keys = self._file(post)
                    self._write(post, tick, "receipt" if self._well(post) else "missing", keys)
                case "wrong-unit":
                    self._send(tick, OFFICE, "command-done")
                    self._send(tick, post.sender, "rejected")
                case "no-case":
                    assert post.about
                    self._send(tick, OFFICE, "command-done")
                    self._granted(tick, post.about)
                    self.waived.add(post.about)
                case "more-time":
                    assert post.about
                    by_hand = True
                    self._granted(tick, post.about)
                    self.due[post.about] = max(self.due[post.about], post.when.date()) + timedelta(days=MORE_DAYS)
        if by_hand:
            self._send(tick, OFFICE, "command-done")

    def _granted(self, tick: datetime, key: Key) -> None:
        """The unit hears that it got what it asked for."""
        self._send(tick, f"{WRITES_FOR.get(key[0], key[0])}@units.example", "granted")

    # --- once a day

    def _digest(self, tick: datetime) -> None:
        late = sum(self._state(k, tick.date())[1] > 0 and not self._settled(k) for k in self.owed)
        self.found.digests[tick.date()] = len(self.cases), late, bool(self.bad) or self.returned
        self.returned = False
        self._send(tick, OFFICE, "digest")
        if tick.date() in self.telling:
            self.found.states[tick.date()] = {k: self._state(k, tick.date()) for k in self.owed}

    def _remind(self, tick: datetime) -> None:
        today = tick.date()
        told: dict[str, set[Key]] = defaultdict(set)
        up: set[Key] = set()
        still = [k for k in self.owed if not self._settled(k)]
        for key in still:
            due, unit = self.due[key], WRITES_FOR.get(key[0], key[0])
            reached = [d for d in self.days.events(due) if today - timedelta(days=STALE) <= d <= today]
            if reached and f"{unit}@units.example" not in self.bad and (key, due, max(reached)) not in self.told:
                told[unit].add(key)
                self.told |= {(key, due, d) for d in reached}
            day = self.days.escalation(due)
            if today - timedelta(days=STALE) <= day <= today and (key, due, "up") not in self.told:
                up.add(key)
                self.told.add((key, due, "up"))
        for unit, anew in told.items():
            lists = {k for k in still if WRITES_FOR.get(k[0], k[0]) == unit and (self.due[k] - today).days <= AHEAD}
            self.found.reminders[today, f"{unit}@units.example"] = lists, anew
            self._send(tick, f"{unit}@units.example", "reminder")
        if up:
            self.found.escalations[today] = up
            self._send(tick, OFFICE, "escalation")

    # --- how things stand

    def _settled(self, key: Key) -> bool:
        return key in self.waived or self._whole(key)

    def _state(self, key: Key, today: date) -> tuple[str, int]:
        """(state, days late)."""
        due, late = self.due[key], max(0, (today - self.due[key]).days)
        if self._whole(key):
            days = max(0, (self.done[key].date() - due).days)
            return ("complete-late" if days else "complete"), days
        if key in self.waived:
            return "waived", 0
        if key in self.copies:
            return "partial", late
        return ("overdue" if late else "upcoming"), late


def grid(moment: datetime) -> datetime:
    """The next round five minutes."""
    past = (moment.minute % 5) * 60 + moment.second
    return moment + timedelta(seconds=(300 - past) % 300)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI)
