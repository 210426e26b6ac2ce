"""A table of official deadlines in the words of real notices, each with what it means."""

import time
from datetime import date

import pytest

from mailbot.domain.notices.deadlines import deadlines_in
from mailbot.domain.notices.draft import Deadline

ISSUED = date(2023, 7, 25)


def fixed(*dates: str, **more: object) -> Deadline:
    return Deadline("fixed", dates, **more)  # type: ignore[arg-type]


def inferred(*dates: str, **more: object) -> Deadline:
    return fixed(*dates, year_inferred=True, **more)


def monthly(day: int | None, reports: str = "this", **more: object) -> Deadline:
    return Deadline("monthly", day=day, reports=reports, **more)  # type: ignore[arg-type]


def quarterly(day: int | None, month: int | None, reports: str = "this", **more: object) -> Deadline:
    return Deadline("quarterly", day=day, month_of_period=month, reports=reports, **more)  # type: ignore[arg-type]


def half(dates: tuple[str, ...], day: int | None, month: int | None, reports: str = "this") -> Deadline:
    return Deadline("half-yearly", dates, day, None, month, reports)  # type: ignore[arg-type]


def yearly(dates: tuple[str, ...], day: int | None = None, month: int | None = None, reports: str = "this") -> Deadline:
    return Deadline("yearly", dates, day, None, month, reports)  # type: ignore[arg-type]


def weekly(weekday: str | None, reports: str = "this", **more: object) -> Deadline:
    return Deadline("weekly", weekday=weekday, reports=reports, **more)  # type: ignore[arg-type]


def daily(**more: object) -> Deadline:
    return Deadline("daily", **more)  # type: ignore[arg-type]


EVENT, ANY = Deadline("event"), Deadline("any")

