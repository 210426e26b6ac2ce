"""An automatic mail is never answered, however its header is spelled; a person's mail is (P5; RFC 3834, RFC 5230 4.6, china-mail.md §3)."""

import base64
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from identity.heads import SOAK, Field, decided, head_of, many
from outbox.conftest import UNIT, Bureau, risk_list
from stories.conftest import Story, compose

Note = Callable[[str, object], None]
UNIT_FROM = b" xinzhen@units.example"

# --- spelling ----------------------------------------------------------------------------------------------------------------


@st.composite
def cased(draw: st.DrawFn, text: bytes) -> bytes:
    flips = draw(st.integers(0, (1 << min(len(text), 60)) - 1))
    return b"".join(bytes([c]).swapcase() if flips >> n & 1 else bytes([c]) for n, c in enumerate(text))


BLANK = st.sampled_from((b" ", b"", b"  ", b"\t", b"\r\n ", b" \r\n\t", b"\r\n  \t"))
COMMENT = st.sampled_from((b"", b"", b"(no)", b" (by hand; no)", b"(a (b (c)) no)", b"( no )", "(休假)".encode()))
PARAMETERS = st.sampled_from((
    b"", b"; x=y", b" ; owner-email=\"a@b.example\"", b"; owner-email*=utf-8''a%40b.example", b"; x*0=no; x*1=\"no\"", b";", b"; no", b"; (no) x=no",
))  # fmt: skip


@st.composite
def spelled(draw: st.DrawFn, value: bytes, *, parameters: bool = True) -> bytes:
    """A structured value with what the standard lets stand around it."""
    return draw(BLANK) + draw(COMMENT) + draw(BLANK) + draw(cased(value)) + draw(COMMENT) + (draw(PARAMETERS) if parameters else b"") + draw(BLANK).strip()


@st.composite
def worded(draw: st.DrawFn, text: str) -> bytes:
    """Text of a subject: raw, in encoded words of several charsets, whole or cut, folded."""
    charset = draw(st.sampled_from(("utf-8", "gb18030", "gb2312", "gbk")))
    try:
        data = text.encode(charset)
    except UnicodeEncodeError:  # a blank of no width
        charset, data = "utf-8", text.encode()
    match draw(st.sampled_from(("raw", "B", "Q", "cut"))):
        case "raw":
            return text.encode("utf-8") if draw(st.booleans()) else data
        case "B":
            return b"=?%s?b?%s?=" % (draw(cased(charset.encode())), base64.b64encode(data))
        case "Q":
            return b"=?%s?Q?%s?=" % (charset.encode(), b"".join(b"=%02X" % c for c in data))
    at = draw(st.integers(1, max(1, len(text) - 1)))
    words = [b"=?utf-8?B?%s?=" % base64.b64encode(piece.encode()) for piece in (text[:at], text[at:]) if piece]
    return b"\r\n ".join(words)


def field(name: bytes, value: st.SearchStrategy[bytes]) -> st.SearchStrategy[list[Field]]:
    """One field, its name in any case and with odd blanks behind it."""
    return st.tuples(cased(name), st.sampled_from((b"", b"", b" ", b"\t", b" \t ")), value).map(lambda t: [(t[0] + t[1], t[2])])


# --- what makes a mail a machine's ----------------------------------------------------------------------------------------------

