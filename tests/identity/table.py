"""The contract's table "who may file" as data: six dimensions of a mail, and what the contract's words say must come of each.

The expectation is worked out here from the contract alone; nothing of the deciding code is imported. Cells of which the contract says
nothing (staff who only chat, a stranger's report typed into a mail) are not rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

MX = "mx.bureau.example"
OFFICE = "office@bureau.example"
STRANGER = "someone@mail.example"


@dataclass(frozen=True)
class Sender:
    """`unit`: whose registered address it is. `says`: the unit that its forms name, where they name the one they are meant for.
    `froms`: the From fields as they stand."""

    kind: Literal["unit", "staff", "stranger", "nobody", "machine"]
    froms: tuple[str, ...]
    address: str | None
    says: str
    unit: str | None = None
    squads: bool = False  # may send for the squads


SENDERS = {
    "a unit": Sender("unit", ("baxiantong@units.example",), "baxiantong@units.example", "八仙筒市场监管所", "八仙筒市场监管所"),
    "a unit in capitals, with a name": Sender(
        "unit", ("Han <BaXianTong@Units.EXAMPLE>",), "baxiantong@units.example", "八仙筒市场监管所", "八仙筒市场监管所"),
    "a section": Sender("unit", ("yaoxie@units.example",), "yaoxie@units.example", "药械监管股", "药械监管股"),
    "the headquarters": Sender(
        "unit", ("zhifadadui@units.example",), "zhifadadui@units.example", "市场监管综合行政执法大队", "市场监管综合行政执法大队", squads=True),
    "a stranger": Sender("stranger", (STRANGER,), STRANGER, "八仙筒市场监管所"),
    "a stranger under a unit's address as name": Sender("stranger", (f'"baxiantong@units.example" <{STRANGER}>',), STRANGER, "八仙筒市场监管所"),
    "a tagged address of a unit": Sender("stranger", ("baxiantong+1@units.example",), "baxiantong+1@units.example", "八仙筒市场监管所"),
    "two in From": Sender("nobody", ("baxiantong@units.example", STRANGER), None, "八仙筒市场监管所"),
    "nobody in From": Sender("nobody", (), None, "八仙筒市场监管所"),
    "staff": Sender("staff", (OFFICE,), OFFICE, "八仙筒市场监管所"),
    "a mailer daemon": Sender("machine", ("MAILER-DAEMON@units.example",), None, "八仙筒市场监管所"),
    "our own address": Sender("machine", ("nmyxjg@163.com",), None, "八仙筒市场监管所"),
}  # fmt: skip

ADDRESSES = {
    "八仙筒市场监管所": "baxiantong@units.example", "新镇市场监管所": "xinzhen@units.example", "执法一中队": "zhifa1@units.example",
    "药械监管股": "yaoxie@units.example", "市场监管综合行政执法大队": "zhifadadui@units.example",
}  # fmt: skip
FORGED = {  # what the receiving server wrote -> whether it says that the address is forged
    "nothing": ((), False),
    "all well": ((f"{MX}; spf=pass smtp.mailfrom=units.example; dkim=none; dmarc=none",), False),
    "dmarc fails": ((f"{MX}; spf=pass; dkim=pass; dmarc=fail (p=none) header.from=units.example",), True),
    "spf fails, no dkim": ((f"{MX}; spf=fail smtp.mailfrom=units.example; dkim=none; dmarc=none",), True),
    "spf fails, dkim passes": ((f"{MX}; spf=fail smtp.mailfrom=units.example; dkim=pass header.d=units.example; dmarc=pass",), False),
    "spf is soft": ((f"{MX}; spf=softfail; dkim=none; dmarc=none",), False),
    "another server says dmarc fails": (("mx.evil.example; dmarc=fail",), False),
    "fails, and the sender wrote a pass below": ((f"{MX}; spf=fail; dkim=none; dmarc=fail", f"{MX}; spf=pass; dkim=pass; dmarc=pass"), True),
    "well, and the sender wrote a fail below": ((f"{MX}; spf=pass; dkim=pass; dmarc=pass", f"{MX}; spf=fail; dkim=fail; dmarc=fail"), False),
    "fails, with a pass in a comment": ((f"{MX}; spf=fail (x; dkim=pass (y)); dkim=none",), True),
}  # fmt: skip
CONTENTS = ("both copies", "the editable copy", "no unit named", "another unit's", "a squad's", "a question", "an announcement", "a typed report", "thanks",
            "advertising")  # fmt: skip
FORMS = CONTENTS[:5]
MARKS = {  # header or subject of the mail -> what the contract calls it
    "none": "person", "Auto-Submitted: no": "person", "Auto-Submitted: auto-replied": "automatic", "Auto-Submitted: AUTO-GENERATED; x=y": "automatic",
    "Subject: 自动回复: 材料": "automatic", "Subject: Out of Office": "automatic", "Return-Path: <>": "automatic", "List-Id: <x.example>": "automatic",
    "Precedence: bulk": "automatic", "Precedence: first-class": "person", "X-Auto-Response-Suppress: All": "asks for no answer",
    "List-Unsubscribe: <mailto:x@y.example>": "asks for no answer", "Disposition-Notification-To: victim@x.example": "person",
}  # fmt: skip
BEFORE = ("nothing", "the same mail", "another mail of the same id", "the same files", "a stranger's mail yesterday", "a stranger's mail eight days ago")
TO = ("to us", "with a victim in Cc and Reply-To")


@dataclass(frozen=True)
class Row:
    sender: str
    results: str = "all well"
    content: str = "both copies"
    mark: str = "none"
    before: str = "nothing"
    to: str = "to us"

    @property
    def who(self) -> Sender:
        return SENDERS[self.sender]

    @property
    def forged(self) -> bool:
        return FORGED[self.results][1]

    @property
    def named(self) -> str:
        """The unit that the forms name, "" where they name none."""
        return {"no unit named": "", "another unit's": "新镇市场监管所", "a squad's": "执法一中队"}.get(self.content, self.who.says)

    def __str__(self) -> str:
        return " · ".join((self.sender, self.results, self.content, self.mark, self.before, self.to))


@dataclass(frozen=True)
class Expect:
    """What must come of a mail. `letters`: (what it says, to whom). `filed`: (unit, copy), all of the risk list of 2024Q1."""

    disposition: str
    reply: str = "none"
    letters: frozenset[tuple[str, str]] = frozenset()
    unit: str | None = None
    trusted: bool = False
    filed: frozenset[tuple[str, str]] = frozenset()


def expected(row: Row) -> Expect:
    """The contract's lines, in an order in which the first that fits decides."""
    if row.before == "the same mail":
        return Expect("duplicate")
    if MARKS[row.mark] == "automatic" or row.who.kind == "machine":
        return Expect("automatic")
    said = _said(row)
    if MARKS[row.mark] != "asks for no answer" or row.forged:  # who is forged did not ask: the address's owner is told
        return said
    left = frozenset(letter for letter in said.letters if letter[1] != row.who.address and said.disposition != "submission")
    left = frozenset() if said.disposition in ("inquiry", "submission") else left
    if said.disposition == "review" and row.who.kind == "unit":
        left = frozenset()
    return replace(said, letters=left, reply=said.reply if left else "none")


