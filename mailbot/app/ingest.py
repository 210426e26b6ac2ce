"""`mailbot ingest`: .eml files through the very same path as mail from the server."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from mailbot.adapters.archive import Archive
from mailbot.app.intake import Taken
from mailbot.app.wiring import House
from mailbot.domain.mail import RawMail


def eml_files(paths: Iterable[Path]) -> list[Path]:
    """The files named, and the .eml files of the folders named, in name order."""
    found: list[Path] = []
    for path in paths:
        found += sorted(p for p in path.rglob("*") if p.suffix.lower() == ".eml" and p.is_file()) if path.is_dir() else [path]
    return [p for p in found if p.is_file()]


def ingest_files(house: House, files: Iterable[Path], *, dry_run: bool, anew: bool = False) -> Iterator[Taken]:
    """Takes the files one after the other. With `dry_run` later mails see what earlier ones filed, and all is gone after.
    `anew`: what was taken before is decided again by today's rules."""
    with ExitStack() as stack:
        archive = house.archive
        if dry_run:
            archive = Archive(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mailbot-"))))
            stack.enter_context(house.ledger.rehearsal())
        intake = stack.enter_context(house.intake(archive=archive, anew=anew))
        raws = (RawMail(_pieces(file), file=os.fsencode(file.name).decode("utf-8", "replace")) for file in files)
        yield from intake.take_all(map(intake.keep, raws))


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(1 << 20):
            yield piece
