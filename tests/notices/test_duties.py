"""The duties of a notice: the reporting paragraphs of the two real ones (their wording, no names of persons), sentences of other fields
that ask for a report, and sentences with dates that ask for none."""

import time
from datetime import date
from pathlib import Path

import pytest

from mailbot.domain.documents import Document, Paragraph
from mailbot.domain.notices.draft import DraftDuty
from mailbot.domain.notices.duties import duties_in
from mailbot.domain.notices.notice import Annex, Notice, Sentence
from mailbot.domain.notices.pages import notice_of
from parsers.readers import read
from tests.notices.shared import FOLDER

QUOTED = Path(__file__).parent / "quoted"

# The wording of 奈市监发〔2023〕66号 where it asks for reports, and its traps.
NAIMAN = (QUOTED / "naiman.txt").read_text(encoding="utf-8")

# The same of 永市监药〔2023〕30号.
YONGAN = (QUOTED / "yongan.txt").read_text(encoding="utf-8")

# (sentence, title, who, due in short, to)
ASKED: tuple[tuple[str, str, tuple[str, ...], str, str], ...] = (
    ("请各县区教育局于2024年5月20日前将《食品安全自查表》加盖公章后报送至市教育局。", "食品安全自查表", ("各县区教育局",), "fixed 2024-05-20", "市教育局"),
    ("各乡镇（街道）于每周五17:00前通过浙政钉报送防汛隐患排查进展，无情况的实行零报告。", "防汛隐患排查进展", ("各乡镇（街道）",), "weekly fri 17:00", ""),
    ("各县民政局每季度首月10日前报送上季度困难群众救助资金发放统计表。", "上季度困难群众救助资金发放统计表", ("各县民政局",), "quarterly 10/1 previous", ""),
    ("请各单位于6月15日前反馈修改意见，无意见也请反馈。", "修改意见", ("各单位",), "fixed 2024-06-15", ""),
    ("各施工企业要在9月30日前完成自查自纠，并将自查报告报县住建局。", "自查报告", ("各施工企业",), "fixed 2024-09-30", "县住建局"),
    ("各村每日17时前将秸秆禁烧情况报镇农业农村办。", "秸秆禁烧情况", ("各村",), "daily 17:00", "镇农业农村办"),
    ("每季度末月25日前，各街道要将安全生产专项整治情况报区应急管理局。", "安全生产专项整治情况", ("各街道",), "quarterly 25/3 this", "区应急管理局"),
    ("发生生产安全事故的，事发单位应当在1小时内上报县应急管理局。", "生产安全事故", ("事发单位",), "event", "县应急管理局"),
    ("各党支部每年6月20日、12月20日前报送半年和全年党建工作总结。", "半年和全年党建工作总结", ("各党支部",), "half-yearly 06-20 12-20 20/6 this", ""),
    ("各学校须于2024年3月15日前登录全国学生资助系统填报春季学期资助数据。", "春季学期资助数据", ("各学校",), "fixed 2024-03-15", ""),
    ("请各乡镇将实施方案于8月10日前报县农业农村局备案。", "实施方案", ("各乡镇",), "fixed 2024-08-10", "县农业农村局"),
    ("各地要及时将好经验、好做法报送省局办公室。", "好经验、好做法", ("各地",), "any", "省局办公室"),
    ("请各科室于每月28日下班前将本月工作小结和下月工作计划报办公室。", "本月工作小结和下月工作计划", ("各科室",), "monthly 28 this", "办公室"),
    ("各企业于次月3日前在直报平台填报月度报表。", "月度报表", ("各企业",), "monthly 3 previous", ""),
    ("各县区要分别于2024年7月5日前、2025年1月5日前将工作总结报市统计局。", "工作总结", ("各县区",), "fixed 2024-07-05 2025-01-05", "市统计局"),
    ("文字材料和报表务必于2024年12月31日前报送省林业厅。", "文字材料和报表", (), "fixed 2024-12-31", "省林业厅"),
    ("各区人力资源和社会保障局于每月5日前报送上月就业情况。", "上月就业情况", ("各区人力资源和社会保障局",), "monthly 5 previous", ""),
    ("各校须于2024年3月15日前完成教育统计系统数据填报工作。", "教育统计系统数据", ("各校",), "fixed 2024-03-15", ""),
    ("各县局要在每季度末前向市局书面报告整治进展情况。", "整治进展情况", ("各县局",), "quarterly 0/3 this", "市局"),
    ("对排查发现的重大隐患，要于24小时内书面报告镇安委办。", "重大隐患", (), "event", "镇安委办"),
    ("各县区联系人名单请于本方案印发后10日内报市局。", "各县区联系人名单", (), "event", "市局"),
    ("各乡（镇）每月最后一个工作日下班前报送当月工作小结。", "当月工作小结", ("各乡（镇）",), "monthly 0 this", ""),
)  # fmt: skip

