"""The head of a notice and its stages. The expected values of the five notices are those of the project's own reading (duties.md)."""

from datetime import date

import pytest

from mailbot.domain.notices.drafting import draft_of
from mailbot.domain.notices.head import head_of, number_of, signature_of, title_of
from mailbot.domain.notices.people import groups_of, units_of
from mailbot.domain.notices.spans import spans_in
from tests.notices.shared import NAMES, draft, notice, typed


@pytest.mark.parametrize(
    ("name", "title", "number", "issuer", "issued"),
    [
        ("naiman", "关于印发《奈曼旗药品安全巩固提升行动实施方案》的通知", "奈市监发〔2023〕66号", "奈曼旗市场监督管理局", date(2023, 7, 25)),
        ("yongan", "永安市市场监督管理局关于开展药品安全巩固提升行动的通知", "永市监药〔2023〕30号", "永安市市场监督管理局", date(2023, 8, 23)),
        ("wulate", "乌拉特前旗药品安全专项整治行动实施方案", "", "乌拉特前旗市场监督管理局", date(2022, 4, 12)),
        ("city", "XX市药品安全巩固提升行动方案", "", "", None),
        ("ningxia", "关于深入实施巩固提升行动全面加强药品安全工作的方案", "", "", None),
    ],
)
def test_the_heads_of_the_five_notices(name: str, title: str, number: str, issuer: str, issued: date | None) -> None:
    found = draft(name)
    assert (found.title, found.number, found.issuer, found.issued) == (title, number, issuer, issued)


@pytest.mark.parametrize(
    ("name", "span"),
    [
        ("naiman", (date(2023, 7, 1), date(2024, 12, 31))),
        ("yongan", (date(2023, 8, 1), date(2024, 11, 30))),
        ("wulate", (date(2022, 3, 1), date(2022, 12, 31))),
        ("city", (date(2023, 7, 1), date(2024, 11, 30))),
        ("ningxia", None),
    ],
)
def test_the_spans_of_the_five_notices(name: str, span: tuple[date, date] | None) -> None:
    assert draft(name).span == span


@pytest.mark.parametrize(
    ("name", "stages"),
    [
        ("naiman", []),
        ("ningxia", []),
        ("yongan", ["部署动员 2023-08-01 2023-08-31", "全面推进 2023-08-01 2024-12-31", "督促指导（第一次） 2023-09-01 2023-10-31",
                    "督促指导（第二次） 2024-08-01 2024-09-30", "总结提升 2024-10-01 2024-11-30"]),
        ("wulate", ["动员部署 2022-03-10 2022-04-15", "组织实施 2022-03-10 2022-10-31", "专项检查 2022-03-10 2022-10-31", "督导检查 2022-05-15 2022-06-30"]),
        ("city", ["动员部署 2023-07-01 2023-07-31", "重点推进 2023-07-01 2024-06-30", "督查调研（第一次） 2023-11-01 2023-12-31",
                  "督查调研（第二次） 2024-08-01 2024-09-30", "总结交流 2024-10-01 2024-11-30"]),
    ],
)  # fmt: skip
def test_the_stages_of_the_five_notices(name: str, stages: list[str]) -> None:
    assert [f"{s.name} {s.start} {s.end}" for s in draft(name).stages] == stages


@pytest.mark.parametrize("name", NAMES)
def test_every_piece_cites_words_of_its_notice(name: str) -> None:
    found, words = draft(name), "".join("".join(s.text for s in notice(name).sentences).split()) + "".join("".join(notice(name).lines).split())
    for stage in found.stages:
        assert "".join(stage.sentence.split()) in words
    for duty in found.duties:
        assert "".join(duty.sentence.split()) in words
    for item, line in found.cited:
        assert item == "title" or "".join(line.split()) in words, item
    assert {"title"} | ({"issued", "issuer"} if found.issued else set()) | ({"span"} if found.span else set()) <= {item for item, _ in found.cited}


@pytest.mark.parametrize("name", ["wulate", "city", "ningxia"])
def test_nothing_dated_is_invented(name: str) -> None:
    assert [d.title for d in draft(name).duties if d.due.kind not in ("event", "any")] == []


