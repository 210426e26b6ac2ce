"""`mailbot demo`: the whole product on this machine alone, with invented units and a story that checks itself."""

from mailbot.app.demo.play import run_demo

__all__ = ["run_demo"]
