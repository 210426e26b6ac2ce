"""Who sent it: From lines that two programs read in two ways, and what else claims to say who it was. Only one plain From counts."""

from tests.mail.case import FILE, FILED, OWED, Case, Expect, case, filed
from tests.mail.papers import risk_docx
from tests.mail.pieces import TRACE, Value, attached, file, forwarded, mail, plain, text, with_file, word

# Nobody is taken for the sender; the document names the unit, so it is held for it, and the registered address hears of it.
HELD = Expect("review", "held", items=(f"{FILE} = {FILED}",), to=("baxiantong@units.example",), trusted=False, sender="")
HOME = ("baxiantong@units.example",)


def _from(value: Value, **more: Value) -> bytes:
    return with_file(risk_docx(), FILE, changes={"From": value, **{name.replace("_", "-"): v for name, v in more.items()}})


def _stranger(address: str) -> Expect:
    """Held for an address that may be told so; the copy goes to the registered one."""
    return Expect("review", "held", items=(f"{FILE} = {FILED}",), to=(address, *HOME), trusted=False, sender=address)


FROM = [
    case("from-encoded-local-part", "A01", _from(b"=?utf-8?q?baxiantong?=@units.example"), HELD),
    case("from-two-addresses-in-angles", "A02", _from(b"baxiantong@units.example <evil@163.example>"), HELD),
    case("from-list-of-two", "A02", _from(b"<baxiantong@units.example>, <evil@163.example>"), HELD),
    case("from-group", "A02", _from(b"units: baxiantong@units.example, evil@163.example;"), HELD),
    case("from-twice", "A02", _from((b"baxiantong@units.example", b"evil@163.example")), HELD),
    case("from-behind-lines-that-end-the-header", ("A02", "A24"),
         plain("2024年第一季度风险隐患排查问题清单：本期无风险隐患。".encode(), changes={"From": None}).replace(b"\r\n\r\n",
           b"\r\nfoo\r\nbar\r\nFrom: baxiantong@units.example\r\n\r\n", 1),
         Expect("review", "none", items=("整封邮件 = - other - ! corrupt",), unit=None, trusted=False, to=())),
    case("from-missing", ("A02", "A08"), _from(None), HELD),
    case("from-empty", ("A02", "A08"), _from(b""), HELD),
    case("from-display-name-spoof", "A03", _from(b'"baxiantong@units.example" <evil@163.example>'), _stranger("evil@163.example")),
    case("from-unit-in-the-display-name", "A03", _from(word("八仙筒市场监管所") + b" <evil@163.example>"), _stranger("evil@163.example")),
    case("from-in-capitals", "A04", _from(b"BaXianTong@Units.EXAMPLE"), Expect(missing=OWED, sender="baxiantong@units.example")),
    case("from-cyrillic-letter", "A04", _from("b\u0430xiantong@units.example".encode()), HELD),
    case("from-full-width-letter", "A04", _from("baxiant\uff4fng@units.example".encode()), HELD),
    case("from-kelvin-sign", "A04", _from("ba\u212aiantong@units.example".encode()), HELD),
    case("from-trailing-dot", "A04", _from(b"baxiantong@units.example."), HELD),
    case("from-quoted-local-part", "A04", _from(b'"baxiantong"@units.example'), HELD),
    case("from-plus-tag", "A04", _from(b"baxiantong+oa@units.example"), _stranger("baxiantong+oa@units.example")),
    case("from-with-a-comment", "A02", _from(b"baxiantong@units.example (Han)"), Expect(missing=OWED, sender="baxiantong@units.example")),
    case("from-smuggled-by-a-lone-cr", "A24", _from(b"evil@163.example\rX-Old: 1\rFrom: baxiantong@units.example"), HELD),
]  # fmt: skip

ADDRESSES = [
    case("reply-to-and-cc-of-a-victim", "A07",
         _from(b"baxiantong@units.example", Reply_To=b"victim@x.example", Cc=b"victim@x.example", Resent_From=b"victim@x.example",
               Disposition_Notification_To=b"victim@x.example"), Expect(missing=OWED, to=HOME)),
    case("reply-header-words-in-the-subject", ("A05", "A06"),
         with_file(risk_docx(), "清单\r\nBcc: e@x.example\0.docx", changes={"Subject": b"=?utf-8?B?eA0KQmNjOiBlQHg=?="}),
         Expect(items=(f"清单__Bcc: e@x.example_.docx = {FILED}",), to=HOME, subject="x Bcc: e@x")),
    case("authentication-results-below-the-received", "A18",
         with_file(risk_docx(), FILE, changes={"From": b"evil@163.example", "Authentication-Results": b"163.com; dmarc=pass header.from=units.example"}),
         _stranger("evil@163.example")),
    case("authentication-failed-at-our-receiver", "A18",
         mail(text(), file(FILE, risk_docx()), trace=TRACE.replace(b"spf=pass", b"spf=fail").replace(b"dmarc=none", b"dmarc=fail"),
              changes={"Authentication-Results": b"mx.bureau.example; dmarc=pass"}),
         Expect("review", "held", items=(f"{FILE} = {FILED}",), to=HOME, trusted=False)),
    case("message-id-folded", "A20", _from(b"baxiantong@units.example", Message_ID=b"<a\r\n b@units.example>"), Expect(missing=OWED)),
    case("message-id-empty", "A20", _from(b"baxiantong@units.example", Message_ID=b"<>"), Expect(missing=OWED)),
    case("message-id-missing", "A20", _from(b"baxiantong@units.example", Message_ID=None), Expect(missing=OWED)),
    case("message-id-of-ten-thousand-characters", "A20", _from(b"baxiantong@units.example", Message_ID=b"<" + b"a" * 10_000 + b"@x>"), Expect(missing=OWED)),
]  # fmt: skip

