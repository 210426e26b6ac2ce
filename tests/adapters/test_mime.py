"""The header and body habits of Chinese mail programs, one row of china-mail.md §3 each, and what must never be parsed."""

import base64
import time
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import quote_from_bytes

import pytest

from mailbot.adapters.limits import DEFAULT_LIMITS, Limits
from mailbot.adapters.mime import Structure
from tests.adapters.mails import HEAD, files, forwarded, opened, structure_of

RARE = "南明乡2026年11月营销结果报表（镕）"
FOUR_BYTES = "䶮村9月报表"
PLAIN = "南明乡2026年11月报表"


def word(text: str, charset: str, label: str = "", kind: str = "B") -> bytes:
    """An encoded word whose label may differ from the charset really used."""
    data = text.encode(charset)
    payload = base64.b64encode(data).decode() if kind == "B" else "".join(f"={byte:02X}" for byte in data)
    return f"=?{label or charset}?{kind}?{payload}?=".encode()


def split_word(text: str, charset: str, at: int) -> bytes:
    """Two encoded words that cut one character in two."""
    data = text.encode(charset)
    return b"\r\n ".join(b"=?%s?B?%s?=" % (charset.encode(), base64.b64encode(piece)) for piece in (data[:at], data[at:]))


def mail(
    subject: bytes = b"s", disposition: bytes = b"", content_type: bytes = b"application/octet-stream", sender: bytes = b"a@b.cn"
) -> bytes:
    """A mail with one attachment whose header lines are given as bytes."""
    lines = [b"From: " + sender, b"To: x@163.com", b"Subject: " + subject, b"Message-ID: <1@b.cn>", b"MIME-Version: 1.0"]
    lines += [b'Content-Type: multipart/mixed; boundary="B"', b"", b"--B", b"Content-Type: text/plain", b"", b"hello", b"--B"]
    lines += [b"Content-Type: " + content_type]
    lines += [b"Content-Disposition: " + disposition] if disposition else []
    lines += [b"Content-Transfer-Encoding: base64", b"", base64.b64encode(b"%PDF-1.4 x"), b"--B--", b""]
    return b"\r\n".join(lines)


def extended(text: str, charset: str, label: str, pieces: int) -> bytes:
    """RFC 2231: filename*0*=label''%..; filename*1*=%.."""
    data = text.encode(charset)
    size = len(data) // pieces + 1
    out = b"attachment"
    for number in range(pieces):
        prefix = f"{label}''" if number == 0 else ""
        out += f";\r\n filename*{number}*={prefix}{quote_from_bytes(data[number * size : (number + 1) * size])}".encode()
    return out


def rfc2047_in_pieces(text: str) -> bytes:
    whole = word(text, "gb18030", "gb2312")
    return b'attachment;\r\n filename*0="' + whole[:30] + b'";\r\n filename*1="' + whole[30:] + b'"'


def folded_inside(text: str) -> bytes:
    whole = word(text, "utf-8")
    return b'attachment; filename="' + whole[:25] + b"\r\n\t" + whole[25:] + b'"'


# name of the row -> (subject as sent, disposition as sent, content type as sent, subject meant, name meant)
OCTETS = b"application/octet-stream"
NAMED = b'attachment; filename="%s"'


def row(subject: bytes, name: bytes, meant: str, wanted: str = "", kind: bytes = OCTETS) -> tuple[bytes, bytes, bytes, str, str]:
    return subject, name, kind, meant, wanted or f"{meant}.xlsx"


