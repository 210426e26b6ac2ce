"""Plays the demo and draws what it says, and the first receipt, as docs/demo.svg: python docs/make_picture.py [FILE.svg]"""

import io
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from mailbot.app.demo import run_demo

WIDTH = 124  # columns; a Chinese character takes two
TITLE = "mailbot demo --fast"
# Fonts that are on common machines; the first that is there must know Chinese. Nothing is fetched from anywhere.
FONTS = (
    "'Noto Sans Mono CJK SC','Source Han Mono SC','Sarasa Mono SC','WenQuanYi Micro Hei Mono','Microsoft YaHei','PingFang SC',"
    "'Noto Sans CJK SC','WenQuanYi Micro Hei',monospace"
)
THEME = TerminalTheme(
    (250, 250, 247), (40, 40, 40),
    [(0, 0, 0), (180, 40, 40), (30, 120, 60), (150, 110, 0), (30, 80, 160), (130, 60, 130), (0, 120, 130), (120, 120, 120)],
)  # fmt: skip
SVG = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: @FONTS@; font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-family: @FONTS@; font-size: 18px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
""".replace("@FONTS@", FONTS)


def drawn() -> str:
    """The story and the first receipt for both copies as SVG."""
    lines: list[str] = []
    with TemporaryDirectory(prefix="mailbot-picture-") as folder:
        if run_demo(Path(folder), fast=True, config=None, say=lines.append):
            raise SystemExit("the demo did not go as told; no picture is drawn")
        letters = Path(folder, "replies.txt").read_text(encoding="utf-8").split("═" * 60 + "\n")
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor", highlight=False)
    console.print(Text("$ mailbot demo --fast", style="bold"))
    for line in _told(lines):
        console.print(line)
    console.print(Text("\n$ cat replies.txt", style="bold"))
    receipt = next(letter for letter in letters if "【已收齐】" in letter and "盖章扫描件，已登记" in letter)
    console.print(Text(receipt.strip()), width=WIDTH - 12)  # “ ” and —— are wider in Chinese fonts than rich counts
    svg = console.export_svg(title=TITLE, theme=THEME, code_format=SVG, font_aspect_ratio=0.5, unique_id="mailbot-demo")
    return re.sub(r' textLength="[^"]*"', "", svg)  # rich counts a Chinese character as one: browsers would squeeze the lines to half


def _told(lines: list[str]) -> list[Text]:
    """The story's lines in colour; where the files were left is nobody's concern here."""
    end = next((n for n, line in enumerate(lines) if line.startswith("请看 ")), len(lines))
    kept = [piece for line in lines[:end] for piece in line.split("\n") if piece]
    kept = [f"　　{piece.strip()}" if "→" in piece else piece for piece in kept]
    return [Text(piece, style="green" if "【已收齐】" in piece else "yellow" if "→" in piece else "") for piece in kept]


def main(arguments: list[str]) -> int:
    file = Path(arguments[0]) if arguments else Path(__file__).with_name("demo.svg")
    file.write_text(drawn(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