# Read with an issue date of 2023-07-25 and nothing else known.
FIRM: tuple[tuple[str, tuple[Deadline, ...]], ...] = (
    # one day, in full
    ("各单位应于2023年9月15日前报送自评报告", (fixed("2023-09-15"),)),
    ("于2023年11月1前", (fixed("2023-11-01"),)),
    ("请于2023年9月15日以前报送", (fixed("2023-09-15"),)),
    ("2023年9月15日之前", (fixed("2023-09-15"),)),
    ("2023年9月15日之前（不含15日）", (fixed("2023-09-15", inclusive=False),)),
    ("2023年9月15日前（不含当日）", (fixed("2023-09-15", inclusive=False),)),
    ("2023年9月15日（含）前", (fixed("2023-09-15"),)),
    ("２０２３年９月１５日前", (fixed("2023-09-15"),)),
    ("2024 年6月1日前", (fixed("2024-06-01"),)),
    ("2024年 6 月 1 日 前", (fixed("2024-06-01"),)),
    ("2023.9.15前", (fixed("2023-09-15"),)),
    ("2023-09-15前", (fixed("2023-09-15"),)),
    ("2023/9/15前", (fixed("2023-09-15"),)),
    ("二〇二三年九月十五日前", (fixed("2023-09-15"),)),
    ("二O二三年十二月三十一日前", (fixed("2023-12-31"),)),
    ("2023年9月廿五日前", (fixed("2023-09-25"),)),
    ("23年9月15日前", (fixed("2023-09-15"),)),
    ("2024年2月1号前", (fixed("2024-02-01"),)),
    ("不迟于2023年9月10日", (fixed("2023-09-10"),)),
    ("报送截止时间为2023年9月10日17:00", (fixed("2023-09-10", time="17:00"),)),
    ("最迟2023年9月10日", (fixed("2023-09-10"),)),
    # one day without its year: the next one on or after the day of issue
    ("9月15日前", (inferred("2023-09-15"),)),
    ("7月25日前", (inferred("2023-07-25"),)),
    ("3月10日前", (inferred("2024-03-10"),)),
    ("今年9月15日前", (inferred("2023-09-15"),)),
    ("明年1月15日前", (inferred("2024-01-15"),)),
    ("本年12月10日前", (inferred("2023-12-10"),)),
    ("请于本月28日前反馈", (inferred("2023-07-28"),)),
    ("请于本月底前报送", (inferred("2023-07-31"),)),
    ("请于月底前反馈意见", (inferred("2023-07-31"),)),
    # the time of day
    ("9月15日17:00前", (inferred("2023-09-15", time="17:00"),)),
    ("9月15日17：30前", (inferred("2023-09-15", time="17:30"),)),
    ("9月15日下午5点前", (inferred("2023-09-15", time="17:00"),)),
    ("9月15日下午5点半前", (inferred("2023-09-15", time="17:30"),)),
    ("9月15日15时前", (inferred("2023-09-15", time="15:00"),)),
    ("9月15日15时30分前", (inferred("2023-09-15", time="15:30"),)),
    ("9月15日24时前", (inferred("2023-09-15"),)),
    ("9月15日下班前", (inferred("2023-09-15"),)),
    ("9月15日上午下班前", (inferred("2023-09-15", time="12:00"),)),
    ("于9月6日（本周三）下午三点前", (inferred("2023-09-06", time="15:00"),)),
    ("务于11月24日中午前", (inferred("2023-11-24", time="12:00"),)),
    ("务必于11月8日中午12点前", (inferred("2023-11-08", time="12:00"),)),
    ("于10月18日（星期四）上午9:00前", (inferred("2023-10-18", time="09:00"),)),
    ("2月23日（正月初六）上午12点前", (inferred("2024-02-23", time="12:00"),)),
    # ends and parts of months and years
    ("2023年底前", (fixed("2023-12-31"),)),
    ("2024年年底前", (fixed("2024-12-31"),)),
    ("年底前", (inferred("2023-12-31"),)),
    ("今年底前", (inferred("2023-12-31"),)),
    ("明年年底前", (inferred("2024-12-31"),)),
    ("2024年2月底前", (fixed("2024-02-29"),)),
    ("2023年11月末前", (fixed("2023-11-30"),)),
    ("10月上旬前", (inferred("2023-10-10"),)),
    ("10月中旬前", (inferred("2023-10-20"),)),
    ("10月下旬前", (inferred("2023-10-31"),)),
    ("10月初前", (inferred("2023-10-05"),)),
    ("2024年6月前", (fixed("2024-06-30"),)),
    ("2024年第三季度末前", (fixed("2024-09-30"),)),
    ("一季度末前", (inferred("2024-03-31"),)),
    ("2024年上半年底前", (fixed("2024-06-30"),)),
    # several days
    ("于2023年11月1日前、2024 年6月1日前报送阶段性工作总结", (fixed("2023-11-01", "2024-06-01"),)),
    ("2023年11月1前，2024年11月1日前", (fixed("2023-11-01", "2024-11-01"),)),
    ("2023年6月15日、12月15日前", (fixed("2023-06-15", "2023-12-15"),)),
    ("2023年11月30日、次年5月30日前", (fixed("2023-11-30", "2024-05-30", year_inferred=True),)),
    ("2024年3月、6月、9月25日前", (fixed("2024-03-25", "2024-06-25", "2024-09-25"),)),
    ("2023年9月10日和20日前", (fixed("2023-09-10", "2023-09-20"),)),
    ("报送时间分别为2023年8月3、17、26日前", (fixed("2023-08-03", "2023-08-17", "2023-08-26"),)),
    ("于9月15日前报送方案，于11月15日前报送总结", (inferred("2023-09-15"), inferred("2023-11-15"))),
    # daily
    ("每日17时前", (daily(time="17:00"),)),
    ("每天17时前", (daily(time="17:00"),)),
    ("每日下午4:00前报送当日情况", (daily(time="16:00"),)),
    ("每天上午9点前报送前一日情况", (daily(time="09:00", reports="previous"),)),
    ("每个工作日16:30前", (daily(time="16:30"),)),
    # weekly
    ("每周五前", (weekly("fri"),)),
    ("每周五下班前报送", (weekly("fri"),)),
    ("每周五17:00前", (weekly("fri", time="17:00"),)),
    ("每周四下午15时前", (weekly("thu", time="15:00"),)),
    ("每周一上午12:00前", (weekly("mon", "previous", time="12:00"),)),
    ("每周二中午12时前报送上周进展", (weekly("tue", "previous", time="12:00"),)),
    ("每星期三前", (weekly("wed"),)),
    ("每周二、周五前", (weekly("tue"), weekly("fri"))),
    ("每周最后一个工作日", (weekly("fri"),)),
    ("每两周周五前", (weekly("fri"),)),
    ("于本周五前反馈", (inferred("2023-07-28"),)),
    ("请于下周一17:00前", (inferred("2023-07-31", time="17:00"),)),
    ("每周日18:00前", (weekly("sun", time="18:00"),)),
    # monthly
    ("每月20日前", (monthly(20),)),
    ("每月20日提交", (monthly(20),)),
    ("每个月25日前", (monthly(25),)),
    ("每月30日前", (monthly(30),)),
    ("每月廿五日前", (monthly(25),)),
    ("每月25日下午5点前", (monthly(25, time="17:00"),)),
    ("每月底前", (monthly(0),)),
    ("每月月底前", (monthly(0),)),
    ("每月末", (monthly(0),)),
    ("每月最后一个工作日", (monthly(0),)),
    ("每月1日前", (monthly(1, "previous"),)),
    ("每月5日前报送上月", (monthly(5, "previous"),)),
    ("每月25日前报送本月工作情况", (monthly(25),)),
    ("每月3日前报送当月计划", (monthly(3),)),
    ("每月25日前报送上月工作情况", (monthly(25, "previous"),)),
    ("次月5日前", (monthly(5, "previous"),)),
    ("每月的次月3日前", (monthly(3, "previous"),)),
    ("于下月5日前", (monthly(5, "previous"),)),
    ("月后3日前", (monthly(3, "previous"),)),
    ("每月结束后3日内", (monthly(3, "previous"),)),
    ("每月结束后5个工作日内", (monthly(5, "previous"),)),
    ("每月前5个工作日内", (monthly(5, "previous"),)),
    ("每月10日、25日前", (monthly(10, "previous"), monthly(25))),
    ("每月上旬", (monthly(10, "previous"),)),
    ("每月28日（12月25日）前", (monthly(28),)),
    # quarterly
    ("每季度第一个月的1日前", (quarterly(1, 1, "previous"),)),
    ("每季度首月10日前", (quarterly(10, 1, "previous"),)),
    ("每季度第1个月5日前", (quarterly(5, 1, "previous"),)),
    ("每季度第二个月10日前", (quarterly(10, 2, "previous"),)),
    ("每季度末月25日前", (quarterly(25, 3),)),
    ("每季末月25日前", (quarterly(25, 3),)),
    ("每季度最后一个月20日前", (quarterly(20, 3),)),
    ("每季度第三个月15日前", (quarterly(15, 3),)),
    ("每季度末25日前", (quarterly(25, 3),)),
    ("每季度末", (quarterly(0, 3),)),
    ("季度末前", (quarterly(0, 3),)),
    ("每季度最后一天", (quarterly(0, 3),)),
    ("每季度结束后5个工作日内", (quarterly(5, 1, "previous"),)),
    ("每季度结束后10日内", (quarterly(10, 1, "previous"),)),
    ("季度结束后10日内", (quarterly(10, 1, "previous"),)),
    ("次季度首月5日前", (quarterly(5, 1, "previous"),)),
    ("下一季度第一个月10日前", (quarterly(10, 1, "previous"),)),
    ("每季度首月10日前报送上季度情况", (quarterly(10, 1, "previous"),)),
    ("3月、6月、9月、12月的25日前", (quarterly(25, 3),)),
    ("3、6、9、12月25日前", (quarterly(25, 3),)),
    ("每年1月、4月、7月、10月的5日前", (quarterly(5, 1, "previous"),)),
    ("每季度（3月、6月、9月、12月20日前）", (quarterly(20, 3),)),
    # half-yearly
    ("分别于6月、12月15日前", (half(("06-15", "12-15"), 15, 6),)),
    ("6月底、12月底前", (half(("06-30", "12-31"), 0, 6),)),
    ("上半年6月20日前，下半年12月20日前", (half(("06-20", "12-20"), 20, 6),)),
    ("每年6月5日和12月5日前", (half(("06-05", "12-05"), 5, 6),)),
    ("每年1月15日前、7月15日前", (half(("01-15", "07-15"), 15, 1, "previous"),)),
    ("每年6月20日、12月10日前", (half(("06-20", "12-10"), None, None),)),
    ("每半年（6月20日、12月20日前）", (half(("06-20", "12-20"), 20, 6),)),
    ("每半年末", (half((), 0, 6),)),
    ("每半年结束后10日内", (half((), 10, 1, "previous"),)),
    # yearly
    ("每年12月10日前", (yearly(("12-10",), 10, 12),)),
    ("于每年的11月底前", (yearly(("11-30",), 0, 11),)),
    ("每年底前", (yearly(("12-31",), 0, 12),)),
    ("每年年底前", (yearly(("12-31",), 0, 12),)),
    ("次年1月10日前", (yearly(("01-10",), 10, 1, "previous"),)),
    ("每年6月30日、11月30日前", (yearly(("06-30", "11-30")),)),
    ("逢单月10日前", (yearly(("01-10", "03-10", "05-10", "07-10", "09-10", "11-10"), 10),)),
    # after something, whenever
    ("3个工作日内", (EVENT,)),
    ("接到通知后5个工作日内", (EVENT,)),
    ("事件发生后2小时内", (EVENT,)),
    ("24小时内", (EVENT,)),
    ("发现后立即", (EVENT,)),
    ("第一时间报告", (EVENT,)),
    ("工作中发现重大问题要及时上报", (EVENT,)),
    ("突发情况随时报告", (EVENT,)),
    ("及时将典型做法上报", (ANY,)),
    ("随时报送", (ANY,)),
    ("不定期报送工作信息", (ANY,)),
    ("适时报送", (ANY,)),
)  # fmt: skip

