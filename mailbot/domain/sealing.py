"""Is a scan stamped, and by whose seal: what the seals seen on its pages come to. A hint for people, never more than was seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from mailbot.domain.documents import Document
from mailbot.domain.pages import Seal
from mailbot.domain.text import fold
from mailbot.domain.units import NUMERALS, Roster, Unit

_CERTAIN = 0.6  # a seal, whatever else the page bears
_LEGIBLE = 0.7  # words of a ring that are believed
_PLAIN, _LONG, _HALF = 0.95, 5, 0.5  # so surely and so much read, and less than half of the unit's name in it: another body's
_LONG_STEM = 3  # characters
_LEAST_SHARE, _LEAD = 0.75, 0.1  # of a unit's name that a ring must hold, and more than of any other's
_OTHER = {"square": "方形", "oval": "椭圆形"}


@dataclass(frozen=True, slots=True)
class Sealing:
    """`sealed`: None where nobody can tell. `note`: what staff should look at, "" else."""

    sealed: bool | None
    note: str = ""


def sealing(documents: Sequence[Document]) -> Sealing:
    """Of one scan in one or several files (photos of its pages): a seal on any page counts for all."""
    if any(document.stamped for document in documents):
        return Sealing(True)
    seals = sure_first(documents)
    if any(_is_round(seal) and seal.ink == "red" for seal in seals):
        return Sealing(True)
    if any(_is_round(seal) for seal in seals):
        return Sealing(True, "页面没有颜色，有一圈像公章的印迹，请看一眼")
    if seals:
        shapes = "、".join(dict.fromkeys(_OTHER[seal.shape] for seal in seals if seal.shape in _OTHER))
        return Sealing(None, f"没有看到圆形公章，只有{shapes}的章，请看一眼" if shapes else "有像公章的印迹，不能确定，请看一眼")
    return Sealing(False) if all(map(_bears_none, documents)) else Sealing(None)


def sure_first(documents: Iterable[Document]) -> list[Seal]:
    seals = [seal for document in documents if document.look for page in document.look.pages for seal in page.seals]
    return sorted(seals, key=lambda seal: -seal.certainty)


def _is_round(seal: Seal) -> bool:
    return seal.shape == "round" and seal.certainty >= _CERTAIN


def _bears_none(document: Document) -> bool:
    """Whether a file without any seal is surely without: a text PDF without pictures, or pages in colour that were all looked at."""
    if document.kind == "pdf" and not document.scanned and not document.sealable:
        return True
    look = document.look
    return look is not None and bool(look.pages) and not look.unseen and all(page.colour == "colour" for page in look.pages)


def strange_seal(documents: Sequence[Document], roster: Roster, unit: Unit) -> tuple[Unit | None, str]:
    """(the other unit whose seal it surely is, else None; a note for staff where a ring reads like another's, not surely). Seals of
    the unit itself and of whoever may send for it are right; a ring that cannot be read says nothing."""
    named = [(seal, stamped) for seal in sure_first(documents) if _is_round(seal) and (stamped := whose_ring(seal.words, roster))]
    if any(roster.may_send_for(stamped, unit) for _, stamped in named):
        return None, ""
    if not named:
        nobodys = (s for s in sure_first(documents) if _is_round(s) and s.legible >= _PLAIN and len(s.words) >= _LONG and not _hints(s, roster, unit))
        return None, next((f"公章上的字读作“{seal.words}”，不像{unit.name}的，请看一眼" for seal in nobodys), "")
    seal, stamped = named[0]
    if seal.legible >= _LEGIBLE:
        return stamped, ""
    return None, f"公章上的字读作“{seal.words}”，像是{stamped.name}的，不像{unit.name}的，请看一眼"


def _hints(seal: Seal, roster: Roster, unit: Unit) -> bool:
    """Whether a ring may be the unit's all the same: half of its stem stands there, or of its name where it has none; but not with
    another numeral (执法三中队 is not 二中队)."""
    words, stem = fold(seal.words), fold(unit.stem or "")
    own = NUMERALS.intersection(fold(unit.name))
    if not stem and own and own.isdisjoint(words) and not NUMERALS.isdisjoint(words):
        return False
    return 2 * sum(sign in words for sign in stem) >= len(stem) if stem else _share(words, roster.spelled(unit)) >= _HALF


def whose_ring(words: str, roster: Roster) -> Unit | None:
    """The unit that a ring names; None where it is none's, or two are nearly as near. The ends of a ring are often lost, and the bureau's
    name may stand before the unit's: so it counts how much of a name stands there. Most of it is alike in all (市场监督管理所), so what
    is the unit's own must stand there: all of a short stem (治安), all but a character of a longer one (八仙筒), a name with a numeral whole."""
    ring = fold(words)
    near = sorted(((_share(ring, names), unit) for unit in roster.units if (names := _borne(ring, unit, roster))), key=lambda pair: -pair[0])
    (best, unit), (second, _) = (*near, (0.0, None))[:2] if near else ((0.0, None), (0.0, None))
    return unit if best >= _LEAST_SHARE and best - second >= _LEAD else None


def _borne(ring: str, unit: Unit, roster: Roster) -> tuple[str, ...]:
    """The spellings of a unit that a ring may bear."""
    names = roster.spelled(unit)
    if not unit.stem:
        return tuple(name for name in names if name in ring or NUMERALS.isdisjoint(name))
    stem = fold(unit.stem)
    there = stem in ring or (len(stem) >= _LONG_STEM and _share(ring, (stem,)) * len(stem) >= len(stem) - 1)
    return names if there else ()


def _share(ring: str, names: Iterable[str]) -> float:
    """Of the characters of a name, those that stand in the ring in their order; of several names the best."""
    matched = ((name, SequenceMatcher(None, ring, name, autojunk=False).get_matching_blocks()) for name in names)
    return max((sum(block.size for block in blocks) / len(name) for name, blocks in matched), default=0.0)
