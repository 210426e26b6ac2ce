"""Values of the domain to rows of the tables, and back."""

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from mailbot.adapters.codec import to_json
from mailbot.domain.findings import Finding
from mailbot.domain.obligations import Filing
from mailbot.domain.records import Posted, Record, Sighting
from mailbot.domain.reviews import Seen
from mailbot.domain.rulings import Ruling


def columns(value: Any) -> dict[str, Any]:
    """The fields of a value by their names. Not asdict, which copies deep."""
    return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}


def letter_row(letter: Posted, message: int | None, then: datetime) -> dict[str, Any]:
    """`then`: when it was decided; before its `not_before`, where it has one, it does not go out."""
    return columns(letter) | {"data": to_json(letter.data), "message": message, "attempts": 0, "created_at": then, "not_before": letter.not_before or then}


def sums(shown: Mapping[str, Any], paths: Iterable[str]) -> tuple[str, ...]:
    wanted = frozenset(paths)
    return tuple(item["sha256"] for item in shown.get("items", ()) if item["path"] in wanted)


def message_row(record: Record) -> dict[str, Any]:
    outcome = record.outcome
    return {
        "sha256": record.sha256, "message_id": record.message_id, "content_key": record.content_key, "file": record.file, "sender": record.sender,
        "subject": record.subject, "received_at": record.received_at, "decided_at": record.decided_at, "number": record.number,
        "disposition": outcome.disposition, "reason": outcome.reason, "unit": outcome.unit.id if outcome.unit else None,
        "rules_version": record.rules_version, "outcome": record.shown,
    }  # fmt: skip


def sighting_row(sighting: Sighting, message: int | None) -> dict[str, Any]:
    return columns(sighting.place) | {"sha256": sighting.sha256, "message": message, "seen_at": sighting.seen_at}


def filing_row(filing: Filing) -> dict[str, Any]:
    row = columns(filing)
    del row["order"], row["message"]
    return row | {"fields": dict(filing.fields), "rows": [dict(r) for r in filing.rows], "findings": [columns(f) for f in filing.findings]}


def filing(row: Row[Any]) -> Filing:
    return Filing(
        campaign=row.campaign, unit=row.unit, duty=row.duty, period=row.period, copy=row.copy, form=row.form, path=row.path, sha256=row.sha256,
        size=row.size, received_at=row.received_at, order=row.id, rows=tuple(row.rows), findings=tuple(Finding(**f) for f in row.findings),
        fields={k: tuple(v) if isinstance(v, list) else v for k, v in row.fields.items()}, sealed=row.sealed, nil=row.nil, title=row.title,
        message=row.message,
    )  # fmt: skip


def review_rows(record: Record) -> list[dict[str, Any]]:
    return [
        {"kind": r.kind, "question": r.question, "paths": list(r.paths), "until": r.until, "proposed": to_json(r.proposed) or None}
        for r in record.outcome.reviews
    ]


def seen_in(shown: Mapping[str, Any]) -> tuple[Seen, ...]:
    """What the files of a mail were taken for, as its record shows it."""
    return tuple(
        Seen(i["path"], i["copy"], i["form"], i.get("campaign"), i["unit"], i["duty"], i["period"], i.get("ask") or "") for i in shown.get("items", ())
    )


_OWN = ("at", "by", "via", "act", "why", "review", "message", "undoes", "id")  # columns of their own; the rest is `data`


def ruling_row(ruling: Ruling) -> dict[str, Any]:
    data = {name: value for name, value in to_json(ruling).items() if name not in (*_OWN, "_") and value not in ("", None, [])}
    return {name: getattr(ruling, name) for name in _OWN if name != "id"} | {"data": data}


def ruling_of(row: Row[Any]) -> Ruling:
    data: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.data.items()}
    if due := data.pop("due", None):
        data["due"] = date.fromisoformat(due)
    return Ruling(**{name: getattr(row, name) for name in _OWN}, **data)


def gist(shown: Mapping[str, Any]) -> dict[str, Any]:
    """What the audit keeps of a decision: enough to see what changed."""
    files = [{key: item.get(key) for key in ("path", "unit", "form", "copy", "duty", "period")} for item in shown["items"]]
    return {key: shown[key] for key in ("disposition", "reason", "unit", "sha256")} | {"reply": shown["reply"]["kind"], "items": files}
