"""What staff write back: understood, or shown back with the reason. Never guessed."""

from dataclasses import replace
from datetime import date, datetime
from time import perf_counter

import pytest

from mailbot.domain.commands import Understood, described, take_back, understood
from mailbot.domain.naming import nobodys
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Rules
from mailbot.domain.reviews import Desk, OpenReview, Seen, choices
from mailbot.domain.rulings import Ruling, granted
from mailbot.domain.words import NIL_NOT_ALLOWED

NOW = datetime(2024, 3, 29, 9, tzinfo=SHANGHAI)


def stranger(number: int, unit: str | None = "weiliansu", kind: str = "unknown-sender") -> OpenReview:
    return OpenReview(number, kind, "未登记的地址送来材料", ("清单.docx",), unit, f"nobody{number}@mail.example", "清单", NOW, message=number + 100,
                      created_at=NOW)  # fmt: skip


def asked(number: int, question: str = "看不出这份扫描件是哪一项的", seen: Seen | None = None) -> OpenReview:
    kind = "nil-not-allowed" if question == NIL_NOT_ALLOWED else "undecided"
    return OpenReview(number, kind, question, ("页.jpg",), "xinzhen", "xinzhen@units.example", "材料", NOW, message=number + 100, created_at=NOW,
                      seen=(seen or Seen("页.jpg", "scan", None, "naiman-2023", "新镇市场监管所"),))  # fmt: skip


def read(text: str, rules: Rules, *reviews: OpenReview, digest: bool = True, rulings: tuple[Ruling, ...] = ()) -> Understood:
    desk = Desk(reviews or (stranger(1), stranger(3), stranger(12), stranger(15)), NOW if digest else None, None, rulings)
    return understood(text, desk, rules, by="office@bureau.example", at=NOW, via="mail")


def gist(told: Understood) -> list[tuple[int | None, str]]:
    return [(r.review, r.act) for r in told.rulings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 是 3 否", [(1, "vouch"), (3, "foreign")]),
        ("1是，3否。", [(1, "vouch"), (3, "foreign")]),
        ("第1件：是\n第 3 件：不是", [(1, "vouch"), (3, "foreign")]),
        ("1、3 是", [(1, "vouch"), (3, "vouch")]),
        ("１ 是 ３ 否", [(1, "vouch"), (3, "foreign")]),
        ("1-12 是", [(1, "vouch"), (3, "vouch"), (12, "vouch")]),
        ("12 长期", [(12, "register"), (12, "vouch")]),
        ("全部 是", [(1, "vouch"), (3, "vouch"), (12, "vouch"), (15, "vouch")]),
        ("3 否\n其余 是", [(3, "foreign"), (1, "vouch"), (12, "vouch"), (15, "vouch")]),
        ("#15 退回 附件打不开，请重发", [(15, "reject")]),
        ("您好：\n1 是\n谢谢\n张三 0475-1234567", [(1, "vouch")]),
        ("处理12：是", [(12, "vouch")]),
        ("15 无关", [(15, "foreign")]),
        ("1,3都是", [(1, "vouch"), (3, "vouch")]),
        ("1和3都登记", [(1, "vouch"), (3, "vouch")]),
        ("1 ok 3 不要", [(1, "vouch"), (3, "foreign")]),
        ("1 是，已电话核实", [(1, "vouch")]),
        ("12 是八仙筒所的", [(12, "vouch")]),
        ("12 登记给八仙筒所", [(12, "vouch")]),
    ],
)
def test_answers_are_understood_as_people_write_them(text: str, expected: list[tuple[int, str]], rules: Rules) -> None:
    told = read(text, rules)
    assert gist(told) == expected and not told.unclear
    assert all((r.by, r.at, r.via) == ("office@bureau.example", NOW, "mail") for r in told.rulings)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1 大概是吧", "没有看懂"),
        ("1 是 3 也许", "没有看懂"),
        ("9 是", "没有第 9 件"),
        ("1 A", "可以答"),
        ("1 是\n1 否", "前面已经答复过"),
        ("12 延期", "请"),
        ("免报 八仙筒所", "哪一项"),
        ("免报 典型案例 2024Q1", "哪个单位"),
        ("撤销 77", "没有处理过"),
        ("1 是吗？", "没有看懂"),
        ("1 是，但先别登记", "没有看懂"),
        ("除3外都是", "没有看懂"),
        ("同意", "没有看懂"),
        ("十二 是", "没有看懂"),
    ],
)
def test_what_is_ambiguous_is_shown_back_and_never_carried_out(text: str, why: str, rules: Rules) -> None:
    told = read(text, rules)
    assert told.unclear and any(why in reason for _, reason in told.unclear), told
    assert len(told.rulings) <= 1


