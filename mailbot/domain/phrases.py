"""The grammar of one line of an answer: `1 是 3 否`, `12-15 是`, `12 退回 附件打不开`. Only what is written says here; which cases
there are and what an answer does to them, `commands` knows.

An answer stands alone: behind it comes a blank, a stop, the next number or the end of the line. 退回去了吗 and 期间不在 answer nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from mailbot.domain.reviews import ALWAYS, BACK, EXTEND, NO, SEEN, WAIVE, YES

LONGEST = 200  # signs of a line that is read
ALL = ("全部", "所有", "其余")
ACCEPT, FOREIGN, UNIT, DUTY, PERIOD = "接受", "无关", "单位", "事项", "期"
SPOKEN = frozenset({WAIVE, BACK, EXTEND, ACCEPT, FOREIGN, UNIT, DUTY, PERIOD})  # what stands behind belongs to them
OF_ONE = SPOKEN - {BACK, FOREIGN}  # never said of all at once
_NUMBER = r"(?:#|第)?\s*\d{1,7}(?:\s*(?:件|号))?"
_HEAD = re.compile(rf"(?:请?处理)?\s*(?P<who>{'|'.join(ALL)}|{_NUMBER}(?:\s*(?:[、,，和及]|-|－|—|~|至|到|\s)\s*{_NUMBER})*)[\s:：.．)）、,，]*都?\s*")
_END = r"(?=$|[\s:：,，。.;；、!！~～(（])"  # behind a word that takes what follows
_SOON = r"(?=(?:到|至)?\s*(?:\d|[一二两三四五六七八九十几]{1,3}\s*个?(?:天|日|周|星期|月)))"  # 延期4月10日, 延期到4月10日, 延期三天
_NEXT = r"(?:了|吧|的|啊|哦|呀|哈)?(?=$|[\s:：,，。.;；、!！~～(（#\d]|第\s*\d|谢谢|辛苦)"  # behind a plain answer
# What people write for each key; what begins alike stands longest first.
_WORDS = {
    UNIT: rf"登记(?:给|到|为)(?=\S)|(?:归|属于)(?=\S)|是(?=[^\s，,。；;、]{{2,20}}的)|单位{_END}",
    NO: rf"(?:不是|不对|不行|不同意|不(?:用|要|予)?登记|不用|不要|否|no(?![a-z])|n(?![a-z])|×){_NEXT}",
    YES: rf"(?:(?:是的?|对的?|好的?|可以|同意|行)(?:，?登记)?|登记|ok(?![a-z])|yes(?![a-z])|y(?![a-z])|√){_NEXT}",
    ALWAYS: rf"长期(?:登记|有效)?{_NEXT}", SEEN: rf"(?:知道了|已阅|已处理|看过了){_NEXT}", WAIVE: f"免报{_END}", BACK: f"退回{_END}",
    EXTEND: f"延期(?:{_END}|{_SOON})", ACCEPT: f"(?:接受|认可){_END}", FOREIGN: f"无关{_END}", DUTY: f"(?:事项|表){_END}",
    PERIOD: rf"(?:报告期|期)(?:{_END}|(?=\d))",
}  # fmt: skip
_LETTER = rf"(?:选|按|就|用)?\s*(?P<letter>[A-Ha-h甲乙丙丁])(?![A-Za-z])(?:项|种|办|吧)?{_NEXT}"
_ANSWER = re.compile("|".join(f"(?P<k{n}>{words})" for n, words in enumerate(_WORDS.values())) + f"|{_LETTER}", re.IGNORECASE)
_KEYS = tuple(_WORDS)
_CHINESE_LETTERS = dict(zip("甲乙丙丁", "ABCD", strict=True))
_GAP = re.compile(r"[\s,，;；.。、!！~～]*")
_FINE = re.compile(r"没有?(?:什么)?(?:问题|异议|错)|不客气|无误")
_DOUBT = re.compile(r"[不没未别勿否吗呢除?？]|必须|但|可是|然而|如果|要是|还是|或|可能|大概|也许|好像|怎么|为什么|是否|无法")
# Behind a plain answer: nothing that postpones it, orders something else, or asks for something first.
_LATER = re.compile(r"\d|先|暂|待|等|核实后|后再|再[说看议定]|看看|问问|请.{0,6}[核查问看]|确认后|退回|免报|延期|撤|取消|接受|无关|登记[给到为]|归|属于")
_ELSE = re.compile(r"是[^，,。]{0,12}[所队局股组](?:$|[的，,。\s])")
_REMARK = re.compile(r"[（(\w，,。；;、）)\s!！：:]{1,40}$")
_LEAD = r"^[\s：:，,。]*(?:一律|暂时?|都|就|先|也)?"
_DENIED = re.compile(
    rf"{_LEAD}(?:(?:不(?:行|可以?|能|同意|批准?|准许?|许|予|必|用|要|对|给|妥|合适)|别|勿|免谈|免了|算了|取消|否|没有?批|未批)了?(?:$|[\s，,。.;；!！:：])"
    r"|必须|不(?:行|批|准|同意)|驳回)|不退回|(?:别|不要|不能|不得|不予|不可|不准|不该|不应)(?:退|免|延)|不免报|必须报"
)
_QUESTION = re.compile(r"[?？]|[吗呢]\s*[。.!！]?$|是否|是不是|要不要|能不能|可不可以")
# Not understood, and yet perhaps an answer: it is shown back, never passed over.
_LOOKS_LIKE = re.compile(
    r"^(?:除|No\.?\s*\d|第?[一二三四五六七八九十]+件?\s*[是否]|免报|延期|退回|撤销|撤回|取消|作废|接受|不同意|同意)"
    r"|^.{0,12}(?:是|否|登记|同意|退回|免报|延期|撤[销回]|取消|接受|无关)[。.!！]?$", re.IGNORECASE,
)  # fmt: skip
_DATE = re.compile(r"(?<!\d)\d{1,7}(?:\s*[-－—]\s*\d{1,7}){2,}")  # 2024-03-29, and any three numbers joined by dashes
_MONTH_DAY = re.compile(r"(?<!\d)(\d{1,2})[-－—](\d{1,2})(?!\d)")
_NEAR = 15  # days around today in which 3-29 is rather the day than a range


@dataclass(frozen=True, slots=True)
class Phrase:
    """`who`: the numbers, or one of ALL. `word`: the answer as written; `rest`: the words behind it."""

    who: str
    key: str
    word: str
    rest: str


def said_in(line: str) -> tuple[Phrase, ...]:
    """What a line made of nothing else says; nothing where something is left over, doubted, or asked."""
    found: list[Phrase] = []
    at = 0
    while at < len(line):
        head = _HEAD.match(line, at)
        answer = _ANSWER.match(line, head.end()) if head else None
        if head is None or answer is None:
            return ()
        key, end = _key(answer), answer.end()
        if key in SPOKEN:
            rest = line[end:]
            if doubted(key, rest) or (key in OF_ONE and head["who"] in ALL):
                return ()
            return (*found, Phrase(head["who"], key, answer[0], rest.strip(" ：:，,。")))
        gap = _GAP.match(line, end)
        at = gap.end() if gap else end
        remark = line[end:] if at < len(line) and not _HEAD.match(line, at) else ""
        if remark and not _may_stand(remark, key):
            return ()
        found.append(Phrase(head["who"], key, answer[0], remark.strip(" （(）)，,。；;！!")))
        if remark:
            break
    return tuple(found)


def doubted(key: str, rest: str) -> bool:
    """Whether the words behind a verb take it back, doubt it or ask. A reason of 退回 and 免报 may say 没有 and 不."""
    if _QUESTION.search(rest) or _DENIED.search(rest):
        return True
    return key not in (BACK, WAIVE) and bool(_DOUBT.search(_FINE.sub("", rest)))


def _may_stand(remark: str, key: str) -> bool:
    plain = _FINE.sub("", remark)
    other = key == NO and _ELSE.search(plain)
    return bool(_REMARK.match(remark)) and not (_DOUBT.search(plain) or _LATER.search(plain) or _QUESTION.search(plain) or other)


def _key(answer: re.Match[str]) -> str:
    if letter := answer["letter"]:
        return _CHINESE_LETTERS.get(letter, letter.upper())
    return next(key for n, key in enumerate(_KEYS) if answer[f"k{n}"])


def seems_an_order(line: str, numbers: frozenset[int]) -> bool:
    """Whether a line that was not understood may have been meant as an order about one of these cases, or about all."""
    head = _HEAD.match(line)
    first = re.search(r"\d{1,7}", line)
    named = head and first and int(first[0]) in numbers
    return bool(named or (head and not head["who"][:1].isdigit()) or _LOOKS_LIKE.match(line))


def date_in(who: str, today: date) -> str:
    """What reads like a date where numbers of cases should stand, "" where nothing does: 2024-03-29, and 3-29 around that day."""
    if found := _DATE.search(who):
        return found[0]
    return next((m[0] for m in _MONTH_DAY.finditer(who) if _is_near(int(m[1]), int(m[2]), today)), "")


def _is_near(month: int, day: int, today: date) -> bool:
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            if abs((date(year, month, day) - today).days) <= _NEAR:
                return True
        except ValueError:
            continue
    return False


def spans(who: str) -> Iterator[tuple[int, int]]:
    """The numbers of a list as (first, last); a single one is both."""
    for part in re.split(r"[、,，和及]|\s+", re.sub(r"\s*([-－—~至到])\s*", r"\1", who)):
        ends = [int(n) for n in re.findall(r"\d+", part)]
        if ends:
            yield ends[0], ends[-1]
