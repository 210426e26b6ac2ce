"""File names that mislead, files that are nothing, and parts whose structure lies."""

from tests.mail.case import FILE, FILED, OWED, Case, Expect, case, filed
from tests.mail.papers import logo, page, risk_body, risk_docx, risk_xlsx, still_zip, text_pdf, word_parts
from tests.mail.pieces import (
    attached,
    base64_lines,
    file,
    forwarded,
    header,
    html,
    inner,
    mail,
    multipart,
    part,
    plain,
    text,
    with_file,
    word,
)


def _two(first: bytes, second: bytes) -> bytes:
    return mail(text(), first, second)


def _called(name: str) -> bytes:
    return with_file(risk_docx(), name)


NAMES = [
    case("name-is-a-path-upwards", ("A32", "§3 path in the name"), _called("../../x/一季度问题清单.docx"), filed(".._.._x_一季度问题清单.docx")),
    case("name-is-an-absolute-path", "A32", _called("/etc/一季度问题清单.docx"), filed("_etc_一季度问题清单.docx")),
    case("name-is-a-windows-path", "A32", _called("C:\\Users\\han\\一季度问题清单.docx"), filed("C:_Users_han_一季度问题清单.docx")),
    case("name-is-a-coded-path", "A32", _called("..%2F..%2F一季度问题清单.docx"), Expect(missing=OWED, items=None)),
    case("name-of-three-hundred-characters", "A32", _called("一季度问题清单" * 60 + ".docx"), Expect(missing=OWED, items=None)),
    case("name-empty", "A32", mail(text(), attached(risk_docx(), b'application/octet-stream; name=""', b'attachment; filename=""')),
         Expect(missing=OWED, items=(f"附件-1.docx = {FILED}",))),
    case("name-is-a-dot", "A32", _called("."), Expect(missing=OWED, items=None)),
    case("name-is-a-device", "A32", _called("CON"), filed("CON")),
    case("name-with-a-zero-width-blank", "A32", _called(".ht\u200baccess"), Expect(missing=OWED, items=None)),
    case("name-written-from-right-to-left", "A33", _called("报表\u202excod.exe"), Expect(missing=OWED, items=None)),
    case("name-with-two-endings", "A33", _called("一季度问题清单.docx.exe"), filed("一季度问题清单.docx.exe")),
    case("name-with-full-width-dots-and-slash", "A33", _called("．．／一季度问题清单．docx"), Expect(missing=OWED, items=None)),
    case("name-with-a-nul-before-its-ending", "A77", _called("清单.exe\0.pdf"), filed("清单.exe_.pdf")),
    case("same-name-twice-other-content", ("A34", "§3 same name twice"),
         _two(file(FILE, risk_docx()), file(FILE, page(), kind=b"image/png")),
         Expect(reply="receipt", items=(f"{FILE} = {FILED}", f"{FILE} = risk-list scan 2024Q1"), missing=())),
    case("same-content-under-two-names", "A34", _two(file(FILE, risk_docx()), file("副本.docx", risk_docx())),
         Expect(items=(f"{FILE} = {FILED}", f"副本.docx = {FILED}"), missing=OWED)),
    case("names-that-differ-by-unicode-form", "A34", _two(file("é清单.docx", risk_docx()), file("e\u0301清单.DOCX", risk_docx())),
         Expect(missing=OWED, items=None)),
]  # fmt: skip

KINDS = [
    case("docx-called-pdf", "A35", _called("一季度问题清单.pdf"), filed("一季度问题清单.pdf")),
    case("docx-called-jpg-and-sent-as-image", "A35", mail(text(), file("一季度问题清单.jpg", risk_docx(), kind=b"image/jpeg")), filed("一季度问题清单.jpg")),
    case("xlsx-called-doc", "A35", with_file(risk_xlsx(), "一季度问题清单.doc"), filed("一季度问题清单.doc")),
    case("docx-that-is-also-a-jar", "A35",
         with_file(still_zip({**word_parts(risk_body()), "META-INF/MANIFEST.MF": b"Main-Class: X\n"}), FILE), filed(FILE)),
    case("pdf-behind-a-page-of-zip", "A35", with_file(risk_docx() + text_pdf(["second face"]), FILE), filed(FILE)),
    case("gif-that-is-also-html", "A35", with_file(b"GIF89a/*\x01\0\x01\0*/=1;<script>alert(1)</script>", "一季度问题清单.gif"),
         Expect("review", "missing", items=None)),
    case("file-empty", "A36", with_file(b"", FILE), Expect("review", "missing", items=(f"{FILE} = risk-list editable - ! empty-file",))),
    case("file-of-one-byte", "A36", with_file(b"x", FILE), Expect("review", "none", items=(f"{FILE} = - editable -",))),
    case("empty-file-beside-all-that-is-owed", "A36",
         mail(text(), file(FILE, risk_docx()), file("扫描件.png", page()), file("空.docx", b"")),
         Expect(reply="receipt", items=(f"{FILE} = {FILED}", "扫描件.png = risk-list scan 2024Q1", "空.docx = - editable - ! empty-file"))),
    case("program-beside-the-form", "§4 blocked kinds", _two(file(FILE, risk_docx()), file("清单查看器.exe", b"MZ" + bytes(200))),
         Expect(items=(f"{FILE} = {FILED}", "清单查看器.exe = - other - ! unsupported"))),
]  # fmt: skip

