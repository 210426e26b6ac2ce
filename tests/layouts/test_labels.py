"""Label tables and free text."""

from datetime import date

from parsers.layouts import parse
from tests.layouts.pages import FORMS, form_of, page

LIAISON = FORMS["liaison"]
TITLE = "药品安全巩固提升行动联络员报名表"


def test_merged_cells_repeat_their_text_and_change_nothing() -> None:
    parsed = parse(page("附件7", TITLE, [
        ["单位名称", "执法一中队", "执法一中队", "执法一中队", "执法一中队"],
        ["联络员", "姓名", "郑德力格尔", "所在部门", "药械组"],
        ["联络员", "职务", "所长", "办公电话", "0475-4211188"],
        ["联络员", "移动电话", "19900007917", "19900007917", "19900007917"],
    ], "备注：请加盖本单位公章后发送至邮箱：nmyxjg@163.com。", "执法一中队", "2023年7月25日"), LIAISON)  # fmt: skip
    assert {k: v for k, v in parsed.fields.items() if v} == {
        "unit": "执法一中队", "name": "郑德力格尔", "department": "药械组", "post": "所长", "office_phone": "0475-4211188",
        "mobile": "19900007917", "reported_on": "2023-07-25",
    }  # fmt: skip
    assert (parsed.title, parsed.unit_text, parsed.reported_on) == (TITLE, "执法一中队", date(2023, 7, 25))


def test_the_other_towns_form_has_title_and_mail_address() -> None:
    parsed = parse(page(TITLE, [["单位名称", "燕东所", "", "", ""], ["联络员", "姓名", "张三", "所在部门", "—"], ["", "职务/职称", "所长", "办公电话", ""],
                                ["", "移动电话", "１９９００００７９１７", "", ""], ["", "电子邮箱", "a@b.example", "", ""]]), LIAISON)  # fmt: skip
    assert [parsed.fields[f] for f in ("post", "email", "mobile", "department", "office_phone")] == [
        "所长", "a@b.example", "19900007917", "", None]  # fmt: skip


def test_a_row_of_labels_has_its_values_below() -> None:
    parsed = parse(page([["单位", "姓名", "部门", "职务", "办公电话", "手机"], ["东明所", "张三", "", "所长", "4211188", "19900007917"]]), LIAISON)
    assert [parsed.fields[f] for f in ("unit", "name", "department", "mobile")] == ["东明所", "张三", None, "19900007917"]


def test_lines_of_a_pdf_are_read_without_colons() -> None:
    parsed = parse(page(TITLE, "单位名称 执法一中队", "联络员 姓名 张三 所在部门 药械组", "职务 所长 办公电话 4211188", "移动电话 19900007917", kind="pdf"), LIAISON)
    assert [parsed.fields[f] for f in ("unit", "name", "department", "post", "mobile")] == ["执法一中队", "张三", "药械组", "所长", "19900007917"]


def test_an_empty_form_is_unfilled() -> None:
    assert parse(page(TITLE, [["单位名称", ""], ["姓名", ""], ["移动电话", ""]]), LIAISON).unfilled


def test_a_mobile_with_a_digit_lost_is_kept_as_invalid() -> None:
    parsed = parse(page(TITLE, [["单位名称", "东明所"], ["姓名", "张三"], ["移动电话", "1990000791"]]), LIAISON)
    assert (parsed.fields["mobile"], parsed.invalid) == (None, {"mobile": "1990000791"})


def test_free_text_gives_title_and_date() -> None:
    parsed = parse(page("关于飞行检查工作开展情况的报告", "旗局领导小组办公室：", "今年以来检查了一些企业。", "药械监管股", "2023年10月30日"), FORMS["free-report"])
    assert (parsed.title, parsed.reported_on, parsed.unfilled) == ("关于飞行检查工作开展情况的报告", date(2023, 10, 30), False)


FIRE = form_of({"id": "fire", "title": "消防安全自查表", "layout": {"kind": "labels", "labels": [
    {"field": "unit", "labels": ["单位名称"], "role": "unit"}, {"field": "term", "labels": ["检查时段"], "role": "period"},
    {"field": "checked_on", "labels": ["检查日期"], "type": "date", "role": "date"}, {"field": "checker", "labels": ["检查人"]}]}})  # fmt: skip
CELLS = [["单位名称", "城关第三中学"], ["检查时段", "2024年第一季度"], ["检查日期", "2024年3月1日"], ["检查人", "张三"]]


def test_date_and_period_are_known_by_their_role() -> None:
    for document in (page("消防安全自查表", CELLS), page("消防安全自查表", *("：".join(row) for row in CELLS))):
        parsed = parse(document, FIRE)
        assert (parsed.unit_text, parsed.period_text) == ("城关第三中学", "2024年第一季度 消防安全自查表")
        assert (parsed.reported_on, parsed.fields["reported_on"], parsed.fields["checked_on"]) == (date(2024, 3, 1), "2024-03-01", "2024-03-01")


def test_the_date_of_the_signature_serves_where_no_label_bears_one() -> None:
    signed = parse(page("消防安全自查表", CELLS[:2], "城关第三中学", "2024年3月27日"), FIRE)
    assert (signed.reported_on, signed.fields["checked_on"], signed.signature) == (date(2024, 3, 27), "2024-03-27", "城关第三中学\n2024年3月27日")
    assert parse(page(TITLE, [["单位名称", "东明所"], ["姓名", "张三"], ["填表日期", "2024年3月27日"]]), LIAISON).reported_on == date(2024, 3, 27)
    blank = parse(page("消防安全自查表", [*CELLS[:2], ["检查日期", ""]], "城关第三中学", "2024年3月27日"), FIRE)
    assert (blank.reported_on, blank.fields["checked_on"]) == (date(2024, 3, 27), None)


def test_the_last_label_of_a_pdf_is_no_signature() -> None:
    parsed = parse(page(TITLE, "单位名称 城关第三中学", "移动电话 19900007917", "联络员 姓名 张三", "2024年3月27日", kind="pdf"), LIAISON)
    assert (parsed.signature, parsed.fields["name"]) == ("2024年3月27日", "张三")
