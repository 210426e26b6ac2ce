"""Writes the corpus: `python -m tests.mail.make` the mails (odd/NAME.eml), with --bless also what the product says of them (odd/NAME.json).

What is blessed must first hold against what the case declares; the differences are then read by eye in the commit. A case with a
known bug is not blessed: once it is mended, take `bug` out of the case and bless. Some mails hold files of tests/golden/formats: make
the mails anew after those.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from mailbot.app.intake import Intake, Taken
from mailbot.app.places import bundled
from mailbot.app.wiring import House
from mailbot.domain.mail import RawMail
from mailbot.domain.periods import SHANGHAI
from tests.mail.case import Expect
from tests.mail.corpus import CASES
from tests.mail.view import in_short, line

ODD = Path(__file__).parent / "odd"
NOW = datetime(2024, 3, 29, 8, 0, tzinfo=SHANGHAI)


@contextmanager
def office(home: Path) -> Iterator[tuple[House, Intake]]:
    """An office with the bundled rules on the morning after the mails came."""
    house = House(bundled("config"), home, lambda: NOW, {"MAILBOT_SCANS": "off"})
    with house.intake() as intake:
        yield house, intake
    house.ledger.close()


def settled(raw: bytes, house: House, intake: Intake) -> Taken:
    """What the product makes of a mail alone. Nothing of it stays in the ledger."""
    with house.ledger.rehearsal():
        return next(intake.take_all([intake.keep(RawMail([raw], file="odd.eml"))]))


def differences(expect: Expect, short: dict[str, Any]) -> dict[str, tuple[object, object]]:
    """Where the product says something else than the case declares: what -> (declared, said)."""
    told, reply = short["mail"], short["reply"]
    said: dict[str, tuple[object, object]] = {
        "disposition": (expect.disposition, short["disposition"]), "reply": (expect.reply, reply["kind"]), "unit": (expect.unit, short["unit"]),
        "items": (expect.items, tuple(map(line, short["items"]))), "to": (expect.to, tuple(reply["to"])),
        "missing": (expect.missing, tuple(f"{m['duty']} {m['period']} {m['copy']}" for m in reply["missing"])),
        "subject": (expect.subject, told["subject"]), "sender": (expect.sender, told["sender"]), "sender_name": (expect.sender_name, told["sender_name"]),
        "files": (expect.files, tuple(told["files"])), "current": (expect.current, tuple(short["current"])), "links": (expect.links, len(told["links"])),
        "received": (expect.received, short["received"].replace("+0800", "+08:00")),
    }  # fmt: skip
    found = {what: pair for what, pair in said.items() if pair[0] is not None and pair[0] != pair[1]}
    if expect.trusted != short["trusted"]:
        found["trusted"] = (expect.trusted, short["trusted"])
    if expect.says is not None and expect.says not in told["text"]:
        found["says"] = (expect.says, told["text"])
    if expect.unsaid is not None and expect.unsaid in told["text"]:
        found["unsaid"] = (expect.unsaid, told["text"])
    return found


def written(short: dict[str, Any]) -> str:
    return json.dumps(short, ensure_ascii=False, indent=1) + "\n"


def main(bless: bool) -> int:
    ODD.mkdir(exist_ok=True)
    wrong = 0
    for one in CASES:
        if one.kept:
            (ODD / f"{one.name}.eml").write_bytes(one.raw())
    if not bless:
        return 0
    with tempfile.TemporaryDirectory() as home, office(Path(home)) as (house, intake):
        for one in CASES:
            if one.bug:
                continue
            short = in_short(settled(one.raw(), house, intake))
            if found := differences(one.expect, short):
                wrong += 1
                print(one.name, *(f"\n    {what}: declared {declared!r}\n{'':>{len(what) + 6}}said     {said!r}" for what, (declared, said) in found.items()))
            else:
                (ODD / f"{one.name}.json").write_text(written(short), encoding="utf-8")
    return wrong


if __name__ == "__main__":
    sys.exit(min(main("--bless" in sys.argv), 1))
