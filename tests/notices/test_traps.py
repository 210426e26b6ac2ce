"""Whole notices of one or two sentences: those in which a date stands beside a word of reporting and nobody is asked, and those that
ask in unusual words. The classes are those an examiner found; places and names are invented."""

import time
from datetime import date

import pytest

from mailbot.domain.notices.draft import DraftDuty
from mailbot.domain.notices.duties import duties_in
from mailbot.domain.notices.notice import Notice, Sentence
from mailbot.domain.notices.offices import goes_up, is_above, is_issuer, means
from mailbot.domain.notices.spans import spans_in
from tests.notices.shared import typed

HEALTH = "清江市卫生健康委员会"
TO = "各县（市、区）卫生健康局，市直各医疗机构："
ADDRESSED = ("各县（市、区）卫生健康局", "市直各医疗机构")


def asked(body: str, issuer: str = HEALTH, to: str = TO, day: str = "2024年3月1日") -> tuple[DraftDuty, ...]:
    return duties_in(typed("\n".join((f"{issuer}关于开展专项检查工作的通知", to, body, issuer, day))))


def dues(body: str, issuer: str = HEALTH, day: str = "2024年3月1日") -> list[str]:
    """When each dated duty is due, in short."""
    found = (d.due for d in asked(body, issuer, day=day) if d.due.kind not in ("event", "any"))
    words = ((u.kind, *u.dates, u.weekday, None if u.dates else u.day, None if u.dates else u.month_of_period, u.time) for u in found)
    return [" ".join(str(w) for w in each if w is not None) for each in words]


UPWARD = (
    ("市审计局将于6月底前组织“回头看”，每季度末向市委审计委员会办公室报送进展，年底前形成专题报告报省审计厅。", "清江市审计局"),
    ("市局每月5日前将上月情况通报各县（市、区），并报省文旅厅。", "清江市文化和旅游局"),
    ("市卫生健康委每季度第一个月10日前将汇总情况报省卫生健康委。", HEALTH),
    ("我委定于4月20日前完成汇总并报市政府。", HEALTH),
    ("县住建委每月10日前将汇总情况报市住建局审核。", "东岭县住房和城乡建设委员会"),
    ("县农业农村局将于每月8日前汇总全县情况，报市农业农村局备案。", "青溪县农业农村局"),
    ("局办公室汇总后，我局于12月20日前向市局报送年度总结。", "青溪县农业农村局"),
    ("县教体局形成综合报告，于1月20日前上报县政府和市教育局。", "青溪县教育体育局"),
    ("区应急局将于5月底前把核查结果报送区委、区政府。", "白石区应急管理局"),
    ("州林草局定于每季度末将督导情况上报省林草局。", "云岭州林业和草原局"),
    ("县安委办负责汇总，于每月28日前上报市安委办。", "青溪县安全生产委员会办公室"),
    ("省卫健委每年11月10日前向国家卫健委报送年度报告。", HEALTH),
    ("委机关将于5月20日前完成材料汇总上报工作。", HEALTH),
)

NOT_MEANT = (
    # past
    "旗水利局已于2月15日前将方案报送市水利局。",
    "截至2024年2月20日，各乡镇已上报台账46份。",
    "一些单位拖延至2月25日才上报整改方案。",
    "2024年1月10日前，各县均已提交年度计划。",
    "各县于2023年11月20日前报送了自评报告。",
    "2023年12月8日前，各县报送普查数据，工作整体平稳。",
    "共收到各县于6月30日前报送的申报材料12份。",
    "共收到各单位于2023年12月15日前提交的案例材料30篇。",
    # negated
    "2022年12月20日前未按时报送材料的7家单位，已在全市通报。",
    "有的企业未按税法规定于每年5月31日前报送年度汇算清缴申报表。",
    "对5月31日前未报送自查报告的医疗机构，将予以约谈。",
    "未能按要求于2月10日前上报数据的单位有5家。",
    "去年有3个县没有在12月10日前报送总结，请引以为戒。",
    "各单位不再于每月25日前报送纸质报表。",
    # a condition
    "凡在4月30日前报送申请材料的，优先安排资金。",
    "4月30日前报送材料的单位可优先参评。",
    # quoted
    "按照省厅关于6月底前报送评估材料的通知精神，切实抓好落实。",
    # the date of something else
    "督查组于9月12日前形成督查报告，9月15日召开督查情况反馈会。",
    "评审组于6月10日前形成评审意见，6月15日召开成果汇报会。",
    "6月20日举办材料报送业务培训班。",
    "各乡镇每月32日前将情况报我委。",
    "每月5日前，市卫健委通报各县上月数据报送情况。",
    # what is handed out, or filled in for oneself
    "4月10日前将宣传资料送至各村卫生室。",
    "评审结果于6月1日前反馈各县。",
    "患者应于24小时内送市中心医院救治，3月10日前完成转送医院交接。",
    "请考生于5月1日前登录报名系统填写报名表。",
    "参训人员于4月6日前登录网站填写个人信息。",
    "县人民医院要在6月30日前将设备交县卫健局统一处置。",
)

