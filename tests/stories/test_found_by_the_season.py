"""What a year and a half of simulated mail brought to light (tests/season)."""

from datetime import date
from typing import Any

from stories.conftest import Story, gist

from mailbot.app.demo import papers, scan
from mailbot.app.review import Reviewing

UNIT, STRANGER = "苇莲苏市场监管所", "hanlichun88@mail.example"


def stamped(unit: str = UNIT) -> bytes:
    return scan.stamped_jpeg(scan.Page("盖章页", (), unit))


def placed(shown: dict[str, Any]) -> tuple[str, str, str]:
    (item,) = shown["items"]
    return item["duty"], item["period"], item["copy"]


def test_a_lone_page_named_for_a_month_is_of_that_month_though_another_waits_for_one(story: Story) -> None:
    august = papers.case_stats_xlsx(unit=UNIT, month=(2023, 8))
    story.post("weiliansu", "2023年8月案件查办统计表", files={"2023年8月案件查办统计表.xlsx": august}, when="2023-08-24T15:00:00")
    shown = story.post("weiliansu", "材料", files={"2023年9月案件查办统计表（盖章）.jpg": stamped()}, when="2023-09-18T13:00:00")
    assert placed(shown) == ("case-stats", "2023-09", "scan")


def test_a_lone_page_without_a_year_goes_to_what_waits_for_one(story: Story) -> None:
    august = papers.case_stats_xlsx(unit=UNIT, month=(2023, 8))
    story.post("weiliansu", "2023年8月案件查办统计表", files={"2023年8月案件查办统计表.xlsx": august}, when="2023-08-24T15:00:00")
    shown = story.post("weiliansu", "材料", files={"案件查办统计表（盖章）.jpg": stamped()}, when="2023-08-26T13:00:00")
    assert placed(shown) == ("case-stats", "2023-08", "scan")


def test_whoever_wrote_from_an_address_that_was_confirmed_for_good_gets_the_receipt_there(story: Story) -> None:
    files = {"清单.docx": papers.risk_list_docx(unit=UNIT, reported_on=date(2024, 3, 28)), "清单（盖章）.jpg": stamped()}
    assert gist(story.post(STRANGER, f"{UNIT}2024年一季度问题清单", files=files, when="2024-03-28T15:00:00")) == ("review", "held")
    (review,) = story.house.ledger.open_reviews(story.house.clock())
    Reviewing(story.intake, "clerk").settle(review.id, "长期")
    (letter,) = [m for m in story.letters() if "已收齐" in m["Subject"]]
    assert letter["To"] == STRANGER
