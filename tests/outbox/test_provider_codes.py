"""The provider's letter codes (china-mail.md §2), row by row over a real socket: what becomes of the letter, of all letters, of the
address."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from outbox.conftest import UNIT, Bureau
from outbox.test_manners import put

from mailbot.adapters.embedded import EmbeddedMail
from mailbot.adapters.smtp import SmtpSender
from mailbot.domain.errors import SendError
from mailbot.domain.servers import Server

Make = Callable[..., Bureau]
BOT = "nmyxjg@163.com"
TOMORROW = "tomorrow"
# answer to DATA -> state of the letter, what staff are to do, minutes until any letter goes again (None: at once)
ROWS: list[tuple[str, str, str, int | str | None]] = [
    *((f"421 HL:{code} 163 smtp2", "waiting", "", 30) for code in ("ICC", "IFC", "REP", "MEP")),
    *((f"{number} {code} 163", "waiting", "", None) for number in (450, 451) for code in ("MI:DMC", "RP:DRC", "MI:CEL", "MI:CCL", "RP:CCL")),
    ("451 MI:SFQ 163 smtp", "waiting", "", 20),
    ("451 RP:QRC 163", "waiting", "", 60),
    ("451 DT:SPM 163 please try again", "waiting", "review", None),
    ("450 DT:SPM 163", "waiting", "review", None),
    ("550 RP:RCL 163", "failed", "alert", None),
    *((f"{number} {code} 163", "waiting", "alert", TOMORROW) for number in (550, 554) for code in ("MI:STC", "RP:TRC")),
    *((f"{number} DT:SPM 163", "failed", "alert", None) for number in (550, 554)),
    *((f"554 {code} 163", "waiting", "alert", TOMORROW) for code in ("HL:IHU", "HL:IPB", "HL:ITC", "IP in blacklist", "MI:SPB")),
    ("450 WM:BLU 163", "waiting", "alert", TOMORROW),
    *((f"550 {text}", "failed", "bad-address", None) for text in ("Invalid User", "User suspended", "5.1.1 no such mailbox")),
    *((f"552 {text}", "failed", "fix-content", None) for text in ("Illegal Attachment", "Requested mail action aborted: exceeded mailsize limit")),
    ("553 NULL sender is not allowed", "waiting", "alert", 60),
    ("554 DT:SUM 163", "failed", "alert", None),
    ("451 4.3.2 too busy", "waiting", "", None),
    ("571 whatever", "failed", "alert", None),
]


@pytest.fixture(scope="module")
def provider() -> "EmbeddedMail":  # type: ignore[misc]
    with EmbeddedMail({BOT: "pw", UNIT: "pw", "zhian@units.example": "pw"}, netease=True) as mail:
        yield mail


@pytest.mark.shows("F15", "F16")
@pytest.mark.parametrize(("answer", "state", "action", "wait"), ROWS, ids=[row[0] for row in ROWS])
def test_what_a_code_does(bureau: Make, provider: EmbeddedMail, answer: str, state: str, action: str, wait: int | str | None) -> None:
    office = bureau("2024-03-28T22:00:00")
    postman = SmtpSender(Server("127.0.0.1", provider.smtp_port, BOT, "pw", "plain"), BOT)
    outbox = replace(office.outbox(), connect=lambda: postman)
    put(office.house.ledger, "reminder", UNIT, 1, office, "xinzhen")
    put(office.house.ledger, "reminder", "zhian@units.example", 2, office, "zhian")
    provider.answer_next(answer)
    asked = office.now
    told = outbox.flush()
    first, second = office.listed()
    assert (first.state, first.action) == (state, action) and told.problems
    assert second.state == ("sent" if wait is None else "waiting") and told.unreachable is (wait is not None)
    held = office.house.ledger.held_until()
    if wait is None:
        assert held is None
    elif wait == TOMORROW:
        assert held == asked.replace(hour=0, minute=10) + timedelta(days=1)
    else:
        assert held == asked + timedelta(minutes=int(wait))
    assert [b.address for b in office.house.ledger.bad_addresses()] == ([UNIT] if action == "bad-address" else [])


def test_a_server_that_takes_fewer_mails_in_a_connection_gets_fewer(provider: EmbeddedMail) -> None:
    from tests.servers.faultproxy import FaultProxy

    raw = b"From: nmyxjg@163.com\r\nSubject: x\r\n\r\nx\r\n"
    with FaultProxy(provider.smtp_port) as proxy, SmtpSender(Server("127.0.0.1", proxy.port, BOT, "pw", "plain"), BOT) as sender:
        for _ in range(2):
            sender.send(raw, UNIT)
        provider.answer_next("450 MI:DMC 163")
        with pytest.raises(SendError):
            sender.send(raw, UNIT)
        for _ in range(4):
            sender.send(raw, UNIT)
        assert proxy.connections == 3  # of two mails each


@pytest.mark.shows("F11")
def test_a_refused_login_is_not_tried_again_for_a_while(bureau: Make, provider: EmbeddedMail) -> None:
    office = bureau()
    outbox = replace(office.outbox(), connect=lambda: SmtpSender(Server("127.0.0.1", provider.smtp_port, BOT, "wrong", "plain"), BOT))
    put(office.house.ledger, "reminder", UNIT, 1, office, "xinzhen")
    told = outbox.flush()
    assert "授权码" in told.problems[0] and told.unreachable and office.states() == ["waiting"]
    assert outbox.flush().problems == () and office.house.ledger.held_until() == office.now + timedelta(minutes=2)
