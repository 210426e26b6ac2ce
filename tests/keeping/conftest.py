"""Homes of an office on a moving clock, with real mail servers around them, and both databases."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from outbox.conftest import bureau, risk_list
from servers.postgres import postgres_server, postgres_url
from stories.conftest import compose

from mailbot.adapters.embedded import EmbeddedMail
from mailbot.app.places import bundled
from mailbot.app.wiring import House
from mailbot.app.worker import Round
from mailbot.domain.bounces import id_of
from mailbot.domain.periods import SHANGHAI

__all__ = ["bureau", "postgres_server", "postgres_url"]
BOT = "nmyxjg@163.com"
NAMES = {"xinzhen": "新镇市场监管所", "zhian": "治安市场监管所", "baxiantong": "八仙筒市场监管所"}


@dataclass
class Town:
    """An office's mail servers and the homes it has one after the other. `copies`: the provider puts what we send into the Sent folder."""

    mail: EmbeddedMail
    folder: Path
    copies: bool = True
    now: datetime = datetime(2024, 3, 28, 9, tzinfo=SHANGHAI)
    houses: list[House] = field(default_factory=list)
    copied: int = 0

    def later(self, **delta: float) -> "Town":
        self.now += timedelta(**delta)
        return self

    def house(self, name: str = "home", **environment: str) -> House:
        server = f"{BOT.replace('@', '%40')}@127.0.0.1"
        said = {
            "MAILBOT_SCANS": "off", "MAILBOT_SENDING": "live", "MAILBOT_IMAP_URL": f"imap://{server}:{self.mail.imap_port}", "MAILBOT_IMAP_PASSWORD": "pw",
            "MAILBOT_SMTP_URL": f"smtp://{server}:{self.mail.smtp_port}", "MAILBOT_SMTP_PASSWORD": "pw",
        }  # fmt: skip
        house = House(bundled("config"), self.folder / name, lambda: self.now, said | environment, lambda _: None)
        self.houses.append(house)
        return house

    def post(self, unit: str, files: dict[str, bytes] | None = None, **more: Any) -> None:
        files = {"清单.docx": risk_list(NAMES[unit])} if files is None else files
        raw = compose(f"{unit}@units.example", files=files, when=f"{self.now:%Y-%m-%dT%H:%M:%S}", **more)
        self.mail.deliver(BOT, raw, when=self.now)

    def round(self, house: House, *, scheduled: bool = False) -> Round:
        with house.intake() as intake:
            worker = house.worker(intake, lambda done, whole: None, scheduled=scheduled)
            done = replace(worker, hurry=True).once()
        if self.copies:
            for raw in self.received()[self.copied :]:
                self.mail.deliver(BOT, raw, when=self.now, folder="已发送")
            self.copied = len(self.received())
        return done

    def received(self) -> list[bytes]:
        """Everything that was sent to anybody, in no order but by mailbox."""
        found = [raw for name in NAMES for raw in self.mail.mails(f"{name}@units.example")] + self.mail.mails("office@bureau.example")
        return sorted(found, key=lambda raw: id_of(raw).split(".")[2])

    def answers(self, unit: str) -> list[str]:
        """The numbers of the mails that a unit was answered, one an answer."""
        letters = [message_from_bytes(raw, policy=policy.default) for raw in self.mail.mails(f"{unit}@units.example")]
        return [str(m["In-Reply-To"]) for m in letters]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Callable[..., Town]]:
    people = {BOT: "pw", "office@bureau.example": "pw", **{f"{name}@units.example": "pw" for name in NAMES}}
    with EmbeddedMail(people) as mail:
        mail.create_folder(BOT, "已发送")
        made: list[Town] = []

        def make(**more: Any) -> Town:
            made.append(Town(mail, tmp_path, **more))
            return made[-1]

        yield make
        for one in made:
            for house in one.houses:
                house.close()
