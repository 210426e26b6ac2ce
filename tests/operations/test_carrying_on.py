"""Rules and templates that break under a running worker (F32, F33), the kill switch, the manual way out, and a Python not to be trusted."""

import email
import email.policy
import ssl
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailbot.adapters.templates import composing
from mailbot.app.by_hand import HANDED, ByHand
from mailbot.app.doctor import examine
from mailbot.app.selftest import HOSTILE, InterpreterUnfit, troubles
from mailbot.app.selftest import examine as self_test
from tests.operations.conftest import BOX, SECRET, STAFF, UNIT, Office


def once(office: Office, **more: Any) -> Any:
    house = replace(office.house(), **more)
    with house.intake() as intake:
        done = house.worker(intake, lambda *_: None).once()
    return house, done


@pytest.mark.shows("F33")
@pytest.mark.parametrize("line", ["{{ letter.no_such_thing }}", "{{ 1 // 0 }}", "{{ letter.number.nix.nix }}"])
def test_a_template_that_fails_on_a_real_letter_costs_the_letter_and_not_the_record(office: Office, line: str) -> None:
    """What is wrong only with some letters is not seen when templates are checked: this one fails for a unit's name."""
    template = office.folder / "templates" / "receipt.txt"
    for name in ("receipt.txt", "missing.txt"):
        file = template.with_name(name)
        body = file.read_text(encoding="utf-8")
        file.write_text(body + "{% if '八仙筒' in letter | string %}" + line + "{% endif %}\n", encoding="utf-8")
    office.deliver(1)
    house, _ = once(office)
    with house.ledger._read() as c:
        from sqlalchemy import text

        assert c.execute(text("SELECT count(*) FROM messages")).scalar_one() == 1, "the record is kept"
    letters = house.ledger.letters_listed()
    assert [letter.state for letter in letters] == ["failed"] and office.mail.mails(UNIT) == []
    assert "模板" in letters[0].problem or ".txt" in letters[0].problem
    assert any("写不出" in line or "失败" in line for line in house.digesting().build().unwell), "staff see it"
    house.close()


@pytest.mark.shows("F32")
def test_rules_deleted_under_a_running_worker_change_nothing_and_staff_hear_of_it(office: Office) -> None:
    house = office.house()
    watch = house.rules_watch()
    version = house.rules.version
    (office.config / "mailbot.yaml").unlink()
    assert watch.changed() is None and house.rules.version == version
    assert [letter.recipient for letter in house.ledger.letters_listed()] == [STAFF]
    office.deliver(1)
    with house.intake() as intake:
        (noted,) = house.worker(intake, lambda *_: None).once().taken
    assert noted.disposition == "submission", "answered by the rules in force"
    house.close()


@pytest.mark.shows("F32")
@pytest.mark.parametrize("share", [0.1, 0.35, 0.6, 0.85, 0.99])
def test_half_a_file_of_rules_is_never_what_mail_is_decided_by(office: Office, share: float) -> None:
    """Cut anywhere: it is refused, or, where the cut leaves whole rules, it is not what was half written for three seconds (`pause`)."""
    file = office.config / "campaigns" / "naiman-2023.yaml"
    whole = file.read_bytes()
    house = replace(office.house(), pause=lambda _: file.write_bytes(whole))  # the writer ends while we wait
    watch = house.rules_watch()
    file.write_bytes(whole[: int(len(whole) * share)])
    assert watch.changed() is None
    assert watch.changed() is None and not house.ledger.letters_listed(), "it is whole again: nobody needs to hear of it"
    house.close()


def test_the_kill_switch_under_the_worker_stops_letters_and_not_the_intake(office: Office) -> None:
    office.home.mkdir()
    (office.home / "STOP").write_text("数字不对", encoding="utf-8")
    office.set_rules(policy={"settle_minutes": 0})
    office.deliver(2)
    house, done = once(office)
    assert len(done.taken) == 2 and done.flushed.sent == 0 and done.flushed.waiting >= 1
    assert office.mail.mails(UNIT) == [] and any("数字不对" in line for line in done.problems)
    (office.home / "STOP").unlink()
    house.close()
    house, done = once(office)
    assert done.flushed.sent >= 1 and len(office.mail.mails(UNIT)) == done.flushed.sent
    house.close()


# --- the manual way out -----------------------------------------------------------------------------------------------------------


def test_what_waits_is_handed_to_people_as_texts_and_never_sent_by_us(office: Office, tmp_path: Path) -> None:
    office.set_rules(policy={"settle_minutes": 60})
    office.more["MAILBOT_SMTP_URL"] = "smtp://x@127.0.0.1:1"
    office.deliver(2)
    once(office)[0].close()
    folder = tmp_path / "by hand"
    status, _, aside = office.run("outbox", "--by-hand", str(folder))
    assert status == 0 and "导出" in aside, aside
    house = office.house()
    handed = [letter for letter in house.ledger.letters_listed() if letter.problem == HANDED]
    assert handed and {letter.state for letter in handed} == {"dropped"}
    text = (folder / f"{handed[0].id:05}.txt").read_text(encoding="utf-8")
    assert f"收件人：{UNIT}" in text and "主题：" in text and "联络表" in text and "<" not in text.splitlines()[0]
    assert UNIT in (folder / "清单.txt").read_text(encoding="utf-8")
    assert stat.S_IMODE((folder / "清单.txt").stat().st_mode) == 0o600
    house.close()
    del office.more["MAILBOT_SMTP_URL"]
    office.run("outbox", "--send")
    assert office.mail.mails(UNIT) == [], "people send them"
    assert "没有等待的信" in office.run("outbox", "--by-hand", str(folder))[2]


