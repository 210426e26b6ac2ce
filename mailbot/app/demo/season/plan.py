"""Who sends what when, in a year and a half: data, drawn from a seeded chance, before any of it is played. All of it is invented."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from mailbot.domain.campaigns import Campaign
from mailbot.domain.obligations import Obligation, expand
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.workdays import Calendar

CAMPAIGN = "naiman-2023"
FIRST, LAST = date(2023, 7, 25), date(2025, 1, 31)
SEED = 66  # 奈市监发〔2023〕66号

Habit = Literal["punctual", "late", "forgetful", "sloppy", "split", "zip"]
HABITS: dict[Habit, str] = {
    "punctual": "按时", "late": "拖延", "forgetful": "健忘", "sloppy": "粗心", "split": "分两封发", "zip": "打包发",
}  # fmt: skip
_SHARES: tuple[Habit, ...] = ("punctual",) * 7 + ("late",) * 4 + ("forgetful",) * 3 + ("sloppy",) * 4 + ("split",) * 2 + ("zip",) * 2

# What is wrong with a paper: part three too short, cumulative figures that fell, more closed than found, a total that is none, a penalty
# without its decision, another unit's name on it.
Defect = Literal["", "short", "fell", "closed", "total", "no-annex", "wrong-unit"]
_DEFECTS: dict[str, tuple[Defect, ...]] = {
    "risk-list": ("fell", "closed"), "case-stats": ("total",), "self-review": ("short",), "typical-case": ("no-annex",),
}  # fmt: skip
FIGURES: frozenset[str] = frozenset({"fell", "closed", "total"})
# papers: with files · nil: 本期无… of a duty that allows it · no-case: of one that does not · more-time: asks for an extension ·
# vacation: an automatic reply · bounce: the provider returns the letter that came last · again: the very bytes once more
Act = Literal["papers", "nil", "no-case", "more-time", "vacation", "bounce", "again"]

CAST = frozenset({
    "daqintala", "baxiantong", "qinglongshan", "xinzhen", "zhian", "dongming", "sharihaolai", "yilongyong", "guribanhua", "baiyintala", "mingren",
    "huanghuatala", "tuchengzi", "weiliansu", "zhifa1", "zhifa2", "zhifa3", "zhifadadui", "yaoxie", "huazhuangpin", "zonghe", "adr",
})  # fmt: skip
MOVED, NEW_MAILBOX = "weiliansu", "weiliansu.2024@mail.example"
_MOVES_ON = date(2024, 2, 26)
_GAP = timedelta(minutes=75)  # between two mails of one unit, unless they are meant to be answered together
_OPEN, _SHUT = 8 * 60 + 20, 17 * 60 + 40  # minutes of the day in which people write


@dataclass(frozen=True, slots=True)
class Paper:
    """One file: whose it is, what for, which copy. `turn`: counts the papers of a duty that takes several a period."""

    unit: str
    duty: str
    period: str
    copy: Literal["editable", "scan", "annex"]
    defect: Defect = ""
    turn: int = 1


@dataclass(frozen=True, slots=True)
class Post:
    """One mail to the office. `unit`: who writes; `about`: (unit, duty, period) where it brings no file. `packed`: its files in a zip.
    `again`: number of the mail that it repeats."""

    number: int
    when: datetime
    unit: str
    sender: str
    act: Act = "papers"
    papers: tuple[Paper, ...] = ()
    about: tuple[str, str, str] | None = None
    packed: bool = False
    again: int | None = None


@dataclass(frozen=True)
class Plan:
    habits: dict[str, Habit]
    posts: tuple[Post, ...]


@dataclass
class _Draft:
    """`taken`: when a unit's mails go out, to keep them apart."""

    chance: random.Random
    campaign: Campaign
    calendar: Calendar
    posts: list[Post] = field(default_factory=list)
    taken: dict[str, list[datetime]] = field(default_factory=dict)

    def moment(self, unit: str, day: date, *, after: datetime | None = None) -> datetime:
        """A free moment of that day, else of the next one."""
        for _ in range(60):
            day = max(day, FIRST)
            start = time(0)
            moment = datetime.combine(day, start, SHANGHAI) + timedelta(minutes=self.chance.randint(_OPEN, _SHUT), seconds=self.chance.randint(1, 58))
            if moment.hour in (8, 9) or (after and moment <= after) or any(abs(moment - t) < _GAP for t in self.taken.get(unit, ())):
                day += timedelta(days=self.chance.choice((0, 0, 1)))
                continue
            return moment
        raise AssertionError(f"no free moment for {unit} about {day}")

    def send(self, unit: str, when: datetime, **more: object) -> Post:
        sender = self.sender(unit, when)
        post = Post(len(self.posts) + 1, when, unit, sender, **more)  # type: ignore[arg-type]
        self.posts.append(post)
        self.taken.setdefault(unit, []).append(when)
        return post

    def sender(self, unit: str, when: datetime) -> str:
        if unit == MOVED and when.date() >= _MOVES_ON:
            return NEW_MAILBOX
        found = self.campaign.roster.by_id(unit)
        assert found is not None
        return found.addresses[0]


