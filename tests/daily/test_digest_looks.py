"""The digest in a real Chromium: it fits every width, asks for nothing, and is kept as a picture in docs/ (MAILBOT_WRITE_PICTURES=1 draws them
anew)."""

import os
from pathlib import Path
from typing import Any

import pytest
from daily.browser import chromium, measured, pictured
from daily.conftest import Office, Open
from daily.province import Remembered, filed, province
from daily.scene import morning
from daily.test_digest import built

from mailbot.app.wiring import House

WIDTHS = (320, 375, 800, 1280)
DOCS = Path(__file__).parent.parent.parent / "docs"


def page(house: House, digest: Any) -> str:
    return house.daily_letters.digest_page(digest)


def crowded(office: Office) -> Any:
    """Long names, long words without a break, many cases, two hundred units."""
    rules = province(office.house.rules, 200)
    office.house.__dict__["rules"] = rules
    for n in range(12):
        subject = "关于报送" + "x" * 90 if n % 2 else "材料" * 40
        office.ask("u3", "unknown-sender", "没有登记的邮箱报送，请核实" * 3, "2024-03-28T10:00:00", sender=f"{'y' * 60}{n}@mail.example", subject=subject)
    digesting = office.house.digesting()
    ledger = Remembered(office.house.ledger, filed(rules, office.now[0]))
    object.__setattr__(digesting, "ledger", ledger)
    object.__setattr__(digesting.reminding, "ledger", ledger)
    return digesting.build()


@pytest.mark.parametrize("office_is", ["a morning", "idle", "crowded"])
def test_the_page_fits_phone_and_desktop_and_asks_for_nothing(open_office: Open, tmp_path: Path, office_is: str) -> None:
    chromium()
    office = open_office("2024-03-29T08:00:00")
    if office_is == "a morning":
        morning(office)
    digest = crowded(office) if office_is == "crowded" else built(office)
    found = measured(tmp_path, page(office.house, digest), WIDTHS)
    assert set(found) == set(WIDTHS)
    for width, seen in found.items():
        assert seen["width"] <= width and seen["out"] == 0, f"something sticks out at {width} px"
        assert seen["loaded"] == 0 and seen["height"] > 600


def test_a_page_that_sticks_out_or_loads_would_be_seen(tmp_path: Path) -> None:
    chromium()
    wide = '<div style="width:500px">x</div><img src="http://127.0.0.1:9/x.png">'
    found = measured(tmp_path, wide, (320, 800))
    assert found[320]["width"] > 320 and found[320]["out"] > 0 and found[800]["out"] == 0 and found[800]["loaded"] > 0


def test_the_pictures_in_docs_are_of_this_digest(open_office: Open, tmp_path: Path) -> None:
    from PIL import Image

    chromium()
    office = morning(open_office("2024-03-29T08:00:00"))
    shown = page(office.house, built(office))
    for name, width in (("digest-phone.png", 375), ("digest-desktop.png", 800)):
        height = measured(tmp_path, shown, (width,))[width]["height"]
        if os.environ.get("MAILBOT_WRITE_PICTURES"):
            pictured(tmp_path, shown, width, height, DOCS / name)
        with Image.open(DOCS / name) as kept:
            assert kept.size[0] == width and abs(kept.size[1] - height) < height * 0.1, "drawn from another digest: MAILBOT_WRITE_PICTURES=1"
            assert len(kept.convert("RGB").getcolors(1 << 24) or ()) > 20
        assert (DOCS / name).stat().st_size < 400_000