def test_a_letter_that_goes_out_meanwhile_is_not_handed_over_too(office: Office, tmp_path: Path) -> None:
    office.set_rules(policy={"settle_minutes": 60})
    office.deliver(1)
    house = replace(office.house(), environment=office.environment | {"MAILBOT_SMTP_URL": "smtp://x@127.0.0.1:1"})
    with house.intake() as intake:
        house.worker(intake, lambda *_: None).once()
    listed = house.ledger.letters_listed

    class Slow:
        def letters_listed(self) -> Any:
            found = listed()
            for letter in found:
                assert house.ledger.claim(letter.id) is not None  # a worker is quicker
            return found

        def __getattr__(self, name: str) -> Any:
            return getattr(house.ledger, name)

    assert ByHand(Slow(), house.clock).hand_over(tmp_path / "out") == ()  # type: ignore[arg-type]
    assert not list((tmp_path / "out").iterdir())
    house.close()


@pytest.mark.shows("P7")
@pytest.mark.parametrize("after", [False, True])
def test_whoever_is_killed_while_handing_over_leaves_no_letter_to_two_senders(office: Office, tmp_path: Path, after: bool) -> None:
    office.set_rules(policy={"settle_minutes": 60})
    office.deliver(1)
    house = replace(office.house(), environment=office.environment | {"MAILBOT_SMTP_URL": "smtp://x@127.0.0.1:1"})
    with house.intake() as intake:
        house.worker(intake, lambda *_: None).once()

    class Killed(BaseException):
        pass

    class Cut:
        """A kill right before a letter is recorded as theirs, or right after."""

        def __getattr__(self, name: str) -> Any:
            return getattr(house.ledger, name)

        def withdraw(self, *args: Any) -> bool:
            if after:
                house.ledger.withdraw(*args)
            raise Killed

        def settle_letter(self, *_: Any, **__: Any) -> None:
            raise Killed

    with pytest.raises(Killed):
        ByHand(Cut(), house.clock).hand_over(tmp_path / "out")  # type: ignore[arg-type]
    (letter,) = house.ledger.letters_listed()
    house.close()
    assert letter.state == ("dropped" if after else "waiting"), "nobody takes it for cut off while it was being sent"
    assert list((tmp_path / "out").iterdir()), "its text is there"
    if after:
        office.run("outbox", "--send")
        assert office.mail.mails(UNIT) == [], "people send it"


# --- the interpreter ----------------------------------------------------------------------------------------------------------------


@pytest.mark.shows("A05")
def test_this_python_is_fit_and_a_subject_stays_a_subject(office: Office) -> None:
    house = office.house()
    assert troubles(house.self_letter) == ()
    for subject in HOSTILE:
        try:
            back = email.message_from_bytes(house.self_letter(subject), policy=email.policy.compat32)
        except composing.LetterUnsafe:
            continue
        assert back["Bcc"] is None


def test_letters_whose_subject_becomes_a_header_keep_the_worker_from_starting(office: Office) -> None:
    def unsafe(subject: str) -> bytes:
        return b"Subject: Re: x\r\nBcc: e@x\r\nTo: self@test.example\r\n\r\n"

    assert "换用更新的 Python" in troubles(unsafe)[0]
    with pytest.raises(InterpreterUnfit):
        self_test(unsafe)


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As a sitecustomize does that somebody once copied from the net."""
    monkeypatch.setattr(ssl, "create_default_context", ssl._create_unverified_context)
    yield


@pytest.mark.shows("F12")
def test_a_python_that_trusts_every_server_is_told_by_the_doctor_and_keeps_the_worker_from_starting(office: Office, trusting: None) -> None:
    house = office.house()
    (check,) = [check for check in examine(house) if check.name == "Python"]
    assert not check.ok and "不核对服务器的证书" in check.sentence
    with pytest.raises(InterpreterUnfit):
        self_test(house.self_letter)
    house.close()


# --- secrets that systemd hands over -----------------------------------------------------------------------------------------------


def test_a_password_may_be_handed_over_by_systemd(office: Office, tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "MAILBOT_IMAP_PASSWORD").write_text(f"{SECRET}\n", encoding="utf-8")
    office.more |= {"MAILBOT_IMAP_PASSWORD": "", "CREDENTIALS_DIRECTORY": str(credentials)}
    house = office.house()
    assert house.secret("MAILBOT_IMAP_PASSWORD") == SECRET and house.secret("MAILBOT_NIX") == ""
    with house.mailbox() as mailbox:
        assert mailbox.state("INBOX")
    assert BOX
