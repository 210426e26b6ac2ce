"""The demo itself: embedded servers, the real worker on the story's clock, and a look into every mailbox after each mail."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from mailbot.app import status
from mailbot.app.demo.cast import CAMPAIGN, CLICKED, END, PAST, STAFF, STRANGER, Scene, cast
from mailbot.app.demo.post import Arrived, file_name, letters_in_a_row, written
from mailbot.app.demo.season import clerk
from mailbot.app.exports.ledger import export_ledger
from mailbot.app.places import bundled
from mailbot.app.tables import status_table
from mailbot.app.wiring import House
from mailbot.app.worker import Round, Worker
from mailbot.domain.campaigns import Campaign, Waiver
from mailbot.domain.obligations import expand
from mailbot.domain.policy import Rules
from mailbot.domain.words import REPLIES

if TYPE_CHECKING:
    from mailbot.adapters.embedded import EmbeddedMail

Say = Callable[[str], None]
_PASSWORD = "demo"  # of servers that live in this process, for these seconds
_POLL_AFTER = timedelta(minutes=4)
_BEGINS = date(2024, 3, 25)  # what was due before is waived
_QUARTER = timedelta(minutes=16)
_OWN = {"reminders": "催报提醒", "digest": "日报"}


def _nothing(*_: object) -> None:
    """No pause between two letters, no progress bar."""


@dataclass
class StoryClock:
    """The moment of the story; the worker asks it as it would ask the real one."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True)
class Played:
    """A scene and what came of it. `trouble`: what went otherwise than told, in Chinese."""

    scene: Scene
    raw: bytes
    reply: str
    letters: tuple[Arrived, ...]
    trouble: tuple[str, ...]


@dataclass(frozen=True)
class DemoHouse(House):
    """The house with the demo's campaign alone. What was due before the days of the demo and nobody reports in it is waived, so that
    reminders and the digest speak of what is played. `played`: the keys of the scenes."""

    played: frozenset[str] = frozenset()

    @cached_property
    def rules(self) -> Rules:
        rules = super().rules
        spared = {obligation for key, obligation in PAST.items() if key in self.played}
        return replace(rules, campaigns=tuple(_from_here_on(c, spared) for c in rules.campaigns if c.id == CAMPAIGN))


def _from_here_on(campaign: Campaign, spared: Collection[tuple[str, str, str]]) -> Campaign:
    past = (o for o in expand(campaign) if o.due and o.due.date() < _BEGINS and o.key[1:] not in spared)
    waivers = (Waiver(unit=o.unit.id, duty=o.duty.id, period=o.period.id, why="演示从这以后开始", by="演示") for o in past)
    return replace(campaign, waivers=(*campaign.waivers, *waivers))


@dataclass
class Stage:
    """The servers, the worker, and what lay in each mailbox when last looked. `house`: writes the letters of the day."""

    mail: "EmbeddedMail"
    house: House
    worker: Worker
    clock: StoryClock
    campaign: Campaign
    seen: dict[str, int] = field(default_factory=dict)
    sent: dict[str, bytes] = field(default_factory=dict)
    digest: Arrived | None = None

    @property
    def office(self) -> str:
        return self.house.rules.settings.mailbox.address

    def play(self, scene: Scene) -> Played:
        if scene.does in ("digest", "reminders"):
            return self._moment(scene)
        raw = self._clicked(scene) if scene.does == "click" else self.sent[scene.again] if scene.again else written(scene, self.office)
        self.sent[scene.key] = raw
        self.mail.deliver(self.office, raw, scene.when)
        self.clock.now = scene.when + _POLL_AFTER
        done = self.worker.once()
        reply = done.taken[0].reply if len(done.taken) == 1 else "none"
        letters = tuple(self._new_letters())
        return Played(scene, raw, reply, letters, tuple(_trouble(scene, done, reply, letters)))

    def _clicked(self, scene: Scene) -> bytes:
        """What the link says that confirms the stranger's mail."""
        offered = clerk.offered(self.digest) if self.digest else {}
        case, href = next((case, answers[CLICKED]) for case, answers in offered.items() if CLICKED in answers)
        return clerk.clicked(href, scene.when, case)

    def _moment(self, scene: Scene) -> Played:
        """The letters that the worker writes by itself at this hour."""
        self.clock.now = scene.when
        problems = self.worker.once().problems
        if scene.does == "digest":
            self.house.digesting().write()
        else:
            self.house.reminding().write()
        for _ in range(2):  # the provider takes twenty letters in a quarter of an hour
            problems += self.worker.outbox.flush(hurry=True).problems
            self.clock.now += _QUARTER
        letters = tuple(self._new_letters())
        if scene.does == "digest":
            self.digest = letters[0] if letters else None
        return Played(scene, b"", "none", letters, (*problems, *_misled(letters, self._hear(scene))))

    def _hear(self, scene: Scene) -> list[str]:
        """The digest goes to the office. All who report risk lists owe something on the day of the reminders; and where a unit's figures
        are wrong for more than a week by then, the office hears of it."""
        if scene.does == "digest":
            return [STAFF]
        units = [a for u in self.campaign.owers(self.campaign.duty("risk-list")) for a in u.addresses[:1]]
        return [*units, *([STAFF] if "wrong-total" in self.sent else [])]

    def _new_letters(self) -> Iterator[Arrived]:
        for address in self.mail.users:
            if address == self.office:
                continue
            there = self.mail.mails(address)
            yield from (Arrived(address, raw) for raw in there[self.seen.get(address, 0) :])
            self.seen[address] = len(there)


