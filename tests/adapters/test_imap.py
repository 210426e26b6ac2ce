"""The mailbox over real sockets: embedded servers for what works, scripted servers and a breaking proxy for what does not."""

import dataclasses
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mailbot.adapters.embedded import EmbeddedMail
from mailbot.adapters.imap import ImapMailbox
from mailbot.adapters.imap.answers import UNKNOWN_TIME
from mailbot.domain.errors import (
    ConnectionLost,
    FolderMissing,
    LoginRefused,
    MailboxConfused,
    MailboxError,
    MailTooLarge,
    ServerSettingsError,
    TlsFailed,
    UnsafeLogin,
)
from mailbot.domain.mail import Place
from mailbot.domain.servers import Server
from tests.servers.certificate import self_signed
from tests.servers.faultproxy import FaultProxy, Faults
from tests.servers.reading import fetched, names
from tests.servers.scripted import Scripted, imap_answers

BOT = "bot@office.example"
RAW = b"From: unit@units.example\r\nSubject: x\r\n\r\n" + "八仙筒".encode("gbk") + b"\r\n" * 3
BIG = b"Subject: big\r\n\r\n" + b"0123456789abcdef\r\n" * 6000
MARCH = date(2024, 3, 1)
LIMIT = 1_000_000


def server(port: int, **changes: object) -> Server:
    plain = Server("127.0.0.1", port, BOT, "secret", "plain", None, 5.0)
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


@pytest.fixture(params=[False, True], ids=["plain", "netease"])
def mail(request: pytest.FixtureRequest) -> Iterator[EmbeddedMail]:
    with EmbeddedMail({BOT: "secret"}, netease=request.param) as running:
        yield running


def test_places_and_bytes(mail: EmbeddedMail) -> None:
    moments = [datetime(2024, 2, 29, 15, 59, tzinfo=UTC), datetime(2024, 2, 29, 16, 1, tzinfo=UTC), datetime(2024, 3, 9, tzinfo=UTC)]
    for number, moment in enumerate(moments):
        mail.deliver(BOT, RAW + b"%d\r\n" % number, moment)
    with ImapMailbox(server(mail.imap_port)) as box:
        places = box.places("INBOX", MARCH)
        assert [p.internaldate for p in places] == moments[1:], "the day is a day in China"
        assert [fetched(box, p, LIMIT) for p in places] == [RAW + b"1\r\n", RAW + b"2\r\n"]
        assert box.count("INBOX") == 3
        assert box._client.folder_status("INBOX", ["UNSEEN"]) == {b"UNSEEN": 3}
    assert all(p.folder == "INBOX" and p.size == len(RAW) + 3 and p.uidvalidity for p in places)


def test_empty_folder(mail: EmbeddedMail) -> None:
    with ImapMailbox(server(mail.imap_port)) as box:
        assert box.places("INBOX", MARCH) == ()


def test_many_mails(mail: EmbeddedMail) -> None:
    for number in range(620):
        mail.deliver(BOT, b"Subject: %d\r\n\r\n" % number)
    with ImapMailbox(server(mail.imap_port)) as box:
        places = box.places("INBOX", MARCH)
        assert len(places) == 620
        assert list(places) == sorted(places, key=lambda p: p.uid)


def test_junk_folders_are_polled(mail: EmbeddedMail) -> None:
    if not mail.netease:
        for name in ("Spam", "项目/其他"):
            mail.create_folder(BOT, name)
    with ImapMailbox(server(mail.imap_port)) as box:
        assert names(box) == (("INBOX", "垃圾邮件", "病毒文件夹", "广告邮件") if mail.netease else ("INBOX", "Spam"))
        assert names(box, ("INBOX",)) == ("INBOX",)
        if mail.netease:
            assert names(box, ("Junk",)) == ("INBOX", "垃圾邮件"), "by its flag"
            mail.deliver(BOT, RAW, folder="垃圾邮件")
            (place,) = box.places("垃圾邮件", MARCH)
            assert fetched(box, place, LIMIT) == RAW


@pytest.mark.shows("F09")
def test_vanished_mail_is_none(mail: EmbeddedMail) -> None:
    mail.deliver(BOT, RAW)
    with ImapMailbox(server(mail.imap_port)) as box:
        (place,) = box.places("INBOX", MARCH)
        assert fetched(box, dataclasses.replace(place, uid=place.uid + 50), LIMIT) is None
    mail.remove(BOT)
    with ImapMailbox(server(mail.imap_port)) as box:
        assert fetched(box, place, LIMIT) is None


