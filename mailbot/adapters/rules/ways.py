"""In how many ways finite repeats let one text through: x(a{1,15}){1,15}b goes through forty a's in more ways than can be counted off,
though each of its repeats ends soon. The repeats are written out (a graph without loops), and a text that lets as many ways through
as can be found is built a character at a time: what leads on in the most ways comes next. The sum of the ways over all beginnings of
the text is the number of steps that a search takes before it gives up. Endless repeats are written out for two rounds more than they
must go: what they cost is the matter of mailbot/adapters/rules/runaway.py.

A text found so is a true one, so that nothing is told wrongly; it need not be the worst."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Any

from mailbot.adapters.rules.pieces import ENDLESS, Work, has, inside, is_repeat, name_of, stretches, takes

_MOST = 100_000  # ways: some 10 ms from each place of a text where the search can begin
_MOST_BESIDE_ENDLESS = 5_000  # where an endless repeat in the same stretch has them all gone through once more for each place
_LONGEST = 250  # characters of a text that is tried
_TRIED = 4  # characters that are followed up at each place
_TEXTS = 5  # texts that are built side by side


def too_many_ways(items: Sequence[Any], letters: frozenset[str], work: Work) -> bool:
    """Whether some text is gone through in more ways than a search has time for. Raises TooMuch."""
    for stretch in stretches(items):
        tried = stretch.tried()
        places = [n for n, item in enumerate(tried) if _may_vary(item)]
        several = [tried[places[0] :]] if len(places) > 1 or (places and places[0] + 1 < len(tried)) else []
        for one in (*([tried[n]] for n in places if stretch.fails_after(n)), *several):
            most = _MOST_BESIDE_ENDLESS if has(_is_endless, one) else _MOST
            if _ways(one, most, letters, work) > most:
                return True
    return False


def _is_endless(item: Any) -> bool:
    return is_repeat(item) and int(item[1][1]) >= ENDLESS


def _may_vary(item: Any) -> bool:
    varies = name_of(item) == "BRANCH" or (is_repeat(item) and item[1][0] < item[1][1])
    return varies or any(_may_vary(one) for part in inside(item) for one in part)


def _ways(items: Sequence[Any], enough: int, letters: frozenset[str], work: Work) -> int:
    graph = _Graph(letters, work)
    graph.sequence(items, graph.node())
    texts, most = [(0, graph.spread({0: 1}))], 0  # (ways of all beginnings so far, node -> ways of the whole)
    for _ in range(_LONGEST):
        longer = [(total, graph.spread(after)) for total, now in texts for after in graph.after(now)]
        counted = {frozenset(now.items()): (total + graph.leading_on(now), now) for total, now in longer}
        texts = sorted(counted.values(), key=lambda text: graph.leading_on(text[1]), reverse=True)[:_TEXTS]
        most = max((most, *(total for total, _ in texts)))
        if not texts or most > enough:
            break
    return most


class _Graph:
    """Nodes in such an order that all arrows go forward: those that take a character, and those that take none."""

    def __init__(self, letters: frozenset[str], work: Work) -> None:
        self.letters, self.work = letters, work
        self.free: list[list[int]] = []
        self.taking: dict[int, tuple[frozenset[str], int]] = {}  # a node -> the characters that lead on from it, and where to

    def node(self, *before: int) -> int:
        self.work.spend(4 + len(before))
        self.free.append([])
        for one in before:
            self.free[one].append(len(self.free) - 1)
        return len(self.free) - 1

    def sequence(self, items: Iterable[Any], at: int) -> int:
        for item in items:
            at = self.item(item, at)
        return at

    def item(self, item: Any, at: int) -> int:
        """The node behind an item that begins at a node."""
        if (taken := takes(item, self.letters)) is not None:
            begin, end = self.node(at), self.node()
            self.taking[begin] = taken, end
            return end
        name, value = name_of(item), item[1]
        if is_repeat(item):
            return self.repeat(int(value[0]), int(value[1]), value[2], at)
        if name in ("ATOMIC_GROUP", "POSSESSIVE_REPEAT"):
            return at  # is gone through in one way
        parts = inside(item)
        return self.node(*(self.sequence(part, at) for part in parts)) if parts else at

    def repeat(self, least: int, most: int, body: Any, at: int) -> int:
        ends = [at] if least == 0 else []
        for done in range(1, (most if most < ENDLESS else least + 2) + 1):
            at = self.sequence(body, at)
            self.work.spend(4)
            if done >= least:
                ends.append(at)
        return self.node(*ends)

    def spread(self, ways: Mapping[int, int]) -> Mapping[int, int]:
        """Over all arrows that take nothing: node -> in how many ways it is come to."""
        found, waiting = Counter(ways), list(ways)
        heapify(waiting)
        while waiting:
            node = heappop(waiting)
            self.work.spend(3 + len(self.free[node]))
            for other in self.free[node]:
                if other not in found:
                    heappush(waiting, other)
                found[other] += found[node]
        return found

    def after(self, ways: Mapping[int, int]) -> Iterable[Mapping[int, int]]:
        """Where the likeliest characters lead to."""
        by_letter = defaultdict[str, dict[int, int]](dict)
        for node, count in ways.items():
            if node in self.taking:
                taken, end = self.taking[node]
                self.work.spend(len(taken))
                for letter in taken:
                    by_letter[letter][end] = count
        different = {frozenset(ends): ends for _, ends in sorted(by_letter.items())}
        return sorted(different.values(), key=lambda ends: sum(ends.values()), reverse=True)[:_TRIED]

    def leading_on(self, ways: Mapping[int, int]) -> int:
        return sum(count for node, count in ways.items() if node in self.taking)