def run_demo(folder: Path, *, fast: bool, config: Path | None, say: Say) -> int:
    """Plays the story and leaves its output in `folder`. 0: all went as told; 1: not; 2: rules without the cast."""
    scenes = cast(fast=fast)
    clock = StoryClock(scenes[0].when - timedelta(hours=1))
    with TemporaryDirectory(prefix="mailbot-demo-") as home:
        house = DemoHouse(config or bundled("config"), Path(home), clock, {}, _nothing, frozenset(s.key for s in scenes))
        campaign = next((c for c in house.rules.campaigns if c.id == CAMPAIGN), None)
        if campaign is None or (absent := _absent(campaign, scenes)):
            say(f"演示用的是自带的示例规则 {CAMPAIGN}，这份规则里没有" + ("它。" if campaign is None else f"这些地址：{'、'.join(absent)}。"))
            return 2
        say("内置的收发服务器已启动，不连外网。各单位陆续来信：")
        with _stage(house, clock, campaign) as (live, stage):
            played = [_told(stage.play(scene), campaign, say) for scene in scenes]
        clock.now = max(END, clock.now)
        _leave(folder, played, live)
        live.ledger.close()
    return _sum_up(folder, played, say)


def _absent(campaign: Campaign, scenes: tuple[Scene, ...]) -> list[str]:
    wanted = {s.sender for s in scenes if s.sender} | {s.warns for s in scenes if s.warns}
    return sorted(address for address in wanted - {STAFF, STRANGER} if campaign.roster.by_address(address) is None)


@contextmanager
def _stage(house: House, clock: StoryClock, campaign: Campaign) -> Iterator[tuple[House, Stage]]:
    from mailbot.adapters.embedded import EmbeddedMail

    office = house.rules.settings.mailbox.address
    units = [address for unit in campaign.units for address in unit.addresses]
    with EmbeddedMail(dict.fromkeys((office, *units, STAFF, STRANGER), _PASSWORD), netease=True) as mail:
        user = office.replace("@", "%40")
        environment = {
            "MAILBOT_IMAP_URL": f"imap://{user}@127.0.0.1:{mail.imap_port}", "MAILBOT_IMAP_PASSWORD": _PASSWORD,
            "MAILBOT_SMTP_URL": f"smtp://{user}@127.0.0.1:{mail.smtp_port}", "MAILBOT_SMTP_PASSWORD": _PASSWORD,
            "MAILBOT_SENDING": "live",
        }  # fmt: skip
        live = replace(house, environment=environment)
        with live.intake() as intake:
            yield live, Stage(mail, live, live.worker(intake, _nothing), clock, campaign)


def _trouble(scene: Scene, done: Round, reply: str, letters: tuple[Arrived, ...]) -> Iterator[str]:
    """What went otherwise than the scene tells: the kind of the answer, and whose mailbox got a letter."""
    yield from done.problems
    if len(done.taken) != 1:
        yield f"应收 1 封，实收 {len(done.taken)} 封"
    if reply != scene.tells:
        yield f"应为“{REPLIES[scene.tells]}”，却是“{REPLIES[reply]}”"
    yield from _misled(letters, ([scene.sender] if scene.tells != "none" or scene.does == "click" else []) + ([scene.warns] if scene.warns else []))