AUTO = st.sampled_from((b"auto-replied", b"auto-generated", b"auto-notified", b"auto-x", b"yes", b"noo", b"no-reply", b"none"))
auto_submitted = field(b"Auto-Submitted", AUTO.flatmap(spelled))
person_said = field(b"Auto-Submitted", spelled(b"no"))
twice = st.tuples(person_said, auto_submitted, st.booleans()).map(lambda t: t[0] + t[1] if t[2] else t[1] + t[0])
in_words = field(b"Auto-Submitted", AUTO.map(lambda v: b" =?utf-8?b?%s?=" % base64.b64encode(v)))
precedence = field(b"Precedence", st.sampled_from((b"bulk", b"list", b"junk", b"auto_reply")).flatmap(spelled))
list_id = field(b"List-Id", st.sampled_from((b" <x.example>", b" x", b" =?utf-8?b?5ZGo5oql?= <zhoubao.example>", b"\r\n <x>")))
no_path = field(b"Return-Path", st.sampled_from((b" <>", b"<>", b" < >", b"\r\n <>", b"<> (bounce)", b" (x) <>", b" <MAILER-DAEMON>", b" <Postmaster@mx.example>")))
SUBJECTS = ("自动回复", "自动回复：材料", "自动答复: 外出", "Auto-Reply: x", "Automatic reply: 材料", "Out of Office", "out of the office", "系统退信",
            "Undeliverable: x", "Delivery Status Notification (Failure)", "Mail delivery failed: returning message", "failure notice",
            "外出（自动答复）", "来自x@sina.com的自动回复", "已读：材料", "自\u200b动回复：x", "ＡＵＴＯ－ＲＥＰＬＹ：x", "自動回覆：x")  # fmt: skip
BEFORE = st.sampled_from(("", "Re: ", "回复：", "Fw: Re: ", "转发：回复: ", "RE:RE:"))
subject = field(b"Subject", st.tuples(BEFORE, st.sampled_from(SUBJECTS)).flatmap(lambda t: worded(t[0] + t[1])).map(lambda v: b" " + v))
provider = field(b"", st.just(b"")).flatmap(
    lambda _: st.sampled_from((b"X-QQ-AUTO-REPLY", b"X-QQ-HolidayReply", b"X-Autoreply", b"X-Autorespond", b"X-Failed-Recipients")).flatmap(
        lambda name: field(name, st.sampled_from((b" true", b" yes", b" 1", b" a@b.example", b"")))))
report = field(b"Content-Type", st.tuples(
    st.sampled_from((b"multipart/report", b"message/delivery-status", b"message/disposition-notification", b"text/calendar")),
    st.sampled_from((b"", b"; report-type=delivery-status", b";\r\n report-type*=us-ascii'en'disposition-notification",
                     b"; report-type*0=delivery-;\r\n report-type*1=status",
                     b"; REPORT-TYPE=\"delivery-status\"; boundary=b"))).flatmap(lambda t: cased(t[0]).map(lambda kind: b" " + kind + t[1])))  # fmt: skip
commented_report = field(b"Content-Type", st.just(b" (a report) multipart/report; report-type=delivery-status; boundary=b"))
MACHINES = ("mailer-daemon@units.example", "postmaster@163.com", "no-reply@x.example", "noreply@x.example", "do-not-reply@x.example", "bounces+1@x.example",
            "owner-list@x.example", "list-request@x.example", "nmyxjg@163.com", "nmyxjg+office@163.com", "listserv@x.example", "majordomo@x.example")  # fmt: skip
machine = field(b"From", st.tuples(st.sampled_from(MACHINES).flatmap(lambda a: cased(a.encode())), st.booleans()).map(
    lambda t: b" Office <" + t[0] + b">" if t[1] else b" " + t[0]))  # fmt: skip
MARKS = {
    "Auto-Submitted": auto_submitted, "Auto-Submitted twice": twice, "Auto-Submitted in words": in_words, "Precedence": precedence, "List-Id": list_id,
    "Return-Path": no_path, "Subject": subject, "provider": provider, "report": report, "commented report": commented_report, "From": machine,
}  # fmt: skip
# What only asks not to be answered: filed where there is something to file.
SUPPRESS = st.sampled_from((b"All", b"OOF", b"AutoReply", b"DR, OOF, AutoReply", b"DR,RN,NRN,OOF", b"NDR, All"))
ASKS = {
    "X-Auto-Response-Suppress": field(b"X-Auto-Response-Suppress", SUPPRESS.flatmap(lambda v: spelled(v, parameters=False))),
    "List-*": st.sampled_from((b"List-Unsubscribe", b"List-Help", b"List-Post", b"List-Owner", b"List-Archive", b"List-Anything")).flatmap(
        lambda name: field(name, st.sampled_from((b" <mailto:x@y.example>", b"", b" x")))),
    "X-Loop": st.sampled_from((b"X-Loop", b"Mailing-List", b"X-Mailing-List", b"X-BeenThere")).flatmap(lambda name: field(name, st.sampled_from((b" a@b", b"")))),
}  # fmt: skip

