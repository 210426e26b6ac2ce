"""What stands on pages and looks like a seal to a machine, and is none: charts, logos, thumbprints, stamps with a date, pen circles."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from tests.pages.fonts import families, font

_RED = ((214, 36, 40), (228, 50, 46), (190, 24, 44), (222, 70, 52))
_FREE = 34.0  # mm between the middle of a mark and that of a seal


@dataclass(frozen=True, slots=True)
class Mark:
    """`box` in mm: left, top, right, bottom."""

    name: str
    box: tuple[float, float, float, float]


Tile = tuple[Image.Image, random.Random, float, tuple[int, int, int]]  # a white tile to draw on, dice, pixels per mm, a red
_SIZES: Mapping[str, tuple[float, float]] = {  # mm, of the tile
    "pie": (52, 52), "logo": (26, 26), "ring-logo": (24, 24), "thumb": (18, 24), "date-stamp": (34, 15), "pen-circle": (36, 20),
    "red-text": (110, 26), "red-frame": (30, 15), "signature": (34, 18), "bars": (64, 42), "red-rule": (150, 4), "cup-ring": (84, 84),
    "round-date": (24, 24),
}  # fmt: skip
NAMES = tuple(_SIZES)


def drawn(
    name: str, picture: Image.Image, per_mm: float, seals: Sequence[tuple[float, float]], dice: random.Random
) -> tuple[Image.Image, Mark]:
    """The picture with that mark on it, away from the seals' middles."""
    wide, high = _SIZES[name]
    tile = Image.new("RGB", (round(wide * per_mm), round(high * per_mm)), "white")
    _DRAW[name]((tile, dice, per_mm, dice.choice(_RED)))
    lean = dice.uniform(-20, 20) if name in ("date-stamp", "red-frame", "thumb", "round-date") else 0
    tile = tile.rotate(lean, Image.Resampling.BILINEAR, expand=True, fillcolor="white").filter(ImageFilter.GaussianBlur(0.08 * per_mm))
    left, top = _place(tile, picture, per_mm, seals, dice)
    layer = picture.copy()
    layer.paste(ImageChops.multiply(picture.crop((left, top, left + tile.width, top + tile.height)), tile), (left, top))
    return layer, Mark(name, (left / per_mm, top / per_mm, (left + tile.width) / per_mm, (top + tile.height) / per_mm))


def _place(
    tile: Image.Image, picture: Image.Image, per_mm: float, seals: Sequence[tuple[float, float]], dice: random.Random
) -> tuple[int, int]:
    """The farthest from the seals of a few places drawn, or the first that is far enough."""
    tried = []
    for _ in range(8):
        left = dice.randint(0, max(0, picture.width - tile.width))
        top = dice.randint(0, max(0, picture.height - tile.height))
        x, y = (left + tile.width / 2) / per_mm, (top + tile.height / 2) / per_mm
        tried.append((min((math.dist((x, y), s) for s in seals), default=999.0), left, top))
        if tried[-1][0] > _FREE:
            break
    return max(tried)[1:]


def _pie(tile: Tile) -> None:
    picture, dice, mm, red = tile
    draw, radius, start = ImageDraw.Draw(picture), dice.uniform(14, 25) * mm, dice.uniform(0, 360)
    c = picture.width / 2
    colours = [red, (60, 120, 190), (240, 180, 60), (110, 170, 90), (150, 150, 150)]
    shares = [dice.uniform(0.4, 1.6) if k else dice.uniform(0.8, 5) for k in range(dice.randint(2, 5))]
    for share, colour in zip(shares, colours, strict=False):
        end = start + 360 * share / sum(shares)
        draw.pieslice((c - radius, c - radius, c + radius, c + radius), start, end, fill=colour, outline="white", width=2)
        start = end


def _logo(tile: Tile) -> None:
    picture, dice, mm, red = tile
    draw, size = ImageDraw.Draw(picture), picture.width
    inset = dice.uniform(0.5, 6) * mm
    box = (inset, inset, size - inset, size - inset)
    if dice.random() < 0.5:
        draw.ellipse(box, fill=red)
    else:
        draw.rounded_rectangle(box, mm * 3, fill=red)
    words = font(dice.choice(families("hei")), round((size - 2 * inset) * 0.42), "Bold")
    draw.text((size / 2, size / 2), dice.choice(("药监", "食药", "12315", "市监")), font=words, fill="white", anchor="mm")


def _ring_logo(tile: Tile) -> None:
    picture, dice, mm, red = tile
    draw, c = ImageDraw.Draw(picture), picture.width / 2
    radius = dice.uniform(6, 11.5) * mm
    draw.ellipse((c - radius, c - radius, c + radius, c + radius), outline=red, width=round(dice.uniform(0.8, 2) * mm))
    draw.text((c, c), dice.choice(("药", "市", "监", "R")), font=font(families("hei")[0], round(radius)), fill=red, anchor="mm")


def _thumb(tile: Tile) -> None:
    """Ridges of an inked thumb: loops around each other, broken."""
    picture, dice, mm, red = tile
    draw, cx, cy = ImageDraw.Draw(picture), picture.width / 2, picture.height / 2
    for ring in range(1, 15):
        rx, ry = ring * 0.58 * mm, ring * 0.78 * mm
        for start in range(0, 360, 20):
            if dice.random() < 0.82:
                jog = dice.uniform(-0.15, 0.15) * mm
                draw.arc((cx - rx + jog, cy - ry, cx + rx + jog, cy + ry), start, start + 21, fill=red, width=max(1, round(0.3 * mm)))


