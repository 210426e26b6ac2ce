"""Archives other than zip, really made by tar, bsdtar and 7z where they are installed, and rar by hand."""

import bz2
import gzip
import io
import lzma
import shutil
import subprocess
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from mailbot.adapters.limits import Limits
from tests.adapters.handmade import cab, lzh, rar4, rar5
from tests.adapters.mails import unpacked
from tests.servers.real import missing

LIMITS = Limits()
NOISE = bytes((number * number >> 3) & 0xFF for number in range(9_000))


def need(tool: str) -> str:
    return shutil.which(tool) or missing(f"{tool} is not installed")


def found(content: bytes, name: str = "材料", limits: Limits = LIMITS) -> list[tuple[str, str | None, int]]:
    return [(leaf.path, leaf.trouble, leaf.content.size) for leaf in unpacked((name, content), limits=limits).leaves]


def detail(content: bytes) -> str:
    return unpacked(("材料", content)).leaves[0].detail


def tarred(*members: tuple[str, bytes], charset: str = "utf-8", how: str = "w", format_: int = tarfile.GNU_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=how, encoding=charset, format=format_) as archive:  # type: ignore[call-overload]
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


@pytest.mark.parametrize("how", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
def test_members_of_a_tar_stand_in_its_place(how: str, charset: str) -> None:
    content = tarred(("子目录/月报.docx", b"abc"), (".DS_Store", b"x"), ("清单.docx", NOISE), charset=charset, how=how)
    assert found(content) == [("材料/子目录/月报.docx", None, 3), ("材料/清单.docx", None, 9_000)]


def test_long_name_in_a_pax_header_is_whole() -> None:
    name = "很长的目录/" * 20 + "清单.docx"
    assert found(tarred((name, b"abc"), format_=tarfile.PAX_FORMAT)) == [(f"材料/{name}", None, 3)]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_single_packed_file_loses_its_ending(pack: object) -> None:
    packed = pack(NOISE)  # type: ignore[operator]
    assert found(packed, "清单.docx.gz") == [("清单.docx.gz/清单.docx", None, 9_000)]
    assert found(packed, "清单") == [("清单/清单-内容", None, 9_000)]


@pytest.mark.parametrize("how", ["w", "w:gz", "w:xz"])
def test_truncated_tar_is_corrupt_and_gives_what_came_before(how: str) -> None:
    import random

    noise = random.Random(1).randbytes(400_000)
    content = tarred(("a.txt", b"abc"), ("b.bin", noise), how=how)[:300_000]
    assert found(content) == [("材料", "corrupt", 300_000), ("材料/a.txt", None, 3)]


def test_links_devices_and_ways_out_of_a_tar_are_refused_and_the_good_one_read() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (("l", tarfile.SYMTYPE), ("h", tarfile.LNKTYPE), ("d", tarfile.CHRTYPE), ("../x", tarfile.REGTYPE), ("/y", tarfile.REGTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("good.txt")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    assert found(out.getvalue()) == [("材料", "archive-unsafe", len(out.getvalue())), ("材料/good.txt", None, 1)]


@pytest.mark.parametrize("content", [gzip.compress(bytes(3_000_000)), tarred(("a.txt", bytes(3_000_000)), how="w:xz")], ids=["gz", "tar.xz"])
def test_bomb_in_a_stream_is_stopped_while_reading(content: bytes) -> None:
    assert [trouble for _, trouble, _ in found(content, limits=replace(LIMITS, ratio_from=100_000))] == ["archive-unsafe"]
    assert [trouble for _, trouble, _ in found(content, limits=replace(LIMITS, unpacked_bytes=100_000))] == ["archive-unsafe"]


def test_too_many_members_of_a_tar_are_refused() -> None:
    assert [trouble for _, trouble, _ in found(tarred(*((f"{number}.txt", b"x") for number in range(201))))] == ["archive-unsafe"]
    assert len(found(tarred(*((f"{number}.txt", b"x") for number in range(200))))) == 200


def made(folder: Path, command: list[str]) -> bytes:
    """An archive written by a real program of 清单.docx and 子目录/月报.pdf."""
    (folder / "子目录").mkdir()
    (folder / "清单.docx").write_bytes(b"abc")
    (folder / "子目录" / "月报.pdf").write_bytes(NOISE)
    subprocess.run([*command, "清单.docx", "子目录"], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return next(path for path in sorted(folder.iterdir()) if path.name.startswith("out")).read_bytes()


WRITERS = {
    "7z": ["7z", "a", "out.7z"],
    "7z, stored": ["7z", "a", "-mx=0", "out.7z"],
    "iso": ["bsdtar", "--format=iso9660", "-cf", "out.iso"],
    "tar.gz": ["tar", "czf", "out.tar.gz"],
    "7zip-tar": ["7z", "a", "-ttar", "out.tar"],
    "zip by 7z": ["7z", "a", "out.zip"],
}


@pytest.mark.parametrize("case", WRITERS)
def test_archive_of_a_real_program_is_opened(case: str, tmp_path: Path) -> None:
    command = WRITERS[case]
    need(command[0])
    need("bsdtar")
    assert sorted(found(made(tmp_path, command))) == [("材料/子目录/月报.pdf", None, 9_000), ("材料/清单.docx", None, 3)]


LOCKED = {
    "7z": ["7z", "a", "-psecret", "out.7z"],
    "7z with its names": ["7z", "a", "-psecret", "-mhe=on", "out.7z"],
    "zip": ["7z", "a", "-psecret", "out.zip"],
    "zip in AES": ["7z", "a", "-psecret", "-mem=AES256", "out.zip"],
}


@pytest.mark.parametrize("case", LOCKED)
def test_archive_with_a_password_is_encrypted(case: str, tmp_path: Path) -> None:
    need("7z")
    need("bsdtar")
    assert [(path, trouble) for path, trouble, _ in found(made(tmp_path, LOCKED[case]))] == [("材料", "encrypted")]


def test_volume_and_rest_of_a_7z_are_corrupt_with_the_reason(tmp_path: Path) -> None:
    need("7z")
    need("bsdtar")
    content = made(tmp_path, ["7z", "a", "-mx=0", "-v4k", "out.7z"])
    assert [(path, trouble) for path, trouble, _ in found(content)] == [("材料", "corrupt")]
    assert "one volume of several" in detail(content)


HANDMADE = {
    "rar 4, GBK": rar4(("清单.docx".encode("gbk"), b"abc"), ("子目录\\月报.pdf".encode("gbk"), NOISE)),
    "rar 4, UTF-8": rar4(("清单.docx".encode(), b"abc"), ("子目录\\月报.pdf".encode(), NOISE)),
    "rar 5": rar5(("清单.docx", b"abc"), ("子目录/月报.pdf", NOISE)),
    "cab": cab(("清单.docx".encode(), b"abc"), ("子目录\\月报.pdf".encode(), NOISE)),
}


@pytest.mark.parametrize("case", HANDMADE)
def test_archive_made_by_hand_is_opened(case: str) -> None:
    need("bsdtar")
    assert found(HANDMADE[case]) == [("材料/清单.docx", None, 3), ("材料/子目录/月报.pdf", None, 9_000)]


def test_lzh_is_opened() -> None:
    need("bsdtar")
    assert found(lzh((b"a.docx", b"abc"), (b"d/b.pdf", NOISE))) == [("材料/a.docx", None, 3), ("材料/d/b.pdf", None, 9_000)]


@pytest.mark.parametrize("tool", [["lsar"], ["7z", "l"], ["bsdtar", "-tf"]], ids=lambda tool: tool[0])
@pytest.mark.parametrize("content", [rar4((b"a.docx", b"abc")), rar5(("a.docx", b"abc"))], ids=["rar 4", "rar 5"])
def test_rar_written_by_hand_is_one_for_other_programs(tool: list[str], content: bytes, tmp_path: Path) -> None:
    need(tool[0])
    archive = tmp_path / "x.rar"
    archive.write_bytes(content)
    said = subprocess.run([*tool, str(archive)], capture_output=True, check=False)
    assert b"a.docx" in said.stdout


REFUSED_RARS = {
    "rar 4, members": (rar4((b"a", b"abc"), file_flags=0x04), "encrypted"),
    "rar 4, names": (rar4((b"a", b"abc"), archive_flags=0x80), "encrypted"),
    "rar 4, volume": (rar4((b"a", b"abc"), archive_flags=0x01, file_flags=0x02), "unsupported"),
    "rar 5, members": (rar5(("a", b"abc"), encrypted=True), "encrypted"),
    "rar 5, names": (rar5(encrypted_head=True), "encrypted"),
    "rar 5, volume": (rar5(("a", b"abc"), archive_flags=0x01), "unsupported"),
}


@pytest.mark.parametrize("case", REFUSED_RARS)
def test_rar_that_must_not_be_opened_says_why(case: str) -> None:
    need("bsdtar")
    content, trouble = REFUSED_RARS[case]
    assert [(path, said) for path, said, _ in found(content)] == [("材料", trouble)]


NUMBERS = {
    "sizes beyond any disk": b"\xff" * 9 + b"\x01",
    "a size that leads back": (2**64 - 30).to_bytes(8, "little"),
    "numbers without an end": b"\x80" * 40,
}


@pytest.mark.parametrize("case", NUMBERS)
@pytest.mark.parametrize("content", [rar4((b"a", b"abc")), rar5(("a", b"abc"))], ids=["rar 4", "rar 5"])
def test_rar_whose_numbers_lie_costs_only_itself(case: str, content: bytes) -> None:
    need("bsdtar")
    lying = NUMBERS[case]
    for at in range(7, len(content)):
        (leaf, *_) = unpacked(("材料", content[:at] + lying + content[at + len(lying) :])).leaves
        assert leaf.path.startswith("材料")


@pytest.mark.parametrize("case", ["rar 4, GBK", "rar 5", "lzh"])
def test_archive_that_ends_with_a_stored_office_file_is_not_taken_for_that_file(case: str) -> None:
    need("bsdtar")
    office = io.BytesIO()
    with zipfile.ZipFile(office, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("word/document.xml", "<x/>")
    packed = {"rar 4, GBK": rar4((b"a.docx", office.getvalue())), "rar 5": rar5(("a.docx", office.getvalue())), "lzh": lzh((b"a.docx", office.getvalue()))}
    assert found(packed[case]) == [("材料/a.docx", None, len(office.getvalue()))]


def test_truncated_rar_is_corrupt_and_gives_what_came_before() -> None:
    need("bsdtar")
    content = rar5(("a.txt", b"abc"), ("b.bin", NOISE))[:-3_000]
    assert found(content) == [("材料", "corrupt", len(content)), ("材料/a.txt", None, 3)]


def test_missing_tool_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert [(path, trouble) for path, trouble, _ in found(HANDMADE["rar 5"])] == [("材料", "unsupported")]
    assert detail(HANDMADE["rar 5"]) == "needs bsdtar, which is not installed"


def test_budget_kills_the_tool(tmp_path: Path) -> None:
    need("7z")
    need("bsdtar")
    content = made(tmp_path, ["7z", "a", "out.7z"])
    assert [trouble for _, trouble, _ in found(content, limits=replace(LIMITS, unpacked_bytes=5_000))] == ["archive-unsafe"]