ASKED: tuple[tuple[str, list[str]], ...] = (
    # what looks like the traps above and asks all the same
    ("市疾控中心将于4月20日前将评估报告报送我委。", ["fixed 2024-04-20"]),
    ("根据省卫健委关于4月20日前上报总结的要求，请各单位4月15日前将总结报我委。", ["fixed 2024-04-15"]),
    ("按照本方案要求，各县于5月20日前报送进展情况。", ["fixed 2024-05-20"]),
    ("各县尚未整改到位的，请于5月20日前报送原因说明。", ["fixed 2024-05-20"]),
    ("如有修改意见，请于4月10日前反馈我委。", ["fixed 2024-04-10"]),
    ("各县于5月8日前将已完成整改的问题清单报我委。", ["fixed 2024-05-08"]),
    ("请于4月9日前将未成年人保护工作总结报我委。", ["fixed 2024-04-09"]),
    ("截止4月20日，各县区须将自查表报我委。", ["fixed 2024-04-20"]),
    ("截至5月15日前，各单位要将隐患清单上报我委。", ["fixed 2024-05-15"]),
    ("各县按月度每月月底前向我委报送《排查整治统计表》（见手册，《关于吸取教训的通知》不再执行）。", ["monthly 0"]),
    # two times in one sentence, one of them said as what the paper is about
    ("请各单位4月8日前完成网上申报，并将申报书一式三份于4月12日前送我委科教科。", ["fixed 2024-04-12"]),
    (
        "每月25日前将本市截至本月末项目情况电子版发送至邮箱fgw@example.com；每年元月3日前报送上一年度的工作总结。",
        ["monthly 25", "yearly 01-03"],
    ),
    ("各县于3月31日下午17：00前上报截止到目前的信息工作专报；此后每周至少上报一篇。", ["fixed 2024-03-31 17:00", "weekly"]),
    ("于3月20日前上报首期简报；此后每月至少报送一期。", ["fixed 2024-03-20", "monthly"]),
    # other words for handing in
    ("总结材料由各县（市、区）局、支队于9月13日（周五）17时前送市局。", ["fixed 2024-09-13 17:00"]),
    ("工作总结由各医院于4月20日前送我委。", ["fixed 2024-04-20"]),
    ("整改方案请各乡镇卫生院于5月9日前送我委医政科。", ["fixed 2024-05-09"]),
    ("各县于4月15日前将名册交我委人事处。", ["fixed 2024-04-15"]),
    ("各县每月10日前把排查情况报告我委。", ["monthly 10"]),
    ("市综合执法支队要加强检查，每月底向市局报告检查情况。", ["monthly 0"]),
    ("各高校于2024年8月30日前登录信息统计系统填写联系人信息，并于2024年9月30日前通过系统上传报表数据。", ["fixed 2024-08-30", "fixed 2024-09-30"]),
    ("请各医院于4月20日前登录医政管理平台填写自评表。", ["fixed 2024-04-20"]),
    ("各县每月25日前完成“企业用工监测平台”数据录入工作。", ["monthly 25"]),
    # words between date and verb
    ("各区于每月5日前分别将检查情况汇总后，填写《检查情况汇总表》，通过电子邮件上报我委。", ["monthly 5"]),
    ("2月7日至2月13日每天15∶30前，分别由旅行社填报“基13-1表”、景区填报“基13-2表”。", ["daily 15:30"]),
    # lists of months
    ("11月、12月和2025年1月的月底前各报送工作信息不少于2篇。", ["fixed 2024-11-30 2024-12-31 2025-01-31"]),
    ("4月、5月和6月的25日前各上报一次进度表。", ["fixed 2024-04-25 2024-05-25 2024-06-25"]),
    ("每月1日前、15日前，各医院分两次报送耗材清单。", ["monthly 1", "monthly 15"]),
    ("各县每年1月、7月前10日内将工作总结报我委。", ["half-yearly 01-10 07-10"]),
    # the date as the subject, or behind what is sent
    ("2024年4月20日为材料报送截止日期。", ["fixed 2024-04-20"]),
    ("2024年5月6日为自评报告提交截止时间。", ["fixed 2024-05-06"]),
    ("资料送交截止日期为2024年5月6日。", ["fixed 2024-05-06"]),
    ("各单位报送总结的时间为6月20日和12月20日。", ["half-yearly 06-20 12-20"]),
    ("各县提交整改台账的时限为5月12日。", ["fixed 2024-05-12"]),
    ("请将名单送我委办公室，时间为4月20日前。", ["fixed 2024-04-20"]),
    ("请将回执交我委办公室，截止时间为4月12日下午4点。", ["fixed 2024-04-12 16:00"]),
    ("市直医疗机构直接报送我委，时间截至2024年4月30日。", ["fixed 2024-04-30"]),
    # signs
    ("各乡镇每周五１６∶００前将情况报我委。", ["weekly fri 16:00"]),
    ("各县于元月10日前报送上年度工作总结。", ["fixed 2025-01-10"]),
    ("请各乡镇于五月十五日前\n将春防工作总结报送我委，未按时完成的要说明原因。", ["fixed 2024-05-15"]),
)

