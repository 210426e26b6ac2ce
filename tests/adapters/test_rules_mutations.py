"""A mistake of every kind put into right rules: the exact lines that are told of it, and what the JSON Schema says."""

import codecs
import json
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from mailbot.adapters.rules import RulesError, check, load
from mailbot.adapters.rules.keys import FILES
from mailbot.adapters.rules.schema import kind_of_file, schemas
from mailbot.adapters.rules.text import Loader
from mailbot.app.cli import app
from mailbot.app.places import bundled
from tests.adapters import small_rules

MUTATIONS = yaml.safe_load((Path(__file__).parent / "mutations.yaml").read_text(encoding="utf-8"))
_JUDGES = {kind: jsonschema.Draft202012Validator(schema) for kind, schema in schemas().items()}
CAMPAIGN = "campaigns/fire-2025.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_rules.write(tmp_path / "config")


def mutated(folder: Path, name: str, old: str, new: str) -> Path:
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file


def told(folder: Path) -> list[str]:
    return [str(m) for m in check(folder).mistakes]


def warned(folder: Path) -> list[str]:
    found = check(folder)
    assert not found.mistakes
    return [str(m) for m in found.warnings]


def judged(file: Path, name: str) -> str:
    """What an editor says that knows the schema."""
    try:
        data = yaml.load(file.read_text(encoding="utf-8"), Loader=Loader)  # noqa: S506  a SafeLoader
    except yaml.YAMLError:
        return "cannot read"
    return "accepts" if _JUDGES[kind_of_file(name)].is_valid(_as_json(data)) else "refuses"


def _as_json(data: Any) -> Any:
    if isinstance(data, dict):
        return {str(key): _as_json(value) for key, value in data.items()}
    return [_as_json(one) for one in data] if isinstance(data, list) else data


def test_the_rules_that_mistakes_are_put_into_are_right(folder: Path) -> None:
    assert told(folder) == warned(folder) == [] and load(folder).campaigns[0].id == "fire-2025"
    assert {judged(folder / name, name) for name in small_rules.FILES} == {"accepts"}


def test_there_are_mistakes_of_every_kind() -> None:
    names = Counter(m["name"] for m in MUTATIONS)
    assert len(names) >= 120 and max(names.values()) == 1
    sentences = {line.partition("：")[2] for m in MUTATIONS for line in m.get("told", ())}
    assert len(sentences) >= 100, "each mistake has its own sentence"
    assert {m["file"].partition("/")[0] for m in MUTATIONS} == {"mailbot.yaml", "calendar.yaml", "campaigns", "forms"}


@pytest.mark.parametrize("one", MUTATIONS, ids=lambda m: m["name"])
def test_each_mistake_is_told_word_for_word(one: dict[str, Any], folder: Path) -> None:
    file = mutated(folder, one["file"], one["old"], one["new"])
    found = check(folder)
    assert [str(m) for m in found.mistakes] == one.get("told", [])
    assert [str(m) for m in found.warnings] == one.get("warned", [])
    assert (found.rules is None) == bool(found.mistakes)
    assert judged(file, one["file"]) == one["schema"]


@pytest.mark.parametrize("one", [m for m in MUTATIONS if m["schema"] == "refuses"], ids=lambda m: m["name"])
def test_what_the_schema_refuses_is_a_mistake_here_too(one: dict[str, Any]) -> None:
    assert one["told"], "an editor must not mark what the program takes"


@pytest.mark.shows("A74")
@pytest.mark.parametrize("word", [
    "fi..ve@units.example", ".five@units.example", "five.@units.example", "five@units..example", "five@.units.example", "five@-units.example", "five@units",
    r"five@units.example\r\nBcc: x@y.example", r"five@units.example\0", "five@units.example,six@units.example",
    "five@units.example six@units.example", "<five@units.example>", "Five <five@units.example>", "five@six@units.example", "五@units.example",
    "five@units.example\u212a", "@units.example", "five@",
])  # fmt: skip
def test_a_roster_address_that_no_mail_can_come_from_or_go_to_is_refused_with_its_place(word: str, folder: Path) -> None:
    file = mutated(folder, CAMPAIGN, "[five@units.example]", f'["{word}"]')
    assert [line for line in told(folder) if line.startswith(f"{CAMPAIGN} 第12行第81列 units[wuzhong].addresses：“")]
    assert check(folder).rules is None and judged(file, CAMPAIGN) == "refuses"


