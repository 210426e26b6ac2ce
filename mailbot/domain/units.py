"""Whose mail is this: reporting units and the ways people write their names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from mailbot.domain.rule import Rule
from mailbot.domain.text import fold


class UnitKind(Rule):
    """A kind of unit (市场监管所) and how its name ends in the mouths of people: 市场监督管理所, 监管所, 所."""

    endings: tuple[str, ...] = ()


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
        longest_first = sorted(self._spellings, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def _ways_to_write(self, unit: Unit) -> Iterable[str]:
        yield unit.name
        yield from unit.aliases
        if unit.stem:
            for ending in self.kinds.get(unit.kind, UnitKind()).endings:
                yield unit.stem + ending

    def by_id(self, unit_id: str) -> Unit | None:
        return next((u for u in self.units if u.id == unit_id), None)

    def by_address(self, address: str) -> Unit | None:
        """The unit of a registered address; compared in ASCII lower case only (CVE-2019-19844)."""
        wanted = address.encode("ascii", "replace").lower()
        for unit in self.units:
            if any(a.encode("ascii", "replace").lower() == wanted for a in unit.addresses):
                return unit
        return None

    def named(self, text: str) -> tuple[Unit, ...]:
        """The units whose names stand in a text, in the order of their first mention, longest spelling first."""
        seen: dict[str, Unit] = {}
        for match in self._pattern.finditer(fold(text)):
            unit = self._spellings[match.group()]
            seen.setdefault(unit.id, unit)
        return tuple(seen.values())

    def is_name(self, text: str) -> Unit | None:
        """The unit where the whole text is its name, prefixes and a trailing (盖章) apart; None where more is said."""
        rest = re.sub(r"\((.*?)\)", lambda m: m[0] if self.named(m[1]) else "", fold(text)).strip(":;,.、。")
        for prefix in sorted(map(fold, self.prefixes), key=len, reverse=True):
            if rest.startswith(prefix) and rest[len(prefix) :] in self._spellings:
                return self._spellings[rest[len(prefix) :]]
        return self._spellings.get(rest)

    def may_send_for(self, sender: Unit, other: Unit) -> bool:
        return sender.id == other.id or other.id in sender.sends_for or other.kind in sender.sends_for

    def hinted(self, text: str) -> tuple[Unit, ...]:
        """Units of whose name only the stem stands there (八仙筒 隐患表): a hint in a subject or file name, no naming."""
        flat = fold(text)
        return tuple(u for u in self.units if u.stem and fold(u.stem) in flat)
