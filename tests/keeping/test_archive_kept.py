"""What the archive holds is looked at again each night, and goes when its days are over: not before, and not unseen."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from outbox.conftest import Bureau, office_in, risk_list
from typer.testing import CliRunner

from mailbot.adapters.archive import Archive
from mailbot.adapters.ledger import Ledger
from mailbot.app.archive_check import ArchiveCheck
from mailbot.app.cli import app
from mailbot.app.retention import Retaining
from mailbot.domain.mail import Place
from mailbot.domain.pages import Look
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Retention
from mailbot.domain.records import Sighting
from mailbot.domain.retention import Stored, over

NAMES = {"xinzhen": "新镇市场监管所", "zhian": "治安市场监管所", "baxiantong": "八仙筒市场监管所", "dongming": "东明市场监管所"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Bureau]:
    with ExitStack() as stack:
        yield office_in(tmp_path / "home", stack, "2024-03-28T09:00:00")


def nightly(office: Bureau, days: int) -> ArchiveCheck:
    return ArchiveCheck(office.house.ledger, office.house.archive, days, lambda: office.now)


# --- the nightly look ------------------------------------------------------------------------------------------------------------


@pytest.mark.shows("F39")
def test_a_file_altered_or_lost_later_is_told_within_the_days_and_forgotten_once_it_is_back(office: Bureau) -> None:
    sums = [office.later(minutes=1).post(unit, {"清单.docx": risk_list(name)})["sha256"] for unit, name in NAMES.items()]
    check, files = nightly(office, 4), [office.house.archive.path(s) for s in sums]
    whole = files[0].read_bytes()
    files[0].write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    files[1].unlink()
    told = [check.once_a_day() for _ in range(4) if office.later(days=1)]
    assert any(told) and check.sentences()[0].startswith("存档里缺 1 封") and check.sentences()[1].startswith("存档里有 1 封原邮件被改动过")
    digest = office.house.digesting().build()
    assert digest.health is not None and set(check.sentences()) <= set(digest.unwell)
    assert check.once_a_day() is None  # once a day
    run = CliRunner().invoke(app, ["--home", str(office.house.home), "audit", "check", "--json"])
    assert run.exit_code == 1 and len(json.loads(run.stdout)["archive"]) == 2
    files[0].write_bytes(whole)
    office.later(days=1)
    check.once_a_day()
    assert len(check.sentences()) == 1


@pytest.mark.shows("F39")
def test_every_file_is_looked_at_within_the_days_and_none_twice(office: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    for unit, name in NAMES.items():
        office.later(minutes=1).post(unit, {"清单.docx": risk_list(name)})
    seen: list[str] = []
    right = ArchiveCheck._wrong

    def looked(check: ArchiveCheck, sha256: str) -> dict[str, str]:
        seen.append(sha256)
        return right(check, sha256)

    monkeypatch.setattr(ArchiveCheck, "_wrong", looked)
    check = nightly(office, 2)
    for _ in range(2):
        office.later(days=1)
        check.once_a_day()
    assert sorted(seen) == list(office.house.ledger.archived_after("", 9)) and len(seen) == 4


# --- retention -------------------------------------------------------------------------------------------------------------------

NOW = datetime(2025, 6, 1, 9, tzinfo=SHANGHAI)
DONE = ("c", "xinzhen", "risk-list", "2024Q1")
YEAR = Retention(foreign=180, automatic=90, held=180, filed=365)


def kept(message: int, disposition: str, days: int, *, awaited: bool = False, filed: tuple[Any, ...] = (), sums: tuple[str, ...] = ()) -> Stored:
    return Stored(message, sums or (f"{message:064x}",), disposition, NOW - timedelta(days=days), awaited, filed)


@pytest.mark.parametrize(
    ("one", "rule"),
    [
        (kept(1, "foreign", 180), "foreign"),
        (kept(1, "foreign", 179), None),
        (kept(1, "automatic", 90), "automatic"),
        (kept(1, "review", 180), "held"),
        (kept(1, "review", 1000, awaited=True), None),
        (kept(1, "submission", 365, filed=(DONE,)), "filed"),
        (kept(1, "submission", 364, filed=(DONE,)), None),
        (kept(1, "submission", 3650, filed=(DONE, ("c", "xinzhen", "risk-list", "2024Q2"))), None),
        (kept(1, "submission", 3650, filed=(DONE,), awaited=True), None),
        (kept(1, "review", 200, filed=(DONE,)), None),  # part of it was filed: the longer days count
        (kept(1, "inquiry", 3650), None),
        (kept(1, "command", 3650), None),
    ],
)
def test_a_mail_goes_when_its_days_are_over_and_nobody_needs_it(one: Stored, rule: str | None) -> None:
    assert [r for _, r in over([one], NOW, YEAR, {DONE})] == ([rule] if rule else [])
    assert list(over([one], NOW, Retention(), {DONE})) == []


def test_bytes_that_another_mail_needs_stay() -> None:
    same = ("a" * 64,)
    assert list(over([kept(1, "foreign", 900, sums=same), kept(2, "review", 900, awaited=True, sums=same)], NOW, YEAR, ())) == []


def retaining(office: Bureau, **days: int) -> Retaining:
    rules = office.house.rules_now()
    policy = replace(rules.policy, retention=Retention(**days))
    rules = replace(rules, settings=replace(rules.settings, policy=policy))
    return Retaining(lambda: rules, office.house.ledger, office.house.archive, lambda: office.now, office.house.looks.forget)


def much_later(office: Bureau) -> None:
    """More than half a year, and mail still comes in."""
    office.later(days=200)
    office.post("news@ads.example", subject="优惠大促", text="全场六折")


@pytest.mark.shows("P14", "F30")
def test_a_clock_that_is_ten_years_ahead_deletes_nothing(office: Bureau) -> None:
    advert = office.post("shop@ads.example", subject="优惠大促", text="全场五折")
    office.later(days=3650)
    assert retaining(office, foreign=180).carry_out() == () and office.house.archive.path(advert["sha256"]).exists()


def test_what_is_deleted_leaves_its_hash_its_record_and_a_word_in_the_audit(office: Bureau) -> None:
    advert = office.post("shop@ads.example", subject="优惠大促", text="全场五折")
    mine = office.later(minutes=1).post("xinzhen", {"清单.docx": risk_list()})
    assert advert["disposition"] == "foreign"
    much_later(office)
    assert [rule for _, rule in retaining(office, foreign=180, filed=30).plan()] == ["foreign"]  # the campaign is not over
    (gone,) = retaining(office, foreign=180, filed=30).carry_out()
    ledger, archive = office.house.ledger, office.house.archive
    assert gone.sha256 == advert["sha256"] and not archive.path(gone.sha256).exists() and archive.path(mine["sha256"]).exists()
    assert ledger.deletions()[gone.sha256].words == "原件已按保存期限于 2024-10-14 删除" and len(ledger.past()) == 3
    (entry,) = ledger.audited(what="deleted")
    assert json.loads(entry.after or "")["files"] == 1 and gone.size > 0
    assert not nightly(office, 1).once_a_day() and retaining(office, foreign=180).carry_out() == ()


def test_what_was_seen_on_the_pages_of_a_deleted_mail_goes_with_it(office: Bureau, tmp_path: Path) -> None:
    advert = office.post("shop@ads.example", {"传单.pdf": b"%PDF-1.4 not really"}, subject="优惠大促", text="全场五折")
    asked = office.later(minutes=1).post("shop@ads.example", {"清单.docx": risk_list()}, subject="材料")
    assert (advert["disposition"], asked["disposition"]) == ("foreign", "review")
    folders = []
    for told in (advert, asked):
        (item,) = told["items"]
        pictures = tmp_path / item["sha256"][:8]
        pictures.mkdir()
        (pictures / "seal-1-1.png").write_bytes(b"a picture")
        office.house.looks.keep(item["sha256"], Look((), "text-layer"), pictures)
        folders.append(office.house.looks.folder(item["sha256"]))
    assert all(sorted(path.name for path in folder.iterdir()) == ["look.json", "seal-1-1.png"] for folder in folders)
    much_later(office)
    assert [gone.sha256 for gone in retaining(office, foreign=180, held=30).carry_out()] == [advert["sha256"]]
    assert [folder.exists() for folder in folders] == [False, True]


def test_a_deletion_that_a_crash_cut_off_is_finished_the_next_time(office: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    advert = office.post("shop@ads.example", subject="优惠大促", text="全场五折")
    much_later(office)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as m, pytest.raises(KeyboardInterrupt):
        m.setattr(Archive, "remove", killed)
        retaining(office, foreign=180).carry_out()
    assert office.house.archive.path(advert["sha256"]).exists() and advert["sha256"] in office.house.ledger.deletions()
    retaining(office, foreign=180).carry_out()
    assert not office.house.archive.path(advert["sha256"]).exists()


def test_the_disk_is_asked_about_old_deletions_only_where_there_is_reason(office: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    advert = office.post("shop@ads.example", subject="优惠大促", text="全场五折")
    archive, ledger, sha256 = office.house.archive, office.house.ledger, advert["sha256"]
    whole = archive.path(sha256).read_bytes()
    much_later(office)
    retaining(office, foreign=180).carry_out()
    asked: list[str] = []
    right = Archive.remove
    monkeypatch.setattr(Archive, "remove", lambda self, one: asked.append(one) or right(self, one))
    retaining(office, foreign=180).carry_out()
    assert asked == []
    assert archive.keep([whole]) == sha256  # the server gave its mails new numbers, and it was fetched again
    ledger.sight(Sighting(Place("INBOX", 2, 7, len(whole), office.now, "bot@163.com"), sha256, office.now), 1)
    retaining(office, foreign=180).carry_out()
    assert asked == [sha256] and not archive.path(sha256).exists()


def test_nothing_is_deleted_by_the_bundled_rules(office: Bureau) -> None:
    office.post("shop@ads.example", subject="优惠大促", text="全场五折")
    office.later(days=9000)
    assert office.house.retaining().carry_out() == ()
    run = CliRunner().invoke(app, ["--home", str(office.house.home), "retention", "--dry-run"])
    assert run.exit_code == 0 and "什么也不删" in run.stdout


# --- what a receipt names is there ------------------------------------------------------------------------------------------------


@pytest.mark.shows("P3")
def test_the_ledger_of_the_moment_a_receipt_goes_out_holds_what_it_names(office: Bureau, tmp_path: Path, record_property: Callable[[str, Any], None]) -> None:
    """At every send the database is copied as a crash would leave it: the copy knows each filing that the letter tells, and the archive holds bytes
    of that hash."""
    checked = 0
    send = office.send

    def sending(raw: bytes, recipient: str) -> None:
        nonlocal checked
        place = tmp_path / f"copy{checked}.db"
        source, copy = sqlite3.connect(office.house.home / "mailbot.db"), sqlite3.connect(place)
        source.backup(copy)
        source.close()
        copy.close()
        then = Ledger(f"sqlite:///{place}")
        taken = {json.loads(link.after or "")["mail"]: json.loads(link.after or "")["filed"] for link in then.audited(what="taken")}
        there = {(f.unit, f.sha256) for f in then.all_filings()}
        (letter,) = (q for q in then.letters_listed() if q.state == "sending")
        assert letter.raw == raw and letter.recipient == recipient
        text = then.told_in([letter.id])[0]
        for line in text.files if text else ():
            filed = [f for filings in taken.values() for f in filings if f[5].startswith(line.sha8.lower())]
            assert filed and all((f[1], f[5]) in there for f in filed)
        for sha256 in taken:
            assert office.house.archive.path(sha256).exists()
        then.close()
        checked += 1
        send(raw, recipient)

    office.send = sending  # type: ignore[method-assign]
    for unit, name in NAMES.items():
        office.later(minutes=1).post(unit, {"清单.docx": risk_list(name)})
        office.flush(hurry=True)
    assert checked == len(NAMES)
    record_property("runs", f"ledgers restored to a receipt's send time: {checked}")
