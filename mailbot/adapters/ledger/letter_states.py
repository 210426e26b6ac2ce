"""What is known of a letter by its state: the conditions that several shelves ask by."""

from sqlalchemy import and_, func, or_

from mailbot.adapters.codec import BadAnswer, from_json
from mailbot.adapters.tables import letters
from mailbot.domain.letters import Letter
from mailbot.domain.manners import ONCE_MORE
from mailbot.domain.restoring import ACTION

CUT_OFF = "发送途中程序中断"  # the problem of a letter that a crash left in `sending`

WAITS = letters.c.state == "waiting"
WAITS_CUT_OFF = and_(WAITS, letters.c.problem == CUT_OFF)  # perhaps out, and tried once more
UNSENT = and_(WAITS, func.coalesce(letters.c.problem, "") != CUT_OFF)  # surely not out: it may be taken back
AGAIN = and_(letters.c.state == "ambiguous", letters.c.action == ONCE_MORE)  # so is this one
READY = or_(WAITS, AGAIN)
UNSURE = and_(letters.c.state == "ambiguous", letters.c.action == ACTION)  # a ledger before a restore may have sent it
PERHAPS = and_(letters.c.state == "ambiguous", func.coalesce(letters.c.action, "") != ONCE_MORE)  # nothing is done unless a person says so
UNSETTLED = letters.c.state.in_(("waiting", "sending", "ambiguous"))
OUT = ("sent", "ambiguous", "bounced")  # states of letters that went out, or may have


def says(data: object) -> Letter | None:
    """What a letter says; None where another version wrote it."""
    try:
        return from_json(Letter, data) if data else None
    except BadAnswer:
        return None