@pytest.mark.parametrize(
    "text",
    [
        "所有单位都报了吗？就差八仙筒所？", "其余单位都催一下，特别是八仙筒所", "所有表都收到了", "全部期末再说", "全部退回去了吗？",
        "全部接受检查", "全部免报 八仙筒所", "全部行政处罚材料已收", "7 延期不行", "7 延期 不同意", "7 延期？", "7 不同意延期",
        "7 可以延期吗", "4 免报不行，必须报", "4 免报 不同意", "4 免报不可以", "4 可以免报",
        "免报不行，八仙筒所典型案例2024年第一季度必须报", "免报 申请收到，八仙筒所典型案例2024年第一季度请补报",
        "延期一律不批，八仙筒所问题清单2024Q1 4月10日必须报", "延期不批：八仙筒所 问题清单 2024Q1，最迟4月10日",
        "延期 八仙筒所 问题清单 2024Q1 4月10日吗？", "12 接受不了", "12 认可不了", "12 无关吗？", "12 期间不在", "12 事项已办",
        "12 表已收到", "12 期末再说", "12 期 末再说", "12 退回不必", "12 退回 不必了", "12 同意退回", "12 不退回",
        "12 单位是八仙筒所还是青龙山所？", "12 单位 催一下八仙筒所", "12 是否登记", "12 是 否", "12 好像是广告", "12 不对，登记给八仙筒所",
        "12 不是，是青龙山所的", "12 是，八仙筒所", "12 是，等核实后再说", "12 登记给八仙筒所吗？", "2024-03-29 好", "3-29 好", "12-3 是",
        "1-9 是", "1-3-12 是", "撤销12号文件",
    ],
)  # fmt: skip
def test_an_ordinary_sentence_orders_nothing_and_is_shown_back(text: str, rules: Rules) -> None:
    told = read(text, rules, *(stranger(n) for n in (1, 3, 12, 29)), nil_case(), more_time())
    assert not told.rulings and len(told.unclear) >= 1, told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12 免报 本季度没有办案", []), ("4 免报 本季度没有办案，不涉及", [(4, "waive")]), ("12 退回 章不清楚", [(12, "reject")]),
        ("12 退回：没有盖章", [(12, "reject")]), ("12 是，没有问题", [(12, "vouch")]), ("12 是的，谢谢", [(12, "vouch")]),
        ("12 好的谢谢", [(12, "vouch")]), ("1是3否", [(1, "vouch"), (3, "foreign")]),
        ("1 3 12 是", [(1, "vouch"), (3, "vouch"), (12, "vouch")]), ("3至29 是", [(3, "vouch"), (12, "vouch"), (29, "vouch")]),
        ("7 延期4月10日", [(7, "extend")]), ("7 延期到4月10日", [(7, "extend")]), ("7 延期三天", [(7, "extend")]),
        ("全部 退回 请用新表", [(n, "reject") for n in (1, 3, 12, 29)]), ("12 单位：八仙筒所的", [(12, "vouch")]),
        ("12 登记给八仙筒所，已核实", [(12, "vouch")]), ("12 单位 baxiantong", [(12, "vouch")]),
    ],
)  # fmt: skip
def test_a_reason_may_say_what_is_missing_and_an_order_stays_an_order(text: str, expected: list[tuple[int, str]], rules: Rules) -> None:
    others = () if text.startswith("全部") or "至" in text else (nil_case(), more_time())
    assert gist(read(text, rules, *(stranger(n) for n in (1, 3, 12, 29)), *others)) == expected


def nil_case() -> OpenReview:
    return asked(4, NIL_NOT_ALLOWED, Seen("页.jpg", "editable", "typical-case", "naiman-2023", "新镇市场监管所", "typical-case", "2024Q1", NIL_NOT_ALLOWED))


def more_time(due: date = date(2024, 4, 3)) -> OpenReview:
    asks = Ruling("extend", campaign="naiman-2023", unit="xinzhen", duty="risk-list", period="2024Q1", due=due, why="来信申请延期")
    return OpenReview(7, "more-time", "来信申请延期", (), "xinzhen", "xinzhen@units.example", "能否晚两天", NOW, message=5, proposed=(asks,), created_at=NOW)


