"""Mail that machines wrote is never answered, and mail that only looks so is (china-mail.md §3; A08-A15)."""

from tests.mail.case import AUTOMATIC, FILE, FILED, OWED, Case, Expect, case
from tests.mail.papers import risk_docx
from tests.mail.pieces import TRACE, Value, attached, file, forwarded, inner, mail, part, plain, text, with_file, word

FILED_UNANSWERED = Expect(reply="none", to=(), missing=OWED)
_NO_PATH = TRACE.replace(b"<baxiantong@units.example>", b"<>", 1)
_DSN = (
    b"Reporting-MTA: dns; mx.163.example\r\n\r\nFinal-Recipient: rfc822; zhian@units.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
)  # fmt: skip
_MDN = b"Final-Recipient: rfc822; baxiantong@units.example\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n"
_ICS = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:meeting\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


def _form(changes: dict[str, Value] | None = None, trace: bytes = TRACE) -> bytes:
    """The usual mail, so that a wrong answer would be a receipt."""
    return mail(text(), file(FILE, risk_docx()), changes=changes, trace=trace)


def _report(kind: bytes, report: bytes, changes: dict[str, Value], words: str = "抱歉，您的邮件被退回来了……") -> bytes:
    parts = text(words), part(b"message/" + kind, report), part(b"message/rfc822", plain(b"ours", trace=b""))
    return mail(*parts, kind=b"multipart/report; report-type=" + kind, changes=changes)


def _in_mixed(changes: dict[str, Value]) -> bytes:
    """A delivery report below a multipart/mixed, as a gateway leaves it that adds its footer."""
    parts = text("Delivery failed"), part(b"message/delivery-status", _DSN), forwarded(with_file(risk_docx(), FILE))
    return mail(inner(b"multipart/report; report-type=delivery-status", *parts, boundary=b"rep"), text("footer"), changes=changes)


_BOUNCE: dict[str, Value] = {
    "From": b"Postmaster@163.com", "Subject": word("系统退信", "gb2312"), "X-Mailer": b"Coremail MTA server", "X-CM-Original-Message-ID": b"<ours@bureau.example>",
}  # fmt: skip
REPLIES = [
    case("auto-reply-qq-by-header", "§3 QQ auto-reply", _form({"X-QQ-AUTO-REPLY": b"true"}), AUTOMATIC),
    case("auto-reply-qq-on-holiday", "§3 QQ auto-reply", _form({"X-QQ-HolidayReply": b"true"}), AUTOMATIC),
    case("auto-reply-qq-by-its-return-path", "§3 QQ auto-reply",
         _form({"In-Reply-To": b"<x@bureau.example>"}, TRACE.replace(b"<baxiantong@units.example>", b"<baxiantong+auto_=nmyxjg=163.com@units.example>", 1)),
         AUTOMATIC),
    case("auto-reply-by-subject-full-width-colon", ("§3 163 auto-reply", "A14"), _form({"Subject": word("自动回复：关于报送材料的通知", "gb18030")}),
         AUTOMATIC),
    case("auto-reply-exchange", "§3 Exchange auto-reply", _form({"Subject": word("自动答复: 材料"), "Auto-Submitted": b"auto-generated"}), AUTOMATIC),
    case("auto-reply-sina", "§3 Sina auto-reply", _form({"Subject": word("来自baxiantong@sina.com的自动回复", "gbk")}), AUTOMATIC),
    case("auto-reply-in-english-behind-re", "A14", _form({"Subject": b"Re: Out of Office"}), AUTOMATIC),
    case("auto-reply-behind-a-gateways-mark", "A14", _form({"Subject": word("[外部邮件] 自动回复：收到")}), AUTOMATIC),
    case("auto-reply-on-a-holiday", "A14", _form({"Subject": word("休假自动回复")}), AUTOMATIC),
    case("auto-reply-in-english-in-brackets", "A14", _form({"Subject": b"I am on vacation (auto reply)"}), AUTOMATIC),
    case("auto-reply-that-only-its-text-tells", "A14",
         plain("您好，这是一封自动回复邮件。我正在休假，请问有急事请致电。".encode(), changes={"Subject": word("Re: 催报提醒")}), AUTOMATIC),
    case("report-sent-again-after-it-came-back", "A14", _form({"Subject": word("退信重报：一季度清单")}), Expect(missing=OWED)),
    case("subject-that-only-speaks-of-auto-replies", "A14", _form({"Subject": word("关于设置自动回复的材料")}), Expect(missing=OWED)),
]  # fmt: skip

