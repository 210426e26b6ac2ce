"""Writes the samples in every format into formats/: `python -m tests.golden.make_formats` (needs LibreOffice and a Chinese font).

`--bless` writes the golden .json beside them instead: what is read from the first format. Review each by eye before it is committed.
"""

import json
import subprocess
import sys
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

from mailbot.app.demo import scan
from mailbot.domain.documents import Paragraph
from parsers.readers import read
from tests import ofd
from tests.golden.odd import linked_docx, odd_docx
from tests.golden.reading import FORMATS, golden, read_as
from tests.golden.samples import SAMPLES, UNIT

_WORD = {
    "doc": "doc:MS Word 97",
    "rtf": "rtf:Rich Text Format",
    "odt": "odt:writer8",
    "html": "html:HTML (StarWriter)",
    "pdf": "pdf:writer_pdf_Export",
}
_SHEET = {"xls": "xls:MS Excel 97", "ods": "ods:calc8", "html": "html:HTML (StarCalc)", "csv": "csv:Text - txt - csv (StarCalc):44,34,76"}
_TEXT = "txt:Text (encoded):UTF8,LF"
_MACRO = {"docx": ("word/document.xml", "wordprocessingml.document.main", "ms-word.document.macroEnabled.main"),
          "xlsx": ("xl/workbook.xml", "spreadsheetml.sheet.main", "ms-excel.sheet.macroEnabled.main")}  # fmt: skip


def main() -> None:
    FORMATS.mkdir(exist_ok=True)
    for sample, (source, make) in SAMPLES.items():
        content = make()
        (FORMATS / f"{sample}.{source}").write_bytes(content)
        (FORMATS / f"{sample}.{source[:3]}m").write_bytes(_with_macro(content, source))
        targets = dict(_WORD) if source == "docx" else dict(_SHEET)
        if source == "docx" and not read(content).tables:
            targets["txt"] = _TEXT
        for ending, way in targets.items():
            made = _converted(content, source, way, ending)
            (FORMATS / f"{sample}.{ending}").write_bytes(made.decode().encode("gb18030") if ending == "csv" else made)
        if source == "docx":
            (FORMATS / f"{sample}.ofd").write_bytes(_ofd(content))
    (FORMATS / "odd.docx").write_bytes(odd_docx())
    for ending in ("doc", "rtf"):
        (FORMATS / f"odd.{ending}").write_bytes(_converted(odd_docx(), "docx", _WORD[ending], ending))
    (FORMATS / "linked.doc").write_bytes(_converted(linked_docx(), "docx", _WORD["doc"], "doc"))
    _scans()


def bless() -> None:
    for sample, (source, _) in SAMPLES.items():
        found = golden(read_as(FORMATS / f"{sample}.{source}", sample))
        (FORMATS / f"{sample}.json").write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _converted(content: bytes, source: str, way: str, ending: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / f"in.{source}"
        given.write_bytes(content)
        command = [
            "soffice",
            "--headless",
            f"-env:UserInstallation=file://{folder}/profile",
            "--convert-to",
            way,
            "--outdir",
            folder,
            str(given),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return (Path(folder) / f"in.{ending}").read_bytes()


def _with_macro(content: bytes, source: str) -> bytes:
    """The same file as one that bears macros: another content type, and a VBA project (an empty one here)."""
    _, plain, macro = _MACRO[source]
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "[Content_Types].xml":
                data = data.replace(f"vnd.openxmlformats-officedocument.{plain}".encode(), f"vnd.{macro}".encode())
            new.writestr(name, data)
        new.writestr(("word" if source == "docx" else "xl") + "/vbaProject.bin", b"")
    return out.getvalue()


def _ofd(content: bytes) -> bytes:
    """The sample's lines on pages of OFD, 30 a page, wrapped as a printer driver does; a table's cells side by side."""
    lines: list[list[tuple[float, str]]] = []
    for block in read(content).blocks:
        if isinstance(block, Paragraph):
            lines += [[(20.0, line)] for line in _wrapped(block.text, 170)]
        else:
            width = 170 / len(block.rows[0])
            for row in block.rows:
                cells = [_wrapped(cell, width - 2) for cell in row]
                tall = max(map(len, cells))
                lines += [[(20 + width * n, cell[at]) for n, cell in enumerate(cells) if at < len(cell)] for at in range(tall)]
    return ofd.package(ofd.document(ofd.lines_page(lines[at : at + 30]) for at in range(0, len(lines), 30)))


def _wrapped(text: str, width: float) -> list[str]:
    """Text in lines of at most so many mm."""
    lines: list[str] = []
    for line in text.split("\n"):
        lines.append("")
        for character in line:
            if ofd.width(lines[-1] + character) > width:
                lines.append("")
            lines[-1] += character
    return lines


def _scans() -> None:
    """One stamped page as a scanner or a phone sends it, in every format of pictures."""
    from PIL import Image
    from pillow_heif import register_heif_opener

    register_heif_opener()
    shown = Image.open(BytesIO(scan.stamped_jpeg(scan.Page("风险隐患排查问题清单", (f"填报单位：{UNIT}",), UNIT))))
    shown = shown.resize((shown.width * 700 // shown.height, 700))
    for ending, name, options in (
        ("jpg", "JPEG", {"quality": 60}), ("png", "PNG", {}), ("heic", "HEIF", {"quality": 50}), ("webp", "WEBP", {"quality": 50}),
        ("pdf", "PDF", {"quality": 60}), ("gif", "GIF", {}),
    ):  # fmt: skip
        picture = shown.quantize(32) if ending in ("png", "gif") else shown
        picture.save(FORMATS / f"scan.{ending}", name, **options)
    shown.convert("1").save(FORMATS / "scan.tiff", "TIFF", compression="group4", save_all=True, append_images=[shown.convert("1")])
    shown.convert("1").save(FORMATS / "scan.bmp", "BMP")


if __name__ == "__main__":
    bless() if "--bless" in sys.argv else main()
