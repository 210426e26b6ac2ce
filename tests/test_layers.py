"""The arrows of the house point one way, and each library is known to the rooms that are made for it."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(p for room in ("mailbot", "parsers") for p in (ROOT / room).rglob("*.py") if "_bundled" not in p.parts)


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where an arrow points"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _room(module: str) -> str:
    """mailbot.adapters.imap -> mailbot.adapters.imap; deeper files belong to their package's room."""
    parts = module.split(".")
    return ".".join(parts[:3]) if parts[0] == "mailbot" and len(parts) > 2 else ".".join(parts[:2])


# who may import what of ours: room prefix -> prefixes
ALLOWED = {
    "mailbot.domain": ("mailbot.domain",),
    "parsers.readers": ("parsers.readers", "mailbot.domain.documents", "mailbot.domain.text"),
    "parsers.layouts": ("parsers.layouts", "parsers.readers", "mailbot.domain"),
    "parsers.recognising": ("parsers.layouts", "mailbot.domain"),
    "parsers.scans": ("parsers.scans", "parsers.readers", "mailbot.domain"),
    "parsers.forms": ("parsers.layouts", "mailbot.domain"),
    "mailbot.app": ("mailbot.app", "mailbot.domain", "mailbot.__version__", "mailbot.failpoints"),
}
# values and helpers that adapters share; no adapter imports another adapter
SHARED = ("mailbot.failpoints", *(f"mailbot.adapters.{name}" for name in (
    "append_only", "codec", "disk", "file_lock", "leaves", "limits", "migrations", "network", "tables", "tls",
)))  # fmt: skip
# the rooms that put things together, and what each may name
COMPOSERS = {
    "mailbot.app.wiring": ("mailbot.adapters", "parsers"),
    "mailbot.app.demo": ("mailbot.adapters.embedded",),
    "parsers.layouts.__main__": ("mailbot.adapters.rules",),  # a command of its own
    "mailbot.adapters.cage": ("mailbot.adapters.mime", "mailbot.adapters.unpack", "parsers.readers", "parsers.recognising", "parsers.scans"),
    "mailbot.adapters.mime": ("parsers.readers.sniff", "parsers.readers.html"),
    "mailbot.adapters.unpack": ("mailbot.adapters.mime", "parsers.readers.sniff", "parsers.readers.zip_heads"),
}
LIBRARIES = {
    "imapclient": ("mailbot.adapters.imap",),
    "mailparser": (),  # only a judge in the tests: it drops what it cannot decode
    "openpyxl": ("parsers.readers", "mailbot.app.demo", "mailbot.adapters.blanks", "mailbot.adapters.workbook"),
    "docx": ("mailbot.app.demo", "mailbot.adapters.blanks", "mailbot.adapters.papers"),  # the readers read the XML themselves
    "xlrd": ("parsers.readers",),
    "python_calamine": ("parsers.readers",),
    "pypdfium2": ("parsers.readers", "parsers.scans"),
    "olefile": ("parsers.readers",),
    "pillow_heif": ("parsers.readers", "parsers.scans"),
    "PIL": ("parsers.readers", "parsers.scans", "mailbot.app.demo"),
    **dict.fromkeys(("numpy", "rapidocr", "onnxruntime"), ("parsers.scans",)),
    **dict.fromkeys(("tarfile", "gzip", "bz2", "lzma"), ("mailbot.adapters.unpack",)),
    "lxml": ("parsers.readers", "mailbot.adapters.mime"),
    "sqlalchemy": ("mailbot.adapters.ledger", "mailbot.adapters.tables", "mailbot.adapters.migrations"),
    "alembic": ("mailbot.adapters.migrations",),
    "apscheduler": ("mailbot.app.worker",),
    "jinja2": ("mailbot.adapters.templates",),
    "yaml": ("mailbot.adapters.rules", "mailbot.adapters.templates"),
    "typer": ("mailbot.app.cli",),
    "rich": ("mailbot.app.cli", "mailbot.app.tables", "mailbot.app.rehearsed", "mailbot.app.demo"),
    "pymap": ("mailbot.adapters.embedded",),
    "aiosmtpd": ("mailbot.adapters.embedded",),
    "smtplib": ("mailbot.adapters.smtp", "mailbot.app.demo"),
}


def _starts(module: str, prefixes: tuple[str, ...]) -> bool:
    return any(module == p or module.startswith(f"{p}.") for p in prefixes)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    module = _name(path)
    ours = {i for i in _imports(path) if i.split(".")[0] in ("mailbot", "parsers")}
    if module.startswith("mailbot.adapters"):
        allowed: tuple[str, ...] = ("mailbot.domain", "mailbot.__file__", *SHARED, _room(module))
    else:
        allowed = next((ALLOWED[room] for room in ALLOWED if _starts(module, (room,))), ("mailbot", "parsers"))
    extra = next((names for room, names in COMPOSERS.items() if _starts(module, (room,))), ())
    strangers = {i for i in ours if not _starts(i, (*allowed, *extra)) and i not in ("mailbot", "parsers", "mailbot.__version__")}
    assert not strangers, f"{module} may not import {sorted(strangers)}"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_library_is_imported_only_in_its_rooms(path: Path) -> None:
    module = _name(path)
    for imported in _imports(path):
        rooms = LIBRARIES.get(imported.split(".")[0])
        assert rooms is None or _starts(module, rooms), f"{module} may not import {imported}"


def test_the_domain_needs_no_library() -> None:
    import sys

    standard = sys.stdlib_module_names
    for path in MODULES:
        if _name(path).startswith("mailbot.domain"):
            foreign = {i.split(".")[0] for i in _imports(path)} - standard - {"mailbot"}
            assert not foreign, f"{_name(path)} imports {foreign}"


def test_the_domain_asks_no_clock_and_no_chance() -> None:
    for path in MODULES:
        if _name(path).startswith("mailbot.domain"):
            text = path.read_text(encoding="utf-8")
            for word in (r"datetime\.now\(", r"date\.today\(", r"time\.time\(", r"import random", r"(?<!\w)open\("):
                assert not re.search(word, text), f"{_name(path)} says {word}"


def test_no_file_of_the_repository_names_this_machine_or_a_registry() -> None:
    here = (f"/{'work'}/main", f"/{'tmp'}/pv", "pypi" + ".org", "deb." + "debian")
    for path in ROOT.rglob("*"):
        inside = path.relative_to(ROOT).parts
        left_by_tools = any((p.startswith(".") and p != ".ci") or p == "__pycache__" for p in inside) or inside[0] in ("var", "demo-output", "dist", "build")
        if path.is_file() and not left_by_tools and path.stat().st_size < 500_000:
            text = path.read_text(encoding="utf-8", errors="ignore")
            for word in here:
                assert word not in text, f"{path.relative_to(ROOT)} names {word}"


def test_no_test_changes_anything_by_being_imported() -> None:
    """Else the others of the same process run with another product. `sitecustomize` is read by processes that tests start."""
    for path in (ROOT / "tests").rglob("*.py"):
        if path.name != "sitecustomize.py":
            for said in ast.parse(path.read_text(encoding="utf-8")).body:
                targets = said.targets if isinstance(said, ast.Assign) else [said.target] if isinstance(said, ast.AugAssign | ast.AnnAssign) else []
                assert not any(isinstance(target, ast.Attribute) for target in targets), f"{path.relative_to(ROOT)}:{said.lineno}"
