"""What an Office program would run of a zip-based file when it opens it. Found by what the package says its parts are, since any part may
be called anything; nothing is run here."""

import posixpath
import re
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import unquote

from parsers.readers import Unreadable
from parsers.readers.docx_shown import W
from parsers.readers.ooxml import Element, Relation, all_relations, parsed, part, relations, xml

# In the name of a part, its content type, or the kind of a relation to it: VBA, sheets of Excel 4 macros, ActiveX controls.
_RUNS = re.compile(r"vbaproject|macrosheet|activex|^control$", re.IGNORECASE)
_DDE = re.compile(r"^[^\S\n]*DDE(?:AUTO)?\b", re.IGNORECASE | re.MULTILINE)
_FIELD, _INSTRUCTION, _SIMPLE = W + "fldChar", W + "instrText", W + "fldSimple"


def has_macro(package: zipfile.ZipFile) -> bool:
    """Whether it bears a program, or a workbook asks one for its figures (DDE)."""
    types, around = _types(package), tuple(all_relations(package))
    words = (*package.namelist(), *types.values(), *(relation.kind for relation in around))
    return any(map(_RUNS.search, words)) or any(b"ddeLink" in _plain(package, name) for name in _linked(types, around))


def _types(package: zipfile.ZipFile) -> Mapping[str, str]:
    """The content types of the parts that are there."""
    root = None
    with suppress(Unreadable):  # whoever reads the file says so
        root = xml(package, "[Content_Types].xml")
    listed = () if root is None else tuple(root)
    own = {unquote(item.get("PartName", "")).lstrip("/").lower(): item.get("ContentType", "") for item in listed}
    usual = {"." + item.get("Extension", "").lower(): item.get("ContentType", "") for item in listed if item.get("Extension")}
    return {name: own.get(name.lower()) or usual.get(posixpath.splitext(name.lower())[1], "") for name in package.namelist()}


def _linked(types: Mapping[str, str], around: tuple[Relation, ...]) -> set[str]:
    """The parts that link a workbook with other files and programs."""
    return {r.target for r in around if r.kind == "externalLink"} | {n for n, type_ in types.items() if "externallink" in f"{n} {type_}".lower()}


def _plain(package: zipfile.ZipFile, name: str) -> bytes:
    """The bytes of a part, of UTF-16 those that are ASCII; nothing of a damaged one."""
    with suppress(Unreadable):
        return (part(package, name) or b"").replace(b"\0", b"")
    return b""


def asks_programs(package: zipfile.ZipFile, main: str) -> bool:
    """Whether a field of a Word file, in the body or beside it, starts another program."""
    names = {main, *(r.target for r in relations(package, main) if r.target.endswith(".xml"))}
    for name in sorted(names):
        with suppress(Unreadable):
            if b"instr" in _plain(package, name) and fields_ask(parsed(part(package, name) or b"", name)):
                return True
    return False


def fields_ask(root: Element) -> bool:
    """Whether an instruction begins with DDE or DDEAUTO; it may lie in pieces."""
    return _DDE.search("".join(map(_said, root.iter(_FIELD, _INSTRUCTION, _SIMPLE)))) is not None


def _said(element: Element) -> str:
    """A piece of an instruction; each instruction begins on a line of its own."""
    return (element.text or "").replace("\n", " ") if element.tag == _INSTRUCTION else f"\n{element.get(W + 'instr', '')}"
