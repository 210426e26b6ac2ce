"""A PDF that never was paper: the text of the printed file, and a picture of the seal pasted over it."""

import re
from collections.abc import Sequence
from io import BytesIO

import numpy as np
import pypdfium2
from PIL import Image

from tests.pages.leaf import INKS, Press
from tests.pages.printing import Sheet
from tests.pages.stamps import imprint

_PER_MM = 8.0  # pixels of the pasted picture
_POINTS = 72 / 25.4
_SAVED = re.compile(rb"/ID\[<(\w+)><\w+>\]")  # the second half is drawn anew at every saving


def pdf(sheets: Sequence[Sheet], presses: Sequence[Sequence[Press]]) -> bytes:
    """The sheets' own PDF with the seals of each page on it."""
    buffer = BytesIO()
    with pypdfium2.PdfDocument(sheets[0].pdf) as document:
        for sheet, seals in zip(sheets, presses, strict=True):
            page = document[sheet.number]
            for press in seals:
                _paste(document, page, sheet, press)
            page.gen_content()
        document.save(buffer)
    return _SAVED.sub(rb"/ID[<\1><\1>]", buffer.getvalue())


def _paste(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, sheet: Sheet, press: Press) -> None:
    picture = _picture(press)
    image = pypdfium2.PdfImage.new(document)
    image.set_bitmap(pypdfium2.PdfBitmap.from_pil(picture))
    wide, high = picture.width / _PER_MM * _POINTS, picture.height / _PER_MM * _POINTS
    left, bottom = press.centre[0] * _POINTS - wide / 2, (sheet.height - press.centre[1]) * _POINTS - high / 2
    image.set_matrix(pypdfium2.PdfMatrix().scale(wide, high).translate(left, bottom))
    page.insert_obj(image)


def _picture(press: Press) -> Image.Image:
    """The seal as people cut it out of a scan: red, see-through elsewhere."""
    ink = imprint(press.stamp, _PER_MM, press.angle, press.double, np.random.default_rng(0)) * press.strength
    picture = Image.new("RGBA", (ink.shape[1], ink.shape[0]), (*INKS[press.ink], 0))
    picture.putalpha(Image.fromarray((ink * 255).astype(np.uint8)))
    return picture