@pytest.mark.parametrize(("name", "mailboxes"), [("naiman", ("nmyxjg@163.com", "tlzfjc2019@163.com")), ("yongan", ()), ("city", ())])
def test_mailboxes_come_with_the_one_most_named_first(name: str, mailboxes: tuple[str, ...]) -> None:
    assert draft(name).mailboxes == mailboxes


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("奈市监发〔2023〕66号", "奈市监发〔2023〕66号"),
        ("教函〔2024〕5号", "教函〔2024〕5号"),
        ("某政办发[2024]12号", "某政办发〔2024〕12号"),
        ("某应急【2024】 7 号", "某应急〔2024〕7号"),
        ("（某农发（2024）3号）", "某农发〔2024〕3号"),
        ("发文字号：某卫函〔2024〕9号", "某卫函〔2024〕9号"),
        ("某府〔2024〕1号 签发人：某某某", "某府〔2024〕1号"),
        ("关于开展检查的通知（某食安办〔2024〕3号）", "某食安办〔2024〕3号"),
        ("办革函〔2020〕1011号《关于做好改革工作的通知》", "办革函〔2020〕1011号"),
        ("根据《某市通知》（明市监办〔2023〕16号），经研究", ""),
    ],
)
def test_numbers_in_every_bracket_but_not_those_of_cited_documents(line: str, number: str) -> None:
    assert number_of([line, "关于开展检查的通知"], "关于开展检查的通知")[0] == number


@pytest.mark.parametrize(
    ("lines", "issuer", "issued"),
    [
        (["某某县教育局", "2024年5月6日"], "某某县教育局", date(2024, 5, 6)),
        (["教务处", "2024.5.6"], "教务处", date(2024, 5, 6)),
        (["某某县教育局", "二〇二三年七月二十五日"], "某某县教育局", date(2023, 7, 25)),
        (["某某县教育局 某某县公安局", "2024年5月6日"], "某某县教育局、某某县公安局", date(2024, 5, 6)),
        (["某某县教育局", "某某县公安局", "2024年5月6日"], "某某县教育局、某某县公安局", date(2024, 5, 6)),
        (["某某县安全生产委员会办公室", "（某某县应急管理局代章）", "2024 年 5 月 6 日"], "某某县安全生产委员会办公室", date(2024, 5, 6)),
        (["某某市应急管理局办公室 2024年5月7日印发"], "某某市应急管理局办公室", date(2024, 5, 7)),
        (["某某市应急管理局", "2024年5月6日", "某某市应急管理局办公室", "2024年5月7日印发"], "某某市应急管理局", date(2024, 5, 6)),
        (["按照2022年3月1日印发的方案要求，各单位要抓好落实。"], "", None),
    ],
)
def test_who_signed_and_when(lines: list[str], issuer: str, issued: date | None) -> None:
    found = signature_of(["关于开展检查的通知", "各单位：", "请认真落实。", *lines])
    assert (found.issuer, found.issued) == (issuer, issued)


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (["某市文件", "某发〔2024〕1号", "某某市卫生健康委员会", "关于做好夏季防汛工作的", "通 知", "各区县："], "某某市卫生健康委员会关于做好夏季防汛工作的通知"),
        (["关于印发《某县安全生产月活动", "方案》的通知", "各乡镇："], "关于印发《某县安全生产月活动方案》的通知"),
        (["首页", "政务公开", "通知公告", "某县校园安全专项整治行动方案", "为做好工作，制定本方案。"], "某县校园安全专项整治行动方案"),
        (["标 题：关于报送总结的通知", "发文机关：某局", "关于报送总结的通知", "各校："], "关于报送总结的通知"),
        (["某某食品网", "2024-05-06 第3页", "关于报送总结的通知（某食安办〔2024〕3号）", "各乡镇："], "关于报送总结的通知"),
        (["办革函〔2020〕1011号《关于做好改革工作的通知》", "各单位："], "关于做好改革工作的通知"),
        (["今年以来，各单位认真落实。"], ""),
    ],
)
def test_titles_over_lines_and_among_a_sites_words(lines: list[str], title: str) -> None:
    assert title_of(lines)[0] == title


def test_a_text_pasted_as_one_line_still_has_its_head_and_its_points() -> None:
    text = "某某县应急管理局文件某应急〔2024〕18号关于建立调度制度的通知各乡镇：现将有关事项通知如下：一、总体要求坚持预防为主。"
    text += "二、报送时间（一）月调度。每月25日前报送排查情况。"
    found = typed(text)
    assert (found.title, number_of(found.lines, found.title)[0]) == ("关于建立调度制度的通知", "某应急〔2024〕18号")
    assert "每月25日前报送排查情况。" in [s.text for s in found.sentences]


