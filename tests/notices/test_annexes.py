"""Annexes become forms: columns, parts with least lengths, labels; prose does not; a form of the rules is known again."""

from pathlib import Path

import pytest

from mailbot.adapters import rules as rules_adapter
from mailbot.adapters.packs import form_yaml
from mailbot.domain.blanks import blank_page, endings
from mailbot.domain.documents import Paragraph, Table
from mailbot.domain.forms import LabelsLayout, SectionsLayout, TableLayout
from mailbot.domain.notices.annexes import forms_of
from mailbot.domain.notices.draft import DraftForm
from mailbot.domain.notices.notice import Annex, Notice
from mailbot.domain.notices.tabular import counters_in, heads_in, tabled
from tests.notices.shared import NAMES, bare_draft, draft


def _form(name: str, annex: str) -> DraftForm:
    return next(f for f in bare_draft(name).forms if f.annex == annex)


def _of(*blocks: Paragraph | Table, title: str = "隐患排查情况统计表") -> list[DraftForm]:
    return list(forms_of(Notice("通知", (), (), (Annex("附件1", title, blocks),)), {}, "neu"))


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("naiman", {"附件3": "risk-list", "附件4": "typical-case", "附件5": "self-review", "附件6": "work-summary", "附件7": "liaison"}),
        ("yongan", {"附件2": "liaison", "附件3": "work-summary-yongan"}),
        ("wulate", {}),
        ("city", {}),
        ("ningxia", {}),
    ],
)
def test_annexes_laid_out_like_a_form_of_the_rules_are_that_form(name: str, forms: dict[str, str]) -> None:
    assert {f.annex: f.known for f in draft(name).forms} == forms


def test_annexes_of_prose_are_no_forms() -> None:
    assert [f.annex for f in bare_draft("naiman").forms] == ["附件3", "附件4", "附件5", "附件6", "附件7"]  # 1 and 2 order and organise
    assert [f.annex for f in bare_draft("yongan").forms] == ["附件2", "附件3"]


def test_a_table_becomes_columns_heads_a_sample_and_counters() -> None:
    found = _form("naiman", "附件3")
    layout = found.form.layout
    assert isinstance(layout, TableLayout)
    assert [c.heads[0] for c in layout.columns] == ["序号", "发现的共性风险隐患管控措施", "管控措施", "是否排除隐患", "工作开展情况"]
    assert [c.field for c in layout.columns] == ["no", "issue", "measure", "field_4", "progress"]
    assert [(c.role, c.type) for c in layout.columns][::3] == [("number", "text"), (None, "yes-no")]
    assert [(h.field, h.role) for h in layout.heads] == [("unit", "unit"), ("reported_on", "date")]
    assert (layout.sample, layout.columns[1].sample) == ("例：", "部分企业处方药未凭处方销售或未保留处方。")
    assert layout.counters_in == "progress"
    assert len(layout.counters) == 7  # the last four of the notice were printed without a gap
    assert found.doubts


def test_a_template_in_parts_becomes_parts_with_their_least_lengths_and_hints() -> None:
    review = _form("naiman", "附件5").form.layout
    assert isinstance(review, SectionsLayout)
    assert [(p.heading, p.least) for p in review.parts] == [("药品安全巩固提升工作简要情况", 0), ("工作亮点", 0), ("存在问题和分析", 800), ("下一步措施和建议", 0)]
    assert "此部分不少于800字" in review.hints
    case = _form("naiman", "附件4").form.layout
    assert isinstance(case, SectionsLayout)
    assert [(p.field, p.hint[:4]) for p in case.parts] == [("overview", "简要介绍"), ("outcome", "说明违法")]
    assert [h.role for h in case.heads] == ["unit", "date"]


def test_sub_parts_stand_under_their_part() -> None:
    layout = _form("yongan", "附件3").form.layout
    assert isinstance(layout, SectionsLayout)
    assert [p.heading for p in layout.parts if p.under == "results"] == ["风险隐患排查情况", "移送通报情况", "案件查办情况", "其他工作"]
    assert [p.heading for p in layout.parts if p.heading_only] == ["其他"]


def test_a_table_of_labels_becomes_labels_with_types_and_their_group() -> None:
    layout = _form("yongan", "附件2").form.layout
    assert isinstance(layout, LabelsLayout)
    assert [(x.field, x.type, x.group) for x in layout.labels] == [
        ("unit", "text", ""), ("name", "text", "联络员"), ("department", "text", "联络员"), ("post", "text", "联络员"),
        ("office_phone", "phone", "联络员"), ("mobile", "mobile", "联络员"), ("email", "email", "联络员"),
    ]  # fmt: skip
    assert layout.labels[0].role == "unit"


@pytest.mark.parametrize("name", NAMES)
def test_every_drafted_form_is_valid_as_it_is_written_and_prints_a_blank(name: str, tmp_path: Path) -> None:
    for found in bare_draft(name).forms:
        path = tmp_path / f"{found.form.id}.yaml"
        path.write_text(form_yaml(found, "通知"), encoding="utf-8")
        read = rules_adapter.load_form(path)
        assert read == found.form
        assert endings(read)
        assert blank_page(read).title


def test_a_filled_table_is_no_form() -> None:
    tasks = Table((("序号", "任务", "责任单位"), ("1", "排查校车", "交通股"), ("2", "排查食堂", "食品股"), ("3", "排查消防", "安全股")))
    assert _of(tasks, title="任务分解表") == []


def test_rows_named_in_the_first_column_are_kinds() -> None:
    found = _of(Table((("类别", "立案数", "罚没款（万元）"), ("药品", "", ""), ("医疗器械", "", ""), ("合计", "", ""))))[0].form.layout
    assert isinstance(found, TableLayout)
    assert list(found.kinds) == ["药品", "医疗器械", "合计"]
    assert [(c.field, c.type) for c in found.columns] == [("kind", "text"), ("field_2", "number"), ("field_3", "decimal")]


