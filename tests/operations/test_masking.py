"""No personal data and one line an event, whatever is logged: held at the one formatter, shown by properties and by a canary through everything."""

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.app import logs
from mailbot.domain.masking import masked_phone, masked_text, one_line, shown
from tests.operations.conftest import BOX, SECRET, UNIT, Office

_D = st.sampled_from("0123456789")
_TOUCHING = "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@＠%.。．-+!#$&'*/=?^`{|}~\""
_SURROUNDINGS = st.text(st.characters(exclude_categories=("Cs", "Nd"), exclude_characters=_TOUCHING), max_size=30)


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text(_D, min_size=count, max_size=count)


MOBILE = st.builds(lambda a, b, full: _full(f"1{a}{b}") if full else f"1{a}{b}", st.sampled_from("3456789"), digits(9), st.booleans())
GROUPED = st.builds(lambda number, sign: f"{number[:3]}{sign}{number[3:7]}{sign}{number[7:]}", MOBILE, st.sampled_from(" -"))
IDENTITY = st.builds(lambda a, b: a + b, digits(17), st.sampled_from("0123456789Xx")).filter(lambda n: not n.startswith("20"))  # a moment, perhaps
CARD = st.integers(16, 19).flatmap(digits).filter(lambda n: not n.startswith("20"))
LANDLINE = st.builds(lambda a, b, sign: f"0{a}{sign}{b}", digits(3), st.one_of(digits(7), digits(8)), st.sampled_from(("-", "", " ")))
_LOCAL, _DOMAIN = st.from_regex(r"[a-z][a-z0-9._+-]{4,30}[a-z0-9]", fullmatch=True), st.sampled_from(("163.com", "units.example", "市.example"))
ADDRESS = st.builds(lambda a, b: f"{a}@{b}", _LOCAL, _DOMAIN)


def _full(number: str) -> str:
    return number.translate({ord("0") + n: ord("０") + n for n in range(10)})


@given(_SURROUNDINGS, st.one_of(MOBILE, GROUPED, IDENTITY, CARD, LANDLINE), _SURROUNDINGS)
def test_no_number_of_a_person_survives_in_any_surroundings(before: str, number: str, after: str) -> None:
    shown = masked_text(f"{before}，{number}，{after}")
    assert number not in shown
    kept = "".join(c for c in shown if c.isdecimal())
    assert len(kept) <= 5 + sum(c.isdecimal() for c in before + after)


@given(_SURROUNDINGS, ADDRESS, _SURROUNDINGS)
def test_no_address_survives_in_any_surroundings(before: str, address: str, after: str) -> None:
    shown = masked_text(f"{before} {address} {after}")
    assert address not in shown and address.partition("@")[0] not in shown


@pytest.mark.parametrize("between", ["", " ", "\u200b", "\x00", "\u202e", "\n"])
def test_a_number_in_a_subject_or_a_name_is_masked_whatever_hides_between_its_digits(between: str) -> None:
    assert shown(f"一季度{between.join('13812345678')}问题清单.xls", 40) == "一季度138****78问题清单.xls" == f"一季度{masked_phone('13812345678')}问题清单.xls"


_HIDDEN = "sha256=ab13800001111c"


@pytest.mark.shows("A69")
@pytest.mark.parametrize("text", [
    "韩某_13800001111_清单.docx", "清单_150525190001010000.docx", "Tel13800001111清单", "ID150525190001010000", "QQ13800001111a", "138.0000.1111清单",
    "138—0000—1111", "１３８_００００_１１１１", "138  0000  1111", "138/0000/1111", "150525_19000101_000X", "6222–0200–0000–0000–000", "6222.0200.0000.0000",
    "0475-6212345清单", "(0475)6212345", "010—62123456", "电话04756212345",
])  # fmt: skip
def test_a_number_of_a_person_is_masked_whatever_touches_it_and_whatever_parts_it(text: str) -> None:
    for seen in (shown(text), masked_text(text)):
        assert "****" in seen and sum(sign.isdigit() for sign in seen) <= 5


