"""Copies in the Sent folder: put there where the provider keeps none, looked at where a letter may have gone out."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from outbox.conftest import UNIT, Bureau, risk_list

from mailbot.adapters.embedded import EmbeddedMail
from mailbot.adapters.imap import ImapMailbox
from mailbot.app.copies import SentCopies
from mailbot.domain.bounces import id_of
from mailbot.domain.errors import FolderMissing, LoginRefused, SendError
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.servers import Server

Make = Callable[..., Bureau]
BOT = "nmyxjg@163.com"


@pytest.fixture(params=[False, True], ids=["plain", "netease"])
def server(request: pytest.FixtureRequest) -> Iterator[EmbeddedMail]:
    with EmbeddedMail({BOT: "pw"}, netease=request.param) as mail:
        if not request.param:
            mail.create_folder(BOT, "已发送")
        yield mail


def opened(mail: EmbeddedMail) -> ImapMailbox:
    return ImapMailbox(Server("127.0.0.1", mail.imap_port, BOT, "pw", "plain"))


def copies(office: Bureau, folder: str = "已发送") -> SentCopies:
    return SentCopies(office.house.ledger, folder, lambda: office.now)


def sent_one(bureau: Make) -> Bureau:
    office = bureau()
    office.post("xinzhen", {"清单.docx": risk_list()})
    assert office.flush(hurry=True).sent == 1
    return office


def test_each_letter_is_copied_once_as_it_was_sent_and_marked_as_read(bureau: Make, server: EmbeddedMail) -> None:
    office = sent_one(bureau)
    assert copies(office).put(lambda: opened(server)) == "" == copies(office).put(lambda: opened(server))
    assert server.mails(BOT, "已发送") == [office.sent[0][2]]
    with opened(server) as box:
        (place,) = box.places("已发送", date(2024, 3, 1))
        assert place.internaldate == office.sent[0][0]
        assert b"\\Seen" in box._client.get_flags([place.uid])[place.uid]


def test_a_copy_that_is_there_already_is_not_put_there_twice(bureau: Make, server: EmbeddedMail) -> None:
    office = sent_one(bureau)
    server.deliver(BOT, office.sent[0][2], when=office.now, folder="已发送")
    assert copies(office).put(lambda: opened(server)) == ""
    assert len(server.mails(BOT, "已发送")) == 1 and office.house.ledger.uncopied(office.now - timedelta(days=1), 9) == ()


def test_a_folder_that_is_not_there_is_told_and_tried_again_and_nothing_is_sent_twice(bureau: Make, server: EmbeddedMail) -> None:
    office = sent_one(bureau)
    told = copies(office, "寄出").put(lambda: opened(server))
    assert "没有存进“寄出”文件夹" in told and office.states() == ["sent"] and office.flush().sent == 0
    server.create_folder(BOT, "寄出")
    assert copies(office, "寄出").put(lambda: opened(server)) == "" and len(server.mails(BOT, "寄出")) == 1


def test_where_the_provider_copies_nothing_is_copied(bureau: Make) -> None:
    def closed() -> Any:
        raise AssertionError("no session is needed")

    assert copies(sent_one(bureau), "").put(closed) == ""


def test_letters_of_long_ago_are_not_copied_when_copies_are_switched_on(bureau: Make, server: EmbeddedMail) -> None:
    office = sent_one(bureau).later(days=4)
    assert copies(office).put(lambda: opened(server)) == "" and server.mails(BOT, "已发送") == []


def test_a_letter_perhaps_sent_of_which_a_copy_lies_there_went_out(bureau: Make, server: EmbeddedMail) -> None:
    office = bureau()
    for unit, name in (("xinzhen", "新镇市场监管所"), ("zhian", "治安市场监管所")):
        office.post(unit, {"清单.docx": risk_list(name)})
    office.answers = [SendError("ambiguous", "不知是否发出")] * 2
    office.flush(hurry=True)
    kept = office.listed()[0].raw
    server.deliver(BOT, kept, when=office.now, folder="已发送")
    with opened(server) as box:
        copies(office, "").look(box)
    assert office.states() == ["sent", "ambiguous"]
    assert office.later(minutes=16).flush().sent == 1 and id_of(office.sent[0][2]) != id_of(kept)


def test_appending_to_no_folder_says_which(server: EmbeddedMail) -> None:
    with opened(server) as box, pytest.raises(FolderMissing, match="寄出"):
        box.append("寄出", b"Subject: x\r\n\r\n", datetime(2024, 3, 1, tzinfo=SHANGHAI))


def test_a_round_of_the_worker_copies_what_it_sent(bureau: Make, server: EmbeddedMail) -> None:
    from stories.conftest import compose

    office = bureau(MAILBOT_IMAP_URL=f"imap://nmyxjg%40163.com@127.0.0.1:{server.imap_port}", MAILBOT_IMAP_PASSWORD="pw")
    settings = office.house.rules.settings
    rules = replace(office.house.rules, settings=replace(settings, sender=replace(settings.sender, sent_folder="已发送")))
    raw = compose(UNIT, files={"清单.docx": risk_list()}, when="2024-03-28T08:59:00")
    server.deliver(BOT, raw, when=office.now)
    worker = office.house.worker(replace(office.intake, rules=rules), lambda done, total: None)
    done = replace(worker, outbox=office.outbox()).once()
    assert done.flushed.sent == 1 and server.mails(BOT, "已发送") == [office.sent[0][2]]


@pytest.mark.shows("F11")
def test_a_mailbox_that_refuses_the_login_is_not_tried_beside_its_patience_for_the_sake_of_copies(bureau: Make) -> None:
    office, asked = sent_one(bureau), list[datetime]()
    settings = office.house.rules.settings
    rules = replace(office.house.rules, settings=replace(settings, sender=replace(settings.sender, sent_folder="已发送")))

    def refusing(_: Any) -> Any:
        asked.append(office.now)
        raise LoginRefused

    worker = office.house.worker(replace(office.intake, rules=rules), lambda done, total: None, scheduled=True)
    worker = replace(worker, daily=tuple, outbox=office.outbox(), open_mailbox=refusing, ticking=lambda: office.now.timestamp())
    for _ in range(24):
        worker.once()
        office.later(minutes=5)
    assert office.house.ledger.uncopied(office.now - timedelta(days=1), 9), "a copy waits all the time"
    assert [int((then - asked[0]).total_seconds()) // 60 for then in asked] == [0, 5, 20, 50, 80, 110]
