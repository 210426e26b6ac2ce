"""What the watch asks of the ledger: how long things have waited. Reading only."""

from sqlalchemy import func, select

from mailbot.adapters.ledger.store import Store
from mailbot.adapters.tables import letters, messages, reviews
from mailbot.domain.alarms import Waiting


class VitalsShelf(Store):
    """Reading only."""

    def waiting_longest(self) -> Waiting:
        """The oldest of what waits, how many letters nobody knows whether they went out, and when the newest mail came by its server's clock."""
        in_queue = select(func.min(letters.c.created_at), func.count()).where(letters.c.state == "waiting")
        doubtful = select(func.count()).select_from(letters).where(letters.c.state == "ambiguous")
        open_ = select(func.min(reviews.c.created_at)).where(reviews.c.settled_at.is_(None))
        newest = select(func.max(messages.c.received_at)).where(messages.c.file.is_(None))
        with self._read() as c:
            oldest, queue = c.execute(in_queue).one()
            return Waiting(oldest, int(queue), int(c.execute(doubtful).scalar_one()), c.execute(open_).scalar(), c.execute(newest).scalar())
