"""The product judges a scan: alone (which form, unit, period is it) and beside an editable copy (is it the same paper).

Whole mails go through a rehearsal of the intake, so what is measured is what the office would be told. What was read stays in OUT/looks,
under the hash of the file: judging again takes no reading.
"""

import email.policy
import hashlib
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mailbot.adapters.cage.looks import Looks
from mailbot.app.places import bundled
from mailbot.app.wiring import House
from mailbot.domain.mail import RawMail
from mailbot.domain.periods import SHANGHAI
from tests.pages.papers import rules
from tests.pages.reading import looked
from tests.pages.truth import Case

Found = dict[str, Any]
_RECEIVER = "mx.bureau.example; spf=pass; dkim=none; dmarc=none"


def mail(folder: Path, case: Case) -> Found:
    """Both ways: {"alone", "beside"}."""
    return {"id": case["id"], "alone": alone(folder, case), "beside": beside(folder, case)}


def alone(folder: Path, case: Case) -> Found:
    """What a scan is taken for that staff send on without a word: {"form", "unit", "period", "findings"}; ids, null where undecided."""
    shown = _taken(folder, case, "office@bureau.example", _files(folder, case["files"], case["sent_as"]))
    items = [item for item in shown["items"] if item["form"]] or shown["items"]
    first = items[0] if items else {}
    ids = {unit.name: unit.id for campaign in rules().campaigns for unit in campaign.units}
    told = {key: first.get(key) for key in ("form", "period", "sealed")}
    return {"id": case["id"], **told, "unit": ids.get(first.get("unit", "")), "findings": sorted(_codes(shown))}


def beside(folder: Path, case: Case) -> Found:
    """What is found where the scan comes with its editable copy: {"findings": codes, "disposition", "sealed"}."""
    files = _files(folder, [*case["files"], case["editable"]], [*case["sent_as"], case["editable_sent_as"]])
    shown = _taken(folder, case, case["sender"], files)
    sealed = [item["sealed"] for item in shown["items"] if item["path"] in case["sent_as"]]
    return {"id": case["id"], "findings": sorted(_codes(shown)), "disposition": shown["disposition"], "sealed": sealed}


def _files(folder: Path, places: list[str], names: list[str]) -> dict[str, bytes]:
    return {name: (folder / place).read_bytes() for place, name in zip(places, names, strict=True)}


def _taken(folder: Path, case: Case, sender: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    day = datetime.combine(datetime.fromisoformat(case["reported_on"]), time(16, 30), SHANGHAI)
    with TemporaryDirectory() as home:
        kept = Looks(Path(home) / "pages")
        for content in ((folder / name).read_bytes() for name in case["files"]):
            kept.keep(hashlib.sha256(content).hexdigest(), looked(folder, content), folder / "none")
        return _rehearsed(_mail(sender, day, files), day, Path(home))


def _rehearsed(raw: bytes, day: datetime, home: Path) -> dict[str, Any]:
    """The decision on one mail, of which nothing is left."""
    house = House(bundled("config"), home, lambda: day + timedelta(hours=1), {})
    with house.trial() as intake:
        (taken,) = intake.take_all([intake.keep(RawMail([raw], file="page.eml"))])
    house.close()
    return taken.shown


def _codes(shown: Mapping[str, Any]) -> set[str]:
    """All findings, and what the reply calls missing."""
    found = {f["code"] for item in shown["items"] for f in item["findings"]}
    return found | {f"missing-{m['copy']}" for m in shown["reply"]["missing"]}


def _mail(sender: str, day: datetime, files: Mapping[str, bytes]) -> bytes:
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, "nmyxjg@163.com", "材料"
    mail["Date"], mail["Message-ID"] = day, f"<{hashlib.sha256(repr((sender, day, *files)).encode()).hexdigest()[:24]}@pages.example>"
    mail.set_content("附上，烦请接收。")
    for name, content in files.items():
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return f"Authentication-Results: {_RECEIVER}\r\n".encode() + mail.as_bytes()