def test_addresses_in_full_width_and_with_blanks_are_read() -> None:
    text = "关于报送总结的通知\n各校：\n请报至邮箱：ａｂｃ＠１６３．ｃｏｍ，或者 jyj_bgs @ example.com ，网址 www.example.cn。\n"
    assert head_of(typed(text)).mailboxes == ("abc@163.com", "jyj_bgs@example.com")


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("2023年7月", ["2023-07-01 2023-07-31"]),
        ("2023年9-10月，2024年8-9月", ["2023-09-01 2023-10-31", "2024-08-01 2024-09-30"]),
        ("2023年11月一12月、2024年8月一9月", ["2023-11-01 2023-12-31", "2024-08-01 2024-09-30"]),
        ("自2023年7月至2024年年底", ["2023-07-01 2024-12-31"]),
        ("从2022年3月开始，至2022年12月结束", ["2022-03-01 2022-12-31"]),
        ("2023年11月至次年2月", ["2023-11-01 2024-02-29"]),
        ("2024年12月至1月", ["2024-12-01 2025-01-31"]),
        ("二〇二三年七月至九月", ["2023-07-01 2023-09-30"]),
        ("2023.7-2023.9", ["2023-07-01 2023-09-30"]),
        ("2024年第三季度", ["2024-07-01 2024-09-30"]),
        ("2024年上半年", ["2024-01-01 2024-06-30"]),
        ("3月10日至15日", ["2024-03-10 2024-03-15"]),
        ("6月中旬至7月上旬", ["2024-06-11 2024-07-10"]),
        ("即日起至4月30日", ["2024-03-05 2024-04-30"]),
        ("2024年13月至40日", []),
    ],
)
def test_stretches_of_time(text: str, spans: list[str]) -> None:
    assert [f"{s.start} {s.end}" for s in spans_in(text, year=2024, issued=date(2024, 3, 5))] == spans


def test_a_stage_without_a_year_says_that_it_was_reckoned() -> None:
    text = "关于开展整治的通知\n各乡镇：\n一、实施步骤\n（一）宣传发动阶段（5月10日至5月31日）。各乡镇要广泛宣传。\n"
    text += "（二）集中整治阶段：6月至9月。\n某某县应急管理局\n2024年5月6日\n"
    stages = draft_of(typed(text), {}, "x").stages
    assert [(s.name, str(s.start), str(s.end)) for s in stages] == [("宣传发动", "2024-05-10", "2024-05-31"), ("集中整治", "2024-06-01", "2024-09-30")]
    assert all(s.doubts for s in stages)


def test_points_with_a_stretch_of_time_each_are_stages_whatever_they_are_called() -> None:
    text = "关于2024年专项整治的通知\n各单位：\n一、自查自纠（6月10日至6月30日）\n各单位要认真自查。\n二、集中整治（7月1日至8月30日）\n各单位要整治。\n"
    assert [s.name for s in draft_of(typed(text), {}, "x").stages] == ["自查自纠", "集中整治"]
    alone = "关于2024年培训的通知\n各单位：\n一、报名（6月10日至6月30日）\n请报名。\n二、缴费\n请缴费。\n"
    assert draft_of(typed(alone), {}, "x").stages == ()


def test_a_stage_that_names_its_end_alone_begins_with_the_notice_and_says_so() -> None:
    text = "关于整治的方案\n一、工作步骤\n（一）动员部署阶段（2024年7月底前）\n各单位要认真。\n某某县应急管理局\n2024年5月4日\n"
    stage = draft_of(typed(text), {}, "x").stages[0]
    assert (stage.name, stage.start, stage.end) == ("动员部署", date(2024, 5, 4), date(2024, 7, 31))
    assert stage.doubts == ("原文只写了截止时间，开始时间是推算的",)


def test_the_groups_have_their_liaisons_and_no_one_twice() -> None:
    assert [g.name for g in groups_of(notice("naiman"))] == ["稽查执法组", "药品和医疗器械工作组", "化妆品工作组"]
    assert all(g.liaison and g.liaison in g.sentence for g in groups_of(notice("naiman")))
    assert [(g.name, g.phone) for g in groups_of(notice("yongan"))] == [("药械科", "0000001")]


def test_a_contact_behind_a_label_is_taken_with_the_phone_of_the_next_line() -> None:
    found = groups_of(typed("关于报送的通知\n各校：\n请报送至安全科。\n联系人：张某\n联系电话：0475-1234567\n"))
    assert [(g.liaison, g.phone) for g in found] == [("张某", "0475-1234567")]


def test_the_units_that_a_notice_lists_come_without_their_heads_names() -> None:
    units = units_of(notice("wulate"))
    assert len(units) == 16
    assert [u.name for u in units if u.kind == "市场监督管理所"][:3] == ["东风市场监督管理所", "西街市场监督管理所", "乌拉山市场监督管理所"]
    assert {"执法三中队", "药化流通股", "12315消费环境建设指导股"} <= {u.name for u in units}
    assert all(" " not in u.sentence.replace("12315 ", "") for u in units)  # 召日格图 东风市场监督管理所所长: the name stands before the blank


@pytest.mark.parametrize("name", ["naiman", "yongan", "city", "ningxia"])
def test_members_of_a_committee_are_no_roster(name: str) -> None:
    assert units_of(notice(name)) == ()
