"""Subjects, sender names and file names as Chinese programs write them (china-mail.md §3, the table of 29)."""

import base64
from urllib.parse import quote_from_bytes

from tests.mail.case import Case, case, filed
from tests.mail.papers import risk_docx
from tests.mail.pieces import attached, mail, raw_word, text, with_file, word

RARE = "一季度问题清单（镕）.docx"  # 镕 is in GBK, not in GB2312
RARER = "一季度问题清单（䶮）.docx"  # 䶮 takes four bytes of GB18030
PLAIN = "一季度问题清单.docx"
ABOUT = "八仙筒所一季度材料（喆）"
_KIND = b"application/octet-stream"


def _named(kind: bytes | None, disposition: bytes | None, subject: bytes = word("材料"), **more: bytes) -> bytes:
    """The usual mail with these bytes around the file's name."""
    changes = {"Subject": subject, **{name.replace("_", "-"): value for name, value in more.items()}}
    return mail(text(), attached(risk_docx(), kind or _KIND, disposition), changes=changes)


def _both(coded: bytes, subject: bytes) -> bytes:
    return _named(_KIND + b'; name="' + coded + b'"', b'attachment; filename="' + coded + b'"', subject)


def _pieces(data: bytes, charset: bytes, size: int, name: bytes = b"filename") -> bytes:
    """RFC 2231 continuations, percent-coded, cut every `size` bytes wherever that is."""
    cut = [data[at : at + size] for at in range(0, len(data), size)]
    coded = [quote_from_bytes(piece, safe="").encode() for piece in cut]
    return b";\r\n ".join(b"%s*%d*=%s%s" % (name, n, charset + b"''" if n == 0 else b"", piece) for n, piece in enumerate(coded))


def _split(data: bytes, label: str, at: int) -> bytes:
    """Two encoded words that cut a character in two, as QQ does."""
    return raw_word(data[:at], label) + b"\r\n " + raw_word(data[at:], label)


def _unpadded(data: bytes, label: bytes) -> bytes:
    return b"=?%s?B?%s?=" % (label, base64.b64encode(data).rstrip(b"="))


def _folded(name: str) -> bytes:
    """One encoded word with CRLF TAB in its middle."""
    whole = word(name)
    return whole[:24] + b"\r\n\t" + whole[24:]


def _twice(words: str) -> bytes:
    return word(word(words).decode())


