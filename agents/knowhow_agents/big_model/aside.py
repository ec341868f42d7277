"""Work that keeps a processor busy, done beside the event loop, its results as they come.

Whoever stops listening, or is cancelled, ends the work: its event is set, and nobody waits for it.
Knows nothing of models.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True)
class _End(Generic[Item]):
    error: BaseException | None = None


async def aside(work: Callable[[threading.Event], Iterator[Item]]) -> AsyncGenerator[Item, None]:
    """What `work(cancel)` yields, from another thread."""
    loop = asyncio.get_running_loop()
    results: asyncio.Queue[Item | _End[Item]] = asyncio.Queue()
    cancel = threading.Event()

    def tell(result: Item | _End[Item]) -> None:
        # A loop that is closed has nobody left who listens.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(results.put_nowait, result)

    def run() -> None:
        try:
            for item in work(cancel):
                if cancel.is_set():
                    return
                tell(item)
            tell(_End())
        except BaseException as error:  # noqa: BLE001  it is raised where it is listened to
            tell(_End(error))

    try:
        loop.run_in_executor(None, run)
        while True:
            result = await results.get()
            if not isinstance(result, _End):
                yield result
            elif result.error is not None:
                raise result.error
            else:
                return
    finally:
        cancel.set()
