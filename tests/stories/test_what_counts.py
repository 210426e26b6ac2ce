"""Copies, periods, checks and lateness, from the mail to the receipt and the ledger."""

from datetime import date

import pytest
from stories.conftest import Story, codes, gist

from mailbot.app.demo import papers
from mailbot.app.demo.papers import Counters
from mailbot.app.demo.scan import Page, stamped_jpeg, stamped_pdf

UNIT, ADDRESS = "新镇市场监管所", "xinzhen"
PAGE = Page(title="扫描件", lines=("一",), seal=UNIT)
SCAN = stamped_jpeg(PAGE)


def risk_list(day: date, title: str = "“两品一械”风险隐患排查问题清单", **more: object) -> bytes:
    return papers.risk_list_docx(unit=UNIT, reported_on=day, title=title, **more)  # type: ignore[arg-type]


def stats(month: tuple[int, int], **more: object) -> bytes:
    return papers.case_stats_xlsx(unit=UNIT, month=month, **more)  # type: ignore[arg-type]


def missing(shown: dict[str, object]) -> list[tuple[str, str, str]]:
    return [(m["duty"], m["period"], m["copy"]) for m in shown["reply"]["missing"]]  # type: ignore[index]


# --- copies ----------------------------------------------------------------------------------------------------------------


def test_a_document_and_its_scan_from_the_phone_meet_in_one_filing(story: Story) -> None:
    first = story.post(ADDRESS, files={"正文.docx": risk_list(date(2023, 12, 25))}, when="2023-12-26T15:50:00")
    assert gist(first) == ("submission", "missing") and missing(first) == [("risk-list", "2023Q4", "scan")]
    second = story.post(ADDRESS, "材料", "", {"微信图片_20231226160243.jpg": SCAN}, when="2023-12-26T16:02:00")
    assert gist(second) == ("submission", "receipt")
    assert story.state(UNIT, "risk-list", "2023Q4")["copies"] == {"editable": "ok", "scan": "ok"}
    assert "我们把“微信图片_20231226160243.jpg”看作" in story.letters()[1].get_content()


def test_a_scan_first_is_known_by_its_name_and_waits_for_the_document(story: Story) -> None:
    shown = story.post(ADDRESS, files={"6月月报-章.pdf": stamped_pdf(PAGE)}, when="2024-06-14T11:00:00")
    assert gist(shown) == ("submission", "missing") and missing(shown) == [("case-stats", "2024-06", "editable")]
    assert gist(story.post(ADDRESS, files={"b.xlsx": stats((2024, 6))}, when="2024-06-15T11:00:00")) == ("submission", "receipt")


def test_a_scan_that_could_be_two_things_is_a_persons_to_decide(story: Story) -> None:
    story.post(ADDRESS, files={"a.docx": risk_list(date(2024, 3, 26))}, when="2024-03-26T10:00:00")
    story.post(ADDRESS, files={"b.xlsx": stats((2024, 3))}, when="2024-03-19T10:00:00")
    shown = story.post(ADDRESS, "材料", "", {"IMG_0001.jpg": SCAN}, when="2024-03-27T10:00:00")
    assert gist(shown) == ("review", "none") and shown["items"][0]["duty"] is None
    assert len(story.house.ledger.open_reviews(story.house.clock())) == 1


def test_no_receipt_goes_out_while_a_person_must_decide_about_part_of_the_mail(story: Story) -> None:
    files = {"4月月报.xlsx": stats((2024, 4)), "4月月报-章.jpg": SCAN, "行政处罚决定书.docx": papers.penalty_decision_docx(unit=UNIT)}
    shown = story.post(ADDRESS, files=files, when="2024-04-16T10:00:00")
    assert gist(shown) == ("review", "none") and story.letters() == []
    assert story.state(UNIT, "case-stats", "2024-04")["state"] == "complete"  # what is plain is filed all the same


