"""What one letter says for several: pure, letter by letter."""

import email
import email.policy
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from mailbot.domain.findings import finding
from mailbot.domain.joining import joined, settle_window, thread_of
from mailbot.domain.letters import DutyLine, FileLine, KeptLine, Letter, OwedLine
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Policy
from mailbot.domain.units import Unit

NOW = datetime(2024, 3, 28, 9, 0, tzinfo=SHANGHAI)
DUE = datetime(2024, 4, 1, 23, 59, 59, tzinfo=SHANGHAI)
KEY, OTHER = ("c", "u", "risk-list", "2024Q1"), ("c", "u", "case-stats", "2024-03")
FELL = finding("cumulative-fell", field="risks_found", where="发现数", found="3", expected="5")


Wording = Callable[[Letter], str]


@pytest.fixture
def wording(make_house: Any) -> Wording:
    """A letter's text."""
    templates = make_house().templates

    def text(told: Letter) -> str:
        written = email.message_from_bytes(templates.letter(told, NOW).raw, policy=email.policy.default)
        body = written.get_body(("plain",))  # type: ignore[attr-defined]
        return str(body.get_content())

    return text


def letter(n: int, *files: FileLine, duties: tuple[DutyLine, ...] = (), kind: str = "missing", **more: object) -> Letter:
    plain = Letter(kind, "u@units.example", f"k{n}", f"第{n}封", f"N{n}", NOW + timedelta(minutes=n), Unit(id="u", name="某所", kind="所"), files, duties,
                   in_reply_to=f"<{n}@x>", references=f"<{n}@x>", campaign="c")  # type: ignore[arg-type]  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


def file(name: str, sign: str, copy: str = "editable", *findings: object, key: tuple[str, ...] = KEY, filed: bool = True, paper: str = "") -> FileLine:
    return FileLine(name, 10, sign, copy, "清单", "", False, filed, findings, key if filed else (), paper)  # type: ignore[arg-type]


def duty(missing: tuple[str, ...] = (), *findings: object, holds: tuple[str, ...] = (), key: tuple[str, ...] = KEY, paper: str = "",
         kept: tuple[KeptLine, ...] = ()) -> DutyLine:  # fmt: skip
    return DutyLine("清单", DUE, 4, not missing and not findings, 0, False, missing, findings, kept, key, paper, holds, "risk-list")  # type: ignore[arg-type]


def test_what_a_later_mail_brought_is_not_asked_for() -> None:
    one = letter(1, file("a.docx", "s1"), duties=(duty(("scan",), holds=("s1",)),))
    two = letter(2, file("b.jpg", "s2", "scan"), duties=(duty(holds=("s1", "s2"), kept=(KeptLine("editable", "a.docx", NOW),)),), kind="receipt")
    whole = joined((two, one), NOW)
    assert whole.kind == "receipt" and whole.missing == () and whole.duties[0].kept == ()
    assert [(f.name, f.number) for f in whole.files] == [("a.docx", "N1"), ("b.jpg", "N2")]
    assert [m.number for m in whole.mails] == ["N1", "N2"] and (whole.number, whole.subject, whole.in_reply_to) == ("N2", "第2封", "<2@x>")
    assert whole.references == "<1@x> <2@x>"


def test_an_error_that_a_new_file_mended_is_not_told() -> None:
    one = letter(1, file("a.docx", "s1", "editable", FELL), duties=(duty(("scan",), holds=("s1",)),))
    two = letter(2, file("a2.docx", "s2"), duties=(duty(("scan",), holds=("s2",)),))
    whole = joined((one, two), NOW)
    assert whole.problems == () and whole.files[0].replaced_by == "a2.docx" and whole.missing == ("scan",) and whole.kind == "missing"


def test_an_error_that_still_stands_is_told_once() -> None:
    one = letter(1, file("a.docx", "s1", "editable", FELL), duties=(duty(("scan",), holds=("s1",)),))
    two = letter(2, file("b.jpg", "s2", "scan"), duties=(duty((), FELL, holds=("s1", "s2")),))
    whole = joined((one, two), NOW)
    assert whole.problems == (FELL,) and whole.kind == "missing" and whole.duties[0].findings == ()