FOR_OTHERS = [
    case("forms-of-three-units-in-one-mail", "A64",
         mail(text(), file("八仙筒.docx", risk_docx()), file("治安.docx", risk_docx("治安市场监管所")), file("新镇.docx", risk_docx("新镇市场监管所"))),
         Expect("review", "held", unit="治安市场监管所", to=HOME,
                items=(f"八仙筒.docx = {FILED}", "治安.docx = risk-list editable - ! unit-mismatch", "新镇.docx = risk-list editable - ! unit-mismatch"))),
    case("form-of-another-unit", "A64", with_file(risk_docx("治安市场监管所"), FILE),
         Expect("review", "held", unit="治安市场监管所", to=HOME, items=(f"{FILE} = risk-list editable - ! unit-mismatch",))),
    case("squad-form-by-the-brigade", "A64",
         with_file(risk_docx("执法一中队"), FILE, changes={"From": b"zhifadadui@units.example"}), Expect(unit="执法一中队", missing=OWED)),
    case("signed-by-somebody-else", "A79",
         mail(text(), file(FILE, risk_docx()), attached(b"\x30\x82\x01\x00 not from us", b'application/pkcs7-signature; name="smime.p7s"', b"attachment"),
              kind=b'multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256', changes={"From": b"evil@163.example"}),
         _stranger("evil@163.example")),
    case("forwarded-by-a-stranger", "A63",
         mail(text("转发。"), forwarded(with_file(risk_docx(), FILE)), changes={"From": b"evil@163.example"}),
         Expect("review", "held", trusted=False, to=("evil@163.example", *HOME), items=(f"转发邮件.eml/{FILE} = {FILED}",))),
]  # fmt: skip


def _dated(date: bytes | None, trace: bytes = TRACE) -> bytes:
    return mail(text(), file(FILE, risk_docx()), changes={"Date": date}, trace=trace)


_NO_TRACE = b"Return-Path: <baxiantong@units.example>\r\n"
_LATE = TRACE.replace(b"Thu, 28 Mar", b"Wed, 03 Apr")
DATES = [
    case("date-cst-is-china", "A21", _dated(b"Thu, 28 Mar 2024 09:00:00 CST", _NO_TRACE), Expect(missing=OWED, received="2024-03-28T09:00+08:00")),
    case("date-cst-in-a-comment", "A21", _dated(b"Thu, 28 Mar 2024 09:00:00 +0800 (CST)", _NO_TRACE), Expect(missing=OWED, received="2024-03-28T09:00+08:00")),
    case("date-cst-only-in-a-comment", "A21", _dated(b"Thu, 28 Mar 2024 09:00:00 (CST)", _NO_TRACE), filed(FILE)),
    case("date-zone-out-of-range", "A21", _dated(b"Thu, 28 Mar 2024 09:00:00 +9999"), Expect(missing=OWED, received="2024-03-28T09:00+08:00")),
    case("date-year-one", "A21", _dated(b"Mon, 1 Jan 0001 00:00:00 +0000"), Expect(missing=OWED, received="2024-03-28T09:00+08:00")),
    case("date-year-9999-and-no-trace", "A21", _dated(b"Fri, 31 Dec 9999 23:59:60 -1200", _NO_TRACE), filed(FILE)),
    case("date-second-sixty", "A21", _dated(b"Thu, 28 Mar 2024 10:00:60 +0800", _NO_TRACE), Expect(missing=OWED)),
    case("date-empty", "A21", _dated(b""), Expect(missing=OWED, received="2024-03-28T09:00+08:00")),
    case("date-in-chinese", "A21", _dated("2024年3月28日 上午9:00".encode()), Expect(missing=OWED, received="2024-03-28T09:00+08:00")),
    case("date-backdated-but-received-late", "A21", _dated(b"Thu, 28 Mar 2024 09:00:00 +0800", _LATE),
         Expect(items=(f"{FILE} = {FILED} ! late",), missing=OWED, received="2024-04-03T09:00+08:00")),
]  # fmt: skip

CASES: list[Case] = [*FROM, *ADDRESSES, *FOR_OTHERS, *DATES]
