"""What a reader makes of a file: paragraphs and tables in the order of the page, and what kept it from being read.

Every file type ends in the same `Document`, so that recognising and parsing a form never asks for the file type.
"""

from dataclasses import dataclass, replace
from typing import Literal, get_args

from mailbot.domain.pages import Look

FileKind = Literal["word", "sheet", "text", "html", "pdf", "image", "mail", "archive", "other"]

# Codes of the contract that say "this file could not be read"; `macro` is read all the same.
Trouble = Literal["encrypted", "corrupt", "unsupported", "too-large", "archive-unsafe", "empty-file", "cloud-link"]
TROUBLES: frozenset[str] = frozenset(get_args(Trouble))


# Paragraphs and table rows of one file that are looked at. No form of any office is longer; what is longer is hostile or a data
# dump and costs time. The archive has all of it.
MOST_LINES = 3_000


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph. `level` is the heading level of its style (1 = highest), 0 for running text."""

    text: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A table or a used range of a sheet, row by row, all rows equally long, every cell as the text a person sees.

    A merged Word cell repeats its text in every grid place it covers; a merged Excel cell shows it in the first one
    and "" in the others. Dates stand as 2024-03-28, whole numbers without a decimal point, booleans as 是/否.
    """

    rows: tuple[tuple[str, ...], ...]
    name: str = ""  # the sheet's name


Block = Paragraph | Table

# Stands among the keywords of every workbook and text that we export (ledger, merged form, brief): whoever sends it on or back does
# not report by it. Keywords outlive saving by Excel, WPS and LibreOffice.
EXPORT_MARK = "mailbot导出"


@dataclass(frozen=True, slots=True)
class Document:
    """The content of one file. `kind` is what the bytes are, whatever the name says.

    `pictures`: pages that are only a picture. `scanned`: the file holds nothing but pictures of pages.
    `pixels`: width x height of an image. `sealable`: a PDF page with text holds pictures or signature fields that
    might be a seal; a text PDF without any certainly bears none. `stamped`: the file carries an electronic seal (an OFD's
    stamp annotation, GB/T 33190; a filled signature field of a PDF); that it is there is read, that it is valid is not.
    `look`: what was seen on its pages, None where nobody looked. `ours`: it bears EXPORT_MARK and is nobody's form.
    """

    kind: FileKind
    blocks: tuple[Block, ...] = ()
    pictures: int = 0
    scanned: bool = False
    pixels: tuple[int, int] | None = None
    sealable: bool = True
    stamped: bool = False
    look: Look | None = None
    macro: bool = False
    ours: bool = False
    trouble: Trouble | None = None
    detail: str = ""  # for the log and for staff: what exactly was wrong

    def has_pages(self, least: int) -> bool:
        """Whether there is something to look at: a picture of a page, or a page on which a seal might be. A picture of which a side
        is less than `least` pixels is an icon or the logo of a signature."""
        shown = self.kind == "image" or self.scanned or (self.kind == "pdf" and self.sealable)
        return shown and self.trouble is None and (self.pixels is None or min(self.pixels) >= least)

    @property
    def text(self) -> str:
        """All words in page order, one paragraph or table row a line, cells parted by tabs."""
        lines = []
        for block in self.blocks:
            if isinstance(block, Paragraph):
                lines.append(block.text)
            else:
                lines.extend("\t".join(row) for row in block.rows)
        return "\n".join(lines)

    def cut(self, lines: int) -> "Document":
        """The first `lines` paragraphs and table rows."""
        kept: list[Block] = []
        for block in self.blocks:
            if lines <= 0:
                break
            kept.append(block if isinstance(block, Paragraph) else Table(block.rows[:lines], block.name))
            lines -= 1 if isinstance(block, Paragraph) else len(block.rows)
        return replace(self, blocks=tuple(kept))

    @property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        return tuple(b for b in self.blocks if isinstance(b, Paragraph))

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(b for b in self.blocks if isinstance(b, Table))
