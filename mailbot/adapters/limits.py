"""The limits of one mail, shared by mime, unpack and cage."""

from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a mail is looked at. All are decided on raw bytes, before or while anything is parsed.

    `mail_bytes` and `file_bytes` are rules of the contract; the others keep hostile mails cheap (reliability.md A22-A38).
    """

    mail_bytes: int = 60 * MB
    file_bytes: int = 25 * MB
    header_bytes: int = 256_000
    header_lines: int = 2_000
    field_bytes: int = 64_000  # one header field at the top
    part_field_bytes: int = 8_000  # Content-Type and Content-Disposition of a part
    parameters: int = 100_000  # semicolons in the headers of all parts
    dash_lines: int = 20_000  # lines that start with --, each perhaps a boundary
    parts: int = 1_000
    depth: int = 30
    leaves: int = 400
    archive_members: int = 200
    archive_depth: int = 2
    mail_depth: int = 8
    unpacked_bytes: int = 200 * MB
    ratio: int = 200  # unpacked to packed, counted above `ratio_from` bytes
    ratio_from: int = 10 * MB
    text_chars: int = 500_000
    text_lines: int = 20_000  # of a body; whoever decides looks at each line several times
    html_chars: int = 3_000_000  # of markup; pictures may stand in it
    body_bytes: int = 6 * MB  # of one text part, decoded; a file in uuencode may stand in it
    links: int = 50
    tool_seconds: int = 40  # for an outside program that opens one archive


DEFAULT_LIMITS = Limits()
