"""One word of a rule file -> a value, or what is wrong with it: what stands there, what should, what was probably meant."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, TypeVar

import yaml

from mailbot.adapters.rules.mistakes import nearest, short
from mailbot.domain.numbers import chinese_number
from mailbot.domain.rule import Between

N = TypeVar("N", int, float)
_TAG = "tag:yaml.org,2002:"
_STRING, _INT, _FLOAT, _BOOL = (_TAG + name for name in ("str", "int", "float", "bool"))
_YES = frozenset({"true", "yes", "y", "on", "是", "对", "真", "有", "要", "需要"})
_NO = frozenset({"false", "no", "n", "off", "否", "错", "假", "无", "不", "不要", "不需要"})
_QUOTES = "“”‘’\"'「」『』 \u3000"
_DAY = re.compile(r"(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*[日号]?")
_HOUR = re.compile(r"(?:上午|早上|早)?(下午|晚上)?\s*(\d{1,2})\s*(?:[点时:](?:(半)|(\d{1,2})分?)?(?::\d\d)?)?整?")
# How people call what the rules call otherwise.
_ALSO = {
    "day": ("每日", "每天", "日报", "daily"),
    "week": ("每周", "周报", "weekly"),
    "month": ("每月", "月报", "monthly"),
    "quarter": ("每季度", "每季", "季报", "quarterly"),
    "half-year": ("半年", "每半年", "half-yearly"),
    "year": ("每年", "yearly"),
    "once": ("一次", "固定", "fixed"),
    "any-time": ("随时", "any", "anytime"),
    "mon": ("周一", "星期一"),
    "tue": ("周二", "星期二"),
    "wed": ("周三", "星期三"),
    "thu": ("周四", "星期四"),
    "fri": ("周五", "星期五"),
    "sat": ("周六", "星期六"),
    "sun": ("周日", "星期日"),
    "this": ("本月", "本季度", "本期", "当月"),
    "previous": ("上月", "上季度", "上期", "last"),
    "both": ("两样", "都要", "全部"),
    "editable": ("可编辑版", "电子版", "word"),
    "either": ("任一", "任意"),
    "tls": ("ssl",),
    "yes-no": ("是否",),
    "text": ("文字",),
    "number": ("整数",),
    "decimal": ("小数",),
    "date": ("日期",),
    "phone": ("电话",),
    "mobile": ("手机",),
    "email": ("邮箱",),
    "table": ("表格",),
    "sections": ("分部分",),
    "labels": ("标签",),
    "live": ("正式",),
    "shadow": ("影子",),
    "next-working-day": ("顺延",),
    "working": ("工作日",),
    "all": ("天天",),
}
_MEANT = {said: word for word, also in _ALSO.items() for said in also}


@dataclass(frozen=True, slots=True)
class Wrong:
    """A word that cannot be taken as it stands."""

    sentence: str
    found: str = ""
    allowed: tuple[str, ...] = ()
    nearest: str = ""


def word_of(node: yaml.ScalarNode, words: Iterable[str]) -> str | Wrong:
    """One of several words."""
    said: str = node.value.strip()
    allowed = tuple(words)
    if said in allowed and node.tag == _STRING:
        return said
    bare = said.strip(_QUOTES)
    near = next((w for w in (bare.lower(), _MEANT.get(bare.lower(), "")) if w in allowed), "") or nearest(bare.lower(), allowed, 0.5)
    if len(allowed) == 1:
        return Wrong(f"写的是“{short(said)}”，这里固定写 {allowed[0]}", said, allowed, allowed[0])
    return Wrong(f"写的是“{short(said)}”，只能写：{'、'.join(allowed)}" + (f"（最接近的是 {near}）" if near else ""), said, allowed, near)


def scalar(node: yaml.ScalarNode, kind: type, between: Between | None = None) -> Any:
    """The value, or a `Wrong`."""
    if node.tag == _TAG + "null" and kind is not str:
        return Wrong("后面没有写内容")
    return _READERS[kind](node, between)


def _text(node: yaml.ScalarNode, _: Between | None) -> str | Wrong:
    said = str(node.value).strip()
    if node.tag == _STRING:
        return said if said or node.style else Wrong("后面没有写内容")
    if node.tag == _TAG + "null":
        return Wrong("后面没有写内容" if not said else f"“{said}”要作文字用，请加引号：'{said}'", said)
    if node.tag in (_INT, _FLOAT, _BOOL):
        return Wrong(f"“{said}”要作文字用，请加引号：'{said}'", said, nearest=f"'{said}'")
    return Wrong(f"不认识的写法“{short(node.tag.removeprefix(_TAG))}”，请直接写内容", node.tag)


def _bool(node: yaml.ScalarNode, _: Between | None) -> bool | Wrong:
    said: str = node.value.strip()
    if node.tag == _BOOL:
        return said.lower() == "true"
    bare = said.strip(_QUOTES).lower()
    near = "true" if bare in _YES or bare == "1" else "false" if bare in _NO or bare == "0" else ""
    if bare in ("true", "false"):
        return Wrong(f"写的是“{said}”，请去掉引号，写 {bare}", said, ("true", "false"), bare)
    return Wrong(f"写的是“{short(said)}”，只能写 true（是）或 false（否）" + (f"，这里应写 {near}" if near else ""), said, ("true", "false"), near)


def _int(node: yaml.ScalarNode, between: Between | None) -> int | Wrong:
    said: str = node.value.strip()
    if node.tag == _INT:
        return _within(int(said), between, said, "整数")
    near = meant_number(said)
    if node.tag == _STRING and node.style and near == said:
        return Wrong(f"写的是加了引号的“{said}”，应当是整数，请去掉引号", said, nearest=near)
    return Wrong(f"写的是“{short(said)}”，应当是整数" + (f"，请写 {near}" if near else ""), said, nearest=near)


def _float(node: yaml.ScalarNode, between: Between | None) -> float | Wrong:
    said: str = node.value.strip()
    if node.tag in (_INT, _FLOAT):
        try:
            return _within(float(said), between, said, "数字")
        except ValueError:
            pass
    near = meant_number(said)
    return Wrong(f"写的是“{short(said)}”，应当是数字" + (f"，请写 {near}" if near else ""), said, nearest=near)


def _within(value: N, between: Between | None, said: str, what: str) -> N | Wrong:
    if between is None or (value >= between.least and (between.most is None or value <= between.most)):
        return value
    if between.most is None:
        return Wrong(f"写的是 {said}，应当是不小于 {between.least} 的{what}", said, nearest=str(between.least))
    end = between.least if value < between.least else between.most
    return Wrong(f"写的是 {said}，应当是 {between.least} 到 {between.most} 的{what}", said, nearest=str(end))


def meant_number(said: str) -> str:
    """20日, ２０, 二十 -> 20; 前3天 -> 3, 逾期3天 -> -3; "" where no number was meant."""
    plain = unicodedata.normalize("NFKC", said).strip(_QUOTES)
    if found := re.fullmatch(r"0*(\d+)(?:日|号|月|天|分钟|分|秒|封|字|份|个|行)?", plain):
        return found[1]
    if found := re.fullmatch(r"(?:提前|截止前|到期前|前)(\w+?)[天日]|(\w+?)[天日]前|(?:逾期|截止后|到期后|后)(\w+?)[天日]|(\w+?)[天日]后", plain):
        days = next(part for part in found.groups() if part)  # how people write reminders
        number = meant_number(days)
        return f"-{number}" if number and found.lastindex in (3, 4) else number
    value = chinese_number(re.sub(r"(?:日|号|月|天)$", "", plain))
    return "" if value is None else str(value)


def _date(node: yaml.ScalarNode, _: Between | None) -> date | Wrong:
    said: str = node.value.strip()
    if re.fullmatch(r"\d{4}-\d\d-\d\d", said):
        return _day(said, said)
    plain = unicodedata.normalize("NFKC", said).strip(_QUOTES)
    if found := _DAY.fullmatch(plain) or re.fullmatch(r"(\d{4})(\d\d)(\d\d)", plain):
        day = "{}-{:0>2}-{:0>2}".format(*found.groups())
        value = _day(day, said)
        return value if isinstance(value, Wrong) else Wrong(f"写的是“{short(said)}”，日期请写 {day}", said, nearest=day)
    if re.search(r"[T ]\d", plain):
        return Wrong(f"写的是“{short(said)}”，这里只写日期，不写钟点，如 {plain[:10]}", said, nearest=plain[:10])
    return Wrong(f"写的是“{short(said)}”，应当是日期，如 2023-09-15", said)


def _day(text: str, said: str) -> date | Wrong:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return Wrong(f"写的是“{short(said)}”，没有这一天；日期请写成 2023-09-15 这样", said)


def _time(node: yaml.ScalarNode, _: Between | None) -> time | Wrong:
    said: str = node.value.strip()
    plain = unicodedata.normalize("NFKC", said)
    if found := re.fullmatch(r"(\d{1,2}):(\d\d)(?::(\d\d))?", said):
        try:
            return time(int(found[1]), int(found[2]), int(found[3] or 0))
        except ValueError:
            return Wrong(f"写的是“{said}”，没有这个钟点；请写成 '08:00' 这样", said)
    if (found := _HOUR.fullmatch(plain.strip(_QUOTES))) and int(found[2]) < 24:
        hour = int(found[2]) + (12 if found[1] and int(found[2]) < 12 else 0)
        near = f"'{hour:02}:{30 if found[3] else int(found[4] or 0):02}'"
        return Wrong(f"写的是“{short(said)}”，钟点请写 {near}", said, nearest=near)
    return Wrong(f"写的是“{short(said)}”，应当是钟点，如 '08:00'", said)


def _moment(node: yaml.ScalarNode, _: Between | None) -> datetime | Wrong:
    said: str = node.value.strip()
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return Wrong(f"写的是“{short(said)}”，应当是时刻，如 2025-01-01T00:00:00+08:00", said)
    if moment.tzinfo is None:
        near = f"{moment.isoformat()}+08:00"
        return Wrong(f"写的是“{said}”，请写明钟点和时区：{near}", said, nearest=near)
    return moment


_READERS: Mapping[type, Callable[[yaml.ScalarNode, Between | None], Any]] = {
    str: _text, bool: _bool, int: _int, float: _float, date: _date, time: _time, datetime: _moment,
}  # fmt: skip
