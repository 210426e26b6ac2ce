"""Archives and mails as files: names, limits that count while reading, and what is refused."""

import base64
import io
import random
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest

from mailbot.adapters.limits import Limits
from tests.adapters.mails import unpacked

LIMITS = Limits()


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def renamed(archive: bytes, placeholder: bytes, name: bytes) -> bytes:
    """Names as old Windows programs and macOS write them: other bytes, no UTF-8 flag."""
    assert len(placeholder) == len(name)
    return archive.replace(placeholder, name)


def opened(content: bytes, limits: Limits = LIMITS, name: str = "材料.zip") -> list[tuple[str, str | None, int]]:
    return [(leaf.path, leaf.trouble, leaf.content.size) for leaf in unpacked((name, content), limits=limits).leaves]


def test_members_stand_in_place_of_the_archive() -> None:
    assert opened(zipped(("清单.docx", b"abc"), ("子目录/月报.pdf", b"%PDF-1"))) == [
        ("材料.zip/清单.docx", None, 3),
        ("材料.zip/子目录/月报.pdf", None, 6),
    ]


@pytest.mark.parametrize("charset", ["gbk", "utf-8"])
def test_names_without_the_utf8_flag_are_read_in_their_charset(charset: str) -> None:
    name = "一季度清单.docx".encode(charset)
    archive = renamed(zipped(("a" * len(name), b"x")), b"a" * len(name), name)
    assert opened(archive) == [("材料.zip/一季度清单.docx", None, 1)]


def test_backslashes_part_folders() -> None:
    archive = renamed(zipped(("ab/c.txt", b"x")), b"ab/c.txt", b"ab\\c.txt")
    assert opened(archive) == [("材料.zip/ab/c.txt", None, 1)]


def test_clutter_of_macos_and_windows_is_passed_over() -> None:
    archive = zipped(
        ("__MACOSX/._清单.docx", b"x"), ("._a", b"x"), ("Thumbs.db", b"x"), (".DS_Store", b"x"), ("dir/", b""), ("a.txt", b"x"),
        ("dir/~$清单.docx", b"x"), (".~lock.清单.docx#", b"x"),
    )  # fmt: skip
    assert opened(archive) == [("材料.zip/a.txt", None, 1)]


def test_archive_without_files_is_a_leaf_of_its_own() -> None:
    assert [(path, trouble) for path, trouble, _ in opened(zipped(("dir/", b""), ("Thumbs.db", b"x")))] == [("材料.zip", "empty-file")]


def test_empty_member_is_an_empty_file() -> None:
    assert opened(zipped(("a.docx", b""))) == [("材料.zip/a.docx", "empty-file", 0)]


def test_archive_in_an_archive_is_opened_and_the_third_is_not() -> None:
    inner = zipped(("a.txt", b"x"))
    assert opened(zipped(("里.zip", inner))) == [("材料.zip/里.zip/a.txt", None, 1)]
    deeper = zipped(("中.zip", zipped(("里.zip", inner))))
    assert [(path, trouble) for path, trouble, _ in opened(deeper)] == [("材料.zip/中.zip/里.zip", "archive-unsafe")]


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = 0o120777 << 16
    return info


@pytest.mark.parametrize("bad", ["../x.txt", "/etc/x.txt", "C:/x.txt", "a/../../x.txt", link("x.txt")], ids=str)
def test_member_that_leads_out_is_refused_and_the_good_one_read(bad: str | zipfile.ZipInfo) -> None:
    found = opened(zipped((bad, b"evil"), ("good.txt", b"x")))
    assert [(path, trouble) for path, trouble, _ in found] == [("材料.zip", "archive-unsafe"), ("材料.zip/good.txt", None)]


def test_archive_with_a_password_is_one_encrypted_leaf() -> None:
    archive = bytearray(zipped(("a.txt", b"x")))
    archive[6] |= 1
    archive[archive.index(b"PK\x01\x02") + 8] |= 1
    assert [(path, trouble) for path, trouble, _ in opened(bytes(archive))] == [("材料.zip", "encrypted")]


