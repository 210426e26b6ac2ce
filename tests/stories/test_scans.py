"""Scans that are looked at: the seal, whose it is, and whether the page is the paper that the editable copy is."""

from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from mailbot.app.demo import papers, scan
from mailbot.app.demo.papers import Counters
from parsers.scans import ocr
from tests.stories.conftest import Story, codes, compose, gist

pytestmark = [
    pytest.mark.skipif(not ocr.available(), reason="the extra [ocr] is not installed"),
    pytest.mark.skipif(not scan.has_font(), reason="no font with Chinese characters on this machine"),
]

UNIT, WHEN = "八仙筒市场监管所", "2024-03-27T10:00:00"
Q1 = date(2024, 3, 26)


@pytest.fixture
def office(make_house: Callable[..., Any]) -> Iterator[Story]:
    house = make_house(MAILBOT_SCANS="read")
    with house.intake() as intake:
        yield Story(house, intake)
    house.ledger.close()


def list_docx(day: date = Q1, unit: str = UNIT, **counters: int) -> bytes:
    return papers.risk_list_docx(unit=unit, reported_on=day, counters=Counters(**counters) if counters else None)


def page_of(paper: bytes, seal: str | None = UNIT, *, seed: int = 5, grey: bool = False, instead: tuple[str, str] = ("", "")) -> bytes:
    """The paper's own words, printed and stamped; `instead`: words, and those that stand on the page for them."""
    lines = [line.replace(*instead) if instead[0] else line for line in papers.lines_of(paper)]
    return scan.stamped_jpeg(scan.Page(lines[0], lines[1:], seal, seed, grey))


def scan_of(shown: dict[str, Any]) -> dict[str, Any]:
    (found,) = (i for i in shown["items"] if i["copy"] == "scan")
    return found


def test_a_stamped_page_of_the_same_paper_gets_a_receipt_without_reservations(office: Story) -> None:
    paper = list_docx()
    shown = office.post("baxiantong", files={"清单.docx": paper, "清单.jpg": page_of(paper)}, when=WHEN)
    assert gist(shown) == ("submission", "receipt") and not codes(shown)
    assert scan_of(shown)["sealed"] is True and scan_of(shown)["compared"] is True
    assert "未核对" not in office.letters()[0].get_content()


def test_an_unstamped_print_is_sent_back(office: Story) -> None:
    paper = list_docx()
    shown = office.post("baxiantong", files={"清单.docx": paper, "清单.jpg": page_of(paper, None)}, when=WHEN)
    assert gist(shown) == ("submission", "missing") and codes(shown) == {"no-seal"} and scan_of(shown)["sealed"] is False


def test_another_figure_on_the_page_is_told_with_both(office: Story) -> None:
    paper, printed = list_docx(officers_sent=45, retailers_checked=20), list_docx(officers_sent=42, retailers_checked=20)
    shown = office.post("baxiantong", files={"清单.docx": paper, "清单.jpg": page_of(printed)}, when=WHEN)
    (told,) = scan_of(shown)["findings"]
    assert told["code"] == "scan-differs" and "42" in told["message"] and "45" in told["message"]
    assert office.state(UNIT, "risk-list", "2024Q1")["copies"] == {"editable": "ok", "scan": "wrong"}


def test_last_quarters_page_beside_this_quarters_paper_is_found(office: Story) -> None:
    old, new = list_docx(date(2023, 12, 28), officers_sent=30), list_docx(officers_sent=45)
    office.post("baxiantong", "四季度清单", files={"清单.docx": old, "清单.jpg": page_of(old)}, when="2023-12-28T10:00:00")
    shown = office.post("baxiantong", "一季度清单", files={"清单.docx": new, "清单.jpg": page_of(old)}, when=WHEN)
    assert gist(shown) == ("submission", "missing") and "scan-differs" in codes(shown)
    assert {i["period"] for i in shown["items"]} == {"2024Q1"}


def test_another_units_seal_is_named(office: Story) -> None:
    paper = list_docx()
    shown = office.post("baxiantong", files={"清单.docx": paper, "清单.jpg": page_of(paper, "东明市场监管所")}, when=WHEN)
    (told,) = scan_of(shown)["findings"]
    assert told["code"] == "seal-other-unit" and "东明市场监管所" in told["message"] and "代盖" in told["message"]


