"""Letters are sent beside the mail that is taken: both leave the last word of the trail."""

import threading
from pathlib import Path

from sqlalchemy import make_url

from mailbot.adapters.ledger.lastword import LastWord
from mailbot.domain.audit import Head


def test_two_threads_that_leave_their_word_at_once_leave_one_that_can_be_read(tmp_path: Path) -> None:
    word = LastWord(make_url(f"sqlite:///{tmp_path}/mailbot.db"))

    def leave() -> None:
        for count in range(5000):
            word.leave(Head(count, "a" * 64))

    both = [threading.Thread(target=leave) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert (tmp_path / "mailbot.db.head").stat().st_size == 96 and word.read() == Head(4999, "a" * 64)
