"""What the parent does with a body has no deadline, so it is little: bodies made to be slow are decided in under a second."""

import time
from collections.abc import Callable

import pytest
from stories.conftest import compose

from mailbot.app.wiring import House
from mailbot.domain.mail import RawMail

BODIES = {
    "exclamations": "aaaa!" * 20_000, "spaces": " " * 100_000 + "x", "zero-width": "\u200b" * 100_000, "full-width digits": "２０２６" * 25_000,
    "lines": "啊\n" * 125_000, "half a million": "清单第一季度。" * 71_000, "digits": "1" * 100_000, "dates": "2024年3月" * 15_000, "brackets": "（" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("sender", ["xinzhen@units.example", "office@bureau.example"])
@pytest.mark.shows("A61")
def test_a_body_made_to_be_slow_is_decided_in_under_a_second(make_house: Callable[..., House], sender: str) -> None:
    house = make_house("2024-04-01T09:00:00")
    took = {}
    with house.intake() as intake:
        for name, text in BODIES.items():
            read = intake.read(intake.keep(RawMail([compose(sender, text=text, when="2024-03-29T09:00:00")], file=f"{name}.eml")))
            assert read.message.text
            began = time.thread_time()
            intake.settle(read)
            took[name] = time.thread_time() - began
    house.close()
    assert max(took.values()) < 1, took
