"""Names from senders made into names of files: nothing of them can be a path, a device or a surprise."""

import re
import unicodedata

_MOST_BYTES = 150  # of a name in UTF-8; file systems take 255, and a folder's path comes before it
_ENDING = 12  # characters of an ending that is kept when a name is cut
_FORBIDDEN = re.compile('[<>:"/\\\\|?*\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|clock\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE | re.DOTALL)


def safe_name(text: str, otherwise: str = "文件") -> str:
    """One name, fit for Windows and Unix: no separator, no control or direction mark, no leading or trailing dot or blank, no device.
    Its ending stays. `otherwise` where nothing is left."""
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", text))
    name = re.sub(r"\s+", " ", name).strip(". ")
    name = _cut(name).strip(". ") or otherwise
    return f"_{name}" if _DEVICES.fullmatch(name) else name


def _cut(name: str) -> str:
    if len(name.encode()) <= _MOST_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    tail = f".{ending}" if dot and len(ending) <= _ENDING else ""
    stem = stem if tail else name
    return stem.encode()[: _MOST_BYTES - len(tail.encode())].decode(errors="ignore") + tail


class Names:
    """Gives every file of a folder its own name, told apart also where case does not count: 清单.docx, 清单(2).docx."""

    def __init__(self) -> None:
        self._taken: dict[str, set[str]] = {}

    def unique(self, folder: str, text: str) -> str:
        """folder/name; both are cleaned here, the folder may be several deep."""
        place = "/".join(safe_name(part) for part in folder.split("/"))
        name = safe_name(text)
        stem, dot, ending = name.rpartition(".")
        stem, ending = (stem, dot + ending) if stem else (name, "")
        taken, n = self._taken.setdefault(place.casefold(), set()), 1
        while name.casefold() in taken:
            n += 1
            name = f"{stem}({n}){ending}"
        taken.add(name.casefold())
        return f"{place}/{name}"
