"""What all tests share: the bundled rules, and a house in a folder of its own. Scans are looked at only where a test is about that."""

import os
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from mailbot.adapters import rules as rules_adapter
from mailbot.app.places import bundled
from mailbot.app.wiring import House
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Rules

os.environ.setdefault("MAILBOT_SCANS", "off")
sys.path.insert(0, str(Path(__file__).parent))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--reliability", type=Path, metavar="FILE", help="leave there which tests show which promise, fault and input")


def pytest_configure(config: pytest.Config) -> None:
    from reliability.gathering import Gathering

    config.addinivalue_line("markers", "shows(*rows): the promises, faults and inputs of docs/reliability.md that a test shows")
    config.pluginmanager.register(Gathering(None if hasattr(config, "workerinput") else config.getoption("--reliability")))


@pytest.fixture(autouse=True)
def the_same_rights() -> Iterator[None]:
    """The command lets nobody else read what it writes; servers that other tests start have users of their own."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def rules() -> Rules:
    return rules_adapter.load(bundled("config"))


@pytest.fixture
def make_house(tmp_path: Path) -> Callable[..., House]:
    def make(now: str = "2025-02-01T09:00:00", config: Path | None = None, **environment: str) -> House:
        moment = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI)
        return House(config or bundled("config"), tmp_path / "home", lambda: moment, {"MAILBOT_SCANS": "off"} | environment)

    return make
