"""A scan looked at: its pages made upright, seals found, words read, a seal's ring read. One `Look` for a file."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mailbot.domain.documents import Document
from mailbot.domain.pages import Colour, HowRead, Look, Page, Seal, worst_of
from parsers.scans import desk, drawing, ring, seals
from parsers.scans.ocr import upright
from parsers.scans.pictures import NoPicture, Picture, pictures
from parsers.scans.words import blocks

if TYPE_CHECKING:
    from PIL.Image import Image

    from parsers.scans.ocr import Engine

MOST_PAGES = 20  # of one file; the stamped page is the first or the last of a report of some pages
Keep = Callable[["Image", Page], None]


def _keep_nothing(_: "Image", __: Page) -> None: ...


def into(folder: Path, *, draws: bool) -> Keep:
    """Keeps thumbnails of the seals in a folder, seal-PAGE-NUMBER.png; and, where it `draws`, every page with what was seen, page-NUMBER.png."""

    def keep(image: "Image", page: Page) -> None:
        if page.seals or draws:
            folder.mkdir(parents=True, exist_ok=True)
        for number, seal in enumerate(page.seals, 1):
            (folder / f"seal-{page.number}-{number}.png").write_bytes(drawing.thumbnail(image, seal))
        if draws:
            (folder / f"page-{page.number}.png").write_bytes(drawing.drawn(image, page))

    return keep


def look(content: bytes, engine: "Engine | None" = None, *, in_time: Callable[[], bool] = lambda: True, keep: Keep = _keep_nothing) -> Look:
    """What is seen on a file's pages. `engine` reads words that stand in no text layer; None: nobody does. Once `in_time` says no,
    seals are still looked for and words no longer read. `keep` is given every page's upright picture with what was seen on it."""
    found: list[Page] = []
    how: list[HowRead] = []
    pages = 0
    with suppress(NoPicture):  # of a file that breaks off what came before counts
        for picture in pictures(content, MOST_PAGES):
            reading: HowRead = "text-layer" if picture.text_layer else "no-ocr" if engine is None else "ocr" if in_time() else "time-out"
            image, page = _page(picture, engine, reads=reading == "ocr")
            keep(image, page)
            found.append(page)
            how.append(reading)
            pages = picture.of
    if any(page.colour == "colour" for page in found):  # colour is a fact of the file: a page without any may be one of black print
        found = [replace(page, colour="colour") for page in found]
    return Look(tuple(found), worst_of(how), max(0, pages - len(found))) if found else Look((), "failed")


def _page(picture: Picture, engine: "Engine | None", *, reads: bool) -> tuple["Image", Page]:
    image, laid = desk.straight(picture.image)
    page = Page(picture.number, image.width, image.height, _colour(picture, image), turned=laid.turned, desk=laid.desk)
    if engine is not None and reads:
        seen = engine.read(image)
        image = upright(image, seen.turned) if seen.turned else image
        page = replace(page, width=image.width, height=image.height, lines=seen.lines, grids=seen.grids, turned=page.turned + seen.turned)
    return image, replace(page, seals=tuple(_read(image, seal, engine) for seal in seals.find(image)))


def _colour(picture: Picture, image: "Image") -> Colour:
    """Grey where the file can hold nothing else, or a camera's filter left only black and white. A clean print scanned in colour
    has no colour either, and is a page in colour that bears no red."""
    seen = seals.colour(image)
    return "colour" if seen == "grey" and not picture.grey else seen


def _read(image: "Image", seal: Seal, engine: "Engine | None") -> Seal:
    if engine is None or seal.shape != "round":
        return seal
    words, legible = engine.words(ring.unrolled(image, seal))
    return replace(seal, words=words, legible=legible)


def document_of(document: Document, look: Look) -> Document:
    """A scan's Document with what was seen: the words that were read on it come to those of its text layer."""
    return replace(document, blocks=(*document.blocks, *blocks(look.pages)), look=look)
