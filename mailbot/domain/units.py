"""Whose mail is this: reporting units and the ways people write their names."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property, lru_cache

from mailbot.domain.rule import Rule
from mailbot.domain.text import fold

# An address a unit can write from and be written to (the dot-atom of RFC 5322, ASCII alone): any other would be taken from no From, nor by the outbox.
ADDRESS = r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]+"
_SHORT = 2  # a nickname of so few characters (八所) counts only where a word begins, and not in 所长
_LEAST_STEM = 3  # characters of a stem in which one may be wrong
_LEAST_END = 4  # the same for the ending of a kind (市场监管所)
_LINE = 200  # characters of a text that is looked up once and remembered
_LEAST_NAME = 5  # the same for a whole name
_STEM = re.compile(r"(?<![a-z\u4e00-\u9fff])(?!某|本|我|x+$)[a-z\u4e00-\u9fff]{2,}$")
_DOTS = re.compile(r"[_.·•・]")  # between the characters of a name, for looks
NUMERALS = frozenset("零一二三四五六七八九十百0123456789-")  # a dash is often a 一


@dataclass(frozen=True, kw_only=True)
class UnitKind(Rule):
    """A kind of unit (市场监管所) and how its name ends in the mouths of people: 市场监督管理所, 监管所, 所.
    `between`: what may stand between stem and ending (八仙筒 镇 监管所)."""

    endings: tuple[str, ...] = ()
    between: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Unit(Rule):
    """A reporting unit. `stem` is the name without its kind's ending; together they make the spellings.

    `sends_for`: kinds or unit ids whose forms this unit may file (执法大队 for 执法中队). A unit without addresses
    (a working group) is reported for by another."""

    id: str
    name: str
    kind: str
    addresses: tuple[str, ...] = ()
    stem: str | None = None
    aliases: tuple[str, ...] = ()
    sends_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class Roster:
    """All units of a campaign. `prefixes` are what people put before a name: 奈曼旗, 奈曼旗市场监督管理局."""

    units: tuple[Unit, ...]
    kinds: Mapping[str, UnitKind]
    prefixes: tuple[str, ...] = ()

    @cached_property
    def _spellings(self) -> dict[str, Unit]:
        spellings: dict[str, Unit] = {}
        for unit in self.units:
            for text in self._ways_to_write(unit):
                spellings.setdefault(fold(text), unit)
        return spellings

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """Every spelling, the longest first; in groups by their first character, so that the rest of a text is passed over quickly."""
        groups: dict[str, list[str]] = {}
        for spelling in sorted(filter(None, self._spellings), key=len, reverse=True):
            alone = rf"(?<![\u4e00-\u9fff\d]{re.escape(spelling)})(?!长)" if len(spelling) <= _SHORT else ""
            groups.setdefault(spelling[0], []).append(re.escape(spelling[1:]) + alone)
        return re.compile("|".join(f"{re.escape(first)}(?:{'|'.join(rests)})" for first, rests in groups.items()) or r"(?!)")

    def _ways_to_write(self, unit: Unit) -> Iterable[str]:
        yield unit.name
        yield from unit.aliases
        kind = self.kinds.get(unit.kind, UnitKind())
        if unit.stem:
            yield from (unit.stem + between + ending for between in ("", *kind.between) for ending in kind.endings)

    def spelled(self, unit: Unit) -> tuple[str, ...]:
        """The names of a unit that name a kind too, folded: what a seal or a letterhead says."""
        return tuple(dict.fromkeys(fold(way) for way in self._ways_to_write(unit) if len(fold(way)) >= _LEAST_NAME))

    def by_id(self, unit_id: str) -> Unit | None:
        return self._by_id.get(unit_id)

    @cached_property
    def _by_id(self) -> Mapping[str, Unit]:
        return {unit.id: unit for unit in reversed(self.units)}

    def by_address(self, address: str) -> Unit | None:
        """The unit of a registered address; compared in ASCII lower case only (CVE-2019-19844)."""
        return self._registered.get(address.encode("ascii", "replace").lower())

    @cached_property
    def _registered(self) -> Mapping[bytes, Unit]:
        return {a.encode("ascii", "replace").lower(): unit for unit in reversed(self.units) for a in unit.addresses}

    def named(self, text: str) -> tuple[Unit, ...]:
        """The units whose names stand in a text, in the order of their first mention, longest spelling first."""
        return self._named(text) if len(text) <= _LINE else self._mentioned(text)

    @cached_property
    def _named(self) -> Callable[[str], tuple[Unit, ...]]:
        return lru_cache(maxsize=2048)(self._mentioned)  # subject, name and head of a paper are asked for again and again

    def _mentioned(self, text: str) -> tuple[Unit, ...]:
        seen: dict[str, Unit] = {}
        for match in self._pattern.finditer(fold(text)):
            unit = self._spellings[match.group()]
            seen.setdefault(unit.id, unit)
        return tuple(seen.values())

    def is_name(self, text: str) -> Unit | None:
        """The unit where the whole text is its name, prefixes and a trailing (盖章) apart; None where more is said."""
        return next((self._spellings[rest] for rest in self._plain(text) if rest in self._spellings), None)

    def like(self, text: str) -> Unit | None:
        """The unit whose name the whole text nearly is; None where it is none's or more than one's."""
        return self._like(text)

    def is_strange(self, text: str) -> bool:
        """Whether the name of a unit of one of the kinds stands in a text (a stem of two letters or more, then an ending: 泊安市场监管所 韩某),
        and the caller knows that it is none of ours. XX所, 本所 and the bare 市场监管所 are nobody's name."""
        return len(text) <= _LINE and any(self._names_a_kind(rest) for piece in (text, *text.split()) for rest in self._plain(_DOTS.sub("", piece)))

    def _names_a_kind(self, text: str) -> bool:
        ends = self._kind_ends.finditer(text)
        stems = (_STEM.search(text[: found.start()]) for found in ends)
        return any(stem and not stem[0].endswith(self._prefixes) for stem in stems)

    @cached_property
    def _kind_ends(self) -> re.Pattern[str]:
        """The endings of all kinds, the longest first; a short one (所) only where a word ends: 所属 and 股份 are none."""
        endings = sorted({fold(e) for kind in self.kinds.values() for e in kind.endings if fold(e)}, key=len, reverse=True)
        ways = (re.escape(e) + ("" if len(e) > _SHORT else r"(?![\u4e00-\u9fff])") for e in endings)
        return re.compile(rf"(?:{'|'.join(ways) or '(?!)'})(?![长属成办])")

    @cached_property
    def _like(self) -> Callable[[str], Unit | None]:
        return lru_cache(maxsize=1024)(self._nearly)  # the same heads and signatures come with every mail

    def _nearly(self, text: str) -> Unit | None:
        """The one unit whose name the whole text nearly is: its bare stem (八仙筒), or one character mistyped, lost or doubled
        (八仙桶所, 八仙筒监营所). Never where that character is a numeral (一中队 is not 二中队), nor where two units are as near."""
        near = {u.id: u for rest in self._plain(text) for u in self.units if self._is_near(rest, u)}
        return next(iter(near.values())) if len(near) == 1 else None

    def _plain(self, text: str) -> Iterable[str]:
        """A name without brackets that name nobody, then without each prefix it begins with, the longest first."""
        rest = fold(text)
        if len(rest) > _LINE:  # no name
            return
        yield rest
        if "(" in rest:
            rest = re.sub(r"\(([^()]*)\)", lambda m: m[0] if self.named(m[0]) or self.named(m[1]) else "", rest)
        rest = rest.strip(":;,.、。")
        if rest.startswith(self._prefixes):
            yield from (rest[len(p) :] for p in self._prefixes if rest.startswith(p))
        yield rest

    @cached_property
    def _prefixes(self) -> tuple[str, ...]:
        return tuple(sorted(map(fold, self.prefixes), key=len, reverse=True))

    @cached_property
    def _ends(self) -> Mapping[str, frozenset[str]]:
        """What may follow the stem of a unit of each kind: nothing, an ending, or one with a 镇 between."""
        kinds = {u.kind: self.kinds.get(u.kind, UnitKind()) for u in self.units}
        return {k: frozenset(fold(b + e) for b in ("", *kind.between) for e in ("", *kind.endings)) for k, kind in kinds.items()}

    def _is_near(self, text: str, unit: Unit) -> bool:
        if not unit.stem:
            return any(len(name) >= _LEAST_NAME and _one_slip(text, fold(name)) for name in (unit.name, *unit.aliases))
        stem, ends = fold(unit.stem), self._ends[unit.kind]
        stems = {text.removesuffix(end) for end in ends if text.endswith(end)}
        if text.startswith(stem) and any(len(end) >= _LEAST_END and _one_slip(text[len(stem) :], end) for end in ends):
            return True
        return stem in stems or (len(stem) >= _LEAST_STEM and any(_one_slip(s, stem) for s in stems))

    def may_send_for(self, sender: Unit, other: Unit) -> bool:
        return sender.id == other.id or other.id in sender.sends_for or other.kind in sender.sends_for

    def hinted(self, text: str) -> tuple[Unit, ...]:
        """Units of whose name only the stem stands there (八仙筒 隐患表): a hint in a subject or file name, no naming."""
        flat = fold(text)
        return tuple(unit for stem, unit in self._stems if stem in flat)

    @cached_property
    def _stems(self) -> tuple[tuple[str, Unit], ...]:
        return tuple((fold(u.stem), u) for u in self.units if u.stem)


def _one_slip(text: str, name: str) -> bool:
    """Whether a text is the name but for one character, or two that changed places; a numeral is never a slip."""
    if abs(len(text) - len(name)) > 1:
        return False
    changes = [c for c in SequenceMatcher(None, text, name, autojunk=False).get_opcodes() if c[0] != "equal"]
    touched = {c for _, i, j, k, m in changes for c in text[i:j] + name[k:m]}
    if not changes or touched & NUMERALS:
        return False
    swapped = len(text) == len(name) and sorted(text) == sorted(name) and sum(a != b for a, b in zip(text, name, strict=True)) == 2
    return swapped or sum(max(j - i, m - k) for _, i, j, k, m in changes) == 1