WHO: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("请于4月20日前将总结报我委。", ADDRESSED),
    ("各地制定实施方案，成立工作专班，11月10日前将工作方案报我委。", ("各地",)),
    ("各地研究制定工作方案，于4月8日前报我委。", ("各地",)),
    ("各中小学，幼儿园（含民办）于6月30日之前将检查报告上报我委。", ("各中小学", "幼儿园（含民办）")),
    ("各县（市、区）工业和信息化局、财政局于每年1月15日前将进度表报我委。", ("各县（市、区）工业和信息化局", "财政局")),
    ("各县区住房和城乡建设局、大数据局于4月8日前报送核查数据。", ("各县区住房和城乡建设局", "大数据局")),
    ("市卫健委有关成员单位（详见任务分工）要认真研究方案，于2024年3月15日前报市卫健委备案。", ("市卫健委有关成员单位",)),
    ("各县环保专项行动领导小组组织有关部门检查，并于6月底报送阶段性报告。", ("各县环保专项行动领导小组",)),
    ("镇级河长、村级河长要认真巡查，于4月8日前将巡查记录表报我委。", ("镇级河长", "村级河长")),
    ("请各区县安全站、总站各监督科进一步加大排查力度，并于每日17时前上报日报表。", ("各区县安全站", "总站各监督科")),
    ("整改方案请各乡镇卫生院于5月9日前送我委医政科。", ("各乡镇卫生院",)),
)


@pytest.mark.parametrize(("text", "issuer"), UPWARD)
def test_what_the_issuer_sends_upward_is_no_duty_of_the_units(text: str, issuer: str) -> None:
    assert asked(text, issuer) == ()


@pytest.mark.parametrize("text", NOT_MEANT)
def test_a_date_that_is_past_or_negated_or_a_condition_or_quoted_asks_for_nothing(text: str) -> None:
    assert dues(text) == []


@pytest.mark.parametrize(("text", "wanted"), ASKED, ids=[text[:24] for text, _ in ASKED])
def test_a_report_asked_in_unusual_words_is_found_with_its_date(text: str, wanted: list[str]) -> None:
    assert dues(text) == wanted


@pytest.mark.parametrize(("text", "who"), WHO, ids=[text[:16] for text, _ in WHO])
def test_all_units_that_are_named_owe_the_report(text: str, who: tuple[str, ...]) -> None:
    assert [d.who for d in asked(text)] == [who]


def test_all_addressees_of_a_salutation_in_several_parts_owe_what_names_nobody() -> None:
    (duty,) = asked("请于7月8日前将材料报我委办公室。", to="各市团委，省直各团工委，团省委机关各部门、有关直属事业单位：")
    assert duty.who == ("各市团委", "省直各团工委", "团省委机关各部门", "有关直属事业单位")


def test_a_report_that_follows_a_first_issue_is_called_as_the_title_calls_it() -> None:
    page = typed(
        "清江市农业局关于报送抗旱生产情况的通知\n各县农业局：\n5月5日上报第一期，以后每隔一周报送一期，于上报日15:00前通过电子邮件报送到厅种植业处。\n"
        "清江市农业局\n2011年5月4日"
    )
    assert [(d.title, d.due.kind, d.due.dates) for d in duties_in(page)] == [("抗旱生产情况", "fixed", ("2011-05-05",)), ("抗旱生产情况", "weekly", ())]


def test_several_annexes_of_one_report_are_all_kept() -> None:
    for body, annexes in (
        ("各县于6月5日前将总结和附件1、2、3报我委。", ("附件1", "附件2", "附件3")),
        ("各县于6月5日前将总结（见附表一、二）报我委。", ("附表一", "附表二")),
        ("各县于5月6日前将自评表（附件2）和佐证材料清单（附件3）报我委。", ("附件2", "附件3")),
    ):
        (duty,) = asked(body)
        assert (duty.annex, duty.annexes) == (annexes[0], annexes)
        assert "附" not in duty.title