ROWS = {
    "gb2312 label over a GBK character": row(word(RARE, "gbk", "gb2312"), NAMED % word(RARE + ".xlsx", "gbk", "gb2312"), RARE),
    "gb2312 label over a four-byte character": row(
        word(FOUR_BYTES, "gb18030", "gb2312"), NAMED % word(FOUR_BYTES + ".xlsx", "gb18030", "gb2312"), FOUR_BYTES
    ),
    "raw 8-bit GBK": row(RARE.encode("gbk"), NAMED % (RARE + ".xlsx").encode("gbk"), RARE),
    "raw 8-bit GBK with a backslash as second byte": row("誠信".encode("gbk"), NAMED % "許誠.xlsx".encode("gbk"), "誠信", "許誠.xlsx"),
    "raw 8-bit UTF-8": row(RARE.encode(), NAMED % (RARE + ".xlsx").encode(), RARE),
    "RFC 2231 continuation in UTF-8": row(word(PLAIN, "utf-8"), extended(PLAIN + ".xlsx", "utf-8", "UTF-8", 3), PLAIN),
    "RFC 2231 continuation labelled GB2312 over GBK": row(word(PLAIN, "utf-8"), extended(RARE + ".xlsx", "gbk", "GB2312", 2), PLAIN, RARE + ".xlsx"),
    "a character cut in two, gb18030": row(split_word(PLAIN, "gb18030", 5), NAMED % split_word(PLAIN + ".xlsx", "gb18030", 5), PLAIN),
    "a character cut in two, utf-8": row(split_word(PLAIN, "utf-8", 7), NAMED % split_word(PLAIN + ".xlsx", "utf-8", 8), PLAIN),
    "RFC 2231 pieces that carry RFC 2047": row(word(PLAIN, "utf-8"), rfc2047_in_pieces(RARE + ".xlsx"), PLAIN, RARE + ".xlsx"),
    "encoded twice": row(
        word(word(PLAIN, "gbk").decode(), "ascii", "utf-8"), NAMED % word(word(PLAIN + ".xlsx", "gbk").decode(), "ascii", "utf-8"), PLAIN
    ),
    "label x-gbk": row(word(RARE, "gbk", "x-gbk"), NAMED % word(RARE + ".xlsx", "gbk", "x-gbk"), RARE),
    "label cp936": row(word(RARE, "gbk", "cp936"), NAMED % word(RARE + ".xlsx", "gbk", "cp936"), RARE),
    "name only in Content-Type": row(
        word(PLAIN, "gbk"), b"", PLAIN, PLAIN + ".xlsx", OCTETS + b'; name="' + word(PLAIN + ".xlsx", "gbk") + b'"'
    ),
    "neighbouring words without a space": row(
        word("南明乡", "gbk") + word("月报", "gbk"), NAMED % (word("南明乡", "gbk") + word("月报.xlsx", "gbk")), "南明乡月报"
    ),
    "base64 without its padding": row(
        word("南明乡月报", "gbk").replace(b"==?=", b"?="),
        NAMED % word("南明乡月报.xls", "gbk").replace(b"==?=", b"?=").replace(b"=?=", b"?="),
        "南明乡月报",
        "南明乡月报.xls",
    ),
    "GBK in Q-encoding": row(word(RARE, "gbk", kind="Q"), NAMED % word(RARE + ".xlsx", "gbk", "gb2312", "Q"), RARE),
    "an encoded word inside ASCII": row(
        b"1." + word("月报", "gbk") + b"2026", NAMED % (b"1." + word("月报", "gbk") + b"2026.xlsx"), "1.月报2026"
    ),
    "a fold in the middle of an encoded word": row(word(PLAIN, "utf-8"), folded_inside(PLAIN + ".xlsx"), PLAIN),
    "an unquoted name with a blank, raw GBK": row(
        word(PLAIN, "gbk"), b"attachment; filename=" + "南明 月报.xlsx".encode("gbk") + b"; size=3", PLAIN, "南明 月报.xlsx"
    ),
    "both filename and filename*": row(
        word(PLAIN, "gbk"), NAMED % word(RARE, "gbk", "gb2312") + b"; filename*=UTF-8''" + quote_from_bytes((RARE + ".xlsx").encode()).encode(),
        PLAIN, RARE + ".xlsx",
    ),
    "percent signs in a plain name": row(word(PLAIN, "gbk"), NAMED % quote_from_bytes((PLAIN + ".xlsx").encode()).encode(), PLAIN),
    "a path as a name": row(b"s", NAMED % b"../../x.xlsx", "s", ".._.._x.xlsx"),
    "a name that runs from right to left": row(b"s", NAMED % word("报表\u202excod.exe", "utf-8"), "s", "报表xcod.exe"),
    "a name with a line feed": row(b"s", NAMED % word("a\r\nBcc: e@x.pdf", "utf-8"), "s", "a__Bcc: e@x.pdf"),
    "a subject with a line feed": row(word("x\r\nBcc: e@x", "utf-8"), NAMED % b"a.xlsx", "x Bcc: e@x", "a.xlsx"),
    "a name of 300 characters keeps its ending": row(b"s", NAMED % (b"a" * 300 + b".xlsx"), "s", "a" * 194 + "….xlsx"),
    "a name with a NUL inside": row(b"s", NAMED % word("a.exe\0.pdf", "utf-8"), "s", "a.exe_.pdf"),
    "a path in full-width signs": row(b"s", NAMED % word("．．／etc／x.pdf", "utf-8"), "s", "．．／etc／x.pdf"),
    "a Windows path as a name": row(b"s", NAMED % b"C:\\\\x.xlsx", "s", "C:_x.xlsx"),
    "an invisible character in a name": row(b"s", NAMED % word(".ht\u200baccess", "utf-8"), "s", ".htaccess"),
    "a four-byte character": row(word("𠮷田村", "utf-8"), NAMED % word("𠮷.xlsx", "gb18030"), "𠮷田村", "𠮷.xlsx"),
    "raw 8-bit GB18030 with four bytes": row(FOUR_BYTES.encode("gb18030"), NAMED % (FOUR_BYTES + ".xlsx").encode("gb18030"), FOUR_BYTES),
    "an unquoted encoded word as a name": row(word(PLAIN, "gbk"), b"attachment; filename=" + word(PLAIN + ".xlsx", "gbk"), PLAIN),
    "RFC 2231 in one piece": row(b"s", b"attachment; filename*=GB2312''" + quote_from_bytes(RARE.encode("gbk")).encode() + b".xlsx", "s", RARE + ".xlsx"),
    "quotes inside a quoted name": row(b"s", NAMED % '关于"两品一械"清单.xlsx'.encode() + b"; size=3", "s", '关于"两品一械"清单.xlsx'),
    "quotes inside, one at the end missing": row(b"s", b'attachment; filename="a"b.xlsx"c', "s", 'a"b.xlsx'),
    "a quoted name and the next parameter without a semicolon": row(b"s", NAMED % b"a.xlsx" + b' size="3"', "s", "a.xlsx"),
    "a quoted name and a comment": row(b"s", NAMED % b"a.xlsx" + b" (x); size=3", "s", "a.xlsx"),
    "two words, each in quotes of its own": row(
        b"s", b'attachment; filename="' + word("南明乡", "gbk") + b'"\r\n\t"' + word("月报.xlsx", "gbk") + b'"', "s", "南明乡月报.xlsx"
    ),
    "percent signs over GBK": row(b"s", NAMED % quote_from_bytes((PLAIN + ".xlsx").encode("gbk")).encode(), "s", PLAIN + ".xlsx"),
    "percent signs that mean themselves": row(b"s", NAMED % b"5%8A%FF.xlsx", "s", "5%8A%FF.xlsx"),
    "codecs that give no text": row(
        b"=?hex?Q?abc?= =?rot13?Q?def?= =?zip?Q?=E6=9C=88?=", b"attachment; filename*=bz2''%E6%9C%88.xlsx", "abcdef月", "月.xlsx"
    ),
    "a fold without its blank": row(
        word("南明乡", "gbk") + b"\r\n" + word("月报", "gbk"), b'attachment;\r\nfilename="a.xlsx"', "南明乡月报", "a.xlsx"
    ),
    "a nameless file": row(b"s", b"attachment", "s", "附件-1.pdf"),
    "a name of dots": row(b"s", NAMED % b"..", "s", "附件-1.pdf"),
}  # fmt: skip


