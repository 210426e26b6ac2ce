"""`python -m mailbot`."""

from mailbot.app.cli import main

main()
