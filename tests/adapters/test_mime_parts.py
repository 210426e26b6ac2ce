"""What the parts of a mail become: files out of every encoding, parts that are no files, and what stays inside."""

import base64
import binascii
import email
import quopri
from dataclasses import replace
from email.message import EmailMessage

import pytest

from mailbot.adapters.limits import DEFAULT_LIMITS
from tests.adapters.mails import HEAD, files, forwarded, opened, parts, structure_of

PDF = b"%PDF-1.4\n" + bytes(range(256)) * 40
TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nwords"
NAMED = b"Content-Type: application/octet-stream; name=a.pdf\r\nContent-Transfer-Encoding: "


def uuencoded(content: bytes, name: bytes = b"a.pdf", blank: bytes = b"`") -> bytes:
    lines = [binascii.b2a_uu(content[at : at + 45], backtick=True) for at in range(0, len(content), 45)]
    return b"begin 644 " + name + b"\r\n" + b"".join(lines).replace(b"\n", b"\r\n").replace(b"`", blank) + b"`\r\nend\r\n"


def in_blocks(content: bytes) -> bytes:
    """base64 in blocks of their own, each padded: programs that encode while reading do that."""
    return b"\r\n".join(base64.b64encode(content[at : at + 1_000]) for at in range(0, len(content), 1_000))


ENCODED = {
    "base64": b"base64\r\n\r\n" + base64.encodebytes(PDF),
    "base64 in CRLF lines": b"BASE64\r\n\r\n" + base64.encodebytes(PDF).replace(b"\n", b"\r\n"),
    "base64 in one line": b"base64\r\n\r\n" + base64.b64encode(PDF),
    "base64 without its padding": b"base64\r\n\r\n" + base64.b64encode(PDF).rstrip(b"="),
    "base64 in lines of odd length": b"base64\r\n\r\n" + b"\r\n".join(base64.b64encode(PDF)[at : at + 61] for at in range(0, 14_000, 61)),
    "base64 with blanks and stray signs": b"base64\r\n\r\n" + base64.encodebytes(PDF).replace(b"\n", b" \r\n\t!"),
    "base64 in padded blocks": b"base64\r\n\r\n" + in_blocks(PDF),
    "base64 with a quoted label": b'"base64"\r\n\r\n' + base64.encodebytes(PDF),
    "base64 and a comment": b"base64 (MIME)\r\n\r\n" + base64.encodebytes(PDF),
    "quoted-printable": b"quoted-printable\r\n\r\n" + quopri.encodestring(PDF),
    "x-uuencode": b"x-uuencode\r\n\r\n" + uuencoded(PDF),
    "uuencode with blanks": b"uuencode\r\n\r\n" + uuencoded(PDF, blank=b" "),
    "8bit": b"8bit\r\n\r\n" + PDF,
    "binary": b"binary\r\n\r\n" + PDF,
    "unknown": b"x-what\r\n\r\n" + PDF,
}


@pytest.mark.parametrize("case", ENCODED)
def test_file_comes_out_of_its_transfer_encoding(case: str) -> None:
    assert files(parts(TEXT, NAMED + ENCODED[case])) == [("a.pdf", PDF)]


def test_truncated_base64_gives_what_is_there() -> None:
    whole = base64.encodebytes(PDF)
    raw = parts(TEXT, NAMED + b"base64\r\n\r\n" + whole[:7_000]).rpartition(b"\r\n--B")[0]
    ((_, content),) = files(raw)
    assert isinstance(content, bytes)
    assert PDF.startswith(content)
    assert len(content) > 5_000


def test_what_follows_the_padding_of_base64_and_is_none_is_left_out() -> None:
    lost = b"base64\r\n\r\n" + base64.b64encode(b"%PDF-1.4 xy") + b"\r\n-------=_Part\r\nContent-Type: text/html\r\n\r\n<p>x</p>"
    assert files(parts(TEXT, NAMED + lost)) == [("a.pdf", b"%PDF-1.4 xy")]


def test_uuencoded_file_in_a_text_is_a_file_and_the_words_stay() -> None:
    raw = HEAD + b"\r\nbefore\r\n" + uuencoded(PDF, "清单.pdf".encode("gbk")) + b"after\r\nbegin 644 of a story\r\n"
    assert files(raw) == [("清单.pdf", PDF)]
    assert opened(raw).text == "before\nafter\nbegin 644 of a story"


def test_uuencoded_file_without_its_end_is_corrupt() -> None:
    assert files(HEAD + b"\r\n" + uuencoded(PDF)[:3_000]) == [("a.pdf", "corrupt")]


NO_READING = {
    "application/pkcs7-mime; name=smime.p7m": ("smime.p7m", "unsupported"),
    "message/partial; id=x; number=1; total=2; name=part.eml": ("part.eml", "unsupported"),
    "message/external-body; access-type=local-file; name=x.docx": ("x.docx", "unsupported"),
}


