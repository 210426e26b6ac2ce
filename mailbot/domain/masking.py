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
# Numbers that no Latin letter and no other digit touches; full width, or with a sign between digits, they are the same.
_D = "[0-9０-９]"
_BEGIN, _END = r"(?<![0-9０-９A-Za-z_])", r"(?![0-9０-９A-Za-z_])"
_BETWEEN = r"[ \-－\u00a0\u3000]?"
_IDENTITY = re.compile(rf"{_BEGIN}(?:{_D}{_BETWEEN}){{14,18}}[0-9０-９XxＸｘ]{_END}")  # bank cards too: 15 to 19 digits
_MOBILE = re.compile(rf"{_BEGIN}(?:(?:[+＋]|00)?(?:86|８６){_BETWEEN})?[1１]{_BETWEEN}[3-9３-９](?:{_BETWEEN}{_D}){{9}}{_END}")
_LANDLINE = re.compile(rf"{_BEGIN}[(（]?[0０]{_D}{{2,3}}[)）]?{_BETWEEN}{_D}{{3,4}}{_BETWEEN}{_D}{{4}}{_END}")
_MOVING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
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
    for numbers in (_IDENTITY, _MOBILE, _LANDLINE):
        text = numbers.sub(_ends, text)
    return text


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
    """The same with the numbers of people alone: what a sender wrote into a subject or a file name and letters and lists repeat."""
    for numbers in (_IDENTITY, _MOBILE):
        text = numbers.sub(_ends, text)
    return text


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