def _said(row: Row) -> Expect:
    if row.who.kind == "staff":
        return _staff(row)
    if row.who.kind == "unit":
        return _forged_unit(row) if row.forged else _unit(row)
    return _unknown(row)


def _staff(row: Row) -> Expect:
    if row.forged:  # review, nothing carried out, `held` to the staff address only
        return Expect("review", "held", frozenset({("held", OFFICE)}))
    both = frozenset({(row.named, "editable"), (row.named, "scan")})
    to = frozenset({("receipt", ADDRESSES[row.named])})  # staff vouch for it, receipt to A's registered address
    if row.content == "the editable copy":
        both, to = frozenset({(row.named, "editable")}), frozenset({("missing", ADDRESSES[row.named])})
    return Expect("submission", "missing" if row.content == "the editable copy" else "receipt", to, row.named, True, both)


def _forged_unit(row: Row) -> Expect:
    """Not filed: review, reply held to the registered address only, whatever is in the mail."""
    return Expect("review", "held", frozenset({("held", row.who.address or "")}), row.who.unit, False)


def _unit(row: Row) -> Expect:
    me, address = row.who.unit or "", row.who.address or ""
    told = Expect("review", unit=me, trusted=True)

    def to_me(disposition: str, reply: str) -> Expect:
        return replace(told, disposition=disposition, reply=reply, letters=frozenset({(reply, address)}))

    if row.content == "a question":  # to the liaison through the digest; reply inquiry
        asked = to_me("inquiry", "inquiry")
        return replace(asked, letters=asked.letters | {("passed on", OFFICE)})
    if row.content == "an announcement":
        return to_me("inquiry", "missing")
    if row.content in ("thanks", "advertising"):  # empty chatter
        return replace(told, disposition="foreign")
    if row.content == "a typed report":
        return told
    whose = row.named or me
    if whose != me and not (row.who.squads and whose == "执法一中队"):  # unit-mismatch
        return replace(to_me("review", "held"), unit=whose)
    copies = {"editable"} if row.content == "the editable copy" else {"editable", "scan"}
    lacking = row.content in ("the editable copy", "no unit named")  # the scan; the name in its field
    letters = {("missing" if lacking else "receipt", to) for to in {address, ADDRESSES[whose]}}
    kind = "missing" if lacking else "receipt"
    return Expect("submission", kind, frozenset(letters), whose, True, frozenset((whose, copy) for copy in copies))


