"""F01, F05, F07–F10 of reliability.md against a real Dovecot, and F15, F16 against a real Postfix. What these cannot be brought to is
done by servers of our own in test_imap_that_misbehaves.py and test_smtp_that_misbehaves.py."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from mailbot.adapters.imap import ImapMailbox
from mailbot.adapters.smtp import SmtpSender
from mailbot.app import worker as worker_module
from mailbot.app.wiring import House
from mailbot.domain.errors import SendError
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.servers import Server
from tests.servers.conftest import RealMail
from tests.servers.dovecot import ACCOUNTS, BOT, Dovecot
from tests.servers.faultproxy import FaultProxy, Faults
from tests.servers.office import PolledOffice, mail, polled_office
from tests.servers.real import until
from tests.servers.scripted_mailbox import ScriptedMailbox

SOAK = bool(os.environ.get("MAILBOT_SOAK"))

Make = Callable[..., House]
UNIT = "xinzhen@units.example"


def now() -> datetime:
    return datetime.now(SHANGHAI) + timedelta(seconds=5)


def office_of(make_house: Make, server: Dovecot, user: str, port: int = 0) -> Any:
    return polled_office(make_house, port or server.imap_port, login=(user, ACCOUNTS[user]), now=now())


def question(number: int, **headers: str) -> bytes:
    return mail(f"请教{number}", "请问怎么填？", UNIT, **{"Message_ID": f"<{number}@units.example>", **headers})


def answers(office: PolledOffice) -> int:
    return sum(letter.recipient == UNIT for letter in office.house.ledger.letters_listed())


@pytest.mark.shows("F05", "P2")
def test_a_mailbox_whose_index_was_deleted_is_read_anew_and_all_is_known(real_dovecot: Dovecot, make_house: Make) -> None:
    user = "weiliansu@units.example"
    for number in range(3):
        real_dovecot.deliver(user, question(number))
    with office_of(make_house, real_dovecot, user) as office:
        assert len(office.poll().taken) == 3
        told, before = answers(office), {place.uidvalidity for place in office.known()}
        maildir = real_dovecot.base / "mail" / user / "Maildir"
        time.sleep(1.1)  # Dovecot's UIDVALIDITY is the second in which the list was made
        for file in maildir.iterdir():
            if file.name.startswith("dovecot"):
                file.unlink()
        again = office.poll(minutes=5)
        assert [noted.disposition for noted in again.taken] == ["duplicate"] * 3 and not again.problems
        assert {place.uidvalidity for place in office.known()} > before and answers(office) == told
        assert len(office.archived) == 3 and office.poll(minutes=5).taken == ()


@pytest.mark.shows("F07", "F08")
def test_the_same_bytes_again_are_a_duplicate_and_other_bytes_under_the_same_id_are_not(real_dovecot: Dovecot, make_house: Make) -> None:
    user = "tuchengzi@units.example"
    with office_of(make_house, real_dovecot, user) as office:
        with ImapMailbox(server_of(real_dovecot, user)) as box:
            for raw in (question(7), question(7), question(7, Subject_2="x").replace("怎么填".encode(), b"?")):
                box.append("INBOX", raw, now())
        done = office.poll()
        assert [noted.disposition for noted in done.taken].count("duplicate") == 1 and len(done.taken) == 3
        assert len(office.known()) == 3 and len(office.archived) == 2


def server_of(server: Dovecot, user: str) -> Server:
    return Server("127.0.0.1", server.imap_port, user, ACCOUNTS[user], "plain", None, 10.0)


@pytest.mark.shows("F09", "P2")
def test_mail_expunged_by_staff_between_listing_and_fetching_is_noted_once(
    real_dovecot: Dovecot, make_house: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = "huanghuatala@units.example"
    doveadm = shutil.which("doveadm") or "/usr/bin/doveadm"
    real_dovecot.deliver(user, question(1))
    real_dovecot.deliver(user, question(2))
    right = ImapMailbox.fetch

    def expunged_first(self: ImapMailbox, place: Any, most: int) -> Any:
        if place.uid == 1:
            subprocess.run([doveadm, "-c", real_dovecot.base / "dovecot.conf", "expunge", "-u", user, "mailbox", "INBOX", "uid", "1"], check=True)
        return right(self, place, most)

    monkeypatch.setattr(ImapMailbox, "fetch", expunged_first)
    with office_of(make_house, real_dovecot, user) as office:
        first = office.poll()
        assert office.subjects(first) == ["请教2"] and first.problems == ()
        second = office.poll()
        assert len(second.problems) == 1 and "在取回之前已不在原处" in second.problems[0]
        assert office.poll().problems == () and office.unfetched() == {}


@pytest.mark.shows("F01")
def test_a_connection_to_dovecot_cut_anywhere_loses_no_mail(real_dovecot: Dovecot, make_house: Make, record_property: Any) -> None:
    user, cuts = "mingren@units.example", range(1, 6_001, 300 if SOAK else 600)
    with FaultProxy(real_dovecot.imap_port) as proxy, office_of(make_house, real_dovecot, user, proxy.port) as office:
        broken = 0
        for number, cut in enumerate(cuts):
            real_dovecot.deliver(user, mail(f"第{number}封", "x\n" * 2_000))
            before = office.archived, office.known()
            proxy.faults = Faults(cut_down=cut)
            office.clock[0] = now()
            done = office.poll()
            if done.temporary:
                broken += 1
                assert (office.archived, office.known()) == before
            proxy.faults = Faults()
            assert [*office.subjects(done), *office.subjects(office.poll())] == [f"第{number}封"]
        assert broken >= len(cuts) * 3 / 4 and len(office.known()) == len(cuts)
    record_property("runs", f"connections to Dovecot cut at a byte: {len(cuts)}")


# --- F10


@pytest.mark.shows("F10")
def test_of_a_folder_with_very_many_mails_a_round_takes_a_bounded_share(
    make_house: Make, monkeypatch: pytest.MonkeyPatch, record_property: Any
) -> None:
    """100,000 mails with MAILBOT_SOAK=1, 1,000 without. A round's ten minutes are up after about forty mails here; the next goes on."""
    many = 100_000 if SOAK else 1_000
    monkeypatch.setattr(worker_module, "_POLLING", 40.0)
    box = ScriptedMailbox()
    for uid in range(1, many + 1):
        box.put(uid, b"From: a@else.example\r\nSubject: %d\r\n\r\nx\r\n" % uid)
    with box.serve() as server, polled_office(make_house, server.port, timeout=60.0, deadline=600.0) as office:
        def tick() -> float:
            office.ticks[0] += 1.0
            return office.ticks[0]

        worker = replace(office.worker, hurry=False, ticking=tick, patience={})
        first, second = worker.once(), worker.once()
        assert 20 <= len(first.taken) <= 60 and 20 <= len(second.taken) <= 60
        assert not first.problems and first.unaccounted == 0 and not first.temporary
        taken = [int(noted.subject) for noted in (*first.taken, *second.taken)]
        assert sorted(taken) == list(range(1, len(taken) + 1)), "in order, none twice"
        assert office.house.ledger.bookmark("nmyxjg@163.com", "INBOX") is None, "no bookmark is put behind what was not taken"
    record_property("runs", f"mails in the folder: {many}")


