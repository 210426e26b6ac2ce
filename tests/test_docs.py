"""The README and the handbook are held to the code: commands, options, keys, defaults, examples, codes, variables, paths."""

import io
import re
import shlex
import shutil
import sys
import types
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from stories.conftest import Story, gist
from typer.main import get_command

from mailbot.adapters import rules as rules_adapter
from mailbot.adapters.rules import RulesError, keys
from mailbot.adapters.rules.handbook import with_chapter
from mailbot.adapters.rules.kinds import keys_of
from mailbot.adapters.rules.reading import Reading
from mailbot.adapters.rules.text import tree_in
from mailbot.app import cli, tables
from mailbot.app.places import bundled
from mailbot.app.wiring import House, real_clock
from mailbot.domain import words
from mailbot.domain.campaigns import Duty
from mailbot.domain.findings import CODES, SOFT_WHEN_COMPLETE, usual_severity
from mailbot.domain.letters import LetterKind
from mailbot.domain.policy import Settings
from mailbot.domain.rule import Rule

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
HANDBOOK = (ROOT / "docs" / "手册.md").read_text(encoding="utf-8")
PAGES = {"README": README, "手册": HANDBOOK}

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    return [body for name, body in _FENCE.findall(page) if name == language]


def table_rows(text: str) -> Iterator[list[str]]:
    """The cells of every table row but its head and its rule."""
    lines = text.splitlines()
    for i, line in enumerate(lines):
        is_head = i + 1 < len(lines) and lines[i + 1].startswith("|---")
        if line.startswith("|") and not line.startswith("|---") and not is_head:
            yield [cell.strip() for cell in line.strip().strip("|").split("|")]


