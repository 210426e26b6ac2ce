"""What people decided is carried out: mails are decided again, questions settled. A crash in between costs nothing: what is not
marked as carried out is carried out the next time."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mailbot.domain.rulings import OF_A_MAIL, Ruling, in_force

if TYPE_CHECKING:
    from mailbot.app.intake import Intake, Taken

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Carried:
    """A ruling that was carried out, and the mails that were decided again because of it."""

    ruling: Ruling
    mails: "tuple[Taken, ...]" = ()


def carry_out(intake: "Intake") -> tuple[Carried, ...]:
    """All that was ruled and not carried out yet, in the order it was said; by the rules as they stand after all of it."""
    ledger = intake.ledger
    waiting = ledger.unfinished()
    return tuple(_carry_out(intake.in_force(), ruling, ledger.rulings()) for ruling in waiting)


def _carry_out(intake: "Intake", ruling: Ruling, said: tuple[Ruling, ...]) -> Carried:
    ledger, now = intake.ledger, intake.clock()
    concerned = [m for number in _concerned(ruling, said, intake) if (m := ledger.kept(number))]
    valid = in_force(said)
    taken = tuple(intake.settle_again(mail, ruling, tuple(r for r in valid if r.message == mail.message)) for mail in concerned)
    before = [_gist(mail.shown) for mail in concerned]
    ledger.finish(ruling, now, before or None, [_gist(t.shown) for t in taken] or None)
    log.info("ruling id=%s act=%s via=%s mails=%d", ruling.id, ruling.act, ruling.via, len(taken))
    return Carried(ruling, taken)


def _concerned(ruling: Ruling, said: Iterable[Ruling], intake: "Intake") -> tuple[int, ...]:
    """The mails that must be decided again."""
    if ruling.act == "undo":
        undone = next((r for r in said if r.id == ruling.undoes), None)
        if undone and undone.act == "register":  # also what was filed since because the address was known
            return intake.ledger.mails_from(undone.address)
        return _concerned(undone, said, intake) if undone else ()
    if ruling.act in OF_A_MAIL:
        return (ruling.message,) if ruling.message is not None else ()
    return intake.ledger.held_from(ruling.address) if ruling.act == "register" else ()


def _gist(shown: Any) -> dict[str, Any]:
    """What the trail keeps of a decision: enough to see what changed."""
    files = [{key: item.get(key) for key in ("path", "unit", "form", "copy", "duty", "period")} for item in shown["items"]]
    return {key: shown[key] for key in ("disposition", "reason", "unit", "sha256")} | {"reply": shown["reply"]["kind"], "items": files}