@pytest.mark.shows("F03")
def test_too_large_is_not_fetched(mail: EmbeddedMail) -> None:
    mail.deliver(BOT, BIG)
    with ImapMailbox(server(mail.imap_port)) as box:
        (place,) = box.places("INBOX", MARCH)
        with pytest.raises(MailTooLarge) as caught:
            fetched(box, place, 1000)
        assert not caught.value.temporary
        assert fetched(box, place, LIMIT) == BIG


def test_a_large_mail_comes_in_pieces(mail: EmbeddedMail) -> None:
    large = b"Subject: large\r\n\r\n" + b"0123456789abcdef\r\n" * 150_000
    mail.deliver(BOT, large)
    with ImapMailbox(server(mail.imap_port)) as box:
        (place,) = box.places("INBOX", MARCH)
        pieces = list(box.fetch(place, len(large)) or ())
    assert b"".join(pieces) == large
    assert max(map(len, pieces)) <= 1_000_000 and len(pieces) == 3


def test_only_mail_from_a_uid_on_is_listed() -> None:
    """Never asked of NetEase, which does not say UIDNEXT and searches by date only."""
    with EmbeddedMail({BOT: "secret"}) as mail, ImapMailbox(server(mail.imap_port)) as box:
        for number in range(5):
            mail.deliver(BOT, RAW + b"%d" % number)
        places = box.places("INBOX", MARCH)
        assert box.places("INBOX", MARCH, places[2].uid) == places[2:]
        assert box.places("INBOX", MARCH, places[-1].uid + 1) == (), "n:* names the last mail even where n is above it"


def test_the_state_of_a_folder_says_whether_something_came(mail: EmbeddedMail) -> None:
    with ImapMailbox(server(mail.imap_port)) as box:
        before = box.state("INBOX")
        mail.deliver(BOT, RAW)
        after = box.state("INBOX")
    assert before.uidvalidity == after.uidvalidity
    if mail.netease:
        assert before.uidnext is None and after.uidnext is None, "NetEase does not say it"
    else:
        assert before.uidnext is not None and after.uidnext == before.uidnext + 1


@pytest.mark.shows("F06")
def test_another_mail_under_the_same_uid(mail: EmbeddedMail) -> None:
    mail.deliver(BOT, RAW)
    with ImapMailbox(server(mail.imap_port)) as box:
        (place,) = box.places("INBOX", MARCH)
        for stale in (
            dataclasses.replace(place, size=place.size + 1),
            dataclasses.replace(place, internaldate=datetime(2024, 1, 1, tzinfo=UTC)),
            dataclasses.replace(place, uidvalidity=99),
        ):
            with pytest.raises(MailboxConfused) as caught:
                fetched(box, stale, LIMIT)
            assert caught.value.temporary
        assert fetched(box, place, LIMIT) == RAW, "the mailbox goes on by itself"


def test_wrong_password(mail: EmbeddedMail) -> None:
    for password in ("wrong", "中文密码"):
        with pytest.raises(LoginRefused, match="授权码") as caught, ImapMailbox(server(mail.imap_port, password=password)):
            pass
        assert not caught.value.temporary


@pytest.mark.shows("F10")
def test_missing_folder(mail: EmbeddedMail) -> None:
    with ImapMailbox(server(mail.imap_port)) as box:
        with pytest.raises(FolderMissing, match="报送箱") as caught:
            box.places("报送箱", MARCH)
        assert not caught.value.temporary
        assert box.places("INBOX", MARCH) == ()


@pytest.mark.shows("F12")
def test_plain_only_on_this_machine() -> None:
    for host in ("imap.163.com", "192.168.1.9", "127.0.0.1.example.com"):
        with pytest.raises(ServerSettingsError, match="没有加密"):
            Server(host, 143, security="plain")
    for host in ("127.0.0.1", "localhost", "::1"):
        assert Server(host, 143, security="plain").is_loopback
    with pytest.raises(ServerSettingsError):
        Server("", 143)
    assert "secret" not in repr(server(143))


# --- faults: reliability.md F01-F14