def test_heads_over_two_rows_are_one() -> None:
    table = Table((("序号", "单位名称", "检查情况", "检查情况"), ("序号", "单位名称", "出动人次", "发现隐患数"), ("1", "", "", ""), ("2", "", "", "")))
    found = tabled(table)
    assert found is not None and isinstance(found.layout, TableLayout)
    assert [c.heads for c in found.layout.columns] == [("序号",), ("单位名称",), ("出动人次", "检查情况出动人次"), ("发现隐患数", "检查情况发现隐患数")]


def test_rows_over_all_columns_are_the_title_and_the_labels_of_a_table() -> None:
    title, labels = ("某县隐患排查情况统计表",) * 3, ("填报单位（盖章）：      填报日期：   年  月  日",) * 3
    note = ("注：每月25日前报送。",) * 3
    found = _of(Table((title, labels, ("序号", "企业名称", "隐患内容"), ("1", "", ""), ("2", "", ""), note)))[0].form
    assert isinstance(found.layout, TableLayout)
    assert [c.heads[0] for c in found.layout.columns] == ["序号", "企业名称", "隐患内容"]
    assert [h.role for h in found.layout.heads] == ["unit", "date"]
    assert found.blank.notes == ("注：每月25日前报送。",)


def test_a_form_of_lines_without_a_table_is_labels_and_says_so() -> None:
    found = _of(Paragraph("单位名称："), Paragraph("姓 名： 职务："), Paragraph("手机： 电子邮箱："), title="联络员登记表")[0]
    assert isinstance(found.form.layout, LabelsLayout)
    assert [x.labels[0] for x in found.form.layout.labels] == ["单位名称", "姓名", "职务", "手机", "电子邮箱"]
    assert found.doubts


def test_a_table_of_which_only_words_came_is_read_from_them_with_a_doubt() -> None:
    found = _of(Paragraph("填报单位：(盖章) 填报日期： 年月日"), Paragraph("序号 学校名称 隐患内容 整改措施 备注"), Paragraph("1"))[0]
    assert isinstance(found.form.layout, TableLayout)
    assert [c.heads[0] for c in found.form.layout.columns] == ["序号", "学校名称", "隐患内容", "整改措施", "备注"]
    assert found.doubts


def test_a_statistics_table_that_did_not_come_with_the_text_is_not_made_up() -> None:
    assert _of(Paragraph("单位："), Paragraph("联系人： 联系电话："), Paragraph("日期：")) == []


@pytest.mark.parametrize(
    ("line", "labels"),
    [
        ("填报单位：          (盖章)                    填报日期：  年 月 日", [("unit", "unit"), ("reported_on", "date")]),
        ("填表人：        审核人：        联系电话：", [("reporter", None), ("reviewer", None), ("phone", None)]),
        ("填报单位：某某市教育局", []),
        ("现将有关事项通知如下：", []),
        ("填报要求：", []),
    ],
)
def test_labels_of_a_line_are_read_where_nothing_is_written_behind_them(line: str, labels: list[tuple[str, str | None]]) -> None:
    assert [(h.field, h.role) for h in heads_in(line)] == labels


def test_counters_of_a_sentence_stand_for_its_gaps_and_only_where_their_words_differ() -> None:
    counters, sentence = counters_in("共检查企业  家，出动执法人员____人次；整改隐患  处。")
    assert [c.label for c in counters] == ["共检查企业（家）", "出动执法人员（人次）", "整改隐患（处）"]
    assert sentence == "共检查企业{count_1}家，出动执法人员{count_2}人次；整改隐患{count_3}处。"
    assert counters_in("一季度检查  家，二季度检查  家")[0] != ()
    assert counters_in("检查  家，检查  家") == ((), "")


def test_a_new_form_does_not_take_the_id_of_another_one() -> None:
    known = {"liaison": bare_draft("yongan").forms[1].form}
    table = Table((("单位名称", "", "姓名", ""), ("年龄", "", "学历专业", "")))
    found = forms_of(Notice("通知", (), (), (Annex("附件1", "联络员报名表", (table,)),)), known, "jiaoyu-2024")
    assert [f.form.id for f in found] == ["liaison-jiaoyu-2024"]


def test_persons_in_the_notes_of_a_form_are_left_out() -> None:
    assert not any("联系人" in note for f in bare_draft("naiman").forms for note in f.form.blank.notes)


@pytest.mark.parametrize(
    ("title", "plain", "name"),
    [
        ("XX执法中队（市场监管所）2023年药品安全巩固提升工作自查报告", "药品安全巩固提升工作自查报告", "自查报告"),
        ("XX县（市、区）安全生产月报表", "安全生产月报表", "安全生产月报表"),
        ("XX单位自查报告", "自查报告", "自查报告"), ("（XX单位）隐患排查表", "隐患排查表", "隐患排查表"),
        ("药品安全联络员报名表", "药品安全联络员报名表", "联络员报名表"),
        ("2024年上半年报表", "2024年上半年报表", "上半年报表"), ("市场监管所名册统计表", "市场监管所名册统计表", "统计表"),
    ],
)  # fmt: skip
def test_a_drafted_form_is_called_without_what_each_unit_fills_in(title: str, plain: str, name: str) -> None:
    found = _of(Table((("单位名称", "隐患内容", "整改措施"), ("", "", ""), ("", "", ""))), title=title)[0]
    assert (found.form.title, found.form.recognise.names) == (plain, (name,))
    assert "各单位还怎样叫它，请补进 names" in found.doubts
    assert found.form.blank is not None and found.form.blank.title == (title,)  # the blank stays as the notice has it
