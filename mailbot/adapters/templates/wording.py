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
from mailbot.domain.masking import shown
from mailbot.domain.mistakes import Mistake
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Settings
from mailbot.domain.text import show
from mailbot.domain.words import COPIES

if TYPE_CHECKING:  # a poll of nothing writes no letter
    import jinja2

SignedId = Callable[[str, str, datetime, str, str], str]  # number, kind, moment, key, recipient -> Message-ID
_WEEKDAYS = "一二三四五六日"
_SENTENCES = "findings.yaml"
_GIVEN = frozenset({"office", "policy", "letter", "enclosed", "number", "digest", "attached"})  # what the writers of letters pass in
_OF_A_FINDING = frozenset({"policy", "where", "found", "expected"})


class TemplateError(ConfigurationError):
    def __init__(self, name: str, problem: Exception) -> None:
        super().__init__(f"信件模板 {name} 有误（{problem}），这封信没有写成，请修改模板", detail=str(problem))


class TemplatesWrong(ConfigurationError):
    """Templates cannot be used; `mistakes` names all that was found."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("信件模板有误，共 {} 处：\n{}".format(len(mistakes), "\n".join(f"  {m}" for m in mistakes)))
        self.mistakes = mistakes


class Wording:
    """`folders`: where templates are looked for, the office's own first. `<kind>.txt` begins with the subject; `findings.yaml` has a
    sentence a code. Raises TemplatesWrong where the sentences cannot be read."""

    def __init__(self, folders: tuple[Path, ...], settings: Settings) -> None:
        self.settings, self._folders = settings, folders
        self._sentences = sentences_in(next(f for folder in folders if (f := folder / _SENTENCES).is_file()))
        self._written = cache(self._compiled)
        self.sentence = lru_cache(maxsize=1024)(self._sentence)  # each is told in the record and in the letter

    def check(self) -> None:
        """Reads every template. Raises TemplatesWrong with all that is wrong."""
        if found := self.mistakes():
            raise TemplatesWrong(found)

    def mistakes(self) -> tuple[Mistake, ...]:
        """All that can be seen without writing a letter: what is no template, and names that no letter knows."""
        names = [name for name in self._jinja.list_templates(extensions=["txt", "html"]) if not name.startswith(".")]
        whole = [m for name in names if (m := self._look(name, lambda name=name: self._source(name), _GIVEN))]  # type: ignore[misc]
        said = (self._look(f"{_SENTENCES}（{code}）", lambda code=code: self._sentences[code], _OF_A_FINDING) for code in self._sentences)  # type: ignore[misc]
        return (*whole, *filter(None, said))

    def _source(self, name: str) -> str:
        return next(f for folder in self._folders if (f := folder / name).is_file()).read_text(encoding="utf-8")

    def _look(self, name: str, source: Callable[[], str], given: frozenset[str]) -> Mistake | None:
        import jinja2
        from jinja2 import meta, nodes

        try:
            parsed = self._jinja.parse(source())
            made = {name.name for name in parsed.find_all(nodes.Name) if name.ctx != "load"}  # a set within a block counts nowhere else
            unknown = meta.find_undeclared_variables(parsed) - made - given - set(self._jinja.globals)
        except UnicodeDecodeError:
            return Mistake(f"templates/{name}", 1, 1, "", "文件不是 UTF-8 编码，请用 UTF-8 保存")
        except OSError as problem:
            return Mistake(f"templates/{name}", 1, 1, "", f"文件打不开（{problem.strerror}）")
        except jinja2.TemplateSyntaxError as problem:
            return Mistake(f"templates/{name}", problem.lineno or 1, 1, "", f"模板写法有误（{problem.message}），请检查 {{{{ }}}} 和 {{% %}} 是否成对")
        names = "、".join(sorted(unknown))
        return Mistake(f"templates/{name}", 1, 1, "", f"没有 {names} 这个名字，信里写不出来") if unknown else None

    def rendered(self, name: str, **values: Any) -> str:
        """Raises TemplateError."""
        import jinja2

        try:
            return self._jinja.get_template(name).render(office=self.settings.office, policy=self.settings.policy, **values)
        except (jinja2.TemplateError, TypeError, ValueError, LookupError, ArithmeticError) as problem:
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
        parts = {"where": shown(finding.where, 80), "found": show(finding.found, 80), "expected": show(finding.expected, 80)}
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


def sentences_in(file: Path) -> Mapping[str, str]:
    """code -> sentence. Raises TemplatesWrong for what is no such file."""
    try:
        read = yaml.load(file.read_text(encoding="utf-8-sig"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except UnicodeDecodeError:
        raise TemplatesWrong((_wrong("文件不是 UTF-8 编码，请用 UTF-8 保存"),)) from None
    except OSError as problem:
        raise TemplatesWrong((_wrong(f"文件打不开（{problem.strerror}）"),)) from None
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        raise TemplatesWrong((_wrong("YAML 写法有误，请检查缩进、冒号和引号", mark.line + 1 if mark else 1),)) from None
    if not isinstance(read, dict):
        raise TemplatesWrong((_wrong("应当一行一个问题代码：代码: 一句话"),))
    wrong = [_wrong(f"{code} 后面应当是一句话") for code, said in read.items() if not isinstance(said, str)]
    if lacking := sorted(set(CODES) - set(read)):
        wrong.append(_wrong(f"缺少 {'、'.join(lacking)}"))
    if wrong:
        raise TemplatesWrong(tuple(wrong))
    return read


def _wrong(sentence: str, line: int = 1) -> Mistake:
    return Mistake(f"templates/{_SENTENCES}", line, 1, "", sentence)
