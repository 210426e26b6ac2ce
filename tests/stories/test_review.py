"""Staff settle what waits for them, by mail or at the keyboard: one way, undoable, in the trail."""

import email
import email.policy
import re
from dataclasses import replace
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from docx import Document
from stories.conftest import FORGED, Story, gist

from mailbot.app import status
from mailbot.app.demo import papers
from mailbot.app.demo.papers import Counters
from mailbot.app.review import NothingOrdered, Reviewing, carried_lines, log_lines
from mailbot.app.rulings import carry_out
from mailbot.domain.naming import Unclear
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.reviews import choices
from mailbot.domain.tokens import click, digest_id

OFFICE = "office@bureau.example"
STRANGER = "hanlichun88@mail.example"
UNIT = "苇莲苏市场监管所"


def paper(unit: str = UNIT, checked: int = 40, when: date = date(2024, 3, 28)) -> bytes:
    return papers.risk_list_docx(unit=unit, reported_on=when, counters=Counters(retailers_checked=checked, officers_sent=80))


def key(story: Story) -> bytes:
    return story.house.ledger.signing_key(lambda: b"s" * 32)


def digest(story: Story, when: str = "2024-03-29T08:00:00") -> str:
    """The Message-ID of the digest of a morning."""
    return digest_id(key(story), datetime.fromisoformat(when).replace(tzinfo=SHANGHAI), OFFICE, "163.com")


def answer(story: Story, text: str, *, when: str = "2024-03-29T09:00:00", thread: str | None = None, **more: Any) -> dict[str, Any]:
    headers = {"In-Reply-To": thread or digest(story)}
    return story.post(OFFICE, "Re: 收报日报", text, when=when, headers=headers, **more)


def held(story: Story, *, when: str = "2024-03-28T15:00:00", sender: str = STRANGER, **more: Any) -> dict[str, Any]:
    return story.post(sender, f"{UNIT}一季度问题清单", files={"清单.docx": paper(**more)}, when=when)


def only_review(story: Story) -> int:
    (review,) = story.house.ledger.open_reviews(story.house.clock())
    return review.id


def test_a_yes_by_mail_files_what_a_stranger_sent_at_the_time_it_came(story: Story) -> None:
    assert gist(held(story)) == ("review", "held")
    shown = answer(story, f"{only_review(story)} 是\n\n> 12 否")
    assert gist(shown) == ("command", "none")
    state = story.state(UNIT, "risk-list", "2024Q1", now="2024-03-30T09:00:00")
    assert state["copies"] == {"editable": "ok", "scan": "missing"}
    (filing,) = story.house.ledger.all_filings("naiman-2023")
    assert filing.received_at == datetime(2024, 3, 28, 15, tzinfo=SHANGHAI)
    assert story.house.ledger.open_reviews(story.house.clock()) == ()
    letter = story.letters("weiliansu@units.example")[-1]
    assert "盖章扫描件" in letter["Subject"] and not [m for m in story.letters(STRANGER) if "待补" in m["Subject"]]
    told = story.letters(OFFICE)[-1]
    assert "已照办" in told["Subject"] and UNIT in told.get_content()


def test_a_no_files_nothing_and_asks_no_more(story: Story) -> None:
    held(story)
    assert gist(answer(story, f"{only_review(story)} 否")) == ("command", "none")
    assert story.house.ledger.all_filings() == () and story.house.ledger.open_reviews(story.house.clock()) == ()


def test_an_address_that_is_confirmed_for_good_brings_in_all_that_waited(story: Story) -> None:
    held(story, when="2024-03-26T15:00:00")
    held(story, when="2024-03-28T15:00:00", checked=41)
    first, _ = story.house.ledger.open_reviews(story.house.clock())
    answer(story, f"{first.id} 长期")
    assert len(story.house.ledger.all_filings()) == 2 and story.house.ledger.open_reviews(story.house.clock()) == ()
    again = held(story, when="2024-03-30T15:00:00", checked=42)
    assert again["trusted"] and again["disposition"] == "submission" and again["unit"] == UNIT
    for ruling in story.house.ledger.rulings():
        at_the_keyboard(story).undo(ruling.id or 0)
    assert story.house.ledger.all_filings() == () and len(story.house.ledger.open_reviews(story.house.clock())) == 3