def section(page: str, title: str) -> str:
    """The text under a heading up to the next heading of its level or above."""
    found = re.search(rf"^(#+) [^\n]*{re.escape(title)}[^\n]*\n(.*?)(?=^#{{1,}} |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"no section {title}"
    level = len(found[1])
    rest = page[found.start(2) :]
    following = re.search(rf"^#{{1,{level}}} ", re.sub(_FENCE, lambda m: "·" * len(m[0]), rest), re.MULTILINE)
    return rest[: following.start()] if following else rest


# --- commands --------------------------------------------------------------------------------------------------------------


def commands_said(page: str) -> list[str]:
    """Every command line in a shell or unit block, and every `mailbot …` in a line of text."""
    lines = [line.strip() for name in ("sh", "ini") for body in blocks(page, name) for line in body.splitlines()]
    said = [line.removeprefix("ExecStart=").removeprefix("$ ") for line in lines]
    said = [line for line in said if re.match(r"(?:\S*/)?mailbot ", line)]
    said += re.findall(r"`((?:\S*/)?mailbot(?: [^`]*)?)`", _FENCE.sub("", page))
    return [line for line in said if "…" not in line]


def leaves(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every sub-command that does something, with its words: review list."""
    children = getattr(command, "commands", {})
    if not children:
        yield " ".join(words), command
    for name, child in children.items():
        yield from leaves(child, (*words, name))


def options_of(command: Any) -> dict[str, Any]:
    return {name: p for p in command.params for name in p.opts if name.startswith("-")}


def mistake_in(line: str) -> str:
    """What is wrong with a command line; "" where it could be typed."""
    waiting = shlex.split(line, comments=True)[1:]
    command: Any = get_command(cli.app)
    arguments = 0
    while waiting:
        word = waiting.pop(0)
        if word in ("--help", ""):
            continue
        if word.startswith("-"):
            option = options_of(command).get(word)
            if option is None:
                return f"no option {word}"
            if not option.is_flag and not option.count:
                if not waiting:
                    return f"{word} needs a value"
                waiting.pop(0)
        elif children := getattr(command, "commands", {}):
            if word not in children:
                return f"no command {word}"
            command = children[word]
        else:
            arguments += 1
    return "too many arguments" if arguments and not any(p.param_type_name == "argument" for p in command.params) else ""


@pytest.mark.parametrize(("page", "line"), [(name, line) for name, page in PAGES.items() for line in commands_said(page)])
def test_a_command_that_is_said_exists(page: str, line: str) -> None:
    assert not mistake_in(line), f"{page}: {line}: {mistake_in(line)}"


def test_commands_are_found_and_wrong_ones_are_told() -> None:
    assert len(commands_said(README)) > 8 and len(commands_said(HANDBOOK)) > 12
    assert mistake_in("mailbot statsu") == "no command statsu"
    assert mistake_in("mailbot status --unti 新镇") == "no option --unti"
    assert mistake_in("mailbot --home var status --unit") == "--unit needs a value"
    assert mistake_in("mailbot review list 3") == "too many arguments"


@pytest.mark.parametrize(("words", "command"), list(leaves(get_command(cli.app))))
def test_every_sub_command_and_its_options_are_in_the_handbook(words: str, command: Any) -> None:
    row = next((cells for cells in table_rows(section(HANDBOOK, "每天怎么用")) if cells[0] == f"`mailbot {words}`"), None)
    assert row, f"mailbot {words} has no row"
    lacking = {name for name in options_of(command) if name.startswith("--") and name != "--help" and f"`{name}`" not in row[2]}
    assert not lacking, f"mailbot {words}: {lacking}"


def test_every_global_option_is_in_the_handbook() -> None:
    lacking = {name for name in options_of(get_command(cli.app)) if name != "--help" and f"`{name}`" not in HANDBOOK}
    assert not lacking


def test_every_command_has_come_in_a_change_that_is_told() -> None:
    told = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert not [words for words, _ in leaves(get_command(cli.app)) if f"`mailbot {words}`" not in told]


def test_the_outside_programs_are_named() -> None:
    row = next(cells for cells in table_rows(section(HANDBOOK, "每天怎么用")) if cells[0] == "`mailbot doctor`")
    tools = House(bundled("config"), Path("unused"), real_clock, {}).tools()
    assert tools and not [name for name in tools if name not in row[1] or name not in section(README, "What it reads")]


def test_what_is_not_there_yet_is_not_there() -> None:
    there = {words for words, _ in leaves(get_command(cli.app))}
    promised = re.search(r"^- commands: (.*?);$", section(README, "Not there yet"), re.MULTILINE | re.DOTALL)
    assert promised
    names = set(re.findall(r"`([^`]+)`", promised[1]))
    assert names and not {n for n in names for t in there if t == n or t.startswith(f"{n} ")}


def test_exit_statuses_are_told() -> None:
    told = {cells[0] for cells in table_rows(section(HANDBOOK, "退出码"))}
    assert told == {"0", *map(str, (cli.common.ATTENTION, cli.common.USAGE, cli.common.TEMPORARY))}
    assert set(re.findall(r"\*\*(\d)\*\*", section(README, "A real mailbox"))) == told


# --- keys of the rules -------------------------------------------------------------------------------------------------------


KEYS = [(noun, key) for noun in keys.nouns() for key in keys_of(noun)]


def test_all_nouns_are_looked_at() -> None:
    assert {"Settings", "Policy", "Duty", "Quarterly", "AnnexWhen", "Counter", "Part", "UnitKind"} <= {n.__name__ for n in keys.nouns()}


def test_every_key_is_told_and_none_that_there_is_not() -> None:
    assert {name: set(said.keys) for name, said in keys.told().items()} == {n.__name__: set(keys_of(n)) for n in keys.nouns()}


def test_the_chapter_of_the_keys_is_the_one_that_is_written_from_them() -> None:
    assert with_chapter(HANDBOOK) == HANDBOOK, "python -m mailbot.adapters.rules.handbook docs/手册.md"


def test_the_chapter_says_each_key_with_its_default() -> None:
    rows = {cells[0].strip("`"): cells for cells in table_rows(section(HANDBOOK, "（`Duty`）"))}
    assert set(rows) == set(keys_of(Duty))
    assert [rows[key][2] for key in ("id", "who", "quota", "inclusive", "copies")] == ["必填", "（空）", "（无）", "true", "both"]
    mailbox = {cells[0].strip("`"): cells for cells in table_rows(section(HANDBOOK, "（`Mailbox`）"))}
    assert mailbox["folders"][2] == "[INBOX, 垃圾邮件, 病毒文件夹, 广告邮件]" and mailbox["port"][2] == "993"


@pytest.mark.parametrize(("noun", "key"), KEYS, ids=lambda v: v if isinstance(v, str) else v.__name__)
def test_every_example_of_a_key_is_right(noun: type[Rule], key: str) -> None:
    reading = Reading("example", tree_in(f"{key}: {keys.told()[noun.__name__].keys[key].example}"))
    assert reading.piece(noun, key) is not None and not reading.mistakes, [str(m) for m in reading.mistakes]


def test_a_wrong_example_would_be_told() -> None:
    reading = Reading("example", tree_in("remind: [三天]"))
    reading.piece(Duty, "remind")
    assert [m.sentence for m in reading.mistakes] == ["写的是“三天”，应当是整数，请写 3"]


# --- the YAML blocks ---------------------------------------------------------------------------------------------------------


def rules_of(page: str, folder: Path) -> Path:
    """The bundled rules with the blocks of a page over them; a block of mailbot.yaml changes only the keys it names."""
    shutil.copytree(bundled("config"), folder)
    for body in blocks(page, "yaml"):
        named = re.match(r"# config/(\S+)\n", body)
        assert named, f"a YAML block says in its first line which file it is: {body[:60]}"
        file = folder / named[1]
        if file.exists():
            data = yaml.safe_load(file.read_text(encoding="utf-8")) | yaml.safe_load(body)
            file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        else:
            file.write_text(body, encoding="utf-8")
    return folder


@pytest.mark.parametrize("page", PAGES)
def test_the_yaml_blocks_load_as_rules(page: str, tmp_path: Path) -> None:
    found = rules_adapter.load(rules_of(PAGES[page], tmp_path / "config"))
    assert blocks(PAGES[page], "yaml") and found.campaigns


def test_a_wrong_block_would_be_refused(tmp_path: Path) -> None:
    folder = rules_of(README.replace("form: fire-check", "form: fire-chekc"), tmp_path / "config")
    with pytest.raises(RulesError, match=r"campaigns/fire-2025.yaml 第\d+行第\d+列 duties\[self-check\].form"):
        rules_adapter.load(folder)


def test_the_shortest_settings_are_whole() -> None:
    (body,) = (b for b in blocks(HANDBOOK, "yaml") if b.startswith("# config/mailbot.yaml"))
    assert rules_adapter.read(Settings, body).sending == "shadow"


@pytest.fixture
def school(tmp_path: Path, make_house: Any) -> Iterator[Story]:
    house = make_house(config=rules_of(README, tmp_path / "rules" / "config"))
    with house.intake() as intake:
        yield Story(house, intake)
    house.ledger.close()


def _paper(*cells: tuple[str, str]) -> bytes:
    import docx

    document = docx.Document()
    document.add_paragraph("消防安全自查表")
    table = document.add_table(rows=0, cols=2)
    for label, value in cells:
        row = table.add_row()
        row.cells[0].text, row.cells[1].text = label, value
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


FILLED = (("单位名称", "城关三中"), ("灭火器数量", "42"), ("安全出口是否畅通", "是"), ("检查人", "值班员"))


def test_the_readmes_form_and_campaign_take_a_mail_to_its_receipt(school: Story) -> None:
    shown = school.post("three@school.example", "消防自查", "请查收", {"自查.docx": _paper(*FILLED)}, when="2025-05-06T10:00:00")
    assert gist(shown) == ("submission", "receipt") and shown["unit"] == "城关第三中学"
    (item,) = shown["items"]
    assert (item["form"], item["duty"], item["period"]) == ("fire-check", "self-check", "2025-06-30")
    assert item["fields"]["extinguishers"] == 42 and item["fields"]["exits_free"] is True
    assert "安全股值班员" in school.letters()[0].get_content()
    assert school.state("城关第三中学", "self-check", "2025-06-30", "2025-07-05T09:00:00", "fire-2025")["state"] == "complete"


def test_the_readmes_form_tells_what_is_missing(school: Story) -> None:
    paper = _paper(*FILLED[:1], ("灭火器数量", ""), *FILLED[2:])
    shown = school.post("three@school.example", "消防自查", "请查收", {"自查.docx": paper}, when="2025-05-06T10:00:00")
    assert gist(shown) == ("submission", "missing")
    assert [f["code"] for f in shown["items"][0]["findings"]] == ["field-missing"]


# --- the reader ----------------------------------------------------------------------------------------------------------------


def _pptx() -> bytes:
    space = "http://schemas.openxmlformats.org/drawingml/2006/main"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("ppt/slides/slide1.xml", f'<s xmlns:a="{space}"><a:p><a:t>工作</a:t><a:t>总结</a:t></a:p><a:p/></s>')
    return buffer.getvalue()


def test_the_readmes_reader_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    from parsers import readers

    assert readers.read(_pptx()).trouble == "unsupported", "the README says that this is not read"
    (code,) = blocks(README, "python")
    module = types.ModuleType("parsers.readers.pptx")
    exec(compile(code, "README.md", "exec"), module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(readers._READERS, "pptx", "pptx")
    document = readers.read(_pptx())
    assert document.trouble is None and [p.text for p in document.paragraphs] == ["工作总结"]
    assert readers.read(_pptx().replace(b"<a:p/></s>", b"<a:p/></x>")).trouble == "corrupt"


# --- words: findings, letters, states, variables, paths ------------------------------------------------------------------------


def _pieces(sentence: str) -> list[str]:
    """The fixed words of a sentence of findings.yaml."""
    return [p for p in re.split(r"\{\{.*?\}\}|\{%.*?%\}", sentence) if len(p) > 2]


def test_every_finding_is_in_the_handbook_with_its_words_and_weight() -> None:
    rows = {cells[0].strip("`"): cells for cells in table_rows(section(HANDBOOK, "各种问题"))}
    sentences = yaml.safe_load((bundled("templates") / "findings.yaml").read_text(encoding="utf-8"))
    assert list(rows) == list(CODES)
    for code in CODES:
        _, weight, told, todo = rows[code]
        assert weight.startswith(words.SEVERITIES[usual_severity(code)]) and todo, code
        assert ("材料已齐时只提醒" in weight) == (code in SOFT_WHEN_COMPLETE), code
        assert not [p for p in _pieces(sentences[code]) if p.strip() not in told], code


def test_findings_that_nothing_finds_yet_are_named_so() -> None:
    code = "".join(p.read_text(encoding="utf-8") for p in _sources() if p.name != "findings.py")
    never = {c for c in CODES if f'"{c}"' not in code} - {"missing-scan", "missing-editable"}  # those stand in reply.missing
    promised = re.search(r"^- the findings (.*?): nothing finds them", section(README, "Not there yet"), re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`([a-z-]+)`", promised[1] if promised else "")) == never
    rows = {cells[0].strip("`"): cells[3] for cells in table_rows(section(HANDBOOK, "各种问题"))}
    assert {c for c in rows if "以后" in rows[c]} == never


def test_every_letter_and_state_is_explained() -> None:
    letters = {cells[0] for cells in table_rows(section(HANDBOOK, "信里的话"))}
    assert letters == {f"`{kind}` {words.LETTERS[kind]}" for kind in get_args(LetterKind)}
    daily = section(HANDBOOK, "每天怎么用")
    assert {cells[0] for cells in table_rows(daily)} >= set(words.LETTER_STATES.values())
    assert not [word for word in words.STATES.values() if word not in daily]
    assert not [mark for mark, _ in tables._MARKS.values() if f"{mark} " not in daily]


def _sources() -> list[Path]:
    return [p for room in ("mailbot", "parsers") for p in sorted((ROOT / room).rglob("*.py")) if "_bundled" not in p.parts]


def _variables(texts: Iterable[str]) -> set[str]:
    return {name for text in texts for name in re.findall(r"MAILBOT_[A-Z_]+", text) if not name.endswith("_")}


def test_every_variable_of_the_code_is_in_the_handbook_and_the_other_way_round() -> None:
    told = {cells[0].strip("`") for cells in table_rows(section(HANDBOOK, "环境变量"))}
    assert told == _variables(p.read_text(encoding="utf-8") for p in _sources())


def test_no_page_speaks_of_a_variable_that_nobody_reads() -> None:
    others = [ROOT / ".ci" / "run", *(ROOT / "tests" / "servers").glob("*.py")]
    known = _variables(p.read_text(encoding="utf-8") for p in (*_sources(), *others))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert not _variables((README, HANDBOOK, changes)) - known


def test_the_paths_of_the_map_exist_and_every_room_is_on_it() -> None:
    text = section(README, "A map of the house")
    paths = {p for p in re.findall(r"`([\w./-]+)`", text) if "/" in p}
    assert len(paths) > 30 and not {p for p in paths if not (ROOT / p).exists()}
    lacking = {room for room in _rooms() if f"{room}/" not in paths and room not in paths}
    assert not lacking, "each of them needs a word on the map"


def _rooms() -> set[str]:
    """Every folder of code but those inside an adapter, and every file of the adapters and of the domain."""
    files = [p.relative_to(ROOT) for p in _sources() if p.name not in ("__init__.py", "__main__.py")]
    folders = {p.parent.as_posix() for p in files if 1 < len(p.parent.parts) < 4} | {"parsers/forms"}
    return folders | {p.as_posix() for p in files if p.parent.as_posix() in ("mailbot/adapters", "mailbot/domain")}


def test_the_map_knows_what_a_room_is() -> None:
    assert {"mailbot/app/cli", "mailbot/adapters/imap", "mailbot/adapters/tls.py", "mailbot/domain/words.py", "parsers/layouts"} <= _rooms()
    assert not _rooms() & {"mailbot/adapters/migrations/versions", "mailbot/app/doctor.py"}


@pytest.mark.parametrize("page", ["README.md", "docs/手册.md", "CHANGELOG.md"])
def test_links_and_pictures_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = [t for t in re.findall(r"\]\(([^)]+)\)", text) if "://" not in t]
    assert not [t for t in targets if not ((ROOT / page).parent / t).exists()]


def test_the_picture_is_whole_and_fetches_nothing() -> None:
    from xml.etree import ElementTree

    text = (ROOT / "docs" / "demo.svg").read_text(encoding="utf-8")
    words = "".join(ElementTree.fromstring(text).itertext())
    assert "【已收齐】" in words and "全部与预期相符" in words and "CJK" in text
    assert "url(http" not in text and "href" not in text


def test_the_demo_leaves_what_is_said() -> None:
    left = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "mailbot" / "app" / "demo").rglob("*.py"))
    names = [n for cells in table_rows(section(README, "Two commands")) for n in re.findall(r"`([^`]+)`", cells[0])]
    assert len(names) == 10 and not [n for n in names if f'"{n.rstrip("/")}"' not in left]


def test_make_knows_the_commands_of_the_readme() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    said = {m for body in blocks(README, "sh") for m in re.findall(r"^make (\w+)", body, re.MULTILINE)}
    assert {"demo", "test"} <= said <= targets
