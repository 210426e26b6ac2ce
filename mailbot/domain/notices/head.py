"""The head of a notice: title, number, issuer, dates, mailboxes. What stands nowhere stays empty."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from mailbot.domain.dates import as_date
from mailbot.domain.notices.marks import DAY, TITLE_END, annex_of, is_date_line, is_organ, joined, level_of, printed
from mailbot.domain.notices.noise import META
from mailbot.domain.notices.notice import Notice

_ZONE = 40  # lines above the text, site's tables and all
_TITLE = 90  # characters
_PARTS = 4  # lines of a title
_LEAST_SIGNED = 2  # characters of an office's name above its date
_SUFFIX = re.compile(r"\.(?:docx?|pdf|wps|txt|html?)$", re.IGNORECASE)
_NUMBER = r"[\u4e00-\u9fffXx]{1,20}\s*[〔\[【（(［]\s*(?:19|20|XX|xx)\d{0,2}\s*[〕\]】)）］]\s*第?\s*[\dXx]{1,5}\s*号"
_NUMBER_LINE = re.compile(rf"(?:(?:发文字号|文\s*号|文件编号|编\s*号)\s*[:：]\s*)?[（(]?(?P<number>{_NUMBER})[)）]?(?:\s*签发人\s*[:：]?.*)?\s*")
_CALLED = re.compile(rf"({_NUMBER})\s*《(.+)》$")  # as sites call their pages
_RUN_ON = re.compile(r"(?:[^。，：；]{4,40}?文件)?(?P<title>[^。，：；]{4,90}?(?:通知|方案|意见|函|通报))(?=各|为|按照|根据|现将|近期)")  # a text pasted as one line
_IN_TITLE = re.compile(rf"[（(](?P<number>{_NUMBER})[)）]\s*$")
_RED = re.compile(r"(?P<organ>[\u4e00-\u9fff（）()\s]{3,40}?)\s*(?:文件|函件)")
_SIGNED = re.compile(rf"(?P<organ>[\u4e00-\u9fffXx×（）()\s]{{4,60}}?)\s+(?P<day>{DAY})\s*")
_DOT = r"\s?[.．]\s?"
_MAIL = re.compile(
    rf"[A-Za-z0-9][A-Za-z0-9._+-]{{0,63}}\s?[@＠]\s?[A-Za-z0-9-]{{1,63}}(?:{_DOT}[A-Za-z0-9-]{{1,63}}){{0,3}}?{_DOT}(?:com|cn|net|org|gov|edu|example)(?:{_DOT}cn)?(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_WIDE = str.maketrans("".join(map(chr, range(0xFF01, 0xFF5F))), "".join(map(chr, range(0x21, 0x7F))))
_CJK_GAP = re.compile(r"(?<=[\u4e00-\u9fff》）”、]) +(?=[\u4e00-\u9fff《（“])")


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed a notice, when, and the lines that say so."""

    issuer: str = ""
    issued: date | None = None
    seen: str = ""


@dataclass(frozen=True)
class Head:
    """What stands at the head and foot of a notice. `cited`: name of an item -> its line."""

    number: str = ""
    issuer: str = ""
    issued: date | None = None
    mailboxes: tuple[str, ...] = ()
    cited: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


def head_of(notice: Notice) -> Head:
    """Number, issuer, date and mailboxes. Of cited documents nothing is taken: only whole lines count."""
    number, number_line = number_of(notice.lines, notice.title)
    signature = signature_of(notice.lines)
    issuer, issuer_line = _issuer(notice, signature)
    mails = tuple(_mailboxes(notice))
    cited = {
        "title": notice.title, "number": number_line, "issuer": issuer_line, "issued": signature.seen,
        "mailboxes": next((line for line in _all_lines(notice) if mails and mails[0] in _mails_in(line)), ""),
    }  # fmt: skip
    doubts = tuple(f"没有找到{name}" for name, value in (("文号", number), ("发文单位", issuer), ("成文日期", signature.issued), ("报送邮箱", mails)) if not value)
    return Head(number, issuer, signature.issued, mails, {k: v for k, v in cited.items() if v}, doubts)


