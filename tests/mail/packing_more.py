"""More archives: bombs whose packing is given, links inside RAR, an image of a disk."""

import lzma
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path
from zlib import crc32

from tests.adapters.handmade import _rar5_block, _vint
from tests.mail.packing import Member, seven_zip_stream, zipped


def repeated_deflate(block: bytes, times: int) -> bytes:
    """A raw deflate stream of `block` over and over: packed once, the pieces put together, so that gigabytes take a moment."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    return piece * times + zlib.compressobj(9, zlib.DEFLATED, -15).flush()


def zip_of_zips(depth: int, name: bytes, content: bytes) -> bytes:
    """A zip in a zip in a zip, `depth` of them around one file."""
    packed = zipped(Member(name, content))
    for level in range(1, depth):
        packed = zipped(Member(b"%d.zip" % level, packed))
    return packed


def seven_zip_bomb(name: str, size: int) -> bytes:
    """A 7z of one file of zeros, packed by LZMA2."""
    packed = lzma.compress(bytes(size), lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}])
    return seven_zip_stream(name, packed, size, crc32(bytes(size)), b"\x21\x21\x01\x10")


def rar5_link_then_file(target: str, name: str, content: bytes) -> bytes:
    """A RAR 5 that holds the link `l` to `target`, then a file to be written through it (CVE-2022-30333)."""
    link = _vint(1) + _vint(0) + _vint(len(target)) + target.encode()
    record = _vint(5) + link
    extra = _vint(len(record)) + record
    out = b"Rar!\x1a\x07\x01\x00" + _rar5_block(bytes((1, 0, 0)))
    said = _vint(0) + _vint(0) + _vint(0o120777) + bytes((0, 1))  # no CRC, method stored, made on Unix
    out += _rar5_block(bytes((2, 3)) + _vint(len(extra)) + _vint(0) + said + _vint(1) + b"l" + extra)
    told = _vint(4) + _vint(len(content)) + _vint(0x20) + struct.pack("<I", crc32(content)) + bytes((0, 0))
    written = f"l/{name}".encode()
    out += _rar5_block(bytes((2, 2)) + _vint(len(content)) + told + _vint(len(written)) + written, content)
    return out + _rar5_block(bytes((5, 0, 0)))


def iso(name: str, content: bytes) -> bytes:
    """An ISO 9660 image of one file, written by bsdtar, without which it could not be read either."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(content)
        return subprocess.run(["bsdtar", "-c", "-f", "-", "--format", "iso9660", "-C", folder, name], capture_output=True, check=True).stdout
