"""`mailbot ingest`: .eml files through the very same path as mail from the server."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from mailbot.app.intake import Intake, Taken
from mailbot.domain.mail import RawMail


def eml_files(paths: Iterable[Path]) -> list[Path]:
    """The files named, and the .eml files of the folders named, in name order."""
    found: list[Path] = []
    for path in paths:
        found += sorted(p for p in path.rglob("*") if p.suffix.lower() == ".eml" and p.is_file()) if path.is_dir() else [path]
    return [p for p in found if p.is_file()]


def ingest_files(intake: Intake, files: Iterable[Path]) -> Iterator[Taken]:
    """Takes the files one after the other; later mails see what earlier ones filed."""
    raws = (RawMail(_pieces(file), file=os.fsencode(file.name).decode("utf-8", "replace")) for file in files)
    return intake.take_all(map(intake.keep, raws))


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(1 << 20):
            yield piece