NOT_ASKED = (
    "2024年6月底前，各学校要制定校园安全应急预案。",
    "各乡镇要于5月20日前完成全面排查，6月30日前完成问题整改。",
    "定于2024年4月18日上午9:00在局三楼会议室召开动员部署会。",
    "每年组织业务培训不少于40学时。",
    "活动时间：2024年5月1日至5月31日。",
    "我局将于每月10日前将全县汇总情况报送省厅。",
    "市局将于9月10日至15日对各县区开展督导检查。",
    "报名时间为6月1日至6月15日，逾期不予受理。",
    "项目应于2021年7月1日至2023年12月31日期间完工投产，申报时间为2023年9月1日至9月30日。",
    "本办法自2024年7月1日起施行，有效期至2029年6月30日。",
    "各单位要加强信息报送工作，完善情况报送机制。",
    "实行“上报一级、下抓一级”工作机制。",
    "根据《关于报送2023年工作总结的通知》（教办〔2023〕12号）要求，各校于12月召开总结会。",
    "2023年5月10日，我局报送了上半年总结。",
    "各县区要在11月底前组织一次应急演练，提高处置能力。",
    "领导小组办公室负责收集汇总情况，报送工作动态信息。",
    "逾期未报送的单位，将在12月底前予以通报。",
    "考核结果于次年1月底前公布。",
    "各地自查时间为2024年3月至5月，市级抽查时间为6月。",
    "重大信息发布前报市局同意。",
    "截至6月30日，全市共上报典型案例12件。",
    "（一）动员部署阶段（2023年7月）召开动员部署会，细化工作方案。",
    "各校于2024年3月15日前完成设备安装工作。",
    "企业应于每月15日前向税务机关申报纳税。",
    "考生须于6月1日至6月10日登录网站填报志愿。",
    "市级复核工作应于10月底前完成，复核结果报省厅。",
    "请各参会人员于5月9日下午17:00前到宾馆报到。",
    "各县（区）务必于2024年4月20日前启动工作，5月20日前完成培训。",
    "我部将于今年5月起，每月10日向国办报送量化指标任务分工进展情况。",
    "统计数据以各所每月20日提交的数据为准。",
)


def notice(text: str) -> Notice:
    return notice_of(Document("text", tuple(Paragraph(line) for line in text.splitlines())))


def one(*sentences: str) -> tuple[DraftDuty, ...]:
    said = tuple(Sentence(text, paragraph=n) for n, text in enumerate(sentences))
    return duties_in(Notice("关于开展专项工作的通知", (), said, issued=date(2024, 2, 20)))


def short(duty: DraftDuty) -> str:
    due = duty.due
    day = {"monthly": f"{due.day} {due.reports}", "quarterly": f"{due.day}/{due.month_of_period} {due.reports}",
           "half-yearly": f"{due.day}/{due.month_of_period} {due.reports}"}.get(due.kind, "")  # fmt: skip
    return " ".join(x for x in (due.kind, *due.dates, due.weekday or "", day, due.time or "") if x)


