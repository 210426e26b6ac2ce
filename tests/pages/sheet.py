"""A contact sheet to look at: `python -m tests.pages.sheet OUT SHEET.png [--first N]`: twenty cases with the truth's boxes drawn on them."""

import argparse
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps, ImageSequence
from pillow_heif import register_heif_opener

from tests.pages import truth

_SIZE, _ACROSS = (420, 560), 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("sheet", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=20)
    given = parser.parse_args()
    cases = truth.read(given.out)[given.first : given.first + given.count]
    whole = Image.new("RGB", (_SIZE[0] * _ACROSS, _SIZE[1] * -(-len(cases) // _ACROSS)), (70, 70, 70))
    for place, case in enumerate(cases):
        shown = _shown(given.out, case)
        shown.thumbnail((_SIZE[0] - 6, _SIZE[1] - 22))
        at = (place % _ACROSS * _SIZE[0] + 3, place // _ACROSS * _SIZE[1] + 18)
        whole.paste(shown, at)
        told = f"{case['id']} {case['relation']} {case['where']} {case['kind']} {case['colour']} {case['dpi']}dpi t{case['turn']}"
        ImageDraw.Draw(whole).text((at[0], at[1] - 14), told, fill="white")
    whole.save(given.sheet)


def _shown(out: Path, case: truth.Case) -> Image.Image:
    """The page with the seal (the first one where there is none), upright, with boxes: green a seal, blue a mark."""
    number = next((n for n, page in enumerate(case["pages"]) if page["seals"]), 0)
    picture = pictures(out, case)[number].rotate(-90 * case["turn"], expand=True)
    draw = ImageDraw.Draw(picture)
    page = case["pages"][number]
    for thing, colour in [*((s, "green") for s in page["seals"]), *((m, "blue") for m in page["marks"])]:
        box = [share * size for share, size in zip(thing["seen"], picture.size * 2, strict=True)]
        draw.rectangle(box, outline=colour, width=max(2, picture.width // 300))
    return picture


def pictures(out: Path, case: truth.Case) -> list[Image.Image]:
    """All pages of a case as the files have them, RGB, turned as their EXIF says."""
    register_heif_opener()
    found: list[Image.Image] = []
    for name in case["files"]:
        if name.endswith(".pdf"):
            import pypdfium2

            with pypdfium2.PdfDocument(out / name) as document:
                found += [page.render(scale=1400 / max(page.get_size())).to_pil().convert("RGB") for page in document]
        else:
            with Image.open(out / name) as file:
                found += [ImageOps.exif_transpose(frame).convert("RGB") for frame in ImageSequence.Iterator(file)]
    return found


if __name__ == "__main__":
    main()