@pytest.mark.parametrize("day", ["3月20日", "4月1日", "2026年4月10日"])
def test_an_extension_ends_after_the_due_date_and_within_a_year(day: str, rules: Rules) -> None:
    for text in (f"延期 新镇所 问题清单 2024Q1 {day}", f"7 延期 {day}"):
        told = read(text, rules, more_time())
        assert not told.rulings and "2024-04-01" in told.unclear[0][1]


def test_what_was_extended_is_extended_again_only_beyond_that(rules: Rules) -> None:
    said = Ruling("extend", campaign="naiman-2023", unit="xinzhen", duty="risk-list", period="2024Q1", due=date(2024, 4, 10), id=1)
    ruled = rules.granting(granted([said]))
    assert not read("延期 新镇所 问题清单 2024Q1 4月5日", ruled).rulings
    assert read("延期 新镇所 问题清单 2024Q1 三天", ruled).rulings[0].due == date(2024, 4, 13)


def test_a_waiver_without_a_number_is_taken_back_in_the_words_that_granted_it(rules: Rules) -> None:
    (order,) = read("免报 八仙筒所 典型案例 2024年第一季度 没有办案", rules).rulings
    way = take_back(order, rules)
    (undo,) = read(way, rules, rulings=(replace(order, id=8),)).rulings
    assert (undo.act, undo.undoes) == ("undo", 8)
    told = read(way, rules, rulings=(replace(order, id=8), Ruling("undo", undoes=8, id=9)))
    assert not told.rulings and "已经撤销" in told.unclear[0][1]


def test_an_address_of_the_office_is_never_made_a_units(rules: Rules) -> None:
    director = (*rules.settings.directors, "director@bureau.example")[0]
    ruled = replace(rules, settings=replace(rules.settings, directors=(director,)))
    own, postmaster = rules.settings.mailbox.address, "postmaster@units.example"
    assert all(nobodys(a, ruled) for a in (director.upper(), own, postmaster, "no-reply@units.example", ruled.settings.staff[0]))
    case = replace(stranger(12), sender=director)
    assert "长期" not in {c.key for c in choices(case, ruled)} and not read("12 长期", ruled, case).rulings
    proposed = replace(stranger(5, kind="new-contact"), proposed=(Ruling("register", campaign="naiman-2023", unit="xinzhen", address=own),))
    told = read("5 是", ruled, proposed)
    assert not told.rulings and "本信箱" in told.unclear[0][1]


def test_the_answer_names_the_unit_that_loses_an_address(rules: Rules) -> None:
    case = replace(stranger(12), sender="zhian@units.example")
    (register, _) = read("12 长期", rules, case).rulings
    assert "治安" in described(register, rules) and "不再用" in register.why


@pytest.mark.parametrize(
    "text", ["、".join(["1-1001"] * 4000) + " 是", "1 是" * 20_000, "1 是\n" * 100_000, "免报 " * 100_000, "1" + " " * 500_000 + "x", "12 退回 " + "啊" * 500_000]
)
def test_a_monstrous_answer_is_read_at_once_and_shown_back_briefly(text: str, rules: Rules) -> None:
    begun = perf_counter()
    told = read(text, rules)
    assert perf_counter() - begun < 1.5 and len(told.unclear) <= 53 and len(told.rulings) <= 1


def test_a_line_that_is_half_understood_orders_nothing_at_all(rules: Rules) -> None:
    assert gist(read("1 是 3 也许", rules)) == []


def test_all_means_what_that_digest_listed(rules: Rules) -> None:
    later = OpenReview(20, "unknown-sender", "?", (), "weiliansu", "x@mail.example", "", NOW, created_at=NOW.replace(hour=12))
    assert gist(read("全部 是", rules, stranger(1), later)) == [(1, "vouch")]
    without = read("全部 是", rules, digest=False)
    assert not without.rulings and "编号" in without.unclear[0][1]


def test_a_rejection_says_its_own_sentence_else_the_ready_one(rules: Rules) -> None:
    (own,) = read("12 退回 章盖反了，请重盖", rules).rulings
    assert own.why == "章盖反了，请重盖"
    (ready,) = read("4 退回", rules, asked(4)).rulings
    assert ready.act == "reject" and "写明" in ready.why