@pytest.mark.parametrize("case", ROWS)
def test_subject_and_file_name_come_out_as_meant(case: str) -> None:
    subject, disposition, kind, meant, name = ROWS[case]
    structure = structure_of(mail(subject, disposition, kind))
    assert structure.trouble == ""
    assert structure.envelope.subject == meant
    assert [leaf.name for leaf in structure.leaves] == [name]
    assert structure.leaves[0].content.sha256 == sha256(b"%PDF-1.4 x").hexdigest()
    assert structure.text == "hello"


BODIES = {
    "gb2312 over GBK": (b'text/plain; charset="gb2312"', RARE.encode("gbk"), RARE),
    "gb2312 over UTF-8": (b"text/plain; charset=gb2312", PLAIN.encode(), PLAIN),
    "no charset, GBK": (b"text/plain", RARE.encode("gbk"), RARE),
    "no charset, UTF-8": (b"text/plain", RARE.encode(), RARE),
    "utf-8 over GBK": (b"text/plain; charset=utf-8", PLAIN.encode("gbk"), PLAIN),
    "Latin label over GB2312": (b"text/plain; charset=iso-8859-1", "月报".encode("gb2312"), "月报"),
    "real Latin": (b"text/plain; charset=iso-8859-1", "café été".encode("latin-1"), "café été"),
    "nonsense charset": (b"text/plain; charset=klingon", PLAIN.encode(), PLAIN),
    "NUL in the charset": (b'text/plain; charset="a\0b"', PLAIN.encode(), PLAIN),
    "utf-7 gives no lone surrogates": (b"text/plain; charset=utf-7", b"+2AA-x", "\ufffdx"),
}


@pytest.mark.parametrize("case", BODIES)
def test_body_is_read_in_the_charset_it_is_written_in(case: str) -> None:
    kind, body, meant = BODIES[case]
    raw = b"From: a@b.cn\r\nContent-Type: " + kind + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body
    assert structure_of(raw).text == meant


