"""A draft as a pack: deadlines as cadences, words as kinds, doubts as comments; written as YAML that reads back as it was meant."""

from datetime import date

import pytest
import yaml

from mailbot.adapters.packs import pack_yaml
from mailbot.adapters.packs.values import comment, flow, scalar
from mailbot.domain.notices.cadence import Running, due_of, words_of
from mailbot.domain.notices.draft import Deadline, Draft, DraftDuty
from mailbot.domain.notices.ids import field_of, fresh, id_of
from mailbot.domain.notices.owers import endings_of, examples_of, kind_of, kinds_of
from mailbot.domain.notices.packing import pack_of

RUNNING = Running(date(2024, 3, 1), date(2024, 12, 31), date(2024, 3, 12))


@pytest.mark.parametrize(
    ("deadline", "due"),
    [
        (Deadline("fixed", ("2024-05-06", "2024-06-07")), {"every": "once", "dates": (date(2024, 5, 6), date(2024, 6, 7))}),
        (Deadline("any"), {"every": "any-time"}),
        (Deadline("event"), {"every": "any-time"}),
        (Deadline("monthly", day=20), {"every": "month", "day": 20, "reports": "this", "first": "2024-03", "last": "2024-12"}),
        (Deadline("monthly", day=5), {"every": "month", "day": 5, "reports": "this", "first": "2024-04", "last": "2024-12"}),  # 5 March had passed
        (Deadline("monthly", day=5, reports="previous"), {"every": "month", "day": 5, "reports": "previous", "first": "2024-03", "last": "2024-12"}),
        (Deadline("monthly", day=0), {"every": "month", "day": 31, "reports": "this", "first": "2024-03", "last": "2024-12"}),
        (Deadline("quarterly", day=1, month_of_period=1, reports="previous"),
         {"every": "quarter", "month": 1, "day": 1, "reports": "previous", "first": "2024Q1", "last": "2024Q4"}),
        (Deadline("quarterly", day=25, month_of_period=3), {"every": "quarter", "month": 3, "day": 25, "reports": "this", "first": "2024Q1", "last": "2024Q4"}),
        (Deadline("half-yearly", ("06-15", "12-15")), {"every": "half-year", "month": 6, "day": 15, "reports": "this", "first": "2024H1", "last": "2024H2"}),
        (Deadline("half-yearly", ("06-20", "12-10")), {"every": "once", "dates": (date(2024, 6, 20), date(2024, 12, 10))}),
        (Deadline("yearly", ("12-10",)), {"every": "year", "month": 12, "day": 10, "reports": "this", "first": "2024", "last": "2024"}),
        (Deadline("yearly", ("01-10",), reports="previous"), {"every": "year", "month": 1, "day": 10, "reports": "previous", "first": "2024", "last": "2024"}),
        (Deadline("weekly", weekday="fri"), {"every": "week", "weekday": "fri", "reports": "this", "first": "2024W11", "last": "2025W01"}),
        (Deadline("daily"), {"every": "day", "reports": "this", "first": "2024-03-12", "last": "2024-12-31"}),
        (Deadline("daily", reports="previous"), {"every": "day", "reports": "previous", "first": "2024-03-11", "last": "2024-12-31"}),
    ],
)  # fmt: skip
def test_a_deadline_becomes_a_cadence_from_the_notice_to_the_end_of_the_campaign(deadline: Deadline, due: dict[str, object]) -> None:
    assert due_of(deadline, RUNNING)[0] == due


@pytest.mark.parametrize(
    ("deadline", "doubt"),
    [
        (Deadline("weekly"), "没有写星期几"),
        (Deadline("monthly"), "没有写哪一天"),
        (Deadline("quarterly", day=10), "没有写哪个月"),
        (Deadline("half-yearly", ("06-20", "12-10")), "写成了一个个日期"),
    ],
)
def test_what_a_deadline_leaves_open_is_a_doubt(deadline: Deadline, doubt: str) -> None:
    due, doubts = due_of(deadline, RUNNING)
    assert due is not None and any(doubt in d for d in doubts)


