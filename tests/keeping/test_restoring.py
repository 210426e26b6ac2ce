"""What is decided about letters that a lost ledger may have sent: a table, without any server."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailbot.domain.bounces import Named, signature
from mailbot.domain.joining import joined_key
from mailbot.domain.letters import Letter
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.restoring import ACTION, Restored, Unsure, begins, fates
from mailbot.domain.units import Unit

SECRET, TO = b"s" * 32, "xinzhen@units.example"
AT = datetime(2024, 3, 28, 12, tzinfo=SHANGHAI)
SPAN = Restored(AT - timedelta(days=3), AT)
ANSWER = f"missing:20240328-ABCDEF:0123456789abcdef:{TO}"


@pytest.mark.shows("P7")
@pytest.mark.parametrize(
    ("state", "concerns", "restored", "expected"),
    [
        ("waiting", AT - timedelta(seconds=1), SPAN, ("ambiguous", ACTION)),
        ("waiting", SPAN.snapshot - timedelta(days=9), SPAN, ("ambiguous", ACTION)),  # decided late: who knows
        ("waiting", AT, SPAN, ("waiting", None)),
        ("waiting", AT + timedelta(days=1), SPAN, ("waiting", None)),
        ("waiting", None, SPAN, ("waiting", None)),
        ("waiting", AT - timedelta(days=1), None, ("waiting", None)),
        ("shadow", AT - timedelta(days=1), SPAN, ("shadow", None)),
        ("withheld", AT - timedelta(days=1), SPAN, ("withheld", None)),
        ("failed", AT - timedelta(days=1), SPAN, ("failed", None)),
    ],
)
def test_what_concerns_a_moment_before_the_restore_does_not_wait_to_be_sent(
    state: str, concerns: datetime | None, restored: Restored | None, expected: tuple[str, str | None]
) -> None:
    assert begins(state, concerns, restored) == expected


@dataclass(frozen=True)
class Case:
    says: str
    key: str
    seen: tuple[tuple[str, str], ...]  # (key, address) of letters in the Sent folder
    keeps: bool
    fate: str


CASES = [
    Case("its copy lies there", ANSWER, ((ANSWER, TO),), False, "sent"),
    Case("its copy lies there, and all others too", ANSWER, ((ANSWER, TO),), True, "sent"),
    Case("a copy to another address is none of it", ANSWER, ((ANSWER, "zhian@units.example"),), False, "stays"),
    Case("nothing lies there and nothing proves anything", ANSWER, (), False, "stays"),
    Case("nothing lies there though all that we send does", ANSWER, (), True, "waiting"),
    Case("another answer to the same mail lies there", ANSWER, ((ANSWER.replace("missing", "receipt"), TO),), True, "sent"),
    Case("the same mail was decided again by a ruling that is lost", ANSWER, ((f"{ANSWER}:7", TO),), True, "sent"),
    Case("an answer to another mail lies there", ANSWER, ((ANSWER.replace("ABCDEF", "FEDCBA"), TO),), True, "waiting"),
    Case("a reminder of the same campaign two days before", "reminder:c:xinzhen:2024-03-28", (("reminder:c:xinzhen:2024-03-26", TO),), True, "sent"),
    Case("a reminder from before the lost span", "reminder:c:xinzhen:2024-03-28", (("reminder:c:xinzhen:2024-03-20", TO),), True, "waiting"),
    Case("an escalation of the day before", f"escalation:2024-03-28:{TO}", ((f"escalation:2024-03-27:{TO}", TO),), True, "sent"),
    Case("today's digest", f"digest:2024-03-28:{TO}", ((f"digest:2024-03-28:{TO}", TO),), False, "sent"),
    Case("yesterday's digest is not today's", f"digest:2024-03-28:{TO}", ((f"digest:2024-03-27:{TO}", TO),), False, "stays"),
]


def named(key: str, to: str) -> Named:
    return Named(datetime(2024, 3, 27, tzinfo=UTC), signature(SECRET, key, to))


@pytest.mark.shows("P7")
@pytest.mark.parametrize("case", CASES, ids=[c.says for c in CASES])
def test_what_becomes_of_a_letter_follows_from_what_lies_in_the_sent_folder(case: Case) -> None:
    one = Unsure(1, case.key.partition(":")[0], case.key, TO)
    assert fates([one], [named(*there) for there in case.seen], SECRET, SPAN, keeps=case.keeps) == {1: case.fate}


def says(number: int, minute: int, **more: Any) -> Letter:
    key = f"missing:20240328-00000{number}:0123456789abcdef:{TO}"
    at = AT - timedelta(hours=1) + timedelta(minutes=minute)
    return Letter("missing", TO, key, "材料", f"20240328-00000{number}", at, unit=Unit(id="xinzhen", name="新镇市场监管所", kind="市场监管所"), campaign="c", **more)


@pytest.mark.shows("P7")
def test_letters_that_went_out_as_one_are_found_and_those_beside_them_are_not() -> None:
    told = [says(n, n) for n in range(1, 6)]
    unsure = [Unsure(n, "missing", letter.key, TO, "", letter) for n, letter in enumerate(told, 1)]
    seen = [named(joined_key(told[1:4]), TO)]
    assert fates(unsure, seen, SECRET, SPAN, keeps=True) == {1: "waiting", 2: "sent", 3: "sent", 4: "sent", 5: "waiting"}