@pytest.mark.shows("A69")
@pytest.mark.parametrize("text", [
    "20240328-D5AAB4", "20240328-123456", "奈市监〔2024〕15号", "国械注准20153540123", "国药准字H20013456", "150000000.00元", "15,000,000,000", "192.168.100.20",
    "IMG_20240329_101112.jpg", "IMG_20240329101112345.jpg", "mmexport1711670400123.jpg", "Screenshot_2024-03-29-10-11-12-345_com.jpg", "20230701-20240331清单",
    "2023.07.01-2024.03.31", "001-20240329", "00120240329", "0475-2024001", "010_20240329", "1711670400.123456", "ab" * 20 + "13800001111" + "b" * 13,
])  # fmt: skip
def test_a_number_of_a_paper_a_moment_an_amount_and_a_hash_keep_their_digits(text: str) -> None:
    assert shown(text) == text


def test_a_hash_in_a_log_keeps_its_digits() -> None:
    assert masked_text(f"taken {_HIDDEN} filings=1") == f"taken {_HIDDEN} filings=1"


_OWN_WORDS = {  # what is shown as it stands: words of the rules, of the office's people, and a question that is passed on to be answered
    "app/exports/brief.py", "app/stopping.py", "domain/staffword.py", "domain/commands.py", "domain/questions.py", "adapters/templates/wording.py",
    "adapters/mime/names.py", "domain/masking.py", "domain/text.py",
}  # fmt: skip


def test_what_a_sender_wrote_is_shown_without_numbers_of_people_in_every_module() -> None:
    sources = {str(file.relative_to("mailbot")): file.read_text(encoding="utf-8") for file in Path("mailbot").rglob("*.py")}
    assert {name for name, source in sources.items() if re.search(r"\bshow\(", source)} == _OWN_WORDS
    assert {name for name, source in sources.items() if "masked_numbers" in source} == {"domain/masking.py"}