def test_a_recurring_deadline_of_a_campaign_without_days_is_not_made_up() -> None:
    assert due_of(Deadline("monthly", day=5), None)[0] is None
    assert due_of(Deadline("fixed", ("06-15",)), RUNNING)[0] is None
    assert due_of(Deadline("monthly", day=32), RUNNING)[0] is None


def test_deadlines_are_said_in_words() -> None:
    assert [words_of(d) for d in (Deadline("monthly", day=20), Deadline("quarterly", day=1, month_of_period=1), Deadline("fixed", ("2024-05-06",)),
                                  Deadline("yearly", ("12-10",)), Deadline("weekly", weekday="fri"), Deadline("monthly", day=0), Deadline("event"))] == [
        "每月20日", "每季度第1个月1日", "2024年5月6日", "每年12月10日", "每周五", "每月末", "及时"]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("各市场监管所", "市场监管所"), ("各相关科室", "科室"), ("各乡镇（街道）", "乡镇"), ("各村（社区）", "村"), ("县直各部门", "部门"),
        ("旗市场监管综合行政执法大队", "旗市场监管综合行政执法大队"), ("执法大队", "执法大队"), ("局机关相关股室", "股室"), ("各地", "单位"), ("各乡（镇）", "乡镇"),
        ("市场监管所", "市场监管所"),
    ],
)  # fmt: skip
def test_the_words_of_a_notice_name_a_kind_of_unit(words: str, kind: str) -> None:
    assert kind_of(words) == kind


MONTHLY = Deadline("monthly", day=5)


def _duty(*who: str, due: Deadline = MONTHLY, **more: object) -> DraftDuty:
    return DraftDuty("排查情况", who, due, "各单位每月5日前报送排查情况。", **more)  # type: ignore[arg-type]


def test_two_words_for_one_kind_are_one() -> None:
    assert kinds_of([_duty("综合执法大队", "各市场监管所"), _duty("执法大队")], ()) == {
        "综合执法大队": "执法大队", "各市场监管所": "市场监管所", "执法大队": "执法大队",
    }  # fmt: skip


def test_examples_for_the_roster_are_called_as_the_notice_calls_them() -> None:
    assert examples_of({"执法大队": "执法大队", "各市场监管所": "市场监管所"}) == [("执法大队", "执法大队"), ("某某市场监管所", "市场监管所")]
    assert endings_of("市场监管所")[-1] == "所"


def _pack(*duties: DraftDuty, **more: object) -> dict[str, object]:
    draft = Draft("某局关于开展大排查的通知", issuer="某某县应急管理局", span=(RUNNING.start, RUNNING.end), duties=duties, **more)  # type: ignore[arg-type]
    read = yaml.safe_load(pack_yaml(pack_of(draft, "neu-2024", {})))
    assert isinstance(read, dict)
    return read


def test_a_duty_for_another_mailbox_or_an_office_above_or_a_unit_is_a_comment() -> None:
    ours = _duty("各乡镇", channel="a@example.com")
    for other in (_duty("各乡镇", channel="b@example.com"), _duty("各乡镇", to="省应急管理厅"), _duty("各村", to="乡镇（街道）办公室")):
        read = _pack(ours, other, mailboxes=("a@example.com", "b@example.com"))
        assert [d["id"] for d in read["duties"]] == ["report"]  # type: ignore[attr-defined]


