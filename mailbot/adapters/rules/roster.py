"""The roster of a campaign: whether each name means one unit. The names are those that `Roster` knows, compared without writing
all of them out (a station has seventy), so that a province's roster is looked at in a second."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mailbot.adapters.rules.mistakes import listed, nearest, perhaps
from mailbot.adapters.rules.reading import Reading
from mailbot.domain.campaigns import Campaign
from mailbot.domain.text import fold
from mailbot.domain.units import Unit, UnitKind


def check_roster(reading: Reading, campaign: Campaign) -> None:
    _kinds(reading, campaign)
    told = _names(reading, campaign)
    if reading.is_sound(campaign, "kinds"):
        _too_general(reading, campaign)
        _spellings(reading, campaign, told)


def _kinds(reading: Reading, campaign: Campaign) -> None:
    known = set(reading.words_at("units", "id")) | set(reading.words_at("units", "kind")) | set(campaign.kinds)
    for unit in campaign.units:
        if campaign.kinds and unit.kind not in campaign.kinds and reading.is_sound(campaign, "kinds"):
            near = nearest(unit.kind, campaign.kinds)
            words = f"没有“{unit.kind}”这个类别{perhaps(near) or '，kinds 里有：' + listed(campaign.kinds)}"
            reading.tell(unit, "kind", words, near=near, allowed=campaign.kinds)
            reading.spoil(campaign, "units")  # nobody can say that a kind has no units
        for who in unit.sends_for:
            if who not in known:
                near = nearest(who, known)
                reading.tell(unit, "sends_for", f"没有“{who}”这个单位或类别{perhaps(near)}", item=who, near=near)
            elif who in (unit.id, unit.name):
                reading.warn(unit, "sends_for", "替自己报送不用写", item=who)


def _names(reading: Reading, campaign: Campaign) -> set[frozenset[str]]:
    """Tells of doubled ids and names. Gives the pairs of units that were told of."""
    told = set[frozenset[str]]()
    reading.tell_doubled("units")
    names = dict[str, Unit]()
    for unit in campaign.units:
        if (other := names.setdefault(fold(unit.name), unit)) is not unit:
            reading.tell(unit, "name", f"“{unit.name}”这个名称写了两次（{other.id} 和 {unit.id}）")
            told.add(frozenset((other.id, unit.id)))
    return told


def _too_general(reading: Reading, campaign: Campaign) -> None:
    """Other names that would be found in everybody's mail: one character, an ending or a kind that several units have, a prefix."""
    sizes = Counter(unit.kind for unit in campaign.units)
    prefixes = {fold(p) for p in campaign.prefixes}
    for unit in campaign.units:
        for alias in unit.aliases:
            flat = fold(alias)
            kinds = [kind for kind, how in campaign.kinds.items() if flat == fold(kind) or flat in map(fold, how.endings)]
            only = kinds == [unit.kind] and sizes[unit.kind] == 1
            if len(flat) < 2:
                reading.tell(unit, "aliases", f"“{alias}”太短，会在别人的来信里到处碰上，请写两个字以上", item=alias)
            elif kinds and not only:
                reading.tell(unit, "aliases", f"“{alias}”是一类单位（{kinds[0]}）的叫法，不能专指“{unit.name}”", item=alias)
            elif flat in prefixes and not any(flat.endswith(fold(e)) for e in campaign.kinds.get(unit.kind, UnitKind()).endings):
                reading.tell(unit, "aliases", f"“{alias}”也写在 prefixes 里，是各单位名称前面的字，不能专指“{unit.name}”", item=alias)


@dataclass(frozen=True, slots=True)
class _Said:
    """A name as it is written: of which unit, under which key, and the word itself."""

    unit: Unit
    key: str
    word: str


def _spellings(reading: Reading, campaign: Campaign, told: set[frozenset[str]]) -> None:
    """Tells of each pair of units that a name means both of, once."""
    for first, second, spelling in _clashes(campaign):
        pair = frozenset((first.unit.id, second.unit.id))
        if len(pair) == 2 and pair not in told:
            told.add(pair)
            words = f"“{spelling}”既指“{first.unit.name}”又指“{second.unit.name}”，分不清是谁，请改掉一个"
            reading.tell(second.unit, second.key, words, item=second.word)


def _clashes(campaign: Campaign) -> Iterator[tuple[_Said, _Said, str]]:
    written: dict[str, _Said] = {}
    for unit in campaign.units:
        for key, words in (("name", (unit.name,)), ("aliases", unit.aliases)):
            for word in words:
                said = _Said(unit, key, word)
                if (other := written.setdefault(fold(word), said)).unit is not unit:
                    yield other, said, word
    stems: dict[str, list[Unit]] = {}
    for unit in campaign.units:
        if unit.stem:
            stems.setdefault(fold(unit.stem), []).append(unit)
    ends = {kind: _ends(how) for kind, how in campaign.kinds.items()}
    yield from _written_clashes(written, stems, ends)
    yield from _stem_clashes(stems, ends)


def _ends(how: UnitKind) -> frozenset[str]:
    """What follows the stem of a unit of a kind."""
    return frozenset(fold(between + ending) for between in ("", *how.between) for ending in how.endings)


def _written_clashes(written: Mapping[str, _Said], stems: Mapping[str, list[Unit]], ends: Mapping[str, frozenset[str]]) -> Iterator[tuple[_Said, _Said, str]]:
    """A written name of one unit that is stem and ending of another."""
    for flat, said in written.items():
        for cut in range(1, len(flat)):
            for unit in stems.get(flat[:cut], ()):
                if unit is not said.unit and flat[cut:] in ends.get(unit.kind, ()):
                    yield _Said(unit, "stem", str(unit.stem)), said, said.word


def _stem_clashes(stems: Mapping[str, list[Unit]], ends: Mapping[str, frozenset[str]]) -> Iterator[tuple[_Said, _Said, str]]:
    """The same name out of two stems: 八仙 + 镇所 and 八仙镇 + 所; or one stem of two units."""
    none = frozenset[str]()
    for flat, units in stems.items():
        for cut in range(1, len(flat) + 1):
            shorter = stems.get(flat[:cut], ())
            for unit in units:
                mine = ends.get(unit.kind, none)
                for other in shorter:
                    if other is unit or (cut == len(flat) and other.id > unit.id):
                        continue
                    rest, theirs = flat[cut:], ends.get(other.kind, none)
                    if end := next((e for e in sorted(mine) if rest + e in theirs), ""):
                        yield _Said(other, "stem", str(other.stem)), _Said(unit, "stem", str(unit.stem)), flat + end
