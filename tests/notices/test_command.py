"""`mailbot campaign draft`: what it prints, writes, refuses, and with which status it ends."""

import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from mailbot.app.cli import main
from mailbot.app.places import bundled
from tests.notices.shared import FOLDER

Run = Callable[..., tuple[int, str, str]]
TEXT = """某应急〔2024〕7号
关于报送安全生产大排查情况的通知
各乡镇人民政府、县直各部门：
决定自2024年5月至2024年12月在全县开展安全生产大排查。请于每月25日前将《隐患排查情况统计表》（见附件）电子版报送至邮箱：aqb@example.com。
联系人：张某，联系电话：0475-1234567。
附件：隐患排查情况统计表
某某县应急管理局
2024年5月6日
附件
隐患排查情况统计表
填报单位：（盖章）    填报日期：   年  月  日
\t序号\t企业名称\t检查次数\t发现隐患数\t备注
\t1\t\t\t\t
\t2\t\t\t\t
"""


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "通知.txt").write_text(TEXT, encoding="utf-8")

    def started(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["mailbot", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return (int(ended.value.code or 0), *capfd.readouterr())

    return started


def test_the_json_has_every_key_of_the_contract(run: Run) -> None:
    status, out, _ = run("campaign", "draft", str(FOLDER / "naiman.txt"), "--json")
    found = json.loads(out)
    assert status == 1
    assert {"title", "number", "issuer", "issued", "span", "stages", "mailboxes", "duties"} <= found.keys()
    assert found["span"] == ["2023-07-01", "2024-12-31"] and found["issued"] == "2023-07-25"
    for duty in found["duties"]:
        assert {"title", "who", "form", "annex", "due", "copies", "channel", "sentence"} <= duty.keys()
        assert {"kind", "dates", "day", "weekday", "month_of_period", "time", "year_inferred"} <= duty["due"].keys()
    review = next(d for d in found["duties"] if d["due"]["dates"] == ["2023-09-15"])
    assert (review["due"]["kind"], review["annex"], review["copies"], review["channel"]) == ("fixed", "附件5", ["scan", "editable"], "nmyxjg@163.com")
    parts = next(f for f in found["forms"] if f["annex"] == "附件5")["layout"]["parts"]
    assert [(p["heading"], p["least"]) for p in parts][2] == ("存在问题和分析", 800)


def test_without_a_file_the_pack_is_printed(run: Run) -> None:
    status, out, err = run("campaign", "draft", "通知.txt")
    assert status == 1
    assert out.startswith("# 由 mailbot campaign draft 从通知起草：")  # it lies nowhere: no schema is beside it
    assert "id: notice-2024-7\n" in out
    assert "due: {every: month, day: 25, reports: this, first: 2024-05, last: 2024-12}" in out
    assert "# 原文：决定自2024年5月至2024年12月在全县开展安全生产大排查。\nstart: 2024-05-01\n" in out
    assert "另有 1 种新的表没有显示" in err


def test_with_a_file_pack_and_forms_are_written_and_what_to_do_is_said(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("campaign", "draft", "通知.txt", "-o", "anquan-2024.yaml")
    assert status == 1
    assert (tmp_path / "anquan-2024.yaml").read_text(encoding="utf-8").count("\nid: anquan-2024\n") == 1
    assert [p.name for p in (tmp_path / "anquan-2024-forms").iterdir()] == ["statistics.yaml"]
    assert "form: statistics" in (tmp_path / "anquan-2024.yaml").read_text(encoding="utf-8")
    head = "文号：某应急〔2024〕7号；发文单位：某某县应急管理局；日期：2024年5月6日"
    steps = ("放进规则文件夹的 campaigns 文件夹，文件名须是 anquan-2024.yaml，anquan-2024-forms 里的表放进它的 forms 文件夹", "没有加上以前，这个专项行动不生效",
             "mailbot --config 规则文件夹 config check\n", "mailbot config try 规则文件夹\n")  # fmt: skip
    for words in (head, "报送事项 1 项", "要人来定的", *steps):
        assert words in out


def test_into_a_campaigns_folder_the_forms_go_beside_those_of_the_rules(run: Run, tmp_path: Path) -> None:
    shutil.copytree(bundled("config"), tmp_path / "config")
    run("campaign", "draft", "通知.txt", "-o", "config/campaigns/anquan-2024.yaml")
    assert (tmp_path / "config" / "forms" / "statistics.yaml").is_file()
    _list(tmp_path / "config", "anquan-2024")
    status, _, err = run("config", "check")
    assert status == 2
    assert err.count("名册还是空的，请填写 units") == 1 and "共 1 处" in err  # the roster is all that lacks


def _list(config: Path, campaign: str) -> None:
    """Puts a pack into force."""
    text = (config / "mailbot.yaml").read_text(encoding="utf-8")
    assert text.count("campaigns: [") == 1
    (config / "mailbot.yaml").write_text(text.replace("campaigns: [", f"campaigns: [{campaign}, "), encoding="utf-8")


def test_the_commands_that_are_printed_work_as_they_stand(run: Run, tmp_path: Path) -> None:
    shutil.copytree(bundled("config"), tmp_path / "新 规则")
    _, out, _ = run("campaign", "draft", "通知.txt", "-o", "新 规则/campaigns/anquan-2024.yaml")
    assert "在 新 规则/mailbot.yaml 的 campaigns 里加上 anquan-2024" in out
    check, trial = (shlex.split(line.partition("：")[2]) for line in out.splitlines() if "：mailbot " in line)
    assert check == ["mailbot", "--config", "新 规则", "config", "check"]
    _list(tmp_path / "新 规则", "anquan-2024")
    status, _, err = run(*check[1:])
    assert status == 2 and "anquan-2024.yaml" in err and "名册还是空的" in err
    pack = tmp_path / "新 规则" / "campaigns" / "anquan-2024.yaml"
    text = pack.read_text(encoding="utf-8")
    roster = (
        "units:\n  - {id: xiang, name: 某某乡, kind: 乡镇人民政府, addresses: [xiang@example.com]}\n"
        "  - {id: bumen, name: 某某局, kind: 部门, addresses: [bumen@example.com]}\n"
    )
    pack.write_text(re.sub(r"^units: \[\].*\n", roster, text, flags=re.MULTILINE), encoding="utf-8")
    status, _, err = run(*check[1:])
    assert status == 0, err
    status, _, err = run(*trial[1:])
    assert status in (0, 1), err


@pytest.mark.parametrize("folder", ["", "campaigns/"])
def test_only_among_rules_does_a_draft_name_the_schema_beside_it(run: Run, tmp_path: Path, folder: str) -> None:
    shutil.copytree(bundled("config"), tmp_path / "config")
    run("campaign", "draft", "通知.txt", "-o", f"{folder}b-2024.yaml")
    files = [tmp_path / folder / "b-2024.yaml", *(tmp_path / folder / "b-2024-forms").iterdir()]
    assert len(files) == 2 and not any("$schema" in f.read_text(encoding="utf-8") for f in files)
    run("campaign", "draft", "通知.txt", "-o", "config/campaigns/anquan-2024.yaml")
    for file in (tmp_path / "config" / "campaigns" / "anquan-2024.yaml", tmp_path / "config" / "forms" / "statistics.yaml"):
        named = file.read_text(encoding="utf-8").splitlines()[0].partition("$schema=")[2]
        assert named and (file.parent / named).is_file()


def test_a_file_that_is_there_is_replaced_only_by_force_and_only_if_it_was_drafted(run: Run, tmp_path: Path) -> None:
    run("campaign", "draft", "通知.txt", "-o", "a-2024.yaml")
    status, _, err = run("campaign", "draft", "通知.txt", "-o", "a-2024.yaml")
    assert (status, "已经有文件：a-2024.yaml" in err, "--force" in err) == (2, True, True)
    assert run("campaign", "draft", "通知.txt", "-o", "a-2024.yaml", "--force")[0] == 1
    (tmp_path / "b-2024.yaml").write_text("id: b-2024\n", encoding="utf-8")
    status, _, err = run("campaign", "draft", "通知.txt", "-o", "b-2024.yaml", "--force")
    assert status == 2 and "不是起草出来的文件" in err
    assert (tmp_path / "b-2024.yaml").read_text(encoding="utf-8") == "id: b-2024\n"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("没有.docx", None, "读不到文件：没有.docx"),
        ("空.txt", b"", "空.txt 是空的"),
        ("坏.pdf", b"%PDF-1.7 broken", "坏.pdf 打不开，可能已损坏"),
        ("短.txt", "通知".encode(), "短.txt 里文字太少"),
        ("程序.exe", b"MZ\x90\x00" + b"\0" * 200, "程序.exe 不是能读的格式"),
    ],
)
def test_what_cannot_be_read_says_why(run: Run, tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    status, out, err = run("campaign", "draft", name)
    assert (status, out) == (2, "")
    assert said in err


def test_a_scan_without_text_is_told_from_an_empty_file(run: Run, tmp_path: Path) -> None:
    Image.new("RGB", (600, 800), "white").save(tmp_path / "扫描.pdf")
    Image.new("RGB", (600, 800), "white").save(tmp_path / "照片.png")
    for name in ("扫描.pdf", "照片.png"):
        status, _, err = run("campaign", "draft", name)
        assert status == 2 and "是扫描件，没有文字" in err


def test_wrong_rules_do_not_keep_a_notice_from_being_drafted(run: Run, tmp_path: Path) -> None:
    shutil.copytree(bundled("config"), tmp_path / "config")
    (tmp_path / "config" / "mailbot.yaml").write_text("office: [\n", encoding="utf-8")
    status, out, _ = run("campaign", "draft", str(FOLDER / "yongan.txt"), "--json")
    assert status == 1
    assert [f["known"] for f in json.loads(out)["forms"]] == ["liaison", "work-summary-yongan"]


@pytest.mark.parametrize("line", ["-o 通知.docx", "--id 安全"])
def test_a_wrong_name_is_answered_with_what_to_write(run: Run, line: str) -> None:
    status, _, err = run("campaign", "draft", "通知.txt", *line.split())
    assert status == 2 and ("要以 .yaml 结尾" in err or "小写字母、数字和连字符" in err)


def test_what_is_too_long_for_a_notice_is_told_and_not_read(tmp_path: Path) -> None:
    from mailbot.app.draft import NoSuchNotice, _document
    from mailbot.domain.documents import Document, Paragraph

    file = tmp_path / "通知.txt"
    file.write_text("各单位：", encoding="utf-8")
    with pytest.raises(NoSuchNotice, match="太长，不像一份通知"):
        _document(file, lambda _: Document("text", (Paragraph("请于每月5日前报送。" * 40_000),)))
