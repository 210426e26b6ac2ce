"""A kernel or a container that grants no user namespaces; and the stubs."""

import runpy
from pathlib import Path

from mailbot.adapters.cage import confine

confine.apart = lambda: False
runpy.run_path(str(Path(__file__).parent.parent / "stubs" / "sitecustomize.py"))
