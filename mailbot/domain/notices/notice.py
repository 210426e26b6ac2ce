"""A notice as it is read: sentences under their headings, annexes apart."""

from dataclasses import dataclass
from datetime import date

from mailbot.domain.documents import Block


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence (to the 。 or the end of its paragraph), page breaks and site noise taken out of it. `headings`: those it stands
    under, the outermost first. `annex`: 附件1, or "" for the notice itself. `paragraph`: counts the paragraphs of the whole notice."""

    text: str
    headings: tuple[str, ...] = ()
    annex: str = ""
    paragraph: int = 0


@dataclass(frozen=True, slots=True)
class Annex:
    """One annex: its label (附件3), its title, and its blocks below the title."""

    label: str
    title: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """`lines`: the paragraphs of the notice without its annexes, cleaned and joined. `listed`: label -> title as the notice itself lists
    its annexes. `issued`: the day of its signature or print line, None where none stands there."""

    title: str
    lines: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    annexes: tuple[Annex, ...] = ()
    listed: tuple[tuple[str, str], ...] = ()
    issued: date | None = None

    def annex(self, label: str) -> Annex | None:
        return next((a for a in self.annexes if a.label == label), None)