@pytest.mark.shows("F01")
@pytest.mark.parametrize("cut", [1, 200, 700, 1500, 20_000, 60_000, 100_000])
def test_cut_in_mid_answer(mail: EmbeddedMail, cut: int) -> None:
    mail.deliver(BOT, BIG)
    with FaultProxy(mail.imap_port) as proxy:
        with ImapMailbox(server(mail.imap_port)) as box:
            (place,) = box.places("INBOX", MARCH)
        proxy.faults = Faults(cut_down=cut)
        with pytest.raises(ConnectionLost) as caught, ImapMailbox(server(proxy.port)) as box:
            fetched(box, place, LIMIT)
        assert caught.value.temporary
        proxy.faults = Faults()
        with ImapMailbox(server(proxy.port)) as box:
            assert fetched(box, place, LIMIT) == BIG


def test_refused_and_silent_servers(mail: EmbeddedMail) -> None:
    with FaultProxy(mail.imap_port, Faults(refuse=True)) as proxy:
        with pytest.raises(ConnectionLost), ImapMailbox(server(proxy.port)):
            pass
        proxy.faults = Faults(blackhole=True)
        started = time.monotonic()
        with pytest.raises(ConnectionLost), ImapMailbox(server(proxy.port, timeout=0.3)):
            pass
        assert time.monotonic() - started < 15
    with pytest.raises(ConnectionLost), ImapMailbox(server(proxy.port)):
        pass


def test_dropped_at_a_command_then_again(mail: EmbeddedMail) -> None:
    mail.deliver(BOT, RAW)
    with FaultProxy(mail.imap_port) as proxy, ImapMailbox(server(proxy.port)) as box:
        (place,) = box.places("INBOX", MARCH)
        proxy.faults = Faults(drop_on=b"BODY.PEEK")
        with pytest.raises(ConnectionLost):
            fetched(box, place, LIMIT)
        proxy.faults = Faults()
        assert fetched(box, place, LIMIT) == RAW, "the next call opens a new connection"


@pytest.mark.shows("F04")
def test_slow_drip_meets_the_deadline(mail: EmbeddedMail) -> None:
    mail.deliver(BOT, BIG)
    with FaultProxy(mail.imap_port) as proxy, ImapMailbox(server(proxy.port), deadline=0.5) as box:
        (place,) = box.places("INBOX", MARCH)
        proxy.faults = Faults(drip=0.02)
        started = time.monotonic()
        with pytest.raises(ConnectionLost):
            fetched(box, place, LIMIT)
        assert time.monotonic() - started < 15


@pytest.mark.shows("F03")
def test_a_huge_literal_is_refused_before_it_is_read(mail: EmbeddedMail) -> None:
    mail.deliver(BOT, BIG)
    size = b"{%d}" % len(BIG)
    with FaultProxy(mail.imap_port) as proxy, ImapMailbox(server(proxy.port)) as box:
        (place,) = box.places("INBOX", MARCH)
        proxy.faults = Faults(replace=(size, b"{6000000000}"))
        with pytest.raises(ConnectionLost):
            fetched(box, place, LIMIT)


@pytest.mark.shows("F02")
@pytest.mark.parametrize("off", [-9, -2, -1, 1, 2, 3, 40])
def test_wrong_literal_length(off: int) -> None:
    content = b"Subject: x\r\n\r\nbody)\r\n"

    def fetch(tag: bytes, verb: bytes, line: bytes) -> bytes | None:
        if verb != b"FETCH":
            return None
        head = b'* 1 FETCH (UID 7 RFC822.SIZE %d INTERNALDATE "01-Mar-2024 08:00:00 +0800"' % len(content)
        if b"BODY" not in line:
            return head + b")\r\n" + tag + b" OK done\r\n"
        return head + b" BODY[] {%d}\r\n" % (len(content) + off) + content + b")\r\n" + tag + b" OK done\r\n"

    with Scripted(b"* OK hi\r\n", imap_answers(fetch)) as wrong, ImapMailbox(server(wrong.port, timeout=0.5)) as box:
        (place,) = box.places("INBOX", MARCH)
        with pytest.raises((MailboxConfused, ConnectionLost)):
            fetched(box, place, LIMIT)


def one_mail(size: int, content: bytes, when: bytes = b'"01-Mar-2024 08:00:00 +0800"') -> Callable[[bytes, bytes, bytes], bytes | None]:
    def fetch(tag: bytes, verb: bytes, line: bytes) -> bytes | None:
        if verb != b"FETCH":
            return None
        body = b" BODY[] {%d}\r\n" % len(content) + content if b"BODY" in line else b""
        foreign = b"* 2 FETCH (UID 8 FLAGS (\\Seen) RFC822.SIZE 1)\r\n* 3 EXISTS\r\n* OK [ALERT] full\r\n"
        mine = b"* 1 FETCH (UID 7 RFC822.SIZE %d INTERNALDATE %s" % (size, when) + body + b")\r\n"
        return foreign + mine + b"* 1 FETCH (FLAGS (\\Seen))\r\n" + tag + b" OK done\r\n"

    return fetch


