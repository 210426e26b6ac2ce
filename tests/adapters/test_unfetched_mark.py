"""The mails that were asked for in vain come back from the ledger as they were put there."""

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from mailbot.adapters.ledger import Ledger
from mailbot.domain.mail import Place
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.unfetched import Unfetched, held

NOW = datetime(2024, 3, 28, 9, tzinfo=SHANGHAI)


def one(uid: int, tries: int, *, days: int = 0) -> Unfetched:
    return Unfetched(Place("收件箱", 1, uid, 2000, NOW, "bot@163.com"), NOW - timedelta(days=days), NOW, tries, "服务器给不出内容。")


def test_what_was_asked_for_in_vain_is_kept_by_mailbox(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    some = (one(7, 3), one(8, 1), one(9, 4, days=2))
    ledger.put_unfetched("Bot@163.com", some)
    assert ledger.unfetched("bot@163.com") == {x.place: x for x in some} and ledger.unfetched("other@163.com") == {}
    assert [x.place.uid for x in held(ledger.unfetched("bot@163.com").values())] == [9, 7]
    ledger.close()


def test_what_was_kept_before_the_shape_had_a_name_is_read(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.put_unfetched("bot@163.com", ())
    with ledger._write() as c:
        (name,) = c.exec_driver_sql("SELECT name FROM marks WHERE name LIKE 'unfetched:%'").scalars()
    earlier = {name: value for name, value in asdict(one(7, 3)).items() if name != "gone_at"}
    ledger.put_mark(name, json.dumps([earlier], default=datetime.isoformat))
    assert list(ledger.unfetched("bot@163.com").values()) == [one(7, 3)]
    ledger.close()
