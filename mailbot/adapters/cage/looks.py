"""What was seen on scans, kept by content: a page is read once, however often it comes. Beside it the seals' thumbnails.

One folder a file: look.json and seal-PAGE-NUMBER.png. All of it can be made anew from the archive.
"""

import json
import logging
import os
import re
import shutil
import threading
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from mailbot.adapters.codec import BadAnswer, from_json, to_json
from mailbot.domain.pages import Look

log = logging.getLogger(__name__)
_NAME, _PICTURES, _BYTES = re.compile(r"(?:seal-\d{1,3}-\d{1,3}|page-\d{1,3})\.png"), 100, 20_000_000
_EDITION = 1  # of the eyes: what was seen by another edition is looked at anew
_FINAL = ("ocr", "text-layer")  # a look that another time would not better


@dataclass(frozen=True, slots=True)
class Looks:
    """`behind`: others that are read and never written."""

    home: Path
    behind: "Looks | None" = None

    def folder(self, sha256: str) -> Path:
        return self.home / sha256[:2] / sha256

    def get(self, sha256: str) -> Look | None:
        try:
            kept = json.loads((self.folder(sha256) / "look.json").read_text("utf-8"))
            return from_json(Look, kept["look"]) if kept["edition"] == _EDITION else None
        except FileNotFoundError:
            return self.behind.get(sha256) if self.behind else None
        except (OSError, ValueError, KeyError, TypeError, BadAnswer):
            return None  # cut off when the power went: looked at again

    def keep(self, sha256: str, look: Look, pictures: Path) -> None:
        """What was seen and the pictures that a child left in a folder. What cannot be kept (a full disk) costs time, nothing else."""
        folder = self.folder(sha256)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for picture in folder.glob("*.png"):
                picture.unlink()
            for picture in islice(pictures.glob("*.png"), _PICTURES) if pictures.is_dir() and not pictures.is_symlink() else ():
                if _NAME.fullmatch(picture.name) and not picture.is_symlink() and picture.stat().st_size <= _BYTES:
                    shutil.copyfile(picture, folder / picture.name)
            if look.reading in _FINAL:
                new = folder / f"look.{os.getpid()}-{threading.get_ident()}"
                new.write_text(json.dumps({"edition": _EDITION, "look": to_json(look)}, ensure_ascii=False), "utf-8")
                new.replace(folder / "look.json")
        except OSError as problem:
            log.warning("look not kept sha256=%s: %s", sha256[:12], type(problem).__name__)

    def forget(self, sha256: str) -> None:
        """Raises OSError where the disk refuses."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.folder(sha256))

    def thumbnails(self, sha256: str) -> tuple[Path, ...]:
        return tuple(sorted(self.folder(sha256).glob("seal-*.png")))