@pytest.mark.parametrize("second", [b"short", b"", None], ids=["too short", "empty", "gone"])
def test_a_large_mail_that_ends_early_is_not_believed(second: bytes | None) -> None:
    size = 1_900_000

    def fetch(tag: bytes, verb: bytes, line: bytes) -> bytes | None:
        if verb != b"FETCH":
            return None
        head, end = b'* 1 FETCH (UID 7 RFC822.SIZE %d INTERNALDATE "01-Mar-2024 08:00:00 +0800"' % size, b")\r\n" + tag + b" OK done\r\n"
        if b"BODY" not in line:
            return head + end
        start = int(line.partition(b"<")[2].partition(b".")[0])
        content = b"x" * 1_000_000 if start == 0 else second
        return tag + b" OK done\r\n" if content is None else head + b" BODY[]<%d> {%d}\r\n" % (start, len(content)) + content + end

    with Scripted(b"* OK hi\r\n", imap_answers(fetch)) as wrong, ImapMailbox(server(wrong.port)) as box:
        (place,) = box.places("INBOX", MARCH)
        pieces = box.fetch(place, 4_000_000)
        assert pieces is not None and len(next(pieces)) == 1_000_000
        with pytest.raises(MailboxConfused):
            list(pieces)


@pytest.mark.shows("F13")
def test_foreign_data_is_ignored_and_line_ends_may_count_double() -> None:
    content = b"a\nb\r\n"
    for size, fine in ((5, True), (4, True), (6, True), (3, False), (7, False)):
        with Scripted(b"* OK hi\r\n", imap_answers(one_mail(size, content))) as odd, ImapMailbox(server(odd.port)) as box:
            (place,) = box.places("INBOX", MARCH)
            assert place.uid == 7
            if fine:
                assert fetched(box, place, LIMIT) == content
            else:
                with pytest.raises(MailboxConfused):
                    fetched(box, place, LIMIT)


def test_unreadable_internaldate_does_not_hide_the_mail() -> None:
    with Scripted(b"* OK hi\r\n", imap_answers(one_mail(3, b"a\r\n", b'"yesterday"'))) as odd, ImapMailbox(server(odd.port)) as box:
        (place,) = box.places("INBOX", MARCH)
        assert place.internaldate == UNKNOWN_TIME
        assert fetched(box, place, LIMIT) == b"a\r\n"


@pytest.mark.parametrize(("said", "expected"), [(b"* SEARCH (none)\r\n", 0), (b"* SEARCH\r\n", 0), (b"", 0)])
def test_odd_empty_searches(said: bytes, expected: int) -> None:
    def search(tag: bytes, verb: bytes, line: bytes) -> bytes | None:
        return said + tag + b" OK done\r\n" if verb == b"SEARCH" else None

    with Scripted(b"* OK hi\r\n", imap_answers(search)) as odd, ImapMailbox(server(odd.port)) as box:
        assert len(box.places("INBOX", MARCH)) == expected


def test_search_falls_back_to_all_and_never_names_a_charset() -> None:
    mail = one_mail(3, b"a\r\n")

    def search(tag: bytes, verb: bytes, line: bytes) -> bytes | None:
        return tag + b" BAD no dates here\r\n" if b"SINCE" in line else mail(tag, verb, line)

    with Scripted(b"* OK hi\r\n", imap_answers(search)) as odd, ImapMailbox(server(odd.port)) as box:
        assert len(box.places("INBOX", MARCH)) == 1
    heard = b"".join(odd.heard)
    assert b"UID SEARCH ALL" in heard
    assert b"CHARSET" not in heard
    assert b"BODYSTRUCTURE" not in heard


