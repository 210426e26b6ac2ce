"""What the running worker does about itself: a sign of life, and a call for help while it still can."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from mailbot.app.watching import from_inside, looked

if TYPE_CHECKING:
    from mailbot.app.wiring import House
    from mailbot.app.worker import Round

log = logging.getLogger(__name__)
Watch = Callable[[int, int], None]


class Lookout:
    """Whatever goes wrong in here must not cost a round. `warn`: tells who is at the screen what is wrong."""

    def __init__(self, house: "House", warn: Callable[[str], None]) -> None:
        self.house, self.warn = house, warn
        self.vitals = house.vitals()
        self.vitals.leave()

    def beating(self, watch: Watch) -> Watch:
        """A round may take long: each mail is a sign of life."""

        def beat(done: int, all_: int) -> None:
            self.vitals.leave(often=True)
            watch(done, all_)

        return beat

    def note(self, round_: "Round", *, raises: bool = True) -> None:
        """After a round. `raises`: alarms are raised by it; a single round leaves that to who looks from outside."""
        self.vitals.note(round_)
        if raises:
            self.look()
        else:
            self.vitals.leave()

    def look(self) -> None:
        try:
            self.vitals.leave()
            for raised in looked(self.house, from_inside(self.house, self.vitals), self.warn).to_tell:
                self.warn(raised.sentence)
        except Exception:
            log.exception("could not look whether all is well")
