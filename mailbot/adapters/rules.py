"""config/*.yaml -> Rules. Every mistake is told at once: file, line, key, what stands there, what to write instead."""

import difflib
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from mailbot.domain.cadences import Moved
from mailbot.domain.campaigns import Campaign, Duty
from mailbot.domain.errors import ConfigurationError
from mailbot.domain.forms import FormType, TableLayout
from mailbot.domain.policy import Rules, Settings
from mailbot.domain.rule import Rule
from mailbot.domain.workdays import Calendar

_LARGEST_FILE = 8_000_000  # a roster of 20 000 units has 3 MB; an alias bomb or a wrong file is refused before it is parsed
M = TypeVar("M", bound=Rule)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in the rules. `line` from 1; `key` as a path: duties.3.copies."""

    file: str
    line: int
    key: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file} 第{self.line}行 {self.key}：{self.sentence}" if self.key else f"{self.file} 第{self.line}行：{self.sentence}"


_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where the wheel has it: ten times quicker


_OTHERWISE = {f"tag:yaml.org,2002:{kind}" for kind in ("timestamp", "bool", "int")}


class _Loader(_Base):  # type: ignore[misc]
    """Words as people write them: dates and times of day stay text, so that a wrong one is told with its place; `no` and `off`
    are words (YAML 1.2), only true and false are not."""

    yaml_implicit_resolvers = {  # noqa: RUF012  PyYAML keeps it on the class
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in _OTHERWISE]
        for first, resolvers in _Base.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9]\d*)$"), list("-+0123456789"))


class RulesError(ConfigurationError):
    """The rules cannot be used; `mistakes` names all that was found."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("规则有误，共 {} 处：\n{}".format(len(mistakes), "\n".join(f"  {m}" for m in mistakes)))
        self.mistakes = mistakes


@dataclass(frozen=True)
class _Source:
    """A parsed YAML file: its data, and where it stands in the file."""

    file: str
    data: Any
    tree: yaml.Node

    @cached_property
    def lines(self) -> Mapping[tuple[str | int, ...], int]:
        """The line of every key."""
        return dict(_lines(self.tree, ()))

    def mistake(self, path: tuple[str | int, ...], sentence: str) -> Mistake:
        at = path
        while at and at not in self.lines:
            at = at[:-1]
        return Mistake(self.file, self.lines.get(at, 1), ".".join(map(str, path)), sentence)


def load(folder: Path) -> Rules:
    """Reads mailbot.yaml, calendar.yaml, forms/*.yaml and campaigns/*.yaml. Raises RulesError with all mistakes."""
    mistakes: list[Mistake] = []
    digest = hashlib.sha256()

    def read(path: Path, model: type[M]) -> tuple[_Source, M] | None:
        digest.update(path.read_bytes() if path.is_file() else b"")
        source = _parse(path, folder, mistakes)
        value = _validated(source, model, mistakes) if source else None
        return (source, value) if source and value else None

    settings = read(folder / "mailbot.yaml", Settings)
    calendar = read(folder / "calendar.yaml", Calendar)
    forms = [form for path in sorted((folder / "forms").glob("*.yaml")) if (form := read(path, FormType))]
    campaigns = [campaign for path in sorted((folder / "campaigns").glob("*.yaml")) if (campaign := read(path, Campaign))]
    known_forms = {form.id for _, form in forms}
    mistakes += [m for source, form in forms for m in _form_mistakes(source, form)]
    mistakes += [m for source, campaign in campaigns for m in _campaign_mistakes(source, campaign, known_forms)]
    if settings:
        mistakes += _settings_mistakes(settings[0], settings[1], {p.stem for p in (folder / "campaigns").glob("*.yaml")})
    if mistakes or not settings or not calendar:
        raise RulesError(tuple(mistakes))
    active = tuple(_moved(c, calendar[1]) for wanted in settings[1].campaigns for _, c in campaigns if c.id == wanted)
    return Rules(settings[1], active, {f.id: f for _, f in forms}, calendar[1], digest.hexdigest()[:12])