def test_the_mailbox_of_a_second_way_in_the_same_sentence_is_taken_with_its_copies() -> None:
    (duty,) = asked("请各单位于6月5日前将推荐表纸质版（一式三份，加盖公章）报送我委，电子版发送至zzb@example.com。")
    assert (duty.channel, duty.copies) == ("zzb@example.com", ("scan", "editable"))


def test_a_line_at_the_end_tells_copies_and_mailbox_of_everything_before_it() -> None:
    found = asked("各县于5月6日前将汇总表报我委。\n各县于次月5日前将月报表报我委。\n电子版请发送至wj@example.com，盖章件PDF扫描后一并发送。联系人：史某。")
    assert [(d.channel, d.copies) for d in found] == [("wj@example.com", ("scan", "editable"))] * 2


def test_a_mailbox_of_another_office_is_not_given_to_what_the_issuer_receives() -> None:
    found = asked("各县于6月5日前将统计表报市疾控中心。\n各县于7月5日前将总结报送我委职业健康科。\n联系人：柳某，市疾控中心邮箱：qj@example.com。")
    assert [(d.to, d.channel) for d in found] == [("市疾控中心", "qj@example.com"), ("我委职业健康科", "")]
    (posted,) = asked("各县于7月5日前将纸质报表邮寄至我委医政科。\n联系人：柳某，邮箱：qj@example.com。")
    assert posted.channel == "邮寄"


@pytest.mark.parametrize(
    ("name", "issuer"),
    [
        ("县住建委", "东岭县住房和城乡建设委员会"), ("市局", "清江市文化和旅游局"), ("市文旅局", "清江市文化和旅游局"), ("市卫健委", HEALTH),
        ("市安办", "清江市安全生产委员会办公室"), ("市安委会", "清江市安全生产委员会办公室"), ("住建局", "东岭县住房和城乡建设局"),
        ("县教体局", "青溪县教育体育局"), ("清江市卫健委", HEALTH),
    ],
)  # fmt: skip
def test_a_short_name_means_the_issuer(name: str, issuer: str) -> None:
    assert means(name, issuer)
    assert is_issuer((name,), issuer)
    assert not is_issuer((name,), issuer, (name,))  # unless it is addressed


@pytest.mark.parametrize(
    ("name", "issuer"),
    [
        ("市疾控中心", HEALTH), ("市教育局", "清江市文化和旅游局"), ("县局", "清江市教育局"), ("各县局", "青溪县教育局"), ("市局直属单位", "清江市教育局"),
        ("执法大队", "白音旗市场监督管理局"), ("县卫生院", "青溪县卫生健康局"), ("市交通局", "清江市卫生健康局"), ("市局", ""),
    ],
)  # fmt: skip
def test_the_name_of_a_unit_does_not_mean_the_issuer(name: str, issuer: str) -> None:
    assert not means(name, issuer)
    assert not is_issuer((name,), issuer)


def test_an_office_above_is_known_by_its_level_or_as_the_government() -> None:
    assert is_above("省厅", "清江市教育局")
    assert is_above("市教育局", "青溪县教育局")
    assert is_above("县政府", "青溪县教育局")
    assert not is_above("县政府", "青溪县人民政府办公室")
    assert not is_above("县教育局", "清江市教育局")
    assert goes_up(("市疾控中心",), "省疾控中心", HEALTH, (), False)
    assert not goes_up(("各县卫生健康局",), "省疾控中心", HEALTH, (), False)
    assert not goes_up(("市疾控中心",), "省疾控中心", HEALTH, ("市疾控中心",), False)


def test_the_moment_a_page_was_written_is_no_stretch_of_time() -> None:
    assert list(spans_in("时间：2022-03-10 11:02:00", issued=date(2022, 3, 1))) == []
    assert [s.end for s in spans_in("2023.7-2023.9")] == [date(2023, 9, 30)]


@pytest.mark.parametrize("piece", ["关于", "登录", "报送的时间", "送我委", "未按", "附表一、", "请各", "根据4月1日前报送", "截至", "各县于4月1日前送市局，"])
def test_a_hostile_sentence_of_the_new_words_is_read_in_seconds(piece: str) -> None:
    page = Notice("关于报送材料的通知", ("各县局：",), (Sentence((piece * 100_000)[:100_000]),), issued=date(2024, 1, 1))
    started = time.perf_counter()
    duties_in(page)
    assert time.perf_counter() - started < 5
