"""config/*.yaml -> Rules. Every mistake is told at once: file, line, column, key, what stands there, what to write instead.

text.py: bytes to a YAML tree (nodes.py: places in it) · reading.py: the tree to nouns (kinds.py what may stand where, scalars.py one
word, shapes.py what is said of a wrong shape) · office.py, campaign.py, roster.py, duties.py, addresses.py, form.py, patterns.py and
runaway.py: what must fit together · keys.py: what each key means (keys.yaml), for handbook.py and for schema.py, the JSON Schema.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from mailbot.adapters.rules.campaign import check_campaign
from mailbot.adapters.rules.form import check_form
from mailbot.adapters.rules.mistakes import Mistake, RulesError
from mailbot.adapters.rules.office import check_across, check_calendar, check_settings
from mailbot.adapters.rules.reading import Reading
from mailbot.adapters.rules.text import bytes_of, tree_in, tree_of
from mailbot.domain.cadences import Moved
from mailbot.domain.campaigns import Campaign
from mailbot.domain.forms import FormType
from mailbot.domain.policy import Rules, Settings
from mailbot.domain.rule import Rule
from mailbot.domain.workdays import Calendar

__all__ = ["Checked", "Mistake", "RulesError", "check", "load", "load_form", "read"]
N = TypeVar("N", bound=Rule)
Read = tuple[Reading, N]


@dataclass(frozen=True)
class Checked:
    """What was found in a folder of rules: `rules` where there is no mistake; warnings are of what works but looks wrong."""

    rules: Rules | None
    mistakes: tuple[Mistake, ...]
    warnings: tuple[Mistake, ...]

    def with_others(self, mistakes: tuple[Mistake, ...]) -> "Checked":
        """With what was found wrong elsewhere (the letters' templates)."""
        return replace(self, mistakes=(*self.mistakes, *mistakes))

    def sound(self) -> Rules:
        """The rules. Raises RulesError with all mistakes where there is one."""
        if self.rules is None or self.mistakes:
            raise RulesError(self.mistakes)
        return self.rules


def load(folder: Path) -> Rules:
    """Reads mailbot.yaml, calendar.yaml, forms/*.yaml and campaigns/*.yaml. Raises RulesError with all mistakes."""
    return check(folder).sound()


def check(folder: Path) -> Checked:
    """Like `load`, but all that was found is a value. Nothing is raised for what stands in the files."""
    files = _Files(folder)
    settings, calendar = files.read(folder / "mailbot.yaml", Settings), files.read(folder / "calendar.yaml", Calendar)
    forms = [form for path in _yaml_files(folder / "forms") if (form := files.read(path, FormType))]
    campaigns = [campaign for path in _yaml_files(folder / "campaigns") if (campaign := files.read(path, Campaign))]
    if settings:
        check_settings(*settings, [p.stem for p in _yaml_files(folder / "campaigns")])
    if calendar:
        check_calendar(*calendar)
    for form in forms:
        check_form(*form)
    known = {*(p.stem for p in _yaml_files(folder / "forms")), *(form.id for _, form in forms)}
    for campaign in campaigns:
        check_campaign(*campaign, known)
    files.told_of_others(folder)
    check_across(settings, campaigns, forms, len(campaigns) == len(_yaml_files(folder / "campaigns")))
    told = files.told()
    mistakes = tuple(m for m in told if not m.warning)
    rules = None if mistakes or not settings or not calendar else _rules(settings[1], calendar[1], campaigns, forms, files.version)
    return Checked(rules, mistakes, tuple(m for m in told if m.warning))


def load_form(path: Path) -> FormType:
    """One form alone. Raises RulesError with all mistakes."""
    files = _Files(path.parent)
    form = files.read(path, FormType)
    if form:
        check_form(*form)
    mistakes = tuple(m for m in files.told() if not m.warning)
    if mistakes or form is None:
        raise RulesError(mistakes)
    return form[1]


def read(noun: type[N], text: str) -> N:
    """A noun alone, from a text of YAML, without what must fit to other files. Raises RulesError with all mistakes."""
    reading = Reading("yaml", tree_in(text))
    value = reading.root(noun)
    if reading.mistakes or value is None:
        raise RulesError(tuple(reading.mistakes))
    return value


class _Files:
    """The files of a folder as they are read, and what was told of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._digest = hashlib.sha256()
        self._broken: list[Mistake] = []
        self._order: list[str] = []
        self._readings: list[Reading] = []

    def read(self, path: Path, noun: type[N]) -> Read[N] | None:
        name = path.relative_to(self._folder).as_posix()
        self._digest.update(f"{name}\n".encode() + hashlib.sha256(bytes_of(path)).digest())
        self._order.append(name)
        tree = tree_of(path, name, self._broken)
        if tree is None:
            return None
        reading = Reading(name, tree)
        self._readings.append(reading)
        value = reading.root(noun)
        return None if value is None else (reading, value)

    def told_of_others(self, folder: Path) -> None:
        """Files that look like rules and are none, by their names: x.yml, x.yaml.txt."""
        for room in ("campaigns", "forms"):
            for path in sorted((folder / room).glob("*")):
                if path.suffix.lower() == ".yml" or path.name.lower().endswith(".yaml.txt"):
                    name = path.relative_to(folder).as_posix()
                    self._order.append(name)
                    right = path.name.split(".")[0] + ".yaml"
                    self._broken.append(Mistake(name, 1, 1, "", f"不会读这个文件：文件名要以 .yaml 结尾，请改名为 {right}", path.name, nearest=right, warning=True))

    @property
    def version(self) -> str:
        return self._digest.hexdigest()[:12]

    def told(self) -> tuple[Mistake, ...]:
        """All that was told, file by file, from top to bottom."""
        found = [*self._broken, *(m for reading in self._readings for m in reading.mistakes)]
        return tuple(sorted(found, key=lambda m: (self._order.index(m.file), m.line, m.column)))


def _yaml_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))


def _rules(
    settings: Settings, calendar: Calendar, campaigns: Collection[Read[Campaign]], forms: Collection[Read[FormType]], version: str
) -> Rules:
    active = tuple(_moved(c, calendar) for wanted in settings.campaigns for _, c in campaigns if c.id == wanted)
    return Rules(settings, active, {f.id: f for _, f in forms}, calendar, version)


def _moved(campaign: Campaign, calendar: Calendar) -> Campaign:
    """The campaign with the due dates of its duties moved where they say so."""
    if all(duty.on_holiday == "stay" for duty in campaign.duties):
        return campaign
    duties = (d if d.on_holiday == "stay" else replace(d, due=Moved(d.due, calendar)) for d in campaign.duties)  # type: ignore[arg-type]
    return replace(campaign, duties=tuple(duties))
