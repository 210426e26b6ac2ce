"""Copies of letters on a real Dovecot, over TLS."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from stories.conftest import compose

from mailbot.adapters.imap import ImapMailbox
from mailbot.app.wiring import House
from mailbot.domain.bounces import id_of
from mailbot.domain.errors import FolderMissing
from tests.servers.conftest import RealMail
from tests.servers.dovecot import BOT
from tests.servers.test_full_loop import environment, real_now

NOW = datetime.now(UTC).replace(microsecond=0)


def letter(number: int) -> bytes:
    return f"From: {BOT}\r\nMessage-ID: <copy.{number}.{NOW.timestamp():.0f}@bureau.example>\r\nSubject: x\r\n\r\n回执\r\n.\r\n".encode()


def test_a_copy_lies_in_the_sent_folder_as_it_was_sent_read_and_dated(real_mail: RealMail) -> None:
    moment = NOW - timedelta(minutes=7)
    with ImapMailbox(real_mail.imap()) as box:
        folder = box.sent_folder()
        assert folder == "Sent"
        for number in (1, 2):
            box.append(folder, letter(number), moment)
        known = box.message_ids(folder, NOW.date() - timedelta(days=1))
        assert {f"<copy.{number}.{NOW.timestamp():.0f}@bureau.example>" for number in (1, 2)} <= known
        place = box.places(folder, NOW.date() - timedelta(days=1))[-1]
        assert abs(place.internaldate - moment) < timedelta(seconds=2)
        assert b"\\Seen" in box._client.get_flags([place.uid])[place.uid]
        assert b"".join(box.fetch(place, 10_000) or ()) == letter(2)
        box.state("INBOX")  # the connection goes on


def test_a_folder_that_is_not_there_is_named_and_the_connection_goes_on(real_mail: RealMail) -> None:
    with ImapMailbox(real_mail.imap()) as box:
        with pytest.raises(FolderMissing, match="寄出"):
            box.append("寄出", letter(3), NOW)
        assert box.state("INBOX").name == "INBOX"


def test_a_round_with_a_sent_folder_sends_and_copies(real_mail: RealMail, make_house: Callable[..., House]) -> None:
    house = make_house(real_now(), **environment(real_mail))
    settings = house.rules.settings
    rules = replace(house.rules, settings=replace(settings, sender=replace(settings.sender, sent_folder="Sent")))
    when = f"{house.clock():%Y-%m-%dT%H:%M:%S}"
    real_mail.deliver(real_mail.user, compose("dongming@units.example", "请教", "请问月报怎么填？", when=when, message_id="<sent.folder@units.example>"))
    with house.intake() as intake:
        done = replace(house, pause=lambda _: None).worker(replace(intake, rules=rules), lambda done, total: None).once()
    assert done.flushed.sent >= 1, done.problems
    copies = [message_from_bytes(raw, policy=policy.default) for raw in real_mail.mailboxes.mails(BOT, "Sent")]
    (mine,) = [copy for copy in copies if copy["In-Reply-To"] == "<sent.folder@units.example>" and copy["To"] == "dongming@units.example"]
    assert mine["Message-ID"] in {id_of(q.raw) for q in house.ledger.letters_listed() if q.state == "sent"}
    assert house.ledger.uncopied(house.clock() - timedelta(days=1), 9) == ()
    house.ledger.close()