def test_an_error_that_another_file_answered_is_not_told() -> None:
    annex = finding("annex-missing", where="附件", expected="处罚决定书")
    one = letter(1, file("案例.docx", "s1", "editable", annex), duties=(duty((), holds=("s1",)),))
    two = letter(2, file("决定书.pdf", "s2", "annex"), duties=(duty(holds=("s1", "s2")),), kind="receipt")
    assert joined((one, two), NOW).problems == ()


def test_an_error_of_an_obligation_that_no_later_mail_touched_stays() -> None:
    one = letter(1, file("a.docx", "s1", "editable", FELL), duties=(duty(("scan",), holds=("s1",)),))
    two = letter(2, file("b.xlsx", "s2", key=OTHER), duties=(duty(holds=("s2",), key=OTHER),), kind="receipt")
    whole = joined((one, two), NOW)
    assert whole.problems == (FELL,) and whole.missing == ("scan",) and len(whole.duties) == 2 and whole.kind == "missing"


def test_a_file_that_could_not_be_opened_is_forgotten_when_it_comes_again() -> None:
    locked = finding("encrypted", where="清单.docx")
    one = letter(1, file("清单.docx", "s1", "other", locked, filed=False))
    two = letter(2, file("清单.docx", "s2"), duties=(duty(("scan",), holds=("s2",)),))
    whole = joined((one, two), NOW)
    assert whole.problems == () and whole.files[0].replaced_by == "清单.docx"
    elsewhere = letter(2, file("别的.docx", "s2"), duties=(duty(("scan",), holds=("s2",)),))
    assert joined((one, elsewhere), NOW).problems == (locked,)


def test_an_unreadable_file_weighs_less_once_everything_is_there() -> None:
    one = letter(1, file("奇怪.xyz", "s1", "other", finding("unsupported", where="奇怪.xyz"), filed=False))
    two = letter(2, file("清单.docx", "s2"), duties=(duty(holds=("s2",)),), kind="receipt")
    whole = joined((one, two), NOW)
    assert whole.kind == "receipt" and [f.code for f in whole.warnings] == ["unsupported"]


def test_two_papers_of_one_duty_stand_beside_each_other() -> None:
    one = letter(1, file("案例一.docx", "s1", paper="甲案"), duties=(duty(("scan",), holds=("s1",), paper="甲案"),))
    two = letter(2, file("案例二.docx", "s2", paper="乙案"), duties=(duty(("scan",), holds=("s2",), paper="乙案"),))
    whole = joined((one, two), NOW)
    assert len(whole.duties) == 2 and not any(f.replaced_by for f in whole.files)
    three = letter(3, file("章.jpg", "s3", "scan", paper="乙案"), duties=(duty(holds=("s2", "s3"), paper="乙案"),), kind="receipt")
    assert [d.missing for d in joined((one, two, three), NOW).duties] == [("scan",), ()]


def test_a_scan_that_came_before_its_paper_is_one_with_it() -> None:
    one = letter(1, file("章.jpg", "s1", "scan"), duties=(duty(("editable",), holds=("s1",), paper="s1"),))
    two = letter(2, file("案例.docx", "s2", paper="甲案"), duties=(duty(holds=("s1", "s2"), paper="甲案"),), kind="receipt")
    whole = joined((one, two), NOW)
    assert whole.missing == () and len(whole.duties) == 1 and whole.kind == "receipt" and whole.blanks == ()


@pytest.mark.parametrize(("order", "kind"), [((1, 2), "receipt"), ((2, 1), "missing")])
def test_a_mail_without_its_file_is_told_and_asks_for_more_only_where_it_came_last(order: tuple[int, int], kind: str) -> None:
    empty, full = order
    whole = joined((letter(empty, kind="no-file"), letter(full, file("a.docx", "s1"), duties=(duty(holds=("s1",)),), kind="receipt")), NOW)
    assert whole.kind == kind and whole.unanswered is (empty > full) and [m.empty for m in whole.mails] == [empty < full, empty > full]


