"""Words printed on office papers that nobody wrote himself: notes, marks of annexes and templates, XX to be filled in; and
what a line looks like that may be a unit's name. Here and nowhere else."""

import re

from mailbot.domain.headings import numbering
from mailbot.domain.numbers import ORDINAL
from mailbot.domain.text import fold

_NOTE = re.compile(r"(?:填表|填报|报送)(?:说明|要求)|(?:备注|说明|注)(?:\d{0,2}[:、.]|\d{0,2}$|请)|请将[此本该]?表")
_MARK = re.compile(rf"附件(?:{ORDINAL}|\d*)[:、]?|附表\d*|\((?:参考模板|模板|样表|样式)\)|参考模板")
_BELOW = re.compile(r"附件|联系人|联系电话|电话|抄送|\(?此页无正文")

_STAMPED = r"加?盖\s*公?\s*章|公\s*章|签\s*章|单位公章|加盖公章|签\s*字|印\s*章"
# over unfolded text: （盖章） where the seal goes
STAMP = re.compile(rf"[（(【\[]\s*(?:{_STAMPED})\s*[)）】\]]|(?:盖章|签章)[:：]?\s*$")

_TO_FILL = re.compile(r"[x×*✕…]{2,}|\.{3,}|某{1,3}|x+年x+月x+日")
_UNNAMED = re.compile(r"x{2,}|×{2,}", re.IGNORECASE)
_NOBODY = re.compile(r"×|某某|○○|\*{2,}")

_LONGEST_NAME = 25
_LEAST_NAME = 2
_NO_NAME = re.compile(r"[。;!?:,]")
_HAN = re.compile(r"[\u4e00-\u9fff]")


def is_note(text: str) -> bool:
    """The office's own words on a form: 填表说明：…, 备注：…, 请将此表…"""
    return bool(_NOTE.match(fold(text)))


def is_mark(text: str) -> bool:
    """A line that only says what paper it is: 附件3, (参考模板)."""
    return bool(_MARK.fullmatch(fold(text)))


def stands_below(text: str) -> bool:
    """What may stand below a signature and is none: 附件：…, 联系人：…, 抄送…"""
    return bool(_BELOW.match(fold(text)))


def is_to_fill(text: str) -> bool:
    """Whether a whole text is what the template prints in a place to write in: XX, ……, X年X月X日."""
    return bool(_TO_FILL.fullmatch(fold(text)))


def is_unnamed(text: str) -> bool:
    """Whether the template's XX still stands for a unit or a case."""
    return bool(_UNNAMED.search(text))


def names_nobody(text: str) -> bool:
    """Whether a unit's or a person's name is still the template's: XX市场监管所, ×所, 某某. (In the title of a case 某某 is
    somebody whose name is kept back.)"""
    return is_unnamed(text) or bool(_NOBODY.search(text))


def may_be_name(text: str) -> bool:
    """Whether a line may be a unit's name by its looks: short, mostly Chinese, no sentence, heading, note or mark. Which
    units there are is no matter: 城关第三中学, 人民医院, 有限公司 are as good as 市场监管所."""
    flat = fold(text)
    if len(flat) > _LONGEST_NAME or _NO_NAME.search(flat) or numbering(flat) or is_note(flat) or is_mark(flat):
        return False
    return len(_HAN.findall(flat)) >= max(_LEAST_NAME, len(flat) / 2)
