"""All that leaves the house, over an office full of hostile words: workbooks, merged forms, the brief, the zip of originals, the digest, letters,
lists. Cells are texts, HTML is escaped, nothing moves a cursor or turns a line around, long names are cut, numbers of persons are masked, and
nothing of what bears a mark of secrecy is there (A05, A06, A50, A58-A60, A62, A68, A69, A72, A77)."""

import email
import email.policy
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import openpyxl
import pytest
from lxml import etree, html
from mail.case import Case
from mail.corpus import CASES
from mail.make import NOW
from typer.testing import CliRunner

from mailbot.app.cli import app
from mailbot.app.places import bundled
from mailbot.app.wiring import House
from mailbot.domain.mail import RawMail

_ROWS = {"A05", "A06", "A07", "A32", "A33", "A50", "A58", "A59", "A60", "A62", "A68", "A69", "A72", "A77"}
MINE = tuple(one for one in CASES if _ROWS & set(one.rows) and not one.tool)
# Signs that move a cursor, end a line for some reader, turn writing around, or are no characters.
_UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_PERSONS = ("13800001111", "13800000000", "150525190001010000", "6222020000000000000", "１３８００００１１１１", "6222 0200 0000")
_SECRET = re.compile("机密|绝密|密级|秘密★|秘密的")
_DIGITS_IN_THE_RAW = ("HAN-CANARY", "GPS")  # EXIF
_CUT = 400  # characters of one line of a letter or list
DAY = f"{NOW.replace(hour=9):%Y-%m-%dT%H:%M:%S}"


