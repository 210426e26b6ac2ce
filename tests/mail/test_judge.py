"""mail-parser as a judge: what it takes out of an odd mail as a file, we take out too, byte for byte."""

import base64
import hashlib
import logging
from pathlib import Path

import mailparser  # type: ignore[import-untyped]
import pytest

from tests.adapters.mails import files, structure_of
from tests.mail.make import ODD

OTHERWISE = {
    "part-field-folded-without-its-blank": "mail-parser ends the header there and loses the file's name",
    "partial-one-of-two": "a piece of a mail is none of its files",
    "signed-by-somebody-else": "a signature is no file", "smime-signed-form": "a signature is no file",
    "transfer-encoding-in-quotes": "mail-parser leaves it encoded", "transfer-encoding-with-a-semicolon": "mail-parser leaves it encoded",
}  # fmt: skip


@pytest.mark.parametrize("mail", sorted(ODD.glob("*.eml")), ids=lambda path: path.stem)
def test_what_mail_parser_takes_for_a_file_is_one(mail: Path) -> None:
    logging.getLogger("mailparser").setLevel(logging.CRITICAL)
    raw = mail.read_bytes()
    found = mailparser.parse_from_bytes(raw).attachments
    theirs = {hashlib.sha256(base64.b64decode(one["payload"])).hexdigest() for one in found if one["binary"]}
    ours = {leaf.content.sha256 for leaf in structure_of(raw).leaves} | {hashlib.sha256(c).hexdigest() for _, c in files(raw) if isinstance(c, bytes)}
    assert (theirs <= ours) == (mail.stem not in OTHERWISE), OTHERWISE.get(mail.stem)
