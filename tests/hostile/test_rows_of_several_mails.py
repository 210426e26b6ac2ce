"""What one mail alone cannot show: ids that others used before, corrections that overtake each other, rules that an admin got from somewhere."""

import shutil
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from mail.make import office
from mail.papers import HEADS, risk_docx
from mail.pieces import file, html, inner, mail, text, word

from mailbot.adapters import rules as rules_adapter
from mailbot.app.intake import Intake, Taken
from mailbot.app.places import bundled
from mailbot.app.status import standings
from mailbot.app.wiring import House
from mailbot.domain.errors import MailbotError
from mailbot.domain.mail import Place, RawMail
from mailbot.domain.obligations import Standing
from mailbot.domain.periods import SHANGHAI

_DAY = datetime(2024, 3, 28, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[House, Intake]]:
    with office(tmp_path / "home") as both:
        yield both


def _report(moment: datetime, found: int, sender: str = "baxiantong@units.example", message_id: str = "expected@units.example", subject: str = "材料") -> bytes:
    rows = (HEADS, ("1", "处方药与非处方药混放。", "责令改正。", "是", f"共检查零售企业86家次；发现风险隐患数{found}条，销号{found}个"))
    trace = f"Return-Path: <{sender}>\r\nReceived: from x by mx.bureau.example;\r\n\t{format_datetime(moment)}\r\n".encode()
    changes = {"From": sender.encode(), "Message-ID": f"<{message_id}>".encode(), "Subject": word(subject), "Date": format_datetime(moment).encode()}
    return mail(text(), file("一季度问题清单.docx", risk_docx(rows=rows)), changes=changes, trace=trace)


def _take(desk: tuple[House, Intake], raw: bytes, came: datetime | None = None, uid: int = 1) -> Taken:
    place = Place("INBOX", 1, uid, len(raw), came, "nmyxjg@163.com") if came else None
    return next(desk[1].take_all([desk[1].keep(RawMail([raw], place, None if place else "x.eml"))]))


@pytest.mark.shows("A20", "F08")
def test_who_sends_first_under_the_id_of_an_expected_mail_keeps_it_from_nobody(desk: tuple[House, Intake]) -> None:
    first = _take(desk, _report(_DAY, 24, sender="evil@163.example"))
    mine = _take(desk, _report(_DAY + timedelta(hours=1), 24))
    assert (first.outcome.disposition, first.outcome.kind, first.outcome.filings) == ("review", "held", ())
    assert (mine.outcome.disposition, len(mine.outcome.filings)) == ("submission", 1) and mine.message != first.message
    assert {t.kept.sha256 for t in (first, mine)} == {p.stem for p in (desk[0].home / "archive").rglob("*.eml")}


@pytest.mark.shows("A31", "P8")
@pytest.mark.parametrize("unit", ["八仙筒市场监管所", ""], ids=["form of the sender", "form of nobody"])
@pytest.mark.parametrize(("plain", "markup"), [
    ("八仙筒市场监管所报送第一季度清单。", "治安市场监管所报送第二季度清单，发现隐患99条。"),
    ("材料见附件。", "治安市场监管所：第二季度清单。"),
    ("材料见附件。", "治安市场监管所2024年第二季度本期无风险隐患。"),
])
def test_the_form_in_the_file_decides_what_is_filed_and_a_unit_named_in_the_html_does_not_change_whose_it_is(
    desk: tuple[House, Intake], unit: str, plain: str, markup: str
) -> None:
    both = inner(b"multipart/alternative", text(plain), html(f"<p>{markup}</p>"), boundary=b"alt")
    taken = _take(desk, mail(both, file("一季度问题清单.docx", risk_docx(unit=unit))))
    filed = [(f.unit, f.duty, f.period, f.copy, f.path) for f in taken.outcome.filings]
    assert filed == [("baxiantong", "risk-list", "2024Q1", "editable", "一季度问题清单.docx")]
    assert taken.outcome.disposition == "submission" and {letter.recipient for letter in taken.letters} == {"baxiantong@units.example"}
    assert taken.facts.message.otherwise  # the two texts are known to differ


@pytest.mark.shows("A19", "F07")
def test_the_same_bytes_again_and_again_with_other_marks_are_doubles_ninety_days_later_too(desk: tuple[House, Intake]) -> None:
    raw = _report(_DAY, 24)
    again = b"X-Spam: no\r\nReceived: from replay by mx.bureau.example; Wed, 26 Jun 2024 09:00:00 +0800\r\n" + raw
    taken = [_take(desk, one, _DAY + timedelta(days=days), uid) for uid, (one, days) in enumerate([(raw, 0), (raw, 0), (again, 90)], 1)]
    assert [t.outcome.disposition for t in taken] == ["submission", "duplicate", "duplicate"]
    assert len(desk[0].ledger.all_filings()) == 1 and not taken[1].letters and not taken[2].letters


@pytest.mark.shows("A65", "P14")
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["as they came", "the older one last"])
def test_the_version_that_the_server_received_last_counts_in_whatever_order_they_are_taken(desk: tuple[House, Intake], order: tuple[int, int]) -> None:
    # the sender's own Date says the opposite
    raws = [_report(_DAY + timedelta(days=2), 24, message_id="old@units.example"), _report(_DAY, 31, message_id="new@units.example", subject="更正")]
    for number in order:
        _take(desk, raws[number], _DAY + timedelta(hours=number), number + 1)
    filings = desk[0].ledger.all_filings()
    assert len(filings) == 2  # both are kept
    assert max(filings, key=lambda f: (f.received_at, f.order)).fields["risks_found"] == 31
    (there,) = [s for s in _standings(desk[0]) if s.obligation.key == filings[0].key]
    assert [f.fields["risks_found"] for f in there.filings if f.copy == "editable"] == [31]


def _standings(house: House) -> list[Standing]:
    return list(standings(house.rules, house.ledger, _DAY + timedelta(days=1), unit="八仙筒市场监管所", duty="risk-list"))


_BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))


@pytest.mark.shows("A75")
@pytest.mark.parametrize(
    "words",
    [_BOMB, "office: !!python/object/apply:os.system ['id']\n", "office: 办公室\n".encode("gbk").decode("latin-1")],
    ids=["aliases", "object", "gbk"],
)
def test_a_rules_file_built_to_harm_is_refused_whole_and_at_once(words: str, tmp_path: Path) -> None:
    shutil.copytree(bundled("config"), tmp_path / "config")
    (tmp_path / "config" / "mailbot.yaml").write_bytes(words.encode("latin-1"))
    began = time.monotonic()
    with pytest.raises(MailbotError) as told:
        rules_adapter.load(tmp_path / "config")
    assert time.monotonic() - began < 20 and "mailbot.yaml" in str(told.value) and len(str(told.value)) < 20_000
