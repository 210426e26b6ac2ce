"""The contract's table "who may file", row by row."""

from datetime import date
from typing import Any

import pytest
from stories.conftest import FORGED, GOOD, Story, codes, compose, gist

from mailbot.app.demo import papers
from mailbot.app.demo.scan import Page, stamped_jpeg

WHEN = "2024-03-27T10:00:00"


def risk_list(unit: str = "八仙筒市场监管所") -> bytes:
    return papers.risk_list_docx(unit=unit, reported_on=date(2024, 3, 26), title="2024年第一季度“两品一械”风险隐患排查问题清单")


def scan(unit: str = "八仙筒市场监管所") -> bytes:
    return stamped_jpeg(Page(title="问题清单", lines=("一", "二"), seal=unit))


def both(unit: str = "八仙筒市场监管所") -> dict[str, bytes]:
    return {"清单.docx": risk_list(unit), "清单-章.jpg": scan(unit)}


def test_a_registered_address_files_for_its_unit_and_gets_a_receipt(story: Story) -> None:
    shown = story.post("baxiantong", files=both(), when=WHEN)
    assert gist(shown) == ("submission", "receipt")
    assert (shown["unit"], shown["unit_by"], shown["trusted"]) == ("八仙筒市场监管所", "address", True)
    assert [(i["form"], i["copy"], i["duty"], i["period"]) for i in shown["items"]] == [
        ("risk-list", "editable", "risk-list", "2024Q1"), ("risk-list", "scan", "risk-list", "2024Q1")]  # fmt: skip
    assert story.state("八仙筒市场监管所", "risk-list", "2024Q1")["state"] == "complete"
    (letter,) = story.letters()
    assert letter["To"] == "baxiantong@units.example" and "【已收齐】" in letter["Subject"]
    assert "印章未核对" in letter.get_content()


def test_forms_that_name_no_unit_are_filed_for_the_address_but_the_blank_is_named(story: Story) -> None:
    shown = story.post("baxiantong", files=both(unit=""), when=WHEN)
    assert shown["unit"] == "八仙筒市场监管所" and gist(shown) == ("submission", "missing") and codes(shown) == {"field-missing"}


@pytest.mark.shows("P8", "A64")
def test_a_form_that_names_another_unit_is_held(story: Story) -> None:
    shown = story.post("xinzhen", files=both("八仙筒市场监管所"), when=WHEN)
    assert gist(shown) == ("review", "held") and codes(shown) >= {"unit-mismatch"}
    assert shown["unit"] == "八仙筒市场监管所" and shown["reply"]["to"] == ["xinzhen@units.example"]
    assert story.house.ledger.all_filings() == ()


def test_the_squad_headquarters_may_send_for_a_squad(story: Story) -> None:
    shown = story.post("zhifadadui", files=both("执法一中队"), when=WHEN)
    assert gist(shown) == ("submission", "receipt") and shown["unit"] == "执法一中队"
    assert story.state("执法一中队", "risk-list", "2024Q1")["state"] == "complete"
    assert set(shown["reply"]["to"]) == {"zhifadadui@units.example", "zhifa1@units.example"}


def test_a_section_may_send_for_its_working_group_under_its_own_seal(story: Story) -> None:
    report = papers.free_report_docx(title="药品和医疗器械工作组飞行检查工作开展情况报告", unit="药品和医疗器械工作组", reported_on=date(2023, 10, 30))
    files = {"飞行检查.docx": report, "飞行检查-章.jpg": scan("药械监管股")}
    shown = story.post("yaoxie", files=files, when="2023-10-30T10:00:00")
    assert gist(shown) == ("submission", "receipt") and shown["unit"] == "药品和医疗器械工作组"
    assert story.state("药品和医疗器械工作组", "flight-inspection", "2023-11-01")["state"] == "complete"


@pytest.mark.parametrize("results", [FORGED, "mx.bureau.example; spf=fail; dkim=none"])
@pytest.mark.shows("P8", "A07")
def test_a_forged_registered_address_files_nothing_and_only_that_address_is_told(story: Story, results: str) -> None:
    shown = story.post("baxiantong", files=both(), when=WHEN, results=results, headers={"Reply-To": "evil@mail.example"})
    assert gist(shown) == ("review", "held") and shown["trusted"] is False
    assert shown["reply"]["to"] == ["baxiantong@units.example"] and story.house.ledger.all_filings() == ()