def test_days_are_counted_when_the_letter_goes_out() -> None:
    one = letter(1, file("a.docx", "s1"), duties=(duty(("scan",), holds=("s1",)),), owed=(OwedLine("月报", NOW + timedelta(days=1), 1, OTHER),))
    whole = joined((one,), NOW + timedelta(days=2))
    assert whole.duties[0].days_left == 2 and whole.owed == () and whole.mails == () and whole.key != one.key


def test_what_is_owed_next_is_said_by_the_latest_that_knows_it_and_not_twice() -> None:
    soon = (OwedLine("月报", DUE, 4, OTHER), OwedLine("清单", DUE, 4, KEY))
    one = letter(1, file("a.docx", "s1"), duties=(duty(("scan",), holds=("s1",)),), owed=soon[:1])
    two = letter(2, file("b.docx", "s2", key=("c", "u", "x", "2024")), owed=soon)
    whole = joined((one, two, letter(3, kind="no-file")), NOW)
    assert [o.title for o in whole.owed] == ["月报"]


def test_joining_is_the_same_in_whatever_order_the_letters_are_given() -> None:
    three = [letter(n, file(f"{n}.docx", f"s{n}"), duties=(duty(("scan",), holds=(f"s{n}",)),)) for n in (1, 2, 3)]
    assert joined(three, NOW) == joined(reversed(three), NOW)
    assert [f.replaced_by for f in joined(three, NOW).files] == ["2.docx", "3.docx", ""]


def test_of_a_mail_that_was_decided_again_only_the_last_word_is_told() -> None:
    first = letter(1, file("a.docx", "s1", "editable", FELL), duties=(duty(("scan",), holds=("s1",)),))
    again = replace(first, key="k1:2", files=(file("a.docx", "s1"),))
    alone = joined((first, again), NOW)
    assert (alone.mails, alone.problems, len(alone.files)) == ((), (), 1) and alone.key not in (first.key, again.key)
    assert [m.number for m in joined((first, again, letter(2)), NOW).mails] == ["N1", "N2"]


def test_only_answers_of_one_unit_and_campaign_are_one_thread() -> None:
    one = letter(1)
    assert thread_of(one) == thread_of(letter(2)) != thread_of(letter(2, campaign="d"))
    assert thread_of(letter(1, kind="held")) is None and thread_of(replace(one, unit=None)) is None


@pytest.mark.parametrize(("days", "minutes"), [(30, 15), (2, 15), (1, 5), (0, 5), (-3, 5)])
def test_the_window_is_short_near_a_deadline(days: int, minutes: int) -> None:
    near = letter(1, duties=(replace(duty(), due=NOW + timedelta(days=days)),))
    assert settle_window(near, NOW.date(), Policy()) == timedelta(minutes=minutes)
    assert settle_window(letter(1, duties=(replace(duty(), due=None),)), NOW.date(), Policy()) == timedelta(minutes=15)


def test_four_papers_of_one_obligation_are_one_line_that_tells_the_worst(wording: Wording) -> None:
    cases = tuple(duty(holds=(f"s{n}",), paper=f"案例{n}") for n in range(4))
    told = letter(1, *(file(f"案例{n}.docx", f"s{n}", paper=f"案例{n}") for n in range(4)), duties=(*cases, duty(key=OTHER)), kind="receipt")
    assert [line.key for line in told.standing] == [KEY, OTHER] and len(told.duties) == 5
    assert wording(told).count("清单：已收齐") == 2
    unfinished = replace(told, duties=(*cases[:2], duty(("scan",), paper="案例2"), duty(("scan", "editable"), paper="案例3")), kind="missing")
    assert [line.done for line in unfinished.standing] == [False]
    text = wording(unfinished)
    assert text.count("清单：截止") == 1 and "已收齐" not in text
    assert text.count("清单：还缺") == 2 and "清单：还缺盖章扫描件（2 份），" in text and "清单：还缺可编辑版，" in text