@pytest.mark.shows("F11")
@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b"NO LOGIN Login error or password error", LoginRefused),
        (b"NO Login fail. Account is abnormal, service is not open, password is incorrect", LoginRefused),
        (b"NO [AUTHENTICATIONFAILED] Authentication failed.", LoginRefused),
        (b"NO something else", LoginRefused),
        (b"NO [UNAVAILABLE] backend down", MailboxError),
        (b"NO LOGIN Unsafe Login. Please contact kefu@188.com for help", UnsafeLogin),
    ],
)
def test_refused_logins(text: bytes, error: type[MailboxError]) -> None:
    def login(tag: bytes, verb: bytes, line: bytes) -> bytes | None:
        return tag + b" " + text + b"\r\n" if verb == b"LOGIN" else None

    with Scripted(b"* OK hi\r\n", imap_answers(login)) as strict, pytest.raises(MailboxError) as caught, ImapMailbox(server(strict.port)):
        pass
    assert type(caught.value) is error
    assert caught.value.temporary == (error is MailboxError)
    assert sum(b"LOGIN" in line for line in strict.heard) == 1, "one try, no storm"
    assert "@" not in caught.value.detail


@pytest.mark.shows("F11")
def test_unsafe_login_and_id_only_where_offered() -> None:
    def examine(tag: bytes, verb: bytes, line: bytes) -> bytes | None:
        return tag + b" NO SELECT Unsafe Login. Please contact kefu@188.com for help\r\n" if verb == b"EXAMINE" else None

    for capabilities, offered in ((b"IMAP4rev1", False), (b"IMAP4rev1 ID", True)):
        with Scripted(b"* OK hi\r\n", imap_answers(examine, capabilities)) as strict:
            with pytest.raises(UnsafeLogin, match="安全验证") as caught, ImapMailbox(server(strict.port)) as box:
                box.places("INBOX", MARCH)
            assert not caught.value.temporary
            introductions = [line for line in strict.heard if b" ID " in line]
            assert bool(introductions) == offered
            assert all(b'ID ("name" "mailbot" "version"' in line for line in introductions)


@pytest.mark.shows("F14")
def test_bye_is_a_lost_connection() -> None:
    def examine(tag: bytes, verb: bytes, line: bytes) -> bytes | None:
        return b"* BYE too many connections\r\n" if verb == b"EXAMINE" else None

    with Scripted(b"* OK hi\r\n", imap_answers(examine)) as tired, pytest.raises(ConnectionLost):
        ImapMailbox(server(tired.port, timeout=0.5)).places("INBOX", MARCH)


def test_place_wants_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        Place("INBOX", 1, 1, 1, datetime(2024, 1, 1))  # noqa: DTZ001


# --- TLS: F12


@pytest.mark.shows("F12")
def test_untrusted_certificate_gets_no_password(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path / "wanted")
    other = self_signed(tmp_path / "other", names="DNS:elsewhere.example")
    heard: list[bytes] = []
    for shown, trusted in ((certificate, None), (other, other[0]), (other, certificate[0])):
        with Scripted(b"* OK hi\r\n", imap_answers(lambda *_: None), shown) as impostor:
            with pytest.raises(TlsFailed, match="密码没有发出") as caught:
                ImapMailbox(server(impostor.port, host="localhost", security="tls", ca_file=trusted)).__enter__()
            assert not caught.value.temporary
            heard += impostor.heard
    assert heard == []


def test_trusted_private_authority(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    with EmbeddedMail({BOT: "secret"}, netease=True, certificate=certificate) as mail:
        mail.deliver(BOT, RAW)
        with ImapMailbox(server(mail.imap_port, security="tls", ca_file=certificate[0])) as box:
            (place,) = box.places("INBOX", MARCH)
            assert fetched(box, place, LIMIT) == RAW


@pytest.mark.shows("F12")
def test_stripped_starttls_gets_no_password() -> None:
    with Scripted(b"* OK hi\r\n", imap_answers(lambda *_: None)) as stripped, pytest.raises(TlsFailed):
        ImapMailbox(server(stripped.port, security="starttls")).__enter__()
    assert not any(b"LOGIN" in line or b"secret" in line for line in stripped.heard)


@pytest.mark.shows("F12")
def test_a_plain_server_on_the_tls_port() -> None:
    with Scripted(b"* OK hi\r\n", imap_answers(lambda *_: None)) as plain, pytest.raises((TlsFailed, ConnectionLost)):
        ImapMailbox(server(plain.port, security="tls", timeout=2)).__enter__()
    assert not any(b"secret" in line for line in plain.heard)


def test_unreadable_ca_file(tmp_path: Path) -> None:
    with pytest.raises(ServerSettingsError, match="MAILBOT_CA_FILE"):
        ImapMailbox(server(143, security="tls", ca_file=tmp_path / "none.pem")).__enter__()
