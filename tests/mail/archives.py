"""Archives as Chinese programs make them, and as nobody should (A37-A43; china-mail.md §4)."""

import struct
from zlib import crc32

from tests import ole
from tests.adapters.handmade import cab, lzh, rar4, rar5
from tests.adapters.tnefs import embedded, long_name, tnef
from tests.adapters.tnefs import file as tnef_file
from tests.mail.case import FILE, FILED, OWED, Case, Expect, case
from tests.mail.packing import AES, Member, names_of, overlapping, seven_zip, seven_zip_locked, tarred, zip64, zipped
from tests.mail.papers import gzipped, page, risk_docx, risk_xlsx, stored_deflate
from tests.mail.pieces import attached, file, mail, text, with_file

DOCX = risk_docx()
_SYMLINK = 0o120777
_UTF8 = 0x800


def _holds(*items: str, **more: object) -> Expect:
    return Expect(items=items, missing=OWED, **more)  # type: ignore[arg-type]


def _packed(archive: bytes, name: str = "材料.zip") -> bytes:
    return with_file(archive, name)


def _refused(trouble: str, name: str = "材料.zip") -> Expect:
    """Nothing could be read."""
    return Expect("review", "missing", items=(f"{name} = - other - ! {trouble}",))


INSIDE = _holds(f"材料.zip/{FILE} = {FILED}")
NAMES = [
    case("zip-names-in-gbk", ("A37", "§4 zip names"), _packed(zipped(*names_of([("材料/一季度问题清单.docx", DOCX)], "gbk"))),
         _holds(f"材料.zip/材料/{FILE} = {FILED}")),
    case("zip-names-in-utf8-flagged", "§4 zip names", _packed(zipped(Member(FILE.encode(), DOCX, _UTF8))), INSIDE),
    case("zip-of-a-mac", "§4 zip names",
         _packed(zipped(Member(FILE.encode(), DOCX, mode=0o100644), Member(b"__MACOSX/._" + FILE.encode(), b"\0\5\x16\7", mode=0o100644),
                        Member(b".DS_Store", b"\0\0\0\1Bud1", mode=0o100644))), INSIDE),
    case("zip-of-all-that-is-owed", "§4 zip names", _packed(zipped(*names_of([(FILE, DOCX), ("扫描件.png", page())], "gbk"))),
         Expect(reply="receipt", missing=(), items=(f"材料.zip/{FILE} = {FILED}", "材料.zip/扫描件.png = risk-list scan 2024Q1"))),
    case("zip-with-folders-by-backslash", "A37", _packed(zipped(Member("材料\\一季度问题清单.docx".encode("gbk"), DOCX))),
         _holds(f"材料.zip/材料/{FILE} = {FILED}")),
    case("zip-name-with-a-nul", "A37", _packed(zipped(Member(b"a.docx\0.pdf", DOCX))), Expect(missing=OWED, items=None)),
    case("zip-same-name-twice", "A37", _packed(zipped(Member(b"a.docx", DOCX), Member(b"a.docx", page()))),
         Expect(reply="receipt", items=(f"材料.zip/a.docx = {FILED}", "材料.zip/a.docx = risk-list scan 2024Q1"), missing=())),
    case("zip-name-says-one-thing-its-unicode-extra-another", "§4 zip names",
         _packed(zipped(Member(FILE.encode("gbk"), DOCX, extra=b"\x75\x70\x05\x00\x01\0\0\0\0"))), INSIDE),
]  # fmt: skip

WAYS_OUT = [
    case("zip-path-upwards", "A37", _packed(zipped(Member(b"../../etc/cron.d/x", b"* * * * * root id"), Member(FILE.encode("gbk"), DOCX))),
         _holds("材料.zip = - other - ! archive-unsafe", f"材料.zip/{FILE} = {FILED}")),
    case("zip-path-absolute", "A37", _packed(zipped(Member(b"/etc/passwd", b"x"))), _refused("archive-unsafe")),
    case("zip-path-of-a-drive", "A37", _packed(zipped(Member(b"C:\\x.docx", DOCX))), _refused("archive-unsafe")),
    case("zip-member-is-a-link", "A37", _packed(zipped(Member(b"a.docx", b"/etc/passwd", mode=_SYMLINK), Member(FILE.encode("gbk"), DOCX))),
         _holds("材料.zip = - other - ! archive-unsafe", f"材料.zip/{FILE} = {FILED}")),
    case("zip-overlapping-members", "A38", _packed(overlapping(b"a.docx", DOCX, 100)), _refused("archive-unsafe")),
    case("zip-says-less-than-it-holds", "A38", _packed(zipped(Member(b"a.docx", stored_deflate(DOCX), method=8, said=100, crc=0))), _refused("corrupt")),
    case("zip-inside-zip", "A38", _packed(zipped(Member(b"q1.zip", zipped(Member(FILE.encode("gbk"), DOCX))))), _holds(f"材料.zip/q1.zip/{FILE} = {FILED}")),
    case("zip-three-deep", "A38", _packed(zipped(Member(b"2.zip", zipped(Member(b"3.zip", zipped(Member(b"a.docx", DOCX))))))),
         Expect("review", "missing", items=("材料.zip/2.zip/3.zip = - other - ! archive-unsafe",))),
]  # fmt: skip

