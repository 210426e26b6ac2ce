"""What a campaign is called after the title of its notice; when its stages run."""

import pytest

from mailbot.domain.notices.draft import Draft
from mailbot.domain.notices.stages import stages_of, unread_stages
from mailbot.domain.notices.titling import campaign_title, short_title
from tests.notices.shared import typed


@pytest.mark.parametrize(
    ("title", "issuer", "full", "short"),
    [
        ("农机化处关于开展“三夏”期间小麦机收日进度报送工作的通知", "农业机械化管理处", "“三夏”期间小麦机收日进度报送工作", "“三夏”期间小麦机收日进度报送工作"),
        ("清江市假日旅游领导小组关于“清明”假期区县旅游统计的通知", "清江市假日旅游领导小组", "清江市“清明”假期区县旅游统计", "“清明”假期区县旅游统计"),
        ("关于报送工会2021年工作总结和2022年工作计划的通知", "校工会", "工会2021年工作总结和2022年工作计划", "工会2021年工作总结和2022年工作计划"),
        ("关于报送主动联系社区、镇党组织有关情况的通知", "区委组织部办公室", "主动联系社区、镇党组织有关情况", "主动联系社区、镇党组织有关情况"),
        ("关于印发《奈曼旗药品安全巩固提升行动实施方案》的通知", "奈曼旗市场监督管理局", "奈曼旗药品安全巩固提升行动", "药品安全巩固提升行动"),
        ("关于印发《贯彻〈条例〉专项行动方案》的通知", "清江市司法局", "清江市贯彻〈条例〉专项行动", "贯彻〈条例〉专项行动"),
        ("关于开展“一盔一带”安全守护行动的通知", "清江市公安局", "清江市“一盔一带”安全守护行动", "“一盔一带”安全守护行动"),
        ("XX市药品安全巩固提升行动方案", "", "XX市药品安全巩固提升行动", "药品安全巩固提升行动"),
        ("某县关于学习《关于加强安全工作的意见》的通知", "某县安委办", "某县学习《关于加强安全工作的意见》", "学习《关于加强安全工作的意见》"),
    ],
)  # fmt: skip
def test_a_title_keeps_its_quotation_marks_and_its_last_noun(title: str, issuer: str, full: str, short: str) -> None:
    found = campaign_title(Draft(title, issuer=issuer))
    assert (found, short_title(found, issuer)) == (full, short)


def _stages(when: str) -> tuple[list[tuple[str, str, str]], tuple[str, ...]]:
    notice = typed(
        f"某某县应急管理局关于开展大排查的通知\n各乡镇：\n一、工作步骤\n（一）动员部署阶段（{when}）。召开会议，进行动员部署。\n"
        "（二）总结阶段（2024年9月）。进行总结。\n某某县应急管理局\n2023年7月6日\n"
    )
    return [(s.name, str(s.start), str(s.end)) for s in stages_of(notice, 2023)[:-1]], unread_stages(notice, 2023)


@pytest.mark.parametrize(
    ("when", "start", "end"),
    [
        ("2023年11月至下一年1月", "2023-11-01", "2024-01-31"), ("2023年11月至翌年1月", "2023-11-01", "2024-01-31"),
        ("11月至次年元月廿日", "2023-11-01", "2024-01-20"),
        ("2023年8月1日至廿日", "2023-08-01", "2023-08-20"), ("7月底前", "2023-07-06", "2023-07-31"),
    ],
)  # fmt: skip
def test_a_stage_that_ends_in_the_next_year_is_one(when: str, start: str, end: str) -> None:
    assert _stages(when) == ([("动员部署", start, end)], ())


@pytest.mark.parametrize("when", ["2023年11月至下一年度末", "2023年8月起", "2023年8月中下旬"])
def test_a_stage_whose_time_cannot_be_read_is_left_out_and_told(when: str) -> None:
    found, doubts = _stages(when)
    assert found == [] and len(doubts) == 1 and when in doubts[0]
