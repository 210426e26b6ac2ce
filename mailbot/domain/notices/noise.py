"""What stands on a page of a notice and is none of its words: the site around it, headers, footers, numbers of pages."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailbot.domain.documents import Document, Paragraph, Table

_LONG = 60  # characters; a longer line is no noise of a site
_DROPPED = re.compile(
    r"上传人\s*[:：]|文档编号\s*[:：]|下载\s*相关\s*举报|第\s*\d+\s*页\s*[/／]?\s*共\s*\d+\s*页|_第\d+页$|^亲[,，]该文档|^资源描述|^展开阅读全文"
    r"|(?:您|你)?(?:现在|当前|所在|目前)?的?位置\s*[:：]|^首\s*页(?:\s|[>＞|]|$)|^(?:打印|关闭|收藏|分享|返回|顶部|返回顶部|加入收藏|设为首页|我要纠错|无障碍\S*|长者\S*|繁体\S*|简体\S*|登录|注册|站内搜索|搜索)(?:\s|本页|窗口|$)"
    r"|^[\[【(（]?\s*(?:字体|字号)\s*[:：]?\s*[\[【(（]?\s*(?:大|小|放大|特大)|^分享(?:到|至)|^(?:浏览|阅读|点击|访问)(?:次数|量|数)?\s*[:：]|^(?:来源|信息来源|作者|责任编辑|编辑|文章来源)\s*[:：]|^(?:扫一扫|微信扫|手机扫)"
    r"|^[-—–－_\s·]*\d{1,3}[-—–－_\s·]*$|^第\s*\d+\s*页$|^\d+\s*/\s*\d+$|^(?:微信|微博|QQ空间|QQ|朋友圈|豆瓣)(?:\s|$)"
)
# from such a line on, behind the text, nothing of the notice follows
_TAIL = re.compile(
    r"^展开阅读全文|^相关资源$|^猜你喜欢|^相关搜索|^相关(?:链接|文章|阅读|信息|推荐|文档|新闻|稿件)|^[【\[]?\s*(?:上一篇|下一篇|上一条|下一条)|^\s*(?:版权所有|主办单位?|承办单位?|技术支持|网站标识码|网站地图|站点地图|copyright|©)"
    r"|[京津沪渝冀晋辽吉黑苏浙皖闽赣鲁豫鄂湘粤琼川贵云陕甘青蒙桂宁新藏]ICP备|公网安备|经营许可证编号|^扫一扫在手机|^本站为文档|^(?:友情链接|网站声明|联系我们|关于我们)(?:\s|$)",
    re.IGNORECASE,
)
# a site's table about the notice; its values are good for the head
META = re.compile(
    r"(?:(?:发文字号|文\s*号|文件编号|发文机关|发布机构|发文单位|制发机关|成文日期|发文日期|印发日期|发布日期|发布时间|公开日期|生成日期|生效日期|标\s*题|名\s*称|信息名称|索\s*引\s*号"
    r"|主题分类|主题词|统一编号|有效性|效力状态|公开类别|公开方式)\s*[:：]|(?:发文字号|发文机关|成文日期|发布日期|生效日期|标题|名称|索引号|主题分类|统一编号|效力状态)\s)\s*"
)
_NUMBERED_PAGE = re.compile(r"^(\d{1,3})\s*、\s*(?=\S)")
_LEAST_PAGES = 3
_PAGE_CHARS = 120
_REPEATED = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph or a line of one. `level`: its heading style's. `gap`: a blank line stands before it. `tabs`: it began with a tab
    or holds one: cells of a table that was copied as text. `torn`: a site cut it off; it goes on in the next line without a gap."""

    text: str
    level: int = 0
    gap: bool = False
    tabs: bool = False
    torn: bool = False


Piece = Line | Table
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_BLANKS = re.compile(r"[ \u00a0\u3000\u2002-\u200a]+")


def pieces_of(document: Document) -> tuple[Piece, ...]:
    """The lines and tables of a document in page order, without noise."""
    pieces = _bare_pages(_without_running_heads(_split(document), document.kind == "pdf"))
    pieces = _without_tail(pieces)
    return _without_gaps_of_noise(pieces)


def _split(document: Document) -> list[Piece]:
    pieces: list[Piece] = []
    gap = False
    for block in document.blocks:
        if isinstance(block, Table):
            pieces += [block] if _is_table(block) else [Line(_clean(c)) for row in block.rows for c in dict.fromkeys(row) for c in c.splitlines() if c.strip()]
            continue
        for text in block.text.split("\n"):
            if "\t" not in text and not text.strip():
                gap = True
                continue
            pieces.append(_line(text, block, gap))
            gap = False
    return pieces


