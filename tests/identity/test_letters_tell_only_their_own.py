"""Every letter goes to one registered or staff address, says its own unit's things only, and is one mail on the wire (P9; findings 1, 8)."""

import email
import email.policy
import re
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from identity.heads import bundled_rules, many
from outbox.conftest import office_in
from sqlalchemy import select
from stories.conftest import FORGED, GOOD, Story, compose

from mailbot.adapters.embedded import EmbeddedMail
from mailbot.adapters.smtp import SmtpSender
from mailbot.adapters.tables import messages
from mailbot.adapters.templates.composing import Enclosure, Head, LetterUnsafe, composed
from mailbot.app.demo import papers
from mailbot.app.wiring import House
from mailbot.domain.letters import DutyLine, FileLine, Letter
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.servers import Server
from mailbot.domain.text import show

AT = datetime(2024, 3, 28, 9, tzinfo=SHANGHAI)
ALLOWED = {"from", "to", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted", "x-auto-response-suppress", "content-type",
           "content-transfer-encoding", "mime-version"}  # fmt: skip


def one_mail(raw: bytes, to: str) -> email.message.EmailMessage:
    """A strict server's reading: lines ended by CR LF, none too long, none that is a dot; our fields and no other; one recipient."""
    assert raw.isascii() and not re.search(rb"\r(?!\n)|(?<!\r)\n", raw) and b"\0" not in raw
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 998 and b"." not in lines
    parsed: email.message.EmailMessage = email.message_from_bytes(raw, policy=email.policy.default)  # type: ignore[assignment]
    names = [name.lower() for name in parsed]
    assert set(names) <= ALLOWED and len(names) == len(set(names)) and not parsed.defects
    assert [a.addr_spec for a in parsed["To"].addresses] == [to] and len(parsed["From"].addresses) == 1
    assert parsed["Auto-Submitted"] in ("auto-replied", "auto-generated")
    return parsed


# --- the bytes -------------------------------------------------------------------------------------------------------------------

NASTY = st.sampled_from((
    "\r\nBcc: e@x.example", "\nTo: e@x.example", "\r\n.\r\nMAIL FROM:<e@x.example>", "\n.\n", ".", "..", "\r", "\x00", "\x1b[2J", "\u2028", "\u2029", "\x85",
    "\x0b", "\x0c", "=?utf-8?B?eA0KQmNjOiBlQHg=?=", "=?utf-8?q?x=0D=0ABcc:_e@x?=", "=?", "?=", "{{7*7}}", "{0.__class__}", "%s%n", "${x}",
    "<script>alert(1)</script>", "'; DROP TABLE", "\u202exslx.exe", "\u200b", "a" * 1000, "字" * 300, "𠮷", "e\u0301" * 40, "\ud800", "From ", "--=_20240328ABCDEF",
    "\t", " ", "2024年材料", "“”", "\\", '"', ";", ",", "<a@b>",
))  # fmt: skip
TEXT = st.lists(st.one_of(NASTY, st.text(max_size=20)), max_size=5).map("".join)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(Path("config").resolve(), tmp_path_factory.mktemp("house"), lambda: AT, {"MAILBOT_SCANS": "off"})


@pytest.mark.shows("P9", "A05", "A06", "A59", "A73")
def test_whatever_a_subject_a_file_or_a_unit_is_called_the_letter_is_one_mail_with_our_headers(
    house: House, record_property: Callable[[str, object], None]
) -> None:
    seen = 0
    unit = bundled_rules().campaigns[0].units[0]

    @many(150, 20_000)
    @given(TEXT, TEXT, TEXT, TEXT, st.sampled_from(("receipt", "missing", "held", "no-file", "inquiry", "rejected", "held-notice", "forged-notice")))
    def one(subject: str, name: str, called: str, why: str, kind: str) -> None:
        nonlocal seen
        seen += 1
        file = FileLine(show(name, 120), 10, "01234567", "editable", show(called, 40), "2024年一季度", False, kind == "receipt", ())
        duty = DutyLine(show(called, 60), AT, 3, False, 0, False, ("scan",), (), ())
        about = show(subject, 100) or "（无主题）"
        letter = Letter(kind, "xinzhen@units.example", f"{kind}:1", about, "20240328-ABCDEF", AT,  # type: ignore[arg-type]
                        replace(unit, name=show(called, 40) or "某所"), (file,), (duty,), why=show(why, 200), in_reply_to="<a@b>",
                        references="<c@d> <a@b>")  # fmt: skip
        raw = house.templates.letter(letter, AT).raw
        body = one_mail(raw, "xinzhen@units.example").get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "49" not in body or "49" in subject + name + called + why  # {{7*7}} is printed as it stands

    one()
    record_property("runs", f"letters with hostile words: {seen}")