_INLINE = mail(
    inner(b"multipart/related", html('<p>附上盖章扫描件。</p><img src="cid:p1"><img src="cid:l1">'),
          attached(page(), b"image/png", b"inline", b"Content-ID: <p1>"), attached(logo(), b"image/png", b"inline", b"Content-ID: <l1>"), boundary=b"rel"),
    file(FILE, risk_docx()))  # fmt: skip
PICTURES = [
    case("inline-page-without-a-name-and-a-logo", ("§3 nameless inline image", "§3 signed paper photo"), _INLINE,
         Expect(reply="receipt", missing=(), files=("正文图片-1.png inline", "正文图片-2.png inline", FILE),
                items=("正文图片-1.png = risk-list scan 2024Q1", "正文图片-2.png = - other -", f"{FILE} = {FILED}"))),
    case("logo-attached-not-shown", "§3 nameless inline image", _two(file(FILE, risk_docx()), file("logo.png", logo(), kind=b"image/png")),
         Expect(missing=OWED, items=(f"{FILE} = {FILED}", "logo.png = - other -"))),
]  # fmt: skip

_FORWARD = mail(text("转发一季度材料。"), forwarded(with_file(risk_docx(), FILE)))
FORWARDS = [
    case("forwarded-as-rfc822", "§3 forward", _FORWARD,
         Expect(missing=OWED, files=(f"转发邮件.eml/{FILE} forwarded",), items=(f"转发邮件.eml/{FILE} = {FILED}",))),
    case("forwarded-in-base64", "A28",
         mail(text("转发。"), part(b"message/rfc822", base64_lines(with_file(risk_docx(), FILE)), b"Content-Transfer-Encoding: base64")),
         Expect(missing=OWED, items=(f"转发邮件.eml/{FILE} = {FILED}",))),
    case("eml-as-octet-stream", "§3 eml as octet-stream", with_file(with_file(risk_docx(), FILE), "原邮件.eml"),
         Expect(missing=OWED, files=(f"原邮件.eml/{FILE} forwarded",), items=(f"原邮件.eml/{FILE} = {FILED}",))),
    case("own-file-and-an-older-one-forwarded", "A63",
         mail(text(), file("新.docx", risk_docx()), forwarded(with_file(risk_docx(day="2024年3月20日"), "旧.docx"))),
         Expect(missing=OWED, items=None, current=("risk-list 2024Q1 editable baxiantong: 新.docx",))),
]  # fmt: skip

_ENCODED = base64_lines(risk_docx())
_FIELDS = (b'Content-Disposition: attachment; filename="' + word(FILE) + b'"',)
_KIND = b"application/octet-stream"


def _coded(data: bytes, encoding: bytes) -> bytes:
    return mail(text(), part(_KIND, data, *_FIELDS, b"Content-Transfer-Encoding: " + encoding))


def uu(content: bytes, name: bytes = b"jidu.docx") -> bytes:
    from binascii import b2a_uu

    lines = b"".join(b2a_uu(content[at : at + 45]) for at in range(0, len(content), 45)).replace(b"\n", b"\r\n")
    return b"begin 644 " + name + b"\r\n" + lines + b"`\r\nend\r\n"


