"""Every paper of the demo is recognised and read by the product: what was put in comes out."""

import io
from collections.abc import Callable
from datetime import date
from zipfile import ZipFile

import pytest
from PIL import Image

from mailbot.app.demo import papers, scan
from mailbot.domain.classify import classify, is_annex
from mailbot.domain.forms import ParsedForm
from mailbot.domain.policy import Rules
from mailbot.domain.text import count_characters
from parsers.layouts import parse
from parsers.readers import read

UNIT, DAY = "八仙筒市场监管所", date(2024, 3, 27)


def read_as(content: bytes, form: str, rules: Rules) -> ParsedForm:
    """Classified among the forms of the campaign, not told which one it is."""
    campaign = next(c for c in rules.campaigns if c.id == "naiman-2023")
    forms = rules.forms_of((campaign,))
    document = read(content)
    assert classify(document, forms).winner == form
    return parse(document, rules.forms[form])


@pytest.mark.parametrize("make", [papers.risk_list_docx, papers.risk_list_xlsx])
@pytest.mark.parametrize("sample_left", [False, True])
def test_a_risk_list_gives_back_its_figures_and_rows(make: Callable[..., bytes], sample_left: bool, rules: Rules) -> None:
    counters = papers.Counters(1, 2, 3, 4, 55, 66, 60, 7, 8, 9, None)
    parsed = read_as(make(unit=UNIT, reported_on=DAY, counters=counters, sample_left=sample_left), "risk-list", rules)
    assert (parsed.unit_text, parsed.reported_on) == (UNIT, DAY)
    for name in papers.Counters.__dataclass_fields__:
        assert parsed.fields[name] == getattr(counters, name), name
    assert [(r["risk"], r["measure"], r["eliminated"]) for r in parsed.rows] == [(r.risk, r.measure, r.eliminated) for r in papers.RISKS]
    assert parsed.sample_rows == int(sample_left)


def test_a_case_table_gives_back_its_figures(rules: Rules) -> None:
    parsed = read_as(papers.case_stats_xlsx(unit=UNIT, month=(2024, 3), total={"filed": 7}, reviewer="韩立春"), "case-stats", rules)
    rows = {r["kind"]: r for r in parsed.rows}
    assert list(rows) == [*papers.CASE_KINDS, "合计"]
    assert rows["药品"]["fines"] == 3.5
    assert rows["化妆品"]["revoked"] == 0
    assert (rows["合计"]["filed"], rows["合计"]["closed"], rows["合计"]["goods_value"]) == (7, 4, 1.9)
    assert (parsed.fields["reporter"], parsed.fields["reviewer"]) == ("包青松", "韩立春")
    assert "2024年3月" in parsed.period_text


@pytest.mark.parametrize("problems", [1, 120, 612, 799, 800, 1500])
def test_the_third_part_of_a_self_review_has_the_characters_asked_for(problems: int, rules: Rules) -> None:
    parsed = read_as(papers.self_review_docx(unit=UNIT, problems=problems, reported_on=DAY), "self-review", rules)
    assert {s.field: s.characters for s in parsed.sections}["problems"] == problems
    assert UNIT in parsed.title
    assert len(parsed.sections) == 4


def test_prose_counts_as_word_counts() -> None:
    assert [count_characters(papers.prose(n)) for n in range(700)] == list(range(700))


@pytest.mark.parametrize("interim", [True, False])
def test_a_work_summary_has_its_five_parts(interim: bool, rules: Rules) -> None:
    parsed = read_as(papers.work_summary_docx(unit=UNIT, interim=interim, reported_on=DAY), "work-summary", rules)
    assert len(parsed.sections) == 5
    assert ("阶段性" in parsed.title) == interim


@pytest.mark.parametrize("penalty", [True, False])
def test_a_typical_case_tells_of_its_penalty(penalty: bool, rules: Rules) -> None:
    made = papers.typical_case_docx(unit="执法一中队", reported_on=DAY, penalty=penalty, decided_on=date(2024, 2, 21) if penalty else None)
    parsed = read_as(made, "typical-case", rules)
    assert parsed.fields["penalty_decision"] is penalty
    assert parsed.fields["decided_on"] == ("2024-02-21" if penalty else None)
    assert parsed.unit_text == "执法一中队"


def test_a_penalty_decision_is_the_annex_of_a_case(rules: Rules) -> None:
    document = read(papers.penalty_decision_docx(unit="某旗市场监督管理局", decided_on=DAY))
    assert is_annex(document, "附件.docx", rules.forms.values()) == "typical-case"


@pytest.mark.parametrize("email", [None, "lianluo@units.example"])
def test_a_liaison_form_gives_back_its_values(email: str | None, rules: Rules) -> None:
    parsed = read_as(papers.liaison_docx(unit=UNIT, name="包青松", mobile="13800000000", email=email), "liaison", rules)
    wanted = {"unit": UNIT, "name": "包青松", "department": "综合办公室", "post": "科员", "office_phone": "0475-0000000", "mobile": "13800000000"}
    assert {k: parsed.fields[k] for k in wanted} == wanted
    assert parsed.fields["email"] == email


def test_a_titled_text_is_a_free_report(rules: Rules) -> None:
    parsed = read_as(papers.free_report_docx(title="飞行检查工作开展情况", unit="药械监管股", reported_on=DAY), "free-report", rules)
    assert parsed.title == "飞行检查工作开展情况"


def test_a_cut_file_is_corrupt_and_nothing_worse() -> None:
    assert read(papers.corrupt(papers.risk_list_docx(unit=UNIT, reported_on=DAY))).trouble == "corrupt"


def test_the_zip_has_its_names_in_gbk_without_saying_so() -> None:
    packed = papers.zip_with_gbk_names([("一季度清单.docx", b"word"), ("盖章.jpg", b"picture")])
    with ZipFile(io.BytesIO(packed)) as archive:
        assert [i.filename.encode("cp437").decode("gbk") for i in archive.infolist()] == ["一季度清单.docx", "盖章.jpg"]
        assert not any(i.flag_bits & 0x800 for i in archive.infolist())
        assert archive.testzip() is None


def _page(seal: str | None = UNIT, seed: int = 1, grey: bool = False) -> scan.Page:
    return scan.Page("风险隐患排查问题清单", [f"填报单位：{UNIT}", papers.prose(200)], seal, seed, grey)


@pytest.mark.parametrize("make", [scan.stamped_jpeg, scan.stamped_pdf])
def test_a_scan_is_the_same_for_the_same_seed_only(make: Callable[[scan.Page], bytes]) -> None:
    assert make(_page()) == make(_page())
    assert make(_page()) != make(_page(seed=2))


def _red_pixels(content: bytes) -> int:
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    red, green, blue = (band.tobytes() for band in picture.split())
    return sum(r > 150 and g < 110 and b < 110 for r, g, b in zip(red, green, blue, strict=True))


def test_only_a_stamped_page_in_colour_is_red() -> None:
    assert _red_pixels(scan.stamped_jpeg(_page())) > 3000
    assert _red_pixels(scan.stamped_jpeg(_page(seal=None))) == 0
    assert _red_pixels(scan.stamped_jpeg(_page(grey=True))) == 0


def test_the_product_sees_a_picture_and_a_scanned_pdf() -> None:
    picture, pages = read(scan.stamped_jpeg(_page())), read(scan.stamped_pdf(_page()))
    assert picture.kind == "image"
    assert pages.kind == "pdf"
    assert pages.scanned
