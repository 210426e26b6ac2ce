"""The command `mailbot`: every module here adds its commands to `app`, in the order of `--help`."""

from mailbot.app.cli import mail as _mail

from mailbot.app.cli import ledger as _ledger  # isort: skip
from mailbot.app.cli import rules as _rules  # isort: skip
from mailbot.app.cli.common import app

__all__ = ["_ledger", "_mail", "_rules", "app", "main"]


def main() -> None:
    app()