def test_two_reports_and_two_scans_in_one_mail_find_each_other_by_name(story: Story) -> None:
    files = {"3月月报.xlsx": stats((2024, 3)), "4月月报.xlsx": stats((2024, 4)), "3月月报-章.jpg": SCAN, "4月月报-章.jpg": SCAN}
    shown = story.post(ADDRESS, files=files, when="2024-04-18T10:00:00")
    assert [(i["copy"], i["period"]) for i in shown["items"]] == [
        ("editable", "2024-03"), ("editable", "2024-04"), ("scan", "2024-03"), ("scan", "2024-04")]  # fmt: skip


def test_several_photos_of_one_paper_are_one_scan(story: Story) -> None:
    files = {"自查.docx": papers.self_review_docx(unit=UNIT, reported_on=date(2023, 9, 11)), "IMG_1.jpg": SCAN, "IMG_2.jpg": SCAN}
    assert gist(story.post(ADDRESS, files=files, when="2023-09-11T10:00:00")) == ("submission", "receipt")


def test_a_pdf_with_text_and_no_seal_is_a_scan_without_a_seal(story: Story) -> None:
    from reportpdf import text_pdf

    pdf = text_pdf(["Xinzhen"])
    files = {"自查.docx": papers.self_review_docx(unit=UNIT, reported_on=date(2023, 9, 11)), "自查.pdf": pdf}
    shown = story.post(ADDRESS, files=files, when="2023-09-11T10:00:00")
    assert shown["items"][1]["copy"] == "scan" and shown["items"][1]["sealed"] is False
    assert gist(shown) == ("submission", "missing") and codes(shown) == {"no-seal"}


@pytest.mark.shows("A65")
def test_a_correction_of_one_copy_leaves_the_other(story: Story) -> None:
    short = papers.self_review_docx(unit=UNIT, problems=612, reported_on=date(2023, 9, 11))
    first = story.post(ADDRESS, files={"自查.docx": short, "自查-章.jpg": SCAN}, when="2023-09-11T10:00:00")
    assert codes(first) == {"section-too-short"} and story.state(UNIT, "self-review", "2023-09-15")["state"] == "partial"
    assert "现有 612 字，要求不少于 800 字" in story.letters()[0].get_content()
    good = papers.self_review_docx(unit=UNIT, problems=800, reported_on=date(2023, 9, 12))
    assert gist(story.post(ADDRESS, files={"自查.docx": good}, when="2023-09-12T10:00:00")) == ("submission", "receipt")
    assert story.state(UNIT, "self-review", "2023-09-15")["state"] == "complete"


def test_corrected_figures_want_a_page_stamped_anew_and_then_it_is_done(story: Story) -> None:
    files = {"清单.docx": risk_list(date(2024, 3, 26), counters=Counters(officers_sent=42)), "清单.jpg": SCAN}
    story.post(ADDRESS, files=files, when="2024-03-26T10:00:00")
    same = story.post(ADDRESS, files={"清单.docx": risk_list(date(2024, 3, 27), counters=Counters(officers_sent=42))}, when="2024-03-27T10:00:00")
    assert gist(same) == ("submission", "receipt")
    other = story.post(ADDRESS, files={"清单.docx": risk_list(date(2024, 3, 28), counters=Counters(officers_sent=45))}, when="2024-03-28T10:00:00")
    assert gist(other) == ("submission", "missing") and codes(other) == {"scan-differs"}
    told = story.letters()[-1].get_content()
    assert "扫描件为“42”" in told and "可编辑版为“45”" in told
    assert story.state(UNIT, "risk-list", "2024Q1")["state"] == "partial"
    scan = story.post(ADDRESS, "清单", "", {"清单-章.jpg": stamped_pdf(PAGE)}, when="2024-03-29T10:00:00")
    assert gist(scan) == ("submission", "receipt") and story.state(UNIT, "risk-list", "2024Q1")["state"] == "complete"


def test_good_practice_is_taken_as_a_scan_alone_and_is_no_obligation_before(story: Story) -> None:
    shown = story.post(ADDRESS, "典型做法", "", {"典型做法.jpg": SCAN}, when="2024-05-05T10:00:00")
    assert gist(shown) == ("submission", "receipt")
    assert story.state(UNIT, "good-practice", "open")["due"] is None