@pytest.mark.shows("P9", "A05", "A73")
def test_what_would_not_be_one_mail_is_not_written(record_property: Callable[[str, object], None]) -> None:
    """Straight into the composer, past all that cleans before it: refused, or right."""
    seen = dict.fromkeys(("letters", "refused"), 0)

    @many(300, 20_000)
    @example("", "", "=?utf-8?B?eA0KQmNjOiBlQHg=?=", [])  # found by make soak
    @given(TEXT, TEXT, TEXT, st.lists(st.tuples(TEXT, st.sampled_from((".docx", ".xlsx", ".exe", ""))), max_size=1))
    def one(subject: str, body: str, office: str, names: list[tuple[str, str]]) -> None:
        seen["letters"] += 1
        head = Head((office, "nmyxjg@163.com"), "xinzhen@units.example", subject, "<20240328-ABCDEF.receipt.66000000.0123456789abcdef01234567@163.com>", AT)
        try:
            raw = composed(head, body, "", [Enclosure(name + ending, b"PK\x03\x04\r\n.\r\n" * 300) for name, ending in names])
        except (LetterUnsafe, ValueError):
            seen["refused"] += 1
            return
        parsed = one_mail(raw, "xinzhen@units.example")
        assert parsed.get_body(("plain",)).get_content().replace("\r\n", "\n").rstrip("\n") == re.sub("\r\n?", "\n", body).rstrip("\n") or "\r" in body  # type: ignore[union-attr]
        assert len(list(parsed.iter_attachments())) == len(names)

    one()
    assert 0 < seen["refused"] < seen["letters"]
    record_property("runs", f"composed mails: {seen['letters']}")


@pytest.mark.shows("P9", "A74")
@pytest.mark.parametrize("to", ["a@b.example\r\nBcc: e@x.example", "a@b.example, c@d.example", "a@b.example;c@d.example", "a@b.example c@d.example",
                                "<a@b.example>", "a", "Han <a@b.example>", "a@b@c.example", "a@b.example\0", "韩@b.example", "a@b.example\n", ""])  # fmt: skip
@pytest.mark.parametrize("field", ["to", "reply_to"])
def test_an_address_that_is_not_exactly_one_is_refused_once_more_when_the_letter_is_written(to: str, field: str) -> None:
    if field == "reply_to" and not to:
        to = " "
    head = Head(("办公室", "nmyxjg@163.com"), "a@b.example", "材料", "<1.receipt.66000000.0123456789abcdef01234567@163.com>", AT)
    with pytest.raises((LetterUnsafe, ValueError, IndexError, email.errors.HeaderParseError)):
        composed(replace(head, **{field: to}), "x")


# --- what they say -----------------------------------------------------------------------------------------------------------------

NAMES = {u.id: u for u in bundled_rules().campaigns[0].units if u.kind == "市场监管所"}


@pytest.mark.shows("P9", "P3", "A07", "A63", "A64")
def test_no_letter_to_a_unit_names_another_unit_its_files_or_its_figures(tmp_path: Path) -> None:
    """A morning of all stations: each reports with a figure and a file name of its own, as it should, too little, in another's name, asks,
    announces, is forged, is written for by a stranger and by staff; then the reminders and the digest of the days that follow."""
    secret = {unit: (f"{n:02}号机密表", str(4_100 + 7 * n)) for n, unit in enumerate(NAMES)}
    with ExitStack() as stack:
        office = office_in(tmp_path / "home", stack, "2024-03-28T08:00:00")
        story, ids = Story(office.house, office.intake), list(NAMES)
        for n, unit in enumerate(ids):
            name, figure = secret[unit]
            other = ids[(n + 1) % len(ids)]
            whose = other if n % 7 == 2 else unit
            counters = papers.Counters(officers_sent=int(figure), risks_found=3, risks_closed=9 if n % 2 else 2)
            files = {f"{name}.docx": papers.risk_list_docx(unit=NAMES[whose].name, reported_on=date(2024, 3, 26), counters=counters)}
            sender = {3: "someone@mail.example", 4: "office@bureau.example"}.get(n % 7, f"{unit}@units.example")
            text, sent = (("请问几号前交？", {}) if n % 7 == 5 else ("材料见附件，请查收。", {}) if n % 7 == 6 else ("附上。", files))
            results = FORGED if n % 7 == 1 else GOOD
            story.take(compose(sender, f"{name} 一季度", text, sent, when=f"{office.later(minutes=1).now:%Y-%m-%dT%H:%M:%S}", results=results,
                               headers={"Cc": f"{other}@units.example", "Reply-To": f"{other}@units.example"}))  # fmt: skip
        for day in ("2024-03-29", "2024-04-02", "2024-04-09", "2024-04-16"):
            for hour in ("08:30", "09:30"):
                office.at(f"{day}T{hour}:00").house.daily()()
                office.flush(hurry=True, seconds_between=0, per_day=500)
    owners = {a: u.id for u in bundled_rules().campaigns[0].units for a in u.addresses}
    kinds = dict.fromkeys(("unit", "staff", "stranger"), 0)
    for _, to, raw in office.sent:
        parsed = email.message_from_bytes(raw, policy=email.policy.default)
        assert parsed["To"] == to and parsed["Cc"] is None
        if to in bundled_rules().office_addresses:
            kinds["staff"] += 1
            continue
        kinds["unit" if to in owners else "stranger"] += 1
        whole = f"{parsed['Subject']}\n{parsed.get_body(('plain',)).get_content()}"  # type: ignore[union-attr]
        whole = re.sub(r"校验码 [0-9a-f]{8}|\d{8}-[0-9A-F]{6}", "", whole)  # hexadecimal digits may look like any figure
        mine = owners.get(to, "")
        others = [u for u in NAMES if u != mine]
        sayings = [w for u in others for w in (NAMES[u].name, NAMES[u].stem or NAMES[u].name, *secret[u], u)]
        told = [w for w in sayings if w in whole]
        assert told == [], (to, parsed["Subject"], told)
        for part in parsed.iter_attachments():  # type: ignore[attr-defined]
            blank = "".join((part.get_filename(), *papers.lines_of(part.get_payload(decode=True))))
            assert not [w for words in secret.values() for w in words if w in blank]
    assert kinds["unit"] >= 40 and kinds["stranger"] == 1 and kinds["staff"] >= 4