def planned(campaign: Campaign, calendar: Calendar, seed: int = SEED) -> Plan:
    chance = random.Random(seed)
    units = [u.id for u in campaign.units if u.addresses]
    shares = list(_SHARES)
    chance.shuffle(shares)
    habits = dict(zip(units, shares, strict=True))
    habits[MOVED] = "punctual"
    draft = _Draft(chance, campaign, calendar)
    for unit in units:
        _season_of(draft, unit, habits[unit])
    _extras(draft, habits)
    posts = sorted(draft.posts, key=lambda p: p.when)
    numbers = {p.number: n for n, p in enumerate(posts, 1)}
    return Plan(habits, tuple(replace(p, number=numbers[p.number], again=numbers[p.again] if p.again else None) for p in posts))


def _owed(campaign: Campaign, unit: str) -> list[Obligation]:
    """What a unit reports, for itself and for groups without a mailbox, in order of time."""
    mine = [o for o in expand(campaign) if (r := campaign.reporter_of(o.unit)) and r.id == unit and o.due]
    return sorted(mine, key=lambda o: (o.due, o.duty.id, o.unit.id))


def both(o: Obligation, defect: Defect = "", turn: int = 1) -> tuple[Paper, Paper]:
    paper = Paper(o.unit.id, o.duty.id, o.period.id, "editable", defect, turn)
    return paper, replace(paper, copy="scan")


# --- habits ----------------------------------------------------------------------------------------------------------------


def _season_of(draft: _Draft, unit: str, habit: Habit) -> None:
    owed = [o for o in _owed(draft.campaign, unit) if (unit, o.duty.id, o.period.id) not in _ELSEWHERE]
    while owed:
        first, *owed = owed
        assert first.due is not None
        due, chance = first.due.date(), draft.chance
        if habit == "zip" and (other := next((o for o in owed if o.due == first.due and o.duty.id == "typical-case" and first.duty.id == "risk-list"), None)):
            owed.remove(other)
            draft.send(unit, draft.moment(unit, due - timedelta(days=chance.randint(1, 5))), papers=(*both(first), *both(other)), packed=True)
        elif habit == "late":
            draft.send(unit, draft.moment(unit, due + timedelta(days=chance.randint(-1, 12))), papers=both(first))
        elif habit == "forgetful":
            _forgetful(draft, unit, first, due)
        elif habit == "sloppy" and chance.random() < 0.6:
            _sloppy(draft, unit, first, due)
        elif habit == "split":
            _split(draft, unit, first, due)
        else:
            draft.send(unit, draft.moment(unit, due - timedelta(days=chance.randint(1, 6))), papers=both(first), packed=habit == "zip")


def _forgetful(draft: _Draft, unit: str, o: Obligation, due: date) -> None:
    luck = draft.chance.random()
    if luck < 0.3:
        return
    days = draft.chance.randint(9, 24) if luck < 0.65 else draft.chance.randint(-2, 3)
    draft.send(unit, draft.moment(unit, due + timedelta(days=days)), papers=both(o))


def _split(draft: _Draft, unit: str, o: Obligation, due: date) -> None:
    """Two mails within minutes; now and then the scan a day or two later."""
    chance = draft.chance
    paper, scan = both(o)
    first = draft.send(unit, draft.moment(unit, due - timedelta(days=chance.randint(0, 5))), papers=(paper,))
    if chance.random() < 0.25:
        draft.send(unit, draft.moment(unit, first.when.date() + timedelta(days=chance.randint(1, 2))), papers=(scan,))
    else:
        draft.send(unit, first.when + timedelta(minutes=chance.randint(2, 9)), papers=(scan,))


