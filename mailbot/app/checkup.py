"""`mailbot doctor`: tries everything the bot lives on and says what is wrong and how to mend it."""

from mailbot.app.doctor import Check, examine
from mailbot.app.wiring import House

__all__ = ["Check", "checkup"]


def checkup(house: House) -> tuple[Check, ...]:
    return examine(house)