def test_a_file_is_assigned_by_words(rules: Rules) -> None:
    (ruling,) = read("4 单位 八仙筒所 事项 问题清单 期 2024年一季度", rules, asked(4)).rulings
    assert (ruling.act, ruling.unit, ruling.duty, ruling.form, ruling.period, ruling.paths) == (
        "assign", "baxiantong", "risk-list", "risk-list", "2024Q1", ("页.jpg",))  # fmt: skip
    (unit_only,) = read("12 单位 八仙筒所", rules).rulings
    assert (unit_only.act, unit_only.unit) == ("vouch", "baxiantong")


def test_the_ready_made_answers_name_what_the_unit_may_mean(rules: Rules) -> None:
    seen = Seen("页.jpg", "scan", "risk-list", "naiman-2023", "新镇市场监管所", "risk-list", None)
    found = choices(asked(4, seen=seen), rules)
    assert [(c.key, c.rulings[0].period) for c in found][:1] == [("A", "2024Q1")] and {c.rulings[0].act for c in found} == {"assign", "reject", "seen"}
    (ruling,) = read("4 A", rules, asked(4, seen=seen)).rulings
    assert (ruling.duty, ruling.period, ruling.unit) == ("risk-list", "2024Q1", "xinzhen")
    assert read("4 a", rules, asked(4, seen=seen)).rulings == read("4 甲", rules, asked(4, seen=seen)).rulings == (ruling,)


def test_a_nil_report_that_a_duty_does_not_allow_is_waived(rules: Rules) -> None:
    seen = Seen("页.jpg", "editable", "typical-case", "naiman-2023", "新镇市场监管所", "typical-case", "2024Q1", NIL_NOT_ALLOWED)
    (ruling,) = read("4 免报", rules, asked(4, NIL_NOT_ALLOWED, seen)).rulings
    assert (ruling.act, ruling.unit, ruling.duty, ruling.period) == ("waive", "xinzhen", "typical-case", "2024Q1")


def test_obligations_are_waived_and_extended_without_a_case(rules: Rules) -> None:
    (waived,) = read("免报 八仙筒所 典型案例 2024年第一季度 本季度没有办案", rules).rulings
    assert (waived.act, waived.unit, waived.duty, waived.period) == ("waive", "baxiantong", "typical-case", "2024Q1") and "没有办案" in waived.why
    (extended,) = read("延期 八仙筒所 问题清单 2024Q1 4月10日 停电", rules).rulings
    assert (extended.act, extended.due) == ("extend", date(2024, 4, 10))


def test_more_time_is_granted_as_asked_or_until_the_day_one_writes(rules: Rules) -> None:
    asked_for = Ruling("extend", campaign="naiman-2023", unit="xinzhen", duty="risk-list", period="2024Q1", due=date(2024, 4, 3), why="来信申请延期")
    review = OpenReview(7, "more-time", "来信申请延期", (), "xinzhen", "xinzhen@units.example", "能否晚两天", NOW, message=5, proposed=(asked_for,))
    (ruling,) = read("7 延期", rules, review).rulings
    assert (ruling.act, ruling.due, ruling.review) == ("extend", date(2024, 4, 3), 7)
    (other,) = read("7 延期 4月8日", rules, review).rulings
    assert other.due == date(2024, 4, 8)
    (no,) = read("7 退回", rules, review).rulings
    assert no.act == "reject"


def test_what_was_decided_about_a_case_can_be_taken_back(rules: Rules) -> None:
    said = (Ruling("register", review=12, id=4), Ruling("vouch", review=12, message=112, id=5), Ruling("seen", review=3, id=6))
    told = read("撤销 12", rules, rulings=said)
    assert [(r.act, r.undoes) for r in told.rulings] == [("undo", 4), ("undo", 5)]


def test_a_click_counts_once(rules: Rules) -> None:
    fresh = Desk((stranger(12),), None, NOW)
    assert gist(understood("处理12：是", fresh, rules, by="o", at=NOW, via="mail")) == [(12, "vouch")]
    used = Desk((replace(stranger(12), said_at=NOW.replace(hour=10)),), None, NOW)
    told = understood("处理12：是", used, rules, by="o", at=NOW, via="mail")
    assert not told.rulings and "已经处理过" in told.unclear[0][1]
