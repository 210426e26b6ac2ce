"""What people decided is carried out: mails are decided again, questions settled. A crash in between costs nothing: what is not
marked as carried out is carried out the next time. One that cannot be carried out costs itself, and is said."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailbot.domain.errors import MailbotError
from mailbot.domain.outcome import ReviewItem
from mailbot.domain.rulings import OF_A_MAIL, Ruling, in_force
from mailbot.failpoints import reached

if TYPE_CHECKING:
    from mailbot.app.intake import Intake, Taken

log = logging.getLogger(__name__)
_MOST = 100  # at once: mail that comes in does not wait for many answers


class NotDecidedAgain(MailbotError):
    """A mail could not be decided again, today or tomorrow: what was decided before stays in force."""

    default = "这封邮件没能重新判定，原来的登记不变，处理意见没有执行，请人工处理"


@dataclass(frozen=True, slots=True)
class Carried:
    """A ruling that was carried out, and the mails that were decided again because of it. `problem`: why it was not."""

    ruling: Ruling
    mails: "tuple[Taken, ...]" = ()
    problem: str = ""


def carry_out(intake: "Intake") -> tuple[Carried, ...]:
    """What was ruled and not carried out yet, in the order it was said, by the rules as they stand after all of it. `intake`: with the
    rules as they are written. Raises what passes (a full disk, a busy database) after all others were carried out."""
    done: list[Carried] = []
    waits: MailbotError | None = None
    for ruling in intake.ledger.unfinished()[:_MOST]:
        try:
            done.append(_carry_out(intake, ruling))
        except MailbotError as problem:
            log.warning("ruling id=%s not carried out: %s %s", ruling.id, type(problem).__name__, problem.detail)
            waits = problem
    if waits is not None:
        raise waits
    return tuple(done)


def _carry_out(intake: "Intake", ruling: Ruling) -> Carried:
    ledger, now = intake.ledger, intake.clock()
    reached("order.begun")
    taken: list[Taken] = []
    problem = ""
    for number, unheard in _to_decide(ruling, intake):
        try:
            if again := intake.settle_again(number, ruling, unheard=unheard):
                taken.append(again)
        except NotDecidedAgain as trouble:
            problem = trouble.sentence
            ledger.ask(number, ReviewItem("our-fault", f"{problem}（{ruling.id} 号处理意见）"), now)
    intake.tell_granted(ruling)
    reached("order.obeyed")
    ledger.finish(ruling, now)
    reached("order.finished")
    log.info("ruling id=%s act=%s via=%s mails=%d", ruling.id, ruling.act, ruling.via, len(taken))
    return Carried(ruling, tuple(taken), problem)


def _to_decide(ruling: Ruling, intake: "Intake") -> Iterator[tuple[int, bool]]:
    """The mails that must be decided again; then those whose answers wait and may speak of what that took out of force, with True."""
    for number in _concerned(ruling, intake.ledger.rulings(), intake):
        yield number, False
    for number in intake.ledger.shaken(ruling.id or 0):
        yield number, True


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


def about(message: int, said: Iterable[Ruling]) -> tuple[Ruling, ...]:
    """What is in force about one mail."""
    return tuple(r for r in in_force(said) if r.message == message)
