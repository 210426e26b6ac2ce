"""What an Office program would run or fetch of a zip-based file when it opens it. Found by what the package says its parts are, since any
part may be called anything; nothing is run or fetched here."""

import posixpath
import re
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote

from parsers.readers import Unreadable
from parsers.readers.docx_shown import W
from parsers.readers.ooxml import Element, Relation, all_relations, outward, parsed, part, relations, xml

# In the name of a part, its content type, or the kind of a relation to it: VBA, sheets of Excel 4 macros, ActiveX controls.
_RUNS = re.compile(r"vbaproject|macrosheet|activex|^control$", re.IGNORECASE)
_DDE = re.compile(r"^[^\S\n]*DDE(?:AUTO)?\b", re.IGNORECASE | re.MULTILINE)
_FETCHING = re.compile(r"^[^\S\n]*(INCLUDETEXT|INCLUDEPICTURE|INCLUDE|LINK|IMPORT|DATABASE)\b", re.IGNORECASE | re.MULTILINE)
_LOADED = frozenset(("attachedTemplate", "oleObject"))  # fetched on opening, with the programs in it
_ON_A_SERVER = re.compile(r"\s*(?!file:)[a-z][a-z0-9+.-]+:", re.IGNORECASE)  # a template of the writer's own disk is ordinary (C:\…, file:///C:/…)
_BROUGHT = frozenset(("oleObject", "package", "aFChunk", "externalLink"))
_KIND = re.compile(r"[A-Za-z]{1,40}")
_TOLD = 10
_FIELD, _INSTRUCTION, _SIMPLE = W + "fldChar", W + "instrText", W + "fldSimple"


@dataclass(frozen=True, slots=True)
class Asks:
    """`runs`: it bears a program, fetches one, or asks one for its figures (DDE). `told`: what leads out of the file or is brought along
    in it (an object, another page), for staff; a hyperlink does neither."""

    runs: bool
    told: str


def asks(package: zipfile.ZipFile, fields: str = "") -> Asks:
    """What a package asks for; `fields`: the instructions of those of a Word file."""
    types, around, out = _types(package), tuple(all_relations(package)), tuple(outward(package))
    words = (*package.namelist(), *types.values(), *(relation.kind for relation in around))
    runs = any(map(_RUNS.search, words)) or any(kind in _LOADED and _ON_A_SERVER.match(target) for kind, target in out)
    runs = runs or starts_a_program(fields) or any(b"ddeLink" in _plain(package, name) for name in _linked(types, around))
    leading = {kind for kind, _ in out if _KIND.fullmatch(kind) and kind != "hyperlink"}
    told = {
        "leads out of the file": leading | {word.upper() for word in _FETCHING.findall(fields)},
        "brings along": {relation.kind for relation in around} & _BROUGHT,
    }
    return Asks(runs, "; ".join(f"{what}: {', '.join(sorted(kinds)[:_TOLD])}" for what, kinds in told.items() if kinds))


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


def instructions_of(package: zipfile.ZipFile, main: str) -> str:
    """The instructions of the fields of a Word file, in the body or beside it."""
    said = []
    for name in sorted({main, *(r.target for r in relations(package, main) if r.target.endswith(".xml"))}):
        with suppress(Unreadable):
            if b"instr" in _plain(package, name):
                said.append(instructions(parsed(part(package, name) or b"", name)))
    return "".join(said)


def instructions(root: Element) -> str:
    """Those of a part; each may lie in pieces."""
    return "".join(map(_said, root.iter(_FIELD, _INSTRUCTION, _SIMPLE)))


def starts_a_program(instructions: str) -> bool:
    return _DDE.search(instructions) is not None


def _said(element: Element) -> str:
    """A piece of an instruction; each instruction begins on a line of its own."""
    return (element.text or "").replace("\n", " ") if element.tag == _INSTRUCTION else f"\n{element.get(W + 'instr', '')}"