# --- what stands in any mail --------------------------------------------------------------------------------------------------------

NOISE = st.sampled_from((
    (b"X-Mailer", b" Foxmail 7"), (b"X-Priority", b" 1"), (b"Importance", b" high"), (b"Received", b" from a by b; Wed, 27 Mar 2024 10:00:00 +0800"),
    (b"DKIM-Signature", b" v=1; d=units.example"), (b"Disposition-Notification-To", b" xinzhen@units.example"), (b"X-Auto-Response-Suppress", b" DR, RN"),
    (b"X-Auto-Response-Suppress", b" None"), (b"Precedence", b" first-class"), (b"Precedence", b" normal"), (b"Return-Path", b" <xinzhen@units.example>"),
    (b"In-Reply-To", b" <20240327-ABCDEF.receipt.66000000.0123456789abcdef01234567@163.com>"), (b"X-Autoreply", b" no"), (b"Reply-To", b" victim@x.example"),
    (b"Thread-Topic", "自动回复".encode()), (b"X-List", b" x"), (b"Comments", b" auto-replied"),
))  # fmt: skip
ORDINARY = st.sampled_from(("材料", "关于自动售药机的自查报告", "Re: 材料", "一季度问题清单", "关于设置自动回复的请示", "回复：催报提醒", "office 文件"))


@st.composite
def headers(draw: st.DrawFn, marks: st.SearchStrategy[list[Field]]) -> bytes:
    """A header of a registered unit with these fields somewhere in it. A field that the marks bring does not stand there a second time
    in its usual form, unless more than one may."""
    brought = draw(marks)
    names = {name.strip().lower() for name, _ in brought}
    usual: list[Field] = [(b"From", UNIT_FROM), (b"To", b" nmyxjg@163.com"), (b"Subject", b" " + draw(ORDINARY.flatmap(worded))),
                          (b"Date", b" Wed, 27 Mar 2024 10:00:00 +0800"), (b"Message-ID", b" <1@units.example>")]  # fmt: skip
    fields = [f for f in (*usual, *draw(st.lists(NOISE, max_size=5))) if f[0].lower() not in names]
    at = draw(st.integers(0, len(fields)))
    return head_of([*fields[:at], *brought, *fields[at:]])


AUTOMATIC = headers(st.sampled_from(sorted(MARKS)).flatmap(lambda name: MARKS[name]))
ASKING = headers(st.sampled_from(sorted(ASKS)).flatmap(lambda name: ASKS[name]))
CLEAN = headers(st.one_of(st.just([]), person_said))


@pytest.mark.shows("P5", "A08", "A11", "A13", "A14")
def test_an_automatic_mail_is_never_answered(record_property: Note) -> None:
    seen = 0

    @many(500, 100_000)
    @given(AUTOMATIC)
    def never(head: bytes) -> None:
        nonlocal seen
        seen += 1
        outcome = decided(head)
        assert (outcome.disposition, outcome.kind, outcome.letters, outcome.filings) == ("automatic", "none", (), ())

    never()
    record_property("runs", f"headers of automatic mail: {seen}")


@pytest.mark.shows("P5", "A13")
def test_a_mail_that_asks_for_no_automatic_answer_gets_none(record_property: Note) -> None:
    seen = 0

    @many(300, 20_000)
    @given(ASKING)
    def never(head: bytes) -> None:
        nonlocal seen
        seen += 1
        outcome = decided(head)
        assert outcome.kind == "none" and "xinzhen@units.example" not in {letter.to for letter in outcome.letters}

    never()
    record_property("runs", f"headers that ask for no answer: {seen}")