def _moved(campaign: Campaign, calendar: Calendar) -> Campaign:
    """The campaign with the due dates of its duties moved where they say so."""
    if all(duty.on_holiday == "stay" for duty in campaign.duties):
        return campaign
    duties = (d if d.on_holiday == "stay" else replace(d, due=Moved(d.due, calendar)) for d in campaign.duties)  # type: ignore[arg-type]
    return replace(campaign, duties=tuple(duties))


def load_form(path: Path) -> FormType:
    """One form alone. Raises RulesError with all mistakes."""
    mistakes: list[Mistake] = []
    source = _parse(path, path.parent, mistakes)
    form = _validated(source, FormType, mistakes) if source else None
    mistakes += _form_mistakes(source, form) if source and form else ()
    if mistakes or form is None:
        raise RulesError(tuple(mistakes))
    return form


def _parse(path: Path, folder: Path, mistakes: list[Mistake]) -> _Source | None:
    name = path.relative_to(folder).as_posix()
    if not path.is_file():
        mistakes.append(Mistake(name, 1, "", "缺少这个文件"))
        return None
    content = path.read_bytes()
    try:
        if len(content) > _LARGEST_FILE:
            raise ValueError("文件过大，不像规则文件")
        text = content.decode("utf-8-sig")
        loader = _Loader(text)
        tree = loader.get_single_node()
        if tree is None:
            raise ValueError("文件是空的")
        if "&" in text and re.search(r"(?m)^[^#]*[\s:\[,-]\*\w", text):
            raise ValueError("规则文件不支持 YAML 的别名（*）")
        mistakes += [Mistake(name, line, ".".join(map(str, key)), "这个键写了两遍") for key, line in _doubled(tree, ())]
        return _Source(name, loader.construct_document(tree), tree)
    except UnicodeDecodeError:
        mistakes.append(Mistake(name, 1, "", "文件不是 UTF-8 编码，请用 UTF-8 保存"))
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        mistakes.append(Mistake(name, mark.line + 1 if mark else 1, "", f"YAML 写法有误（{problem.problem}），请检查缩进、冒号和引号"))
    except (yaml.YAMLError, ValueError) as problem:
        mistakes.append(Mistake(name, 1, "", str(problem)))
    return None


