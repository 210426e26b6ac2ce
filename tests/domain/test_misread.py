"""Nearly a unit's name on a page that staff send on: a slip of the reader, or a stranger?"""

import pytest

from mailbot.domain.documents import Document
from mailbot.domain.mail import Attachment
from mailbot.domain.pages import Box, HowRead, Line, Look, Page
from mailbot.domain.placing import _misread
from mailbot.domain.reading import Item
from mailbot.domain.senders import Sender

HEAD, STAFF, UNIT = "八仙筒市场监营所", Sender("staff", "office@bureau.example"), Sender("unit", "baxiantong@units.example")


def item(legible: float, reading: HowRead = "ocr") -> Item:
    lines = (Line(f"填报单位：{HEAD}（盖章）", Box(0.1, 0.1, 0.6, 0.12), legible),)
    return Item(Attachment("1.jpg", "1.jpg", "0" * 64, 1, Document("image", look=Look((Page(1, 800, 1100, "colour", (), lines),), reading))), "scan")


@pytest.mark.parametrize(("read", "sender", "misread"), [
    (item(0.6), STAFF, True), (item(0.99), STAFF, False), (item(0.6), UNIT, False),
    (item(0.6, "text-layer"), STAFF, False),
])  # fmt: skip
def test_only_in_a_line_read_unsurely_it_is_a_slip(read: Item, sender: Sender, misread: bool) -> None:
    assert _misread(HEAD, read, sender) is misread