HEADERS = [
    case("auto-submitted-replied-in-capitals", "A11", _form({"Auto-Submitted": b"AUTO-REPLIED"}), AUTOMATIC),
    case("auto-submitted-with-a-parameter", "A11", _form({"Auto-Submitted": b"auto-generated; x=y"}), AUTOMATIC),
    case("auto-submitted-twice-no-first", "A11", _form({"Auto-Submitted": (b"no", b"auto-replied")}), AUTOMATIC),
    case("auto-submitted-no", "A12", _form({"Auto-Submitted": b"no"}), Expect(missing=OWED, to=("baxiantong@units.example",))),
    case("auto-submitted-no-with-a-comment", "A12", _form({"Auto-Submitted": b"No (sent by hand)"}), Expect(missing=OWED, to=("baxiantong@units.example",))),
    case("list-id", "A13", _form({"List-Id": b"<news.example>"}), AUTOMATIC),
    case("list-unsubscribe-alone-is-filed-unanswered", "A13", _form({"List-Unsubscribe": b"<mailto:x@y.example>"}), FILED_UNANSWERED),
    case("precedence-bulk", "A13", _form({"Precedence": b"Bulk"}), AUTOMATIC),
    case("auto-response-suppress-is-filed-unanswered", "A13", _form({"X-Auto-Response-Suppress": b"DR, All"}), FILED_UNANSWERED),
    case("return-path-null", "A08", _form(trace=_NO_PATH), AUTOMATIC),
    case("from-mailer-daemon", "A08", _form({"From": b"MAILER-DAEMON@units.example"}), AUTOMATIC),
    case("from-our-own-address", "A15", _form({"From": b"nmyxjg@163.com"}), AUTOMATIC),
    case("read-receipt-asked-for", "§3 read receipt", _form({"Disposition-Notification-To": b"baxiantong@units.example"}),
         Expect(missing=OWED, to=("baxiantong@units.example",))),
]  # fmt: skip

