"""Half of a long eval in a process of its own, so that two cores take half as long.

Whoever stops the eval stops both. Knows nothing about what is measured.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from typing import TypeVar

Found = TypeVar("Found")


@contextmanager
def beside(work: Callable[[], Found]) -> Iterator[Callable[[], Found]]:
    """What `work` finds, once it is asked for; until then it goes on beside.

    `work` and what it finds go from process to process. Where there is one core, or where the other
    process came to nothing, it is done here when asked for: then its errors are raised here.
    """
    if (os.cpu_count() or 1) < 2:
        yield work
        return
    import torch

    threads = torch.get_num_threads()
    half = max(1, threads // 2)
    context = get_context("spawn")  # a fork would not have the threads that torch waits for
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(work, theirs, half), daemon=True)
    torch.set_num_threads(half)
    process.start()
    theirs.close()  # or it would never be seen that nobody writes any more

    def ask() -> Found:
        try:
            found: Found = ours.recv()
        except EOFError:
            found = work()
        return found

    try:
        yield ask
    finally:
        torch.set_num_threads(threads)
        process.terminate()
        process.join()


def _work(work: Callable[[], Found], theirs: Connection, threads: int) -> None:
    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches everybody; the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(threads)
    theirs.send(work())


def _end_with_parent() -> None:
    """Also where it was killed: two runs of one eval would write the same files."""
    if (parent := parent_process()) is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
