"""LiteLLM keeps callbacks and work that is to be logged for the whole process: tests of what it
tells its callbacks begin without those of others, and leave none behind.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any


@contextmanager
def own_callbacks(litellm: Any) -> Iterator[None]:
    """It files callbacks in lists of its own at the first call."""
    lists = [name for name in dir(litellm) if name.endswith(("callback", "callbacks"))]
    before = {n: list(found) for n in lists if isinstance(found := getattr(litellm, n), list)}
    _forget_the_work_of_others()
    try:
        yield
    finally:
        for name, were in before.items():
            getattr(litellm, name)[:] = were


@contextmanager
def all_is_told(litellm: Any) -> Iterator[None]:
    """Whoever is put in later hears nothing of what was called in here: the ends of calls are told
    by threads, to whoever listens by then."""
    theirs = litellm.utils.executor
    with ThreadPoolExecutor() as own:
        litellm.utils.executor = own
        try:
            yield
        finally:
            litellm.utils.executor = theirs


def _forget_the_work_of_others() -> None:
    """What a loop left undone is handed on to the next one, with a worker that may still belong to
    a loop in another thread: the next loop begins with nothing."""
    from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER

    worker: Any = GLOBAL_LOGGING_WORKER
    left = [] if worker._queue is None else worker._drain_pending(worker._queue)
    for task in (*left, *worker._unstarted_dequeued_tasks()):
        task["coroutine"].close()
    worker._dequeued_tasks.clear()
    worker._running_tasks.clear()
    worker._queue = worker._sem = worker._worker_task = worker._bound_loop = None
