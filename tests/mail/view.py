"""A decision in short: what of `mailbot ingest --json`, and of the mail as read, must stay the same."""

from collections.abc import Mapping
from typing import Any

from mailbot.app.intake import Taken
from mailbot.domain.mail import Attachment

_FIELDS = ("unit", "reported_on", "retailers_checked", "risks_found")
_TEXT = 100  # characters of the mail's text that are kept


def in_short(taken: Taken) -> dict[str, Any]:
    """The stable part, as JSON values. Sizes and sums stay out: the .eml beside it holds the bytes."""
    shown, message = taken.shown, taken.facts.message
    current = {f"{f.duty} {f.period} {f.copy} {f.unit}": f.path for f in taken.outcome.filings}  # a later one takes the place
    return {
        "mail": {
            "subject": message.envelope.subject[:_TEXT], "sender": message.envelope.sender or "", "sender_name": message.envelope.sender_name,
            "text": message.text[:_TEXT], "links": [link.url[:_TEXT] for link in message.links], "trouble": bool(message.trouble),
            "files": [_file(file) for file in message.attachments][:20],
        },
        **{key: shown[key] for key in ("disposition", "unit", "unit_by", "trusted")},
        "received": f"{taken.facts.received_at:%Y-%m-%dT%H:%M%z}",
        "items": [_item(item) for item in shown["items"]][:20],
        "current": [f"{key}: {path[:_TEXT]}" for key, path in current.items()],
        "reply": {key: shown["reply"][key] for key in ("kind", "to", "missing")},
    }  # fmt: skip


def _file(file: Attachment) -> str:
    marks = (" inline" * file.inline, " forwarded" * file.forwarded, f" ! {file.document.trouble}" * bool(file.document.trouble))
    return file.path[:_TEXT] + "".join(marks)


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    short = {key: item[key] for key in ("unit", "form", "copy", "duty", "period", "sealed")}
    findings = sorted(f"{f['code']}:{f['severity']}" for f in item["findings"])
    fields = {key: item["fields"][key] for key in _FIELDS if key in item["fields"]}
    return {"path": item["path"][:_TEXT], **short, "findings": findings, "fields": fields, "nil": item.get("nil", False), "asked": "ask" in item}


def line(item: Mapping[str, Any]) -> str:
    """An item of the short view as a case declares it: PATH = FORM COPY PERIOD nil ! CODES."""
    codes = sorted({code for code, severity in (f.split(":") for f in item["findings"]) if severity != "note"})
    told = f"{item['path']} = {item['form'] or '-'} {item['copy']} {item['period'] or '-'}"
    return told + " nil" * item["nil"] + (f" ! {' '.join(codes)}" if codes else "")
