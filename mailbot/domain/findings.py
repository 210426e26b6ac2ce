"""A problem in *their* document: a value with place, what stands there, what is expected. Never an exception.

The code is decided here; the Chinese sentence is written where it is shown (templates/findings.yaml).
"""

from dataclasses import dataclass
from typing import Literal, get_args

Severity = Literal["error", "warning", "note"]

Code = Literal[
    "missing-scan", "missing-editable", "no-seal", "seal-other-unit", "scan-differs", "scan-unreadable",
    "section-missing", "section-too-short", "field-missing", "field-invalid", "sample-row-left", "template-unfilled",
    "cumulative-fell", "closed-exceeds-found", "total-mismatch", "wrong-period", "late", "unit-mismatch",
    "wrong-form-version", "annex-missing", "encrypted", "corrupt", "unsupported", "too-large", "archive-unsafe",
    "cloud-link", "empty-file", "macro",
]  # fmt: skip
CODES: tuple[Code, ...] = get_args(Code)

_WARNINGS = frozenset({"late", "sample-row-left", "wrong-period", "wrong-form-version", "macro"})
# Warnings only where all owed copies are there without that file: the decision turns them.
SOFT_WHEN_COMPLETE = frozenset({"archive-unsafe", "unsupported", "too-large", "empty-file"})
# What a new scan mends.
OF_THE_SCAN = frozenset({"scan-differs", "no-seal", "seal-other-unit", "scan-unreadable"})


def usual_severity(code: Code) -> Severity:
    """The contract's severities: everything is an error except the five warnings."""
    return "warning" if code in _WARNINGS else "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `where` names the place as the unit's people call it (第三部分“存在问题和分析”, 第2行“管控措施”);
    `found` and `expected` are short texts for the sentence; `field` is the form's key, if it is about one."""

    code: Code
    severity: Severity
    field: str = ""
    where: str = ""
    found: str = ""
    expected: str = ""


def finding(code: Code, *, field: str = "", where: str = "", found: object = "", expected: object = "") -> Finding:
    """A finding of the code's usual severity."""
    return Finding(code, usual_severity(code), field, where, str(found), str(expected))
