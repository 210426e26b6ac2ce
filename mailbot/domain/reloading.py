"""Rules that were changed while the worker runs, and cannot be used (mailbot/app/reload.py)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mailbot.domain.letters import LetterKind

_MOST = 30  # mistakes that a letter lists
KIND: Literal["rules-refused"] = "rules-refused"


@dataclass(frozen=True, slots=True)
class RulesRefused:
    """A letter to one of the staff. `key` is unique for these very files on one day, so that it is told once. `why`: what is wrong, a line each;
    `version`: of the rules that stay in force."""

    to: str
    key: str
    as_of: datetime
    why: tuple[str, ...]
    version: str
    kind: LetterKind = KIND

    @property
    def shown(self) -> tuple[str, ...]:
        return self.why[:_MOST]


def rules_refused(to: str, fingerprint: str, why: str, version: str, moment: datetime) -> RulesRefused:
    return RulesRefused(to, f"{KIND}:{fingerprint[:16]}:{moment:%Y%m%d}:{to}", moment, tuple(line.strip() for line in why.splitlines() if line.strip()), version)