@pytest.mark.parametrize(
    ("thread", "results"),
    [("<20240329.digest.66060380.0123456789abcdef01234567@163.com>", None), ("<something@else>", None), (None, FORGED)],
)
@pytest.mark.shows("P8", "A17")
def test_without_a_valid_token_or_from_a_forger_nothing_is_carried_out(thread: str | None, results: str | None, story: Story) -> None:
    held(story)
    shown = answer(story, f"{only_review(story)} 是", thread=thread, **({"results": results} if results else {}))
    assert shown["reply"]["kind"] == "held" and shown["reply"]["to"] == [OFFICE]
    assert story.house.ledger.all_filings() == () and story.house.ledger.rulings() == ()
    assert story.house.ledger.open_reviews(story.house.clock())[0].kind == "unknown-sender"


@pytest.mark.shows("P8", "A17")
def test_an_old_digest_and_a_strangers_answer_settle_nothing(story: Story) -> None:
    held(story)
    old = digest(story, "2024-03-10T08:00:00")
    assert answer(story, f"{only_review(story)} 是", thread=old)["reply"]["kind"] == "held"
    shown = story.post("someone@mail.example", "Re: 收报日报", f"{only_review(story)} 是", when="2024-03-29T09:00:00", headers={"In-Reply-To": digest(story)})
    assert shown["disposition"] in ("foreign", "inquiry") and story.house.ledger.rulings() == ()


@pytest.mark.shows("P8", "A17")
def test_a_ready_made_answer_is_one_click_and_counts_once(story: Story) -> None:
    held(story)
    number = only_review(story)
    words = f"处理{number}：是"
    subject = f"{words} {click(key(story), datetime(2024, 3, 29, 8, tzinfo=SHANGHAI), words)}"
    assert gist(story.post(OFFICE, subject, "（直接发送即可）", when="2024-03-29T09:00:00")) == ("command", "none")
    assert len(story.house.ledger.all_filings()) == 1
    again = story.post(OFFICE, subject, "（直接发送即可）。", when="2024-03-29T09:30:00")
    assert gist(again) == ("command", "held") and len(story.house.ledger.rulings()) == 1
    changed = story.post(OFFICE, subject.replace("是", "否"), "", when="2024-03-29T10:00:00")
    assert gist(changed) == ("command", "held") and len(story.house.ledger.rulings()) == 1


def test_what_is_not_understood_is_shown_back(story: Story) -> None:
    held(story)
    number = only_review(story)
    shown = answer(story, f"{number} 再看看吧")
    assert gist(shown) == ("command", "held") and only_review(story) == number
    letter = story.letters(OFFICE)[-1]
    assert "没有看懂" in letter["Subject"] and f"{number} 再看看吧" in letter.get_content()


def at_the_keyboard(story: Story) -> Reviewing:
    return Reviewing(story.intake, "clerk")


def test_the_keyboard_does_what_the_mail_does_and_undoing_restores_what_was(story: Story) -> None:
    held(story)
    before = story.house.ledger.open_reviews(story.house.clock())
    (carried,) = at_the_keyboard(story).settle(before[0].id, "是")
    assert carried.ruling.via == "command" and carried.ruling.by == "clerk" and len(story.house.ledger.all_filings()) == 1
    at_the_keyboard(story).undo(carried.ruling.id or 0)
    assert story.house.ledger.all_filings() == ()
    assert [(r.id, r.question) for r in story.house.ledger.open_reviews(story.house.clock())] == [(r.id, r.question) for r in before]
    assert [r.act for r in story.house.ledger.rulings()] == ["vouch", "undo"]
    with pytest.raises(NothingOrdered):
        at_the_keyboard(story).undo(carried.ruling.id or 0)


