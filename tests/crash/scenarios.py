"""What happens to the office while it is killed: some twenty short stories, each with its mails, its clock and what the server says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from mailbot.app.demo import papers
from mailbot.app.demo.papers import Counters
from mailbot.app.demo.scan import Page, stamped_jpeg
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Mailbox
from mailbot.domain.tokens import digest_id
from tests.crash.world import LOST, TAKES, TAKES_AND_IS_LOST, World
from tests.stories.conftest import compose

KEY = b"k" * 32
BOT, OTHER = "nmyxjg@163.com", "second@163.com"
OFFICE, STRANGER = "office@bureau.example", "hanlichun88@mail.example"
UNIT, NAME = "xinzhen@units.example", "新镇市场监管所"
NEAR, NEAR_NAME = "zhian@units.example", "治安市场监管所"
DAY = "2024-03-28"

Raw = bytes | Callable[[World, Any], bytes]


@dataclass(frozen=True)
class Mail:
    """`raw`: its bytes, or what makes them from what lies outside and stands in the ledger (an answer of staff, a letter that comes
    back). `again`: the same bytes under another UID."""

    raw: Raw
    when: datetime
    box: str = BOT
    again: bool = False


@dataclass(frozen=True)
class Round:
    """One round of the worker. `mails`: what came since the last. `scheduled`: as of `mailbot run`, with the letters of the day."""

    at: datetime
    mails: tuple[Mail, ...] = ()
    scheduled: bool = True


@dataclass(frozen=True)
class Scenario:
    name: str
    rounds: tuple[Round, ...]
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    policy: Mapping[str, Any] = field(default_factory=dict)
    sender: Mapping[str, Any] = field(default_factory=dict)
    units: tuple[str, ...] = ("xinzhen", "zhian", "weiliansu")  # of the roster only these, so that the letters of the day are few
    daily: bool = False  # the digest and the reminders are written at their usual hours
    looks_at_pages: bool = False
    stumbles_over: str = ""


def at(clock: str, day: str = DAY) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}:00").replace(tzinfo=SHANGHAI)


@cache
def risk_list(unit: str = NAME, checked: int = 86, when: date = date(2024, 3, 27)) -> bytes:
    title = "2024年第一季度“两品一械”风险隐患排查问题清单"
    return papers.risk_list_docx(unit=unit, reported_on=when, title=title, counters=Counters(retailers_checked=checked))


@cache
def scan(unit: str = NAME) -> bytes:
    return stamped_jpeg(Page(title="清单", lines=(), seal=unit))


def pair(unit: str = NAME) -> dict[str, bytes]:
    return {"清单.docx": risk_list(unit), "清单-章.jpg": scan(unit)}


def mail(clock: str, sender: str = UNIT, subject: str = "材料", text: str = "附上，烦请接收。", files: dict[str, bytes] | None = None,
         *, day: str = DAY, box: str = BOT, again: bool = False, **more: Any) -> Mail:  # fmt: skip
    when = at(clock, day)
    return Mail(compose(sender, subject, text, files, when=f"{day}T{clock}:00", **more), when, box, again)


def _rounds(*said: tuple[str, tuple[Mail, ...]], scheduled: bool = True, day: str = DAY) -> tuple[Round, ...]:
    """Rounds at some clocks of a day, and behind them what any trouble may still need: the end of the window, of a provider's pause, and
    of the day."""
    rounds = tuple(Round(at(clock, day), mails, scheduled) for clock, mails in said)
    last = rounds[-1].at
    return (*rounds, *(Round(last + timedelta(minutes=m), (), False) for m in (25, 150)))


def staff_says(clock: str, words: Callable[[Any], str], message_id: str, day: str = DAY) -> Mail:
    """Staff answer the digest of that morning; `words` looks up the number that the digest would show."""

    def raw(world: World, house: Any) -> bytes:
        thread = digest_id(KEY, at("08:00", day), OFFICE, "163.com")
        more = {"headers": {"In-Reply-To": thread}, "message_id": f"<{message_id}@bureau.example>"}
        return compose(OFFICE, "Re: 收报日报", words(house), when=f"{day}T{clock}:00", **more)  # type: ignore[arg-type]

    return Mail(raw, at(clock, day))


def _open_review(house: Any, kind: str = "") -> int:
    return min(r.id for r in house.ledger.open_reviews(house.clock()) if not kind or r.kind == kind)


def _last_ruling(house: Any) -> int:
    return max(r.id for r in house.ledger.rulings())


def _came_back(world: World, house: Any) -> bytes:
    """The provider returns the letter it took (RFC 3464)."""
    ours = next(number for recipient, number, _ in world.accepted() if recipient == UNIT)
    return (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON <mailer-daemon@units.example>\r\nTo: nmyxjg@163.com\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <dsn@units.example>\r\nDate: Thu, 28 Mar 2024 10:00:00 +0800\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nsorry\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.units.example\r\n\r\nFinal-Recipient: rfc822; {UNIT}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {ours}\r\nTo: {UNIT}\r\nSubject: Re\r\n\r\n--b--\r\n"
    ).encode()


def _broken() -> dict[str, bytes]:
    return {"清单.docx": papers.corrupt(risk_list()), "压缩.zip": b"PK\x03\x04" + b"\0" * 40, "空.docx": b""}


def scenarios() -> dict[str, Scenario]:
    """All of them, by name."""
    good = mail("08:50", files=pair())
    held = mail("08:40", STRANGER, "苇莲苏市场监管所一季度问题清单", files={"清单.docx": risk_list("苇莲苏市场监管所")})
    same_id = "<same@units.example>"
    first = mail("08:50", files={"清单.docx": risk_list()}, message_id=same_id)
    letters = {"headers": {"Precedence": "bulk", "List-Id": "<x.list>"}}
    second = Mailbox(address=OTHER, host="imap.163.com", user=OTHER)
    all_ = (
        Scenario("one good mail", _rounds(("09:00", (good,)), scheduled=False)),
        Scenario("a pair in two mails, one answer", _rounds(
            ("08:55", (mail("08:50", subject="一季度清单", files={"清单.docx": risk_list()}, message_id="<one@units.example>"),)),
            ("09:00", (mail("08:57", subject="扫描件", files={"IMG_1.jpg": scan()}, message_id="<two@units.example>"),)), ("09:11", ()))),
        Scenario("the same bytes twice, the same id with other bytes", _rounds(
            ("09:00", (first, replace(first, again=True),
                       mail("08:52", files={"清单.docx": risk_list(checked=90)}, text="更正", message_id=same_id))), ("09:20", ()))),
        Scenario("unreadable mail between two good ones", _rounds(
            ("09:00", (mail("08:50", files=pair()), mail("08:51", NEAR, files=_broken()),
                       Mail(b"From: xinzhen@units.example\r\nContent-Type: multipart/mixed\r\n\r\n--\x00\xff" + b"\0" * 300, at("08:52")),
                       mail("08:53", NEAR, files=pair(NEAR_NAME)))), scheduled=False)),
        Scenario("a stranger is held", _rounds(("09:00", (held, mail("08:45", "someone@mail.example", "特价发票", "代开发票，联系微信。"))))),
        Scenario("staff say yes and take it back", _rounds(
            ("08:45", (held,)), ("09:00", (staff_says("08:58", lambda h: f"{_open_review(h)} 是", "yes"),)),
            ("09:30", (staff_says("09:29", lambda h: f"撤销 {_last_ruling(h)}", "undo"),)))),
        Scenario("staff grant more time", _rounds(
            ("08:45", (mail("08:40", subject="请示", text="一季度问题清单晚两天报可以吗？"),)),
            ("09:00", (staff_says("08:58", lambda h: f"{_open_review(h)} 延期", "time"),)))),
        Scenario("a stranger is known for good", _rounds(
            ("08:45", (held, mail("08:42", STRANGER, "苇莲苏市场监管所清单更正", files={"清单.docx": risk_list("苇莲苏市场监管所", 88)}))),
            ("09:00", (staff_says("08:58", lambda h: f"{_open_review(h)} 长期", "ever"),)))),
        Scenario("our letter comes back", _rounds(("09:00", (good,)), ("09:20", ()), ("09:30", (Mail(_came_back, at("09:25")),)), scheduled=False)),
        Scenario("a correction", _rounds(
            ("09:00", (mail("08:50", files={"清单.docx": risk_list()}),)),
            ("09:30", (mail("09:20", subject="更正", files={"清单改.docx": risk_list(checked=99), "章.jpg": scan()}),)), ("09:50", ()))),
        Scenario("the day's digest and reminders", _rounds(("08:00", (mail("07:50", files=pair()),)), ("09:00", ()), ("09:20", ()), day="2024-03-29"),
                 units=("xinzhen", "daqintala"), daily=True),
        Scenario("two mailboxes", _rounds(("09:00", (mail("08:50", files={"清单.docx": risk_list()}),
                 mail("08:49", NEAR, files=pair(NEAR_NAME), box=OTHER))), scheduled=False), settings={"other_mailboxes": (second,)}),
        Scenario("the server says later, then yes", _rounds(("09:00", (good,)), ("09:10", ()), scheduled=False),
                 answers={UNIT: ("451 4.3.0 try again", TAKES)}),
        Scenario("the server says never", _rounds(("09:00", (good,)), ("09:10", ()), scheduled=False),
                 answers={UNIT: ("550 5.1.1 no such user",)}),
        Scenario("the provider wants a pause", _rounds(("09:00", (good, mail("08:51", NEAR, files=pair(NEAR_NAME)))), scheduled=False),
                 answers={UNIT: ("451 MI:SFQ too fast", TAKES)}),
        Scenario("no answer came, it was not taken", _rounds(("09:00", (good,)), ("09:16", ()), scheduled=False), answers={UNIT: (LOST, TAKES)}),
        Scenario("no answer came, it was taken", _rounds(("09:00", (good,)), ("09:16", ()), scheduled=False),
                 answers={UNIT: (TAKES_AND_IS_LOST, TAKES)}),
        Scenario("a template is broken", _rounds(("09:00", (good, mail("08:52", NEAR, "清单", files={"清单.docx": risk_list(NEAR_NAME)})))),
                 stumbles_over="receipt"),
        Scenario("nothing to report, in the mail itself", _rounds(
            ("09:00", (mail("08:50", subject="一季度零报告", text="本季度无新增风险隐患。"),)), ("09:20", ()))),
        Scenario("mails over the limit", _rounds(("09:00", (mail("08:50", files=pair()), mail("08:51", NEAR, files={"清单.docx": risk_list(NEAR_NAME)}))),
                 scheduled=False), policy={"file_limit": 40_000, "mail_limit": 60_000}),
        Scenario("copies into the Sent folder", _rounds(("09:00", (good, mail("08:51", NEAR, files=pair(NEAR_NAME)))), scheduled=False),
                 sender={"sent_folder": "已发送"}),
        Scenario("pages to look at are put aside", _rounds(
            ("09:00", (good, mail("08:51", NEAR, files={"清单.docx": risk_list(NEAR_NAME)}), mail("08:52", NEAR, files={"章.jpg": scan(NEAR_NAME)}))),
            ("09:20", ())),
            looks_at_pages=True),
        Scenario("chatter, machines, a question", _rounds(
            ("09:00", (mail("08:50", text="自动答复", subject="自动回复：材料"), mail("08:51", "news@mail.example", "周报", "本周新闻", **letters),  # type: ignore[arg-type]
                       mail("08:52", subject="请问", text="请问月报几号交？"), mail("08:53", NEAR, text="材料见附件，请查收。"))), ("09:20", ()))),
    )  # fmt: skip
    return {scenario.name: scenario for scenario in all_}