# --- bad files -------------------------------------------------------------------------------------------------------------


@pytest.mark.shows("P13")
def test_a_damaged_file_costs_only_itself(story: Story) -> None:
    files = {"月报4-章.pdf": stamped_pdf(PAGE), "月报4.xlsx": papers.corrupt(stats((2024, 4)))}
    shown = story.post(ADDRESS, files=files, when="2024-04-16T10:00:00")
    assert gist(shown) == ("submission", "missing") and codes(shown) == {"corrupt"}
    assert missing(shown) == [("case-stats", "2024-04", "editable")]
    assert "月报4.xlsx”已损坏，打不开" in story.letters()[0].get_content()


@pytest.mark.shows("P13")
def test_where_nothing_could_be_read_a_person_sees_it_and_the_unit_hears_what_was_wrong(story: Story) -> None:
    shown = story.post(ADDRESS, files={"月报4.xlsx": b""}, when="2024-04-16T10:00:00")
    assert gist(shown) == ("review", "missing") and codes(shown) == {"empty-file"}
    assert "还没有登记" in story.letters()[0].get_content()


def test_an_empty_file_beside_a_whole_pair_is_only_a_warning(story: Story) -> None:
    files = {"4月月报.xlsx": stats((2024, 4)), "4月月报-章.jpg": SCAN, "备份.xlsx": b""}
    shown = story.post(ADDRESS, files=files, when="2024-04-16T10:00:00")
    assert gist(shown) == ("submission", "receipt")
    assert [f["severity"] for i in shown["items"] for f in i["findings"]] == ["warning"]


# --- periods ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "day", "subject", "name", "period", "warned"),
    [
        ("2024年第一季度“两品一械”风险隐患排查问题清单", date(2024, 3, 26), "材料", "a.docx", "2024Q1", False),
        ("“两品一械”风险隐患排查问题清单", date(2024, 3, 26), "材料", "a.docx", "2024Q1", False),
        ("“两品一械”风险隐患排查问题清单", date(2024, 4, 3), "一季度清单", "a.docx", "2024Q1", False),
        ("2024年第一季度“两品一械”风险隐患排查问题清单", date(2024, 3, 26), "2023年四季度清单", "a.docx", "2024Q1", True),
        ("2024年第一季度“两品一械”风险隐患排查问题清单", date(2024, 3, 26), "材料", "四季度隐患表.docx", "2024Q1", True),
        ("2023年第四季度“两品一械”风险隐患排查问题清单", date(2024, 3, 26), "材料", "a.docx", "2023Q4", True),
    ],
)  # fmt: skip
def test_the_document_says_which_period_and_what_else_is_said_is_a_warning(
    story: Story, title: str, day: date, subject: str, name: str, period: str, warned: bool
) -> None:
    shown = story.post(ADDRESS, subject, "", {name: risk_list(day, title), "章.jpg": SCAN}, when="2024-04-03T10:00:00")
    assert shown["items"][0]["period"] == period
    assert ("wrong-period" in codes(shown)) is warned


def test_subject_and_file_name_that_disagree_over_a_silent_document_are_a_persons_to_decide(story: Story) -> None:
    paper = papers.risk_list_docx(unit=UNIT, reported_on=None)
    shown = story.post(ADDRESS, "一季度清单", "", {"四季度清单.docx": paper}, when="2024-04-01T10:00:00")
    assert shown["disposition"] == "review" and shown["items"][0]["period"] is None


def test_a_summary_is_for_the_stage_whose_date_is_nearest(story: Story) -> None:
    def summary(interim: bool, day: date) -> dict[str, bytes]:
        return {"小结.docx": papers.work_summary_docx(unit=UNIT, interim=interim, reported_on=day), "小结.jpg": SCAN}

    assert story.post(ADDRESS, "材料", files=summary(True, date(2023, 10, 28)), when="2023-10-28T10:00:00")["items"][0]["period"] == "2023-11-01"
    assert story.post(ADDRESS, "材料", files=summary(True, date(2024, 5, 28)), when="2024-05-28T10:00:00")["items"][0]["period"] == "2024-06-01"
    last = story.post(ADDRESS, "材料", files={"总结.docx": summary(False, date(2024, 10, 28))["小结.docx"]}, when="2024-10-28T10:00:00")
    assert (last["items"][0]["duty"], last["items"][0]["period"]) == ("final-summary", "2024-11-01")


