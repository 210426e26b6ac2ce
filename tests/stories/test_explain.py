"""`mailbot explain` tells in Chinese what was decided and why, and changes nothing."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from stories.conftest import FORGED, Story, compose

from mailbot.app.demo import papers
from mailbot.app.explain import explanation, explanation_json
from mailbot.app.ingest import ingest_files
from mailbot.app.wiring import House
from mailbot.domain import words
from mailbot.domain.findings import Severity
from mailbot.domain.letters import LetterKind
from mailbot.domain.mail import Automatic, RawMail
from mailbot.domain.outcome import Disposition, ReplyKind

WHEN = "2024-03-29T10:00:00"
LIST = papers.risk_list_docx(unit="八仙筒市场监管所", reported_on=date(2024, 3, 28))
ODD = sorted((Path(__file__).parent.parent / "mail" / "odd").glob("*.eml"))
# what stays as people type it: receipt numbers, addresses, file names, ids of rules, codes, formats
_LATIN = re.compile(r"\d{8}-[0-9A-F]{6}|[\w.+-]+@[\w.-]+|\S+\.(?:docx?|xlsx?|pdf|zip|eml|txt)\S*|（[a-z-]+）|问题 [a-z-]+|\b(?:Word|Excel|PDF|MB|KB|INBOX)\b")

Explain = Callable[..., str]


@pytest.fixture
def explain(make_house: Callable[..., House], tmp_path: Path) -> Explain:
    house = make_house()

    def explained(raw: bytes, **more: Any) -> str:
        file = tmp_path / "来信.eml"
        file.write_bytes(raw)
        with house.trial(anew=True) as intake:
            (taken,) = ingest_files(intake, [file])
        house.ledger.close()
        return explanation(taken, **more)

    return explained


def latin(text: str) -> list[str]:
    return re.findall(r"[A-Za-z]{3,}", _LATIN.sub(" ", text))


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (compose("baxiantong@units.example", "一季度清单", files={"清单.docx": LIST}, when=WHEN),
         ("判定：登记（登记 1 个文件）　单位：八仙筒市场监管所（依据：发件地址）", "风险隐患排查问题清单（risk-list）", "← 选中", "已登记",
          "报告期 2024年第一季度", "答复：补正通知", "→ 补正通知：", "发件人 没有冒用的迹象")),
        (compose("baxiantong@units.example", "一季度清单", files={"清单.docx": LIST[:-900]}, when=WHEN),
         ("判定：待人工", "问题 corrupt（要改）：“清单.docx”已损坏", "答复：补正通知", "待人工：")),
        (compose("baxiantong@units.example", "清单", files={"清单.docx": LIST}, when=WHEN, results=FORGED),
         ("判定：待人工（发件人地址系冒用", "－1.00 发件人 系冒用", "答复：暂未登记", "→ 请核实冒用：")),
        (compose("someone@elsewhere.example", "清单", files={"清单.docx": LIST}, when=WHEN), ("→ 暂未登记：", "→ 请核实代报：", "可信：否")),
        (compose("a@b.example", "材料", when=WHEN, headers={"Return-Path": "<>"}), ("判定：自动邮件（自动邮件（退信地址是空的），不答复）", "答复：不答复")),
        (compose("xinzhen@units.example", "请教", "请问月报怎么填？", when=WHEN), ("判定：询问（", "答复：已转联络员")),
        (compose("xinzhen@units.example", "一季度清单", "见附件", when=WHEN), ("答复：补正通知", "→ 没有附件：")),
    ],
)  # fmt: skip
def test_it_speaks_chinese(explain: Explain, raw: bytes, said: tuple[str, ...]) -> None:
    text = explain(raw)
    assert not [words for words in said if words not in text], text
    assert not latin(text) and "“”" not in text, text


def test_what_the_readers_noted_in_english_is_for_those_who_ask(explain: Explain) -> None:
    raw = compose("baxiantong@units.example", "一季度清单", files={"清单.docx": LIST[:-900]}, when=WHEN)
    assert "技术细节" not in explain(raw)
    assert re.search(r"　技术细节：[A-Za-z]{3}", explain(raw, technical=True))


def test_a_mail_already_taken_is_explained_by_todays_rules_and_nothing_changes(story: Story, tmp_path: Path) -> None:
    raw = compose("xinzhen@units.example", "请教", "请问月报怎么填？", when=WHEN)
    story.take(raw)
    (tmp_path / "来信.eml").write_bytes(raw)
    ledger, archived = story.house.ledger, sorted(story.house.archive.folder.rglob("*.eml"))
    before = ledger.letters_listed(), ledger.open_reviews(story.house.clock())
    with story.house.trial(anew=True) as intake:
        (again,) = ingest_files(intake, [tmp_path / "来信.eml"])
    assert "判定：询问" in explanation(again)
    assert (ledger.letters_listed(), ledger.open_reviews(story.house.clock())) == before
    assert sorted(story.house.archive.folder.rglob("*.eml")) == archived and not story.take(raw)["items"]


def test_every_odd_mail_can_be_explained(make_house: Callable[..., House]) -> None:
    house = make_house("2024-03-29T08:00:00")
    with house.trial() as intake:
        told = [explanation(taken, technical=True) for taken in ingest_files(intake, ODD[::4])]
    assert len(told) > 90 and all("判定：" in text and "答复：" in text for text in told)
    house.ledger.close()


@pytest.mark.parametrize(
    ("names", "said"),
    [(Disposition, words.DISPOSITIONS), (ReplyKind, words.REPLIES), (LetterKind, words.LETTERS), (Severity, words.SEVERITIES), (Automatic, words.AUTOMATIC)],
)
def test_every_code_has_its_chinese(names: Any, said: dict[str, str]) -> None:
    assert set(said) == set(get_args(names)) and not [word for word in said.values() if re.search("[A-Za-z]", word)]


def test_explain_says_in_json_too_every_word_for_and_against(story: Story) -> None:
    paper = papers.risk_list_docx(unit="新镇市场监管所", reported_on=date(2024, 3, 28))
    raw = compose("xinzhen@units.example", "治安市场监管所 一季度清单", files={"四季度清单.docx": paper}, when="2024-03-28T10:00:00")
    (taken,) = story.intake.take_all([story.intake.keep(RawMail([raw]))])
    (item,) = explanation_json(taken)["items"]
    best, *others = item["candidates"]
    assert best["form"] == "risk-list" and best["chosen"] and any(e["seen"] == "管控措施" for e in best["evidence"])
    assert all(not other["chosen"] and other["score"] < best["score"] for other in others)
    units = {(e["answer"], e["source"]): e["weight"] for e in item["trail"] if e["about"] == "unit"}
    assert units["xinzhen", "document"] > 0 > units["zhian", "subject"]
    periods = {(e["answer"], e["source"]): e["weight"] for e in item["trail"] if e["about"] == "period"}
    assert periods["2024Q1", "subject"] > 0 > periods["2023Q4", "file name"]