def test_damaged_member_is_corrupt_and_the_others_are_read() -> None:
    archive = bytearray(zipped(("a.bin", bytes(range(256)) * 4), ("b.txt", b"x")))
    at = archive.index(b"a.bin") + 40
    archive[at : at + 20] = b"\xff" * 20
    assert [(path, trouble) for path, trouble, _ in opened(bytes(archive))] == [("材料.zip/a.bin", "corrupt"), ("材料.zip/b.txt", None)]


def test_archive_of_which_nothing_can_be_read_is_corrupt() -> None:
    archive = bytearray(zipped(("a.bin", bytes(range(256)) * 4)))
    at = archive.index(b"a.bin") + 40
    archive[at : at + 20] = b"\xff" * 20
    assert [(path, trouble) for path, trouble, _ in opened(bytes(archive))] == [("材料.zip", "corrupt")]


def test_bomb_is_stopped_while_reading() -> None:
    limits = replace(LIMITS, ratio_from=100_000)
    assert [(path, trouble) for path, trouble, _ in opened(zipped(("a.txt", b"\0" * 3_000_000)), limits)] == [
        ("材料.zip", "archive-unsafe")
    ]


def test_budget_is_shared_by_all_archives_of_a_mail() -> None:
    limits = replace(LIMITS, unpacked_bytes=1_500)
    archive = zipped(("a.bin", bytes(range(256)) * 4))
    found = unpacked(("1.zip", archive), ("2.zip", archive), limits=limits)
    assert [(leaf.path, leaf.trouble) for leaf in found.leaves] == [("1.zip/a.bin", None), ("2.zip", "archive-unsafe")]


def test_members_that_share_bytes_are_refused() -> None:
    archive = zipped(("a.txt", b"x" * 50))
    directory = archive.index(b"PK\x01\x02")
    end = archive.index(b"PK\x05\x06")
    entry = archive[directory:end]
    tail = bytearray(archive[end:])
    tail[8:12] = (2).to_bytes(2, "little") * 2
    tail[12:16] = (2 * len(entry)).to_bytes(4, "little")
    assert [t for _, t, _ in opened(archive[:directory] + entry + entry + bytes(tail))] == ["archive-unsafe"]


def test_too_many_members_are_refused() -> None:
    assert [t for _, t, _ in opened(zipped(*((f"{i}.txt", b"x") for i in range(201))))] == ["archive-unsafe"]
    assert len(opened(zipped(*((f"{i}.txt", b"x") for i in range(200))))) == 200


def test_file_over_the_size_rule_is_too_large_and_not_unpacked() -> None:
    archive = zipped(("a.txt", bytes(range(256)) * 20))
    limits = replace(LIMITS, file_bytes=len(archive) - 1)
    assert [(path, trouble) for path, trouble, _ in opened(archive, limits)] == [("材料.zip", "too-large")]


def test_office_file_is_not_unpacked() -> None:
    assert opened(zipped(("[Content_Types].xml", b"x"), ("word/document.xml", b"x")), name="a.zip")[0][0] == "a.zip"


def eml(name: bytes) -> bytes:
    head = b"From: a@b.cn\r\nTo: c@d.cn\r\nSubject: s\r\nDate: Mon, 1 Jul 2024 10:00:00 +0800\r\n"
    words = b"Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nwords\r\n--B\r\n"
    file = b"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=" + name
    return head + words + file + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(b"%PDF-1.4") + b"\r\n--B--\r\n"


def test_mail_as_a_file_is_opened_by_its_content() -> None:
    found = unpacked(("原邮件.eml", eml(b"a.pdf")))
    assert [(leaf.path, leaf.forwarded) for leaf in found.leaves] == [("原邮件.eml/a.pdf", True)]
    assert found.words == ("words",)