def _date_stamp(tile: Tile) -> None:
    picture, dice, mm, red = tile
    draw = ImageDraw.Draw(picture)
    draw.rectangle((mm, mm, picture.width - mm, picture.height - mm), outline=red, width=round(0.5 * mm))
    words = f"{dice.choice(('收文', '收件', '已阅'))} {dice.randint(2023, 2024)}.{dice.randint(1, 12)}.{dice.randint(1, 28)}"
    draw.text((picture.width / 2, picture.height / 2), words, font=font(families("hei")[0], round(4 * mm)), fill=red, anchor="mm")


def _round_date(tile: Tile) -> None:
    """A small round date stamp, as post and archives use: 20 to 23 mm, too small for a unit's seal."""
    picture, dice, mm, red = tile
    draw, c, radius = ImageDraw.Draw(picture), picture.width / 2, dice.uniform(9.5, 11.5) * mm
    draw.ellipse((c - radius, c - radius, c + radius, c + radius), outline=red, width=round(0.5 * mm))
    for sign in (-1, 1):
        draw.line(
            (c - radius * 0.93, c + sign * radius * 0.3, c + radius * 0.93, c + sign * radius * 0.3), fill=red, width=round(0.35 * mm)
        )
    day = f"{dice.randint(2023, 2024)}.{dice.randint(1, 12)}.{dice.randint(1, 28)}"
    draw.text((c, c), day, font=font(families("hei")[0], round(3.4 * mm)), fill=red, anchor="mm")


def _pen_circle(tile: Tile) -> None:
    """A ring drawn around a word by hand: nearly closed, never round."""
    picture, dice, mm, red = tile
    rx, ry, c = dice.uniform(8, 16) * mm, dice.uniform(4, 8) * mm, (picture.width / 2, picture.height / 2)
    phase, points = dice.uniform(0, 6.3), []
    for k in range(int(60 * dice.uniform(0.92, 1.12))):
        t = phase + k / 60 * 2 * math.pi
        wobble = 1 + 0.06 * math.sin(2 * t + phase) + 0.02 * k / 60
        points.append((c[0] + rx * wobble * math.cos(t), c[1] + ry * wobble * math.sin(t)))
    ImageDraw.Draw(picture).line(points, fill=red, width=max(1, round(dice.uniform(0.4, 0.8) * mm)), joint="curve")


def _red_text(tile: Tile) -> None:
    picture, dice, mm, red = tile
    words = font(dice.choice(families("song")), round(4.6 * mm), "Bold")
    for line in range(3):
        said = "注意：本表填报数据均为累计数据请务必于每季度第一个月一日前报送不得迟报漏报"
        ImageDraw.Draw(picture).text((mm, (1 + line * 8) * mm), said[line * 3 : line * 3 + 21], font=words, fill=red)


def _red_frame(tile: Tile) -> None:
    picture, dice, mm, red = tile
    draw = ImageDraw.Draw(picture)
    draw.rectangle((mm, mm, picture.width - mm, picture.height - mm), outline=red, width=round(mm))
    words = font(families("hei")[0], round(8 * mm), "Bold")
    draw.text(
        (picture.width / 2, picture.height / 2), dice.choice(("加急", "特急", "作废", "附件", "样本")), font=words, fill=red, anchor="mm"
    )


def _signature(tile: Tile) -> None:
    picture, dice, mm, red = tile
    colour = dice.choice((red, (30, 40, 130), (25, 25, 30)))
    for _ in range(dice.randint(5, 9)):
        x, y = dice.uniform(0.1, 0.7) * picture.width, dice.uniform(0.2, 0.8) * picture.height
        points = [(x, y)]
        for _ in range(dice.randint(2, 6)):
            points.append((points[-1][0] + dice.uniform(-3, 6) * mm, points[-1][1] + dice.uniform(-5, 5) * mm))
        ImageDraw.Draw(picture).line(points, fill=colour, width=max(1, round(0.5 * mm)), joint="curve")


def _bars(tile: Tile) -> None:
    picture, dice, mm, red = tile
    draw, floor = ImageDraw.Draw(picture), picture.height - 3 * mm
    draw.line((2 * mm, 2 * mm, 2 * mm, floor, picture.width - 2 * mm, floor), fill=(90, 90, 90), width=max(1, round(0.3 * mm)))
    for k in range(7):
        x = (6 + k * 8) * mm
        draw.rectangle((x, floor - dice.uniform(5, 34) * mm, x + 5 * mm, floor), fill=red if k % 2 else (70, 120, 190))


def _red_rule(tile: Tile) -> None:
    picture, _, mm, red = tile
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0.4 * mm, picture.width, 1.3 * mm), fill=red)
    draw.rectangle((0, 2.2 * mm, picture.width, 2.6 * mm), fill=red)


def _cup_ring(tile: Tile) -> None:
    """What a tea cup leaves."""
    picture, dice, mm, _ = tile
    draw, c, radius = ImageDraw.Draw(picture), picture.width / 2, dice.uniform(34, 40) * mm
    for start in range(0, 360, 12):
        faint = dice.randint(0, 26)
        box = (c - radius, c - radius, c + radius, c + radius)
        draw.arc(box, start, start + 13, fill=(214 + faint, 186 + faint, 148 + faint), width=round(dice.uniform(0.6, 2) * mm))


_DRAW: Mapping[str, Callable[[Tile], None]] = {
    "pie": _pie, "logo": _logo, "ring-logo": _ring_logo, "thumb": _thumb, "date-stamp": _date_stamp, "pen-circle": _pen_circle,
    "red-text": _red_text, "red-frame": _red_frame, "signature": _signature, "bars": _bars, "red-rule": _red_rule, "cup-ring": _cup_ring,
    "round-date": _round_date,
}  # fmt: skip