def dated(duties: tuple[DraftDuty, ...]) -> list[DraftDuty]:
    return [d for d in duties if d.due.kind not in ("any", "event")]


BOTH = ("scan", "editable")
SQUADS = ("各执法中队", "市场监管所")
OFFICE = "旗局药品安全巩固提升行动领导小组办公室"
BOX = "nmyxjg@163.com"


@pytest.fixture(scope="module")
def naiman() -> tuple[DraftDuty, ...]:
    return duties_in(notice(NAIMAN))


@pytest.fixture(scope="module")
def yongan() -> tuple[DraftDuty, ...]:
    return duties_in(notice(YONGAN))


def test_every_dated_duty_of_the_first_notice_is_found_and_no_other(naiman: tuple[DraftDuty, ...]) -> None:
    found = [(d.title, d.who, short(d), d.annex, d.to, d.channel, d.copies) for d in dated(naiman)]
    assert found == [
        ("案件查办数据", ("执法大队", "各市场监管所"), "monthly 20 this", "", "旗药械监管股", "", BOTH),
        ("“两品一械”风险隐患排查问题清单", ("各市场监管所", "执法中队"), "quarterly 1/1 previous", "附件3", OFFICE, BOX, BOTH),
        ("药品安全巩固提升行动典型案例", ("各执法中队",), "monthly 30 this", "附件4", "执法大队", "", BOTH),
        ("药品安全巩固提升行动典型案例", ("执法大队",), "monthly 1 previous", "附件4", "通辽市药品安全巩固提升行动领导小组办公室综合协调组", "", BOTH),
        ("巩固提升工作自评报告", SQUADS, "fixed 2023-09-15", "附件5", OFFICE, BOX, BOTH),
        ("阶段性工作总结", SQUADS, "fixed 2023-11-01 2024-06-01", "附件6", OFFICE, BOX, BOTH),
        ("工作总结", SQUADS, "fixed 2024-11-01", "附件6", OFFICE, BOX, BOTH),
        ("飞行检查工作开展情况", ("奈曼旗市场监管局领导小组办公室药品医疗器械工作组", "化妆品工作组", "各相关股室", "执法大队"),
         "fixed 2023-11-01 2024-11-01", "", "旗局药品巩固提升行动领导小组办公室", BOX, BOTH),
        ("联络人信息", SQUADS, "fixed 2023-07-27", "附件7", "旗局药械股", BOX, BOTH),
        ("典型案例", SQUADS, "monthly 1 previous", "附件4", "", "", BOTH),
    ]  # fmt: skip


def test_what_may_be_reported_any_time_is_found_without_what_the_office_does_itself(naiman: tuple[DraftDuty, ...]) -> None:
    assert [(d.title, short(d)) for d in naiman if d not in dated(naiman)] == [("特色做法和典型经验", "any"), ("重大问题", "event")]


def test_reviewer_quota_and_the_sentence_are_kept(naiman: tuple[DraftDuty, ...]) -> None:
    by_title = {d.title: d for d in reversed(naiman)}
    assert by_title["案件查办数据"].reviewer == "各执法中队（市场监管所）负责人"
    assert by_title["药品安全巩固提升行动典型案例"].reviewer == "各中队负责人"
    assert [d.title for d in naiman if d.quota] == ["典型案例"]
    assert by_title["典型案例"].quota == 1
    assert by_title["联络人信息"].form == "药品安全巩固提升行动联络员报名表"
    assert all(d.sentence in NAIMAN for d in naiman)


