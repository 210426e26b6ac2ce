"""A page in a real Chromium, without a network: what it measures, and how it looks."""

import html
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str:
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        assert not os.environ.get("MAILBOT_TEST_REAL"), "CI has a Chromium"
        pytest.skip("no Chromium here: apt-get install chromium")
    return found


def _run(folder: Path, page: str, *options: str) -> str:
    file = folder / "harness.html"
    file.write_text(page, encoding="utf-8")
    # whatever it should ask for goes to a port where nobody listens, and is written down
    command = [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder / 'profile'}",
               "--proxy-server=http://127.0.0.1:9", "--disable-background-networking", "--no-first-run", "--virtual-time-budget=3000",
               *options, file.as_uri()]  # fmt: skip
    done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    return done.stdout.decode("utf-8", "replace")


def _framed(page: str, width: int, height: int) -> str:
    return f'<iframe width="{width}" height="{height}" style="border:0;display:block" srcdoc="{html.escape(page)}"></iframe>'


def measured(folder: Path, page: str, widths: tuple[int, ...]) -> dict[int, dict[str, int]]:
    """Width of the window -> the page's own width and height, how many of its elements stick out, and what it loaded."""
    frames = "".join(_framed(page, width, 800) for width in widths)
    script = """
      const found = [...document.querySelectorAll('iframe')].map(frame => {
        const inside = frame.contentDocument, root = inside.documentElement;
        const out = [...inside.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > frame.width * 1 + 0.5).length;
        const loaded = frame.contentWindow.performance.getEntriesByType('resource').length + inside.querySelectorAll('script').length;
        return [frame.width, root.scrollWidth, root.scrollHeight, out, loaded].join(',');
      });
      document.body.innerHTML = '<pre id="said">' + found.join(';') + '</pre>';"""
    dumped = _run(folder, f"<!DOCTYPE html><meta charset=utf-8><body>{frames}<script>onload = () => {{{script}}}</script>", "--dump-dom")
    said = re.search(r'<pre id="said">([^<]*)</pre>', dumped)
    assert said, dumped[:500]
    rows = [tuple(map(int, row.split(","))) for row in said[1].split(";")]
    return {row[0]: dict(zip(("width", "height", "out", "loaded"), row[1:], strict=True)) for row in rows}


def pictured(folder: Path, page: str, width: int, height: int, file: Path) -> None:
    """A PNG of the page in a window of that width. A window of Chromium's is never very narrow, so the page sits in a frame."""
    from PIL import Image

    shot = folder / "shot.png"
    wide = max(width, 600)
    _run(folder, f"<!DOCTYPE html><meta charset=utf-8><body style='margin:0'>{_framed(page, width, height)}", f"--screenshot={shot}",
         f"--window-size={wide},{height}")  # fmt: skip
    with Image.open(shot) as picture:
        picture.convert("RGB").crop((0, 0, width, height)).quantize(200, Image.Quantize.FASTOCTREE).save(file, optimize=True)