WORDS = [
    case("gb2312-label-with-a-gbk-character", "§3 gb2312 label, GBK character",
         _both(word(RARE, "gbk", "gb2312"), word(ABOUT, "gbk", "gb2312")), filed(RARE, subject=ABOUT)),
    case("gb2312-label-with-a-gb18030-character", "§3 gb2312 label, GB18030 character",
         _both(word(RARER, "gb18030", "gb2312"), word("材料䶮", "gb18030", "GB2312")), filed(RARER, subject="材料䶮")),
    case("raw-gbk-in-the-header", "§3 raw GBK",
         _named(_KIND + b'; name="' + RARE.encode("gbk") + b'"', b'attachment; filename="' + RARE.encode("gbk") + b'"', ABOUT.encode("gbk")),
         filed(RARE, subject=ABOUT)),
    case("raw-gbk-whose-second-byte-is-a-backslash", "§3 raw GBK",  # 許 is E8 5C? 運 DF 5C: a byte that looks like an escape
         _named(None, b'attachment; filename="' + "一季度清單運.docx".encode("gbk") + b'"', "營運材料".encode("gbk")),
         filed("一季度清單運.docx", subject="營運材料")),
    case("raw-utf8-in-the-header", "§3 raw UTF-8",
         _named(None, b'attachment; filename="' + RARE.encode() + b'"', ABOUT.encode()), filed(RARE, subject=ABOUT)),
    case("character-split-between-two-gb18030-words", "§3 split character",
         _both(_split(RARE.encode("gb18030"), "gb18030", 7), _split(ABOUT.encode("gb18030"), "gb18030", 5)), filed(RARE, subject=ABOUT)),
    case("character-split-between-two-utf8-words", "§3 split character",
         _both(_split(RARE.encode(), "utf-8", 10), _split(ABOUT.encode(), "UTF-8", 7)), filed(RARE, subject=ABOUT)),
    case("encoded-twice", "§3 encoded twice", _both(_twice(PLAIN), _twice(ABOUT)), filed(PLAIN, subject=ABOUT)),
    case("label-x-gbk", "§3 x-gbk", _both(word(RARE, "gbk", "x-gbk"), word(ABOUT, "gbk", "x-gbk")), filed(RARE, subject=ABOUT)),
    case("label-cp936", "§3 cp936", _both(word(RARE, "gbk", "cp936"), word(ABOUT, "gbk", "cp936")), filed(RARE, subject=ABOUT)),
    case("label-with-a-language", "A29", _both(word(PLAIN, "utf-8", "utf-8*zh-CN"), word(ABOUT, "utf-8", "UTF-8*zh")), filed(PLAIN, subject=ABOUT)),
    case("label-that-is-no-charset", "A29", _both(word(PLAIN, "utf-8", "chinese-simplified"), word(ABOUT, "gbk", "default")), filed(PLAIN, subject=ABOUT)),
    case("label-that-is-a-codec-of-bytes", "A29", with_file(risk_docx(), PLAIN, changes={"Subject": b"=?hex?Q?abc?="}), filed(PLAIN, subject="abc")),
    case("name-in-a-codec-of-bytes", "A29", _named(None, b"attachment; filename*=rot13''abc.docx"), filed("abc.docx")),
    case("label-latin1-over-gb2312", "A29", _both(word(PLAIN, "gb2312", "iso-8859-1"), word("八仙筒所材料", "gb2312", "iso-8859-1")),
         filed(PLAIN, subject="八仙筒所材料")),
    case("label-utf8-over-gbk", "A29", _both(word(PLAIN, "gbk", "utf-8"), word(ABOUT, "gbk", "utf-8")), filed(PLAIN, subject=ABOUT)),
    case("label-gb2312-over-utf8", "A29", _both(word(PLAIN, "utf-8", "gb2312"), word("一季度材料", "utf-8", "gb2312")), filed(PLAIN, subject="一季度材料")),
    case("label-big5-traditional", "A29", _both(word("一季度問題清單.docx", "big5"), word("八仙筒所材料", "big5")),
         filed("一季度問題清單.docx", subject="八仙筒所材料")),
    case("adjacent-words-without-a-blank", "§3 adjacent words",
         _both(word("一季度") + word("问题") + word("清单.docx"), word("八仙筒所") + word("材料")), filed(PLAIN, subject="八仙筒所材料")),
    case("adjacent-words-of-two-charsets", "§3 adjacent words",
         _both(word("一季度") + b" " + word("问题", "gbk") + b" " + word("清单.docx"), word("八仙筒所", "gbk") + b"\r\n " + word("材料")),
         filed(PLAIN, subject="八仙筒所材料")),
    case("base64-without-padding", "§3 missing padding",
         _both(_unpadded("季度问题清单.docx".encode(), b"utf-8"), _unpadded("材料八仙".encode("gbk") + b"1", b"gbk")),
         filed("季度问题清单.docx", subject="材料八仙1")),
    case("q-encoded-gbk", "§3 Q-encoding", _both(word(RARE, "gbk", "gb18030", "Q"), word(ABOUT, "gbk", "gb2312", "q")), filed(RARE, subject=ABOUT)),
    case("q-encoding-with-blanks-left-in", "§3 Q-encoding",
         _both(b"=?utf-8?Q?=E4=B8=80=E5=AD=A3=E5=BA=A6 =E6=B8=85=E5=8D=95.docx?=", b"=?utf-8?Q?=E6=9D=90=E6=96=99 2?="),
         filed("一季度 清单.docx", subject="材料 2")),
    case("word-inside-ascii", "§3 word inside ASCII",
         _both(b"1." + word("一季度问题清单", "gb2312") + b"2024.docx", b"Fw: " + word("材料", "gb2312") + b" 2024Q1"),
         filed("1.一季度问题清单2024.docx", subject="Fw: 材料 2024Q1")),
    case("fold-in-the-middle-of-a-word", "§3 fold in the middle",
         _named(_KIND + b'; name="' + _folded(PLAIN) + b'"', b'attachment;\r\n\tfilename="' + _folded(PLAIN) + b'"', _folded(ABOUT)),
         filed(PLAIN, subject=ABOUT)),
    case("zero-length-words-in-the-subject", "A23", _both(word(PLAIN), b"=?utf-8?B??= " + word("材料") + b" =?utf-8?Q??="), filed(PLAIN, subject="材料")),
    case("subject-missing", "A23", mail(text(), attached(risk_docx(), _KIND, b'attachment; filename="' + word(PLAIN) + b'"'), changes={"Subject": None}),
         filed(PLAIN, subject="")),
    case("two-subjects-the-first-counts", "A23", with_file(risk_docx(), PLAIN, changes={"Subject": (word("第一个"), word("第二个"))}),
         filed(PLAIN, subject="第一个")),
]  # fmt: skip

