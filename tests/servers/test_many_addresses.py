"""F37 of reliability.md: a name that nobody knows, an address that swallows everything. Connecting has an end, and the next address is tried."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mailbot.adapters import network
from mailbot.adapters.imap import ImapMailbox
from mailbot.adapters.smtp import SmtpSender
from mailbot.domain.errors import ConnectionLost, SendError
from mailbot.domain.servers import Server
from tests.servers.real import missing
from tests.servers.scripted import Scripted, imap_answers
from tests.servers.scripted_smtp import ScriptedSmtp

USER = "bot@office.example"


@contextmanager
def black_hole(port: int) -> Iterator[None]:
    """On ::1 at `port`, something that answers no SYN: a listener whose queue is full, as a firewall that drops would look."""
    with socket.socket(socket.AF_INET6) as deaf:
        try:
            deaf.bind(("::1", port))
        except OSError:
            missing("this machine has no ::1")
        deaf.listen(0)
        callers = []
        for _ in range(8):
            caller = socket.socket(socket.AF_INET6)
            caller.setblocking(False)
            caller.connect_ex(("::1", port))
            callers.append(caller)
        time.sleep(0.1)
        try:
            yield
        finally:
            for caller in callers:
                caller.close()


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name server says of `mail.office.example`: ::1, then 127.0.0.1, as many a real host has both kinds of address."""
    right = socket.getaddrinfo

    def answer(host: str, port: int, *args: object, **more: object) -> list[object]:
        if host != "mail.office.example":
            return list(right(host, port, *args, **more))  # type: ignore[arg-type]
        return [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", port, 0, 0)), (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


def server(port: int, host: str = "mail.office.example") -> Server:
    made = Server("127.0.0.1", port, USER, "secret", "plain", None, 5.0)
    object.__setattr__(made, "host", host)  # plain to a name of the test's own: it leads to this machine only
    return made


@pytest.mark.shows("F37")
@pytest.mark.parametrize("protocol", ["imap", "smtp"])
@pytest.mark.usefixtures("named")
def test_behind_an_address_that_swallows_everything_the_next_one_is_tried(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "CONNECT_TIMEOUT", 0.5)
    served = Scripted(b"* OK hi\r\n", imap_answers(lambda *_: None)) if protocol == "imap" else ScriptedSmtp().serve()
    with served as answering, black_hole(answering.port):
        began = time.monotonic()
        if protocol == "imap":
            with ImapMailbox(server(answering.port)) as box:
                assert box.count("INBOX") == 1
        else:
            with SmtpSender(server(answering.port), USER) as sender:
                sender.send(b"Subject: x\r\n\r\nx\r\n", "unit@units.example")
        assert 0.4 < time.monotonic() - began < 4, "the first address cost its time, no more"


@pytest.mark.shows("F37")
def test_connecting_ends_after_a_while_for_each_address() -> None:
    assert network.CONNECT_TIMEOUT <= 30


@pytest.mark.shows("F37")
@pytest.mark.parametrize("again", [socket.EAI_NONAME, socket.EAI_AGAIN])
def test_a_name_server_that_fails_is_told_as_such_and_may_be_asked_again(again: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(again, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    with pytest.raises(ConnectionLost) as lost, ImapMailbox(server(143)):
        pass
    assert lost.value.temporary and lost.value.cause == "no-name"
    with pytest.raises(SendError) as unsent:
        SmtpSender(server(25), USER).check()
    assert (unsent.value.kind, unsent.value.cause) == ("temporary", "no-name")
