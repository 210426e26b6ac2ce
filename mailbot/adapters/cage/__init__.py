"""Reading mails in limited child processes: whatever a file does to its reader, the parent and the next file go on.

`Cage` is for the parent, `opening` and `child` run inside. Importing this costs nothing heavy.
"""

from mailbot.adapters.cage.looks import Looks
from mailbot.adapters.cage.opening import read_here
from mailbot.adapters.cage.parent import Cage, Viewing
from mailbot.adapters.limits import Limits

__all__ = ["Cage", "Limits", "Looks", "Viewing", "read_here"]
