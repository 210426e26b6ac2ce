"""What of an HTML body nobody can see, as far as its styles tell. Not a style engine: what hides for certain, and what may hide."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])|mso-hide\s*:\s*all", re.IGNORECASE)
_VEILING = re.compile(
    r"opacity\s*:\s*0(?![.\d]*[1-9])|font-size\s*:\s*(?:0?\.\d+|1)\s*(?:px|pt)|(?:text-indent|left|top)\s*:\s*-\d{3}|(?<![-\w])clip(?:-path)?\s*:"
    r"|scale\(\s*0\s*[,)]",
    re.IGNORECASE,
)
_FLAT = re.compile(r"(?<![-\w])(?:max-)?(?:height|width)\s*:\s*0(?![.\d]*[1-9])", re.IGNORECASE)
_CLIPPED = re.compile(r"overflow(?:-[xy])?\s*:\s*(?:hidden|clip)", re.IGNORECASE)
_WHITE = r"(?:#fff(?:fff)?\b|white\b|transparent\b|rgba?\(\s*255\s*,\s*255\s*,\s*255\b)"
_WHITE_TEXT = re.compile(rf"(?<![-\w])color\s*:\s*{_WHITE}", re.IGNORECASE)
_WHITE_NAME = re.compile(_WHITE, re.IGNORECASE)
_STYLE = re.compile(r"<style\b[^<>]{0,2000}>(.*?)(?:</style|\Z)", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?")
_NO_TEXT = frozenset({"style", "script", "head", "link", "meta", "title", "img", "table", "br"})  # webmail hides style and script by rule
_MOST = 50  # rules that hide; of more it is not asked whom


def _plain(css: str) -> str:
    """Style without what lets one word be written in many ways."""
    return _ESCAPE.sub(lambda m: chr(min(int(m[1], 16), 0x10FFFF)), _COMMENT.sub("", css))


def _veils(css: str) -> bool:
    return bool(_VEILING.search(css) or (_FLAT.search(css) and _CLIPPED.search(css)))


@dataclass(frozen=True, slots=True)
class _Rule:
    """Whom a rule of a style sheet hides: the last part of its selector."""

    tag: str
    classes: frozenset[str]
    id: str

    def fits(self, tag: str, given: Mapping[str, str]) -> bool:
        return self.tag in ("", tag) and self.id in ("", given.get("id", "").lower()) and self.classes <= set(given.get("class", "").lower().split())


@dataclass(frozen=True, slots=True)
class Styles:
    """The rules of a body's style sheets that hide something."""

    rules: tuple[_Rule, ...] = ()

    def hides(self, given: Mapping[str, str]) -> bool:
        """Whether nobody sees what stands in an element."""
        return "hidden" in given or bool(_HIDING.search(_plain(given.get("style", ""))))

    def veils(self, tag: str, given: Mapping[str, str], *, coloured: bool) -> bool:
        """Whether it may be that nobody sees it. `coloured`: there is a background, so that white can be read."""
        css = _plain(given.get("style", ""))
        white = _WHITE_TEXT.search(css) or _WHITE_NAME.match(given.get("color", "").strip())
        return _veils(css) or bool(white and not coloured) or any(rule.fits(tag, given) for rule in self.rules)


def colours(given: Mapping[str, str]) -> bool:
    """Whether an element has a background of its own."""
    return "bgcolor" in given or "background" in given or "background" in given.get("style", "").lower()


def styles_of(markup: str) -> Styles:
    rules: dict[_Rule, None] = {}
    for block in _plain("}".join(match[1] for match in _STYLE.finditer(markup))).split("}"):
        selectors, _, said = block.rpartition("{")
        if not (_HIDING.search(said) or _veils(said)):
            continue
        for selector in selectors.rpartition("{")[2].lower().split(","):
            last = (re.split(r"[\s>+~]+", selector.strip()) or [""])[-1]
            tag = re.match(r"[a-z][a-z0-9]*", last)
            classes, ids = re.findall(r"\.([\w-]+)", last), re.findall(r"#([\w-]+)", last)
            if not (tag and tag[0] in _NO_TEXT):
                rules[_Rule(tag[0] if tag else "", frozenset(classes), ids[0] if ids else "")] = None
        if len(rules) > _MOST:
            return Styles((_Rule("", frozenset(), ""),))
    return Styles(tuple(rules))
