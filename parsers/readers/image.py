"""Pictures: are they whole, how large, how many pages. By Pillow; what is on them is for seal and OCR to say."""

import warnings
from io import BytesIO

from mailbot.domain.documents import Document
from parsers.readers import Unreadable
from parsers.readers.sniff import sniff

_PIXELS = 150_000_000
_PAGES = 200
_DECODERS = {"jpg": ("JPEG",), "png": ("PNG",), "gif": ("GIF",), "bmp": ("BMP",)}  # for all else Pillow loads every decoder it has


def read(content: bytes) -> Document:
    """The Document of a picture. Raises Unreadable: too-large for more pixels than a scan has, corrupt otherwise.
    HEIC and AVIF are recorded without their size where the codec for them is missing."""
    from PIL import Image, UnidentifiedImageError

    kind = sniff(content)
    if kind == "heic" and not _decodes(content[8:12]):
        return Document("image", pictures=1, scanned=True, detail="HEIC or AVIF not looked into: no codec here")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is ours
            with Image.open(BytesIO(content), formats=_DECODERS.get(kind)) as picture:
                width, height = picture.size
                if width * height > _PIXELS:
                    raise Unreadable("too-large", f"picture of {width} x {height} pixels")
                pages = min(getattr(picture, "n_frames", 1), _PAGES) if picture.format == "TIFF" else 1
                picture.draft("L", (width // 8 or 1, height // 8 or 1))  # JPEG: all data looked at, an eighth of the pixels made
                picture.load()
    except Image.DecompressionBombError as error:
        raise Unreadable("too-large", str(error)) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, RuntimeError) as error:
        raise Unreadable("corrupt", f"{type(error).__name__}: {error}") from error
    return Document("image", pictures=pages, scanned=True, pixels=(width, height))


def _decodes(brand: bytes) -> bool:
    """Whether this kind of HEIF file can be looked into here; Pillow knows AVIF itself, the others need its plug-in."""
    from PIL import features

    if brand == b"avif":
        return bool(features.check("avif"))
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener()
    return True