@pytest.mark.parametrize("kind", NO_READING)
def test_part_that_only_stands_for_another_is_named_and_never_taken_for_content(kind: str) -> None:
    inner = b"Content-Type: text/plain\r\n\r\nthe content"
    raw = parts(TEXT, b"Content-Type: " + kind.encode() + b"\r\n\r\n" + inner)
    assert files(raw) == [NO_READING[kind]]
    assert "the content" not in opened(raw).text


def test_piece_of_a_mail_alone_is_named_too() -> None:
    raw = HEAD + b'Content-Type: message/partial; id="1"; number=2; total=3\r\n\r\n' + b"QUJD" * 30
    assert [trouble for _, trouble in files(raw)] == ["unsupported"]


def test_encrypted_mail_is_an_encrypted_file() -> None:
    control = b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1"
    secret = b"Content-Type: application/octet-stream; name=encrypted.asc\r\n\r\n-----BEGIN PGP MESSAGE-----\r\nx"
    assert files(parts(control, secret, kind=b"multipart/encrypted")) == [("encrypted.asc", "encrypted")]


def test_signature_of_a_signed_mail_is_no_file_and_its_files_are_read() -> None:
    inner = b'Content-Type: multipart/mixed; boundary="I"\r\n\r\n--I\r\n' + TEXT + b"\r\n--I\r\n" + NAMED + b"8bit\r\n\r\n" + PDF + b"\r\n--I--\r\n"
    signature = b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\r\nMIIB"
    raw = parts(inner, signature, kind=b"multipart/signed")
    assert files(raw) == [("a.pdf", PDF)]
    assert opened(raw).text == "words"


def test_resource_fork_of_a_mac_is_no_file() -> None:
    fork = b"Content-Type: application/applefile; name=a.pdf\r\n\r\n\0\5\26\7"
    inner = b'Content-Type: multipart/appledouble; boundary="I"\r\n\r\n--I\r\n' + fork + b"\r\n--I\r\n" + NAMED + b"8bit\r\n\r\n" + PDF + b"\r\n--I--\r\n"
    assert files(parts(TEXT, inner)) == [("a.pdf", PDF)]


def test_invitation_beside_a_text_is_no_file_but_one_that_was_attached_is() -> None:
    calendar = b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR"
    assert files(parts(TEXT, calendar, kind=b"multipart/alternative")) == []
    assert files(parts(TEXT, calendar.replace(b"; method", b"; name=a.ics; method"))) == [("a.ics", b"BEGIN:VCALENDAR")]


def test_file_in_the_place_of_an_alternative_text_stays_a_file() -> None:
    archive = b"Content-Type: application/x-thing; name=a.pdf\r\n\r\n%PDF-1.4"
    assert files(parts(TEXT, archive, kind=b"multipart/alternative")) == [("a.pdf", b"%PDF-1.4")]


def test_two_files_of_one_name_and_one_content_under_two_names_are_all_listed() -> None:
    other = NAMED.replace(b"a.pdf", b"b.pdf") + b"8bit\r\n\r\nx"
    found = files(parts(NAMED + b"8bit\r\n\r\nx", NAMED + b"8bit\r\n\r\ny", other))
    assert found == [("a.pdf", b"x"), ("a.pdf", b"y"), ("b.pdf", b"x")]


def test_mail_in_a_digest_needs_no_type_of_its_own() -> None:
    inner = b"\r\nFrom: c@d.cn\r\nSubject: inner\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n%PDF-1.4"
    assert forwarded(parts(inner, kind=b"multipart/digest")) == [("转发邮件.eml/a.pdf", True)]


_ENCLOSED = parts(TEXT, NAMED + b"base64\r\n\r\n" + base64.encodebytes(PDF))[len(HEAD) :]
INNER = b"From: c@d.cn\r\nTo: a@b.cn\r\nSubject: inner\r\nDate: Mon, 1 Jul 2024 10:00:00 +0800\r\n" + _ENCLOSED
FORWARDS = {
    "message/rfc822": b"Content-Type: message/rfc822; name=x.eml\r\n\r\n" + INNER,
    "message/rfc822 in base64": b"Content-Type: message/rfc822; name=x.eml\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(INNER),
    "octet-stream": b"Content-Type: application/octet-stream; name=x.eml\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(INNER),
    "octet-stream in quoted-printable": b"Content-Type: application/octet-stream; name=x.eml\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    + quopri.encodestring(INNER),
}


@pytest.mark.parametrize("case", FORWARDS)
def test_forwarded_mail_is_opened_however_it_was_attached(case: str) -> None:
    raw = parts(TEXT.replace(b"words", b"mine"), FORWARDS[case])
    assert files(raw) == [("x.eml/a.pdf", PDF)]
    assert forwarded(raw) == [("x.eml/a.pdf", True)]
    message = opened(raw)
    assert (message.text, message.quoted) == ("mine", "words")


