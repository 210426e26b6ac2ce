"""The outbox on PostgreSQL: what it asks of the database is not all the same SQL."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from outbox.conftest import UNIT, Bureau, office_in, risk_list, scan
from outbox.test_manners import put
from outbox.test_returns import dsn, take

from mailbot.domain.bounces import id_of
from mailbot.domain.errors import SendError
from mailbot.domain.records import Stop


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Bureau]:
    stack = ExitStack()
    request.addfinalizer(stack.close)
    environment = {"MAILBOT_DATABASE_URL": request.getfixturevalue("postgres_url")} if request.param == "postgresql" else {}
    return lambda: office_in(tmp_path / "home", stack, "2024-03-28T09:00:00", **environment)


def test_letters_are_joined_sent_returned_copied_and_shown(office: Callable[[], Bureau]) -> None:
    bureau = office()
    ledger = bureau.house.ledger
    bureau.post("xinzhen", {"清单.docx": risk_list()})
    bureau.post("xinzhen", {"章.jpg": scan()}, "扫描件")
    assert bureau.flush(hurry=True).sent == 1 and bureau.states() == ["joined", "joined", "sent"]
    (gone,) = ledger.uncopied(bureau.now - timedelta(days=1), 10)
    assert gone.sent_at == bureau.now and gone.raw == bureau.sent[0][2]
    ledger.copied([gone.id], bureau.now)
    take(bureau.later(minutes=9), dsn(id_of(gone.raw), UNIT))
    (bad,) = ledger.bad_addresses()
    assert (bad.address, bad.since) == (UNIT, gone.sent_at) and ledger.uncopied(bureau.now - timedelta(days=1), 10) == ()
    assert [q.state for q in ledger.wanting_staff(bureau.now, bureau.now)] == ["bounced"] and ledger.wanting_staff(gone.sent_at, gone.sent_at) == ()


def test_what_a_crash_left_and_a_copy_proves_is_sent_at_the_moment_it_was_found(office: Callable[[], Bureau]) -> None:
    bureau = office()
    ledger = bureau.house.ledger
    bureau.post("xinzhen", {"清单.docx": risk_list()})
    (letter,) = ledger.waiting(bureau.now, hurry=True)
    raw = ledger.claim(letter.id)
    assert raw and ledger.claim(letter.id) is None and ledger.interrupted(bureau.now) == 1 and [d.id for d in ledger.doubtful()] == [letter.id]
    take(bureau.later(minutes=3), raw)
    (shown,) = bureau.listed()
    assert (shown.state, shown.sent_at) == ("sent", bureau.now) and bureau.later(days=1).flush().sent == 0


def test_limits_pauses_and_the_kill_switch(office: Callable[[], Bureau]) -> None:
    bureau = office()
    ledger = bureau.house.ledger
    for n in range(7):
        put(ledger, "reminder", UNIT, n, bureau, "xinzhen")
    bureau.answers = [None, SendError("ambiguous", "不知是否发出"), SendError("permanent", "没有", action="bad-address")]
    assert bureau.flush().sent == 4 - 1 and ledger.sent_count(bureau.now - timedelta(hours=1), bureau.now, UNIT) == 4
    assert ledger.sent_count(bureau.now - timedelta(hours=1), bureau.now, UNIT, kinds=("reminder",), unit="xinzhen") == 4
    assert ledger.sent_count(bureau.now - timedelta(hours=1), bureau.now, UNIT, kinds=("reminder",), unit="zhian") == 0
    assert ledger.sent_between(bureau.now - timedelta(days=1), bureau.now - timedelta(hours=1)) == 0
    first = ledger.sent_first(bureau.now - timedelta(minutes=15), bureau.now)
    assert first is not None and bureau.now - first < timedelta(minutes=2) and ledger.waiting_count() == 3
    ledger.hold_all(bureau.now + timedelta(days=300), bureau.now)
    ledger.hold_all(bureau.now + timedelta(hours=1), bureau.now)
    ledger.hold_all(bureau.now, bureau.now)
    assert ledger.held_until() == bureau.now + timedelta(hours=1)
    ledger.stop(Stop("管理员", bureau.now, "试"))
    assert ledger.stopped() == Stop("管理员", bureau.now, "试")
    ledger.resume("管理员", bureau.now)
    assert ledger.stopped() is None
