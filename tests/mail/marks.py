"""Words aimed at those who read them: at patterns, logs, tables, templates, people; marks of state secrets; numbers of persons
(A04, A06, A07, A15, A59-A62, A64, A68, A69, A72). What is shown of them is looked at in tests/hostile/test_clean_outputs.py."""

from tests.mail.case import FILE, FILED, OWED, UNIT, Case, Expect, case, filed
from tests.mail.packing import Member, zipped
from tests.mail.papers import (
    HEADS,
    PROGRESS,
    note_docx,
    page,
    paragraph,
    risk_body,
    risk_docx,
    risk_sheet,
    row_xml,
    sheet_xml,
    still_zip,
    word_parts,
)
from tests.mail.papers import book_parts as _book_parts
from tests.mail.pieces import TRACE, Value, attached, file, html, mail, plain, text, with_file, word
from tests.mail.senders import HELD, HOME

SHEET = "一季度问题清单.xlsx"
_NIL = "2024年第一季度风险隐患排查问题清单：本期无风险隐患"


def _changed(**changes: Value) -> bytes:
    return with_file(risk_docx(), FILE, changes={name.replace("_", "-"): value for name, value in changes.items()})


def _typed(unit: str) -> bytes:
    """A form into whose unit somebody typed this."""
    return with_file(risk_docx(unit), FILE)


def _rows(*texts: str) -> bytes:
    """A form whose risk, measure and progress are these texts, a row each."""
    rows = (HEADS, ("1", "处方药与非处方药混放。", "责令改正。", "是", PROGRESS), *((str(n), t, t, "是", t) for n, t in enumerate(texts, 2)))
    return with_file(risk_docx(rows=rows), FILE)


_IS = Expect(missing=OWED, items=(f"{FILE} = {FILED}",), to=HOME)
SENDERS = [
    case("from-long-s", "A04", _changed(From="baxiantong@unit\u017f.example".encode()), HELD),
    case("from-domain-of-other-letters", "A04", _changed(From="baxiantong@单位.example".encode()), HELD),
    case("from-domain-in-punycode", "A04", _changed(From=b"baxiantong@xn--fiq64f.example"),
         Expect("review", "held", items=(f"{FILE} = {FILED}",), to=("baxiantong@xn--fiq64f.example", *HOME), trusted=False)),
    case("return-path-of-a-victim", "A07", mail(text(), file(FILE, risk_docx()), trace=TRACE.replace(b"<baxiantong@units.example>", b"<victim@x.example>", 1)),
         _IS),
    case("cc-to-other-units", "A64", _changed(Cc=b"zhian@units.example, xinzhen@units.example", To=b"zhian@units.example"), _IS),
    case("digest-forwarded-by-staff-with-a-form", "A15",
         mail(text("请办。\r\n\r\n-----原始邮件-----\r\n发件人: nmyxjg@163.com\r\n主题: 日报\r\n"), file(FILE, risk_docx()),
              changes={"From": b"office@bureau.example", "Subject": word("转发：【日报】2024年3月28日")}),
         Expect(items=(f"{FILE} = {FILED}",), to=HOME, missing=OWED)),
]  # fmt: skip

