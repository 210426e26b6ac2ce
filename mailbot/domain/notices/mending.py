"""Lines broken by pages, columns and the ends of lines become paragraphs again, cells copied as text become tables."""

import re
from collections.abc import Iterable, Iterator, Sequence

from mailbot.domain.documents import Block, Paragraph, Table
from mailbot.domain.notices.marks import TITLE_END, annex_of, is_date_line, is_organ, joined, level_of, printed, without_bullet
from mailbot.domain.notices.noise import Line, Piece

_ENDED = ("。", "！", "？", "；", "：", ";", ":", "!", "?", "…")
_OPEN = {"（": "）", "(": ")", "《": "》", "“": "”", "〈": "〉", "【": "】", "〔": "〕"}
_SHUT = {shut: opened for opened, shut in _OPEN.items()}
_HELD = 300  # characters of a bracket's text; one that is open longer was never closed
_HEADING = 45  # characters of a heading
_TORN = re.compile(r"(?:[日月底号午点时分班]前|[^，。；：]{4}[于将在由把])$")
_VERB_FOLLOWS = re.compile(r"[将把报向由以填并]|上报|提交|完成|通过|\d{1,4}[年月]|[一二三四五六七八九十]{1,3}月")
_PROSE = 26  # a line without any comma that is so long is running text all the same
_CLAUSE = 16  # the same where 、 stands in it and the next line ends a sentence
_ADDRESS = re.compile(r"[A-Za-z0-9._+-]+\s?[@＠]|https?://|0\d{2,3}[-—]?\d{7}")
_LABELLED = re.compile(r"(?:[\u4e00-\u9fff]\s?){1,8}[:：]")
_WRAPPED = 3  # characters short of the widest that a wrapped line may end
_WIDEST = 60
_CELL = 40  # characters of a cell on the average


def mended(pieces: Sequence[Piece]) -> tuple[Block, ...]:
    """Paragraphs and tables. A paragraph ends where its sentence does; a heading, a date, an office and a label end by themselves."""
    blocks: list[Block] = []
    width = _wrap(pieces)
    before: Line | None = None
    torn: set[int] = {0} if len(pieces) == 1 else set()  # a text pasted as one line is parted like one that a site ran together
    for piece in _tabled(pieces):
        if isinstance(piece, Table):
            blocks.append(piece)
            before = None
            continue
        last = blocks[-1] if blocks else None
        if before is not None and isinstance(last, Paragraph) and _goes_on(last, before, piece, width):
            blocks[-1] = Paragraph(joined(last.text, piece.text), last.level)
            torn |= {len(blocks) - 1} if before.torn else set()
        else:
            blocks.append(Paragraph(without_bullet(piece.text), piece.level))
        before = piece
    return tuple(part for n, block in enumerate(blocks) for part in (_unfolded(block) if n in torn else (block,)))


_POINT = re.compile(r"[(（][一二三四五六七八九十]{1,3}[)）]|(?<![第\d])[一二三四五六七八九十]{1,3}、(?![一二三四五六七八九十])|\d{1,2}\s?[.．](?!\d)")
# headings that a site ran together with the text behind them
_KNOWN = re.compile(
    r"(?:总体(?:要求|目标)|(?:指导思想|工作目标|主要目标|目标任务|时间安排|时间步骤|工作步骤|实施步骤|工作安排|重点任务|主要任务|工作任务|工作内容|整治内容|整治重点|工作重点|工作措施|整治措施|保障措施|"
    r"工作要求|有关要求|组织领导|组织机构|职责分工))(?=[\u4e00-\u9fff(（])"
)


def _unfolded(block: Block) -> Iterator[Block]:
    """The points of a text that a site made one long line of: each begins behind the end of a sentence or a heading."""
    if isinstance(block, Table):
        yield block
        return
    text, start = block.text, 0
    for match in _POINT.finditer(text):
        if match.start() < start or (match.start() and not text.endswith(("。", *_SHUT), 0, match.start()) and not _is_known(text[start : match.start()])):
            continue
        if match.start() > start:
            yield Paragraph(text[start : match.start()].strip())
        start = match.start()
        known = _KNOWN.match(text, match.end())
        if known:
            yield Paragraph(text[start : known.end()])
            start = known.end()
    yield Paragraph(text[start:].strip())


def _is_known(text: str) -> bool:
    return bool(_KNOWN.fullmatch(text)) or not text


