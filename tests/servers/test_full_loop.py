"""The whole job on real servers: log in to Dovecot, fetch, decide, answer by a real SMTP server, the answer lies in the
unit's mailbox; on SQLite and on PostgreSQL."""

import dataclasses
from collections.abc import Callable
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import quote

import pytest
from stories.conftest import compose

from mailbot.app import status
from mailbot.app.demo import papers
from mailbot.app.demo.scan import Page, stamped_jpeg
from mailbot.app.wiring import House
from mailbot.app.worker import Round
from mailbot.domain.periods import SHANGHAI

UNIT = "xinzhen@units.example"
NAMES = {"xinzhen": "新镇市场监管所", "zhian": "治安市场监管所"}


def environment(real_mail: Any) -> dict[str, str]:
    user = quote(real_mail.user, safe="")
    return {
        "MAILBOT_IMAP_URL": f"imaps://{user}@{real_mail.imap_host}:{real_mail.imap_port}",
        "MAILBOT_IMAP_PASSWORD": real_mail.password,
        "MAILBOT_SMTP_URL": f"smtp://{user}@{real_mail.smtp_host}:{real_mail.smtp_port}",
        "MAILBOT_SMTP_PASSWORD": real_mail.password,
        "MAILBOT_CA_FILE": str(real_mail.ca_file),
        "MAILBOT_SENDING": "live",
    }


def go_through(real_mail: Any, house: House, unit: str) -> None:
    """`unit` keeps the mails of this run apart: the mailbox of the session fills up."""
    tag, address, name = f"{unit}.loop", f"{unit}@units.example", NAMES[unit]

    def kinds(done: Round) -> list[str]:
        return [t.reply for t in done.taken if tag in t.message_id]

    now = house.clock()
    paper = papers.risk_list_docx(unit=name, reported_on=date(2024, 3, 28), title="2024年第一季度“两品一械”风险隐患排查问题清单")
    scan = stamped_jpeg(Page(title="清单", lines=(), seal=name))
    when = f"{now - timedelta(minutes=1):%Y-%m-%dT%H:%M:%S}"
    with house.intake() as intake:
        worker = dataclasses.replace(house, pause=lambda _: None).worker(intake, lambda done, total: None)
        real_mail.deliver(real_mail.user, compose(address, files={"清单.docx": paper}, when=when, message_id=f"<one.{tag}@units.example>"))
        first = worker.once()
        assert kinds(first) == ["missing"] and first.flushed.sent >= 1, first.problems
        real_mail.deliver(real_mail.user, compose(address, "材料", "", {"IMG_1.jpg": scan}, when=when, message_id=f"<two.{tag}@units.example>"))
        second = worker.once()
        assert kinds(second) == ["receipt"] and second.flushed.sent == 1, second.problems
        assert worker.once().taken == ()
    letters = [message_from_bytes(raw, policy=policy.default) for raw in real_mail.mails(address)]
    mine = {m["In-Reply-To"]: m["Auto-Submitted"] for m in letters if tag in (m["In-Reply-To"] or "")}  # other tests write to the unit, too
    assert mine == {f"<{number}.{tag}@units.example>": "auto-replied" for number in ("one", "two")}
    done = status.standings(house.rules, house.ledger, now + timedelta(minutes=5), unit=unit, duty="risk-list")
    assert [s.state for s in done if s.obligation.period.id == "2024Q1"] == ["complete-late"]
    house.ledger.close()


def real_now() -> str:
    return f"{datetime.now(SHANGHAI) - timedelta(seconds=5):%Y-%m-%dT%H:%M:%S}"


def test_dovecot_and_a_real_smtp_server_on_sqlite(real_mail: Any, make_house: Callable[..., House]) -> None:
    go_through(real_mail, make_house(real_now(), **environment(real_mail)), "xinzhen")


def test_dovecot_and_a_real_smtp_server_on_postgresql(real_mail: Any, postgres_url: str, make_house: Callable[..., House]) -> None:
    go_through(real_mail, make_house(real_now(), MAILBOT_DATABASE_URL=postgres_url, **environment(real_mail)), "zhian")


@pytest.mark.parametrize("scheme", ["postgresql://", "postgresql+psycopg://"])
def test_the_ledger_is_the_same_on_postgresql(postgres_url: str, make_house: Callable[..., House], scheme: str) -> None:
    from stories.conftest import Story, gist

    house = make_house(MAILBOT_DATABASE_URL=postgres_url.replace("postgresql+psycopg://", scheme))
    with house.intake() as intake:
        story = Story(house, intake)
        paper = papers.risk_list_docx(unit="新镇市场监管所", reported_on=date(2024, 3, 28))
        raw = compose(UNIT, files={"清单.docx": paper}, when="2024-03-28T10:00:00")
        assert gist(story.take(raw)) == ("submission", "missing") and gist(story.take(raw)) == ("duplicate", "none")
        with house.ledger.rehearsal():
            story.post("xinzhen", "材料", "", {"IMG_1.jpg": stamped_jpeg(Page(title="", lines=(), seal=None))}, when="2024-03-28T11:00:00")
            assert story.state("新镇市场监管所", "risk-list", "2024Q1")["state"] == "complete"
        assert story.state("新镇市场监管所", "risk-list", "2024Q1")["state"] == "partial"
    house.ledger.close()
