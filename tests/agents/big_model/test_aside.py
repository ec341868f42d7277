"""Work beside the event loop: its results, its failure, and its end when nobody listens."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator

import pytest

from knowhow_agents.big_model.aside import aside

PATIENCE_S = 30.0


def test_results_come_in_their_order_while_the_loop_is_free() -> None:
    gate = threading.Event()

    def work(cancel: threading.Event) -> Iterator[int]:
        yield 1
        assert gate.wait(PATIENCE_S)
        yield 2

    async def listen() -> list[int]:
        heard = []
        async for number in aside(work):
            heard.append(number)
            gate.set()  # only a loop that is free gets here before the work goes on
        return heard

    assert asyncio.run(listen()) == [1, 2]


def test_a_failure_is_raised_where_it_is_listened_to() -> None:
    def work(cancel: threading.Event) -> Iterator[int]:
        yield 1
        raise KeyError("broken")

    async def listen() -> None:
        async for _ in aside(work):
            pass

    with pytest.raises(KeyError, match="broken"):
        asyncio.run(listen())


@pytest.mark.parametrize("how", ["leave", "cancel"])
def test_the_work_ends_when_nobody_listens(how: str) -> None:
    stopped = threading.Event()

    def work(cancel: threading.Event) -> Iterator[int]:
        yield 1
        assert cancel.wait(PATIENCE_S)
        stopped.set()
        yield 2

    async def listen() -> None:
        async with contextlib.aclosing(aside(work)) as results:
            async for number in results:
                if how == "leave":
                    break
                assert number == 1
                asyncio.current_task().cancel()  # type: ignore[union-attr]

    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(listen())
    assert stopped.wait(PATIENCE_S)