def _unknown(row: Row) -> Expect:
    """An unknown address, and a From that is nobody's: held where something is ours, else nothing."""
    if row.content == "a question":
        return Expect("inquiry")  # about the campaign: without a reply
    if row.content not in FORMS:
        return Expect("foreign")
    named, letters = row.named, set[tuple[str, str]]()
    answered = row.before in ("a stranger's mail yesterday", "the same files")  # at most one a week
    if row.who.address and not row.forged and not answered:
        letters.add(("held" if named else "unknown-unit", row.who.address))
    if named:  # the copy to the registered address is a letter of its own
        letters.add(("notice", ADDRESSES[named]))
    reply = ("held" if named else "unknown-unit") if letters else "none"
    return Expect("review", reply, frozenset(letters), named or None, False)


def _is_row(row: Row) -> bool:
    """Whether the contract speaks of it."""
    if row.who.kind == "staff" and (row.content not in FORMS or row.content == "no unit named"):
        return False
    if row.who.kind in ("stranger", "nobody") and row.content == "a typed report":
        return False
    if row.before.startswith("a stranger's mail"):
        return row.who.kind == "stranger" and row.content in FORMS
    return not (row.before == "the same files" and row.content not in ("both copies", "another unit's"))


def rows(whole: bool = False) -> Iterator[Row]:
    """Products of dimensions, each row once. `whole`: senders × results × contents × marks too, with the rest as usual."""
    few = ("a unit", "the headquarters", "a stranger", "staff", "two in From")
    people = [name for name, sender in SENDERS.items() if sender.kind != "machine"]
    parts = [
        product(people, FORGED, ("both copies",), ("none",), ("nothing",), ("to us",)),
        product(few[:3], FORGED, ("another unit's", "a question"), ("none",), ("nothing",), ("to us",)),
        product(SENDERS, ("nothing",), CONTENTS, ("none",), ("nothing",), ("to us",)),
        product(few, ("dmarc fails",), CONTENTS, ("none",), ("nothing",), ("to us",)),
        product(few[:4], ("all well",), ("both copies",), MARKS, ("nothing",), ("to us",)),
        product(few[1:2], ("all well",), ("a question", "a squad's"), MARKS, ("nothing",), ("to us",)),
        product(("a unit", "staff"), ("dmarc fails",), ("both copies",), MARKS, ("nothing",), ("to us",)),
        product(few, ("all well",), ("both copies", "no unit named", "another unit's"), ("none",), BEFORE, ("to us",)),
        product(few, ("all well", "dmarc fails"), ("both copies", "a question"), ("none",), ("nothing",), TO[1:]),
    ]
    if whole:
        parts.append(product(SENDERS, FORGED, CONTENTS, MARKS, ("nothing",), TO))
    seen = dict.fromkeys(row for part in parts for values in part if _is_row(row := Row(*values)))
    yield from seen
