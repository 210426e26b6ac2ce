"""The Chinese fonts of this machine, by the part they play on a page. At least one is needed.

Debian packages that give variety: fonts-noto-cjk, fonts-noto-cjk-extra, fonts-wqy-microhei, fonts-wqy-zenhei,
fonts-arphic-ukai, fonts-arphic-uming, fonts-arphic-gbsn00lp, fonts-arphic-gkai00mp.
"""

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from PIL import ImageFont

Part = Literal["song", "kai", "hei"]  # 宋, 楷 and 仿宋, 黑

_FAMILIES: dict[Part, tuple[str, ...]] = {
    "song": ("Noto Serif CJK SC", "AR PL UMing CN", "AR PL SungtiL GB"),
    "kai": ("AR PL KaitiM GB", "AR PL UKai CN"),
    "hei": ("Noto Sans CJK SC", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei"),
}
_STYLES = ("Regular", "Bold", "Medium", "Book", "Light")


@dataclass(frozen=True, slots=True)
class Face:
    """A font file and the name by which an office program knows it."""

    family: str
    style: str
    path: str
    index: int


@cache
def faces() -> tuple[Face, ...]:
    """All simplified Chinese fonts that fontconfig knows, in a fixed order; none where it is not installed."""
    if shutil.which("fc-list") is None:
        return ()
    command = ["fc-list", "--format", "%{file}|%{index}|%{family}|%{style}\n", ":lang=zh-cn"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = set()
    for line in listed.splitlines():
        path, index, families, styles = line.split("|")
        found.add(Face(families.split(",")[0], styles.split(",")[0], path, int(index) & 0xFFFF))
    return tuple(sorted(found, key=lambda face: (face.family, face.style, face.path)))


@cache
def families(part: Part) -> tuple[str, ...]:
    """The families that can play the part; any other where none of them is there."""
    if not faces():
        raise RuntimeError("no Chinese font on this machine; see tests/pages/fonts.py")
    there = {face.family for face in faces()}
    return tuple(f for f in _FAMILIES[part] if f in there) or (faces()[0].family,)


@lru_cache(maxsize=256)
def font(family: str, size: int, style: str = "Regular") -> ImageFont.FreeTypeFont:
    """The font for Pillow, `size` in pixels; in the nearest style that the family has."""
    mine = {face.style: face for face in faces() if face.family == family}
    chosen = next((mine[s] for s in (style, *_STYLES) if s in mine), next(iter(mine.values())))
    return ImageFont.truetype(chosen.path, size, index=chosen.index)