def test_forwarded_mail_may_be_larger_than_a_file() -> None:
    limits = replace(DEFAULT_LIMITS, file_bytes=len(PDF))
    assert files(parts(TEXT, FORWARDS["message/rfc822"]), limits) == [("x.eml/a.pdf", PDF)]
    assert files(parts(TEXT, FORWARDS["octet-stream"]), limits) == [("x.eml", "too-large")]


def test_chain_of_forwards_names_the_way_in() -> None:
    raw = parts(NAMED + b"8bit\r\n\r\n" + PDF)
    for number in range(5):
        raw = parts(TEXT, f"Content-Type: message/rfc822; name={number}.eml\r\n\r\n".encode() + raw)
    assert files(raw) == [("4.eml/3.eml/2.eml/1.eml/0.eml/a.pdf", PDF)]


def test_forwarded_mail_that_can_be_read_in_two_ways_holds_the_mail() -> None:
    doubtful = INNER.replace(b"multipart/mixed; ", b"multipart/mixed; boundary=X; ")
    assert opened(parts(TEXT, b"Content-Type: message/rfc822\r\n\r\n" + doubtful)).trouble.startswith("two boundary parameters")


def test_attached_mail_that_is_too_costly_holds_the_mail() -> None:
    bomb = b"From: a@b.cn\r\nSubject: s\r\nTo: x@y.cn\r\n" + b"X: y\r\n" * 5_000 + b"\r\nx"
    raw = parts(TEXT, b"Content-Type: message/rfc822\r\n\r\n" + bomb)
    assert files(raw) == [("转发邮件.eml", "archive-unsafe")]
    assert opened(raw).trouble.startswith("not parsed: an attached mail")


def test_parts_are_those_that_the_standard_library_sees() -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@b.cn", "c@d.cn", "月报"
    mail.set_content("正文\n-- \n签名\n", cte="8bit")
    mail.add_alternative("<p>正文</p>", subtype="html")
    for number, size in enumerate((0, 1, 57, 58, 4_000, 300_000)):
        mail.add_attachment(bytes(range(256)) * (size // 256 + 1), maintype="application", subtype="x-a", filename=f"附件{number}.bin")
    raw = mail.as_bytes()
    judged = [(part.get_filename(), part.get_payload(decode=True)) for part in mail.iter_attachments()]
    assert files(raw) == judged
    assert structure_of(raw).text == "正文\n--\n签名"


# The boundaries of multiparts one in the other, and whether two programs may read the mail in two ways.
def test_what_follows_behind_the_end_of_two_multiparts_of_one_boundary_is_doubted() -> None:
    text = b"--b\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n" + TEXT + b"\r\n--b--\r\n"
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + text + b"--b\r\n" + NAMED + b"8bit\r\n\r\n" + PDF + b"\r\n--b--\r\n"
    assert structure_of(raw).trouble == "parts that cannot be told apart"


def test_part_headers_of_a_hundred_thousand_parameters_are_not_read() -> None:
    part = b"Content-Type: multipart/x" + b";" * 7_000 + b"\r\n\r\nx"
    assert "parameters" in structure_of(parts(*[part] * 15)).trouble
    assert structure_of(parts(*[part] * 2)).trouble == "parts without their boundary"


NESTS = {
    "boundaries of their own": ((b"B", b"C", b"D"), False),
    "one that begins like another": ((b"B", b"BB", b"BBB"), False),
    "one used twice, one directly in the other": ((b"B", b"B", b"C"), True),
    "one used again below another": ((b"B", b"C", b"B"), True),
    "an inner one that looks like the end of the outer": ((b"B", b"B--", b"C"), True),
    "an outer one that looks like the end of the inner": ((b"B--", b"B", b"C"), True),
}


@pytest.mark.parametrize("case", NESTS)
def test_multiparts_one_in_the_other_are_those_of_the_standard_library_and_doubtful_ones_are_told(case: str) -> None:
    boundaries, doubtful = NESTS[case]
    body = NAMED + b"8bit\r\n\r\n" + PDF
    for number, boundary in enumerate(reversed(boundaries)):
        file = f"Content-Type: application/octet-stream; name={number}.bin\r\n\r\n{number}".encode()
        pieces = b"".join(b"--" + boundary + b"\r\n" + piece + b"\r\n" for piece in (body, file))
        body = b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n' + pieces + b"--" + boundary + b"--\r\n"
    raw = HEAD + b"MIME-Version: 1.0\r\n" + body
    judged = [part.get_filename() for part in email.message_from_bytes(raw).walk() if part.get_filename()]
    assert [name for name, _ in files(raw)] == judged
    assert (structure_of(raw).trouble == "parts that cannot be told apart") == doubtful
