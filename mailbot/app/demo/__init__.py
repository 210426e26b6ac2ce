"""`mailbot demo`: the whole product on this machine alone, with invented units and a story that checks itself; `--full` a year and a half."""

from mailbot.app.demo.play import run_demo
from mailbot.app.demo.season.story import run_full

__all__ = ["run_demo", "run_full"]