def test_every_dated_duty_of_the_second_notice_is_found_and_none_of_its_dated_tasks(yongan: tuple[DraftDuty, ...]) -> None:
    who = ("各市场监管所", "综合执法大队", "各相关科室")
    found = [(d.title, d.who, short(d), d.annex, d.to, d.channel, d.copies) for d in dated(yongan)]
    assert found == [
        ("药品安全巩固提升行动工作联络员报名表", who, "fixed 2023-08-30", "附件2", "药械科林某某工号", "市场监管一体化平台", ("editable",)),
        ("阶段性工作总结", who, "fixed 2023-10-23 2024-05-23", "附件3", "药械科林某某工号", "药械科林某某工号", ()),
        ("药品安全巩固提升行动工作总结", who, "fixed 2024-11-01", "附件3", "药械科林某某工号", "药械科林某某工号", ()),
    ]
    assert [(d.title, short(d)) for d in yongan if d not in dated(yongan)] == [("特色做法和典型经验", "any"), ("重大问题", "event")]


@pytest.mark.parametrize(("name", "count"), [("naiman", 10), ("wulate", 0), ("yongan", 3), ("city", 0), ("ningxia", 0)])
def test_the_five_notices_give_their_dated_duties_and_none_where_none_is_asked(name: str, count: int) -> None:
    path = FOLDER / f"{name}.txt"
    assert len(dated(duties_in(notice_of(read(path.read_bytes(), path.name))))) == count


@pytest.mark.parametrize(("text", "title", "who", "due", "to"), ASKED, ids=[a[0] for a in ASKED])
def test_a_sentence_that_asks_for_a_report_is_one_duty(text: str, title: str, who: tuple[str, ...], due: str, to: str) -> None:
    (duty,) = one(text)
    assert (duty.title, duty.who, short(duty), duty.to) == (title, who, due, to)
    assert duty.sentence == text


@pytest.mark.parametrize("text", NOT_ASKED)
def test_a_dated_task_or_a_general_phrase_is_no_duty(text: str) -> None:
    assert one(text) == ()


def test_each_level_has_its_own_date_and_receiver() -> None:
    found = one("各医疗机构每月5日前将上月传染病报告质量自查情况报区疾控中心，区疾控中心每月10日前汇总报区卫生健康局。")
    assert [(d.who, short(d), d.to) for d in found] == [
        (("各医疗机构",), "monthly 5 previous", "区疾控中心"), (("区疾控中心",), "monthly 10 previous", "区卫生健康局"),
    ]  # fmt: skip
    assert len({d.title for d in found}) == 1


def test_two_days_a_week_or_month_are_two_deadlines_with_a_doubt() -> None:
    found = one("各乡镇每月10日、25日前将整治进展情况报县住建局。")
    assert [short(d) for d in found] == ["monthly 10 previous", "monthly 25 this"]
    assert all("一月报送两次以上" in d.doubts for d in found)


def test_a_list_of_papers_behind_a_deadline_is_one_duty_a_paper() -> None:
    found = one("各县区于2024年8月10日前报送以下材料：1.实施方案；2.联络员名单；3.工作台账。")
    assert [(d.title, short(d)) for d in found] == [(t, "fixed 2024-08-10") for t in ("实施方案", "联络员名单", "工作台账")]
    below = one("各县区于2024年8月10日前报送以下材料：", "1.实施方案；", "2.联络员名单。", "联系人：张某。")
    assert [d.title for d in below] == ["实施方案", "联络员名单"]


def test_a_general_clause_tells_the_copies_and_the_mailbox_of_all_duties_before_it() -> None:
    found = one(
        "各校于2024年5月10日前报送实施方案。", "各校于每月25日前报送工作进展。", "以上材料加盖公章的扫描件和Word版发送至邮箱anquan@edu.example。"
    )
    assert [(d.copies, d.channel) for d in found] == [(BOTH, "anquan@edu.example")] * 2


def test_a_paragraph_on_the_way_of_reporting_tells_it_for_all_duties() -> None:
    found = one("各单位于每周二前报送建设进展。", "三、报送方式。登录综合管廊建设进展信息报送平台填报，不再报送纸质材料。")
    assert [(short(d), d.channel) for d in found] == [("weekly tue", "综合管廊建设进展信息报送平台")]