# --- files ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.shows("A75")
@pytest.mark.parametrize(("content", "line"), [
    (small_rules.MAILBOT.encode("gb18030"), "mailbot.yaml 第1行第1列：文件不是 UTF-8 编码，像是 GBK（ANSI）；请用记事本等另存为 UTF-8"),
    (small_rules.MAILBOT.encode("utf-16"), "mailbot.yaml 第1行第1列：文件是 UTF-16（“Unicode”）编码，请用记事本等另存为 UTF-8"),
    (b"office: \xff\xfe\xfa\xff", "mailbot.yaml 第1行第1列：文件不是 UTF-8 编码，也可能已经损坏；请用记事本等另存为 UTF-8"),
    (b"", "mailbot.yaml 第1行第1列：文件是空的"),
    (b"# nothing\n\n", "mailbot.yaml 第1行第1列：文件是空的"),
    (b"office: a\x07b\n", "mailbot.yaml 第1行第10列：这里有看不见的控制字符，请删去重打这一行"),
    (b"office\n", "mailbot.yaml 第1行第1列：写的是“office”，应当是一组键值，如 {键: 内容}"),
    (b"[" * 20_000, "mailbot.yaml 第1行第1列：一层套一层太深，不像规则文件"),
    (b"PK\x03\x04\x14\0", "mailbot.yaml 第1行第1列：这是 Excel/Word 文件，不是规则文件；规则写在文本文件里，请用记事本等另存为 UTF-8"),
    (b"a: b\n" * 2_000_000, "mailbot.yaml 第1行第1列：文件有 10 MB，不像规则文件（最大 8 MB）"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_is_told_plainly(folder: Path, content: bytes, line: str) -> None:
    (folder / "mailbot.yaml").write_bytes(content)
    assert told(folder) == [line]


@pytest.mark.shows("A75")
def test_a_byte_order_mark_and_the_line_ends_of_windows_do_no_harm(folder: Path) -> None:
    for name, text in small_rules.FILES.items():
        (folder / name).write_bytes(codecs.BOM_UTF8 + text.replace("\n", "\r\n").encode())
    assert told(folder) == [] and load(folder).settings.office == "城关区安全办公室"
    mutated(folder, "mailbot.yaml", "sending: shadow", "sending: no")
    assert told(folder)[0].startswith("mailbot.yaml 第17行第10列 sending：写的是“no”")


def test_a_file_that_is_not_there_is_told(folder: Path) -> None:
    (folder / "calendar.yaml").unlink()
    assert told(folder) == ["calendar.yaml 第1行第1列：缺少这个文件"]


def test_a_file_with_another_ending_is_told_since_nobody_would_miss_it(folder: Path) -> None:
    (folder / "campaigns" / "flood-2025.yml").write_text(small_rules.CAMPAIGN, encoding="utf-8")
    assert warned(folder) == ["campaigns/flood-2025.yml 第1行第1列：不会读这个文件：文件名要以 .yaml 结尾，请改名为 flood-2025.yaml"]


def test_a_campaign_that_mailbot_yaml_does_not_name_is_told_unless_it_is_an_example(folder: Path) -> None:
    other = small_rules.CAMPAIGN.replace("id: fire-2025", "id: fire-2026")
    (folder / "campaigns" / "fire-2026.yaml").write_text(other, encoding="utf-8")
    assert warned(folder) == ["mailbot.yaml 第16行第12列 campaigns：campaigns 文件夹里还有 fire-2026，没有写在这里，不办理"]
    (folder / "campaigns" / "fire-2026.yaml").write_text(other + "example: true\n", encoding="utf-8")
    assert warned(folder) == []


def test_sending_to_an_example_roster_is_told(folder: Path) -> None:
    mutated(folder, "mailbot.yaml", "sending: shadow", "sending: live")
    assert warned(folder) == []
    mutated(folder, CAMPAIGN, "id: fire-2025\n", "id: fire-2025\nexample: true\n")
    words = "已经正式发信（sending: live），这个名册却还是示例（example: true）；地址换成真实的以后请删去这一行"
    assert warned(folder) == [f"{CAMPAIGN} 第2行第10列 example：{words}"]


def test_the_same_unit_may_stand_in_two_campaigns(folder: Path) -> None:
    mutated(folder, "mailbot.yaml", "[fire-2025]", "[fire-2025, fire-2026]")
    (folder / "campaigns" / "fire-2026.yaml").write_text(small_rules.CAMPAIGN.replace("id: fire-2025", "id: fire-2026"), encoding="utf-8")
    assert warned(folder) == [] and len(load(folder).campaigns) == 2


def test_one_address_in_two_campaigns_is_one_units(folder: Path) -> None:
    mutated(folder, "mailbot.yaml", "[fire-2025]", "[fire-2025, fire-2026]")
    other = small_rules.CAMPAIGN.replace("id: fire-2025", "id: fire-2026").replace("城关第五中学", "城关第六中学")
    (folder / "campaigns" / "fire-2026.yaml").write_text(other, encoding="utf-8")
    words = "地址 five@units.example 在专项行动 fire-2025 里登记给“城关第五中学”，在这里登记给“城关第六中学”，请核对"
    assert warned(folder) == [f"campaigns/fire-2026.yaml 第12行第81列 units[wuzhong].addresses：{words}"]


# --- what is not in force stops nothing -------------------------------------------------------------------------------------------

DRAFT = """\
id: flood-2026
title: 防汛专项行动  # ? 核对名称
short: 防汛
start: 2026-05-01
units: []
duties:
  - {id: flood-check, title: 防汛自查表, form: flood-check, who: [中学], due: {every: once, dates: [2026-06-01]}}
"""
NOT_LISTED = "这个专项行动没有写进 mailbot.yaml 的 campaigns，暂不影响运行"


def test_a_fresh_draft_beside_live_rules_stops_nothing_until_it_is_listed(folder: Path) -> None:
    (folder / "campaigns" / "flood-2026.yaml").write_text(DRAFT, encoding="utf-8")
    (folder / "forms" / "flood-check.yaml").write_text("id: flood-check\ntitle: 防汛自查表\n", encoding="utf-8")
    status, out, trouble = _run(folder, "check")
    assert status == 0 and trouble == "" and out.startswith("规则无误：1 个专项行动，3 种表")
    told_of_it = [line for line in out.splitlines() if line.startswith("提醒：campaigns/flood-2026.yaml")]
    assert len(told_of_it) == 2 and all(NOT_LISTED in line for line in told_of_it), out
    assert "end：" in told_of_it[0] and told_of_it[1].endswith("名册还是空的，请填写 units")
    assert "提醒：forms/flood-check.yaml 第1行第1列 layout：启用的专项行动没有用到这种表，暂不影响运行：缺少这个键" in out
    assert set(load(folder).forms) == {"fire-check", "risks", "report"}
    done = CliRunner().invoke(app, ["--config", str(folder), "--home", str(folder / "home"), "--now", "2025-03-01", "status"])
    assert done.exit_code == 0, done.output
    mutated(folder, "mailbot.yaml", "[fire-2025]", "[fire-2025, flood-2026]")
    status, out, trouble = _run(folder, "check")
    lines = trouble.splitlines()
    assert status == 2 and out == "" and lines[0] == "规则有误，共 3 处：" and NOT_LISTED not in trouble
    assert lines[-1] == "提醒：campaigns/flood-2026.yaml 第2行第16列：还有 1 处“# ?”没有定，第一处在第 2 行"


@pytest.mark.parametrize(("name", "content"), [
    ("fire-2025 - 副本.yaml", small_rules.CAMPAIGN.encode()),
    ("broken.yaml", b"id: [broken\n"),
    ("gbk.yaml", "id: gbk\ntitle: 防汛".encode("gb18030")),
    ("empty.yaml", b""),
])  # fmt: skip
def test_a_file_that_nobody_listed_stops_nothing_however_broken(folder: Path, name: str, content: bytes) -> None:
    (folder / "campaigns" / name).write_bytes(content)
    found = check(folder)
    assert found.mistakes == () and any(w.file == f"campaigns/{name}" and NOT_LISTED in w.sentence for w in found.warnings)
    assert [campaign.id for campaign in load(folder).campaigns] == ["fire-2025"]
    (folder / "mailbot.yaml").write_text("sending: shado\n", encoding="utf-8")
    assert any(m.file == f"campaigns/{name}" for m in check(folder).mistakes), "where nobody can say what is listed, all is looked at"


def test_a_copy_of_a_form_does_not_take_its_place(folder: Path) -> None:
    (folder / "forms" / "risks - 副本.yaml").write_text(small_rules.RISKS.replace("title: 隐患清单", "title: 别的清单"), encoding="utf-8")
    assert check(folder).mistakes == () and load(folder).forms["risks"].title == "隐患清单"


def test_what_is_undecided_is_counted_once_a_file(folder: Path) -> None:
    mutated(folder, CAMPAIGN, "short: 消防专项", "# ? 简称怎么叫\nshort: 消防专项")
    mutated(folder, CAMPAIGN, "    copies: both", "    copies: both  # ？要不要盖章")
    assert warned(folder) == [f"{CAMPAIGN} 第3行第1列：还有 2 处“# ?”没有定，第一处在第 3 行"]


def test_warnings_are_told_behind_mistakes(folder: Path) -> None:
    (folder / "campaigns" / "flood-2025.yml").write_text("id: x\n", encoding="utf-8")
    mutated(folder, "mailbot.yaml", "sending: shadow", "sending: shado")
    status, _, trouble = _run(folder, "check")
    assert status == 2 and trouble.splitlines()[-1].startswith("提醒：campaigns/flood-2025.yml 第1行第1列：不会读这个文件")


# --- one mistake hides no other, and one cause gives one sentence ---------------------------------------------------------------


def test_a_mistake_in_one_piece_hides_none_in_the_others(folder: Path) -> None:
    mutated(folder, CAMPAIGN, "day: 20,", "day: 二十,")
    mutated(folder, CAMPAIGN, "form: report", "form: raport")
    mutated(folder, CAMPAIGN, "[five@units.example]", "[three@units.example]")
    mutated(folder, CAMPAIGN, "start: 2025-01-01\nend", "start: 2025/1/1\nend")
    mutated(folder, "mailbot.yaml", "  per_day: 80", "  per_day: 多")
    mutated(folder, "mailbot.yaml", "[zhou@office.example]", "[zhou]")
    assert [line.partition("：")[0] for line in told(folder)] == [
        "mailbot.yaml 第12行第12列 sender.per_day", "mailbot.yaml 第15行第9列 staff", f"{CAMPAIGN} 第4行第8列 start",
        f"{CAMPAIGN} 第12行第81列 units[wuzhong].addresses", f"{CAMPAIGN} 第33行第30列 duties[risk-list].due.day",
        f"{CAMPAIGN} 第39行第11列 duties[summary].form",
    ]  # fmt: skip


def test_slips_of_punctuation_hide_nothing(folder: Path) -> None:
    mutated(folder, CAMPAIGN, "short: 消防专项", "short：消防专项")
    mutated(folder, CAMPAIGN, "    title: 隐患清单", "\ttitle: 隐患清单")
    mutated(folder, CAMPAIGN, "form: report", "form: raport")
    assert [line.partition("：")[0] for line in told(folder)] == [
        f"{CAMPAIGN} 第3行第6列 short", f"{CAMPAIGN} 第30行第1列", f"{CAMPAIGN} 第39行第11列 duties[summary].form",
    ]  # fmt: skip


def test_a_broken_campaign_says_nothing_of_the_forms_it_used(folder: Path) -> None:
    mutated(folder, CAMPAIGN, "kinds:\n", "kinds: [\n")
    assert len(told(folder)) == 1 and not check(folder).warnings


# --- the command ---------------------------------------------------------------------------------------------------------------------


def _run(folder: Path, *words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["--config", str(folder), "--home", str(folder / "home"), "--now", "2025-03-01", "config", *words])
    return done.exit_code, done.stdout, done.stderr


def test_config_check_tells_all_mistakes_and_stops_with_two(folder: Path) -> None:
    mutated(folder, "mailbot.yaml", "sending: shadow", "sending: shado")
    mutated(folder, CAMPAIGN, "form: report", "form: raport")
    status, out, trouble = _run(folder, "check")
    assert status == 2 and out == ""
    assert trouble.splitlines()[0] == "规则有误，共 2 处：" and trouble.splitlines()[1].startswith("  mailbot.yaml 第17行第10列 sending：")
    with pytest.raises(RulesError) as caught:
        load(folder)
    assert str(caught.value) + "\n" == trouble


def test_config_check_tells_what_looks_wrong_and_is_done_with_nought(folder: Path) -> None:
    mutated(folder, "mailbot.yaml", "  per_day: 80", "  per_day: 20")
    status, out, _ = _run(folder, "check")
    assert status == 0 and out.splitlines()[0].startswith("规则无误：1 个专项行动，3 种表，版本 ")
    assert out.splitlines()[1].startswith("提醒：mailbot.yaml 第12行第12列 sender.per_day：一天只发 20 封")


def test_config_check_is_a_list_for_other_programs(folder: Path) -> None:
    assert (status_and := _run(folder, "check", "--json"))[0] == 0 and json.loads(status_and[1]) == []
    mutated(folder, "mailbot.yaml", "sending: shadow", "sending: shado")
    status, out, _ = _run(folder, "check", "--json")
    assert status == 2
    assert json.loads(out) == [{
        "file": "mailbot.yaml", "line": 17, "column": 10, "key": "sending", "found": "shado", "allowed": ["shadow", "staff-only", "live"],
        "nearest": "shadow", "sentence": "写的是“shado”，只能写：shadow、staff-only、live（最接近的是 shadow）", "warning": False,
    }]  # fmt: skip


# --- the schema -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FILES)
def test_the_schema_in_the_repository_is_the_one_that_is_made(kind: str) -> None:
    there = bundled("config") / "schema" / f"{kind}.schema.json"
    assert json.loads(there.read_text(encoding="utf-8")) == schemas()[kind], "mailbot config schema --out config/schema"
    jsonschema.Draft202012Validator.check_schema(schemas()[kind])


def test_the_bundled_files_are_right_by_the_schema_and_point_at_it() -> None:
    folder = bundled("config")
    files = sorted(folder.rglob("*.yaml"))
    assert len(files) >= 12
    for file in files:
        name = file.relative_to(folder).as_posix()
        assert judged(file, name) == "accepts", name
        first = file.read_text(encoding="utf-8").partition("\n")[0]
        assert first.startswith("# yaml-language-server: $schema="), name
        assert (file.parent / first.partition("=")[2]).resolve() == folder.resolve() / "schema" / f"{kind_of_file(name)}.schema.json"


def test_the_schema_says_what_each_key_means() -> None:
    for schema in schemas().values():
        for noun in (schema, *schema["$defs"].values()):
            assert all(key["description"] and "examples" in key for key in noun["properties"].values())
    duty = schemas()["campaign"]["$defs"]["Duty"]["properties"]
    assert duty["copies"]["enum"] == ["both", "editable", "either"] and duty["copies"]["default"] == "both"


def test_config_schema_prints_or_writes_the_four(tmp_path: Path) -> None:
    status, out, _ = _run(bundled("config"), "schema")
    assert status == 0 and json.loads(out) == schemas()
    assert _run(bundled("config"), "schema", "--out", str(tmp_path / "new"))[0] == 0
    assert {f.name for f in (tmp_path / "new").iterdir()} == {f"{kind}.schema.json" for kind in ("mailbot", "calendar", "campaign", "form")}
