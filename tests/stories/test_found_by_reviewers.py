"""What the reviewers of issue 5 found, each as a story."""

import getpass
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from stories.conftest import Story, gist
from stories.test_review import at_the_keyboard, held, only_review, paper
from typer.testing import CliRunner

from mailbot.app.cli import app
from mailbot.app.demo import papers
from mailbot.app.demo.scan import Page, stamped_jpeg
from mailbot.app.review import carried_lines
from mailbot.app.rulings import carry_out
from mailbot.domain.reviews import choices

DADUI, ZHONGDUI = "市场监管综合行政执法大队", "执法二中队"


def test_a_mail_that_covers_two_units_is_answered_for_each(story: Story) -> None:
    files = {"大队清单.docx": paper(DADUI), "二中队清单.docx": paper(ZHONGDUI)}
    shown = story.post("zhifadadui", "一季度清单", files=files, when="2024-03-28T15:00:00")
    assert gist(shown) == ("submission", "missing")
    own, behalf = story.letters("zhifadadui@units.example")
    assert "大队清单.docx" in own.get_content() and "二中队清单.docx" not in own.get_content()
    assert "二中队清单.docx" in behalf.get_content() and f"{ZHONGDUI}的风险隐患排查问题清单" in behalf.get_content()
    assert "还应报送" not in behalf.get_content()
    (theirs,) = story.letters("zhifa2@units.example")
    assert "二中队清单.docx" in theirs.get_content()


def test_a_mail_that_is_no_longer_in_the_archive_stops_nothing(story: Story) -> None:
    first = held(story, when="2024-03-26T15:00:00")
    held(story, when="2024-03-28T15:00:00", checked=41)
    one, two = story.house.ledger.open_reviews(story.house.clock())
    story.house.archive.path(first["sha256"]).unlink()
    (lost,) = at_the_keyboard(story).settle(one.id, "是")
    assert "不在存档" in lost.problem and story.house.ledger.unfinished() == ()
    at_the_keyboard(story).settle(two.id, "是")
    assert len(story.house.ledger.all_filings()) == 1
    questions = [r.question for r in story.house.ledger.open_reviews(story.house.clock())]
    assert len(questions) == 2 and any("不在存档" in q for q in questions)


