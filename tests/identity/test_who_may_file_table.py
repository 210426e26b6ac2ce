"""Whole mails, each row of the contract's table another, against what its words say."""

import email
import email.policy
import os
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from identity.table import ADDRESSES, FORGED, OFFICE, SENDERS, TO, Expect, Row, expected, rows

from mailbot.app.demo import papers
from mailbot.app.demo.scan import Page, stamped_jpeg
from mailbot.app.intake import Intake, Taken
from mailbot.app.wiring import House
from mailbot.domain.mail import RawMail
from mailbot.domain.periods import SHANGHAI
from tests.mail.make import office
from tests.mail.pieces import Value, file, mail, plain, text, word

ROWS = tuple(rows(whole=bool(os.environ.get("MAILBOT_SOAK"))))
CAME = datetime(2024, 3, 27, 10, 0, tzinfo=SHANGHAI)
MARK = "XJ9"  # of what the sender wrote: in subject, text and file names
WORDS = {
    "a question": "请问药品安全巩固提升行动的问题清单什么时候报？", "an announcement": "清单见附件，请查收。", "thanks": "好的，谢谢。",
    "advertising": "全场五折，欢迎选购",
    "a typed report": "截至目前，共检查零售企业及使用单位86家次。出动执法人员172人次；发现风险隐患数24条，销号21个。一季度风险隐患排查情况。",
}  # fmt: skip
SAYS = {"held-notice": "notice", "forged-notice": "held", "command-held": "held", "no-file": "missing", "forwarded-question": "passed on"}
FOOT = "\n\n受理编号：N　收到时间：T\n药品安全巩固提升行动领导小组办公室\n本邮件由系统自动发送；直接回复即可与办公室联系。\n"
FIXED = {  # all that an address which nobody registered may be told
    "held": (
        "Re: 您发来的邮件（N）【暂未登记】",
        "邮件收到了，材料暂未登记，需要办公室核实后才能登记。\n\n原因：发件邮箱没有登记。请用单位登记的邮箱重新发送；需要登记新邮箱的，请与办公室联系。\n"
        "核实通过的，按本邮件的收到时间登记，不影响是否按时。" + FOOT,
    ),
    "unknown-unit": (
        "Re: 您发来的邮件（N）【暂未登记】",
        "邮件收到了，但看不出是哪个单位报送的，材料暂未登记。\n\n请用单位登记的邮箱重新发送，并在表中写明填报单位；需要登记新邮箱的，请与办公室联系。"
        + FOOT,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Intake]]:
    with office(tmp_path_factory.mktemp("table")) as both:
        yield both


@cache
def _list(unit: str) -> bytes:
    return papers.risk_list_docx(unit=unit, reported_on=date(2024, 3, 26), title="2024年第一季度“两品一械”风险隐患排查问题清单")


@cache
def _scan(unit: str) -> bytes:
    return stamped_jpeg(Page(title="问题清单", lines=("一", "二"), seal=unit))


def written(row: Row, *, id_: str = "row", came: datetime = CAME, content: str = "", hop: str = "units.example") -> bytes:
    """The mail of a row as the office's server hands it out."""
    content = content or row.content
    name, _, value = row.mark.partition(": ")
    changes: dict[str, Value] = {
        "From": tuple(f.encode() for f in row.who.froms), "Subject": word(f"{MARK} 材料"), "Message-ID": f"<{id_}@units.example>".encode(),
        "Date": f"{came - timedelta(seconds=20):%a, %d %b %Y %H:%M:%S +0800}".encode(),
    }  # fmt: skip
    path = f"Return-Path: <{row.who.address or 'somebody@mail.example'}>\r\n"
    if name == "Return-Path":
        path = "Return-Path: <>\r\n"
    elif name != "none":
        changes[name] = word(value) if not value.isascii() else value.encode()
    if row.to == TO[1]:
        changes |= {"Cc": b"victim@x.example", "Reply-To": b"victim@x.example", "Resent-From": b"victim@x.example", "Sender": b"victim@x.example"}
    trace = path + f"Received: from {hop} by mx.bureau.example;\r\n\t{came:%a, %d %b %Y %H:%M:%S +0800}\r\n"
    trace += "".join(f"Authentication-Results: {said}\r\n" for said in FORGED[row.results][0])
    if content in WORDS:
        return plain(f"{MARK} {WORDS[content]}".encode(), changes=changes, trace=trace.encode())
    unit = row.named if content == row.content else ""
    scan = () if content == "the editable copy" else (file(f"{MARK}清单-章.jpg", _scan(unit)),)
    return mail(text(f"{MARK} 附上，烦请接收。"), file(f"{MARK}清单.docx", _list(unit)), *scan, changes=changes, trace=trace.encode())


