"""Pictures: are they whole, how large, how many pages. By Pillow; what is on them is for seal and OCR to say."""

import warnings
from io import BytesIO

from mailbot.domain.documents import Document
from parsers.readers import Unreadable
from parsers.readers.sniff import sniff

_PIXELS = 150_000_000
_PAGES = 200


def read(content: bytes) -> Document:
    """The Document of a picture. Raises Unreadable: too-large for more pixels than a scan has, corrupt otherwise.
    HEIC is recorded without its size where the plug-in for it is missing."""
    if sniff(content) == "heic":
        return Document("image", pictures=1, scanned=True, detail="HEIC not looked into")
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is ours
            with Image.open(BytesIO(content)) as picture:
                width, height = picture.size
                if width * height > _PIXELS:
                    raise Unreadable("too-large", f"picture of {width} x {height} pixels")
                pages = min(getattr(picture, "n_frames", 1), _PAGES) if picture.format == "TIFF" else 1
                picture.draft("L", (width // 8 or 1, height // 8 or 1))  # JPEG: all data looked at, an eighth of the pixels made
                picture.load()
    except Image.DecompressionBombError as error:
        raise Unreadable("too-large", str(error)) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError) as error:
        raise Unreadable("corrupt", f"{type(error).__name__}: {error}") from error
    return Document("image", pictures=pages, scanned=True, pixels=(width, height))