def test_keys_of_a_duty_follow_what_the_notice_says() -> None:
    duty = _duty("各乡镇", due=Deadline("monthly", day=25, time="15:00", inclusive=False), copies=("editable",), nil=True)
    assert _pack(duty)["duties"] == [
        {"id": "report", "title": "排查情况", "form": "free-report", "who": ["乡镇"], "at": "15:00", "inclusive": False, "copies": "editable", "nil_allowed": True,
         "due": {"every": "month", "day": 25, "reports": "this", "first": "2024-03", "last": "2024-12"}},
    ]  # fmt: skip
    event = _duty("各乡镇", due=Deadline("event"))
    assert _pack(event)["duties"] == [  # anyone may file it, nobody owes it
        {"id": "report", "title": "排查情况", "form": "free-report", "anyone": True, "due": {"every": "any-time"}, "copies": "either", "urgent": True},
    ]  # fmt: skip


def test_a_quota_makes_a_monthly_duty_one_of_quarters() -> None:
    duty = _pack(_duty("各乡镇", due=Deadline("monthly", day=1), quota=1, copies=("scan", "editable")))["duties"][0]  # type: ignore[index]
    assert (duty["quota"], duty["due"]["every"], duty["due"]["first"], duty["due"]["last"]) == (1, "quarter", "2024Q1", "2024Q4")
    assert "copies" not in duty  # both is what a pack means where it says nothing


def test_without_any_day_the_pack_asks_for_its_days() -> None:
    text = pack_yaml(pack_of(Draft("某局方案", duties=(_duty("各乡镇"),)), "neu-2024", {}))
    assert "# ? 通知没有写何时开始，请填写日期\n# start: " in text
    assert "start" not in yaml.safe_load(text)


@pytest.mark.parametrize(
    "value",
    ["某局", "no", "- a", "true", "null", "~", "12", "1.5", "2024-05-06x", "a: b", "a #b", "[a]", "{a}", "甲，乙", "甲,乙", "it's", '"', "*a", "&a", "!a", "%a",
     "@a", "`a", "", " a ", "行一\n行二", "\t", "\u2028", "12315指导股", "“两品一械”清单", "（一）", "0475-1234567", "a\\b", "?", "|", ">", "-"],
)  # fmt: skip
def test_every_text_reads_back_as_it_was(value: str) -> None:
    assert yaml.safe_load(f"[{scalar(value)}]") == [value]
    assert yaml.safe_load(flow({"a": {value: (value, 1, True)}})) == {"a": {value: [value, 1, True]}}


def test_a_comment_never_ends_before_its_words_do() -> None:
    for text in ("原文\n下一行: x", "a" * 500, "（" * 300, "x\r\ny\u2028z", ""):
        lines = list(comment("原文：", text, "  "))
        assert all(line.startswith("  # ") for line in lines)
        assert "".join("".join(text.split()).split()) == "".join("".join(line[4:] for line in lines).replace("原文：", "", 1).split())


@pytest.mark.parametrize(
    ("label", "field", "kind"),
    [
        ("序号", "no", "number"), ("填报单位", "unit", "text"), ("单位名称", "unit", "text"), ("姓 名", "name", "text"), ("移动电话", "mobile", "mobile"),
        ("办公电话", "office_phone", "phone"), ("联系电话", "phone", "phone"), ("电子邮箱", "email", "email"), ("填报日期", "reported_on", "date"),
        ("是否整改", "", "yes-no"), ("出动人次", "", "number"), ("罚没金额（万元）", "", "decimal"), ("存在问题", "issue", "text"), ("整改措施", "measure", "text"),
        ("备注", "remark", "text"), ("风马牛", "", "text"),
    ],
)  # fmt: skip
def test_labels_are_known_by_their_words(label: str, field: str, kind: str) -> None:
    assert field_of(label) == (field, kind)


def test_ids_are_readable_and_never_twice_the_same() -> None:
    titles = {"联络员报名表": "liaison", "阶段性工作总结": "interim-summary", "风险隐患排查问题清单": "risk-list", "案件查办数据": "case-stats", "风马牛": ""}
    assert {title: id_of(title) for title in titles} == titles
    assert fresh("report", {"report", "report-2"}, "duty-1") == "report-3"
    assert fresh("", {"field_2"}, "field_2") == "field_2_2"
