"""The files of a folder of rules: which of them there are, which are in force, what was told of each.

In force is a campaign that mailbot.yaml names, and a form that one of these uses. What is wrong with the others is told, but stops
nothing: a draft may lie beside the live rules."""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from mailbot.adapters.rules.mistakes import Mistake, nearest
from mailbot.adapters.rules.reading import Reading
from mailbot.adapters.rules.text import bytes_of, tree_of
from mailbot.domain.campaigns import Campaign
from mailbot.domain.policy import Settings
from mailbot.domain.rule import Rule

N = TypeVar("N", bound=Rule)
Read = tuple[Reading, N]
_UNDECIDED = re.compile(r"(?:^|[ \t])(#)[ \t]*[?？]")  # how `campaign draft` marks what a person is to decide
_NOT_LISTED = "这个专项行动没有写进 mailbot.yaml 的 campaigns，暂不影响运行"
_NOT_USED = "启用的专项行动没有用到这种表，暂不影响运行"


class Files:
    """A folder as it is read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._digest = hashlib.sha256()
        self._broken: list[Mistake] = []
        self._order: list[str] = []
        self._readings: list[Reading] = []
        self._undecided: dict[str, list[tuple[int, int]]] = {}
        self._idle: dict[str, str] = {}  # a file that is not in force -> why

    def read(self, path: Path, noun: type[N]) -> Read[N] | None:
        name = path.relative_to(self._folder).as_posix()
        content = bytes_of(path)
        self._digest.update(f"{name}\n".encode() + hashlib.sha256(content).digest())
        self._order.append(name)
        self._undecided[name] = _undecided(content) if "/" in name else []
        tree = tree_of(path, name, self._broken)
        if tree is None:
            return None
        reading = Reading(name, tree)
        self._readings.append(reading)
        value = reading.root(noun)
        return None if value is None else (reading, value)

    def told_of_others(self) -> None:
        """Files that look like rules and are none, by their names: x.yml, x.yaml.txt."""
        for room in ("campaigns", "forms"):
            for path in sorted((self._folder / room).glob("*")):
                if path.suffix.lower() == ".yml" or path.name.lower().endswith(".yaml.txt"):
                    name = path.relative_to(self._folder).as_posix()
                    self._order.append(name)
                    right = path.name.split(".")[0] + ".yaml"
                    self._broken.append(Mistake(name, 1, 1, "", f"不会读这个文件：文件名要以 .yaml 结尾，请改名为 {right}", path.name, nearest=right, warning=True))

    def in_force(self, campaigns: Collection[str] | None, forms: Collection[str] | None) -> None:
        """The names of the files that are, without .yaml; None = all of them."""
        for room, names, why in (("campaigns", campaigns, _NOT_LISTED), ("forms", forms, _NOT_USED)):
            for name in self._order:
                if names is not None and name.startswith(f"{room}/") and Path(name).stem not in names:
                    self._idle[name] = why

    def sound(self, name: str) -> bool:
        """Whether no mistake was told of a file, in force or not."""
        return not any(m.file == name and not m.warning for m in self._all())

    @property
    def version(self) -> str:
        return self._digest.hexdigest()[:12]

    def told(self) -> tuple[Mistake, ...]:
        """All that was told, file by file, from top to bottom."""
        places = {name: number for number, name in enumerate(self._order)}
        found = [self._in_its_place(m) for m in self._all()]
        found += [_marks(name, marks) for name, marks in self._undecided.items() if marks and name not in self._idle]
        return tuple(sorted(found, key=lambda m: (places[m.file], m.line, m.column)))

    def _all(self) -> list[Mistake]:
        return [*self._broken, *(m for reading in self._readings for m in reading.mistakes)]

    def _in_its_place(self, mistake: Mistake) -> Mistake:
        """A mistake in a file that is not in force is a warning."""
        if mistake.warning or mistake.file not in self._idle:
            return mistake
        return replace(mistake, sentence=f"{self._idle[mistake.file]}：{mistake.sentence}", warning=True)


def yaml_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))


def listed(settings: Read[Settings] | None, files: Collection[str]) -> Collection[str] | None:
    """The campaigns that mailbot.yaml names, of the files that are there; None where nobody can say: then all are looked at as if
    they were. A name mistyped means the file that is nearest."""
    if settings is None or not settings[0].is_sound(settings[1], "campaigns"):
        return None
    return {wanted if wanted in files else nearest(wanted.removesuffix(".yaml"), files) for wanted in settings[1].campaigns}


def used(campaigns: Mapping[str, Read[Campaign] | None], wanted: Collection[str] | None, forms: Sequence[str]) -> Collection[str] | None:
    """The forms that campaigns in force use; None where nobody can say."""
    active = [read for name, read in campaigns.items() if wanted is None or name in wanted]
    if wanted is None or None in active:
        return None
    names = {name for read in active if read for name in read[0].words_at("duties", "form")}
    return names if names <= set(forms) else None


def _undecided(content: bytes) -> list[tuple[int, int]]:
    """(line, column) of each line that bears the mark. Comments are not in a YAML tree, so it is looked for in the text."""
    if b"#" not in content:
        return []
    lines = enumerate(content.decode("utf-8-sig", "replace").splitlines(), 1)
    return [(number, found.start(1) + 1) for number, line in lines if (found := _UNDECIDED.search(line))]


def _marks(name: str, marks: list[tuple[int, int]]) -> Mistake:
    line, column = marks[0]
    return Mistake(name, line, column, "", f"还有 {len(marks)} 处“# ?”没有定，第一处在第 {line} 行", "# ?", warning=True)