def _misled(letters: Iterable[Arrived], wanted: Iterable[str]) -> Iterator[str]:
    """Whether the letters went to other mailboxes than those."""
    said, got = sorted(wanted), sorted(letter.address for letter in letters)
    if got != said:
        yield f"信应送到 {'、'.join(said) or '（没有人）'}，却送到 {'、'.join(got) or '（没有人）'}"


# --- telling ---------------------------------------------------------------------------------------------------------------


def _told(played: Played, campaign: Campaign, say: Say) -> Played:
    """One line for what came, one for each letter that went out; of many alike the first."""
    scene = played.scene
    unit = campaign.roster.by_address(scene.sender) if scene.sender else None
    who = unit.name if unit else "办公室" if scene.sender == STAFF else f"陌生信箱 {scene.sender}"
    say(f"\n{scene.when:%Y-%m-%d %H:%M}  {f'{who}：' if scene.sender else ''}{scene.story}")
    if scene.does in ("reminders", "digest"):
        others = f"（等 {len(played.letters)} 封）" if len(played.letters) > 1 else ""
        for letter in played.letters[:1]:
            say(f"    → {_OWN[scene.does]}：{letter.subject}{others}")
    else:
        for letter in played.letters:
            whose = "" if letter.address == scene.sender else f"（告知 {letter.address}）"
            say(f"    → {REPLIES[played.reply] if not whose and scene.does == 'mail' else '另函'}{whose}：{letter.subject}")
    if not played.letters:
        say("    → 不答复")
    for trouble in played.trouble:
        say(f"    ！与预期不符：{trouble}")
    return played


def _sum_up(folder: Path, played: list[Played], say: Say) -> int:
    letters = sum(len(p.letters) for p in played)
    wrong = sum(bool(p.trouble) for p in played)
    came = sum(bool(p.raw) for p in played)
    say(f"\n共来信 {came} 封，发出 {letters} 封，" + (f"{wrong} 处与预期不符。" if wrong else "全部与预期相符。"))
    say(f"请看 {folder}：ledger.xlsx（台账）、digest.html（日报）、replies.txt（全部答复，从头读到尾）、replies/（原信）、mails/（来信）、")
    say("status.txt 和 status.json。演示以前的报告期，没有来信的都按免报显示。")
    return 1 if wrong else 0


# --- leaving it to look at ---------------------------------------------------------------------------------------------------


def _leave(folder: Path, played: list[Played], house: House) -> None:
    mails, replies = _emptied(folder / "mails"), _emptied(folder / "replies")
    for number, scene in enumerate((p for p in played if p.raw), 1):
        (mails / file_name(number, scene.scene.sender.partition("@")[0], scene.scene.subject or "重复")).write_bytes(scene.raw)
    letters = [letter for p in played for letter in p.letters]
    for number, letter in enumerate(letters, 1):
        (replies / file_name(number, letter.address.partition("@")[0], letter.subject)).write_bytes(letter.raw)
    (folder / "replies.txt").write_text(letters_in_a_row(letters), encoding="utf-8")
    for digest in (letter for p in played if p.scene.does == "digest" for letter in p.letters):
        page = digest.mail.get_body(("html",))
        (folder / "digest.html").write_text(page.get_content() if page else "", encoding="utf-8")
    export_ledger(house.exports(), folder / "ledger.xlsx", over=True)
    _leave_status(folder, house)


def _emptied(folder: Path) -> Path:
    """A folder of ours without the mails of an earlier demo."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("[0-9][0-9]-*.eml"):
        old.unlink()
    return folder


def _leave_status(folder: Path, house: House) -> None:
    from rich.console import Console

    now = house.clock()
    found = status.standings(house.rules, house.ledger, now, campaign=CAMPAIGN)
    with (folder / "status.txt").open("w", encoding="utf-8") as file:
        Console(file=file, width=150, color_system=None).print(*status_table(found, now), sep="\n")
    shown = {"as_of": now.isoformat(), "obligations": [status.as_json(s) for s in found]}
    (folder / "status.json").write_text(json.dumps(shown, ensure_ascii=False, indent=1), encoding="utf-8")