def number_of(lines: Sequence[str], title: str) -> tuple[str, str]:
    """(number, the line it stands in), both "" where there is none: 奈市监发〔2023〕66号."""
    run_on = _RUN_ON.match(lines[0]) if lines else None
    if run_on and (match := re.match(_NUMBER, run_on["title"])):
        return re.sub(r"\s", "", match[0]), run_on[0]
    for line in lines[:_ZONE]:
        if match := _CALLED.match(line):
            return re.sub(r"\s", "", match[1]), line
        if (match := _NUMBER_LINE.fullmatch(line)) or (len(line) <= _TITLE and "。" not in line and title and title in line and (match := _IN_TITLE.search(line))):
            number = re.sub(r"\s", "", match["number"])
            return re.sub(r"[\[【（(［]((?:19|20)?\w+)[\]】)）］]", r"〔\1〕", number), line
    return "", ""


def title_of(lines: Sequence[str]) -> tuple[str, int]:
    """(title, the place of the line behind it) of a notice; ("", 0) where nothing above the text reads like one."""
    zone = _zone(lines)
    for start in (*(n for n in zone if "关于" in lines[n]), *sorted(zone, key=lambda n: -len(lines[n]))):  # of a site's menu no word is so long
        last = _title_end(lines, start, zone)
        if last is None:
            continue
        first = start
        if start and start - 1 in zone and _belongs_above(lines[start - 1], lines[start]):
            first = start - 1
        title = ""
        for line in lines[first : last + 1]:
            title = joined(title, _SUFFIX.sub("", line))
        title = _CALLED.sub(r"\2", _CJK_GAP.sub("", _IN_TITLE.sub("", title)).strip())
        return title, _behind_repeated(lines, title, last + 1)
    run_on = _RUN_ON.match(lines[0]) if lines else None
    if run_on:
        return re.sub(rf"^{_NUMBER}", "", run_on["title"]), 0
    said = next((META.sub("", line) for line in lines[:_ZONE] if re.match(r"(?:标\s*题|名\s*称|信息名称)[:：\s]", line)), "")
    return said.strip(), 0


def _zone(lines: Sequence[str]) -> list[int]:
    """The lines that may hold the title: above the salutation or the first sentence."""
    found: list[int] = []
    for n, line in enumerate(lines[:_ZONE]):
        if META.match(line):
            continue
        if (line.endswith(("：", ":")) and len(line) > 4) or "。" in line or (level_of(line) == 1 and not TITLE_END.search(line)):
            break
        if not _NUMBER_LINE.fullmatch(line) and not _RED.fullmatch(line) and len(line) <= _TITLE:
            found.append(n)
    return found


def _title_end(lines: Sequence[str], start: int, zone: Sequence[int]) -> int | None:
    text = ""
    for n in range(start, min(start + _PARTS, len(lines))):
        if n not in zone:
            return None
        text += _SUFFIX.sub("", lines[n])
        bare = re.sub(r"\s", "", _IN_TITLE.sub("", text)).removesuffix("》" if _CALLED.match(text) else "")
        if TITLE_END.search(bare) and text.count("《") <= text.count("》") and len(text) <= 2 * _TITLE:
            return n
    return None


def _belongs_above(line: str, first: str) -> bool:
    """Whether the line above a title belongs to it: the issuer above 关于…, or the beginning of a title that names no 关于."""
    if is_date_line(line) or annex_of(line) or len(line) > 30 or re.search(r"[，。：:]", line):
        return False
    return is_organ(line) if first.startswith("关于") else "关于" not in first and not is_organ(line) and len(first) < 14 and len(line) > 5


