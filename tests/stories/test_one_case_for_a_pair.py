"""A document and its scan are one question to the staff, not two."""

from datetime import date

from stories.conftest import Story

from mailbot.app.demo import papers
from mailbot.app.demo.scan import Page, stamped_jpeg

NAME = "新镇市场监管所"


def test_a_document_that_names_another_unit_and_its_scan_are_one_case(story: Story) -> None:
    files = {
        "新镇所阶段性工作总结.docx": papers.work_summary_docx(unit=NAME, reported_on=date(2024, 5, 25)),
        "新镇所阶段性工作总结（盖章）.jpg": stamped_jpeg(Page("盖章页", (), NAME)),
    }
    story.post("mingren", "明仁所阶段性工作总结", files=files, when="2024-05-25T17:36:00")
    (case,) = story.house.ledger.open_reviews(story.house.clock())
    assert (case.kind, case.question, set(case.paths)) == ("unit-mismatch", "表里写的是别的单位", set(files))