def _goes_on(whole: Paragraph, before: Line, line: Line, width: float) -> bool:
    """Whether a line belongs to the paragraph that the line `before` it ends so far."""
    if before.torn:
        return True
    if line.level or whole.level or _begins(line.text):
        return False
    if _is_open(whole.text, line.text) or (whole.text.endswith(("：", ":")) and _ADDRESS.match(line.text)):
        return True
    if whole.text.endswith(_ENDED) or is_date_line(whole.text) or printed(whole.text):
        return False
    if whole.text.endswith(("，", "、", ",")) or _is_torn(whole.text, line.text):
        return True
    if width and _width(before.text) >= width - _WRAPPED:
        return True
    if is_organ(line.text) or is_date_line(line.text) or (level_of(whole.text) and len(whole.text) <= _HEADING and "。" not in whole.text):
        return False
    if len(whole.text) <= _HELD and TITLE_END.search(whole.text) and "。" not in whole.text and ("关于" in whole.text or line.text.endswith("：")):
        return False
    if "、" in whole.text and len(whole.text) >= _CLAUSE and line.text.endswith("。"):
        return True
    return _is_prose(whole.text) and (_is_prose(line.text) or line.text.endswith("。"))


def _is_torn(text: str, following: str) -> bool:
    """Whether a line ends in the middle of a clause: 请各乡镇于五月十五日前 / 将总结报送…."""
    return bool(_TORN.search(text)) and bool(_VERB_FOLLOWS.match(following))


def _begins(text: str) -> bool:
    """Whether a line begins something of its own: a numbered point, an annex, the print line, a short label (联系人：)."""
    return bool(level_of(text)) or annex_of(text) is not None or printed(text) is not None or bool(_LABELLED.match(text))


def _is_prose(text: str) -> bool:
    return len(text) >= _PROSE or bool(re.search(r"[，。；]|,(?!\d)", text))


def _is_open(text: str, following: str) -> bool:
    """Whether a bracket or a quotation mark is open at the end of a text and is closed in what follows."""
    stack: list[tuple[str, int]] = []
    for place, sign in enumerate(text[-4 * _HELD :]):
        if sign in _OPEN:
            stack.append((sign, place))
        elif sign in _SHUT and stack and stack[-1][0] in (_SHUT[sign], *("(（" if sign in ")）" else "")):
            stack.pop()
    if not stack or len(text[-4 * _HELD :]) - stack[-1][1] > _HELD:
        return False
    wanted = _OPEN[stack[-1][0]]
    signs = (wanted, *((")", "）") if wanted in ")）" else ()))
    return any(sign in following[:_HELD] for sign in signs)


def _width(text: str) -> float:
    return sum(0.5 if c.isascii() else 1 for c in text)


def _wrap(pieces: Iterable[Piece]) -> float:
    """The width at which all lines of a text were broken, 0 where they were not: most of its longer lines then end there."""
    widths = sorted(w for p in pieces if isinstance(p, Line) and not p.tabs and (w := _width(p.text)) >= 16)
    if len(widths) < 8 or widths[-1] > _WIDEST:
        return 0.0
    full = widths[int(len(widths) * 0.95)]
    return full if 2 * sum(w >= full - _WRAPPED for w in widths) >= len(widths) else 0.0


def _tabled(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Runs of lines with tabs as tables, where they read like one; else as plain lines."""
    run: list[Line] = []
    for piece in pieces:
        if isinstance(piece, Line) and piece.tabs:
            run.append(piece)
            continue
        yield from _table_or_lines(run)
        run = []
        yield piece
    yield from _table_or_lines(run)


def _table_or_lines(run: list[Line]) -> Iterator[Piece]:
    if not run:
        return
    celled = all(line.text.startswith("\t") and line.text.count("\t") == 1 for line in run)
    rows = _rows_of_cells(run) if celled else [[_cell(c) for c in line.text.split("\t")] for line in run]
    cells = [c for row in rows for c in row]
    if len(rows) > 1 and max(map(len, rows)) > 1 and sum(map(len, cells)) <= _CELL * len(cells) and (not celled or "" in cells):
        width = max(map(len, rows))
        yield Table(tuple(tuple(row + [""] * (width - len(row))) for row in rows))
        return
    yield from (Line(text, line.level, line.gap) for line in run if (text := _cell(line.text.replace("\t", " "))))


def _cell(text: str) -> str:
    return " ".join(text.split())


def _rows_of_cells(run: Sequence[Line]) -> list[list[str]]:
    """A cell a line, a blank line between rows; one may also have torn a row, which is put together where the halves make up
    the width of the first row."""
    rows: list[list[str]] = []
    for line in run:
        if line.gap or not rows:
            rows.append([])
        rows[-1].append(_cell(line.text))
    whole: list[list[str]] = rows[:1]
    for row in rows[1:]:
        if len(whole) > 1 and len(whole[-1]) < len(rows[0]) and len(whole[-1]) + len(row) == len(rows[0]):
            whole[-1] = whole[-1] + row
        else:
            whole.append(row)
    return whole
