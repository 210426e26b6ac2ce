"""What was seen on scans, kept by content: a page is read once, however often it comes. Beside it the seals' thumbnails.

One folder a file: look.json and seal-PAGE-NUMBER.png. All of it can be made anew from the archive.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mailbot.adapters.cage.codec import BadAnswer, from_json, to_json
from mailbot.domain.pages import Look

_EDITION = 1  # of the eyes: what was seen by another edition is looked at anew
_FINAL = ("ocr", "text-layer")  # a look that another time would not better


@dataclass(frozen=True, slots=True)
class Looks:
    home: Path

    def folder(self, sha256: str) -> Path:
        """Where the thumbnails of one file lie."""
        return self.home / sha256[:2] / sha256

    def get(self, sha256: str) -> Look | None:
        try:
            kept = json.loads((self.folder(sha256) / "look.json").read_text("utf-8"))
            return from_json(Look, kept["look"]) if kept["edition"] == _EDITION else None
        except (OSError, ValueError, KeyError, TypeError, BadAnswer):
            return None  # not there, or cut off when the power went: looked at again

    def keep(self, sha256: str, look: Look) -> None:
        """A look that could not be kept (a full disk) costs time, nothing else."""
        if look.reading not in _FINAL:
            return
        file = self.folder(sha256) / "look.json"
        new = file.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(json.dumps({"edition": _EDITION, "look": to_json(look)}, ensure_ascii=False), "utf-8")
            new.replace(file)

    def thumbnails(self, sha256: str) -> tuple[Path, ...]:
        return tuple(sorted(self.folder(sha256).glob("seal-*.png")))
