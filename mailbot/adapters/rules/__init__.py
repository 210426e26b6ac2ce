"""config/*.yaml -> Rules. Every mistake is told at once: file, line, column, key, what stands there, what to write instead.

files.py: which files there are and which are in force · text.py: bytes to a YAML tree (nodes.py: places in it) · reading.py: the tree
to nouns (kinds.py what may stand where, scalars.py one word, names.py one name, shapes.py what is said of a wrong shape) · office.py,
campaign.py, roster.py, duties.py, addresses.py, form.py, patterns.py and runaway.py (pieces.py, ways.py): what must fit together ·
keys.py: what each key means (keys.yaml), for handbook.py and for schema.py, the JSON Schema.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from yaml import YAMLError

from mailbot.adapters.rules.campaign import check_campaign
from mailbot.adapters.rules.files import Files, Read, listed, used, yaml_files
from mailbot.adapters.rules.form import check_form
from mailbot.adapters.rules.mistakes import Mistake, RulesError
from mailbot.adapters.rules.office import check_across, check_calendar, check_settings
from mailbot.adapters.rules.reading import Reading
from mailbot.adapters.rules.text import tree_in
from mailbot.domain.cadences import Moved
from mailbot.domain.campaigns import Campaign
from mailbot.domain.forms import FormType
from mailbot.domain.policy import Rules, Settings
from mailbot.domain.rule import Rule
from mailbot.domain.workdays import Calendar

__all__ = ["Checked", "Mistake", "RulesError", "check", "load", "load_form", "read"]
N = TypeVar("N", bound=Rule)


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
    files = Files(folder)
    settings, calendar = files.read(folder / "mailbot.yaml", Settings), files.read(folder / "calendar.yaml", Calendar)
    forms = {path.stem: files.read(path, FormType) for path in yaml_files(folder / "forms")}
    campaigns = {path.stem: files.read(path, Campaign) for path in yaml_files(folder / "campaigns")}
    wanted = listed(settings, campaigns)
    whole_forms, whole_campaigns = [f for f in forms.values() if f], [c for c in campaigns.values() if c]
    if settings:
        check_settings(*settings, list(campaigns))
    if calendar:
        check_calendar(*calendar)
    for form in whole_forms:
        check_form(*form)
    known = {*forms, *(form.id for _, form in whole_forms)}
    for campaign in whole_campaigns:
        check_campaign(*campaign, known)
    files.told_of_others()
    check_across(settings, whole_campaigns, whole_forms, len(whole_campaigns) == len(campaigns))
    files.in_force(wanted, used(campaigns, wanted, list(forms)))
    told = files.told()
    mistakes = tuple(m for m in told if not m.warning)
    sound_forms = [f for f in whole_forms if files.sound(f[0].file)]
    rules = None if mistakes or not settings or not calendar else _rules(settings[1], calendar[1], campaigns, sound_forms, files.version)
    return Checked(rules, mistakes, tuple(m for m in told if m.warning))


def load_form(path: Path) -> FormType:
    """One form alone. Raises RulesError with all mistakes."""
    files = Files(path.parent)
    form = files.read(path, FormType)
    if form:
        check_form(*form)
    mistakes = tuple(m for m in files.told() if not m.warning)
    if mistakes or form is None:
        raise RulesError(mistakes)
    return form[1]


def read(noun: type[N], text: str) -> N:
    """A noun alone, from a text of YAML, without what must fit to other files. Raises RulesError with all mistakes."""
    try:
        tree = tree_in(text)
    except YAMLError as problem:
        raise RulesError(()) from problem
    if tree is None:  # an empty file
        raise RulesError(())
    reading = Reading("yaml", tree)
    value = reading.root(noun)
    if reading.mistakes or value is None:
        raise RulesError(tuple(reading.mistakes))
    return value


def _rules(
    settings: Settings, calendar: Calendar, campaigns: Mapping[str, Read[Campaign] | None], forms: Collection[Read[FormType]], version: str
) -> Rules:
    """`campaigns` by the names of their files: a copy of one in force may bear its id."""
    active = tuple(_moved(read[1], calendar) for wanted in settings.campaigns if (read := campaigns.get(wanted)))
    return Rules(settings, active, {f.id: f for _, f in forms}, calendar, version)


def _moved(campaign: Campaign, calendar: Calendar) -> Campaign:
    """The campaign with the due dates of its duties moved where they say so."""
    if all(duty.on_holiday == "stay" for duty in campaign.duties):
        return campaign
    duties = (d if d.on_holiday == "stay" else replace(d, due=Moved(d.due, calendar)) for d in campaign.duties)  # type: ignore[arg-type]
    return replace(campaign, duties=tuple(duties))