@pytest.mark.parametrize("text", ["请问月报怎么填？", "好的，谢谢。"])
@pytest.mark.shows("P8")
def test_anything_from_a_forged_address_is_held(story: Story, text: str) -> None:
    shown = story.post("baxiantong", "你好", text, when=WHEN, results=FORGED)
    assert gist(shown) == ("review", "held") and shown["reply"]["to"] == ["baxiantong@units.example"]


@pytest.mark.parametrize(
    ("sender", "named", "unit"),
    [
        ("zhifa2", "市场监管综合行政执法大队第二执法中队", "执法二中队"), ("zhifa3", "奈曼旗市场监管综合行政执法大队（三中队）", "执法三中队"),
        ("zhifadadui", "奈曼旗市场监管综合行政执法大队（三中队）", "执法三中队"), ("zhifadadui", "执法大队（盖章）", "市场监管综合行政执法大队"),
        ("baxiantong", "奈曼旗市场监督管理局八仙筒镇市场监督管理所", "八仙筒市场监管所"),
    ],
)  # fmt: skip
def test_units_are_known_by_the_names_people_write(story: Story, sender: str, named: str, unit: str) -> None:
    shown = story.post(sender, files=both(named), when=WHEN)
    assert (shown["unit"], shown["disposition"]) == (unit, "submission")


@pytest.mark.shows("P8", "A18")
def test_authentication_results_of_a_server_we_do_not_trust_say_nothing(story: Story) -> None:
    assert gist(story.post("baxiantong", files=both(), when=WHEN, results="evil.example; dmarc=fail"))[0] == "submission"
    assert gist(story.post("xinzhen", files=both("新镇所"), when=WHEN, results=""))[0] == "submission"


@pytest.mark.shows("P8", "P9")
def test_an_unknown_address_that_names_a_unit_is_held_and_the_unit_is_asked_in_a_letter_of_its_own(story: Story) -> None:
    shown = story.post("someone@mail.example", "表", "您收一下", both(), when=WHEN)
    assert gist(shown) == ("review", "held") and (shown["unit"], shown["trusted"]) == ("八仙筒市场监管所", False)
    assert shown["reply"]["to"] == ["someone@mail.example", "baxiantong@units.example"]
    assert story.house.ledger.all_filings() == ()
    to_stranger = story.letters("someone@mail.example")[0].get_content()
    assert "八仙筒" not in to_stranger and "清单.docx" not in to_stranger


@pytest.mark.parametrize(("subject", "text"), [("土城子 隐患表", "您收一下"), ("表", "您收一下\n\n土城子市场监管所 小陈")])
def test_subject_or_signature_name_the_unit_where_the_document_does_not(story: Story, subject: str, text: str) -> None:
    shown = story.post("someone@mail.example", subject, text, {"b.docx": risk_list("")}, when=WHEN)
    assert gist(shown) == ("review", "held") and shown["unit"] == "土城子市场监管所"


def test_an_unknown_address_without_a_unit_is_asked_for_one(story: Story) -> None:
    shown = story.post("someone@mail.example", "表", "您收一下", {"b.docx": risk_list("")}, when=WHEN)
    assert gist(shown) == ("review", "unknown-unit") and shown["unit"] is None


@pytest.mark.shows("P6")
def test_a_stranger_gets_one_fixed_text_a_week(story: Story) -> None:
    assert story.post("someone@mail.example", files={"b.docx": risk_list("")}, when=WHEN)["reply"]["kind"] == "unknown-unit"
    assert story.post("someone@mail.example", files={"b.docx": risk_list("")}, when="2024-03-30T10:00:00")["reply"]["kind"] == "none"
    assert story.post("someone@mail.example", files={"b.docx": risk_list("")}, when="2024-04-04T10:00:01")["reply"]["kind"] == "unknown-unit"


def test_an_unknown_address_with_nothing_of_ours_is_foreign(story: Story) -> None:
    assert gist(story.post("sales@shop.example", "优惠", "全场五折，欢迎选购", when=WHEN)) == ("foreign", "none")
    assert gist(story.post("sales@shop.example", "宣传册", "请看", {"册子.jpg": scan()}, when=WHEN)) == ("foreign", "none")


def test_a_strangers_question_about_the_campaign_is_an_inquiry_without_a_reply(story: Story) -> None:
    assert gist(story.post("someone@mail.example", "咨询", "请问药品安全巩固提升行动什么时候总结？", when=WHEN)) == ("inquiry", "none")