def test_words_that_order_nothing_change_nothing(story: Story) -> None:
    held(story)
    for words in ("大概", "A", "延期"):
        with pytest.raises(NothingOrdered):
            at_the_keyboard(story).settle(only_review(story), words)
    assert story.house.ledger.rulings() == ()


def test_a_form_that_names_another_unit_is_filed_for_whom_a_person_says(story: Story) -> None:
    shown = story.post("xinzhen", "清单", files={"清单.docx": paper(UNIT)}, when="2024-03-28T15:00:00")
    assert gist(shown) == ("review", "held")
    (review,) = story.house.ledger.open_reviews(story.house.clock())
    labels = {c.key: c.label for c in choices(review, story.house.rules)}
    assert UNIT in labels["A"] and "新镇市场监管所" in labels["B"]
    at_the_keyboard(story).settle(review.id, "A")
    (filing,) = story.house.ledger.all_filings()
    assert (filing.unit, filing.period) == ("weiliansu", "2024Q1")
    assert story.house.ledger.open_reviews(story.house.clock()) == ()
    assert {m["To"] for m in story.letters() if "待补" in m["Subject"]} == {"weiliansu@units.example"}  # nothing of it to whoever sent it


def test_a_rejection_tells_the_unit_why_and_files_nothing(story: Story) -> None:
    story.post("xinzhen", "清单", files={"清单.docx": paper(UNIT)}, when="2024-03-28T15:00:00")
    at_the_keyboard(story).settle(only_review(story), "退回 填报单位写错了，请改好重发")
    letter = story.letters("xinzhen@units.example")[-1]
    assert "已退回" in letter["Subject"] and "填报单位写错了，请改好重发" in letter.get_content()
    assert story.house.ledger.all_filings() == () and story.house.ledger.open_reviews(story.house.clock()) == ()


def test_a_file_that_nobody_recognised_is_read_as_the_form_a_person_names(story: Story) -> None:
    odd = papers.risk_list_docx(unit="新镇市场监管所", reported_on=date(2024, 3, 28), counters=Counters(retailers_checked=40, officers_sent=80))
    document = Document(BytesIO(odd))
    for paragraph in document.paragraphs:
        if "问题清单" in paragraph.text:
            paragraph.text = "材料"
    for number, cell in enumerate(document.tables[0].rows[0].cells):
        cell.text = f"第{number}栏"
    raw = BytesIO()
    document.save(raw)
    shown = story.post("xinzhen", "材料", "请收", files={"材料.docx": raw.getvalue()}, when="2024-03-28T15:00:00")
    assert shown["disposition"] == "review" and not story.house.ledger.all_filings()
    at_the_keyboard(story).settle(only_review(story), "事项 risk-list 期 2024Q1")
    (filing,) = story.house.ledger.all_filings()
    assert (filing.unit, filing.duty, filing.period, filing.copy) == ("xinzhen", "risk-list", "2024Q1", "editable")


def test_errors_can_be_accepted_with_a_reason(story: Story) -> None:
    wrong = papers.case_stats_xlsx(unit="新镇市场监管所", month=(2024, 3), total={"filed": 99})
    shown = story.post("xinzhen", "3月月报", files={"3月案件统计表.xlsx": wrong}, when="2024-03-18T15:00:00")
    assert any(f["code"] == "total-mismatch" for i in shown["items"] for f in i["findings"])
    assert story.state("新镇市场监管所", "case-stats", "2024-03")["copies"]["editable"] == "wrong"
    number = story.house.ledger.all_filings()[0]
    told = next(m for m in story.letters("xinzhen@units.example"))
    receipt = re.search(r"\d{8}-[0-9A-F]{6}", told.get_content())
    assert receipt
    at_the_keyboard(story).accept(receipt[0], ("total-mismatch",), "原件如此，已电话核实")
    assert story.state("新镇市场监管所", "case-stats", "2024-03")["copies"]["editable"] == "ok"
    (now,) = story.house.ledger.all_filings()
    assert now.order != number.order and now.sha256 == number.sha256 and [f.severity for f in now.findings if f.code == "total-mismatch"] == ["note"]