# Days and stretches that limit nothing by themselves: a deadline only where a report falls on them.
LOOSE: tuple[tuple[str, tuple[Deadline, ...]], ...] = (
    ("自2023年7月1日起至2024年12月31日", (fixed("2024-12-31"),)),
    ("即日起至2023年12月31日", (fixed("2023-12-31"),)),
    ("8月1日至8月10日", (inferred("2023-08-10"),)),
    ("8月1日至10日", (inferred("2023-08-10"),)),
    ("2023年9-10月", (fixed("2023-10-31"),)),
    ("2023年11月一12月、2024年8月一9月", (fixed("2023-12-31", "2024-09-30"),)),
    ("2023年10月30日", (fixed("2023-10-30"),)),
    ("于8月底和9月底报送", (inferred("2023-08-31", "2023-09-30"),)),
    ("年末", (inferred("2023-12-31"),)),
    ("月末", (inferred("2023-07-31"),)),
    ("每半年", (half((), None, None),)),
    ("每季度报送一次", (quarterly(None, None),)),
    ("每周报送一次", (weekly(None),)),
    ("每月报送", (monthly(None),)),
    ("每年", (yearly(()),)),
)

NONE = (
    "自2023年9月1日起施行",
    "2023年9月1日以来",
    "根据2023年5月10日印发的通知",
    "内药监发〔2023〕15号",
    "联系电话：0475-4212345，13900001111",
    "“十四五”规划",
    "第三季度和第二季度",
    "工作日常管理",
    "每3年至少开展一次",
    "前往现场",
)