SENDERS = {
    b"a@b.cn": "a@b.cn",
    b"<A@B.cn>": "a@b.cn",
    b'"=?gb18030?B?1sLI?=" <x@qq.com>': "x@qq.com",
    "张三 <x@qq.com>".encode("gbk"): "x@qq.com",
    b"x@qq.com <x@qq.com>": "x@qq.com",
    b'"unit01@x.gov.cn" <evil@163.com>': "evil@163.com",
    b"=?utf-8?q?unit01?=@163.com": None,
    b"unit01@x.gov.cn <evil@163.com>": None,
    b"<a@b.cn>, <c@d.cn>": None,
    b"a@b.cn, c@d.cn": None,
    b"group: a@b.cn, c@d.cn;": None,
    b"a@b.cn <": None,
    b"a@b.cn.": None,
    b"": None,
    b"MAILER-DAEMON": None,
    b'"a b"@c.cn': None,
    "\u0430@b.cn".encode(): None,
    "\u212a@b.cn".encode(): None,
    "a@пример.cn".encode(): None,
    b"a@b.cn\r\nFrom: c@d.cn": None,
    b"(x) a@b.cn": None,
    b"(" * 5000 + b"a@b.cn": None,
}


@pytest.mark.parametrize("value", SENDERS)
def test_sender_is_one_plain_address_or_nobody(value: bytes) -> None:
    assert structure_of(mail(sender=value)).envelope.sender == SENDERS[value]


def test_display_name_of_a_quoted_encoded_word_is_decoded() -> None:
    sender = b'"' + word("东明所", "gb18030") + b'" <x@qq.com>'
    assert structure_of(mail(sender=sender)).envelope.sender_name == "东明所"


DATES = {
    b"Mon, 1 Jul 2024 10:00:00 +0800": "2024-07-01T10:00:00+08:00",
    b"Mon, 1 Jul 2024 10:00:00 +0800 (CST)": "2024-07-01T10:00:00+08:00",
    b"Mon, 1 Jul 2024 10:00:00 CST": "2024-07-01T10:00:00+08:00",
    b"Mon, 1 Jul 2024 10:00:60 +0800": "2024-07-01T10:00:59+08:00",
    b"Mon, 1 Jul 2024 10:00:00": None,
    b"Mon, 1 Jul 1800 10:00:00 +0800": None,
    b"Mon, 1 Jul 9999 10:00:00 +0800": None,
    b"Mon, 1 Jul 2024 10:00:00 +9999": None,
    b"yesterday": None,
    b"": None,
}


@pytest.mark.parametrize("value", DATES)
def test_date_knows_its_zone_or_is_none(value: bytes) -> None:
    date = structure_of(b"From: a@b.cn\r\nDate: " + value + b"\r\n\r\nx").envelope.date
    assert (date.isoformat() if date else None) == DATES[value]


def test_received_is_the_date_of_the_topmost_trace_line() -> None:
    raw = b"Received: from a by b;\r\n\tTue, 25 Jul 2023 11:48:14 +0800\r\nReceived: from c; Mon, 24 Jul 2023 11:48:14 +0800\r\nFrom: a@b.cn\r\n\r\nx"
    envelope = structure_of(raw).envelope
    assert envelope.received == datetime.fromisoformat("2023-07-25T11:48:14+08:00")
    assert len(envelope.all("Received")) == 2


def test_folded_message_id_is_whole() -> None:
    assert structure_of(b"From: a@b.cn\r\nMessage-ID:\r\n <abc@b.cn>\r\n\r\nx").envelope.message_id == "<abc@b.cn>"


def test_content_key_ignores_trace_and_line_ends_but_not_the_body() -> None:
    raw = mail(b"s", NAMED % b"a.xlsx")
    key = structure_of(raw).content_key
    assert structure_of(b"Received: x\r\nX-Spam: y\r\n" + raw.replace(b"\r\n", b"\n") + b"\n\n").content_key == key
    assert structure_of(raw.replace(b"hello", b"hallo")).content_key != key
    assert structure_of(raw.replace(b"Subject: s", b"Subject: t")).content_key != key


QUOTES = {
    "reply marks": "收到\n> 原来的话\n> 第二行",
    "原始邮件": "收到\n\n------------------ 原始邮件 ------------------\n发件人: a\n原来的话",
    "Original Message": "收到\n-----Original Message-----\nFrom: a\n原来的话",
    "写道": '收到\n在 2024-01-01 10:00:00，"张三" <a@b.cn> 写道：\n原来的话',
    "写道 over two lines": "收到\n在 2024年1月1日 周一 10:00，张三\n<a@b.cn> 写道：\n原来的话",
    "header block": "收到\n发件人：张三\n发送时间：2024年1月1日\n收件人：李四\n主题：x\n原来的话",
    "163 At": '收到\nAt 2024-01-01 10:00:00, "a" <a@b.cn> wrote:\n原来的话',
}


