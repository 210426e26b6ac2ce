"""Personal data taken out of any text before it is written where many may read it: logs, alarms, signs of life (reliability.md §4).

What is masked: e-mail addresses, phone numbers, identity numbers, bank cards, passwords in addresses of servers and behind a word that names
one. A hash, a size or a number of ours keeps its digits: they are what a log is read for."""

import re
from collections.abc import Iterable

from mailbot.domain.text import show

_SECRET_WORDS = "授权码|授权密码|密码|口令|password|passwd|pwd|secret|token|authori[sz]ation[ _-]?code"
_SECRET_IS = r"(?:[:：=＝]|(?<!不)是|是(?=\s{0,3}[\"'“‘]?[!-~])|为)"  # 是授权码而不是网页登录密码 names none
_SECRET = re.compile(rf"(?i)((?:{_SECRET_WORDS})\w*[\"'”’]?\s{{0,3}}{_SECRET_IS}\s{{0,3}}[\"'“‘]?)(?!\d{{1,2}} ?位)([^\s\"'“”‘’，；）]+)")
_URL_PASSWORD = re.compile(r"(://[^\s:/@]{0,128}):[^\s@]{1,256}@")
_ADDRESS = re.compile(r"(?:\"[^\"\n]{1,64}\"|([\w.+!#$&'*/=?^`{|}~-]{0,255}?))(@|＠|%40)((?:[\w-]{1,63}[.．。])*[\w-]{1,63})")
# Numbers that no other digit touches: 韩某_13800001111, Tel13800001111. Blanks and hyphens may stand anywhere between digits, other signs only where
# people put them when they say such a number: 192.168.100.200, 20240329_101112 and 13.80 are none.
_D = "[0-9０-９]"
_BEGIN, _END = r"(?<![0-9０-９])", r"(?![0-9０-９])"
_BETWEEN = r"[ \-－\u00a0\u3000]{0,2}"
_SIGNS = r"[ \-－\u00a0\u3000._．—–‐‑·・•/／]{1,2}"
_LAST = "[0-9０-９XxＸｘ]"


def _grouped(*groups: int) -> str:
    """The rest of a number in groups of so many digits, a sign before each."""
    return "".join(rf"{_SIGNS}{_D}{{{count}}}" for count in groups)


# What a camera or a programme calls a picture, and a range of dates, is no number of a person.
_MOMENT = rf"(?!20[0-3]\d[-_]?[01]\d[-_]?[0-3]\d[-_]?(?:[0-2]\d[-_]?[0-5]\d[-_]?[0-5]\d(?:[-_]?\d{{1,3}})?|20[0-3]\d[-_]?[01]\d[-_]?[0-3]\d){_END})"
_IDENTITY = re.compile(  # bank cards too: 15 to 19 digits
    rf"{_BEGIN}{_MOMENT}(?:(?:{_D}{_BETWEEN}){{14,18}}{_LAST}|{_D}{{6}}{_grouped(8, 3)}{_LAST}|{_D}{{6}}{_grouped(4, 4, 3)}{_LAST}"
    rf"|{_D}{{4}}{_grouped(4, 4, 4)}(?:{_SIGNS}{_D}{{1,3}})?){_END}"
)
_MOBILE = re.compile(
    rf"{_BEGIN}(?:(?:[+＋]|00)?(?:86|８６){_BETWEEN})?[1１](?:{_BETWEEN}[3-9３-９](?:{_BETWEEN}{_D}){{9}}"
    rf"|[3-9３-９]{_D}(?:{_grouped(4, 4)}|{_grouped(3, 5)}|{_D}{_grouped(3, 4)})){_END}"
)
_LANDLINE = re.compile(rf"{_BEGIN}[(（]?[0０]{_D}{{2,3}}[)）]?(?:{_SIGNS})?{_D}{{3,4}}{_BETWEEN}{_D}{{4}}{_END}")
# The same where a date or a number of theirs is likelier (001-20240329, 0475-2024001): by the area codes there are.
_SURE_LANDLINE = re.compile(
    rf"{_BEGIN}[(（]?0(?:(?:10|2\d)[)）]?(?:{_SIGNS})?(?!20[012]\d)[2-8]\d{{3}}|[3-9]\d\d[)）]?(?:{_SIGNS})?(?!20[012]\d)[2-8]\d{{2,3}})"
    rf"{_BETWEEN}\d{{4}}{_END}"
)
_HASH = re.compile(r"((?<![0-9A-Za-z])(?:(?<=sha256=)|(?<=raw=)|(?=[0-9a-f]{64}(?![0-9A-Za-z])))[0-9a-f]{12,64}(?![0-9A-Za-z]))")
_MOVING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_WHOLE = 9  # digits: a shorter one is an extension, or has no area code
_LEAST_SECRET = 4  # characters: a shorter one stands in every other word


def masked_text(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with all personal data masked. `secrets`: passwords that are known, whatever stands around them."""
    for secret in secrets:
        if len(secret) >= _LEAST_SECRET:
            text = text.replace(secret, "***")
    text = _URL_PASSWORD.sub(r"\1:***@", text)
    text = _SECRET.sub(r"\1***", text)
    if "@" in text or "＠" in text or "%40" in text:  # most lines have none, and looking costs
        text = _ADDRESS.sub(lambda found: f"{(found[1] or '')[:2]}***{found[2]}{found[3]}", text)
    return _without(text, _IDENTITY, _MOBILE, _LANDLINE)


def shown(text: str, limit: int = 200) -> str:
    """A sender's text as letters, lists and staff see it: one safe line without the numbers of people, cut to `limit`. Cleaned first:
    what is between the digits and nobody sees must not hide a number."""
    return show(masked_numbers(show(text, len(text))), limit)


def masked(address: str) -> str:
    """An address as lists show it: zh***@units.example."""
    local, at, domain = address.partition("@")
    return f"{local[:2]}***@{domain}" if at else address


def masked_phone(number: str) -> str:
    """A number as lists show it: 138****78."""
    digits = "".join(sign for sign in number if sign.isdigit())
    return _of(digits) if len(digits) >= _WHOLE else f"****{digits[-2:]}" if digits else ""


def masked_numbers(text: str) -> str:
    """The same with the numbers of people and of the telephones on their desks alone: what a sender wrote into a subject or a file name
    and letters and lists repeat."""
    return _without(text, _IDENTITY, _MOBILE, _SURE_LANDLINE)


def _without(text: str, *kinds: re.Pattern[str]) -> str:
    """A text without the numbers of these kinds; the hashes in it stay."""
    pieces = _HASH.split(text)
    for numbers in kinds:
        pieces[::2] = [numbers.sub(_ends, piece) for piece in pieces[::2]]
    return "".join(pieces)


def one_line(text: str) -> str:
    """Line breaks, and signs that move or hide text, as their escapes: an event is a line."""
    return _MOVING.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(found[0]) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def _ends(found: re.Match[str]) -> str:
    digits = [sign for sign in found[0] if sign.isdigit() or sign in "XxＸｘ"]
    return _of("".join(digits))


def _of(digits: str) -> str:
    """The one shape of a masked number."""
    return f"{digits[:3]}****{digits[-2:]}"