_BROKEN = Expect("review", "missing", items=(f"{FILE} = risk-list editable - ! corrupt",))
CODED = [
    case("base64-of-no-base64", "A28", _coded(b"!!!!\r\n", b"base64"), Expect("review", "missing", items=(f"{FILE} = risk-list editable - ! empty-file",))),
    case("base64-cut-off", "A28", _coded(_ENCODED[: len(_ENCODED) // 2], b"base64"), _BROKEN),
    case("base64-with-signs-between", "A28", _coded(_ENCODED.replace(b"\r\n", b" *\r\n"), b"BASE64"), filed(FILE)),
    case("base64-in-lines-of-odd-length", "A28",
         _coded(b"\r\n".join(_ENCODED.replace(b"\r\n", b"")[n : n + 61] for n in range(0, len(_ENCODED), 61)), b"base64"), filed(FILE)),
    case("transfer-encoding-uuencode", "A28", _coded(uu(risk_docx()), b"x-uuencode"), filed(FILE)),
    case("uuencode-in-the-text", "A28", plain(b"see the file\r\n\r\n" + uu(risk_docx()), b"text/plain; charset=us-ascii"), filed("jidu.docx")),
    case("transfer-encoding-nobody-knows", "A28", _coded(risk_docx(), b"x-nonsense"), filed(FILE)),
    case("binary-file-without-encoding", "A28", _coded(risk_docx(), b"binary"), filed(FILE)),
]  # fmt: skip

_FILE = file(FILE, risk_docx())
STRUCTURE = [
    case("final-boundary-missing", ("§3 missing final boundary", "A26"), mail(text(), _FILE, closed=False), filed(FILE)),
    case("boundary-not-declared", "A26", header({"Content-Type": b"multipart/mixed"}) + multipart(text(), _FILE), filed(FILE)),
    case("boundary-not-declared-and-not-plain", "A26",
         header({"Content-Type": b"multipart/mixed"}) + b"-- \r\n" + multipart(text(), _FILE), Expect("review", "missing", items=None)),
    case("boundary-declared-is-not-that-of-the-parts", "A26",
         header({"Content-Type": b"multipart/mixed; boundary=other"}) + multipart(text(), _FILE), Expect("review", "missing", items=None)),
    case("boundary-empty", "A26", header({"Content-Type": b'multipart/mixed; boundary=""'}) + multipart(text(), _FILE, boundary=b""), filed(FILE)),
    case("boundary-declared-in-two-headers", "A26",
         header({"Content-Type": (b"multipart/mixed; boundary=one", b"multipart/mixed; boundary=two")}) + multipart(text(), boundary=b"one")
           + multipart(text("two"), boundary=b"two"), Expect("review", "missing", items=None)),
    case("boundary-declared-twice", "A26",
         header({"Content-Type": b'multipart/mixed; boundary="one"; boundary="two"'})
         + multipart(text(), _FILE, boundary=b"one") + multipart(text(), file("别的.docx", risk_docx("治安市场监管所")), boundary=b"two"),
         Expect("review", "missing", items=None)),
    case("boundary-of-a-thousand-characters", "A26", header({"Content-Type": b'multipart/mixed; boundary="' + b"x" * 1000 + b'"'})
         + multipart(text(), _FILE, boundary=b"x" * 1000), filed(FILE)),
    case("content-type-of-semicolons", "A27", mail(text(), attached(risk_docx(), b";;;;;", b'attachment; filename="' + word(FILE) + b'"')), filed(FILE)),
    case("mixed-inside-alternative", "A78",
         mail(text(), inner(b"multipart/alternative", text(), inner(b"multipart/mixed", html("<p>见附件</p>"), _FILE, boundary=b"m"), boundary=b"alt")),
         filed(FILE)),
    case("lone-line-feeds", "A24", with_file(risk_docx(), FILE).replace(b"\r\n", b"\n"), filed(FILE)),
    case("words-before-and-after-the-parts", "A26",
         mail(text(), _FILE, changes={}).replace(b"\r\n\r\n--", b"\r\n\r\nThis is a MIME message.\r\n--", 1) + b"\r\nepilogue\r\n", filed(FILE)),
    case("external-body", "A78",
         mail(text(), part(b'message/external-body; access-type=URL; URL="http://203.0.113.9/x.docx"', b"Content-Type: application/msword\r\n\r\n")),
         Expect("review", "missing", items=None)),
    case("partial-one-of-two", "A78", header({"Content-Type": b'message/partial; id="a@x"; number=1; total=2'}) + with_file(risk_docx(), FILE),
         Expect("review", "missing", items=None)),
    case("smime-signed-form", "A79",
         mail(text(), _FILE, attached(b"\x30\x82", b'application/pkcs7-signature; name="smime.p7s"', b"attachment; filename=smime.p7s"),
              kind=b'multipart/signed; protocol="application/pkcs7-signature"'), filed(FILE)),
    case("pgp-encrypted", "A43",
         mail(part(b"application/pgp-encrypted", b"Version: 1\r\n"), part(b"application/octet-stream",
           b"-----BEGIN PGP MESSAGE-----\r\n\r\nhQ==\r\n-----END PGP MESSAGE-----\r\n"), kind=b'multipart/encrypted; protocol="application/pgp-encrypted"'),
         Expect("review", "missing", items=None)),
    case("smime-enveloped", "A43",
         header({"Content-Type": b'application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"',
           "Content-Transfer-Encoding": b"base64"}) + base64_lines(b"\x30\x82\x01\x00" + bytes(60)),
         Expect("review", "missing", items=None)),
]  # fmt: skip

CASES: list[Case] = [*NAMES, *KINDS, *PICTURES, *FORWARDS, *CODED, *STRUCTURE]
