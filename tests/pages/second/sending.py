"""What becomes of the pictures of pages: made smaller by WeChat, without their colour, as the files that are sent."""

import random
import time
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from PIL import Image

from tests.pages.second import views
from tests.pages.second.cases import Case

_ORIENTATION = {1: 6, 2: 3, 3: 8}  # quarter turns counter-clockwise of the pixels -> the EXIF that undoes them
_STILL = time.gmtime(0)


def sent(case: Case, picture: Image.Image, dice: random.Random) -> Image.Image:
    """As it left the sender: made smaller and pressed again by WeChat, or without its colour."""
    if case.wechat:
        share = min(1, 1080 / min(picture.size))
        picture = views.recompressed(
            picture.resize((round(picture.width * share), round(picture.height * share)), Image.Resampling.BILINEAR), 62
        )
    elif dice.random() < 0.3:
        picture = views.recompressed(picture, dice.choice((50, 75)))
    return views.decoloured(picture, case.colour, dice)


def files(case: Case, pictures: Sequence[Image.Image]) -> list[bytes]:
    turned = [picture.rotate(90 * case.turn, expand=True) for picture in pictures]
    dpi = round(case.per_mm * 25.4)
    if case.kind == "pdf":
        kept = BytesIO()
        how: dict[str, Any] = {} if turned[0].mode == "1" else {"quality": case.quality}
        turned[0].save(kept, "PDF", save_all=True, append_images=turned[1:], resolution=dpi, creationDate=_STILL, modDate=_STILL, **how)
        return [kept.getvalue()]
    contents = []
    for picture in turned:
        kept = BytesIO()
        if case.kind == "png":
            picture.save(kept, "PNG", compress_level=1, dpi=(dpi, dpi))
        else:
            exif = Image.Exif()
            if case.exif and case.turn:
                exif[0x0112] = _ORIENTATION[case.turn]
            shown = picture.convert("L") if picture.mode == "1" else picture
            shown.save(kept, "JPEG", quality=case.quality, dpi=(dpi, dpi), exif=exif.tobytes())
        contents.append(kept.getvalue())
    return contents
