"""The command `mailbot`: every module here adds its commands to `app`, in the order of `--help`."""

import atexit
import gc
import os
import sys
from typing import NoReturn

import typer

from mailbot.app.cli import mail as _mail

from mailbot.app.cli import ledger as _ledger  # isort: skip
from mailbot.app.cli import review as _review  # isort: skip
from mailbot.app.cli import exports as _exports  # isort: skip
from mailbot.app.cli import daily as _daily  # isort: skip
from mailbot.app.cli import setup as _setup  # isort: skip
from mailbot.app.cli import rules as _rules  # isort: skip
from mailbot.app.cli import rehearsal as _rehearsal  # isort: skip
from mailbot.app.cli import campaign as _campaign  # isort: skip
from mailbot.app.cli import keeping as _keeping  # isort: skip
from mailbot.app.cli.common import TEMPORARY, USAGE, app, err
from mailbot.app.cli.usage import sentence

__all__ = ["_campaign", "_daily", "_exports", "_keeping", "_ledger", "_mail", "_rehearsal", "_review", "_rules", "_setup", "app", "main"]


def main() -> NoReturn:
    atexit.register(gc.freeze)  # the system takes the memory back at once; Python would take every object apart before
    if os.name != "nt":
        os.umask(0o077)  # what we write holds data of the units: nobody else on this machine reads it
    try:
        status = app(standalone_mode=False)
    except typer.TyperException as problem:
        err(sentence(problem, sys.argv[1:]))
        status = USAGE
    except Exception:  # noqa: BLE001 - told as what nobody caught is; 1 would mean that it was done
        sys.excepthook(*sys.exc_info())
        status = TEMPORARY
    sys.exit(status)
