"""The whole corpus, and the rows of the facts that it must cover."""

from tests.mail import actives, archives, automatic, bodies, bombs, files, headers, hostile, links, marks, office, programs, senders
from tests.mail.case import Case

CASES: tuple[Case, ...] = tuple(
    one
    for room in (headers, bodies, senders, files, archives, office, links, automatic, programs, hostile, actives, marks, bombs)
    for one in room.CASES
)

# china-mail.md §3: headers and file names (29), links, automatic mail; §4: as far as it is about reading.
TABLE = (
    "gb2312 label, GBK character", "gb2312 label, GB18030 character", "raw GBK", "raw UTF-8", "RFC 2231 UTF-8", "RFC 2231 GBK", "split character",
    "RFC 2231 holding RFC 2047", "encoded twice", "x-gbk", "cp936", "name only in Content-Type", "adjacent words", "missing padding", "Q-encoding",
    "word inside ASCII", "fold in the middle", "unquoted name", "both forms of the name", "body gb2312", "body undeclared", "forward",
    "eml as octet-stream", "nameless inline image", "missing final boundary", "quoted From", "path in the name", "same name twice", "dashes",
)  # fmt: skip
LINKS = ("link 163", "link dashi", "link qiye", "link QQ old", "link QQ new", "link exmail", "link 189", "link Sina", "link 139")
AUTOMATIC = (
    "QQ auto-reply", "Sina auto-reply", "Exchange auto-reply", "163 auto-reply", "163 bounce", "Coremail bounce", "21cn bounce", "recall", "read receipt",
    "winmail.dat", "signed paper photo",
)  # fmt: skip
FORMATS = (
    "et", "BIFF8 renamed", "HTML as xls", "empty fill", "wrong dimension", "uncached formula", "NULL relationship", "wps", "encrypted Office",
    "zip names", "rar", "7z", "heic", "image PDF", "ofd", "blocked kinds",
)  # fmt: skip
# reliability.md §3: the rows that one mail can be. Loops, tokens, replays and floods (A10, A16, A17, A19, A70), what is sent (A73), what an
# admin writes (A74, A75), the console (A76, a later issue: an attachment is kept by its hash alone) and the kill test (A80) have tests of their own.
ADVERSARIAL = frozenset(range(1, 10)) | {11, 12, 13, 14, 15, 18} | frozenset(range(20, 70)) | {71, 72, 77, 78, 79}

ROWS: tuple[str, ...] = (
    *(f"§3 {row}" for row in (*TABLE, *LINKS, *AUTOMATIC)), *(f"§4 {row}" for row in FORMATS), *(f"A{number:02}" for number in sorted(ADVERSARIAL)),
)  # fmt: skip


def adversarial(one: Case) -> tuple[str, ...]:
    """The rows of reliability.md that a case shows."""
    return tuple(row for row in one.rows if row.startswith("A"))
