"""F01–F11, F13, F14 of reliability.md against the whole way from the server to the ledger: what a mailbox does wrong loses no mail,
takes none twice, and is told where a person is needed. Dovecot says the same in test_dovecot_misbehaves.py."""

import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from mailbot.app.wiring import House
from mailbot.domain.unfetched import PATIENCE
from tests.servers.faultproxy import FaultProxy, Faults
from tests.servers.office import PolledOffice, mail, polled_office
from tests.servers.scripted_mailbox import NINE, Hang, ScriptedMailbox, body_of, fetch_line, hangs

Make = Callable[..., House]
_CUTS = 24


@contextmanager
def office_at(make_house: Make, box: ScriptedMailbox, **more: Any) -> Iterator[PolledOffice]:
    with box.serve() as server, polled_office(make_house, server.port, **more) as office:
        yield office


@pytest.fixture
def box() -> ScriptedMailbox:
    return ScriptedMailbox()


@pytest.mark.shows("F01", "P2")
def test_a_connection_cut_anywhere_leaves_nothing_behind_and_the_next_poll_takes_the_mail(
    box: ScriptedMailbox, make_house: Make, record_property: Callable[[str, object], None]
) -> None:
    """The cuts lie all over what the server says, from its greeting to the last bytes of the mail (of 20 kB)."""
    with box.serve() as server, FaultProxy(server.port) as proxy, polled_office(make_house, proxy.port) as office:
        box.put(1, mail("0", "一行字\n" * 1_800))
        assert len(office.poll().taken) == 1
        whole = len(box.mails[1][0]) + 900  # what is said around it
        within = 0
        for number in range(1, _CUTS + 1):
            box.mails = {number + 1: (mail(str(number), "一行字\n" * 1_800), NINE)}
            before = office.archived, office.known()
            proxy.faults = Faults(cut_down=1 + whole * (number - 1) // _CUTS)
            cut = office.poll()
            assert cut.temporary and cut.taken == () and (office.archived, office.known()) == before
            within += bool(office.unfetched())
            proxy.faults = Faults()
            assert office.subjects(office.poll()) == [str(number)] and office.unfetched() == {}
    assert within >= 18, "most of the cuts were in mid-FETCH"
    record_property("runs", f"connections cut at a byte: {_CUTS}")


@pytest.mark.shows("F02")
@pytest.mark.parametrize("claimed", [-1, 1, 2.0], ids=["n-1", "n+1", "n*2"])
def test_a_literal_of_another_length_than_told_is_not_believed(box: ScriptedMailbox, make_house: Make, claimed: float) -> None:
    raw = mail("right")
    box.put(7, raw)
    wrong = len(raw) * 2 if claimed == 2.0 else len(raw) + int(claimed)
    with office_at(make_house, box, timeout=0.4) as office:
        box.special = body_of(7, lambda tag: fetch_line(7, len(raw), NINE, raw, wrong) + tag + b" OK done\r\n")
        done = office.poll()
        assert done.taken == () and done.problems and office.known() == frozenset() and office.archived == []
        logins = box.verbs().count("LOGIN")
        box.special = None
        assert office.subjects(office.poll()) == ["right"] and box.verbs().count("LOGIN") > logins, "on a new connection"


@pytest.mark.shows("F03")
@pytest.mark.parametrize("lie", ["literal", "size", "both"])
def test_a_server_that_claims_six_gigabytes_costs_no_memory(box: ScriptedMailbox, make_house: Make, lie: str) -> None:
    six = 6_000_000_000
    box.put(7, mail("huge"))
    box.put(8, mail("after it"))
    raw = box.mails[7][0]
    size, literal = six if lie != "literal" else len(raw), six if lie != "size" else None

    def special(tag: bytes, line: bytes) -> bytes | None:
        if b"UID FETCH" not in line or b"7" not in line.split()[3]:
            return None
        others = b"".join(box.described(uid, b"BODY" in line) for uid in box.asked(line) if uid != 7)
        return fetch_line(7, size, NINE, raw if b"BODY" in line else None, literal if b"BODY" in line else None) + others + tag + b" OK done\r\n"

    box.special = special
    with office_at(make_house, box) as office:
        tracemalloc.start()
        try:
            done = office.poll()
            if lie == "literal":  # the connection cannot be used after that: the other mail comes with the next round
                assert done.taken == () and done.temporary
                done = office.poll()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert office.subjects(done) == ["after it"] and peak < 50_000_000
        assert len(office.known()) == 1
        if lie != "literal":
            assert any("6000.0 MB" in line for line in done.problems) and any("6000.0 MB" in line for line in office.unwell())
            assert not any(b" UID FETCH 7 (RFC822.SIZE INTERNALDATE BODY" in line for line in box.heard), "it was not even asked for"


@pytest.mark.shows("F04")
@pytest.mark.parametrize("where", [0, 30, 700], ids=["greeting", "login", "mail"])
def test_a_server_that_drips_meets_one_deadline_for_the_whole(box: ScriptedMailbox, make_house: Make, where: int) -> None:
    """One byte each 0.1 s never trips the time-out of a single read (3 s); the deadline for all of it (0.8 s) does."""
    box.put(1, mail("slow", "一行字\n" * 500))
    dripping = Faults(drip=0.1, drip_after=where)
    with box.serve() as server, FaultProxy(server.port, dripping) as proxy, polled_office(make_house, proxy.port, deadline=0.8) as office:
        began = time.monotonic()
        done = office.poll()
        assert done.temporary and done.taken == () and office.archived == [] and time.monotonic() - began < 8
        proxy.faults = Faults()
        assert office.subjects(office.poll()) == ["slow"]


@pytest.mark.shows("F06", "P2")
def test_a_mailbox_built_anew_under_the_same_uidvalidity_hides_no_mail(box: ScriptedMailbox, make_house: Make) -> None:
    """163 says UIDVALIDITY 1 for ever: after the rebuild UIDs mean other mails; a mail that moved is known by its bytes."""
    same = b"Subject: same size\r\n\r\n"
    box.put(1, mail("first"))
    box.put(2, mail("second"))
    box.put(3, same + b"a")
    with office_at(make_house, box) as office:
        assert len(office.poll().taken) == 3
        first, second = box.mails[1], box.mails[2]
        box.mails = {1: second, 2: (mail("third mail"), NINE), 3: (same + b"b", NINE.replace(minute=1)), 4: first}
        done = office.poll()
        by_subject = {noted.subject: noted.disposition for noted in done.taken}
        assert by_subject["first"] == by_subject["second"] == "duplicate"
        assert by_subject["third mail"] == "foreign" and by_subject["same size"] == "foreign"
        assert office.poll().taken == () and not done.problems


@pytest.mark.shows("F06")
def test_a_mail_that_is_another_one_by_the_time_it_is_fetched_is_not_taken_for_the_listed_one(box: ScriptedMailbox, make_house: Make) -> None:
    box.put(1, mail("listed"))
    other = mail("another mail, and a longer one")
    box.special = body_of(1, lambda tag: fetch_line(1, len(other), NINE, other) + tag + b" OK done\r\n")
    with office_at(make_house, box) as office:
        assert office.poll().taken == () and office.archived == []
        box.special, box.mails = None, {1: (other, NINE)}
        assert office.subjects(office.poll()) == ["another mail, and a longer one"]
        assert office.unfetched() == {}, "what lay there before is gone"


@pytest.mark.shows("F07", "F08")
def test_the_same_bytes_twice_are_one_submission_and_other_bytes_under_one_message_id_are_two(box: ScriptedMailbox, make_house: Make) -> None:
    unit = {"sender": "xinzhen@units.example", "Message_ID": "<one@units.example>"}
    question = mail("请教", "请问怎么填？", **unit)
    box.put(1, question)
    with office_at(make_house, box) as office:
        office.poll()
        letters = len(office.house.ledger.letters_listed())
        box.put(2, question)
        box.put(3, mail("再请教", "请问另一张表怎么填？", **unit))
        done = office.poll()
        assert [noted.disposition for noted in done.taken] == ["duplicate", "inquiry"]
        assert len(office.archived) == 2 and len(office.known()) == 3
        again = office.house.ledger.letters_listed()[letters:]
        assert len([letter for letter in again if letter.recipient == "xinzhen@units.example"]) == 1


@pytest.mark.shows("F09", "P2")
@pytest.mark.parametrize("uidnext", [False, True])
def test_a_mail_that_staff_removed_before_it_was_fetched_is_noted_once(box: ScriptedMailbox, make_house: Make, uidnext: bool) -> None:
    box.uidnext = uidnext
    box.put(5, mail("removed"))
    box.put(6, mail("stays"))

    def special(tag: bytes, line: bytes) -> bytes | None:
        if b"UID FETCH 5 " in line and b"BODY" in line:
            box.mails.pop(5, None)
        return None

    box.special = special
    with office_at(make_house, box) as office:
        first = office.poll()
        assert office.subjects(first) == ["stays"] and first.problems == () and not first.temporary
        second = office.poll()
        assert [p for p in second.problems if p.startswith("有 1 封信在取回之前已不在原处（收件箱，4月1日 09:00")] and not second.temporary
        third = office.poll()
        assert third.problems == () and third.unaccounted == 0 and office.unfetched() == {}


@pytest.mark.shows("P2", "F09")
def test_a_mail_that_vanished_before_it_was_fetched_stands_in_one_digest_whenever_the_program_ended(box: ScriptedMailbox, make_house: Make) -> None:
    box.put(5, mail("removed"))
    box.special = hangs(5)
    with office_at(make_house, box) as office:
        office.poll()
    del box.mails[5]
    box.special = None
    told = lambda: [line for line in office.unwell() if "在取回之前已不在原处（收件箱，4月1日 09:00" in line]  # noqa: E731
    with office_at(make_house, box) as office:
        office.poll()  # what this round said nobody heard
    with office_at(make_house, box) as office:
        for _ in range(3):
            assert office.poll(hours=1).problems == () and len(told()) == 1
        office.house.digesting().write()
        office.poll(hours=1)
        assert told() == [] and office.house.ledger.unfetched("nmyxjg@163.com") == {}


@pytest.mark.shows("F11")
@pytest.mark.parametrize("words", [b"NO LOGIN Login error or password error", b"NO LOGIN Unsafe Login. Please contact kefu@188.com for help"])
def test_a_refused_login_is_tried_ever_less_often_and_never_twice_in_a_round(box: ScriptedMailbox, make_house: Make, words: bytes) -> None:
    box.special = lambda tag, line: tag + b" " + words + b"\r\n" if b" LOGIN " in line else None
    with office_at(make_house, box) as office:
        worker = replace(office.worker, hurry=False, ticking=lambda: office.ticks[0], patience={})
        told = []
        for _ in range(37):  # three hours, a tick each five minutes
            told.append(bool(worker.once().problems))
            office.ticks[0] += 300
        assert box.verbs().count("LOGIN") == sum(told) == 8
        tried = [5 * n for n, yes in enumerate(told) if yes]
        assert tried == [0, 5, 20, 50, 80, 110, 140, 170]
        box.special = None
        office.ticks[0] += 1800
        assert not worker.once().problems


@pytest.mark.shows("F13")
def test_what_a_server_says_unasked_is_not_taken_for_the_mail(box: ScriptedMailbox, make_house: Make) -> None:
    """Foreign FETCH data, counts, alerts, and the answers to a listing in any order: each mail goes by its UID."""
    for uid in (3, 4, 5):
        box.put(uid, mail(f"mail {uid}"))

    def special(tag: bytes, line: bytes) -> bytes | None:
        if b"UID FETCH" not in line:
            return None
        body = b"BODY" in line
        mine = [box.described(uid, body) for uid in reversed(list(box.asked(line)))]
        noise = fetch_line(99, 5, NINE, b"alien" if body else None) + b"* 4 EXISTS\r\n* OK [ALERT] disk is full\r\n* 2 FETCH (FLAGS (\\Seen))\r\n"
        return noise + b"".join(mine) + noise + tag + b" OK done\r\n"

    box.special = special
    with office_at(make_house, box) as office:
        assert sorted(office.subjects(office.poll())) == ["mail 3", "mail 4", "mail 5"]
        assert {place.uid for place in office.known()} == {3, 4, 5} and len(office.archived) == 3


@pytest.mark.shows("F14")
@pytest.mark.parametrize(("said", "at"), [
    *[(b"* BYE Autologout, too many connections\r\n", at) for at in (b"LOGIN", b"EXAMINE", b"SEARCH", b"BODY")],
    *[(b"NO [ALERT] Too many requests, try later", at) for at in (b"EXAMINE", b"SEARCH", b"BODY")],
    *[(b"NO [LIMIT] slow down", at) for at in (b"LOGIN", b"EXAMINE", b"BODY")],
])  # fmt: skip
def test_a_server_that_wants_to_be_left_alone_is_and_the_next_poll_goes_on(box: ScriptedMailbox, make_house: Make, said: bytes, at: bytes) -> None:
    """An unknown NO at LOGIN is no throttling but a refused login (test_imap.py)."""
    box.put(1, mail("patient"))
    times = [0]

    def special(tag: bytes, line: bytes) -> bytes | None:
        if at not in line:
            return None
        times[0] += 1
        if said.startswith(b"*") and times[0] > 1:
            raise Hang
        return said if said.startswith(b"*") else tag + b" " + said + b"\r\n"

    box.special = special
    with office_at(make_house, box, timeout=0.4) as office:
        done = office.poll()
        assert done.taken == () and done.problems
        assert box.verbs().count("LOGIN") == 1, "no storm"
        box.special = None
        assert office.subjects(office.poll()) == ["patient"]


# --- a mail that cannot be had again and again


@pytest.mark.shows("P2", "P10")
@pytest.mark.parametrize("poison", ["hangs up", "gives nothing", "wrong length"])
@pytest.mark.parametrize("uidnext", [False, True], ids=["as 163", "with UIDNEXT"])
def test_a_mail_that_cannot_be_fetched_hinders_three_rounds_at_most_is_told_once_and_stays_in_sight(
    box: ScriptedMailbox, make_house: Make, poison: str, uidnext: bool
) -> None:
    box.uidnext = uidnext
    raw = mail("poison")
    box.put(1, raw)
    for uid in (2, 3):
        box.put(uid, mail(f"mail {uid}"))
    box.special = {
        "hangs up": hangs(1),
        "gives nothing": body_of(1, lambda tag: tag + b" OK done\r\n"),
        "wrong length": body_of(1, lambda tag: fetch_line(1, len(raw), NINE, raw, len(raw) - 1) + tag + b" OK done\r\n"),
    }[poison]
    asked = lambda: sum(b" UID FETCH 1 (" in line and b"BODY" in line for line in box.heard)  # noqa: E731
    with office_at(make_house, box, timeout=0.4) as office:
        taken = [*office.subjects(office.poll()), *office.subjects(office.poll())]
        assert sorted(taken) == ["mail 2", "mail 3"], "at the latest the second round has what lies behind it"
        third = office.poll()
        told = [line for line in third.problems if line.startswith("有一封信取不回来（收件箱，4月1日 09:00 收到")]
        assert len(told) == 1 and asked() == PATIENCE
        assert [line for line in office.unwell() if "取不回来" in line and "收件箱，4月1日 09:00" in line]
        box.put(4, mail("mail 4"))
        quiet = office.poll(minutes=5)
        assert office.subjects(quiet) == ["mail 4"] and quiet.problems == () and not quiet.temporary and asked() == PATIENCE
        for _ in range(3):
            assert office.poll(hours=1).problems == ()
        assert asked() == PATIENCE + 3, "it is asked for again each hour"
        if uidnext:
            page = office.house.ledger.bookmark("nmyxjg@163.com", "INBOX")
            assert page is not None and page.uidnext == 5, "the bookmark went on"
        box.special = None
        assert office.subjects(office.poll(hours=1)) == ["poison"]
        assert office.unfetched() == {} and not [line for line in office.unwell() if "取不回来" in line]
        assert office.poll().taken == ()


@pytest.mark.shows("P2")
@pytest.mark.parametrize("then", ["comes", "vanishes"])
def test_a_held_mail_is_asked_for_though_no_listing_reaches_back_to_it_and_its_end_is_told(
    box: ScriptedMailbox, make_house: Make, then: str
) -> None:
    box.uidnext = True
    box.put(1, mail("poison"))
    box.special = hangs(1)
    with office_at(make_house, box) as office:
        for _ in range(PATIENCE):
            office.poll()
        box.put(2, mail("later", "x"), NINE.replace(month=6))
        assert office.subjects(office.poll(days=62)) == ["later"] and len(office.unfetched()) == 1
        box.special = None
        if then == "comes":
            assert office.subjects(office.poll(hours=1)) == ["poison"]
        else:
            del box.mails[1]
            told = office.poll(hours=1).problems
            assert [line for line in told if line.startswith("有 1 封信在取回之前已不在原处（收件箱，4月1日 09:00")]
        assert office.unfetched() == {} and office.poll(hours=1).problems == ()


@pytest.mark.shows("P2", "P10")
def test_many_mails_that_cost_the_connection_bring_no_storm_of_logins(box: ScriptedMailbox, make_house: Make) -> None:
    for uid in range(1, 30):
        box.put(uid, mail(f"mail {uid}"))

    def special(tag: bytes, line: bytes) -> bytes | None:
        if b"UID FETCH" in line and b"BODY" in line:
            raw = mail("wrong")
            return fetch_line(int(line.split()[3]), len(raw), NINE, raw, len(raw) + 1) + tag + b" OK done\r\n"
        return None

    box.special = special
    with office_at(make_house, box, timeout=0.4) as office:
        before = box.verbs().count("LOGIN")
        assert office.poll().temporary and box.verbs().count("LOGIN") - before <= 3
        box.special = None
        assert len(office.poll().taken) == 29


@pytest.mark.shows("P2")
def test_after_each_poll_every_mail_listed_has_ended_in_one_place_and_it_is_told_when_not(box: ScriptedMailbox, make_house: Make) -> None:
    """A fault of ours is planted: the ledger forgets to mark where a mail lies. The bookmark stays, the sum is wrong, staff hear of it."""
    box.uidnext = True
    box.put(1, mail("one"))
    with office_at(make_house, box) as office:
        assert office.poll().unaccounted == 0
        page = office.house.ledger.bookmark("nmyxjg@163.com", "INBOX")
        box.put(2, mail("two"))
        ledger = office.house.ledger
        right = ledger.record
        ledger.record = lambda record: right(replace(record, sighting=None))  # type: ignore[method-assign]
        wrong = office.poll()
        assert wrong.unaccounted == 1 and wrong.temporary and ledger.unaccounted() == 1
        assert "有 1 封信列在邮箱里却没有下落，下一轮会重新列出再取；一直这样，请把日志交给维护人员。" in wrong.problems
        assert any("没有下落" in line for line in office.unwell())
        assert office.house.ledger.bookmark("nmyxjg@163.com", "INBOX") == page
        del ledger.record
        again = office.poll()
        assert [noted.disposition for noted in again.taken] == ["duplicate"] and again.unaccounted == ledger.unaccounted() == 0
