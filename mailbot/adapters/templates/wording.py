"""Texts from Jinja2 templates on disk: letters, the digest's page, and the sentence of every finding. Nothing of a sender is ever
executed; in HTML everything is escaped."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from mailbot.domain.errors import ConfigurationError
from mailbot.domain.findings import CODES, Finding
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Settings
from mailbot.domain.text import show
from mailbot.domain.words import COPIES

if TYPE_CHECKING:  # a poll of nothing writes no letter
    import jinja2

SignedId = Callable[[str, str, datetime, str, str], str]  # number, kind, moment, key, recipient -> Message-ID
_WEEKDAYS = "一二三四五六日"


class TemplateError(ConfigurationError):
    def __init__(self, name: str, problem: Exception) -> None:
        super().__init__(f"信件模板 {name} 有误（{problem}），这封信没有写成，请修改模板", detail=str(problem))


class Wording:
    """`folders`: where templates are looked for, the office's own first. `<kind>.txt` begins with the subject; `findings.yaml` has a
    sentence a code."""

    def __init__(self, folders: tuple[Path, ...], settings: Settings) -> None:
        self.settings, self._folders = settings, folders
        text = next(f for folder in folders if (f := folder / "findings.yaml").is_file()).read_text(encoding="utf-8")
        self._sentences: Mapping[str, str] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
        lacking = set(CODES) - set(self._sentences)
        if lacking:
            raise TemplateError("findings.yaml", KeyError(f"缺少 {'、'.join(sorted(lacking))}"))
        self._written = cache(self._compiled)
        self.sentence = lru_cache(maxsize=1024)(self._sentence)  # each is told in the record and in the letter

    def check(self) -> None:
        """Compiles every template. Raises TemplateError for the first that is wrong."""
        import jinja2

        for code in self._sentences:
            self._written(code)
        for name in self._jinja.list_templates(extensions=["txt", "html"]):
            try:
                self._jinja.get_template(name)
            except jinja2.TemplateError as problem:
                raise TemplateError(name, problem) from problem

    def rendered(self, name: str, **values: Any) -> str:
        """Raises TemplateError."""
        import jinja2

        try:
            return self._jinja.get_template(name).render(office=self.settings.office, policy=self.settings.policy, **values)
        except (jinja2.TemplateError, TypeError, ValueError, LookupError) as problem:
            raise TemplateError(name, problem) from problem

    def written(self, name: str, **values: Any) -> tuple[str, str]:
        """Subject and body of a letter. Raises TemplateError."""
        subject, _, body = self.rendered(name, **values).strip().partition("\n")
        return show(subject, 150), tidy(body)

    @cached_property
    def _jinja(self) -> "jinja2.Environment":
        import jinja2

        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(self._folders), undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
            autoescape=lambda name: bool(name and name.endswith(".html")), auto_reload=False,
        )  # fmt: skip
        environment.globals |= {"clock": clock, "date": date}
        environment.filters |= {
            "day": day, "until": until, "kilobytes": kilobytes, "copy": lambda c: COPIES[c], "sentence": self.sentence, "plain": lambda t: show(t, 300),
        }  # fmt: skip
        return environment

    def _compiled(self, code: str) -> "jinja2.Template":
        import jinja2

        try:
            return self._jinja.from_string(self._sentences[code].strip())
        except jinja2.TemplateError as problem:
            raise TemplateError(f"findings.yaml {code}", problem) from problem

    def _sentence(self, finding: Finding) -> str:
        """One clear Chinese sentence: where, what stands there, what is expected, how to mend it."""
        parts = {"where": show(finding.where, 80), "found": show(finding.found, 80), "expected": show(finding.expected, 80)}
        return self._written(finding.code).render(policy=self.settings.policy, **parts)


def tidy(body: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", body).strip() + "\n"


def day(moment: datetime, *, year: bool = False) -> str:
    """3月29日（周五）, with the year where asked."""
    there = moment.astimezone(SHANGHAI)
    return f"{f'{there.year}年' if year else ''}{there.month}月{there.day}日（周{_WEEKDAYS[there.weekday()]}）"


def until(moment: datetime, *, year: bool = False) -> str:
    """A due date as `day`, with the time of day where that is not the end of it: 3月5日（周二）15:00."""
    hour = f"{moment.astimezone(SHANGHAI):%H:%M}"
    return day(moment, year=year) + ("" if hour == "23:59" else hour)


def clock(moment: datetime) -> str:
    """3月29日 09:30."""
    there = moment.astimezone(SHANGHAI)
    return f"{there.month}月{there.day}日 {there:%H:%M}"


def date(moment: datetime, as_of: datetime) -> str:
    """A due date as `until`, with the year where it is not this one."""
    return until(moment, year=moment.astimezone(SHANGHAI).year != as_of.astimezone(SHANGHAI).year)


def kilobytes(size: int) -> str:
    return f"{size / 1_000_000:.3g} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} KB"
