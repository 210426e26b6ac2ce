"""Writes the handbook's chapter about the keys anew: python -m mailbot.adapters.rules.handbook docs/手册.md"""

import sys
from pathlib import Path

from mailbot.adapters.rules.keys import chapter

BEGIN = "<!-- 从这里到下一个记号由 python -m mailbot.adapters.rules.handbook docs/手册.md 写出，请改 mailbot/adapters/rules/keys.yaml -->"
END = "<!-- 各键说明到此 -->"


def with_chapter(page: str) -> str:
    """The page with what stands between the two marks written anew. Raises ValueError where a mark is missing."""
    before, mark, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError("the page lacks a mark")
    return "\n".join([f"{before}{BEGIN}", "", *chapter(), f"{END}{after}"])


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(with_chapter(file.read_text(encoding="utf-8")), encoding="utf-8")