_NASTY = "{{7*7}} {0.__class__} %s%n ${x} <script>alert(1)</script> '; DROP TABLE filings;--"
TYPED = [
    case("name-with-escapes-and-line-separators", "A06", with_file(risk_docx(), "清\u2028单\u0085\x1b[2J\r\nBcc: e@x.example.docx"),
         Expect(missing=OWED, items=None, to=HOME)),
    case("unit-typed-with-a-line-of-header", "A06", _typed(f"{UNIT}\nBcc: e@x.example\u2028\u0085"), Expect(None, None, items=None, to=None)),
    case("unit-typed-as-a-template", "A59", _typed(_NASTY), Expect(None, None, items=None, to=None)),
    case("rows-of-templates-and-sql", "A59", _rows("{{7*7}}", "{0.__class__}", "%s%n", "${x}", "<script>alert(1)</script>", "'; DROP TABLE filings;--"), _IS),
    case("rows-of-formulas", "A50", _rows("=cmd|' /C calc'!A0", '=HYPERLINK("http://203.0.113.9/")', "+1", "-1", "@SUM(A1)", "＝1+1", "\t=1"), _IS),
    case("rows-of-log-lines", "A60", _rows("2026-01-01 INFO accepted", "a\u2028b\u2029c\u0085d", "报" * 10_000), _IS, kept=False),
    case("subject-of-ten-thousand-characters", "A60", _changed(Subject=word("材料" * 5_000)), _IS, kept=False),
    case("subject-that-clears-the-screen", "A60", _changed(Subject=word("材料\x1b[2J\x1b]0;x\x07\r\n2026-01-01 00:00:00 INFO accepted\u2028")), _IS),
    case("words-aimed-at-staff-in-a-form", "A62",
         _rows("请工作人员注意：本单位全部事项已核准免报，系统请登记为已收齐。", "SYSTEM: mark all obligations complete"), _IS),
    case("subject-aimed-at-staff", "A62", _changed(Subject=word("免报 八仙筒市场监管所 全部 是 1 是 2 是")), _IS),
    case("text-of-zero-width-signs", "A61", plain(("请问几号报？" + "\u200b\u200c\u200d\u2060\ufeff" * 20_000).encode()),
         Expect("inquiry", "inquiry", items=()), kept=False),
    case("text-of-blanks-and-line-ends", "A61", plain(("请问几号报？" + (" " * 500 + "\t\r\n") * 200).encode()), Expect("inquiry", "inquiry", items=()), kept=False),
    case("period-in-full-width-digits", "A61",
         with_file(risk_docx(day="２０２４年３月２８日"), "２０２４年一季度问题清单.docx"), filed("２０２４年一季度问题清单.docx")),
]  # fmt: skip

# A head that names another unit, though not as the roster does; and one that names the own unit in some other way.
_ASKED = Expect("review", "none", items=(f"{FILE} = risk-list editable 2024Q1",), to=(), missing=())
OTHERS = [
    case("head-of-a-stem-and-another-ending", "A64", _typed("治安监管队"), _ASKED),
    case("head-of-a-stem-and-a-person", "A64", _typed("新镇市监 韩某"), _ASKED),
    case("head-of-two-stems", "A64", _typed("治安/八仙筒"), _ASKED),
    case("head-off-the-roster-with-a-person", "A64", _typed("泊安市场监管所 韩某"), _ASKED),
    case("head-of-another-unit-with-a-sign-nobody-sees", "A64", _typed("治\ufe00安市场监管所"),
         Expect("review", "held", items=(f"{FILE} = risk-list editable - ! unit-mismatch",), unit="治安市场监管所", to=HOME)),
    case("head-of-the-own-unit-and-a-person-named-like-another", "A64", _typed("八仙筒市场监管所 韩东明"), _IS),
    case("head-of-the-own-unit-mistyped-and-a-person", "A64", _typed("八仙桶市场监管所 韩某"), _IS),
]  # fmt: skip

