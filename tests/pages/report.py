"""docs/scans.md: one section a generator of pages, each written anew by the measuring command and leaving the others as they are."""

import re
from collections.abc import Sequence
from pathlib import Path

from tests.pages.tables import Table, as_text

_HEAD = """# 扫描件：看得准不准

表里的数由程序测出来。页面全部是造出来的，单位、数字、姓名都是虚构的。每一页都另存一份“标准答案”
（有没有章、盖的是谁的章、是哪张表、和可编辑版是不是同一份），程序看完以后与答案逐项对照。

怎样再做一遍（需要中文字体、LibreOffice，读字还需要 `pip install 'mailbot[ocr]'`）：

```sh
python -m tests.pages.make pages --count 1000 --seed 1
python -m tests.pages.measure pages --steps seals words mail --jobs 2 --write docs/scans.md
```

印章只在彩色页面上计算；颜色已经淡到眼睛也看不出来的，另列一行。灰度和黑白页面上的圆环只作“像是盖了章，请核对”的提示。
“拿不准”的只告诉工作人员，不对报送单位说。
"""
SECTIONS = {
    "first": "一、自己的造页程序（tests/pages）",
    "seals": "二、同一个程序的全部页面，只看印章",
    "frozen": "三、没有看过找章程序的人另写的造页程序（tests/pages/second），门槛定死时",
    "second": "四、另写的那个程序，改过以后换一个种子",
}
_EMPTY = "还没有测。"


def written(file: Path, section: str, count: int, seed: int, tables: Sequence[Table]) -> str:
    """The page with one of SECTIONS made anew."""
    old = _sections(file.read_text("utf-8")) if file.exists() else {}
    new = {**old, section: f"共 {count} 份扫描件，种子 {seed}。\n\n{as_text(tables)}"}
    return _HEAD + "".join(f"\n## {title}\n\n{new.get(key, _EMPTY)}\n" for key, title in SECTIONS.items())


def _sections(text: str) -> dict[str, str]:
    """What stands below each heading."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    told = dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))
    return {key: told[title] for key, title in SECTIONS.items() if title in told}