def test_the_seal_of_whoever_may_send_for_a_unit_is_right(office: Story) -> None:
    paper = list_docx(unit="执法一中队")
    files = {"清单.docx": paper, "清单.jpg": page_of(paper, "市场监管综合行政执法大队")}
    assert gist(office.post("zhifadadui", files=files, when=WHEN)) == ("submission", "receipt")


def test_a_ring_without_colour_is_for_people_to_look_at(office: Story) -> None:
    paper = list_docx()
    shown = office.post("baxiantong", files={"清单.docx": paper, "清单.jpg": page_of(paper, grey=True)}, when=WHEN)
    assert gist(shown) == ("submission", "receipt") and scan_of(shown)["sealed"] is True
    assert "印章未核对" in office.letters()[0].get_content()
    (review,) = office.house.ledger.open_reviews(office.house.clock())
    assert review.kind == "please-look" and [p.suffix for p in office.house.pictures(review)] == [".png"]


def test_a_lone_photo_without_a_name_is_known_by_what_is_on_it(office: Story) -> None:
    shown = office.post("baxiantong", "材料", "", files={"微信图片_20240401083012.jpg": page_of(list_docx())}, when=WHEN)
    item = scan_of(shown)
    assert (item["form"], item["period"], item["sealed"]) == ("risk-list", "2024Q1", True)
    assert [m["copy"] for m in shown["reply"]["missing"]] == ["editable"]


def test_a_page_that_staff_send_on_with_nearly_a_units_name_is_asked_about_where_it_was_clearly_read(office: Story) -> None:
    shown = office.post("office@bureau.example", files={"微信图片_1.jpg": page_of(list_docx(unit="八仙筒市场监营所"))}, when=WHEN)
    assert shown["disposition"] == "review" and "像是八仙筒市场监管所" in scan_of(shown)["ask"]


def test_a_corrected_paper_is_held_against_the_page_that_is_in(office: Story) -> None:
    first, second = list_docx(officers_sent=42), list_docx(officers_sent=45)
    office.post("baxiantong", files={"清单.docx": first, "清单.jpg": page_of(first)}, when=WHEN)
    shown = office.post("baxiantong", files={"清单（改）.docx": second}, when="2024-03-28T10:00:00")
    assert gist(shown) == ("submission", "missing") and codes(shown) == {"scan-differs"}
    shown = office.post("baxiantong", files={"清单.jpg": page_of(second)}, when="2024-03-29T10:00:00")
    assert gist(shown) == ("submission", "receipt")
    assert office.state(UNIT, "risk-list", "2024Q1")["state"] == "complete"


def test_a_page_that_differs_is_right_again_once_its_paper_is_mended(office: Story) -> None:
    wrong, right = list_docx(officers_sent=45), list_docx(officers_sent=42)
    assert "scan-differs" in codes(office.post("baxiantong", files={"清单.docx": wrong, "清单.jpg": page_of(right)}, when=WHEN))
    assert gist(office.post("baxiantong", files={"清单.docx": right}, when="2024-03-28T10:00:00")) == ("submission", "receipt")
    assert office.state(UNIT, "risk-list", "2024Q1")["state"] == "complete"


def test_photos_of_several_pages_are_one_scan_and_a_picture_without_words_is_none(office: Story) -> None:
    paper = list_docx()
    lines = papers.lines_of(paper)
    first = scan.stamped_jpeg(scan.Page(lines[0], lines[1:5], None, 1))
    second = scan.stamped_jpeg(scan.Page(lines[5], lines[6:], UNIT, 2))
    shop = BytesIO()
    Image.radial_gradient("L").resize((900, 1200)).convert("RGB").save(shop, "JPEG", quality=95)
    files = {"清单.docx": paper, "照片1.jpg": first, "照片2.jpg": second, "现场.jpg": shop.getvalue() + bytes(20_000)}
    shown = office.post("baxiantong", files=files, when=WHEN)
    assert gist(shown) == ("submission", "receipt") and not codes(shown)
    assert {i["path"]: i["copy"] for i in shown["items"]} == {"清单.docx": "editable", "照片1.jpg": "scan", "照片2.jpg": "scan", "现场.jpg": "other"}