def _sloppy(draft: _Draft, unit: str, o: Obligation, due: date) -> None:
    """First something wrong; mended some days after the letter that says so."""
    chance = draft.chance
    first = draft.moment(unit, due - timedelta(days=chance.randint(-2, 4)))
    paper, scan = both(o)
    defects: list[str] = ["no-scan", "no-word", *_DEFECTS.get(o.duty.id, ()), *_DEFECTS.get(o.duty.id, ())]
    if o.duty.id == "risk-list" and o.period.id == "2023Q3":
        defects = [d for d in defects if d != "fell"]  # nothing went before
    wrong = chance.choice(defects)
    sent: tuple[Paper, ...]
    mended: tuple[Paper, ...]
    match wrong:
        case "no-scan":
            sent, mended = (paper,), (scan,)
        case "no-word":
            sent, mended = (scan,), (paper,)
        case "no-annex":
            sent, mended = both(o, "no-annex"), (replace(paper, copy="annex"),)
        case "short":
            sent, mended = both(o, "short"), (paper,)
        case _:  # figures: a new document wants a new stamped page; some learn that from a second letter
            sent, mended = both(o, wrong), (paper, scan) if chance.random() < 0.6 else (paper,)  # type: ignore[arg-type]
    draft.send(unit, first, papers=sent)
    second = draft.send(unit, draft.moment(unit, first.date() + timedelta(days=chance.randint(1, 4)), after=first + _GAP), papers=mended)
    if wrong in FIGURES and mended == (paper,):
        draft.send(unit, draft.moment(unit, second.when.date() + timedelta(days=chance.randint(1, 2)), after=second.when + _GAP), papers=(scan,))


# --- once each -------------------------------------------------------------------------------------------------------------

# what is told by _extras and not by a habit
_WRONG_UNIT = ("mingren", "interim-summary", "2024-06-01")
_MORE_TIME = ("tuchengzi", "final-summary", "2024-11-01")
_NIL = ("guribanhua", "risk-list", "2024Q2")
_NO_CASE = ("huanghuatala", "typical-case", "2024Q1")
_ELSEWHERE = frozenset({_WRONG_UNIT, _MORE_TIME, _NIL, _NO_CASE})


def _extras(draft: _Draft, habits: dict[str, Habit]) -> None:
    chance = draft.chance

    def owed(key: tuple[str, str, str]) -> tuple[Obligation, date]:
        found = next(o for o in expand(draft.campaign) if o.key[1:] == key)
        assert found.due is not None
        return found, found.due.date()

    # another unit's name on the paper: held, sent back by staff, sent anew
    o, due = owed(_WRONG_UNIT)
    draft.send(o.unit.id, draft.moment(o.unit.id, due - timedelta(days=8)), papers=both(o, "wrong-unit")[:1])
    draft.send(o.unit.id, draft.moment(o.unit.id, due - timedelta(days=3)), papers=both(o))
    # more time, asked for two days before and granted
    o, due = owed(_MORE_TIME)
    draft.send(o.unit.id, draft.moment(o.unit.id, due - timedelta(days=2)), act="more-time", about=_MORE_TIME)
    draft.send(o.unit.id, draft.moment(o.unit.id, due + timedelta(days=4)), papers=both(o))
    # nothing to report: where that is a report, and where it is a question for people
    o, due = owed(_NIL)
    draft.send(o.unit.id, draft.moment(o.unit.id, due - timedelta(days=4)), act="nil", about=_NIL)
    o, due = owed(_NO_CASE)
    draft.send(o.unit.id, draft.moment(o.unit.id, due - timedelta(days=4)), act="no-case", about=_NO_CASE)
    # more cases in a day than letters may go to one address
    squad = next(u for u in ("zhifa1", "zhifa2", "zhifa3") if habits[u] != "forgetful")
    o, due = owed((squad, "typical-case", "2023Q4"))
    day = datetime(2023, 12, 27, 9, 21, 17, tzinfo=SHANGHAI)
    for turn in range(8):
        draft.send(squad, day + timedelta(minutes=53 * turn), papers=both(o, turn=turn + 2))
    # a machine answers a reminder; a letter comes back; two mails come twice
    draft.send("sharihaolai", datetime(2024, 3, 29, 9, 14, 3, tzinfo=SHANGHAI), act="vacation")
    draft.send("baiyintala", datetime(2024, 5, 24, 9, 26, 41, tzinfo=SHANGHAI), act="bounce")
    for post in chance.sample([p for p in draft.posts if p.act == "papers"], 3):
        draft.posts.append(replace(post, number=len(draft.posts) + 1, when=post.when + timedelta(hours=chance.randint(1, 30)), act="again", again=post.number))


def sent_by(posts: Iterable[Post], unit: str) -> Iterator[Post]:
    return (p for p in posts if p.unit == unit)
