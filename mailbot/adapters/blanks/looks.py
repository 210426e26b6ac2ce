"""How official papers look (GB/T 9704): which font in which size for what, and on which paper."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """A Chinese font and its size in points: 二号 22, 三号 16, 四号 14, 小四 12."""

    font: str
    size: float


LATIN = "Times New Roman"
TITLE = Look("方正小标宋简体", 22)
ANNEX = Look("黑体", 16)
MARK = Look("楷体_GB2312", 16)
HEADING = Look("黑体", 16)
SUB_HEADING = Look("楷体_GB2312", 16)
TEXT = Look("仿宋_GB2312", 16)
TABLE_HEAD = Look("黑体", 12)
TABLE_TEXT = Look("仿宋_GB2312", 12)
HEAD_LINE = Look("仿宋_GB2312", 14)
NOTE = Look("仿宋_GB2312", 11)
PAGE_NUMBER = Look("宋体", 14)

# What Office takes where a machine has not got the font; the last of each comes with every Chinese Windows.
INSTEAD = {
    "方正小标宋简体": "方正小标宋_GBK,华文中宋,宋体",
    "黑体": "SimHei",
    "楷体_GB2312": "楷体,KaiTi",
    "仿宋_GB2312": "仿宋,FangSong",
    "宋体": "SimSun",
}

A4_CM = (21.0, 29.7)
# top, right, bottom, left
TEXT_MARGINS_CM = (3.7, 2.6, 3.5, 2.8)
TABLE_MARGINS_CM = (2.0, 2.0, 1.8, 2.0)
CENTRED = frozenset({"number", "decimal", "yes-no", "date", "phone", "mobile"})
