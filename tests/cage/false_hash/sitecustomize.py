"""A child that says of each file that it is another one, whose look is kept."""

from mailbot.adapters.cage import child

_told = child._told
child._told = lambda leaf: _told(leaf) | {"sha256": "0" * 64}