def told(text: str, firm: bool, **more: object) -> tuple[Deadline, ...]:
    """What was read, without its words and doubts."""
    found = deadlines_in(text, **{"issued": ISSUED, **more})  # type: ignore[arg-type]
    return tuple(plain(p.due) for p in found if p.firm is firm)


def plain(due: Deadline) -> Deadline:
    kept = {name: getattr(due, name) for name in ("kind", "dates", "day", "weekday", "month_of_period", "reports", "time", "year_inferred", "inclusive")}
    return Deadline(**kept)


def test_the_table_holds_at_least_120_phrases() -> None:
    assert len({text for text, _ in (*FIRM, *LOOSE)}) >= 120


@pytest.mark.parametrize(("text", "wanted"), FIRM, ids=[text for text, _ in FIRM])
def test_a_deadline_is_read_from_every_official_notation(text: str, wanted: tuple[Deadline, ...]) -> None:
    assert told(text, True) == wanted


@pytest.mark.parametrize(("text", "wanted"), LOOSE, ids=[text for text, _ in LOOSE])
def test_a_day_or_span_that_limits_nothing_is_no_firm_deadline(text: str, wanted: tuple[Deadline, ...]) -> None:
    assert told(text, False) == wanted
    assert told(text, True) == ()


@pytest.mark.parametrize("text", NONE)
def test_other_numbers_and_days_are_no_deadline(text: str) -> None:
    assert told(text, True) == told(text, False) == ()