# --- the roster changes -------------------------------------------------------------------------------------------------------------


@pytest.mark.shows("F36", "P8")
@pytest.mark.parametrize(("known_then", "known_now", "disposition"), [(True, False, "review"), (False, True, "submission"), (True, True, "submission")])
def test_the_roster_in_force_when_a_mail_is_decided_decides_and_its_version_is_recorded(
    known_then: bool, known_now: bool, disposition: str, tmp_path: Path
) -> None:
    """Between arrival and decision the roster changed. An address that was struck off files nothing any more, a person is asked; one that
    was put on is its unit's. Old rosters are not kept: which version decided stands beside the decision, so that it can be told later."""
    config = tmp_path / "config"
    shutil.copytree("config", config)
    pack = config / "campaigns" / "naiman-2023.yaml"
    words = pack.read_text(encoding="utf-8")

    def says(known: bool) -> str:
        pack.write_text(words if known else words.replace("xinzhen@units.example", "another@units.example"), encoding="utf-8")
        house = House(config, tmp_path / "home", lambda: AT, {"MAILBOT_SCANS": "off"})
        version = house.rules.version
        house.close()
        return version

    before, after = says(known_then), says(known_now)
    house = House(config, tmp_path / "home", lambda: AT, {"MAILBOT_SCANS": "off"})
    with house.intake() as intake:
        paper = papers.risk_list_docx(unit="新镇市场监管所", reported_on=date(2024, 3, 26))
        shown = Story(house, intake).post("xinzhen", files={"清单.docx": paper}, when="2024-03-27T10:00:00")
        with house.ledger.engine.begin() as c:
            recorded = c.execute(select(messages.c.rules_version)).scalar_one()
    house.close()
    assert shown["disposition"] == disposition and recorded == after and (before == after) is (known_then == known_now)




# --- at a server -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.shows("A73", "P9")
def test_lines_that_end_a_mail_in_the_eyes_of_some_servers_arrive_as_one_mail(tmp_path: Path) -> None:
    """A question is passed on as it was written; it goes over a real socket to a real SMTP server and comes out whole."""
    ends = ".\n..\n\n.\nMAIL FROM:<x@x.example>\nRCPT TO:<e@x.example>\nDATA\n" + "长" * 10_000 + "\n" + "x" * 10_000 + "\n.\n请问？"
    with ExitStack() as stack:
        office = office_in(tmp_path / "home", stack, "2024-03-28T08:00:00")
        Story(office.house, office.intake).post("xinzhen", "请问\r\n.".replace("\r\n", " "), ends, when="2024-03-28T08:00:00")
        office.flush(hurry=True, seconds_between=0)
    sent = {to: raw for _, to, raw in office.sent}
    assert set(sent) == {"xinzhen@units.example", "office@bureau.example"}
    with EmbeddedMail({"nmyxjg@163.com": "secret", "office@bureau.example": "o", "e@x.example": "e"}) as mail:
        with SmtpSender(Server("127.0.0.1", mail.smtp_port, "nmyxjg@163.com", "secret", "plain", None, 5.0), "nmyxjg@163.com") as sender:
            sender.send(sent["office@bureau.example"], "office@bureau.example")
        (came,) = mail.mails("office@bureau.example")
        assert came.rstrip(b"\r\n") == sent["office@bureau.example"].rstrip(b"\r\n") and mail.mails("e@x.example") == []
    assert max(map(len, came.split(b"\r\n"))) <= 998 and b"\r\n.\r\n" not in came