def test_late_is_told_with_the_receipt_and_stands_in_the_ledger(story: Story) -> None:
    shown = story.post(ADDRESS, files={"清单.docx": risk_list(date(2024, 4, 2)), "清单.jpg": SCAN}, when="2024-04-03T10:00:00")
    assert gist(shown) == ("submission", "receipt") and codes(shown) == {"late"}
    there = story.state(UNIT, "risk-list", "2024Q1")
    assert (there["state"], there["late_days"]) == ("complete-late", 2)


def test_the_last_second_of_the_due_day_is_in_time(story: Story) -> None:
    files = {"清单.docx": risk_list(date(2024, 4, 1)), "清单.jpg": SCAN}
    assert codes(story.post(ADDRESS, files=files, when="2024-04-01T23:59:59")) == set()


def test_one_case_a_quarter_is_owed_and_the_first_of_october_still_serves_the_third_quarter(story: Story) -> None:
    case = papers.typical_case_docx(unit=UNIT, reported_on=date(2023, 9, 28), penalty=False)
    shown = story.post(ADDRESS, files={"典型案例.docx": case, "典型案例.jpg": SCAN}, when="2023-10-01T20:00:00")
    assert (shown["items"][0]["duty"], shown["items"][0]["period"]) == ("typical-case", "2023Q3") and codes(shown) == set()
    again = papers.typical_case_docx(unit=UNIT, reported_on=date(2023, 10, 1), subject="某诊所使用过期药品", penalty=False)
    assert story.post(ADDRESS, files={"典型案例.docx": again, "典型案例.jpg": SCAN}, when="2023-10-01T21:00:00")["items"][0]["period"] == "2023Q4"


# --- checks ----------------------------------------------------------------------------------------------------------------


def test_cumulative_figures_never_fall_and_the_letter_names_both(story: Story) -> None:
    more = Counters(officers_sent=172)
    story.post(ADDRESS, files={"清单.docx": risk_list(date(2023, 12, 26), counters=more), "清单.jpg": SCAN}, when="2023-12-27T10:00:00")
    fewer = Counters(officers_sent=150)
    shown = story.post(ADDRESS, files={"清单.docx": risk_list(date(2024, 3, 26), counters=fewer), "清单.jpg": SCAN}, when="2024-03-27T10:00:00")
    assert codes(shown) == {"cumulative-fell"} and gist(shown) == ("submission", "missing")
    told = story.letters()[-1].get_content()
    assert "150" in told and "172" in told and "2023年第四季度" in told


def test_a_wrong_total_and_a_missing_reviewer_are_each_told(story: Story) -> None:
    paper = stats((2024, 4), total={"filed": 99}, reviewer="")
    shown = story.post(ADDRESS, files={"4月月报.xlsx": paper, "4月月报.jpg": SCAN}, when="2024-04-16T10:00:00")
    assert codes(shown) == {"total-mismatch", "field-missing"} and "【待改：2处】" in shown["reply"]["subject"]


def test_a_penalty_wants_its_decision_and_the_decision_belongs_to_the_case(story: Story) -> None:
    case = papers.typical_case_docx(unit=UNIT, reported_on=date(2023, 11, 20), penalty=True, decided_on=date(2023, 11, 1))
    first = story.post(ADDRESS, files={"典型案例.docx": case, "典型案例.jpg": SCAN}, when="2023-11-20T10:00:00")
    assert codes(first) == {"annex-missing"} and first["items"][0]["fields"]["penalty_decision"] is True
    files = {"典型案例.docx": case, "典型案例.jpg": SCAN, "行政处罚决定书.docx": papers.penalty_decision_docx(unit=UNIT)}
    second = story.post(ADDRESS, files=files, when="2023-11-21T10:00:00")
    assert gist(second) == ("submission", "receipt")
    assert [i["copy"] for i in second["items"]] == ["editable", "scan", "annex"]