def test_a_unit_that_asks_for_more_time_gets_it_by_one_word(story: Story) -> None:
    shown = story.post("xinzhen", "请示", "一季度问题清单晚两天报可以吗？", when="2024-03-29T10:00:00")
    assert gist(shown) == ("inquiry", "inquiry")
    (review,) = story.house.ledger.open_reviews(story.house.clock())
    assert review.kind == "more-time" and "问题清单" in review.question
    at_the_keyboard(story).settle(review.id, "延期")
    state = story_state(story, "新镇市场监管所", "risk-list", "2024Q1")
    assert state["due"].startswith("2024-04-03")
    late = story.post("xinzhen", "清单", files={"清单.docx": paper("新镇市场监管所")}, when="2024-04-03T10:00:00")
    assert not [f for i in late["items"] for f in i["findings"] if f["code"] == "late"]


def story_state(story: Story, unit: str, duty: str, period: str) -> dict[str, Any]:
    house = story.house
    found = (status.as_json(s) for s in status.standings(house.rules_now(), house.ledger, house.clock(), campaign="naiman-2023"))
    return next(o for o in found if (o["unit"], o["duty"], o["period"]) == (unit, duty, period))


def test_a_waiver_is_not_owed_and_can_be_taken_back(story: Story) -> None:
    (carried,) = at_the_keyboard(story).waive("八仙筒所", "典型案例", "2024Q1", "本季度没有办案")
    assert story_state(story, "八仙筒市场监管所", "typical-case", "2024Q1")["state"] == "waived"
    at_the_keyboard(story).undo(carried.ruling.id or 0)
    assert story_state(story, "八仙筒市场监管所", "typical-case", "2024Q1")["state"] == "overdue"


def test_an_order_that_was_cut_off_is_carried_out_the_next_time(story: Story) -> None:
    held(story)
    review = story.house.ledger.open_reviews(story.house.clock())[0]
    vouch = choices(review, story.house.rules)[0].rulings[0]
    story.house.ledger.rule([replace(vouch, by="clerk", at=story.house.clock())])
    assert story.house.ledger.all_filings() == ()
    assert len(carry_out(story.intake)) == 1 and len(story.house.ledger.all_filings()) == 1
    assert carry_out(story.intake) == ()
    assert len([m for m in story.letters("weiliansu@units.example") if "待补" in m["Subject"]]) == 1


def test_what_was_decided_again_does_not_replace_what_came_later(story: Story) -> None:
    held(story, when="2024-03-26T15:00:00", checked=40)
    story.post("weiliansu", "清单", files={"清单.docx": paper(checked=50)}, when="2024-03-28T16:00:00")
    at_the_keyboard(story).settle(only_review(story), "是")
    now = datetime(2024, 3, 30, tzinfo=SHANGHAI)
    found = status.standings(story.house.rules, story.house.ledger, now, campaign="naiman-2023", unit="weiliansu", duty="risk-list")
    current = next(s for s in found if s.obligation.period.id == "2024Q1").current("editable")
    assert current and current.fields["retailers_checked"] == 50


def test_what_a_mail_program_leaves_unquoted_of_the_digest_is_no_answer(story: Story) -> None:
    held(story)
    number = only_review(story)
    shown = answer(story, f"好的，稍后处理\n\n———— 请在这条线以上写答复 ————\n3月29日日报\n{number} 是\n{number} 否")
    assert gist(shown) == ("command", "held") and story.house.ledger.rulings() == ()
    assert gist(answer(story, f"{number} 否\n———— 请在这条线以上写答复 ————\n{number} 是")) == ("command", "none")
    assert [r.act for r in story.house.ledger.rulings()] == ["foreign"]


