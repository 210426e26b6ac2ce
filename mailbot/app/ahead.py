"""Reading ahead: while one mail is decided, the next ones are fetched and read by other threads and processes."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")


def ahead(work: Callable[[T], U], items: Iterable[T], depth: int) -> Iterator[U]:
    """`work` of each item in order, at most `depth` items begun and not yet given.

    One thread alone runs through the items, the work of several goes on side by side. What `work` raises is raised where its
    item's turn comes; what the items raise, after all that came before was given. Whoever stops early begins nothing more.
    """
    begun: queue.Queue[Future[U] | None] = queue.Queue()
    room, stop = threading.Semaphore(depth), threading.Event()
    failed: list[BaseException] = []

    def feed(pool: ThreadPoolExecutor) -> None:
        source = iter(items)
        try:
            while room.acquire() and not stop.is_set():
                begun.put(pool.submit(work, next(source)))
        except StopIteration:
            pass
        except BaseException as problem:  # noqa: BLE001 - raised again below, in the thread that asked
            failed.append(problem)
        begun.put(None)

    with ThreadPoolExecutor(depth, thread_name_prefix="reading") as pool:
        feeder = threading.Thread(target=feed, args=(pool,), name="fetching")
        feeder.start()
        try:
            while (result := begun.get()) is not None:
                yield result.result()
                room.release()
        finally:
            stop.set()
            room.release()
            feeder.join()
    if failed:
        raise failed[0]
