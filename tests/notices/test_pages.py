"""A document becomes a notice: noise off, broken lines joined, annexes apart, sentences under their headings."""

import pytest

from mailbot.domain.documents import Document, Paragraph, Table
from mailbot.domain.notices.mending import mended
from mailbot.domain.notices.noise import pieces_of
from mailbot.domain.notices.outline import split
from mailbot.domain.notices.pages import notice_of
from mailbot.domain.text import fold
from parsers.readers import read
from parsers.readers.lines import read_lines
from tests.notices.shared import NAMES, notice, text_of, typed


def _paragraphs(text: str) -> list[str]:
    return [b.text for b in mended(pieces_of(read_lines(text.encode()))) if isinstance(b, Paragraph)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("认真学习贯彻党的二十大精神，贯彻执行自治区党\n\n委、政府有关部署要求。", ["认真学习贯彻党的二十大精神，贯彻执行自治区党委、政府有关部署要求。"]),
        ("要追根溯源（责任单位：药\n\n械科、各市场监管所）", ["要追根溯源（责任单位：药械科、各市场监管所）"]),
        ("一、工作目标\n认真贯彻落实各项要求，切实保障安全。", ["一、工作目标", "认真贯彻落实各项要求，切实保障安全。"]),
        ("第一段到此为止，内容完整。\n第二段另起一行，也有逗号。", ["第一段到此为止，内容完整。", "第二段另起一行，也有逗号。"]),
        ("某某县教育局\n2024年5月6日", ["某某县教育局", "2024年5月6日"]),
        ("要实现科所队三联动，确保纵向联通、令行\n\n- 3 -\n\n禁止，共同构建监管体制。", ["要实现科所队三联动，确保纵向联通、令行禁止，共同构建监管体制。"]),
        ("电子版发送至邮箱：\nabc@example.com。", ["电子版发送至邮箱：abc@example.com。"]),
        ("关于开展安全生产大检查专项整治行动有关工作的通知\n各乡镇，县直各部门：", ["关于开展安全生产大检查专项整治行动有关工作的通知", "各乡镇，县直各部门："]),
    ],
)
def test_lines_that_a_page_broke_are_joined_and_paragraphs_stay(text: str, wanted: list[str]) -> None:
    assert _paragraphs(text) == wanted


def test_lines_all_broken_at_one_width_are_joined() -> None:
    body = "为进一步做好全县安全生产隐患排查治理工作坚决防范遏制各类事故发生确保人民群众生命财产安全现就有关事项通知如下请认真组织实施" * 4
    lines = [body[n : n + 24] for n in range(0, len(body), 24)]
    assert _paragraphs("\n".join(lines)) == [body]


def test_a_document_sites_noise_and_its_running_numbers_are_taken_out() -> None:
    text = "\n".join(notice("city").lines)
    for noise in ("上传人", "相关 举报", "第1页", "会员分享", "展开阅读全文", "copyright", "经营许可证", "猜你喜欢"):
        assert noise not in text
    sentences = [s.text for s in notice("city").sentences]
    assert any("切实保障药品安全形势稳定向好,坚决维护人民群众健康权益。" in s for s in sentences)  # the site put “2、” between 坚决 and 维护
    assert any(s.startswith("自2023年7月开始,至2024年11月结束") for s in sentences)
    assert "(四)总结交流阶段(2024年10月一11月)" in sentences  # “202” and “3、4年10月” in the file


def test_a_portals_navigation_and_footer_are_no_part_of_a_notice() -> None:
    page = """<html><body><ul><li>首页</li><li>政务公开</li><li>通知公告</li></ul><div>当前位置：首页 &gt; 通知公告</div><div>字体：大 中 小</div>
    <h1>关于报送安全生产月活动总结的通知</h1><p>发布日期：2024-05-07</p><p>各乡镇：</p><p>请于2024年6月30日前将活动总结报县应急管理局。</p>
    <p>某某县应急管理局</p><p>2024年5月6日</p><div>上一篇：关于召开会议的通知</div><div>主办单位：某某县人民政府</div><div>蒙ICP备12345678号</div></body></html>"""
    found = notice_of(read(page.encode()))
    assert found.title == "关于报送安全生产月活动总结的通知"
    assert [s.text for s in found.sentences][:2] == ["各乡镇：", "请于2024年6月30日前将活动总结报县应急管理局。"]
    assert not any(word in line for line in found.lines for word in ("首页", "ICP", "上一篇", "主办单位"))