def _line(text: str, block: Paragraph, gap: bool) -> Line:
    tabs = "\t" in text
    return Line(text if tabs else _clean(text), block.level, gap, tabs)


def _clean(text: str) -> str:
    return _BLANKS.sub(" ", _INVISIBLE.sub("", text).replace("\t", " ")).strip()


def _is_table(table: Table) -> bool:
    """Whether something is laid out in columns: a page in one cell, or a text that a reader took for a CSV, is none."""
    rows = [tuple(dict.fromkeys(c.strip() for c in row if c.strip())) for row in table.rows]
    several = sum(len(row) > 1 for row in rows)
    prose = sum(len(cell) for row in rows for cell in row[:1] if len(row) == 1)
    blanks = any(not cell.strip() for row in table.rows for cell in row)
    if several == 0:
        return blanks and len(rows) > 1 and prose < 40 * len(rows)
    return 4 * several >= len(rows) or prose < 200


def _without_running_heads(pieces: list[Piece], paged: bool) -> list[Piece]:
    """Noise lines dropped; of a PDF also what stands on three pages and more, headers and footers."""
    counts = Counter(p.text for p in pieces if isinstance(p, Line)) if paged else Counter()
    kept: list[Piece] = []
    gap = False
    for piece in pieces:
        if isinstance(piece, Table) or piece.tabs:
            kept.append(piece)
        elif _is_site(piece.text) or (counts[piece.text] >= _REPEATED and len(piece.text) <= _LONG // 2):
            gap = True
            continue
        else:
            kept.append(replace(piece, gap=True) if gap else piece)
        gap = False
    return kept


def _is_site(text: str) -> bool:
    words = text.lstrip("•·●|>- ") if len(text) <= _LONG else ""
    return bool(_DROPPED.search(words or text[: 3 * _LONG])) if words else len(text) <= 3 * _LONG and "由会员分享" in text


def _bare_pages(pieces: list[Piece]) -> list[Piece]:
    """A document site numbers its pages in mid sentence (“…坚决”, “2、维护人民群众…”): a run 1、 2、 3、 of long lines of which
    most break a sentence. The numbers go, the pieces are marked to be joined."""
    at = _page_starts(pieces)
    texts = [(n, p.text) for n, p in enumerate(pieces) if n in at and isinstance(p, Line)]
    broken = sum(not text.endswith(("。", "；", ";", "！")) for _, text in texts[:-1])
    if len(at) < _LEAST_PAGES or 2 * broken < len(at) - 1 or 3 * sum(len(text) > _PAGE_CHARS for _, text in texts) < 2 * len(texts):
        return pieces
    bare: list[Piece] = []
    for n, piece in enumerate(pieces):
        if n in at and isinstance(piece, Line):
            piece = replace(piece, text=_NUMBERED_PAGE.sub("", piece.text), torn=n != max(at))
        bare.append(piece)
    return bare


def _page_starts(pieces: Sequence[Piece]) -> set[int]:
    """The places of the lines 1、 2、 3、 … one right behind the other."""
    best: set[int] = set()
    run: list[int] = []
    for n, piece in enumerate(pieces):
        match = _NUMBERED_PAGE.match(piece.text) if isinstance(piece, Line) else None
        number = int(match[1]) if match else 0
        run = [*run, n] if number and number == len(run) + 1 else [n] if number == 1 else []
        best = set(run) if len(run) > len(best) else best
    return best


def _without_tail(pieces: list[Piece]) -> list[Piece]:
    """Everything up to what a site prints below a text. It must stand in the lower half, so that no navigation above is taken for it."""
    sizes = [len(p.text) if isinstance(p, Line) else sum(len(c) for row in p.rows for c in row) for p in pieces]
    whole, seen = sum(sizes), 0
    for n, piece in enumerate(pieces):
        if isinstance(piece, Line) and len(piece.text) <= 2 * _LONG and _TAIL.search(piece.text) and 3 * seen >= whole:
            return pieces[:n]
        seen += sizes[n]
    return pieces


def _without_gaps_of_noise(pieces: list[Piece]) -> tuple[Piece, ...]:
    return tuple(p for p in pieces if isinstance(p, Table) or p.tabs or p.text)
