"""A campaign pack as it is to be written down: keys and values with what is said beside them. How YAML says it is the adapter's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

Value = str | int | bool | date | tuple["Value", ...] | Mapping[str, "Value"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One item: a key with its value at the top of the pack, or the keys of one item of a list. `cited`: the notice's own words;
    `doubts`: what a person should look at; `notes`: what else is to be said. `active`: False where it is only shown, as a comment."""

    keys: Mapping[str, Value]
    cited: str = ""
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    active: bool = True


@dataclass(frozen=True, slots=True)
class Listing:
    """A key that holds a list, an item an entry, or a mapping where `mapped`: each entry's keys are then keys of it."""

    name: str
    entries: tuple[Entry, ...]
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    mapped: bool = False


@dataclass(frozen=True, slots=True)
class Pack:
    """`title`: of the notice. `doubts`: about the whole."""

    id: str
    title: str
    head: tuple[Entry, ...]
    listings: tuple[Listing, ...]
    doubts: tuple[str, ...] = ()

    @property
    def unsure(self) -> int:
        """How many items a person must look at."""
        entries = [*self.head, *(e for listing in self.listings for e in listing.entries)]
        return len(self.doubts) + sum(bool(e.doubts) or not e.active for e in entries) + sum(bool(x.doubts) for x in self.listings)