def test_a_form_that_names_another_unit_than_staff_said_is_asked_about_again(story: Story) -> None:
    held(story)
    answer(story, f"{only_review(story)} 单位 八仙筒所")
    assert story.house.ledger.all_filings() == ()
    (review,) = story.house.ledger.open_reviews(story.house.clock())
    assert review.kind == "unit-mismatch"
    assert not [m for m in story.letters(STRANGER) if m["Subject"].startswith("Re:") and "待补" in m["Subject"]]
    assert story.letters("baxiantong@units.example") == []
    answer(story, f"{review.id} 单位 八仙筒所", when="2024-03-29T09:10:00")
    assert {f.unit for f in story.house.ledger.all_filings()} == {"baxiantong"}


def test_staff_who_answer_a_digest_and_attach_a_report_get_both_done(story: Story) -> None:
    held(story)
    number = only_review(story)
    shown = answer(story, f"{number} 是", files={"清单.docx": paper("新镇市场监管所")})
    assert shown["disposition"] == "submission"
    assert {f.unit for f in story.house.ledger.all_filings()} == {"xinzhen", "weiliansu"}
    assert [r.act for r in story.house.ledger.rulings()] == ["vouch"]
    assert any("已照办" in m["Subject"] for m in story.letters(OFFICE))


def test_words_with_a_report_in_answer_to_an_old_digest_are_not_lost_silently(story: Story) -> None:
    held(story)
    old = digest(story, "2024-03-10T08:00:00")
    shown = answer(story, f"{only_review(story)} 是", files={"清单.docx": paper("新镇市场监管所")}, thread=old)
    assert shown["disposition"] == "submission" and story.house.ledger.rulings() == ()
    assert any("未执行" in m["Subject"] for m in story.letters(OFFICE))
    answer(story, "补报，请收", files={"清单.docx": paper("新镇市场监管所", checked=41)}, thread=old, when="2024-03-29T09:20:00")
    assert len([m for m in story.letters(OFFICE) if "未执行" in m["Subject"]]) == 1


@pytest.mark.shows("A15")
def test_the_digest_and_its_ledger_sent_along_keep_no_order_from_being_carried_out(story: Story) -> None:
    held(story)
    number = only_review(story)
    story.house.digesting().write()
    (sent,) = (q for q in story.house.ledger.letters_listed() if q.kind == "digest" and q.recipient == OFFICE)
    mail = email.message_from_bytes(sent.raw, policy=email.policy.default)
    files = {part.get_filename() or "": part.get_content() for part in mail.iter_attachments()}
    assert any(name.endswith(".xlsx") for name in files)
    shown = answer(story, f"{number} 是", files={**files, "日报.eml": sent.raw})
    assert gist(shown) == ("command", "none") and [r.act for r in story.house.ledger.rulings()] == ["vouch"]
    assert {f.unit for f in story.house.ledger.all_filings()} == {"weiliansu"}


def test_an_undoing_can_be_undone(story: Story) -> None:
    (carried,) = at_the_keyboard(story).waive("八仙筒所", "典型案例", "2024Q1", "本季度没有办案")
    (back,) = at_the_keyboard(story).undo(carried.ruling.id or 0)
    at_the_keyboard(story).undo(back.ruling.id or 0)
    assert story_state(story, "八仙筒市场监管所", "typical-case", "2024Q1")["state"] == "waived"
    lines = list(log_lines(story.house.ledger.rulings(), story.house.rules))
    assert ["（已撤销）" in line for line in lines] == [False, True, False]