def test_headers_and_footers_of_a_pdf_go() -> None:
    page = (Paragraph("某某市教育局文件"), Paragraph("要做好工作，确保"), Paragraph("- 1 -"))
    document = Document("pdf", (*page, Paragraph("某某市教育局文件"), Paragraph("各项任务落实。"), Paragraph("- 2 -"), Paragraph("某某市教育局文件")))
    assert [b.text for b in mended(pieces_of(document)) if isinstance(b, Paragraph)] == ["要做好工作，确保各项任务落实。"]


def test_cells_copied_as_lines_with_tabs_are_a_table_again() -> None:
    found = notice("naiman").annex("附件3")
    assert found is not None
    table = next(b for b in found.blocks if isinstance(b, Table))
    assert table.rows[0] == ("序号", "发现的共性风险隐患管控措施", "管控措施", "是否排除隐患", "工作开展情况")
    assert table.rows[1][3] == "是/否"  # a blank line had torn that row
    assert [len(row) for row in table.rows] == [5, 5, 5, 5]


def test_indented_prose_is_no_table() -> None:
    assert _paragraphs("\t各单位要高度重视，认真组织。\n\t要加强领导，落实责任。") == ["各单位要高度重视，认真组织。", "要加强领导，落实责任。"]


@pytest.mark.parametrize(("name", "labels"), [("naiman", 7), ("yongan", 3), ("wulate", 0), ("city", 0), ("ningxia", 0)])
def test_annexes_are_those_that_the_notice_lists(name: str, labels: int) -> None:
    found = notice(name)
    assert [a.label for a in found.annexes] == [f"附件{n}" for n in range(1, labels + 1)] == [label for label, _ in found.listed]


def test_titles_of_annexes_broken_over_lines_are_whole() -> None:
    listed = dict(notice("naiman").listed)
    assert listed["附件1"] == "奈曼旗市场监管局关于进一步加强全旗药品安全巩固提升行动相关工作要求"
    assert listed["附件6"] == "药品安全巩固提升行动(阶段性)工作总结报告(参考模板)"
    titles = {a.label: a.title for a in notice("naiman").annexes}
    assert titles["附件5"] == "XX执法中队（市场监管所）2023年药品安全巩固提升工作自查报告(参考模板)"


def test_one_annex_named_before_the_signature_is_listed_and_not_an_annex() -> None:
    text = "关于报送材料的通知\n各乡镇：\n请按时报送。\n附件：安全生产情况统计表\n某某县应急管理局\n2024年5月6日\n附件\n安全生产情况统计表\n填报单位：\n"
    found = typed(text)
    assert found.listed == (("附件", "安全生产情况统计表"),)
    assert [(a.label, a.title) for a in found.annexes] == [("附件", "安全生产情况统计表")]


def test_a_sentence_knows_its_headings_and_its_annex() -> None:
    found = next(s for s in notice("naiman").sentences if s.text.startswith("2.各执法中队（市场监管所）应于2023年9月15日前"))
    assert found.annex == "附件1"
    assert found.headings == ("一、及时准确完成信息报送", "（三）其他工作")
    staged = next(s for s in notice("wulate").sentences if s.text.startswith("旗市场监管局结合工作实际"))
    assert staged.headings == ("五、工作安排", "（一）动员部署阶段（2022年3月10日至2022年4月15日）")


def test_a_sentence_ends_at_its_stop_but_not_inside_brackets() -> None:
    assert list(split("请按时报送（格式见附件。详见说明）至邮箱。逾期通报！其他")) == ["请按时报送（格式见附件。详见说明）至邮箱。", "逾期通报！", "其他"]


@pytest.mark.parametrize("name", NAMES)
def test_no_word_of_the_text_is_lost(name: str) -> None:
    """Every whole sentence of the file's text stands in the notice."""
    whole = fold("".join(s.text for s in notice(name).sentences))
    lines = [line for line in text_of(name).partition("展开阅读全文")[0].split("\n") if len(line) > 60]
    lost = [part for line in lines for part in line.split("。")[1:-1] if len(part) > 12 and fold(part) not in whole]
    assert not lost, lost[:3]


def test_hostile_text_takes_no_time() -> None:
    import time

    started = time.perf_counter()
    for text in ("（" * 100_000, "《" * 50_000 + "》" * 50_000, "一、" + " " * 200_000, "\t" * 100_000, "2023年1月至" * 20_000, "附件1\n" * 5_000):
        typed(text)
    assert time.perf_counter() - started < 10