@pytest.mark.shows("A63")
def test_staff_vouch_for_a_units_files_and_the_unit_gets_the_receipt(story: Story) -> None:
    shown = story.post("office@bureau.example", "转：八仙筒", "请登记", both(), when=WHEN)
    assert gist(shown) == ("submission", "receipt") and shown["unit"] == "八仙筒市场监管所"
    assert shown["reply"]["to"] == ["baxiantong@units.example"]


@pytest.mark.shows("P9")
def test_files_of_others_that_staff_forward_are_not_named_to_a_unit(story: Story) -> None:
    files = {**both(), "新镇所一季度清单.docx": b"PK\x03\x04 broken"}
    story.post("office@bureau.example", "转发", "请登记", files, when=WHEN)
    (letter,) = story.letters("baxiantong@units.example")
    assert "新镇" not in letter.get_content()


@pytest.mark.shows("P5", "P9")
def test_a_forged_strangers_address_is_not_written_to(story: Story) -> None:
    shown = story.post("victim@mail.example", "表 加微信", "您收一下", {"b.docx": risk_list("")}, when=WHEN, results=FORGED)
    assert shown["disposition"] == "review" and story.letters() == []


@pytest.mark.shows("P8", "A17")
def test_an_answer_to_a_digest_without_a_valid_token_carries_nothing_out(story: Story) -> None:
    shown = story.post("office@bureau.example", "Re: 【日报】9月12日", "1 是\n3 否", when=WHEN)
    assert gist(shown) == ("command", "held") and shown["reply"]["to"] == ["office@bureau.example"]
    other = story.post("office@bureau.example", "回复：每日情况", "1 是\n2 否", when=WHEN, headers={"In-Reply-To": "<x@y>"})
    assert gist(other) == ("command", "held")


@pytest.mark.shows("P8")
def test_a_forged_staff_address_is_held_to_staff_only(story: Story) -> None:
    shown = story.post("office@bureau.example", "转发", "请登记", both(), when=WHEN, results=FORGED)
    assert gist(shown) == ("review", "held") and shown["reply"]["to"] == ["office@bureau.example"] and story.house.ledger.all_filings() == ()


@pytest.mark.shows("A19", "F07")
@pytest.mark.shows("A19")
def test_the_same_mail_again_is_a_duplicate_whatever_trace_it_bears(story: Story) -> None:
    raw = compose("baxiantong@units.example", files=both(), when=WHEN, message_id="<same@units.example>")
    again = raw.replace(b"by mx.bureau.example;", b"by other.bureau.example;", 1).replace(b"Return-Path", b"X-Seen: 1\r\nReturn-Path", 1)
    assert story.take(raw)["disposition"] == "submission"
    shown = story.take(again)
    assert gist(shown) == ("duplicate", "none") and len(story.letters()) == 1
    assert len(list((story.house.home / "archive").rglob("*.eml"))) == 2  # every version of the bytes is kept


@pytest.mark.shows("A20", "F08")
@pytest.mark.shows("A20")
def test_the_same_message_id_with_other_content_is_a_new_message(story: Story) -> None:
    story.post("baxiantong", files={"清单.docx": risk_list()}, when=WHEN, message_id="<same@units.example>")
    shown = story.post("baxiantong", files={"清单-章.jpg": scan()}, when="2024-03-27T11:00:00", message_id="<same@units.example>")
    assert gist(shown) == ("submission", "receipt")


def test_the_same_files_under_a_new_id_are_filed_again_and_nothing_changes(story: Story) -> None:
    files = both()
    story.post("baxiantong", files=files, when=WHEN)
    before = story.state("八仙筒市场监管所", "risk-list", "2024Q1")
    assert gist(story.post("baxiantong", files=files, when="2024-03-28T10:00:00")) == ("submission", "receipt")
    assert story.state("八仙筒市场监管所", "risk-list", "2024Q1") == before


@pytest.mark.parametrize(
    "more",
    [
        {"headers": {"Auto-Submitted": "auto-replied"}}, {"subject": "自动回复: 清单"}, {"headers": {"Precedence": "bulk"}},
        {"headers": {"List-Id": "<x.example>"}}, {"sender": "mailer-daemon@mta.example"}, {"sender": "nmyxjg@163.com"},
    ],
)  # fmt: skip
@pytest.mark.shows("P5", "A11", "A13")
def test_automatic_mail_is_never_answered_even_with_a_form_in_it(story: Story, more: dict[str, Any]) -> None:
    shown = story.post(more.pop("sender", "baxiantong"), more.pop("subject", "材料"), files=both(), when=WHEN, **more)
    assert gist(shown) == ("automatic", "none") and story.letters() == []


