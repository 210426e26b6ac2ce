"""An odd mail and what must come of it. The expectation is decided from the contract and the facts, not from what the product says."""

from collections.abc import Callable
from dataclasses import dataclass

UNIT = "八仙筒市场监管所"
OWED = ("risk-list 2024Q1 scan",)
FILE = "一季度问题清单.docx"
FILED = "risk-list editable 2024Q1"


@dataclass(frozen=True, slots=True)
class Expect:
    """What must come of a mail; None is not asked.

    `items`: one line an item, `PATH = FORM COPY PERIOD` (- where undecided), then ` nil`, then ` ! CODES` of its findings but notes,
    CODES in the order of the alphabet. The default is the usual mail of this corpus: one risk list of the unit, whose stamped scan is
    still owed. `files`: one line a file of the message as read, before anybody decides: `PATH`, then its marks inline, forwarded, and
    ` ! TROUBLE`. `says` and `unsaid` stand and do not stand in the mail's own text. `received`: the moment of
    receipt, to the minute. `links`: how many the text has. `current`: what counts after the mail, DUTY PERIOD COPY UNIT: PATH.
    """

    disposition: str | None = "submission"
    reply: str | None = "missing"
    items: tuple[str, ...] | None = (f"{FILE} = {FILED}",)
    missing: tuple[str, ...] | None = None
    to: tuple[str, ...] | None = None
    unit: str | None = UNIT
    trusted: bool = True
    subject: str | None = None
    sender: str | None = None
    sender_name: str | None = None
    received: str | None = None
    says: str | None = None
    unsaid: str | None = None
    files: tuple[str, ...] | None = None
    links: int | None = None
    current: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """`name` says what is odd; `rows`: the rows of the facts it is for (`A27`; `§3 …` and `§4 …` of china-mail.md). `raw` makes the mail,
    the same bytes each time. `kept` is False where the mail is too large to be committed: it is then made when the test runs.
    `tool`: an outside program without which the product can only say `unsupported`. `bug`: what the product does instead, where it is known
    to be wrong; the test then fails as soon as it is right."""

    name: str
    rows: tuple[str, ...]
    raw: Callable[[], bytes]
    expect: Expect
    kept: bool = True
    tool: str = ""
    bug: str = ""


def case(
    name: str, rows: str | tuple[str, ...], raw: Callable[[], bytes] | bytes, expect: Expect, *, kept: bool = True, tool: str = "", bug: str = "",
) -> Case:  # fmt: skip
    make = raw if callable(raw) else (lambda fixed=raw: fixed)
    return Case(name, (rows,) if isinstance(rows, str) else rows, make, expect, kept, tool, bug)


def filed(name: str, **more: object) -> Expect:
    """The usual mail under another file name."""
    return Expect(items=(f"{name} = {FILED}",), missing=OWED, **more)  # type: ignore[arg-type]


AUTOMATIC = Expect("automatic", "none", items=(), unit=None, trusted=False, to=())
