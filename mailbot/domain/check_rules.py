"""What a form's `checks` may ask, as it is written in its YAML. mailbot/domain/checks.py asks it."""

from dataclasses import dataclass
from typing import Annotated, Literal

from mailbot.domain.rule import Rule, ToldBy


@dataclass(frozen=True, kw_only=True)
class NotFalling(Rule):
    """Cumulative counters never fall from one period to the next (cumulative-fell)."""

    check: Literal["not-falling"]
    fields: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NotAbove(Rule):
    """`field` ≤ `limit` (closed-exceeds-found)."""

    check: Literal["not-above"]
    field: str
    limit: str


@dataclass(frozen=True, kw_only=True)
class Total(Rule):
    """The row `row` is the sum of the others in every numeric column (total-mismatch)."""

    check: Literal["total"]
    row: str


@dataclass(frozen=True, kw_only=True)
class NotNegative(Rule):
    """No number of the rows is below zero (field-invalid)."""

    check: Literal["not-negative"]


@dataclass(frozen=True, kw_only=True)
class AnnexWhen(Rule):
    """Where `field` is true the mail or the filing holds an annex named by `names` (annex-missing)."""

    check: Literal["annex-when"]
    field: str
    names: tuple[str, ...]
    title: str


Check = Annotated[NotFalling | NotAbove | Total | NotNegative | AnnexWhen, ToldBy("check")]
