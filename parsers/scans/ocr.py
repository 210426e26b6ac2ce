"""The words of a picture, read by rapidocr's models on onnxruntime (PP-OCRv6: one finds lines, one reads them).

The models travel in rapidocr's wheel and are opened from there by path, so nothing is ever fetched. Both libraries are the extra `[ocr]`:
`available()` says whether they are there. Lines are read one at a time: on one core that is quicker than rapidocr's batches of six
(1.7 s against 2.8 s for a page full of text), because no line is padded to the longest, and takes half the memory (370 against 790 MB).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mailbot.domain.pages import Box, Grid, Line
from parsers.scans.grid import askew, tables

Corners = NDArray[np.float32]  # 4 x 2, pixels: a line's corners from top left clockwise

_NEEDED = ("rapidocr", "onnxruntime")
_FINDS, _READS = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
_LONGEST_SIDE = 960  # pixels of the picture lines are looked for in; the small print of a table is 10 of them high there
_HEIGHT = 48  # pixels of a line as the reading model wants it
_NARROWER = 0.85  # characters so much narrower read as well, and cost goes by width
_LONGEST_LINE = 3200  # pixels of width; a longer one is a strip of noise
_LIFT = 0.6  # of a pixel's redness is added to it: a seal's ink becomes as white as the paper, the letters below stay black
_MOST_LINES = 500  # of a page: a full table has 200
_PROBES = 4  # lines that are read both ways up
_PROBE_WIDTH = 8  # times its height: as much of a line is enough to know which way up it stands
_SURE = 0.9  # read so surely, a line stands upright
_STANDING = 1.5  # a line so many times as high as wide stands on its side; a lone figure says nothing
_REACHES = 0.4  # of its height that a line must reach into a cell to have words there
_BORDER = 4  # pixels around a cell's words that may be its rules
_INKED, _LEAST_INK = 60, 12  # so much darker than the paper, so many pixels: words, no speck
_LEAST_CERTAIN = 0.4  # what is read less surely on the whole is no words: specks, the rest of a seal


def available() -> bool:
    """Whether the extra `[ocr]` is installed."""
    return all(find_spec(name) is not None for name in _NEEDED)


class _Rectangle(NamedTuple):
    """A cell, pixels."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read on a page. `turned`: degrees counter-clockwise by which the picture must be turned (`upright`) to stand upright and
    lie level; lines and grids are those of the picture turned so."""

    lines: tuple[Line, ...] = ()
    grids: tuple[Grid, ...] = ()
    turned: float = 0.0


class Engine:
    """Both models, opened at the first page (0.6 s). `threads` is what a page may use of the machine's cores."""

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads

    def read(self, picture: Image.Image) -> Seen:
        """The lines of an RGB page, from top to bottom, and its ruled tables. About 2 s for a page full of text on one core."""
        paper = without_red(picture)
        corners = self._find(paper)
        turned = self._quarters(paper, corners)
        if turned:
            paper = upright(paper, turned)
            corners = self._find(paper)
        slant = askew(paper)
        if slant:
            paper = upright(paper, slant)
            corners = tuple(_rotated(c, slant, paper.size) for c in corners)
        grids = tables(paper)
        cells = [_pixels(cell, paper.size) for cell in dict.fromkeys(c for grid in grids for row in grid for c in row)]
        found = [part for c in corners for part in _cut(c, cells)]
        lines = (self._line(paper, c) for c in islice(chain(found, _overlooked(paper, cells, found)), _MOST_LINES))
        return Seen(tuple(line for line in lines if line), grids, turned + slant)

    def words(self, strip: Image.Image) -> tuple[str, float]:
        """The words of a picture that is one line (a seal's ring unrolled, its ink dark), and 0 to 1 how surely they are read."""
        text, certainties = self._characters(strip.convert("L"))
        return text, round(sum(certainties) / len(certainties), 3) if certainties else 0.0

    def _quarters(self, paper: Image.Image, corners: Sequence[Corners]) -> int:
        """The quarter turns a page needs, in degrees: lines that stand on their side say a quarter, and which of the two ways up is told
        by reading a few lines both ways."""
        sizes = [_size(c) for c in corners]
        if sum(high for wide, high in sizes if high > _STANDING * wide) > sum(wide for wide, high in sizes if wide > _STANDING * high):
            paper = upright(paper, 90)
            return 90 if self._is_upright(paper, self._find(paper)) else 270
        return 0 if self._is_upright(paper, corners) else 180

    def _is_upright(self, paper: Image.Image, lines: Sequence[Corners]) -> bool:
        """Whether the longest lines read better as they are than upside down."""
        probes = [_start(_crop(paper, c)) for c in sorted(lines, key=lambda c: -_size(c)[0])[:_PROBES]]
        as_it_is = [self._certainty(p) for p in probes]
        if all(c > _SURE for c in as_it_is):
            return True
        return sum(as_it_is) >= sum(self._certainty(upright(p, 180)) for p in probes)

    def _certainty(self, line: Image.Image) -> float:
        _, certainties = self._characters(line)
        return sum(certainties) / len(certainties) if certainties else 0.0

    def _line(self, paper: Image.Image, corners: Corners) -> Line | None:
        """A line that was found, read; None where there are no words."""
        text, certainties = self._characters(_crop(paper, corners))
        if not text.strip() or sum(certainties) < _LEAST_CERTAIN * len(certainties):
            return None
        return Line(text.strip(), _box(corners, paper.size), _legible(text, certainties))

    @cached_property
    def _finder(self) -> Any:
        from rapidocr import RapidOCR

        options = {"intra_op_num_threads": self._threads, "inter_op_num_threads": 1}
        return RapidOCR(
            params={f"EngineConfig.onnxruntime.{name}": value for name, value in options.items()}
            | {"Det.model_path": str(_model(_FINDS)), "Det.limit_side_len": _LONGEST_SIDE, "Det.limit_type": "max"}
            | {"Global.log_level": "error", "Global.max_side_len": 10_000}
        )

    def _find(self, paper: Image.Image) -> tuple[Corners, ...]:
        """Where lines stand, from top to bottom."""
        boxes = self._finder(np.asarray(paper.convert("RGB")), use_det=True, use_cls=False, use_rec=False).boxes
        return () if boxes is None else tuple(np.asarray(box, dtype=np.float32) for box in boxes)

    @cached_property
    def _reader(self) -> tuple[Callable[[Image.Image], NDArray[np.float32]], tuple[str, ...]]:
        """The reading model: a line of `_HEIGHT` pixels to columns x characters, and the characters; the first is none."""
        import onnxruntime  # type: ignore[import-untyped]

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = self._threads, 1
        options.enable_cpu_mem_arena, options.log_severity_level = False, 4
        session = onnxruntime.InferenceSession(str(_model(_READS)), options, providers=["CPUExecutionProvider"])
        (wanted,) = session.get_inputs()

        def columns(line: Image.Image) -> NDArray[np.float32]:
            values = np.asarray(line, dtype=np.float32) / 127.5 - 1
            read: NDArray[np.float32] = session.run(None, {wanted.name: np.broadcast_to(values, (1, 3, *values.shape)).copy()})[0][0]
            return read

        return columns, ("", *session.get_modelmeta().custom_metadata_map["character"].splitlines(), " ")

    def _characters(self, line: Image.Image) -> tuple[str, list[float]]:
        """The characters of a line and how sure each is: the likeliest of each column, a run of one and the same counted once (CTC)."""
        columns, characters = self._reader
        wide = max(_HEIGHT // 3, min(_LONGEST_LINE, round(_HEIGHT * line.width / line.height * _NARROWER)))
        read = columns(line.resize((wide, _HEIGHT), Image.Resampling.BILINEAR))
        likeliest, certainty = read.argmax(axis=1), read.max(axis=1)
        kept = (likeliest != 0) & np.concatenate(([True], likeliest[1:] != likeliest[:-1]))
        return "".join(characters[i] for i in likeliest[kept]), [float(c) for c in certainty[kept]]


def upright(picture: Image.Image, turned: float) -> Image.Image:
    """A picture turned counter-clockwise: by quarters whole, by a few degrees within its frame, the corners white."""
    quarters, slant = round(turned / 90) % 4, turned - 90 * round(turned / 90)
    for _ in range(quarters):
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    return picture.rotate(slant, Image.Resampling.BICUBIC, fillcolor="white") if slant else picture


def without_red(picture: Image.Image) -> Image.Image:
    """The page as the eye sees it that looks past a seal: the red channel, brighter by the redness. Read so, a name under a strong seal
    is right where in colour or grey it is lost. Red letterheads vanish with the seals; no form of ours prints anything in red."""
    red, green, blue = np.moveaxis(np.asarray(picture.convert("RGB")).astype(np.int16), 2, 0)
    redness = np.maximum(0, red - np.maximum(green, blue))
    return Image.fromarray(np.minimum(255, red + (_LIFT * redness).astype(np.int16)).astype(np.uint8))


def _legible(text: str, certainties: Sequence[float]) -> float:
    """How sure the least sure letter, character or figure is: nearly every line read wrong has one, and one wrong figure is enough."""
    return round(min((c for character, c in zip(text, certainties, strict=True) if character.isalnum()), default=0.0), 3)


def _model(name: str) -> Path:
    import rapidocr

    return Path(rapidocr.__file__).parent / "models" / name


def _size(corners: Corners) -> tuple[int, int]:
    """Width and height of a line that may stand askew."""
    wide = max(np.linalg.norm(corners[0] - corners[1]), np.linalg.norm(corners[2] - corners[3]))
    high = max(np.linalg.norm(corners[0] - corners[3]), np.linalg.norm(corners[1] - corners[2]))
    return max(1, int(wide)), max(1, int(high))


def _crop(paper: Image.Image, corners: Corners) -> Image.Image:
    """A line straightened."""
    top_left, top_right, bottom_right, bottom_left = corners.tolist()
    quad = (*top_left, *bottom_left, *bottom_right, *top_right)
    return paper.transform(_size(corners), Image.Transform.QUAD, quad, Image.Resampling.BICUBIC, fillcolor=255)


def _start(line: Image.Image) -> Image.Image:
    return line.crop((0, 0, min(line.width, _PROBE_WIDTH * line.height), line.height))


def _rotated(corners: Corners, degrees: float, size: tuple[int, int]) -> Corners:
    """Corners on the page turned about its middle."""
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    middle = np.array(size) / 2
    return np.asarray((corners - middle) @ np.array([[cosine, -sine], [sine, cosine]]) + middle, dtype=np.float32)


def _pixels(box: Box, size: tuple[int, int]) -> _Rectangle:
    width, height = size
    return _Rectangle(round(box.left * width), round(box.top * height), round(box.right * width), round(box.bottom * height))


def _cut(corners: Corners, cells: Sequence[_Rectangle]) -> Iterator[Corners]:
    """A line that was found over several cells of a row, cell by cell; any other as it is."""
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    middle, high = (top + bottom) / 2, bottom - top
    level = [c for c in cells if c.top <= middle < c.bottom and min(right, c.right) - max(left, c.left) > _REACHES * high]
    if len(level) < 2:
        yield corners
    for cell in level if len(level) > 1 else ():
        yield _corners(max(left, cell.left), top, min(right, cell.right), bottom)


def _overlooked(paper: Image.Image, cells: Sequence[_Rectangle], found: Sequence[Corners]) -> Iterator[Corners]:
    """Where ink stands in a cell in which no line was found: a lone figure is often passed over."""
    pixels, middles = np.asarray(paper), [c.mean(axis=0) for c in found]
    usual = float(np.median([_size(c)[1] for c in found])) if found else 0.0
    for cell in cells:
        if any(cell.left <= x <= cell.right and cell.top <= y <= cell.bottom for x, y in middles):
            continue
        inner = pixels[cell.top + _BORDER : cell.bottom - _BORDER, cell.left + _BORDER : cell.right - _BORDER]
        if not inner.size:
            continue
        rows, columns = np.nonzero(inner < np.median(inner) - _INKED)
        if len(rows) < _LEAST_INK:
            continue
        top, bottom = np.percentile(rows, (1, 99)) + cell.top + _BORDER
        left, right = np.percentile(columns, (1, 99)) + cell.left + _BORDER
        if usual / 3 <= bottom - top <= 1.5 * usual:
            yield _corners(left - _BORDER, top - _BORDER, right + _BORDER, bottom + _BORDER)


def _corners(left: float, top: float, right: float, bottom: float) -> Corners:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float32)


def _box(corners: Corners, size: tuple[int, int]) -> Box:
    (left, top), (right, bottom) = corners.min(axis=0) / size, corners.max(axis=0) / size
    return Box(*(round(float(min(1, max(0, share))), 5) for share in (left, top, right, bottom)))