def test_a_licence_beside_the_page_is_no_page_and_lends_it_no_seal(office: Story) -> None:
    paper = list_docx()
    licence = scan.stamped_jpeg(scan.Page("药品经营许可证", ("企业名称：某某大药房", "许可证号：蒙DA0000000", "经营方式：零售", "发证机关：某某行政审批局") * 3,
                                          "某某行政审批局", 3))  # fmt: skip
    shown = office.post("baxiantong", files={"清单.docx": paper, "证.jpg": licence, "清单.jpg": page_of(paper, None)}, when=WHEN)
    assert gist(shown) == ("submission", "missing") and codes(shown) == {"no-seal"}
    assert {i["path"]: i["copy"] for i in shown["items"]} == {"清单.docx": "editable", "证.jpg": "other", "清单.jpg": "scan"}


def test_the_seal_of_a_body_that_is_not_on_the_roster_is_for_people_to_look_at(office: Story) -> None:
    paper = list_docx()
    shown = office.post("baxiantong", files={"清单.docx": paper, "清单.jpg": page_of(paper, "奈曼旗行政审批局")}, when=WHEN)
    assert gist(shown) == ("submission", "receipt") and "奈曼旗行政审批局" in scan_of(shown)["notes"][0]
    assert "印章未核对" in office.letters()[0].get_content()


def test_two_tables_with_a_photo_each_and_a_second_page_go_to_their_papers(office: Story) -> None:
    risks, cases = list_docx(), papers.case_stats_xlsx(unit=UNIT, month=(2024, 3))
    lines = papers.lines_of(risks)
    files = {
        "清单.docx": risks, "统计.xlsx": cases, "IMG_1.jpg": page_of(cases),
        "IMG_2.jpg": scan.stamped_jpeg(scan.Page(lines[0], lines[1:5], None, 1)), "IMG_3.jpg": scan.stamped_jpeg(scan.Page(lines[5], lines[6:], UNIT, 2)),
    }  # fmt: skip
    shown = office.post("baxiantong", files=files, when=WHEN)
    assert {i["path"]: i["form"] for i in shown["items"] if i["copy"] == "scan"} == {
        "IMG_1.jpg": "case-stats", "IMG_2.jpg": "risk-list", "IMG_3.jpg": "risk-list"}  # fmt: skip
    assert gist(shown) == ("submission", "receipt")


def stats_xlsx(month: int, **drugs: float) -> bytes:
    return papers.case_stats_xlsx(unit=UNIT, month=(2024, month), cases=papers.CASES | {"药品": papers.CASES["药品"] | drugs})


MARCH = "2024-03-18T10:00:00"


@pytest.mark.parametrize("month", [2, 8])
def test_a_page_of_another_month_beside_this_months_paper_is_held_against_it_and_nothing_else_is_demanded(office: Story, month: int) -> None:
    paper = stats_xlsx(3)
    page = page_of(paper, instead=("2024年3月", f"2024年{month}月"))
    shown = office.post("baxiantong", files={"统计.xlsx": paper, "统计.jpg": page}, when=MARCH)
    assert {i["period"] for i in shown["items"]} == {"2024-03"} and shown["reply"]["missing"] == []
    told = [*scan_of(shown).get("notes", ()), *(f["message"] for f in scan_of(shown)["findings"])]
    assert any("报告期" in words and f"2024年{month}月" in words for words in told)


def test_last_months_page_goes_to_last_months_paper_where_that_waits_for_it(office: Story) -> None:
    old, new = stats_xlsx(2), stats_xlsx(3, filed=19, closed=17, goods_value=6.7, fines=58.4)
    office.post("baxiantong", "2月统计", files={"2月统计.xlsx": old}, when="2024-02-19T10:00:00")
    shown = office.post("baxiantong", "统计", files={"统计.xlsx": new, "统计.jpg": page_of(old)}, when=MARCH)
    assert scan_of(shown)["period"] == "2024-02" and not codes(shown) & {"scan-differs"}
    assert shown["reply"]["missing"] == [{"duty": "case-stats", "period": "2024-03", "copy": "scan"}]


def test_a_lone_page_of_a_month_that_has_not_begun_is_asked_about(office: Story) -> None:
    shown = office.post("baxiantong", files={"IMG_1.jpg": page_of(stats_xlsx(8))}, when=MARCH)
    assert shown["disposition"] == "review" and "2024年8月" in scan_of(shown)["ask"]