def _lines(node: yaml.Node, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*path, key.value), key.start_mark.line + 1
            yield from ((p, n) for p, n in _lines(value, (*path, key.value)) if p != (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _lines(item, (*path, index))


def _doubled(node: yaml.Node, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], int]]:
    if isinstance(node, yaml.MappingNode):
        counts = Counter(key.value for key, _ in node.value)
        for key, value in node.value:
            if counts[key.value] > 1:
                yield (*path, key.value), key.start_mark.line + 1
            yield from _doubled(value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _doubled(item, (*path, index))


@cache
def _reader(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def _validated(source: _Source, model: type[M], mistakes: list[Mistake]) -> M | None:
    try:
        kind: Any = model
        value: M = _reader(kind).validate_python(source.data)
        return value
    except ValidationError as error:
        for detail in error.errors():
            path = tuple(step for step in detail["loc"] if not _is_tag(step, source, detail["loc"]))
            mistakes.append(source.mistake(path, _sentence(detail, model, path)))
        return None


def _is_tag(step: str | int, source: _Source, loc: tuple[str | int, ...]) -> bool:
    """pydantic puts the name of the chosen variant (table, month) into the path; it is no key of the file."""
    return isinstance(step, str) and not any(step in path for path in source.lines) and step != loc[-1]


def _sentence(detail: ErrorDetails, model: type[Rule], path: tuple[str | int, ...]) -> str:
    kind, context, value = detail["type"], detail.get("ctx", {}), detail.get("input")
    if kind == "unexpected_keyword_argument":
        near = difflib.get_close_matches(str(path[-1]), sorted(_all_keys(model)), 1, 0.6)
        return f"没有“{path[-1]}”这个键" + (f"，是不是想写“{near[0]}”？" if near else "，请删去或查看手册")
    if kind == "missing":
        return "缺少这个键，请补上"
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        near = difflib.get_close_matches(str(value), allowed, 1, 0.5)
        return f"写的是“{value}”，只能写：{'、'.join(allowed)}" + (f"（最接近的是 {near[0]}）" if near else "")
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return f"写的是“{context.get('tag', '（空）')}”，只能写：{str(context.get('expected_tags', '见手册')).replace(chr(39), '')}"
    expected = {
        "int_parsing": "整数", "int_type": "整数", "string_type": "文字（数字请加引号）", "bool_parsing": "true 或 false",
        "date_from_datetime_parsing": "日期，如 2023-09-15", "date_parsing": "日期，如 2023-09-15", "date_type": "日期，如 2023-09-15",
        "tuple_type": "列表，如 [甲, 乙]", "dataclass_type": "一组键值", "model_attributes_type": "一组键值", "dict_type": "一组键值",
        "datetime_parsing": "时刻，如 2025-01-01T00:00:00+08:00", "datetime_from_date_parsing": "时刻，如 2025-01-01T00:00:00+08:00",
        "float_parsing": "数字", "greater_than_equal": f"不小于 {context.get('ge')} 的数", "less_than_equal": f"不大于 {context.get('le')} 的数",
    }.get(kind)  # fmt: skip
    return f"写的是“{_short(value)}”，应当是{expected}" if expected else f"写的是“{_short(value)}”，不合规则（{detail['msg']}）"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _all_keys(model: type[Rule]) -> set[str]:
    keys: set[str] = set()
    waiting: list[Any] = [model]
    seen: set[Any] = set()
    while waiting:
        kind = waiting.pop()
        if kind in seen if isinstance(kind, type) else False:
            continue
        if isinstance(kind, type) and issubclass(kind, Rule):
            seen.add(kind)
            hints = get_type_hints(kind)
            keys |= set(hints)
            waiting += hints.values()
        else:
            waiting += list(getattr(kind, "__args__", ()))
    return keys


def _doubles(values: Iterable[str]) -> list[str]:
    return [value for value, n in Counter(values).items() if n > 1]


def _campaign_mistakes(source: _Source, campaign: Campaign, forms: set[str]) -> Iterator[Mistake]:
    yield from _names_its_file(source, campaign.id)
    groups = {g.id for g in campaign.groups}
    known = {u.id for u in campaign.units} | {u.kind for u in campaign.units} | set(campaign.kinds)
    for i, unit in enumerate(campaign.units):
        for who in unit.sends_for:
            if who not in known:
                yield source.mistake(("units", i, "sends_for"), f"没有“{who}”这个单位或类别{_nearest(who, known)}")
        if campaign.kinds and unit.kind not in campaign.kinds:
            yield source.mistake(("units", i, "kind"), f"没有“{unit.kind}”这个类别{_nearest(unit.kind, campaign.kinds)}")
        yield from _bad_addresses(source, ("units", i, "addresses"), unit.addresses)
    for i, duty in enumerate(campaign.duties):
        if duty.form not in forms:
            yield source.mistake(("duties", i, "form"), f"没有“{duty.form}”这种表{_nearest(duty.form, forms)}")
        if duty.group and duty.group not in groups:
            yield source.mistake(("duties", i, "group"), f"没有“{duty.group}”这个工作组{_nearest(duty.group, groups)}")
        for who in duty.who:
            if who not in known:
                yield source.mistake(("duties", i, "who"), f"没有“{who}”这个单位或类别{_nearest(who, known)}")
        if not duty.who and not duty.anyone:
            yield source.mistake(("duties", i, "who"), "没有写谁应报；人人可报的请写 anyone: true")
        if not _periods_are_right(duty):
            yield source.mistake(("duties", i, "due"), "first、last 应写成报告期：月报如 2023-08，季报如 2023Q3")
    yield from _grant_mistakes(source, campaign)
    for i, group in enumerate(campaign.groups):
        yield from _bad_addresses(source, ("groups", i, "addresses"), group.addresses)
    for address in _doubles(a.lower() for u in campaign.units for a in u.addresses):
        yield source.mistake(("units",), f"地址 {address} 登记给了两个单位")
    for name in ("units", "duties", "groups"):
        for double in _doubles(item.id for item in getattr(campaign, name)):
            yield source.mistake((name,), f"“{double}”这个 id 用了两次")


def _bad_addresses(source: _Source, place: tuple[str | int, ...], addresses: Iterable[str]) -> Iterator[Mistake]:
    for address in addresses:
        if not re.fullmatch(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+\.[A-Za-z]+", address):
            yield source.mistake(place, f"“{address}”不是邮箱地址")


def _grant_mistakes(source: _Source, campaign: Campaign) -> Iterator[Mistake]:
    """Extensions and waivers of what nobody owes would be of no use, and nobody would notice."""
    owed = {(u.id, d.id): {p.id for p, _ in d.due.owed()} for d in campaign.duties for u in campaign.owers(d) if _periods_are_right(d)}
    for name in ("extensions", "waivers"):
        for i, grant in enumerate(getattr(campaign, name)):
            periods = owed.get((grant.unit, grant.duty))
            if periods is None:
                yield source.mistake((name, i), f"单位“{grant.unit}”不用报“{grant.duty}”{_nearest(grant.duty, (d for _, d in owed))}")
            elif grant.period not in periods:
                yield source.mistake((name, i, "period"), f"“{grant.duty}”没有“{grant.period}”这一期{_nearest(grant.period, periods)}")


def _periods_are_right(duty: Duty) -> bool:
    try:
        duty.due.owed()
    except (ValueError, TypeError):
        return False
    return True


def _form_mistakes(source: _Source, form: FormType) -> Iterator[Mistake]:
    yield from _names_its_file(source, form.id)
    patterns = [*form.nil, *(p for e in form.extract for p in (*e.patterns, *e.unless))]
    if isinstance(form.layout, TableLayout):
        yield from _unknown_gaps(source, form.layout)
        patterns += [p for c in form.layout.counters for p in c.patterns]
        patterns += [form.layout.sample] if form.layout.sample else []
    for pattern in patterns:
        yield from _bad_pattern(source, (), pattern.replace("{n}", r"(\d*)"))


def _unknown_gaps(source: _Source, layout: TableLayout) -> Iterator[Mistake]:
    """Braces of the blank's sentence that name no counter."""
    counters = {c.field for c in layout.counters}
    for gap in re.findall(r"\{(.*?)\}", layout.sentence):
        if gap not in counters:
            yield source.mistake(("layout", "sentence"), f"没有“{gap}”这个计数{_nearest(gap, counters)}")


def _bad_pattern(source: _Source, place: tuple[str | int, ...], pattern: str) -> Iterator[Mistake]:
    try:
        re.compile(pattern)
    except re.error as problem:
        yield source.mistake(place, f"“{_short(pattern)}”不是正确的正则表达式（{problem}）")


def _settings_mistakes(source: _Source, settings: Settings, campaigns: set[str]) -> Iterator[Mistake]:
    for wanted in settings.campaigns:
        if wanted not in campaigns:
            yield source.mistake(("campaigns",), f"没有 campaigns/{wanted}.yaml{_nearest(wanted, campaigns)}")
    cloud = settings.policy.cloud
    for pattern in (*(url for provider in cloud.providers for url in provider.urls), *cloud.expiry):
        yield from _bad_pattern(source, ("policy", "cloud"), pattern)
    for pattern in cloud.expiry:
        if pattern.count("(") - pattern.count("(?:") < 5:
            yield source.mistake(("policy", "cloud", "expiry"), f"“{_short(pattern)}”应有五个括号组：年、月、日、时、分")
    for name in ("staff", "directors"):
        yield from _bad_addresses(source, (name,), getattr(settings, name))
    if settings.answer_from and settings.answer_from.tzinfo is None:
        yield source.mistake(("answer_from",), "请写明时区，如 2025-01-01T00:00:00+08:00")


def _names_its_file(source: _Source, wanted: str) -> Iterator[Mistake]:
    if Path(source.file).stem != wanted:
        yield source.mistake(("id",), f"id 写的是“{wanted}”，应与文件名一致：{Path(source.file).stem}")


def _nearest(word: str, words: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(words), 1, 0.4)
    return f"，是不是想写“{near[0]}”？" if near else ""