NAMES = [
    case("rfc2231-pieces-of-utf8", "§3 RFC 2231 UTF-8", _named(None, b"attachment;\r\n " + _pieces(RARE.encode(), b"UTF-8", 11)), filed(RARE)),
    case("rfc2231-pieces-of-gbk-labelled-gb2312", "§3 RFC 2231 GBK",
         _named(None, b"attachment;\r\n " + _pieces(RARE.encode("gbk"), b"GB2312", 9)), filed(RARE)),
    case("rfc2231-pieces-out-of-order", "§3 RFC 2231 UTF-8",
         _named(None, b"attachment; filename*1*=%E9%97%AE%E9%A2%98%E6%B8%85%E5%8D%95.docx; filename*0*=UTF-8''%E4%B8%80%E5%AD%A3%E5%BA%A6"), filed(PLAIN)),
    case("rfc2231-pieces-holding-rfc2047", "§3 RFC 2231 holding RFC 2047",
         _named(None, b'attachment; filename*0="' + word(PLAIN)[:30] + b'";\r\n filename*1="' + word(PLAIN)[30:] + b'"'), filed(PLAIN)),
    case("rfc2231-without-a-charset", "§3 RFC 2231 GBK",
         _named(None, b"attachment; filename*=''" + quote_from_bytes(RARE.encode("gbk")).encode()), filed(RARE)),
    case("percent-coded-in-a-plain-name", "§3 RFC 2231 UTF-8",
         _named(None, b'attachment; filename="' + quote_from_bytes(PLAIN.encode()).encode() + b'"'), filed(PLAIN)),
    case("name-only-in-content-type", "§3 name only in Content-Type", _named(_KIND + b'; name="' + word(RARE) + b'"', None), filed(RARE)),
    case("unquoted-name-with-a-blank-in-gbk", "§3 unquoted name",
         _named(None, b"attachment; filename=" + "一季度 问题清单（镕）.docx".encode("gbk")), filed("一季度 问题清单（镕）.docx")),
    case("unquoted-name-with-a-blank-then-more", "§3 unquoted name",
         _named(None, b"attachment; filename=" + "一季度 清单.docx".encode() + b"; size=3086"), filed("一季度 清单.docx")),
    case("unquoted-words-on-two-lines", "§3 unquoted name",
         _named(None, b"attachment; filename=" + word("一季度") + b"\r\n\t" + word("问题清单.docx")), filed(PLAIN)),
    case("rfc2231-name-in-quotes", "§3 RFC 2231 UTF-8", _named(None, b"attachment; filename*=\"utf-8''%E6%B8%85%E5%8D%95.docx\""), filed("清单.docx")),
    case("rfc2047-name-and-rfc2231-name-differ", "§3 both forms of the name",
         _named(None, b'attachment; filename="' + word(RARE, "gbk", "gb2312") + b"\";\r\n filename*=UTF-8''" + quote_from_bytes(RARE.encode()).encode()),
         filed(RARE)),
    case("name-in-content-type-and-another-in-disposition", "§3 both forms of the name",
         _named(_KIND + b'; name="old.bin"', b'attachment; filename="' + word(PLAIN) + b'"'), filed(PLAIN)),
    case("dashes-of-gb2312-and-gbk", "§3 dashes",
         _both(word("八仙筒所―风险隐患清单.docx", "gb18030", "gb2312"), word("药品安全——问题清单", "gbk", "gb2312")),
         filed("八仙筒所―风险隐患清单.docx", subject="药品安全——问题清单")),
]  # fmt: skip

FROM = [
    case("quoted-encoded-sender-name", "§3 quoted From",
         with_file(risk_docx(), PLAIN, changes={"From": b'"' + word("八仙筒所", "gb18030") + b'" <baxiantong@units.example>'}),
         filed(PLAIN, sender_name="八仙筒所", sender="baxiantong@units.example")),
    case("raw-gbk-sender-name", "§3 raw GBK",
         with_file(risk_docx(), PLAIN, changes={"From": "八仙筒所 韩某".encode("gbk") + b" <baxiantong@units.example>"}),
         filed(PLAIN, sender_name="八仙筒所 韩某", sender="baxiantong@units.example")),
    case("sender-name-folded-from-the-address", "§3 quoted From",
         with_file(risk_docx(), PLAIN, changes={"From": word("八仙筒市场监督管理所", "gb2312") + b"\r\n\t<baxiantong@units.example>"}),
         filed(PLAIN, sender_name="八仙筒市场监督管理所", sender="baxiantong@units.example")),
]  # fmt: skip

CASES: list[Case] = [*WORDS, *NAMES, *FROM]