@dataclass(frozen=True)
class Office:
    """An office with these mails in it, and the folder into which it exports."""

    house: House
    folder: Path

    def run(self, *words: str | Path, most: int = 1) -> str:
        """What a command says."""
        done = CliRunner().invoke(app, ["--config", str(bundled("config")), "--home", str(self.house.home), "--now", DAY, *map(str, words)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert done.exit_code <= most, done.output
        return done.output

    def write(self, *words: str, most: int = 0) -> Path:
        file = self.folder / words[-1]
        self.run("export", *words[:-1], file, "--force", most=most)
        return file


def _of_another_unit(one: Case, number: int) -> bytes:
    """The same mail, once more, under an id of its own, so that each of them is a filing of its own day."""
    return one.raw().replace(b"<20240328.odd@units.example>", b"<clean.%d@units.example>" % number, 1)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("clean")
    house = House(bundled("config"), folder / "home", lambda: NOW, {"MAILBOT_SCANS": "off"})
    with house.intake() as intake:
        for number, one in enumerate(MINE):
            next(intake.take_all([replace(intake.keep(RawMail([_of_another_unit(one, number)], file=f"{number}.eml")))]))
    house.ledger.close()
    (folder / "out").mkdir()
    yield Office(House(bundled("config"), folder / "home", lambda: NOW, {"MAILBOT_SCANS": "off"}), folder / "out")


def _clean(words: str, where: str) -> None:
    unclean = _UNCLEAN.search(words)
    assert unclean is None, (where, words[max(0, unclean.start() - 40) : unclean.start() + 40])
    found = [number for number in _PERSONS if number in words]
    assert not found, (where, found)
    assert not any(sign in words for sign in _DIGITS_IN_THE_RAW), where


def test_the_office_is_full_of_hostile_mail(hostile: Office) -> None:
    assert len(MINE) >= 50 and len(hostile.house.ledger.all_filings()) >= 35


@pytest.mark.shows("A50", "A59", "A72")
@pytest.mark.parametrize("words", [("ledger", "ledger.xlsx"), ("scores", "scores.xlsx"), ("rollup", "risk-list", "2024Q1", "rollup.xlsx")], ids=lambda w: w[0])
def test_every_cell_of_a_workbook_is_a_clean_text_and_none_a_formula(hostile: Office, words: tuple[str, ...]) -> None:
    file = hostile.write(*words)
    book = openpyxl.load_workbook(file)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert cells and {cell.data_type for cell in cells} <= {"s", "n", "d", "b"}
    for cell in cells:
        if isinstance(cell.value, str):
            assert not _UNCLEAN.search(cell.value), (cell.coordinate, cell.value[:80])
            assert len(cell.value) < 32_768 and (cell.quotePrefix or cell.value[0] not in "=+-@＝＋－＠\t\r")
    with zipfile.ZipFile(file) as packed:
        assert all(b"<f>" not in packed.read(name) and b"<f " not in packed.read(name) for name in packed.namelist() if "worksheets/sheet" in name)


@pytest.mark.shows("A50", "A59")
@pytest.mark.parametrize("words", [("rollup", "risk-list", "2024Q1", "rollup.docx"), ("brief", "2024-03", "brief.docx")], ids=lambda w: w[0])
def test_texts_for_above_are_clean_and_hold_no_field(hostile: Office, words: tuple[str, ...]) -> None:
    with zipfile.ZipFile(hostile.write(*words)) as packed:
        body = etree.fromstring(packed.read("word/document.xml"))
        assert not any(name.startswith(("word/embeddings", "word/activeX")) for name in packed.namelist())
    said = [field.text or "" for field in body.iter("{*}instrText")]
    assert all(word.strip().split(" ")[0] in ("PAGE", "NUMPAGES", "") for word in said)
    assert not _UNCLEAN.search("".join(body.itertext()))


@pytest.mark.shows("A06", "A32", "A33", "A37", "A77")
def test_names_in_the_zip_of_originals_are_safe_everywhere(hostile: Office) -> None:
    with zipfile.ZipFile(hostile.write("evidence", "risk-list", "2024Q1", "evidence.zip")) as packed:
        names = packed.namelist()
    assert len(names) > 10 and len({name.casefold() for name in names}) == len(names)
    for name in names:
        parts = name.split("/")
        assert not name.startswith("/") and ".." not in parts and "" not in parts and not re.search(r'[\\:*?"<>|]', name), name
        assert not _UNCLEAN.search(name) and all(len(part.encode()) <= 255 for part in parts), name
        assert not any(re.fullmatch(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", part) or part.endswith((".", " ")) for part in parts), name


@pytest.mark.shows("A59", "A60", "A62", "A68", "A69")
def test_the_digest_is_escaped_clean_and_says_nothing_of_secrets(hostile: Office) -> None:
    page, shown = hostile.folder / "digest.html", ""
    hostile.run("digest", "--html", page)
    shown = page.read_text(encoding="utf-8")
    tree = html.fromstring(shown)
    assert not list(tree.iter("script", "iframe", "object", "img", "link")) or all(not (e.get("src") or "").startswith("http") for e in tree.iter("img"))
    assert not any(name.startswith("on") for e in tree.iter() if isinstance(e.tag, str) for name in e.attrib)
    words = "\n".join(text for text in tree.itertext())
    for told, where in ((words, "digest page"), (hostile.run("digest", "--json"), "digest json")):
        _clean(told, where)
        assert not re.search("机密|绝密|密级", told) and "国家秘密标志" in told, where
    assert "49" not in [word for word in re.findall(r"\d+", re.sub(r"[^{}]*\{\{7\*7\}\}", "", words)) if word == "7*7"]
    assert max(map(len, words.splitlines())) < _CUT


@pytest.mark.shows("A05", "A06", "A07", "A59", "A60", "A69", "A72")
def test_every_letter_is_clean_cut_and_has_our_header_alone(hostile: Office) -> None:
    letters = [letter for letter in hostile.house.ledger.letters_listed() if letter.raw]
    assert len(letters) >= 40
    for letter in letters:
        parsed = email.message_from_bytes(letter.raw, policy=email.policy.default)
        assert "victim" not in str(parsed["To"]) and parsed["Bcc"] is None and parsed["Cc"] is None
        body = parsed.get_body(("plain",))
        assert body is not None
        words = f"{parsed['Subject']}\n{body.get_content()}"
        # the liaison is to answer: the question is passed on word by word, to the office alone
        _clean("" if letter.kind == "forwarded-question" else words, f"letter {letter.kind}")
        assert not _UNCLEAN.search(words)
        assert max(map(len, words.splitlines())) < _CUT and all(len(line) <= 998 for line in letter.raw.splitlines())
        assert not _SECRET.search(words)


_LISTS = [("status",), ("status", "--json"), ("outbox",), ("outbox", "--json"), ("review", "list"), ("review", "list", "--json"), ("remind", "--dry-run"),
          ("remind", "--dry-run", "--json"), ("review", "log"), ("audit",)]  # fmt: skip


@pytest.mark.shows("A60", "A68", "A69")
@pytest.mark.parametrize("words", _LISTS, ids=" ".join)
def test_every_list_is_clean(hostile: Office, words: tuple[str, ...]) -> None:
    told = hostile.run(*words)
    assert not _UNCLEAN.search(re.sub(r"\x1b\[[0-9;]*m", "", told)), words
    assert not re.search("机密|绝密|密级", told) and not any(number in told for number in _PERSONS), words


@pytest.mark.shows("A68")
def test_a_mail_with_a_mark_of_secrecy_waits_for_a_person_who_may_say_that_it_is_none(hostile: Office) -> None:
    waiting = [r for r in hostile.house.ledger.open_reviews(NOW) if r.kind == "secret"]
    assert len(waiting) >= 9 and {r.subject for r in waiting} == {""} and not any(r.paths for r in waiting)
    before = len(hostile.house.ledger.all_filings())
    first = next(r for r in waiting if r.unit == "baxiantong")
    hostile.run("review", "settle", str(first.id), "否")
    assert len(hostile.house.ledger.all_filings()) == before + 1
    assert first.id not in {r.id for r in hostile.house.ledger.open_reviews(NOW)}