LOCKED = [
    case("zip-encrypted", "A39", _packed(zipped(Member(FILE.encode("gbk"), bytes(12) + DOCX, 0x1))), _refused("encrypted")),
    case("zip-encrypted-with-aes", "A39", _packed(zipped(Member(FILE.encode("gbk"), bytes(28) + DOCX, 0x1, 99, extra=b"\x01\x99\x07\0\2\0AE\3\0\0"))),
         _refused("encrypted")),
    case("zip-with-one-encrypted-member", "A39", _packed(zipped(Member(FILE.encode("gbk"), DOCX), Member(b"b.docx", bytes(60), 0x1))),
         _holds(f"材料.zip/{FILE} = {FILED}", "材料.zip/b.docx = - editable - ! encrypted")),
    case("zip-with-the-lock-file-of-word", "A39", _packed(zipped(Member(FILE.encode("gbk"), DOCX), Member("~$度问题清单.docx".encode("gbk"), bytes(162)))), INSIDE),
    case("zip-encrypted-password-in-the-text", "A39", with_file(zipped(Member(b"a.docx", bytes(60), 0x1)), "材料.zip", "解压密码：123456"),
         _refused("encrypted")),
]  # fmt: skip

DAMAGED = [
    case("zip-cut-off", "A40", _packed(zipped(*names_of([(FILE, DOCX), ("扫描件.png", page())], "gbk"))[:9_000]),
         _holds("材料.zip = - other - ! corrupt", f"材料.zip/{FILE} = {FILED}")),
    case("zip-wrong-checksum", "A40", _packed(zipped(Member(FILE.encode("gbk"), DOCX, crc=1), Member(b"b.xlsx", risk_xlsx()))),
         Expect(missing=OWED, items=(f"材料.zip/{FILE} = risk-list editable - ! corrupt", f"材料.zip/b.xlsx = {FILED}"))),
    case("zip-with-bytes-before-it", "A40", _packed(b"MZ stub of a self-extractor" + zipped(Member(FILE.encode("gbk"), DOCX)), "材料.exe"),
         Expect("review", "missing", items=("材料.exe = - other - ! unsupported",))),
    case("zip-with-bytes-behind-it", "A40", _packed(zipped(Member(FILE.encode("gbk"), DOCX)) + bytes(300)), INSIDE),
    case("zip-with-another-ending", "A40", _packed(zipped(Member(FILE.encode("gbk"), DOCX)), "材料.docx"), _holds(f"材料.docx/{FILE} = {FILED}")),
    case("zip64-small", "A40", _packed(zip64(FILE.encode("gbk"), DOCX)), INSIDE),
    case("zip-empty", "A40", _packed(zipped()), _refused("empty-file")),
    case("zip-with-an-unknown-method", "A40", _packed(zipped(Member(b"a.docx", DOCX, method=97))), _refused("unsupported")),
]  # fmt: skip


def _rar_of_exabytes() -> bytes:
    """A RAR 5 whose first block says that 2^64 - 1 bytes follow it."""
    head = bytes((12, 2, 2)) + b"\xff" * 9 + b"\x01"
    return b"Rar!\x1a\x07\x01\x00" + struct.pack("<I", crc32(head)) + head + bytes(16)


_NEEDS = "bsdtar"
_PAIR = Expect(reply="receipt", missing=(), items=(f"材料.rar/{FILE} = {FILED}", "材料.rar/p.png = risk-list scan 2024Q1"))
RAR = [
    case("rar4", ("A41", "§4 rar"), _packed(rar4((FILE.encode("gbk"), DOCX), (b"p.png", page())), "材料.rar"), _PAIR, tool=_NEEDS),
    case("rar5", ("A41", "§4 rar"), _packed(rar5((FILE, DOCX), ("p.png", page())), "材料.rar"), _PAIR, tool=_NEEDS),
    case("rar5-that-ends-with-a-stored-docx", "A41", _packed(rar5((FILE, DOCX)), "材料.rar"), _holds(f"材料.rar/{FILE} = {FILED}"), tool=_NEEDS),
    case("rar5-path-upwards", "A41", _packed(rar5(("../../x.png", page())), "材料.rar"), _refused("archive-unsafe", "材料.rar"), tool=_NEEDS),
    case("rar4-encrypted", "A41", _packed(rar4((b"a.docx", DOCX), file_flags=0x04), "材料.rar"), _refused("encrypted", "材料.rar"), tool=_NEEDS),
    case("rar5-encrypted-names", "A41", _packed(rar5(encrypted_head=True), "材料.rar"), _refused("encrypted", "材料.rar"), tool=_NEEDS),
    case("rar5-that-says-it-holds-exabytes", "A41", mail(text(), file(FILE, DOCX), file("材料.rar", _rar_of_exabytes())),
         _holds(f"{FILE} = {FILED}", "材料.rar = - other - ! corrupt"), tool=_NEEDS),
    case("rar4-first-volume-of-three", "A41", _packed(rar4((b"a.docx", DOCX), archive_flags=0x01, file_flags=0x02), "材料.part1.rar"),
         Expect("review", "missing", items=None), tool=_NEEDS),
]  # fmt: skip