@pytest.mark.parametrize("case", QUOTES)
def test_older_mail_is_cut_off_into_quoted(case: str) -> None:
    raw = b"From: a@b.cn\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + QUOTES[case].encode()
    structure = structure_of(raw)
    assert structure.text == "收到"
    assert "原来的话" in structure.quoted


def test_ordinary_words_with_a_label_are_not_taken_for_older_mail() -> None:
    text = "我单位在会上写道具清单。\n主题：月报\n时间：3月"
    assert structure_of(b"From: a@b.cn\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode()).text == text


def html(body: str) -> Structure:
    return structure_of(b"From: a@b.cn\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body.encode())


def test_html_body_shows_what_a_person_sees() -> None:
    shown = html(
        "<html><head><title>t</title><style>p{}</style></head><body><!-- c --><![if !x]><script>alert(1)</script>"
        "<div style='display:none'>hidden<b>deep</b></div><p>附上</p><p>月报&nbsp;一份<br>请收</p>"
        "<img src='http://evil/x.png'><blockquote>原来的话</blockquote></body></html>"
    )
    assert shown.text == "附上\n\n月报 一份\n请收"
    assert shown.quoted == "原来的话"


VEILS = {
    "white": "<p style='color:#FFFFFF'>nil</p>", "white font": "<font color=white>nil</font>", "no opacity": "<div style='opacity:0'>nil</div>",
    "no height": "<div style='height:0;overflow:hidden'><p>nil</p></div>", "a class": "<style>p.x{visibility:hidden}</style><p class='y X'>nil</p>",
    "an id in a media rule": "<style>@media screen{ #x{display/**/:none} }</style><p id=x>nil</p>", "far away": "<p style='text-indent:-9999px'>nil</p>",
    "an escape": "<style>.x{\\64 isplay:none}</style><p class=x>nil</p>", "a child": "<style>div > .x{opacity:0.0}</style><div><p class=x>nil</div>",
    "rules without end": "<style>" + "".join(f".c{n}{{display:none}}" for n in range(60)) + "</style><p>nil</p>",
}  # fmt: skip
OPEN = (
    "<p style='color:#ffe;opacity:.5;height:0'>nil</p>", "<style>.x{display:none}</style><p class=y>nil</p>", "<style>style,.a script{display:none}</style>nil",
    "<table bgcolor=navy><tr><td><p style='color:white'>nil</table>", "<style>p{opacity:1;color:#fff}</style><p>nil",
    "<blockquote><p style='opacity:0'>old</p></blockquote>nil", "<p style='opacity:0'>&nbsp;</p>nil", "<p style='line-height:0;overflow:hidden'>nil",
)  # fmt: skip


@pytest.mark.shows("A30")
@pytest.mark.parametrize("case", VEILS)
def test_text_that_styles_may_hide_is_told(case: str) -> None:
    assert html(VEILS[case]).veiled


@pytest.mark.parametrize("markup", OPEN)
def test_text_that_is_shown_is_not_told_as_hidden(markup: str) -> None:
    assert (html(markup).text, html(markup).veiled) == ("nil", False)


@pytest.mark.shows("A30")
def test_a_style_with_a_comment_inside_hides_for_certain() -> None:
    assert html("seen <b style='display:/**/none'>nil</b>").text == "seen"


def test_link_of_a_large_attachment_stays_visible() -> None:
    link = "https://mail.163.com/large-attachment-download/index.html?p=X-NETEASE-HUGE-ATTACHMENT&file=1"
    assert link in html(f"<div>从网易163邮箱发来的超大附件</div><a href='{link.replace('&', '&amp;')}'>月报.zip</a>").text


def test_empty_plain_text_gives_way_to_html() -> None:
    raw = (
        b'From: a@b.cn\r\nContent-Type: multipart/alternative; boundary="B"\r\n\r\n--B\r\nContent-Type: text/plain\r\n\r\n \r\n'
        b"--B\r\nContent-Type: text/html\r\n\r\n<p>words</p>\r\n--B--\r\n"
    )
    assert structure_of(raw).text == "words"


def related(content_id: bytes) -> bytes:
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 40)
    return (
        b'From: a@b.cn\r\nContent-Type: multipart/related; boundary="B"\r\n\r\n--B\r\nContent-Type: text/html\r\n\r\n<img src="cid:p1@x">\r\n'
        b"--B\r\nContent-Type: image/png\r\nContent-ID: <"
        + content_id
        + b">\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + picture
        + b"\r\n--B--\r\n"
    )


def test_nameless_picture_shown_in_the_text_gets_a_name_and_is_inline() -> None:
    (leaf,) = structure_of(related(b"p1@x")).leaves
    assert (leaf.name, leaf.inline) == ("正文图片-1.png", True)


def test_picture_that_the_text_does_not_show_is_not_inline() -> None:
    (leaf,) = structure_of(related(b"p2@x")).leaves
    assert not leaf.inline


def test_files_of_a_forwarded_mail_name_the_way_in() -> None:
    inner = mail(word("原件", "gbk"), NAMED % word("附件.docx", "gbk"))
    raw = (
        b'From: c@d.cn\r\nContent-Type: multipart/mixed; boundary="O"\r\n\r\n--O\r\nContent-Type: text/plain\r\n\r\nfwd\r\n--O\r\n'
        b'Content-Type: message/rfc822; name="' + word("原邮件.eml", "gbk") + b'"\r\n\r\n' + inner
        + b"\r\n--O\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--O--\r\n"
    )  # fmt: skip
    message = opened(raw)
    assert forwarded(raw) == [("原邮件.eml/附件.docx", True), ("转发邮件.eml/附件.docx", True)]
    assert message.text == "fwd"
    assert "hello" in message.quoted
    assert message.envelope.sender == "c@d.cn"


def test_forwarded_mail_in_base64_is_opened_too() -> None:
    head = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    inner = base64.encodebytes(mail(b"s", NAMED % b"a.pdf"))
    raw = b'From: c@d.cn\r\nContent-Type: multipart/mixed; boundary="O"\r\n\r\n--O\r\n' + head + inner + b"--O--\r\n"
    assert forwarded(raw) == [("转发邮件.eml/a.pdf", True)]


def test_delivery_report_is_named_and_its_fields_are_quoted() -> None:
    raw = (
        b"From: MAILER-DAEMON@x.cn\r\nContent-Type: Multipart/Report; report-type=delivery-status; boundary=B\r\n\r\n"
        b"--B\r\nContent-Type: text/plain\r\n\r\nsorry\r\n"
        b"--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; u@x.cn\r\n--B--\r\n"
    )
    structure = structure_of(raw)
    assert (structure.content_type, structure.report_type) == ("multipart/report", "delivery-status")
    assert "Final-Recipient: rfc822; u@x.cn" in structure.quoted
    assert structure.leaves == ()


TOO_COSTLY = {
    "a header block of a megabyte": HEAD + b"X: " + b"a" * 1_000_000 + b"\r\n\r\nx",
    "twenty thousand encoded words": HEAD + b"X: " + b"=?utf-8?B?5a+5?= " * 20_000 + b"\r\n\r\nx",
    "a hundred thousand header lines": HEAD + b"X: y\r\n" * 100_000 + b"\r\nx",
    "fifty thousand parts": HEAD + b"Content-Type: multipart/mixed; boundary=B\r\n\r\n" + b"--B\r\n\r\nx\r\n" * 50_000,
    "five hundred nested multiparts": HEAD
    + b"".join(b"Content-Type: multipart/mixed; boundary=B%d\r\n\r\n--B%d\r\n" % (i, i) for i in range(500)),
    "twenty thousand semicolons": HEAD + b"Content-Disposition: attachment" + b";" * 20_000 + b"\r\n\r\nx",
}


@pytest.mark.parametrize("case", TOO_COSTLY)
def test_costly_mail_is_not_parsed_but_its_header_is_known(case: str) -> None:
    structure = structure_of(TOO_COSTLY[case])
    assert structure.trouble.startswith("not parsed: ")
    assert structure.envelope.sender == "a@b.cn"
    assert structure.envelope.subject == "s"
    assert structure.leaves == ()


@pytest.mark.shows("A23")
@pytest.mark.parametrize("cut", range(6))
def test_an_encoded_word_that_a_limit_cut_is_left_out_of_the_subject(cut: int) -> None:
    limit = DEFAULT_LIMITS.part_field_bytes
    subject = b"plain " + word("x" * cut, "utf-8") + b" " + word("材" * 20_000, "utf-8")
    assert structure_of(mail(subject + b"=?utf-8?B?QUJD" * 20_000)).envelope.subject == f"plain {'x' * cut}".strip()
    early = b"x" * (limit - len("Subject: ") - 3 * cut) + b"=?utf-8?B?" + b"QUJD" * 20_000 + b"?="
    assert "=?" not in structure_of(mail(early)).envelope.subject


def test_messages_in_messages_are_opened_to_a_depth_and_the_mail_is_held() -> None:
    raw = HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 2_000 + b"x"
    message = opened(raw)
    assert message.trouble.startswith("not parsed: ")
    assert (message.envelope.sender, message.envelope.subject) == ("a@b.cn", "s")
    assert [trouble for _, trouble in files(raw)] == ["archive-unsafe"]


def test_mail_over_the_size_rule_is_too_large() -> None:
    limits = replace(Limits(), mail_bytes=1_000)
    assert structure_of(HEAD + b"\r\n" + b"x" * 1_000, limits).trouble.startswith("too-large")
    assert structure_of(HEAD + b"\r\nx", limits).trouble == ""


ODD = {
    "empty": b"",
    "only line ends": b"\r\n\r\n",
    "no blank line": b"From: a@b.cn",
    "lone carriage returns": b"From: a@b.cn\rSubject: s\r\rbody",
    "NUL everywhere": b"\0Fr\0om: a\0\r\n\0\r\n\r\n\0",
    "every byte": bytes(range(256)) * 20,
    "multipart without a boundary": HEAD + b"Content-Type: multipart/mixed\r\n\r\nx",
    "empty boundary": HEAD + b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\nx\r\n----\r\n',
    "boundary that never occurs": HEAD + b"Content-Type: multipart/mixed; boundary=B\r\n\r\nx",
    "multipart never closed": mail(b"s", NAMED % b"a.pdf")[:-8],
    "semicolons as a type": HEAD + b"Content-Type: ;;;;;\r\n\r\nx",
    "base64 that is none": HEAD + b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
    "unknown transfer encoding": HEAD + b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: x-what\r\n\r\nabc",
    "partial": HEAD + b"Content-Type: message/partial; id=1; number=1; total=2\r\n\r\nx",
    "external body": HEAD + b"Content-Type: message/external-body; access-type=local-file\r\n\r\nContent-Type: text/plain\r\n\r\n",
    "lone surrogates in the name": HEAD + b"Content-Type: application/pdf; name*=utf-8''%ED%A0%80.pdf\r\n\r\nx",
    "an encoded word that is no base64": b"From: =?gb2312?B?a?= <a@b.cn>\r\nSubject: =?gb2312?B?a?=\r\n\r\nx",
    "an attached message with NUL in its charset": HEAD + b'Content-Type: message/rfc822\r\n\r\nContent-Type: text/plain; charset="a\0b"\r\n\r\n\xff',
    "unclosed comments in HTML": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<!--" * 50_000,
    "wrong end tags at great depth in HTML": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 100_000 + b"</p></b>" * 100_000,
    "codecs of bytes everywhere": HEAD + b"Content-Type: text/plain; charset*=hex''base64\r\nSubject: =?uu?Q?x?=\r\n\r\n\xff",
    "multipart without a boundary in no alphabet": HEAD + b"Content-Type: multipart/\xe4\xb8\x80\r\n\r\n--B\r\nContent-ID: x\r\n\r\n--B",
    "broken marks in HTML": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<![x" * 50_000,
}  # fmt: skip


@pytest.mark.parametrize("case", ODD)
def test_odd_bytes_never_raise_and_can_be_written_out(case: str) -> None:
    started = time.monotonic()
    structure = structure_of(ODD[case])
    assert time.monotonic() - started < 5
    shown = [structure.text, structure.quoted, structure.envelope.subject, *(leaf.path for leaf in structure.leaves)]
    "".join(shown).encode("utf-8")
    assert len(structure.content_key) == 64


def test_two_boundaries_in_one_header_are_a_trouble() -> None:
    raw = mail(b"s", NAMED % b"a.pdf")
    assert structure_of(raw.replace(b'boundary="B"', b'boundary="B"; boundary="C"')).trouble == "two boundary parameters"


TWO_BOUNDARIES = {
    "one coded, one plain": b"boundary*=us-ascii''C; boundary=\"B\"", "in pieces and plain": b'boundary*0="B"; boundary="C"',
    "in pieces and coded": b"boundary*0=B; boundary*=us-ascii''C", "a piece twice": b"boundary*0=B; boundary*0*=us-ascii''C",
}  # fmt: skip


@pytest.mark.shows("A26")
@pytest.mark.parametrize("case", TWO_BOUNDARIES)
def test_a_boundary_said_once_whole_and_once_in_pieces_is_a_trouble(case: str) -> None:
    assert structure_of(mail(b"s", NAMED % b"a.pdf").replace(b'boundary="B"', TWO_BOUNDARIES[case])).trouble.startswith("two boundary parameters")


@pytest.mark.shows("A26")
def test_a_boundary_in_pieces_alone_is_one() -> None:
    raw = mail(b"s", NAMED % b"a.pdf").replace(b'boundary="B"', b'boundary*0="";\r\n boundary*1="B"')
    assert (structure_of(raw).trouble, files(raw)) == ("", [("a.pdf", b"%PDF-1.4 x")])


@pytest.mark.shows("A26")
@pytest.mark.parametrize("other", [b"text/html", b'multipart/mixed; boundary="other"', b'multipart/mixed; boundary="b"'])
def test_two_content_types_that_differ_are_a_trouble_in_the_header_and_in_a_part(other: bytes) -> None:
    raw = mail(b"s", NAMED % b"a.pdf")
    assert structure_of(raw.replace(b"Content-Type: multipart", b"Content-Type: " + other + b"\r\nContent-Type: multipart")).trouble.startswith("two content types")
    assert structure_of(raw.replace(b"Content-Transfer", b"Content-Type: " + other + b"\r\nContent-Transfer")).trouble.startswith("two content types")


@pytest.mark.shows("A26")
def test_one_content_type_said_twice_is_none() -> None:
    raw = mail(b"s", NAMED % b"a.pdf")
    twice = raw.replace(b"Content-Type: multipart/mixed;", b'content-type: Multipart/mixed;\r\n boundary="B"\r\nContent-Type: multipart/mixed;')
    assert (structure_of(twice).trouble, files(twice)) == ("", [("a.pdf", b"%PDF-1.4 x")])


WHOLE = mail(b"s", NAMED % b"a.pdf")
HEADS = {
    "a mark before the first field": b"\xef\xbb\xbf" + WHOLE,
    "blanks before the colons": WHOLE.replace(b"From:", b"From :").replace(b"Content-Type:", b"Content-Type \t:"),
    "a line that is no field": WHOLE.replace(b"MIME-Version", b"some words\r\nMIME-Version"),
    "a line that is no field in the part": WHOLE.replace(b"Content-Transfer", b"some words\r\nContent-Transfer"),
    "a boundary that is not declared": WHOLE.replace(b'; boundary="B"', b""),
    "a part without an empty line": WHOLE.replace(b"text/plain\r\n\r\nhello", b"text/plain\r\nhello"),
}


@pytest.mark.parametrize("case", HEADS)
def test_header_written_carelessly_hides_nothing(case: str) -> None:
    structure = structure_of(HEADS[case])
    assert (structure.envelope.sender, structure.envelope.subject, structure.text, structure.trouble) == ("a@b.cn", "s", "hello", "")
    assert files(HEADS[case]) == [("a.pdf", b"%PDF-1.4 x")]


@pytest.mark.shows("A24", "P8")
def test_a_from_behind_lines_that_end_the_header_is_nobodys() -> None:
    garbage = b"garbage one\r\ngarbage two\r\n"
    behind = structure_of(HEAD.replace(b"From:", garbage + b"From:") + b"\r\nwords")
    assert (behind.envelope.sender, behind.trouble) == (None, "a header that may end in two places")
    assert structure_of(b"To: x@163.com\r\n" + garbage + HEAD + b"\r\nwords").envelope.sender is None
    assert structure_of(HEAD + garbage + b"X-Mailer: x\r\n\r\nwords").envelope.sender == "a@b.cn"
    costly = b"X-Pad: " + b"x" * 2_000_000 + b"\r\n"
    assert structure_of(b"To: x@163.com\r\n" + garbage + HEAD + costly + b"\r\nwords").envelope.sender is None


UNCLEAR = {
    "other dashes come first": WHOLE.replace(b'; boundary="B"', b"").replace(b"\r\n--B", b"\r\n-- \r\n--B", 1),
    "it never comes again": WHOLE.replace(b'; boundary="B"', b"").replace(b"--B--", b"").replace(b"hello\r\n--B\r\n", b"hello\r\n"),
    "it is another than is declared": WHOLE.replace(b'"B"', b'"other"'),
    "there is none": HEAD + b"Content-Type: multipart/mixed\r\n\r\nwords",
}


@pytest.mark.parametrize("case", UNCLEAR)
def test_parts_without_their_boundary_are_a_trouble_and_no_text(case: str) -> None:
    structure = structure_of(UNCLEAR[case])
    assert (structure.trouble, structure.text) == ("parts without their boundary", "")


def test_two_from_lines_beside_a_good_mail_do_not_hide_its_text() -> None:
    structure = structure_of(b"From: a@b.cn\r\nFrom: c@d.cn\r\n\r\nwords")
    assert structure.envelope.sender is None
    assert structure.text == "words"
    assert structure.envelope.all("From") == ("a@b.cn", "c@d.cn")


def test_received_date_is_aware() -> None:
    received = structure_of(b"Received: by x; Tue, 25 Jul 2023 11:48:14 CST\r\nFrom: a@b.cn\r\n\r\n").envelope.received
    assert received is not None
    assert received.utcoffset() == timedelta(hours=8)
