"""A cloud attachment: the unit is asked for the file itself, staff sees the link's file until it expires."""

from datetime import date, datetime

import pytest
from stories.conftest import Story, codes, gist

from mailbot.app.demo import papers
from mailbot.domain.periods import SHANGHAI

WHEN = "2024-03-29T10:00:00"
NETEASE = (
    '<p>现报送一季度清单，请查收。</p><div>从网易163邮箱发来的超大附件</div><div><a href="https://mail.163.com/large-attachment-download/index.html'
    '?p=X-NETEASE-HUGE-ATTACHMENT&amp;file=9f" filename="{name}" filesize="31000000" expiretime="1713000000000">{name}</a>'
    " (31.0M, 2024年4月13日 17:20 到期)</div>"
)


def reviews(story: Story, now: str) -> list[str]:
    found = story.house.ledger.open_reviews(datetime.fromisoformat(now).replace(tzinfo=SHANGHAI))
    return [r.question for r in found if r.kind == "cloud-link"]


def test_a_mail_with_nothing_but_a_link_is_asked_to_send_the_file(story: Story) -> None:
    told = story.post("xinzhen", "一季度风险清单", html=NETEASE.format(name="风险隐患排查问题清单.docx"), when=WHEN)
    assert gist(told) == ("review", "missing") and codes(told) == {"cloud-link"}
    (item,) = told["items"]
    assert item["path"] == "云附件：风险隐患排查问题清单.docx" and item["size"] == 31_000_000 and item["form"] == "risk-list"
    (letter,) = story.letters("xinzhen@units.example")
    words = letter.get_content()
    assert "风险隐患排查问题清单.docx" in words and "普通附件" in words
    assert not story.house.ledger.all_filings()


def test_a_link_beside_a_real_file_does_not_keep_the_file_from_being_filed(story: Story) -> None:
    paper = papers.risk_list_docx(unit="新镇市场监管所", reported_on=date(2024, 3, 28))
    told = story.post("xinzhen", "一季度风险清单", files={"清单.docx": paper}, html=NETEASE.format(name="扫描件.pdf"), when=WHEN)
    assert gist(told) == ("submission", "missing") and codes(told) == {"cloud-link"}
    assert len(story.house.ledger.all_filings()) == 1


@pytest.mark.shows("P13", "A66")
def test_staff_sees_it_until_it_expires(story: Story) -> None:
    story.post("xinzhen", "一季度风险清单", html=NETEASE.format(name="清单.docx"), when=WHEN)
    (question,) = reviews(story, "2024-04-13T17:00:00")
    assert "清单.docx" in question and "31 MB" in question and "4月13日" in question
    assert reviews(story, "2024-04-14T00:00:00") == []


def test_a_strangers_link_is_not_answered(story: Story) -> None:
    told = story.post("someone@elsewhere.example", "资料", html=NETEASE.format(name="优惠活动.pdf"), when=WHEN)
    assert gist(told) == ("foreign", "none")
