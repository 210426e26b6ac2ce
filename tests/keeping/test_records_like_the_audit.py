"""`audit check` holds the records against the audit: who changes a letter or a filing behind the program's back is found and named."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from outbox.conftest import office_in, risk_list, scan
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from mailbot.app.cli import app


def changed(home: Path, *statements: str) -> None:
    engine = create_engine(f"sqlite:///{home / 'mailbot.db'}")
    with engine.begin() as c:
        for statement in statements:
            assert c.execute(text(statement)).rowcount == 1, statement
    engine.dispose()


def worked(home: Path) -> None:
    """Two mails, one of them answered and sent."""
    with ExitStack() as stack:
        office = office_in(home, stack, "2024-03-28T09:00:00")
        office.post("xinzhen", {"清单.docx": risk_list(), "章.jpg": scan()})
        assert office.flush(hurry=True).sent == 1
        office.later(minutes=1).post("zhian", {"清单.docx": risk_list("治安市场监管所")})


def check(home: Path, *more: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["--home", str(home), "audit", "check", *more])
    return result.exit_code, result.stdout


@pytest.mark.shows("P15")
def test_what_is_as_it_was_written_is_said_to_be_and_nothing_is_claimed_of_files_that_nobody_looked_at(tmp_path: Path) -> None:
    worked(tmp_path)
    code, told = check(tmp_path)
    assert code == 0 and "都与留痕一致" in told and "还没有核对过" in told and "没有发现" not in told
    code, told = check(tmp_path, "--files")
    assert code == 0 and "最近一次核对是" in told and "没有发现丢失或改动" in told


@pytest.mark.shows("P15")
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE letters SET state = 'waiting' WHERE id = 1", "信 1（状态留痕里是 sent，台账里是 waiting）"),
        ("UPDATE letters SET raw = CAST(raw || 'x' AS BLOB) WHERE id = 2", "信 2（信的内容与写入时不一致）"),
        ("DELETE FROM letters WHERE id = 2", "信 2（台账里没有这封信）"),
        ("UPDATE filings SET received_at = '2024-03-01 00:00:00.000000' WHERE id = 1", "邮件 1（登记的报送件与留痕不一致）"),
        ("UPDATE filings SET unit = 'zhian' WHERE id = 1", "邮件 1（"),
        ("DELETE FROM filings WHERE message = 2", "邮件 2（"),
    ],
)
def test_a_record_changed_behind_the_programs_back_is_named(tmp_path: Path, change: str, named: str) -> None:
    worked(tmp_path)
    changed(tmp_path, change)
    code, told = check(tmp_path)
    assert code == 1 and f"台账与留痕不一致：{named}" in told, told


@pytest.mark.shows("P15")
def test_a_letter_that_is_being_sent_is_as_it_should_be(tmp_path: Path) -> None:
    worked(tmp_path)
    changed(tmp_path, "UPDATE letters SET state = 'sending' WHERE id = 2")
    assert check(tmp_path)[0] == 0
