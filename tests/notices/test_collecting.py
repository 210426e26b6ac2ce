"""What comes to the issuer's office and what goes elsewhere; who else may owe a duty."""

import pytest

from mailbot.domain.notices.collecting import elsewhere, receivers
from mailbot.domain.notices.draft import Deadline, DraftDuty
from mailbot.domain.notices.drafting import draft_of
from mailbot.domain.notices.owers import endings_of, is_vague, kind_of
from mailbot.domain.notices.titling import rank_of
from tests.notices.shared import draft, typed

BANNER = "奈曼旗市场监督管理局"


def _reason(to: str, issuer: str = BANNER, kinds: tuple[str, ...] = ("市场监管所", "执法大队")) -> str:
    return elsewhere(DraftDuty("总结", ("各市场监管所",), Deadline("monthly", day=5), "……", to=to), issuer, "a@example.com", kinds)


@pytest.mark.parametrize(
    ("to", "parts"),
    [
        ("我委监督处和省中医药管理局法监处", ("我委监督处", "省中医药管理局法监处")),
        ("市住房和城乡建设局", ("市住房和城乡建设局",)), ("", ()), ("市发展和改革委，同时报市政府", ("市发展和改革委", "市政府")),
        ("本局并抄送市市场监管局", ("本局", "市市场监管局")), ("省局、市局及旗局", ("省局", "市局", "旗局")),
    ],
)  # fmt: skip
def test_several_receivers_are_told_apart_and_a_name_with_and_in_it_is_one(to: str, parts: tuple[str, ...]) -> None:
    assert receivers(to) == parts


@pytest.mark.parametrize(
    "to", ["", "局", "局办公室", "我局药械股和市局", "市局、旗局", "旗局药品安全巩固提升行动领导小组办公室", BANNER, "旗市场监管局", "领导小组办公室"]
)
def test_a_duty_is_ours_if_one_of_its_receivers_is(to: str) -> None:
    assert _reason(to) == ""
    assert _reason(to, kinds=("财政局", "股室")) == ""  # 局 is the issuer, though units end like it


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("国家药监局", "上级单位"), ("教育部", "上级单位"), ("省药监局和市局", "上级单位"), ("旗人民政府", "上级单位"), ("通辽市局综合协调组", "上级单位"),
        ("执法大队", "报送单位"), ("某某镇人民政府", "下级单位"),
    ],
)  # fmt: skip
def test_the_reason_why_a_duty_goes_elsewhere_is_true(to: str, words: str) -> None:
    assert _reason(to) == f"报给{to}（{words}），不归本办公室收"


def test_an_office_below_the_issuer_is_not_called_one_above() -> None:
    assert "下级单位" in _reason("县区政府", "清江市教育局")
    assert _reason("区教育局安全科", "清江市新桥区教育局") == ""
    assert _reason("区局", "宁夏回族自治区药品监督管理局") == ""


def test_the_nation_stands_above_every_place_and_a_district_below_its_city() -> None:
    offices = ("国务院安委办", "农业农村部", "省厅", "清江市教育局", "清江市新桥区教育局", "各部门", "社区", "团市委办公室")
    assert [rank_of(o) for o in offices] == [4, 4, 3, 2, 1, 0, 0, 0]


def test_those_whose_heads_approve_may_owe_it_too() -> None:
    data = next(d for d in draft("naiman").duties if d.title == "案件查办数据")
    assert data.who == ("执法大队", "各市场监管所") and "也可能包括：执法中队" in data.doubts
    case = next(d for d in draft("naiman").duties if "各中队负责人" in d.reviewer)
    assert not any("也可能包括" in x for x in case.doubts)  # 各中队 are the 执法中队 that owe it


def test_those_named_earlier_in_the_paragraph_beside_the_owers_may_owe_it_too() -> None:
    text = (
        "某某县应急管理局关于报送清单的通知\n各乡镇：\n相关股室、执法大队和各乡镇要开展排查。{}各乡镇于2024年5月20日前报送隐患排查问题清单。\n"
        "某某县应急管理局\n2024年5月6日\n"
    )
    together = draft_of(typed(text.format("")), {}, "x").duties
    apart = draft_of(typed(text.format("\n")), {}, "x").duties
    assert [(d.who, [x for x in d.doubts if "也可能包括" in x]) for d in together] == [(("各乡镇",), ["也可能包括：股室、执法大队"])]
    assert [(d.who, [x for x in d.doubts if "也可能包括" in x]) for d in apart] == [(("各乡镇",), [])]


@pytest.mark.parametrize(
    ("words", "kind", "endings", "vague"),
    [
        ("各有关市", "市", (), True), ("市安委办", "市安委办", ("安委办", "办"), False), ("各县区", "县区", (), True),
        ("市、州卫生局", "市、州卫生局", ("卫生局", "局"), False),
        ("县直行业主管部门", "县直行业主管部门", (), True), ("各社区", "社区", ("社区",), False),
    ],
)  # fmt: skip
def test_names_of_units_end_as_their_kind_does_or_the_admin_is_asked(words: str, kind: str, endings: tuple[str, ...], vague: bool) -> None:
    assert (kind_of(words), endings_of(kind), is_vague(kind)) == (kind, endings, vague)
