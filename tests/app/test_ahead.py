"""Reading ahead keeps the order, and a trouble where it belongs."""

import threading
import time
from collections.abc import Iterator

import pytest

from mailbot.app.ahead import ahead
from mailbot.domain.errors import ConnectionLost
from tests.servers.real import until


def test_the_order_is_kept_and_several_are_in_work_at_once() -> None:
    meeting = threading.Barrier(3, timeout=10)  # opens only when three are being worked on side by side

    def work(number: int) -> int:
        meeting.wait()
        return number * number

    assert list(ahead(work, range(6), 3)) == [0, 1, 4, 9, 16, 25]


def test_no_more_is_begun_than_was_asked_for() -> None:
    begun: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            begun.append(number)
            yield number

    results = ahead(lambda number: number, items(), 4)
    assert [next(results), next(results)] == [0, 1]
    assert until(lambda: len(begun) == 5), "one more for each that was given"
    time.sleep(0.05)
    assert len(begun) == 5
    results.close()  # type: ignore[attr-defined]


def test_where_the_source_fails_what_came_before_is_still_given() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise ConnectionLost

    given = []
    with pytest.raises(ConnectionLost):
        for result in ahead(lambda number: number, items(), 5):
            given.append(result)
    assert given == [1, 2]


def test_what_the_work_raises_comes_at_its_turn() -> None:
    def work(number: int) -> int:
        if number == 2:
            raise OSError("disk")
        return number

    given = []
    with pytest.raises(OSError, match="disk"):
        for result in ahead(work, range(5), 3):
            given.append(result)
    assert given == [0, 1]
