"""Letters and findings in words: Jinja2 templates from disk, RFC 5322 bytes out. Nothing of the sender is ever executed."""

import logging
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from email.errors import HeaderParseError
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from mailbot.adapters.composing import Enclosure, Head, LetterUnsafe, composed
from mailbot.domain.errors import ConfigurationError
from mailbot.domain.findings import CODES, Finding
from mailbot.domain.letters import Letter
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Settings
from mailbot.domain.records import Written
from mailbot.domain.text import show
from mailbot.domain.words import COPIES

if TYPE_CHECKING:  # a poll of nothing writes no letter
    import jinja2

log = logging.getLogger(__name__)
_WEEKDAYS = "一二三四五六日"


class TemplateError(ConfigurationError):
    def __init__(self, name: str, problem: Exception) -> None:
        super().__init__(f"信件模板 {name} 有误（{problem}），这封信没有写成，请修改模板", detail=str(problem))


SignedId = Callable[[str, str, datetime, str, str], str]  # number, kind, moment, key, recipient -> Message-ID
Blank = Callable[[str], tuple[str, bytes]]  # id of a form -> name and bytes of its blank


class Templates:
    """Renders `<kind>.txt` (first line: subject) and `findings.yaml` (a sentence a code). `signed_id` makes the Message-ID by which a
    letter that comes back is known; `blank` the empty form that goes with a letter."""

    def __init__(self, folder: Path, settings: Settings, signed_id: SignedId, blank: Blank) -> None:
        self.settings, self._folder, self._signed_id, self._blank = settings, folder, signed_id, blank
        text = (folder / "findings.yaml").read_text(encoding="utf-8")
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
        for name in self._jinja.list_templates(extensions=["txt"]):
            try:
                self._jinja.get_template(name)
            except jinja2.TemplateError as problem:
                raise TemplateError(name, problem) from problem

    @cached_property
    def _jinja(self) -> "jinja2.Environment":
        import jinja2

        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(self._folder), undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
            autoescape=False, auto_reload=False,
        )  # fmt: skip  # plain text only; the HTML digest brings its own environment with autoescape
        environment.filters |= {"day": day, "kilobytes": kilobytes, "copy": lambda c: COPIES[c], "sentence": self.sentence, "plain": lambda t: show(t, 300)}
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

    def letter(self, letter: Letter, written_at: datetime) -> Written:
        """Raises TemplateError or LetterUnsafe; both cost the letter, never the record."""
        import jinja2

        name, enclosures = f"{letter.kind}.txt", self._enclosures(letter)
        try:
            text = self._jinja.get_template(name).render(
                letter=letter, enclosed=[e.name for e in enclosures], office=self.settings.office, policy=self.settings.policy
            )
        except (jinja2.TemplateError, TypeError, ValueError, LookupError) as problem:
            raise TemplateError(name, problem) from problem
        subject, _, body = text.strip().partition("\n")
        sender = self.settings.sender
        ours = self._signed_id(letter.number, letter.kind, written_at, letter.key, letter.to)
        head = Head((sender.name, sender.address), letter.to, show(subject, 150), ours, written_at, (letter.in_reply_to, letter.references),
                    letter.reply_to if letter.to_staff else "")
        try:
            return Written(subject, composed(head, _tidy(body), enclosures))
        except (ValueError, HeaderParseError) as problem:
            raise LetterUnsafe(str(problem)) from problem

    def _enclosures(self, letter: Letter) -> list[Enclosure]:
        """The blanks that would help; where one cannot be written the letter goes without it, and does not speak of it."""
        found = []
        for form in letter.blanks:
            try:
                found.append(Enclosure(*self._blank(form)))
            except (OSError, ValueError, LookupError) as problem:
                log.warning("no blank of form %s: %s", form, type(problem).__name__)
        return found


def _tidy(body: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", body).strip() + "\n"


def day(moment: datetime, *, year: bool = False) -> str:
    """3月29日（周五）, with the year where asked."""
    there = moment.astimezone(SHANGHAI)
    return f"{f'{there.year}年' if year else ''}{there.month}月{there.day}日（周{_WEEKDAYS[there.weekday()]}）"


def kilobytes(size: int) -> str:
    return f"{size / 1_000_000:.3g} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} KB"
