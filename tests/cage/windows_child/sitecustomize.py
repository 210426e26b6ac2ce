"""Put before a child's code by windows.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import windows

windows.take_away()
sys.path.pop(0)