@pytest.mark.shows("P5", "A12", "A07")
def test_a_clean_mail_of_a_registered_unit_is_answered_also_where_it_says_that_it_is_not_automatic(record_property: Note) -> None:
    seen = 0

    @many(400, 50_000)
    @given(CLEAN)
    def always(head: bytes) -> None:
        nonlocal seen
        seen += 1
        outcome = decided(head)
        assert outcome.disposition == "inquiry" and outcome.kind == "inquiry"
        assert {letter.to for letter in outcome.letters if not letter.to_staff} == {"xinzhen@units.example"}

    always()
    record_property("runs", f"headers of people: {seen}")


# --- our own mail --------------------------------------------------------------------------------------------------------------------


@pytest.mark.shows("P5", "A15")
def test_every_letter_of_ours_that_comes_back_is_never_answered_whoever_seems_to_send_it(bureau: Callable[..., Bureau]) -> None:
    """A gateway puts the unit's name before it and takes our headers off: it is known by the id that we signed."""
    office = bureau()
    office.post("xinzhen", {"清单.docx": risk_list()})
    office.later(minutes=1).post("zhian", subject="请教", text="请问月报几号前交？")
    office.later(minutes=1).post("someone@mail.example", {"清单.docx": risk_list()})
    office.flush(hurry=True)
    sent, letters = list(office.sent), len(office.listed())
    assert len(sent) >= 4
    story = Story(office.house, office.intake)
    for n, (_, _, raw) in enumerate(sent):
        for sender in (None, UNIT, "stranger@mail.example"):
            ours = raw.split(b"Message-ID: ")[1].split(b"\r\n")[0].decode()
            back = raw if sender is None else compose(sender, f"Re: {n}", f"请问 {n}？材料见附件。", when="2024-03-28T10:00:00", message_id=ours)
            shown = story.take(back)
            assert (shown["disposition"], shown["reply"]["kind"]) == ("automatic", "none")
    assert len(office.listed()) == letters


@pytest.mark.shows("P5")
def test_an_id_that_only_looks_like_ours_makes_nobodys_mail_automatic(bureau: Callable[..., Bureau]) -> None:
    office = bureau()
    office.post("xinzhen", {"清单.docx": risk_list()})
    office.flush(hurry=True)
    ours = office.sent[0][2].split(b"Message-ID: ")[1].split(b"\r\n")[0].decode()
    signed = ours.split(".")[3].partition("@")[0]
    for n, forged in enumerate((ours.replace(signed, signed[::-1]), ours.replace(signed, "0" * 24))):
        raw = compose("zhian@units.example", "请教", f"请问 {n} 月报几号前交？", when="2024-03-28T10:00:00", message_id=forged)
        assert Story(office.house, office.intake).take(raw)["reply"]["kind"] == "inquiry"


@pytest.mark.shows("P5", "P6", "A16")
def test_two_responders_that_answer_each_other_come_to_an_end_at_the_cap_and_staff_are_told_once(bureau: Callable[..., Bureau]) -> None:
    """The other one hides behind the unit's address, sends no header that gives it away, and answers every letter at once; it writes by
    itself as well, so that the talk begins anew: 500 times in the long run."""
    office = bureau("2024-03-28T08:00:00")
    story, answered, told = Story(office.house, office.intake), 0, list[str]()
    for n in range(500 if SOAK else 16):
        story.take(compose(UNIT, f"Re: {n}", f"请问这是什么意思？（第{n}次）", when=f"{office.later(seconds=90).now:%Y-%m-%dT%H:%M:%S}"))
        told += [p for p in office.flush(hurry=True).problems if "上限" in p]
        for _, to, _ in office.sent[answered:]:
            if to == UNIT:
                story.take(compose(UNIT, f"Re: 答 {n}", f"请问？（{n}，又）", when=f"{office.later(seconds=5).now:%Y-%m-%dT%H:%M:%S}"))
        answered = len(office.sent)
    assert office.now.day == 28 and [to for _, to, _ in office.sent].count(UNIT) == 5
    assert [to for _, to, _ in office.sent].count("office@bureau.example") == 5  # of the questions that are passed on, too
    assert told and len({re.sub(r"\d+", "", sentence) for sentence in told}) == 1  # each round says it, in one sentence