def test_a_waiver_that_was_ordered_by_mail_is_taken_back_as_its_letter_says(story: Story) -> None:
    answer(story, "免报 八仙筒所 典型案例 2024年第一季度 没有办案")
    told = next(m for m in reversed(story.letters(OFFICE)) if "已照办" in m["Subject"])
    way = re.search(r"要撤销就写：([^）]+)）", told.get_content())
    assert way and story_state(story, "八仙筒市场监管所", "typical-case", "2024Q1")["state"] == "waived"
    answer(story, way[1], when="2024-03-29T09:30:00")
    assert story_state(story, "八仙筒市场监管所", "typical-case", "2024Q1")["state"] != "waived"


def test_an_extension_at_the_keyboard_is_no_way_back_in_time(story: Story) -> None:
    for day in (date(2024, 3, 1), date(2024, 4, 1), date(9999, 12, 31)):
        with pytest.raises(Unclear):
            at_the_keyboard(story).extend("新镇所", "问题清单", "2024Q1", day, "停电")
    assert story.house.ledger.rulings() == ()


def test_an_address_of_the_office_is_refused_and_one_of_another_unit_is_told(story: Story) -> None:
    for address in (OFFICE, story.house.rules.settings.mailbox.address, "postmaster@units.example"):
        with pytest.raises(Unclear):
            at_the_keyboard(story).register(address, "新镇所")
    carried = at_the_keyboard(story).register("zhian@units.example", "新镇所")
    (line,) = (line for line in carried_lines(carried, story.house.rules_now()) if "登记" in line)
    assert "原来是" in line


@pytest.mark.parametrize("email_said", ["nmyxjg@163.com", OFFICE, "postmaster@units.example"])
def test_a_liaison_form_with_an_address_of_the_office_or_a_machine_proposes_nothing(email_said: str, story: Story) -> None:
    form = papers.liaison_docx(unit="新镇市场监管所", name="张三", email=email_said)
    shown = story.post("xinzhen", "联络员表", files={"联络员.docx": form}, when="2023-07-20T09:00:00")
    assert any(i["form"] == "liaison" for i in shown["items"])
    assert not [r for r in story.house.ledger.open_reviews(story.house.clock()) if r.kind == "new-contact"]


def test_a_click_means_what_was_shown_however_its_blanks_were_moved(story: Story) -> None:
    for day in range(16, 28):
        held(story, when=f"2024-03-{day}T15:00:00", sender=f"p{day}@mail.example", checked=day)
    assert len(story.house.ledger.open_reviews(story.house.clock())) == 12
    words = "处理 12 是"
    token = click(key(story), datetime(2024, 3, 29, 8, tzinfo=SHANGHAI), words)
    story.post(OFFICE, f"处理 1 2 是 {token}", "直接发送即可。", when="2024-03-29T09:00:00")
    assert [(r.review, r.act) for r in story.house.ledger.rulings()] == [(12, "vouch")]


def test_two_answers_to_one_case_are_none_and_words_below_a_click_are_shown_back(story: Story) -> None:
    held(story)
    number = only_review(story)
    assert gist(answer(story, f"{number} 是 {number} 否")) == ("command", "held") and story.house.ledger.rulings() == ()
    words = f"处理{number}：是"
    subject = f"{words} {click(key(story), datetime(2024, 3, 29, 8, tzinfo=SHANGHAI), words)}"
    shown = story.post(OFFICE, subject, f"{number} 否，其他的先不动", when="2024-03-29T09:00:00")
    assert gist(shown) == ("command", "held") and [r.act for r in story.house.ledger.rulings()] == ["vouch"]
    assert "点选的答案只看主题" in story.letters(OFFICE)[-1].get_content()


def test_nothing_of_a_stranger_is_accepted_before_it_is_known_whose_it_is(story: Story) -> None:
    held(story)
    with pytest.raises(NothingOrdered):
        at_the_keyboard(story).settle(only_review(story), "接受 没关系")
    assert story.house.ledger.rulings() == ()