def test_a_deadline_that_stands_alone_under_its_heading_takes_its_name_from_the_title() -> None:
    sentences = (Sentence("一、报送时间", paragraph=1), Sentence("2024年11月10日（星期日）中午12:00前", ("一、报送时间",), paragraph=2))
    (duty,) = duties_in(Notice("关于报送2024年工作总结和2025年工作计划的通知", ("各分工会、直属工会小组",), sentences, issued=date(2024, 11, 1)))
    assert (duty.title, duty.who, short(duty)) == ("2024年工作总结和2025年工作计划", ("各分工会", "直属工会小组"), "fixed 2024-11-10 12:00")
    assert duties_in(Notice("关于举办培训班的通知", (), (Sentence("一、培训时间：2024年11月10日前", paragraph=1),), issued=date(2024, 11, 1))) == ()


def test_a_table_with_a_column_of_reporting_times_is_one_duty_a_row() -> None:
    lines = ("各乡镇统计站：", "表号\t表名\t报送时间", "A101\t二季度收支登记表\t2024年6月5日之前", "A102\t三季度收支登记表\t2024年9月5日之前")
    found = duties_in(Notice("报表制度", lines, (), issued=date(2024, 3, 1)))
    assert [(d.title, d.who, short(d)) for d in found] == [
        ("二季度收支登记表", ("各乡镇统计站",), "fixed 2024-06-05"), ("三季度收支登记表", ("各乡镇统计站",), "fixed 2024-09-05"),
    ]  # fmt: skip


def test_the_units_are_those_of_the_sentence_before_else_those_addressed_and_that_is_said() -> None:
    (before,) = one("各学校要高度重视排查工作。请于2024年5月10日前将排查情况报教育局。")
    assert before.who == ("各学校",)
    page = (Sentence("请于2024年5月10日前将排查情况报教育局。"),)
    (addressed,) = duties_in(Notice("通知", ("各中学、各小学：",), page))
    assert addressed.who == ("各中学", "各小学")
    assert "报送单位按通知的主送单位计" in addressed.doubts
    (nobody,) = duties_in(Notice("通知", (), page))
    assert nobody.who == ()
    assert "通知没有写明由谁报送" in nobody.doubts


def test_a_nil_report_and_paper_copies_are_noticed() -> None:
    (nil,) = one("各乡镇于每周五前报送防汛情况，无情况的实行零报告。")
    assert nil.nil
    (paper,) = one("请各单位于2024年5月10日前将申报表纸质版一式两份及电子版报人事科。")
    assert paper.copies == ("editable",)
    assert "通知还要求纸质版或原件" in paper.doubts


def test_a_short_name_gets_the_annex_of_that_title() -> None:
    annexes = (Annex("附件1", "专项行动（阶段性）工作总结（参考模板）"), Annex("附件2", "联络员信息表"))
    page = Sentence("各局于2024年6月1日前报送阶段性工作总结。"), Sentence("各局于2024年3月1日前报送附件2。", paragraph=1)
    found = duties_in(Notice("通知", (), page, annexes, issued=date(2024, 2, 20)))
    assert [(d.title, d.annex, d.form) for d in found] == [
        ("阶段性工作总结", "附件1", "专项行动（阶段性）工作总结"), ("联络员信息表", "附件2", "联络员信息表"),
    ]  # fmt: skip


@pytest.mark.parametrize("piece", ["于9月15日前报送总结，", "报送", "将", "每月20日前报A局，", "（", "《", "各市场监管所、", "及时上报重大问题，", "1.报送材料；"])
def test_a_hostile_sentence_of_100_000_characters_is_read_in_seconds(piece: str) -> None:
    started = time.perf_counter()
    one((piece * 100_000)[:100_000])
    assert time.perf_counter() - started < 5
