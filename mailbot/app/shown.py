"""A decision as people and machines are shown it: the contract's JSON of `ingest --json`."""

from dataclasses import fields
from typing import Any

from mailbot.app.ports import Writer
from mailbot.domain.findings import Finding
from mailbot.domain.forms import Evidence, Value
from mailbot.domain.mail import Message
from mailbot.domain.outcome import Outcome
from mailbot.domain.reading import Item
from mailbot.domain.records import Posted


def as_json(file: str | None, message: Message, sha256: str, outcome: Outcome, letters: tuple[Posted, ...], writer: Writer) -> dict[str, Any]:
    first = letters[0] if letters else None
    return {
        "file": file,
        "message_id": message.envelope.message_id,
        "sha256": sha256,
        "disposition": outcome.disposition,
        "reason": outcome.reason,
        "unit": outcome.unit.name if outcome.unit else None,
        "unit_by": outcome.unit_by if outcome.unit else None,
        "trusted": outcome.trusted,
        "trail": [_evidence(e) for e in outcome.trail],
        "items": [_item(item, writer) for item in outcome.items],
        "reply": {
            "kind": outcome.kind,
            "to": [letter.recipient for letter in letters if letter.kind != "forwarded-question"],
            "subject": first.subject if first else "",
            "missing": [{"duty": m.duty, "period": m.period, "copy": m.copy} for m in outcome.missing],
        },
    }


def _item(item: Item, writer: Writer) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "path": item.attachment.path,
        "sha256": item.attachment.sha256,
        "size": item.attachment.size,
        "unit": item.unit.name if item.unit else None,
        "form": item.form,
        "copy": item.copy,
        "campaign": item.campaign.id if item.campaign else None,
        "duty": item.duty.id if item.duty else None,
        "period": item.period.id if item.period else None,
        "score": round(item.score, 2),
        "fields": {key: _value(value) for key, value in item.fields.items()},
        "sealed": item.sealed,
        "findings": [finding_json(f, writer) for f in item.findings],
        "trail": [_evidence(e) for e in item.trail],
    }
    if item.parsed and item.parsed.rows:
        shown["rows"] = [{key: _value(value) for key, value in row.items()} for row in item.parsed.rows]
    if item.nil:
        shown["nil"] = True
    if item.ask:
        shown["ask"] = item.ask
    if item.notes:
        shown["notes"] = list(item.notes)
    if item.compared is not None:
        shown["compared"] = item.compared
    return shown


def finding_json(finding: Finding, writer: Writer) -> dict[str, Any]:
    return {"code": finding.code, "severity": finding.severity, "field": finding.field or None, "message": writer.sentence(finding)}


def _evidence(seen: Evidence) -> dict[str, Any]:
    return {f.name: getattr(seen, f.name) for f in fields(seen)}  # not asdict, which copies deep


def _value(value: Value) -> Any:
    return list(value) if isinstance(value, tuple) else value