def test_a_decision_that_comes_later_completes_the_case_and_one_that_belongs_to_nothing_gets_no_receipt(story: Story) -> None:
    alone = story.post("zhian", files={"行政处罚决定书.docx": papers.penalty_decision_docx(unit="治安所")}, when="2023-11-19T10:00:00")
    assert gist(alone) == ("review", "none") and story.letters() == []
    case = papers.typical_case_docx(unit=UNIT, reported_on=date(2023, 11, 20), penalty=True, decided_on=date(2023, 11, 1))
    story.post(ADDRESS, files={"典型案例.docx": case, "典型案例.jpg": SCAN}, when="2023-11-20T10:00:00")
    later = story.post(ADDRESS, files={"行政处罚决定书.docx": papers.penalty_decision_docx(unit=UNIT)}, when="2023-11-21T10:00:00")
    assert gist(later) == ("submission", "receipt")
    assert story.state(UNIT, "typical-case", "2023Q4")["state"] == "complete"


def test_a_sample_row_left_in_is_a_warning_and_a_blank_template_an_error(story: Story) -> None:
    left = risk_list(date(2024, 3, 26), sample_left=True)
    shown = story.post(ADDRESS, files={"清单.docx": left, "清单.jpg": SCAN}, when="2024-03-27T10:00:00")
    assert codes(shown) == {"sample-row-left"} and gist(shown) == ("submission", "receipt")
    blank = risk_list(date(2024, 3, 26), rows=(), sample_left=True, counters=Counters(**dict.fromkeys(Counters.__dataclass_fields__)))
    shown = story.post(ADDRESS, files={"清单.docx": blank, "清单.jpg": SCAN}, when="2024-03-28T10:00:00")
    assert codes(shown) == {"template-unfilled"} and gist(shown) == ("submission", "missing")


def test_a_nil_report_in_the_mail_itself_completes_what_allows_it(story: Story) -> None:
    shown = story.post(ADDRESS, "6月月报", "本月无案件，特此报告。", when="2024-06-18T10:00:00")
    assert gist(shown) == ("submission", "receipt") and shown["items"][0]["nil"] is True
    assert story.state(UNIT, "case-stats", "2024-06")["state"] == "complete"
    assert "零报告" in story.letters()[0].get_content()


def test_a_liaison_form_becomes_the_units_contact_and_waits_for_staff_to_register_it(story: Story) -> None:
    files = {"报名表.docx": papers.liaison_docx(unit=UNIT, name="韩立春"), "报名表.jpg": SCAN}
    assert gist(story.post(ADDRESS, files=files, when="2023-07-26T10:00:00")) == ("submission", "receipt")
    assert story.house.ledger.rulings() == ()


def test_the_second_campaign_lives_beside_the_first(story: Story) -> None:
    paper = papers.liaison_docx(unit="燕东市场监管所", name="林一鸣")
    shown = story.post("yandong@yongan.example", "联络员", "", {"联络员报名表.docx": paper}, when="2023-08-29T10:00:00")
    assert gist(shown) == ("submission", "receipt") and shown["items"][0]["campaign"] == "yongan-2023"
    assert story.state("燕东市场监管所", "liaison", "2023-08-30", campaign="yongan-2023")["state"] == "complete"


def test_a_zip_of_two_files_is_two_files(story: Story) -> None:
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("4月月报.xlsx", stats((2024, 4)))
        archive.writestr("4月月报-章.jpg", SCAN)
    shown = story.post(ADDRESS, files={"材料.zip": buffer.getvalue()}, when="2024-04-16T10:00:00")
    assert gist(shown) == ("submission", "receipt") and [i["path"] for i in shown["items"]] == ["材料.zip/4月月报.xlsx", "材料.zip/4月月报-章.jpg"]