def came_before(row: Row) -> Iterator[bytes]:
    earlier = CAME - timedelta(hours=1)
    match row.before:
        case "the same mail":
            yield written(row, hop="another.example")
        case "another mail of the same id":
            yield written(row, came=earlier, content="thanks")
        case "the same files":
            yield written(row, id_="earlier", came=earlier)
        case "a stranger's mail yesterday":
            yield written(row, id_="earlier", came=CAME - timedelta(days=1), content="no unit named")
        case "a stranger's mail eight days ago":
            yield written(row, id_="earlier", came=CAME - timedelta(days=8), content="no unit named")


def taken_of(row: Row, house: House, intake: Intake) -> Taken:
    """Nothing of it stays in the ledger."""
    with house.ledger.rehearsal():
        for raw in came_before(row):
            list(intake.take_all([intake.keep(RawMail([raw], file="before.eml"))]))
        return next(intake.take_all([intake.keep(RawMail([written(row)], file="row.eml"))]))


def came_of(taken: Taken) -> Expect:
    shown, of = taken.shown, {u.id: u.name for c in taken.facts.rules.campaigns for u in c.units}
    assert {(f.duty, f.period) for f in taken.outcome.filings} <= {("risk-list", "2024Q1")}
    return Expect(
        shown["disposition"], shown["reply"]["kind"], frozenset((SAYS.get(x.kind, x.kind), x.recipient) for x in taken.letters), shown["unit"],
        shown["trusted"], frozenset((of[f.unit], f.copy) for f in taken.outcome.filings),
    )  # fmt: skip


def _plain(text_: str, number: str) -> str:
    return re.sub(r"收到时间：[-\d: ]+", "收到时间：T", text_.replace(number, "N"))


def letters_are_ours(row: Row, taken: Taken) -> None:
    """One recipient each, known to us or told only the fixed text; nobody whom the mail named gets or is named in anything."""
    for letter in taken.letters:
        parsed = email.message_from_bytes(letter.raw, policy=email.policy.default)
        assert parsed["To"] == letter.recipient and parsed["Cc"] is None and b"victim" not in letter.raw
        body = parsed.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        if letter.recipient in {*ADDRESSES.values(), OFFICE}:
            continue
        number = taken.facts.number
        assert (_plain(parsed["Subject"], number), _plain(body, number)) == FIXED[letter.kind], row
        assert not any(parsed.iter_attachments())  # type: ignore[attr-defined]


@pytest.mark.shows("P8", "P9", "P5", "P3", "A01", "A02", "A03", "A07", "A11", "A12", "A13", "A18")
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_mail_is_decided_as_the_contract_says(row: Row, desk: tuple[House, Intake]) -> None:
    taken = taken_of(row, *desk)
    assert came_of(taken) == expected(row)
    letters_are_ours(row, taken)


def test_the_table_has_more_than_three_hundred_rows_that_differ_and_every_value_is_in_it(record_property: Callable[[str, object], None]) -> None:
    mails = {written(row) + b"".join(came_before(row)) for row in ROWS}
    outcomes = {expected(row) for row in ROWS}
    record_property("runs", f"decision table rows: {len(ROWS)}")
    assert len(ROWS) >= 300 and len(mails) == len(ROWS) and len(outcomes) >= 45, (len(ROWS), len(mails), len(outcomes))
    assert {row.sender for row in ROWS} == set(SENDERS) and {row.results for row in ROWS} == set(FORGED)
    assert Path(__file__).with_name("table.py").read_text(encoding="utf-8").count("mailbot.") == 0  # the oracle knows nothing of the product
