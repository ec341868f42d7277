"""Runs what others wrote, so that nothing it does can stop or hold up a team.

A plain function gets a thread of its own that nobody waits for: one that never returns costs its
thread and nothing else, not even at the end of the program. Knows nothing of agents.
"""

import asyncio
import contextlib
import inspect
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar, cast

from knowhow_memory.errors import KnowhowError

T = TypeVar("T")


class HungError(KnowhowError):
    """It was not done in time."""


class QuitError(KnowhowError):
    """It tried to end the program."""


async def call(function: "Callable[..., T | Awaitable[T]]", *arguments: object) -> T:
    """What a function, plain or `async`, returns."""
    result: T | Awaitable[T]
    if inspect.iscoroutinefunction(function):
        result = function(*arguments)
    else:
        result = await in_thread(partial(function, *arguments))
    return cast("T", await result if inspect.isawaitable(result) else result)


async def in_thread(work: Callable[[], T]) -> T:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def tell(settle: Callable[[], None]) -> None:
        # A loop that is closed, or a caller who has gone, has nobody left who listens.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: None if future.done() else settle())

    def run() -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001  it is raised where it is awaited
            raised = _raisable(error)
            tell(lambda: future.set_exception(raised))
        except BaseException:  # noqa: BLE001
            tell(lambda: future.set_exception(QuitError("tried to end the program")))
        else:
            tell(lambda: future.set_result(result))

    threading.Thread(target=run, name="knowhow-beside", daemon=True).start()
    return await future


async def within(seconds: float, doing: Awaitable[T]) -> T:
    """Its result, or a `HungError`; whatever it does then, nobody waits for it any longer."""
    task = asyncio.ensure_future(_not_quitting(doing))
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            raise HungError(f"was not done after {seconds:g} s")
        return task.result()
    finally:
        task.cancel()


async def _not_quitting(doing: Awaitable[T]) -> T:
    try:
        return await doing
    except SystemExit as error:
        raise QuitError("tried to end the program") from error


def _raisable(error: Exception) -> Exception:
    """A future refuses to hold an end of iteration."""
    return QuitError("ended an iteration") if isinstance(error, StopIteration) else error