def test_a_date_without_a_year_takes_the_year_of_the_title_where_no_day_of_issue_is_known() -> None:
    assert told("3月10日前", True, issued=None, title_year=2024) == (inferred("2024-03-10"),)
    assert told("分别于6月、12月15日前", True, issued=None, title_year=2024) == (inferred("2024-06-15", "2024-12-15"),)


def test_a_date_without_a_year_is_read_from_the_span_where_nothing_else_says_it() -> None:
    span = (date(2023, 8, 1), date(2024, 11, 30))
    assert told("5月23日前", True, issued=None, span=span) == (inferred("2024-05-23"),)
    assert told("10月23日前", True, issued=None, span=span) == (inferred("2023-10-23"),)


def test_a_date_whose_year_is_said_nowhere_stays_without_it_and_says_so() -> None:
    (found,) = deadlines_in("9月15日前")
    assert found.due.dates == ("09-15",)
    assert not found.due.year_inferred
    assert found.due.doubts == ("年份没有写明",)


def test_two_dates_half_a_year_apart_are_one_year_s_where_the_notice_is_about_one_year() -> None:
    assert told("分别于6月20日、12月10日前", True, issued=date(2024, 4, 3), title_year=2024) == (inferred("2024-06-20", "2024-12-10"),)
    assert told("每年6月20日、12月20日前", True, title_year=2024) == (half(("06-20", "12-20"), 20, 6),)


def test_a_paragraph_s_number_is_no_month() -> None:
    assert told("1、6月底前完成", True) == (inferred("2024-06-30"),)
    assert told("6、12月15日前报送", True) == (half(("06-15", "12-15"), 15, 6),)


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("每月5日前报送", "月初报送的按上月计"),
        ("每季度末", "“季度末”按末月最后一天计"),
        ("每季度结束后5个工作日内", "工作日暂按自然日计"),
        ("9月15日下班前", "下班时间没有写明钟点"),
        ("10月中旬前", "中旬按20日计"),
        ("2024年6月前", "只写到月，暂按当月最后一天计"),
        ("2024年2月30日前", "2月没有30日，按29日计"),
        ("6月底、12月底前", "没有写“每年”，也可能只指一年"),
        ("5个工作日内反馈", "没有写明从何时起算"),
        ("3月10日前", ""),
        ("7月10日前", "年份按发文日期推定，相隔较久"),
    ],
)
def test_what_a_deadline_leaves_open_is_said_as_a_doubt(text: str, doubt: str) -> None:
    (found,) = deadlines_in(text, issued=ISSUED)
    assert (doubt in found.due.doubts) if doubt else found.due.doubts == ()


def test_a_deadline_tells_its_words_and_its_place_in_the_text_as_written() -> None:
    text = "请于 2024 年6月1日 前报送，并于每月２０日前上报。"
    found = deadlines_in(text, issued=ISSUED)
    assert [p.due.seen for p in found] == ["2024年6月1日前", "每月２０日前"]
    assert [text[p.start : p.end] for p in found] == ["2024 年6月1日 前", "每月２０日前"]


HOSTILE = ["1、", "2023年", "每", "每月", "每周一、", "1月1日、", "9", "一", "（", "及时", "3个工作日内", "每季度第", "1月-", "年底", "于9月15日前，"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_line_of_100_000_characters_is_read_in_seconds(piece: str) -> None:
    line = (piece * 100_000)[:100_000]
    started = time.perf_counter()
    deadlines_in(line, issued=ISSUED)
    assert time.perf_counter() - started < 5