@pytest.mark.shows("P5", "A12")
def test_auto_submitted_no_is_a_person(story: Story) -> None:
    assert gist(story.post("baxiantong", files=both(), when=WHEN, headers={"Auto-Submitted": "no"}))[1] == "receipt"


@pytest.mark.shows("P5", "A13")
def test_who_asks_for_no_automatic_answer_is_filed_and_not_answered(story: Story) -> None:
    shown = story.post("baxiantong", files=both(), when=WHEN, headers={"X-Auto-Response-Suppress": "All"})
    assert gist(shown) == ("submission", "none") and len(story.house.ledger.all_filings()) == 2


def test_a_question_without_a_form_goes_to_the_liaison_and_is_acknowledged(story: Story) -> None:
    shown = story.post("baxiantong", "请教", "盖章是盖所章还是局章？望告知。", when=WHEN)
    assert gist(shown) == ("inquiry", "inquiry") and "联络员" in story.letters()[0].get_content()


@pytest.mark.parametrize("text", ["800字不够行不行。", "总结的截止日期是哪天", "用手机拍照可以不，谢谢！", "清单收到没，谢谢！"])
def test_questions_are_known_without_a_question_mark(story: Story, text: str) -> None:
    assert gist(story.post("baxiantong", "你好", text, when=WHEN)) == ("inquiry", "inquiry")


def test_figures_typed_into_the_mail_wait_for_a_person(story: Story) -> None:
    text = "截至目前，共检查零售企业及使用单位86家次。出动执法人员172人次；发现风险隐患数24条，销号21个。"
    assert gist(story.post("baxiantong", "一季度风险隐患排查情况", text, when=WHEN)) == ("review", "none")


def test_a_nil_report_whose_form_is_not_plain_waits_for_a_person(story: Story) -> None:
    assert gist(story.post("baxiantong", "零报告", "特此报告。", when=WHEN)) == ("review", "none")
    shown = story.post("baxiantong", "零报告", "我所2024年3月份案件查办数据为零，特此报告。", when=WHEN)
    assert gist(shown) == ("submission", "receipt") and shown["items"][0]["period"] == "2024-03"


def test_an_announced_file_that_is_not_there_is_told(story: Story) -> None:
    shown = story.post("baxiantong", "一季度清单", "清单见附件，请查收。", when=WHEN)
    assert gist(shown) == ("inquiry", "missing") and "邮件里没有附件" in story.letters()[0].get_content()


def test_a_report_typed_into_the_mail_waits_for_a_person(story: Story) -> None:
    text = "2023年药品安全巩固提升工作自查报告\n一、药品安全巩固提升工作简要情况\n" + papers.prose(120) + "\n二、工作亮点\n" + papers.prose(60)
    text += "\n三、存在问题和分析\n" + papers.prose(300) + "\n四、下一步措施和建议\n" + papers.prose(60)
    assert gist(story.post("baxiantong", "自查报告", text, when="2023-09-10T10:00:00")) == ("review", "none")


def test_thanks_are_not_answered(story: Story) -> None:
    assert gist(story.post("baxiantong", "Re: 回执", "好的，谢谢。", when=WHEN)) == ("foreign", "none")


@pytest.mark.shows("P8", "A02")
def test_a_sender_who_cannot_be_made_out_is_nobody(story: Story) -> None:
    raw = compose("baxiantong@units.example", files=both(), when=WHEN, results=GOOD)
    smuggled = raw.replace(b"From: baxiantong@units.example", b"X-A: b\rFrom: baxiantong@units.example", 1)
    assert story.take(smuggled)["disposition"] == "review" and story.house.ledger.all_filings() == ()
    doubled = raw.replace(b"From: baxiantong@units.example", b"From: baxiantong@units.example\r\nFrom: evil@mail.example", 1)
    shown = story.take(doubled)
    assert shown["trusted"] is False and shown["disposition"] == "review" and story.house.ledger.all_filings() == ()
    assert "evil@mail.example" not in shown["reply"]["to"]