def _behind_repeated(lines: Sequence[str], title: str, after: int) -> int:
    """Sites print the title twice; the text begins behind the last of both."""
    for n in range(after, min(after + 6, len(lines))):
        if _CJK_GAP.sub("", lines[n]) == title:
            after = n + 1
    return after


def signature_of(lines: Sequence[str]) -> Signature:
    """The first date under an office's name; else the print line; else what a site's table says; else a date that stands alone."""
    alone: Signature | None = None
    for n, line in enumerate(lines):
        match = _SIGNED.fullmatch(line)
        if match and is_organ(match["organ"].strip()) and (day := as_date(match["day"])):
            return Signature(_names(match["organ"].split()), day, line)
        if is_date_line(line) and not (n + 1 < len(lines) and printed(lines[n + 1])):
            above = _organs_above(lines, n)
            day = as_date(line.strip("()（） "))
            if above:
                return Signature(_names(above), day, f"{' '.join(above)} {line}")
            alone = alone or Signature("", day, line)
    return _printed_line(lines) or _of_site(lines) or alone or Signature()


def _organs_above(lines: Sequence[str], place: int) -> list[str]:
    """Those who signed, one line each, right above the date."""
    names: list[str] = []
    for line in reversed(lines[max(0, place - 8) : place]):
        if re.fullmatch(r"[（(].{2,30}(?:代章|章)[)）]", line):
            continue
        if not is_organ(line, _LEAST_SIGNED) or level_of(line):
            break
        names[:0] = line.split()
    return names


def _names(names: Iterable[str]) -> str:
    """Joint issuers parted by 、; a name written with blanks between its words is one."""
    parts = list(names)
    return "、".join(parts) if all(len(p) > 3 for p in parts) else "".join(parts)


def _printed_line(lines: Sequence[str]) -> Signature | None:
    for n in range(len(lines) - 1, -1, -1):
        if found := printed(lines[n]):
            organ = found[0] or (lines[n - 1] if n and is_organ(lines[n - 1]) else "")
            return Signature(re.sub(r"\s", "", organ), as_date(found[1]), f"{'' if found[0] else organ + ' '}{lines[n]}".strip())
    return None


def _of_site(lines: Sequence[str]) -> Signature | None:
    for words in (r"成文日期|发文日期|印发日期", r"发布日期|发布时间|公开日期|生成日期"):
        for line in lines[:_ZONE]:
            if (match := re.search(rf"(?:{words})\s*[:：\s]\s*(\S+)", line)) and (day := as_date(match[1])):
                return Signature("", day, line)
    return None


def _issuer(notice: Notice, signature: Signature) -> tuple[str, str]:
    """(issuer, its line): who signed; else the office before 关于 in the title, the red head, a site's table."""
    if signature.issuer:
        return signature.issuer, signature.seen
    before = notice.title.partition("关于")[0]
    if before and is_organ(before):
        return before, notice.title
    for line in notice.lines[:_ZONE]:
        if (match := _RED.fullmatch(line)) and is_organ(match["organ"].replace(" ", "")):
            return match["organ"].replace(" ", ""), line
        if match := re.search(r"(?:发文机关|发布机构|发文单位|制发机关)\s*[:：\s]\s*(?!发文|成文|发布)(\S+)", line):
            return match[1], line
    return "", ""


def _all_lines(notice: Notice) -> Iterator[str]:
    yield from notice.lines
    for annex in notice.annexes:
        for block in annex.blocks:
            yield from (c for row in block.rows for c in row) if hasattr(block, "rows") else (block.text,)


def _mails_in(text: str) -> list[str]:
    return [re.sub(r"\s", "", match[0]) for match in _MAIL.finditer(text.translate(_WIDE))] if "@" in text or "＠" in text else []


def _mailboxes(notice: Notice) -> list[str]:
    """Every address, the one named most often first."""
    counts = Counter(mail for line in _all_lines(notice) for mail in _mails_in(line))
    return [mail for mail, _ in counts.most_common()]