REPORTS = [
    case("bounce-163", ("§3 163 bounce", "A08"), _report(b"delivery-status", _DSN, _BOUNCE), AUTOMATIC),
    case("bounce-coremail-in-two-languages", "§3 Coremail bounce",
         plain("收件人/To: zhian@units.example\r\n退信原因/Bounce reason: user unknown\r\n".encode(), changes={"From": b"a@qiye.example",
           "Subject": word("系统退信/The email is returned")}),
         AUTOMATIC),
    case("bounce-21cn", "§3 21cn bounce",
         plain("对不起，您的邮件无法送达。".encode(), changes={"From": word("系统管理员") + b" <admin@21cn.example>", "Hmm-Notify": b"bounce",
           "Subject": word("邮件通知")}),
         AUTOMATIC),
    case("bounce-naming-another-unit", "A09", _report(b"delivery-status", _DSN, {"From": b"evil@163.example", "Subject": b"hello"}), AUTOMATIC),
    case("read-receipt", ("§3 read receipt", "A14"), _report(b"disposition-notification", _MDN, {"Subject": word("已读: 催报提醒")}, "已阅读。"), AUTOMATIC),
    case("bounce-with-a-gateways-footer", "A08", _in_mixed({"From": b"system@163.example", "Subject": b"Delivery problem"}), AUTOMATIC),
    case("bounce-with-a-gateways-footer-in-a-units-name", "A08", _in_mixed({"Subject": b"Delivery problem"}), AUTOMATIC),
    case("read-receipt-with-a-gateways-footer", ("§3 read receipt", "A14"),
         mail(inner(b"multipart/report; report-type=disposition-notification", text("请问"), part(b"message/disposition-notification", _MDN), boundary=b"rep"),
           text("footer"), changes={"Subject": word("Re: 催报，请问")}),
         AUTOMATIC),
    case("read-receipt-that-is-no-report", ("§3 read receipt", "A14"),
         mail(text("请问"), part(b"message/disposition-notification", _MDN), changes={"Subject": word("回执: 请问")}), AUTOMATIC),
    case("bounce-without-a-report-from-a-bounce-address", "A08",
         mail(text("Your message could not be delivered"), forwarded(with_file(risk_docx(), FILE)), changes={"From": b"bounce-md_123@mail.example"}),
         AUTOMATIC),
    case("bounce-that-a-person-attached-and-asks-about", "A08",
         mail(text("请问上次退信是怎么回事？清单再报一次。"), file(FILE, risk_docx()), forwarded(_report(b"delivery-status", _DSN, _BOUNCE))),
         Expect(items=(f"{FILE} = {FILED}",), missing=OWED)),
    case("bounce-of-a-mail-with-a-form-inside", "A08",
         mail(text("退信"), part(b"message/delivery-status", _DSN), forwarded(with_file(risk_docx(), FILE)),
           kind=b"multipart/report; report-type=delivery-status"),
         AUTOMATIC),
    case("calendar-invitation", "A14", plain(_ICS, b"text/calendar; method=REQUEST; charset=utf-8", {"Subject": b"meeting"}), AUTOMATIC),
    case("calendar-invitation-as-outlook-sends-it", "A14",
         mail(inner(b"multipart/alternative", text("邀请您参加会议"), part(b"text/calendar; method=REQUEST; charset=utf-8", _ICS), boundary=b"alt"),
           changes={"Subject": word("会议")}),
         AUTOMATIC),
    case("calendar-invitation-that-asks-something", "A14",
         mail(inner(b"multipart/alternative", text("会议邀请：请问您能否参加会议？"), part(b"text/calendar; charset=utf-8", _ICS), boundary=b"alt"),
           changes={"Subject": word("会议邀请")}),
         AUTOMATIC),
    case("calendar-answer-that-asks-something", "A14",
         mail(inner(b"multipart/alternative", text("请问材料报送时间？"), part(b"text/calendar; method=REPLY", _ICS), boundary=b"alt"),
           changes={"Subject": word("已接受: 会议")}),
         AUTOMATIC),
    case("calendar-invitation-with-a-form", "A14",
         mail(text("请查收"), part(b"text/calendar; method=REQUEST; charset=utf-8", _ICS), file(FILE, risk_docx()), changes={"Subject": word("会议")}),
         AUTOMATIC),
    case("calendar-that-a-person-attached", "A14",
         mail(text(), file(FILE, risk_docx()), attached(_ICS, b"text/calendar; name=plan.ics", b"attachment; filename=plan.ics")),
         Expect(items=(f"{FILE} = {FILED}", "plan.ics = - editable -"), missing=OWED)),
    case("recall-of-outlook", ("§3 recall", "A65"),
         plain("韩某 将撤回邮件“一季度材料”。".encode(), changes={"Subject": word("撤回: 一季度材料")}), Expect(disposition=None, reply="none", items=())),
]  # fmt: skip

STAFF = [
    case("digest-answered-by-staff-without-a-token", "A15",
         plain("1 是\r\n2 否\r\n".encode(), changes={"From": b"office@bureau.example", "Subject": word("Re: 日报 2024-03-28")}),
         Expect("command", "held", items=(), unit=None, to=("office@bureau.example",))),
    case("form-forwarded-by-staff", "A63",
         mail(text("转发八仙筒所材料。"), forwarded(with_file(risk_docx(), FILE)), changes={"From": b"office@bureau.example", "Subject": word("转发：材料")}),
         Expect(items=(f"转发邮件.eml/{FILE} = {FILED}",), to=("baxiantong@units.example",), missing=OWED)),
]  # fmt: skip

CASES: list[Case] = [*REPLIES, *HEADERS, *REPORTS, *STAFF]
