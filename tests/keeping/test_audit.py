"""The audit trail: every change of a record has who, when, before and after, and cannot be edited unseen."""

import json
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from outbox.conftest import Bureau, office_in, risk_list, scan
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from mailbot.adapters.ledger import Ledger
from mailbot.app.cli import app
from mailbot.app.rulings import carry_out
from mailbot.domain.audit import Entry, Head, Link, checked, linked
from mailbot.domain.errors import SendError
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.records import Stop
from mailbot.domain.rulings import Ruling

NOW = datetime(2024, 3, 28, 9, tzinfo=SHANGHAI)


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bureau]:
    environment = {"MAILBOT_DATABASE_URL": request.getfixturevalue("postgres_url")} if request.param == "postgresql" else {}
    with ExitStack() as stack:
        yield office_in(tmp_path / "home", stack, "2024-03-28T09:00:00", **environment)


def comparable(links: Iterable[Link]) -> list[tuple[str, str, str, str, str | None, str | None]]:
    """The audit without moments and hashes, for comparing two runs of the same story."""
    return [(link.what, link.about, link.who, link.via, link.before, link.after) for link in links]


def entries(office: Bureau) -> list[tuple[str, str]]:
    return [(link.what, link.about) for link in office.house.ledger.audited()]


@pytest.mark.shows("P15", "P3")
def test_a_mail_its_filing_and_its_answer_stand_in_the_audit_side_by_side(office: Bureau) -> None:
    shown = office.post("xinzhen", {"清单.docx": risk_list(), "章.jpg": scan()})
    assert office.flush(hurry=True).sent == 1
    assert entries(office) == [("in-force", "rules:all"), ("taken", "message:1"), ("letter-written", "letter:1"), ("letter-sent", "letter:1")]
    _, taken, written, sent = office.house.ledger.audited()
    told = json.loads(taken.after or "")
    assert told["mail"] == shown["sha256"] and {f[5] for f in told["filed"]} == {item["sha256"] for item in shown["items"]}
    assert "xinzhen@" not in (written.after or "") and json.loads(written.after or "")["message"] == 1
    assert json.loads(sent.before or "") == {"state": "sending"} and json.loads(sent.after or "") == {"state": "sent"}
    assert checked(office.house.ledger.audited()) == (office.house.ledger.audit_head(), None)


@pytest.mark.shows("P15")
def test_what_people_decide_is_told_with_their_name_and_what_it_changed(office: Bureau) -> None:
    office.post("stranger@other.example", {"清单.docx": risk_list()})
    ledger = office.house.ledger
    (review,) = ledger.open_reviews(office.now)
    said_so = Ruling("vouch", by="li@bureau.example", at=office.now, via="mail", message=review.message, review=review.id)
    ledger.rule([replace(said_so, campaign="naiman-2023", unit="xinzhen")])
    carry_out(office.intake)
    said, again, done = (next(link for link in ledger.audited(what=what)) for what in ("ruled", "decided-again", "carried-out"))
    assert {said.who, again.who, done.who} == {"li***@bureau.example"} and said.via == "mail"
    assert json.loads(again.before or "")["disposition"] == "review" and json.loads(again.after or "")["filed"][0][1] == "xinzhen"


@pytest.mark.shows("P15", "P7")
def test_only_a_letter_that_waits_is_withdrawn_and_that_it_waited_is_told(office: Bureau) -> None:
    ledger = office.house.ledger
    office.post("xinzhen", {"清单.docx": risk_list()})
    office.post("zhian", {"清单.docx": risk_list("治安市场监管所")})
    first, second = (letter.id for letter in ledger.letters_listed())
    assert ledger.claim(second) and not ledger.withdraw(second, "不需要", office.now), "somebody is sending it"
    assert ledger.withdraw(first, "不需要", office.now) and not ledger.withdraw(first, "不需要", office.now)
    assert [(x.state, x.problem) for x in ledger.letters_listed()] == [("dropped", "不需要"), ("sending", "")]
    (told,) = ledger.audited(what="letter-dropped")
    assert told.about == f"letter:{first}" and json.loads(told.before or "") == {"state": "waiting"}
    assert ledger.claim(first) is None


@pytest.mark.shows("P15")
def test_refused_returned_stopped_and_exported_are_told_too(office: Bureau) -> None:
    ledger = office.house.ledger
    office.post("xinzhen", {"清单.docx": risk_list()})
    office.answers = [SendError("permanent", "没有这个邮箱", action="bad-address")]
    office.flush(hurry=True)
    ledger.stop(Stop("管理员", office.now, "换线"))
    ledger.resume("管理员", office.now)
    ledger.witness(Entry("exported", "export:ledger", office.now, who="管理员", via="command"))
    assert [what for what, _ in entries(office)][-4:] == ["letter-failed", "stopped", "resumed", "exported"]


@pytest.mark.shows("P15")
@pytest.mark.parametrize("change", ["UPDATE audit SET who = 'x' WHERE id = 1", "DELETE FROM audit", "DELETE FROM audit WHERE id = 2"])
def test_the_database_refuses_to_change_or_delete_an_entry(office: Bureau, change: str) -> None:
    office.post("xinzhen", {"清单.docx": risk_list()})
    before = list(office.house.ledger.audited())
    with pytest.raises(DBAPIError, match="only added to"), office.house.ledger.engine.begin() as c:
        c.execute(text(change))
    assert list(office.house.ledger.audited()) == before