@given(st.text(max_size=300))
def test_an_event_is_one_line_that_every_reader_takes_for_one(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1 and "\x1b" not in line and "\u202e" not in line
    line.encode("utf-8")  # no lone surrogate


@given(st.text(max_size=300))
def test_masking_twice_is_masking_once_for_what_has_nothing_personal(text: str) -> None:
    plain = re.sub(r"[\d@＠%:：=＝是为]", "", text)
    assert masked_text(plain) == plain


@pytest.mark.parametrize("line", [
    "taken sha256=0123456789ab disposition=submission filings=2 letters=1", "letter id=123456 kind=receipt outcome=sent",
    "fetch failed uid=4294967295: ConnectionLost", "2025-03-03 08:00:00,123 INFO x size=25000000", "our fault number=Y20250303-000123",
])  # fmt: skip
def test_what_a_log_is_read_for_stays(line: str) -> None:
    assert masked_text(line) == line


@pytest.mark.parametrize(("text", "gone"), [
    ("授权码：ABCDEFGHIJKLMNOP", "ABCDEFGHIJKLMNOP"), ("password='hunter2!'", "hunter2"), ("imaps://a%40b.cn:hunter2@imap.b.cn", "hunter2"),
    ("postgresql+psycopg://bot:hun/ter2@db/x", "ter2"), ("MAILBOT_SMTP_PASSWORD=hunter2", "hunter2"), ("密码是hunter2，", "hunter2"),
])  # fmt: skip
def test_passwords_behind_their_names_are_masked(text: str, gone: str) -> None:
    assert gone not in masked_text(text)


@pytest.mark.parametrize("text", [
    "1 " * 50_000, "a" * 100_000, "@" * 50_000, "password " * 10_000, '"' * 50_000, "a.-" * 30_000 + "@", "0 " * 50_000 + "x", "a@" * 40_000,
])  # fmt: skip
def test_masking_takes_no_long_time_over_anything(text: str) -> None:
    import time

    begin = time.perf_counter()
    masked_text(text)
    assert time.perf_counter() - begin < 5  # 0.2 s on an idle machine


# --- the formatter -----------------------------------------------------------------------------------------------------------------


@contextmanager
def logged() -> Iterator[io.StringIO]:
    root, hook = logging.getLogger(), sys.excepthook
    before, level = root.handlers[:], root.level
    root.handlers.clear()
    stream = io.StringIO()
    try:
        logs.begin(logging.INFO, stream)  # type: ignore[arg-type]
        yield stream
    finally:
        root.handlers[:], root.level, sys.excepthook = before, level, hook
        logging.captureWarnings(False)


@pytest.mark.shows("A60", "A69")
def test_a_record_with_its_traceback_is_one_line_without_personal_data() -> None:
    """Also what a library says, in its arguments and in its exception's text."""
    with logged() as stream:
        try:
            raise ValueError(f"cannot parse 'zhang.san@units.example' 13812345678\n2026-01-01 INFO accepted\x1b[2J\u2028 {logs.hide('s3cretWord!')}")
        except ValueError:
            logging.getLogger("somelibrary").exception("failed for %s", "152325199001011234")
    line = stream.getvalue()
    assert line.count("\n") == 1 and line.endswith("\n") and "Traceback" in line and "ValueError" in line
    for gone in ("zhang.san", "13812345678", "152325199001011234", "s3cretWord!", "\x1b", "\u2028"):
        assert gone not in line


def test_what_nobody_caught_is_an_event_too(capsys: pytest.CaptureFixture[str]) -> None:
    with logged() as stream:
        try:
            raise RuntimeError("13812345678\nzhang.san@units.example")
        except RuntimeError as problem:
            sys.excepthook(RuntimeError, problem, problem.__traceback__)
    assert stream.getvalue().count("\n") == 1 and "138****78" in stream.getvalue() and "zhang.san" not in stream.getvalue()
    assert "意外情况" in capsys.readouterr().err


# --- the canary --------------------------------------------------------------------------------------------------------------------

_PHONE, _STRANGER = "13877771234", "canary.stranger@elsewhere.example"


@pytest.mark.shows("A69")
def test_a_canary_sent_through_everything_is_found_nowhere_but_in_the_ledger_and_the_archive(office: Office) -> None:
    """A password, a phone number and addresses: logs at their loudest, every list, status, digest, sign of life, all files of the home."""
    from datetime import UTC, datetime

    from stories.conftest import compose

    from mailbot.app.demo import papers

    now = datetime.now(UTC)
    text = f"请问 {_PHONE} 是办公室电话吗？密码 {SECRET}"
    office.mail.deliver(BOX, compose(UNIT, f"联络 {_PHONE}", text, {"表.docx": papers.liaison_docx(unit="八仙筒市场监管所", name="王敏", mobile=_PHONE)},
                                     when=f"{datetime.now():%Y-%m-%dT%H:%M:%S}"), now)  # noqa: DTZ005
    office.mail.deliver(BOX, compose(_STRANGER, "八仙筒市场监管所清单", text, {"表.docx": papers.liaison_docx(unit="八仙筒市场监管所", name="李", mobile=_PHONE)},
                                     when=f"{datetime.now():%Y-%m-%dT%H:%M:%S}"), now)  # noqa: DTZ005
    said: dict[str, str] = {}
    for words in (("run", "--once"), ("-v", "-v", "outbox"), ("review", "list"), ("review", "list", "--json"), ("status",), ("digest",), ("watch",),
                  ("outbox", "--send"), ("remind", "--dry-run"), ("doctor",)):  # fmt: skip
        status, shown, aside = office.run(*(("-v", "-v") if words[0] == "run" else ()), *words)
        assert status in (0, 1), (words, aside)
        said[" ".join(words)] = shown + aside
    for command, output in said.items():
        assert SECRET not in output, command
        assert _STRANGER not in output and UNIT not in output, command
        assert _PHONE not in output or command == "review list --json", command  # for a program, which needs the subject as it was sent
        for line in output.splitlines():
            assert not line.startswith("Traceback"), (command, line)
    for file in office.home.rglob("*"):
        if file.is_file() and "archive" not in file.parts and not file.name.startswith("mailbot.db"):
            content = file.read_bytes()
            assert SECRET.encode() not in content and _PHONE.encode() not in content and _STRANGER.encode() not in content, file
    assert json.loads((office.home / "heartbeat.json").read_text(encoding="utf-8"))
    assert Path(office.home / "archive").exists()