SEVEN = [
    case("7z", ("A42", "§4 7z"), _packed(seven_zip(FILE, DOCX), "材料.7z"), _holds(f"材料.7z/{FILE} = {FILED}"), tool=_NEEDS),
    case("7z-path-upwards", "A42", _packed(seven_zip("../../x.docx", DOCX), "材料.7z"), _refused("archive-unsafe", "材料.7z"), tool=_NEEDS),
    case("7z-encrypted", "A42", _packed(seven_zip("a.docx", bytes(64), AES), "材料.7z"), _refused("encrypted", "材料.7z"), tool=_NEEDS),
    case("7z-encrypted-names", "A42", _packed(seven_zip_locked(), "材料.7z"), _refused("encrypted", "材料.7z"), tool=_NEEDS),
]  # fmt: skip

OTHERS = [
    case("tar-gz", "A43", _packed(gzipped(tarred((b"dir/" + FILE.encode(), DOCX))), "材料.tar.gz"), _holds(f"材料.tar.gz/dir/{FILE} = {FILED}")),
    case("tar-names-in-gbk", "A43", _packed(tarred((FILE.encode("gbk"), DOCX)), "材料.tar"), _holds(f"材料.tar/{FILE} = {FILED}")),
    case("tar-link-then-file", "A43", _packed(tarred((FILE.encode(), DOCX), (b"l", b""), kind=b"2", link=b"/etc"), "材料.tar"),
         _holds("材料.tar = - other - ! archive-unsafe", f"材料.tar/{FILE} = {FILED}")),
    case("gz-of-one-file", "A43", _packed(gzipped(DOCX, b"a.docx"), "一季度问题清单.docx.gz"), _holds(f"一季度问题清单.docx.gz/{FILE} = {FILED}")),
    case("cab", "A43", _packed(cab((FILE.encode(), DOCX)), "材料.cab"), _holds(f"材料.cab/{FILE} = {FILED}"), tool=_NEEDS),
    case("lzh", "A43", _packed(lzh((b"a.docx", DOCX), (b"p.png", page())), "材料.lzh"),
         Expect(reply="receipt", missing=(), items=(f"材料.lzh/a.docx = {FILED}", "材料.lzh/p.png = risk-list scan 2024Q1")), tool=_NEEDS),
    case("eml-in-zip", "A43", _packed(zipped(Member("来信.eml".encode("gbk"), with_file(DOCX, FILE)))), _holds(f"材料.zip/来信.eml/{FILE} = {FILED}")),
    case("outlook-msg", "A43", _packed(ole.file({"__properties_version1.0": bytes(32)}), "材料.msg"),
         Expect("review", "missing", items=("材料.msg = - other - ! unsupported",))),
]  # fmt: skip

_DAT = "winmail.dat"


def _winmail(content: bytes) -> bytes:
    return mail(text(), attached(content, b'application/ms-tnef; name="winmail.dat"', b'attachment; filename="winmail.dat"'))


TNEF = [
    case("winmail-dat", ("A43", "§3 winmail.dat"), _winmail(tnef(tnef_file(b"YIJIDU~1.DOC", DOCX, long_name(FILE)))), _holds(f"{_DAT}/{FILE} = {FILED}")),
    case("winmail-dat-short-name-in-gbk", ("A43", "§3 winmail.dat"), _winmail(tnef(tnef_file(FILE.encode("gbk"), DOCX))), _holds(f"{_DAT}/{FILE} = {FILED}")),
    case("winmail-dat-holding-a-message", ("A43", "§3 winmail.dat"), _winmail(tnef(embedded("旧信", tnef(tnef_file(FILE.encode("gbk"), DOCX))))),
         Expect(missing=OWED, items=(f"{_DAT}/旧信/{FILE} = {FILED}",))),
    case("winmail-dat-cut-off", ("A43", "§3 winmail.dat"), mail(text(), file(_DAT, tnef(tnef_file(FILE.encode("gbk"), DOCX))[:2000])),
         _refused("corrupt", _DAT)),
]  # fmt: skip

CASES: list[Case] = [*NAMES, *WAYS_OUT, *LOCKED, *DAMAGED, *RAR, *SEVEN, *OTHERS, *TNEF]