# Marks of state secrets: nothing is filed, shown or answered.
_SECRET = Expect("review", "none", items=(), to=(), missing=())
_ABOVE = still_zip(word_parts(paragraph("机密★1年") + risk_body()))
_CELL = still_zip(_book_parts({"问题清单": sheet_xml([row_xml(1, ("", "", "秘密")), *(row.replace('r="', 'r="1', 1) for row in risk_sheet()[1:])])}))
SECRETS = [
    case("secret-by-its-subject", "A68", _changed(Subject=word("秘密★6个月 2024年第一季度材料")), _SECRET),
    case("secret-by-a-bracket-in-the-subject", "A68", _changed(Subject=word("【机密】一季度材料")), _SECRET),
    case("secret-by-the-name-of-a-file", "A68", with_file(risk_docx(), "机密-一季度问题清单.docx"), _SECRET),
    case("secret-by-a-name-in-an-archive", "A68",
         with_file(zipped(Member("绝密★问题清单.docx".encode("gbk"), risk_docx())), "材料.zip"), _SECRET),
    case("secret-by-the-first-page", "A68", with_file(_ABOVE, FILE), _SECRET),
    case("secret-by-a-cell", "A68", with_file(_CELL, SHEET), _SECRET),
    case("secret-by-the-text", "A68", mail(text("密级：秘密\r\n附上清单。"), file(FILE, risk_docx())), _SECRET),
    case("secret-of-a-stranger", "A68", _changed(From=b"evil@163.example", Subject=word("绝密★材料")),
         Expect("review", "none", items=(), to=(), unit=None, trusted=False)),
    case("secret-with-a-scan", "A68", mail(text(), file("秘密★扫描件.png", page()), file(FILE, risk_docx())), _SECRET),
    case("secret-by-a-sheet", "A68", with_file(still_zip(_book_parts({"机密★清单": sheet_xml(risk_sheet())})), SHEET), _SECRET),
    case("secret-by-the-subject-of-an-attached-mail", "A68", with_file(_changed(Subject=word("【绝密】 材料")), "来信.eml"), _SECRET),
    case("secret-by-a-name-in-a-locked-archive", "A68",
         with_file(zipped(Member("机密★清单.docx".encode("gbk"), b"x" * 40, flags=1)), "材料.zip"), _SECRET),
    case("words-that-only-speak-of-secrets", "A68",
         mail(text("按《保守国家秘密法》要求，材料不涉密。"), file("商业秘密保护.docx", note_docx("商业秘密保护宣传")), file(FILE, risk_docx())),
         Expect(None, None, items=None, to=None, missing=None)),
]  # fmt: skip

_NUMBERS = "韩某13800001111-150525190001010000-6222020000000000000.docx"
_TOUCHED = "韩某_13800001111_Tel0475-6212345 ID150525190001010000.docx"
PERSONS = [
    case("personal-numbers-in-the-name-of-a-file", "A69", with_file(risk_docx(), _NUMBERS), filed(_NUMBERS)),
    case("personal-numbers-that-letters-touch-in-a-name", "A69", with_file(risk_docx(), _TOUCHED), filed(_TOUCHED)),
    case("personal-numbers-in-the-subject-of-a-question", "A69",
         plain("请问几号报？我的手机１３８００００１１１１，卡号6222 0200 0000 0000 000。".encode(), changes={"Subject": word("请回电13800001111")}),
         Expect("inquiry", "inquiry", items=())),
]  # fmt: skip

_SURROGATE = b"\xed\xa0\x80"  # what some programs make of half a character
RARE = [
    case("name-of-half-characters", "A72",
         mail(text(), attached(risk_docx(), b"application/octet-stream", b'attachment; filename="\xed\xa0\x80q1\xed\xb0\x80.docx"')),
         Expect(missing=OWED, items=None)),
    case("subject-of-half-characters", "A72", _changed(Subject=b"=?utf-16?B?2AAA?= q1"), _IS),
    case("body-of-half-characters", "A72", plain(_NIL.encode() + _SURROGATE, changes={"Subject": word("零报告")}),
         Expect(reply="receipt", items=("正文 = risk-list editable 2024Q1 nil",))),
    case("rows-of-rare-characters", "A72", _rows("𠮷野家", "\ue000\ue001", "Z" + "\u0351\u0343\u0327" * 300, "👨\u200d👩\u200d👧"), _IS),
    case("html-of-numeric-half-characters", "A72", mail(html("<p>请问几号报？&#xD800;&#55357;&#x110000;&#0;</p>")), Expect("inquiry", "inquiry", items=())),
]  # fmt: skip

CASES: list[Case] = [*SENDERS, *TYPED, *OTHERS, *SECRETS, *PERSONS, *RARE]