def test_mail_in_an_archive_is_opened_too() -> None:
    assert opened(zipped(("信.eml", eml(b"a.pdf")))) == [("材料.zip/信.eml/a.pdf", None, 8)]


def test_truncated_archive_is_corrupt() -> None:
    archive = zipped(("a.txt", bytes(range(256)) * 20))[:150]
    assert opened(archive) == [("材料.zip", "corrupt", 150)]


def streamed(*members: tuple[str, bytes]) -> bytes:
    """A zip written to a pipe: the sizes stand behind the members."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError("a pipe")

    out = Pipe()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members:
            archive.writestr(name, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


NOISE = random.Random(1).randbytes(5_000)


@pytest.mark.parametrize("write", [zipped, streamed])
def test_whole_members_of_a_truncated_archive_are_given_and_the_rest_is_not_hidden(write: Callable[..., bytes]) -> None:
    whole = write(("dir/", b""), ("清单.docx", b"abc" * 100), ("b.bin", NOISE), ("c.bin", NOISE))
    cut = whole[: whole.index(b"c.bin") + 2_000]
    assert opened(cut) == [("材料.zip", "corrupt", len(cut)), ("材料.zip/清单.docx", None, 300), ("材料.zip/b.bin", None, 5_000)]


def test_directory_of_a_stored_archive_is_not_taken_for_that_of_the_truncated_one_around_it() -> None:
    inner = zipped(("word/document.xml", b"<x/>"), ("[Content_Types].xml", b"<x/>"))
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("清单.docx", inner)
        archive.writestr("扫描件.bin", NOISE)
    cut = whole.getvalue()[:-4_000]
    assert opened(cut) == [("材料.zip", "corrupt", len(cut)), ("材料.zip/清单.docx", None, len(inner))]


def test_truncated_archive_is_within_the_limits_too() -> None:
    bomb = zipped(("a.txt", b"\0" * 3_000_000))[:-30]
    assert [t for _, t, _ in opened(bomb, replace(LIMITS, ratio_from=100_000))] == ["archive-unsafe"]
    many = zipped(*((f"{i}.txt", b"x") for i in range(201)))
    assert [t for _, t, _ in opened(many[: many.index(b"PK\x01\x02")])] == ["archive-unsafe"]


def test_bytes_behind_an_archive_do_no_harm_and_two_archives_in_one_file_are_damage() -> None:
    one, other = zipped(("a.txt", b"x")), zipped(("b.txt", b"x"))
    assert opened(one + bytes(300)) == [("材料.zip/a.txt", None, 1)]
    assert [(path, t) for path, t, _ in opened(one + other)] == [("材料.zip", "corrupt"), ("材料.zip/a.txt", None)]


def of_method(archive: bytes, method: int) -> bytes:
    """The first member said to be packed in another way."""
    out = bytearray(archive)
    out[8] = out[archive.index(b"PK\x01\x02") + 10] = method
    return bytes(out)


def test_member_packed_in_a_way_nobody_knows_is_unsupported_and_not_damaged() -> None:
    assert [(path, t) for path, t, _ in opened(of_method(zipped(("a.txt", b"x")), 97))] == [("材料.zip", "unsupported")]
    both = opened(of_method(zipped(("a.txt", b"x"), ("b.txt", b"x")), 97))
    assert [(path, t) for path, t, _ in both] == [("材料.zip/a.txt", "unsupported"), ("材料.zip/b.txt", None)]


def test_member_with_a_password_is_named_and_the_others_are_read() -> None:
    archive = bytearray(zipped(("a.txt", b"x"), ("b.txt", b"x")))
    archive[6] |= 1
    archive[archive.index(b"PK\x01\x02") + 8] |= 1
    assert [(path, t) for path, t, _ in opened(bytes(archive))] == [("材料.zip/a.txt", "encrypted"), ("材料.zip/b.txt", None)]