@pytest.mark.shows("F10")
def test_a_folder_that_was_renamed_is_told_in_so_many_words_and_the_others_are_read(real_dovecot: Dovecot, make_house: Make) -> None:
    user = "dongming@units.example"
    real_dovecot.deliver(user, question(1))
    with office_of(make_house, real_dovecot, user) as office:
        settings = office.house.rules.settings
        named = replace(settings, mailbox=replace(settings.mailbox, folders=(*settings.mailbox.folders, "报送箱")))
        intake = replace(office.worker.intake, rules=replace(office.house.rules, settings=named))
        done = replace(office.worker, intake=intake).once()
        assert [noted.subject for noted in done.taken] == ["请教1"] and not done.temporary
        assert done.problems == ("邮箱里没有名为“报送箱”的文件夹，请检查 mailbot.yaml 里的文件夹名称。",)


# --- Postfix


@pytest.mark.shows("F15", "F16")
@pytest.mark.parametrize("stage", ["rcpt", "data", "dot"])
@pytest.mark.parametrize(("code", "kind"), [(450, "temporary"), (550, "permanent")])
def test_what_postfix_refuses_for_now_and_for_good(smtp_postfix: RealMail, stage: str, code: int, kind: str) -> None:
    before = len(smtp_postfix.mails(UNIT))
    raw = b"From: %s\r\nSubject: x\r\n\r\nx\r\n" % BOT.encode()
    with SmtpSender(smtp_postfix.smtp(), BOT) as sender:
        with pytest.raises(SendError) as caught:
            sender.send(raw, f"{stage}{code}@units.example")
        assert (caught.value.kind, caught.value.code) == (kind, code)
        sender.send(raw, UNIT)
    assert until(lambda: len(smtp_postfix.mails(UNIT)) == before + 1), "the next letter goes out"
