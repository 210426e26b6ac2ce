"""What is wrong with what an admin wrote (rules, templates), as values with a place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake, or one warning: what works but looks wrong. `line` and `column` from 1, in characters; `key` as a path:
    duties[risk-list].due.day. `found`: what stands there; `allowed`: all that may, where that can be listed; `nearest`: what was
    probably meant."""

    file: str
    line: int
    column: int
    key: str
    sentence: str
    found: str = ""
    allowed: tuple[str, ...] = ()
    nearest: str = ""
    warning: bool = False

    def __str__(self) -> str:
        place = f"{self.file} 第{self.line}行第{self.column}列"
        return f"{place} {self.key}：{self.sentence}" if self.key else f"{place}：{self.sentence}"
