"""What a server may say after the final dot, and one that never stops dripping (reliability.md P7, F04, F17)."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from mailbot.adapters.smtp import SmtpSender
from mailbot.domain.errors import SendError
from mailbot.domain.servers import Server
from tests.servers.scripted_smtp import ScriptedSmtp

RAW = b"From: nmyxjg@163.com\r\nTo: xinzhen@units.example\r\nSubject: x\r\n\r\nx\r\n"


def offered(answer: bytes) -> None:
    smtp = ScriptedSmtp({"DOT": answer})
    with smtp.serve() as server, SmtpSender(Server("127.0.0.1", server.port, "", "", "plain", None, 3.0), "nmyxjg@163.com") as sender:
        sender.send(RAW, "xinzhen@units.example")


@pytest.mark.shows("P7", "F17")
@pytest.mark.parametrize("answer", [b"250 ok", b"251 will forward", b"252 taken", b"200 ok", b"250"])
def test_whatever_yes_a_server_says_after_the_dot_the_letter_is_out(answer: bytes) -> None:
    offered(answer)


@pytest.mark.shows("P7", "F17")
@pytest.mark.parametrize("answer", [b"", b"ok", b"scanned by a proxy", b"354 go on", b"999 what", b"2", b"250-" + b"x" * 9000])
def test_what_is_no_answer_after_the_dot_leaves_it_open_whether_the_letter_is_out(answer: bytes) -> None:
    with pytest.raises(SendError) as problem:
        offered(answer)
    assert problem.value.kind == "ambiguous"


@contextmanager
def dripping(said: bytes, drop: bytes) -> Iterator[int]:
    """A server that says `said` and then `drop` again and again, each well within a read's time."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    connection.sendall(said)
                    while True:
                        connection.sendall(drop)
                        time.sleep(0.05)

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]


@pytest.mark.shows("F04")
@pytest.mark.parametrize(("said", "drop"), [(b"", b"220-hi\r\n"), (b"220 hi\r\n", b"250-x\r\n"), (b"220 hi\r\n250 x\r\n", b"2")])
def test_a_server_that_drips_for_ever_is_hung_up_on(said: bytes, drop: bytes) -> None:
    with dripping(said, drop) as port:
        sender = SmtpSender(Server("127.0.0.1", port, "", "", "plain", None, 3.0), "nmyxjg@163.com", talk=0.5)
        begun = time.monotonic()
        with pytest.raises(SendError) as problem:
            sender.send(RAW, "xinzhen@units.example")
    assert problem.value.kind == "temporary" and time.monotonic() - begun < 10


@pytest.mark.shows("F04", "F17")
def test_a_server_that_drips_after_the_dot_has_perhaps_taken_the_letter() -> None:
    with dripping(b"220 hi\r\n250 hi\r\n250 ok\r\n250 ok\r\n354 go\r\n", b"250-x\r\n") as port:
        sender = SmtpSender(Server("127.0.0.1", port, "", "", "plain", None, 3.0), "nmyxjg@163.com", answer_timeout=0.5)
        with pytest.raises(SendError) as problem:
            sender.send(RAW, "xinzhen@units.example")
    assert problem.value.kind == "ambiguous"
