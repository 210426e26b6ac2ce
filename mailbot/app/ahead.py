"""Reading ahead: while one mail is decided on one core, the next ones are read on the others."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from mailbot.domain.errors import MailbotError

T = TypeVar("T")
U = TypeVar("U")


def ahead(work: Callable[[T], U], items: Iterable[T], depth: int) -> Iterator[U]:
    """`work` of each item in order, up to `depth` items ahead of the one in hand. What `work` raises is raised where its
    item's turn comes; where the items themselves fail, those that came before are still given first."""
    source = iter(items)
    begun: deque[Future[U]] = deque()
    failed: MailbotError | None = None
    more = True
    with ThreadPoolExecutor(depth, thread_name_prefix="reading") as pool:
        try:
            while more or begun:
                while more and len(begun) < depth:
                    try:
                        begun.append(pool.submit(work, next(source)))
                    except StopIteration:
                        more = False
                    except MailbotError as problem:
                        failed, more = problem, False
                if begun:
                    yield begun.popleft().result()
        finally:
            for waiting in begun:
                waiting.cancel()
    if failed is not None:
        raise failed