@pytest.mark.shows("P15")
@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit SET after = replace(after, 'xinzhen', 'zhian') WHERE id = 2",
        "UPDATE audit SET at = '2020-01-01 00:00:00.000000' WHERE id = 2",
        "UPDATE audit SET who = 'li' WHERE id = 2",
        "DELETE FROM audit WHERE id = 2",
        "UPDATE audit SET what = 'letter-sent' WHERE id = 2",
    ],
)
def test_who_takes_the_triggers_away_and_changes_an_entry_is_found_by_the_check(tmp_path: Path, tampering: str) -> None:
    with ExitStack() as stack:
        office = office_in(tmp_path / "home", stack, "2024-03-28T09:00:00")
        office.post("xinzhen", {"清单.docx": risk_list()})
    engine = create_engine(f"sqlite:///{tmp_path / 'home' / 'mailbot.db'}")
    with engine.begin() as c:
        c.execute(text("DROP TRIGGER audit_no_update"))
        c.execute(text("DROP TRIGGER audit_no_delete"))
        assert c.execute(text(tampering)).rowcount == 1
    engine.dispose()
    result = CliRunner().invoke(app, ["--home", str(tmp_path / "home"), "audit", "check"])
    assert result.exit_code == 1 and "留痕从第 2 条起不对" in result.stdout, result.stdout


@pytest.mark.shows("P15")
def test_a_head_that_a_digest_told_is_found_again_and_another_is_not(tmp_path: Path) -> None:
    with ExitStack() as stack:
        office = office_in(tmp_path / "home", stack, "2024-03-28T09:00:00")
        office.post("xinzhen", {"清单.docx": risk_list()})
        health = office.house.digesting().build().health
        assert health is not None
        office.later(minutes=1).post("zhian", {"清单.docx": risk_list("治安市场监管所")})
        page = office.house.daily_letters.digest_text(office.house.digesting().build())
        assert f"校验码 {office.house.ledger.audit_head().short}" in page
    for head, status in ((health.audit.short, 0), ("0" * 12, 1)):
        assert CliRunner().invoke(app, ["--home", str(tmp_path / "home"), "audit", "check", "--head", head]).exit_code == status


def test_what_is_only_rehearsed_leaves_no_entry(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'mailbot.db'}")
    with ledger.rehearsal():
        ledger.witness(Entry("exported", "export:ledger", NOW))
    assert ledger.audit_head() == Head()
    ledger.close()


@pytest.mark.shows("P15", "P12")
def test_two_writers_at_once_make_one_chain_without_a_gap(postgres_url: str, record_property: Callable[[str, Any], None]) -> None:
    many = 60
    ledgers = [Ledger(postgres_url) for _ in range(3)]

    def write(ledger: Ledger, name: str) -> None:
        for n in range(many):
            ledger.witness(Entry("exported", f"export:{name}{n}", NOW + timedelta(seconds=n)))

    threads = [threading.Thread(target=write, args=(ledger, f"w{n}-")) for n, ledger in enumerate(ledgers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    head, broken = checked(ledgers[0].audited())
    assert broken is None and head.count == many * len(ledgers)
    record_property("runs", f"entries of the audit trail written by three at once: {head.count}")
    for ledger in ledgers:
        ledger.close()


@pytest.mark.shows("P15")
def test_any_change_of_any_entry_is_found_at_that_entry(record_property: Callable[[str, Any], None]) -> None:
    chance, head, links = random.Random(15), Head(), list[Link]()
    for n in range(40):
        link = linked(head, Entry("taken", f"message:{n}", NOW + timedelta(minutes=n), {"n": n}, {"n": n + 1}, "li", "mail"))
        links.append(link)
        head = Head(link.number, link.hash)
    assert checked(links) == (head, None)
    tried = 0
    for place in range(len(links)):
        for name, value in (("who", "wang"), ("via", "command"), ("what", "ruled"), ("about", "message:99"), ("before", None), ("after", '{"n":0}'), ("at", NOW)):
            if getattr(links[place], name) == value:
                continue
            _, broken = checked([*links[:place], replace(links[place], **{name: value}), *links[place + 1 :]])
            assert broken is not None and broken.number == place + 1
            tried += 1
        one, other = sorted(chance.sample(range(len(links)), 2))
        swapped = list(links)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        assert checked(swapped)[1] is not None and (place == len(links) - 1 or checked([*links[:place], *links[place + 1 :]])[1] is not None)
    record_property("runs", f"changed entries of the audit trail found: {tried}")


def test_two_runs_of_the_same_story_compare_without_moments_and_hashes(tmp_path: Path) -> None:
    told = []
    for name, hour in (("one", 9), ("two", 11)):
        with ExitStack() as stack:
            office = office_in(tmp_path / name, stack, f"2024-03-28T{hour:02}:00:00")
            office.house.ledger.stop(Stop("管理员", office.now, "试"))
            told.append(comparable(office.house.ledger.audited()))
    assert told[0] == told[1] and len(told[0]) == 2


@pytest.mark.shows("P15")
def test_an_entry_rewritten_with_a_hash_of_its_own_does_not_fit_the_next_one() -> None:
    first = linked(Head(), Entry("taken", "message:1", NOW))
    second = linked(Head(1, first.hash), Entry("taken", "message:2", NOW))
    other = linked(Head(), Entry("taken", "message:7", NOW))
    assert checked([first, second])[1] is None
    _, broken = checked([other, second])
    assert broken is not None and broken.number == 2