def test_a_case_whose_title_was_misread_on_the_page_is_one_case(office: Story) -> None:
    paper = papers.typical_case_docx(unit=UNIT, reported_on=Q1, penalty=False)
    page = page_of(paper, instead=("某药店未凭处方", "某药唐末凭外方"))
    shown = office.post("baxiantong", files={"案例.docx": paper, "案例.jpg": page}, when=WHEN)
    assert shown["reply"]["missing"] == []
    assert office.state(UNIT, "typical-case", "2024Q1")["copies"].keys() == {"editable", "scan"}


def test_staff_are_told_another_unit_by_its_name(office: Story) -> None:
    paper, mails = papers.work_summary_docx(unit="燕东市场监管所", reported_on=date(2024, 5, 20)), "mx.bureau.example; spf=pass smtp.mailfrom=yongan.example"
    page = page_of(paper, "燕东市场监管所", instead=("燕东", "燕西"))
    shown = office.post("yandong@yongan.example", files={"总结.docx": paper, "总结.jpg": page}, when="2024-05-21T10:00:00", results=mails)
    told = [*scan_of(shown).get("notes", ()), *(f["message"] for f in scan_of(shown)["findings"])]
    assert any("燕西市场监管所" in words for words in told) and not any("yanxi" in words for words in told)


def test_a_difference_stands_until_somebody_compared_again(office: Story, make_house: Any) -> None:
    wrong, right = list_docx(officers_sent=45), list_docx(officers_sent=42)
    assert "scan-differs" in codes(office.post("baxiantong", files={"清单.docx": wrong, "清单.jpg": page_of(right)}, when=WHEN))
    blind = make_house(MAILBOT_SCANS="seals")
    with blind.intake() as intake:
        shown = Story(blind, intake).post("baxiantong", "再报一次", files={"清单.docx": wrong}, when="2024-03-28T10:00:00")
    blind.ledger.close()
    assert gist(shown) == ("submission", "missing") and codes(shown) == {"scan-differs"}


def test_pages_are_drawn_for_people(office: Story, tmp_path: Any) -> None:
    paper = list_docx()
    raw = compose("baxiantong@units.example", files={"清单.docx": paper, "清单.jpg": page_of(paper)}, when=WHEN)
    with office.house.trial(anew=True, pages=tmp_path / "图") as intake:
        Story(office.house, intake).take(raw)
    (drawn,) = (tmp_path / "图").rglob("page-1.png")
    with Image.open(drawn) as picture:
        assert picture.width > 1000
    assert not office.house.looks.home.exists() or not list(office.house.looks.home.rglob("*.png"))


def test_without_ocr_the_receipt_says_that_words_were_not_compared(make_house: Any) -> None:
    house = make_house(MAILBOT_SCANS="seals")
    paper = list_docx()
    with house.intake() as intake:
        story = Story(house, intake)
        shown = story.post("baxiantong", files={"清单.docx": paper, "清单.jpg": page_of(paper)}, when=WHEN)
        assert gist(shown) == ("submission", "receipt") and scan_of(shown)["sealed"] is True
        assert "文字未核对" in story.letters()[0].get_content() and "印章未核对" not in story.letters()[0].get_content()
    house.ledger.close()


def test_nobodys_answer_waits_for_anothers_scan(office: Story) -> None:
    """Mails with pages are put aside, with what the same people sent after them; all are taken in the end."""
    from mailbot.domain.mail import RawMail

    paper = list_docx()
    raws = [
        compose("baxiantong@units.example", "扫描件", files={"清单.jpg": page_of(paper)}, when="2024-03-27T10:00:00"),
        compose("baxiantong@units.example", "电子版", files={"清单.docx": paper}, when="2024-03-27T10:01:00"),
        compose("dongming@units.example", "请问怎么填？", "请问怎么填？", when="2024-03-27T10:02:00"),
    ]
    aside: list[Any] = []
    kept = [office.intake.keep(RawMail([raw], file=str(n))) for n, raw in enumerate(raws)]
    assert [t.kept.file for t in office.intake.take_quick(kept, aside)] == ["2"]
    assert [(t.kept.file, t.outcome.kind) for t in office.intake.take_all(aside)] == [("0", "missing"), ("1", "receipt")]