def test_our_own_fault_takes_nothing_out_of_force(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    held(story)
    at_the_keyboard(story).settle(only_review(story), "是")
    before = story.house.ledger.all_filings()
    from mailbot.app import judging

    def broken(_: Any) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr(judging, "decide", broken)
    (ruling,) = story.house.ledger.rulings()
    (carried,) = at_the_keyboard(story).undo(ruling.id or 0)
    assert carried.problem and story.house.ledger.all_filings() == before


def test_whoever_rules_in_between_is_heard(story: Story) -> None:
    held(story)
    review = story.house.ledger.open_reviews(story.house.clock())[0]
    vouch = choices(review, story.house.rules)[0].rulings[0]
    ledger = story.house.ledger
    (said,) = ledger.rule([replace(vouch, by="clerk", at=story.house.clock())])
    record = type(ledger).record_again
    undone: list[int] = []

    def late(self: Any, *args: Any, **more: Any) -> bool:
        if not undone:  # the keyboard takes it back while the worker has decided and not recorded
            undone.append(1)
            at_the_keyboard(story).undo(said.id or 0)
        return record(self, *args, **more)

    type(ledger).record_again = late  # type: ignore[method-assign]
    try:
        carry_out(story.intake)
    finally:
        type(ledger).record_again = record  # type: ignore[method-assign]
    assert ledger.all_filings() == () and [r.id for r in ledger.open_reviews(story.house.clock())] == [review.id]


def test_one_file_is_sent_back_and_the_rest_of_the_mail_stays(story: Story) -> None:
    files = {"清单.docx": paper("新镇市场监管所"), "别的清单.docx": paper("苇莲苏市场监管所")}
    story.post("xinzhen", "清单", files=files, when="2024-03-28T15:00:00")
    review = next(r for r in story.house.ledger.open_reviews(story.house.clock()) if r.kind == "unit-mismatch")
    assert len(story.house.ledger.all_filings()) == 1
    at_the_keyboard(story).settle(review.id, "退回 这一份不是贵所的")
    (filing,) = story.house.ledger.all_filings()
    assert filing.path == "清单.docx"
    assert "这一份不是贵所的" in [m for m in story.letters("xinzhen@units.example") if "已退回" in m["Subject"]][-1].get_content()


def test_words_of_a_unit_that_are_no_question_are_read_by_a_person(story: Story) -> None:
    story.post("xinzhen", "Re: 【提醒】", "一季度清单数字填错了，请作废", when="2024-03-28T15:00:00")
    (review,) = story.house.ledger.open_reviews(story.house.clock())
    assert review.kind == "words" and "数字填错了，请作废" in review.question
    story.post("zhian", "Re: 【提醒】", "收到，谢谢！", when="2024-03-28T15:10:00")
    assert len(story.house.ledger.open_reviews(story.house.clock())) == 1
    story.post("zhian", "紧急报告", "发现疑似假药，已致2人不适，正在处置。", when="2024-03-28T15:20:00")
    urgent = story.house.ledger.open_reviews(story.house.clock())[-1]
    assert urgent.kind == "urgent" and "疑似假药" in urgent.question


@pytest.mark.parametrize(
    ("text", "duties"),
    [
        ("我们想晚两天报4月的统计可以吗", ["case-stats 2024-04"]),
        ("请宽限几天，典型案例报不上来", ["typical-case 2024Q1"]),
        ("不用延期了，今天就报，可以吗", []),
        ("延期怎么申请？", []),
    ],
)
def test_more_time_is_asked_for_what_the_words_name(text: str, duties: list[str], story: Story) -> None:
    story.post("xinzhen", "Re: 【提醒】3月29日前：案件查办统计数据等2项", text, when="2024-03-28T15:00:00")
    (review,) = story.house.ledger.open_reviews(story.house.clock())
    assert [f"{r.duty} {r.period}" for r in review.proposed] == duties


def test_a_unit_is_told_what_it_was_granted(story: Story) -> None:
    at_the_keyboard(story).extend("新镇所", "问题清单", "2024Q1", date(2024, 4, 8), "停电三天")
    letter = story.letters("xinzhen@units.example")[-1]
    assert "同意延期" in letter["Subject"] and "4月8日" in letter.get_content() and "停电" not in letter.get_content()


def test_taking_back_writes_no_letters(story: Story) -> None:
    for day in (26, 27, 28):
        held(story, when=f"2024-03-{day}T15:00:00", checked=day)
    first = story.house.ledger.open_reviews(story.house.clock())[0]
    registered, *_ = at_the_keyboard(story).settle(first.id, "长期")
    before = len(story.letters())
    for ruling in story.house.ledger.rulings():
        at_the_keyboard(story).undo(ruling.id or 0)
    assert len(story.letters()) == before and len(story.house.ledger.open_reviews(story.house.clock())) == 3 and registered.ruling.act == "register"


def test_a_penalty_case_is_still_a_case(story: Story) -> None:
    """The paper of a colleague's squad, given to it by a person: its letter goes to it alone."""
    case = papers.typical_case_docx(unit="执法一中队", reported_on=date(2024, 3, 28), penalty=False)
    story.post("zhifa3", "典型案例", files={"案例.docx": case}, when="2024-03-28T15:00:00")
    at_the_keyboard(story).settle(only_review(story), "A")
    told = [m for m in story.letters() if "案例.docx" in m.get_content()]
    assert {m["To"] for m in told} == {"zhifa1@units.example"}


def rotten(story: Story, sha256: str) -> None:
    """Reading it fails as on a bad sector, whatever the account may do."""
    path = story.house.archive.path(sha256)
    path.unlink()
    path.mkdir()


def altered(story: Story, sha256: str) -> None:
    story.house.archive.path(sha256).write_bytes(b"Subject: another mail\r\n\r\n")


def gone(story: Story, sha256: str) -> None:
    story.house.archive.path(sha256).unlink()


WRONG = pytest.mark.parametrize(("harm", "words"), [(rotten, "读不出来"), (altered, "被改动过"), (gone, "不在存档里")])


@pytest.mark.shows("P10", "F39")
@WRONG
def test_an_archived_mail_that_is_not_what_came_stops_no_mail_after_it_and_staff_are_asked(story: Story, harm: Any, words: str) -> None:
    first = story.post("xinzhen", files={"清单.docx": paper("新镇市场监管所")}, when="2024-03-28T09:00:00")
    harm(story, first["sha256"])
    page = stamped_jpeg(Page(title="清单", lines=(), seal="新镇市场监管所"))
    scan = story.post("xinzhen", "扫描件", files={"问题清单扫描件.jpg": page}, when="2024-03-28T09:05:00")
    after = story.post("zhian", files={"清单.docx": paper("治安市场监管所")}, when="2024-03-28T09:06:00")
    assert gist(scan)[0] == gist(after)[0] == "submission" and scan["items"][0]["compared"] is False
    (asked,) = story.house.ledger.open_reviews(story.house.clock())
    assert asked.kind == "please-look" and "可编辑版" in asked.question and words in asked.question and asked.paths == ("问题清单扫描件.jpg",)


@pytest.mark.shows("F39", "P3")
@WRONG
def test_a_mail_that_is_not_what_came_is_not_filed_on_anybodys_yes_and_the_answer_says_why(story: Story, harm: Any, words: str) -> None:
    shown = held(story)
    harm(story, shown["sha256"])
    done = at_the_keyboard(story).settle(only_review(story), "是")
    assert words in done[0].problem and any(words in line for line in carried_lines(done, story.house.rules))
    assert story.house.ledger.all_filings() == () and story.house.ledger.unfinished() == ()
    assert any(words in r.question for r in story.house.ledger.open_reviews(story.house.clock()))


def test_whoever_has_no_name_on_the_system_settles_all_the_same(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    held(story)

    def nameless() -> str:
        raise OSError("No username set in the environment")

    monkeypatch.setattr(getpass, "getuser", nameless)
    done = CliRunner().invoke(app, ["--home", str(story.house.home), "review", "settle", str(only_review(story)), "是"], env={"MAILBOT_SCANS": "off"})
    assert done.exit_code == 0, done.output
    assert [r.by for r in story.house.ledger.rulings()] == ["命令行"]
