"""What a reader of pictures makes of a page, without the picture: lines with boxes and legibility, slips, losses, a seal.

Modelled on rapidocr 3.10 over 230 rendered pages (72 to 200 dpi, blur, noise, JPEG, tilt): legible digits are hardly ever taken for
others; digits are lost under a seal's ring and at the ends of lines, single ones in cells are overlooked; signs of words are confused
and mostly leave their mark in the legibility (of a line with figures: the least sure digit's).
"""

import re
from dataclasses import dataclass
from math import hypot
from random import Random

from mailbot.domain.documents import Document, Paragraph, Table
from mailbot.domain.pages import Box, Line, Look, Page, Seal

_LIKE = {"0": "86O", "1": "7l", "2": "7", "3": "8", "5": "6", "6": "80", "7": "1", "8": "30", "9": "0"}
_WORDS = dict(zip("药品已未人日土治检查个条家是", "葯晶己末入曰士冶捡香介杂冢昰", strict=True))
_MARKS = "、，。：；“”（）《》"
_WIDE, _LINES = 36, 48  # signs in a line, lines on a page


@dataclass(frozen=True, slots=True)
class Noise:
    """`level`: share of words' signs read wrong. `seal`: a round seal lies on the page. `grid`: the table's cells were found."""

    level: float
    seal: bool = True
    grid: bool = True


def scanned(document: Document, noise: Noise, rng: Random) -> tuple[Document, Look]:
    """The document as read from its scan, and what was seen of its pages."""
    reader = _Reader(noise, rng)
    blocks = tuple(reader.paragraph(b.text) if isinstance(b, Paragraph) else reader.table(b) for b in document.blocks)
    loose = tuple(Paragraph(line.text) for page in reader.pages() for line in page.lines)
    return Document("image", blocks if noise.grid else loose), Look(reader.pages(), "ocr")


def _wrapped(text: str, wide: int) -> list[str]:
    """Lines of at most so many signs; no word processor parts a number."""
    return re.findall(rf"(?:(?<!\d)\d+(?:\.\d+)?(?!\d)|\D|\d){{1,{wide}}}", text)


def _wide(text: str) -> float:
    return sum(0.5 if sign.isascii() else 1.0 for sign in text)


class _Reader:
    def __init__(self, noise: Noise, rng: Random) -> None:
        self.noise, self.rng = noise, rng
        self.seals = [Box(x, y, x + 0.2, y + 0.14) for x, y in ((rng.uniform(0.3, 0.75), rng.uniform(0.1, 0.8)) for _ in range(20))]
        self.lines: dict[int, list[Line]] = {}
        self.row = 0

    def pages(self) -> tuple[Page, ...]:
        last = max(self.lines, default=0)
        seals = [(Seal("round", "red", box, 42, 1.0),) if self.noise.seal else () for box in self.seals]
        return tuple(Page(n + 1, 1240, 1754, "colour", seals[n], tuple(self.lines.get(n, ()))) for n in range(last + 1))

    def paragraph(self, text: str) -> Paragraph:
        found = []
        for line in _wrapped(text, _WIDE):
            found.append(self._line(line, 0.12, 0.76 * min(1.0, _wide(line) / _WIDE)))
            self.row += 1
        return Paragraph("".join(found))

    def table(self, table: Table) -> Table:
        widths = [0.76 / len(table.rows[0])] * len(table.rows[0])
        rows = []
        for row in table.rows:
            deep, cells = 1, []
            for place, cell in enumerate(row):
                start, fits = self.row, max(2, int(widths[place] / 0.76 * _WIDE))
                wrapped = _wrapped(cell, fits)
                texts = []
                for line in wrapped:
                    texts.append(self._line(line, 0.12 + sum(widths[:place]), widths[place] * min(1.0, _wide(line) / fits)))
                    self.row += 1
                cells.append("".join(texts))
                deep, self.row = max(deep, len(wrapped)), start
            self.row += deep
            rows.append(tuple(self._confused_cells(cells)))
        return Table(tuple(rows))

    def _confused_cells(self, cells: list[str]) -> list[str]:
        """Now and then two neighbours grow together, or the cells behind a lost one move."""
        at = self.rng.randrange(len(cells) - 1)
        if self.rng.random() < 0.5 * self.noise.level:
            cells[at], cells[at + 1] = cells[at] + cells[at + 1], ""
        elif self.rng.random() < 0.5 * self.noise.level:
            cells = [*cells[:at], *cells[at + 1 :], ""]
        return cells

    def _line(self, text: str, left: float, width: float) -> str:
        """A line as it is read, "" where it is overlooked; kept with its box."""
        number, down = divmod(self.row, _LINES)
        top = 0.06 + down * 0.018
        lost = 0.03 if len(text) == 1 and text.isdigit() else 0.3 * self.noise.level
        if not text.strip() or self.rng.random() < lost:
            return ""
        box = Box(left, top, left + width, top + 0.014)
        seal = self.seals[number] if self.noise.seal else None
        read, sure, digits = [], [], []
        for place, sign in enumerate(text):
            x = left + width * _wide(text[:place]) / _wide(text)
            ring = bool(seal and abs(hypot((x - seal.left) / 0.1 - 1, (top + 0.007 - seal.top) / 0.07 - 1) - 0.96) < 0.08)
            new, doubt = self._sign(sign, ring, place in (0, len(text) - 1))
            read.append(new)
            (digits if sign.isdigit() and new else sure).append(1 - doubt - self.rng.expovariate(200))
        shown = "".join(read)
        if not shown:
            return ""
        cut = self.rng.randrange(1, len(shown)) if len(shown) > 8 and self.rng.random() < 0.02 else 0
        legible = max(0.3, min(digits) if digits else sum(sure) / len(sure))
        middle = left + width * cut / len(shown)
        parts = [(shown[:cut], Box(left, top, middle, box.bottom)), (shown[cut:], Box(middle, top, box.right, box.bottom))] if cut else [(shown, box)]
        self.lines.setdefault(number, []).extend(Line(t, b, legible) for t, b in parts)
        return shown

    def _sign(self, sign: str, ring: bool, edge: bool) -> tuple[str, float]:
        """How one sign is read and by how much the reader doubts it. One in five slips leaves no doubt."""
        level, rng = self.noise.level, self.rng
        told = rng.uniform(0.3, 0.9) * (rng.random() < 0.8)
        if ring and rng.random() < 0.35:
            return (rng.choice(("", rng.choice(_LIKE.get(sign, sign)))) if sign.isdigit() else ""), told * 0.3
        if sign.isdigit():
            if edge and rng.random() < 0.3 * level:
                return "", told * 0.5
            if edge and rng.random() < 0.05 * level:
                return f"1{sign}", told
            return (rng.choice(_LIKE[sign]), max(told, 0.35)) if sign in _LIKE and rng.random() < 0.03 * level else (sign, 0.0)
        if sign in _MARKS:
            return (rng.choice(("", "，", ",")), 0.1) if rng.random() < 5 * level else (sign, 0.0)
        if rng.random() < level:
            return rng.choice((_WORDS.get(sign, "口"), "", _WORDS.get(sign, "田"))), told
        return sign, 0.0
