"""`mailbot run`: one round, or round after round by the rules as they are then, until another has the lease or somebody says stop."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailbot.app.lookout import Lookout
from mailbot.app.reload import RulesWatch
from mailbot.app.worker import Round, ended, repeat
from mailbot.domain.errors import LeaseLost

if TYPE_CHECKING:  # wiring is far above; only its name is needed here
    from mailbot.app.wiring import House


@dataclass(frozen=True)
class Screen:
    """Who sits there: is told what a round came to, in sentences what happened and what is wrong, and how far a round is."""

    tell: Callable[[Round], None]
    say: Callable[[str], None]
    warn: Callable[[str], None]
    progress: Callable[[], AbstractContextManager[Callable[[int, int], None]]]


def once(house: "House", alone: Callable[[], None], screen: Screen) -> None:
    """One round. Alarms are left to who looks from outside."""
    lookout = Lookout(house, screen.warn)
    with house.intake() as intake, screen.progress() as watch:
        done = house.worker(intake, lookout.beating(watch), alone=alone, vitals=lookout.vitals).once()
    lookout.note(done, raises=False)
    screen.tell(done)


def for_ever(house: "House", alone: Callable[[], None], screen: Screen) -> None:
    """Round after round; by new rules as soon as they stand on the disk, whole and valid. Raises LeaseLost."""
    following: House | None = house
    while following is not None:
        following = _ByOneRules(following, alone, screen).work()
        if following is not None:
            screen.say(f"规则有改动，检查无误，从现在起按新规则运行（版本 {following.rules.version}）。")


@dataclass
class _ByOneRules:
    """The rounds by one version of the rules. `following`: the house by the next. `lost`: why there is no next round."""

    house: "House"
    alone: Callable[[], None]
    screen: Screen
    following: "House | None" = None
    lost: LeaseLost | None = None
    watched: "RulesWatch[House]" = field(init=False)
    lookout: Lookout = field(init=False)

    def __post_init__(self) -> None:
        self.watched, self.lookout = self.house.rules_watch(), Lookout(self.house, self.screen.warn)

    def work(self) -> "House | None":
        """The house to go on with, None where it is over. Raises LeaseLost."""
        try:
            with self.house.intake() as intake, self.screen.progress() as watch:
                worker = self.house.worker(intake, self.lookout.beating(watch), scheduled=True, alone=self.alone, vitals=self.lookout.vitals)
                try:
                    repeat(worker.once, self.house.rules.settings.mailbox.poll_minutes, self.done, self.over)
                except BaseException:
                    ended(worker.sending.rest)
                    raise
                worker.sending.rest()  # two that send at once would take each other's letters for cut off
        finally:
            self.house.close()
        if self.lost is not None:
            raise self.lost
        return self.following

    def done(self, round_: Round) -> None:
        self.lookout.note(round_)
        self.screen.tell(round_)

    def over(self) -> bool:
        """Asked between two rounds."""
        self.lookout.look()
        try:
            self.alone()
        except LeaseLost as problem:
            self.lost = problem
            return True
        self.following = self.watched.changed()
        return self.following is not None
