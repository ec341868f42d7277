"""Functions of all kinds under watch: what they do stays the same, and is remembered."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import numpy as np
import pytest

from knowhow_agents.watching.episode import current_episode
from knowhow_agents.watching.functions import Watched, Watching
from knowhow_agents.watching.recorder import Recorder
from knowhow_memory.decisions import DecisionPublic
from knowhow_memory.models import OutcomePublic

Read = Callable[[], list[OutcomePublic]]
Decisions = Callable[[], list[DecisionPublic]]


def is_four(problem: str, result: Any) -> bool:
    return bool(result == 4 or result == "4")


def watch(recorder: Recorder, function: Callable[..., Any], **terms: Any) -> Callable[..., Any]:
    return Watched(recorder, function, **terms).wrapped()


def plain(question: str) -> int:
    return 4


async def coroutine(question: str) -> int:
    await asyncio.sleep(0)
    return 4


def pieces(question: str) -> Iterator[str]:
    yield ""
    yield "4"


async def async_pieces(question: str) -> AsyncIterator[str]:
    yield ""
    yield "4"


async def collected(stream: AsyncIterator[str]) -> list[str]:
    return [piece async for piece in stream]


def test_every_kind_stays_its_kind_and_is_judged(recorder: Recorder, outcomes: Read) -> None:
    watched = {
        function.__name__: watch(recorder, function, check=is_four)
        for function in (plain, coroutine, pieces, async_pieces)
    }
    assert watched["plain"]("a") == 4
    assert asyncio.run(watched["coroutine"]("b")) == 4
    assert list(watched["pieces"]("c")) == ["", "4"]
    assert asyncio.run(collected(watched["async_pieces"]("d"))) == ["", "4"]
    assert inspect.iscoroutinefunction(watched["coroutine"])
    assert inspect.isgeneratorfunction(watched["pieces"])
    assert inspect.isasyncgenfunction(watched["async_pieces"])
    assert [(o.problem, o.arm, o.reward, o.verified_by) for o in outcomes()] == [
        ("a", "plain", 1.0, "check"),
        ("b", "coroutine", 1.0, "check"),
        ("c", "pieces", 1.0, "check"),
        ("d", "async_pieces", 1.0, "check"),
    ]


def test_an_own_failure_counts_and_a_providers_does_not(recorder: Recorder, outcomes: Read) -> None:
    def fails(question: str, error: Exception) -> None:
        raise error

    watched = watch(recorder, fails)
    for error in (ValueError("wrong"), TimeoutError("gone"), KeyboardInterrupt()):
        with pytest.raises(type(error)) as raised:
            watched("why?", error)
        assert raised.value is error
    assert [(o.fault, o.reward, o.verified_by) for o in outcomes()] == [
        ("agent", 0.0, "exception"),
        ("infra", None, "exception"),
    ]


def test_the_problem_is_the_first_text_or_what_the_caller_says(
    recorder: Recorder, decisions: Decisions
) -> None:
    class Solver:
        def solve(self, number: int, question: str, hint: str = "") -> None: ...

    def solve(number: int, question: str, hint: str = "") -> None: ...

    Solver.solve = watch(recorder, Solver.solve)  # type: ignore[method-assign]
    Solver().solve(1, "the question")
    watch(recorder, solve, problem="hint")(1, "q", hint="the hint")
    watch(recorder, solve, problem=lambda number, question: f"{question} {number}")(7, "made of")
    watch(recorder, solve)(1, "")  # no problem, nothing to learn from
    watch(recorder, solve, problem="nothing is called so")(1, "q")
    assert [d.problem for d in decisions()] == ["the question", "the hint", "made of 7"]
    assert recorder.counted()["lost"] == 1


def test_a_wrong_call_fails_as_it_did(recorder: Recorder) -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        watch(recorder, plain)()


def test_a_check_that_raises_is_named_and_judges_nothing(
    recorder: Recorder, decisions: Decisions, outcomes: Read
) -> None:
    def check(problem: str, result: Any) -> float:
        raise LookupError("no answer key")

    assert watch(recorder, plain, check=check)("2 + 2?") == 4
    [decision] = decisions()
    assert "check: LookupError" in str(decision.candidates)
    assert outcomes() == []


def test_generators_are_sent_to_and_thrown_into(recorder: Recorder, decisions: Decisions) -> None:
    def talk(question: str) -> Iterator[Any]:
        heard = []
        while len(heard) < 2:
            try:
                heard.append((yield len(heard)))
            except ValueError as error:
                heard.append(str(error))
        return heard

    talking = watch(recorder, talk)("what?")
    assert next(talking) == 0
    assert talking.send("this") == 1
    with pytest.raises(StopIteration) as ended:
        talking.throw(ValueError("that"))
    assert ended.value.value == ["this", "that"]
    assert len(decisions()) == 1


def test_async_generators_are_sent_to_and_thrown_into(recorder: Recorder) -> None:
    async def talk(question: str) -> Any:
        heard = []
        while len(heard) < 2:
            try:
                heard.append((yield list(heard)))
            except ValueError as error:
                heard.append(str(error))
        yield heard

    async def conversation() -> list[Any]:
        talking = watch(recorder, talk)("what?")
        return [
            await anext(talking),
            await talking.asend("this"),
            await talking.athrow(ValueError("that")),
        ]

    assert asyncio.run(conversation()) == [[], ["this"], ["this", "that"]]


def test_a_stream_that_is_left_is_closed_and_not_kept(
    recorder: Recorder, decisions: Decisions
) -> None:
    closed = []

    def stream(question: str) -> Iterator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            closed.append(question)

    async def async_stream(question: str) -> AsyncIterator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            closed.append(question)

    async def leave() -> None:
        leaving = watch(recorder, async_stream)("async")
        await anext(leaving)
        await leaving.aclose()

    reading = watch(recorder, stream)("sync")
    next(reading)
    reading.close()
    asyncio.run(leave())
    assert closed == ["sync", "async"]
    assert decisions() == []


def test_between_two_pieces_nothing_belongs_to_the_episode(recorder: Recorder) -> None:
    inside = []

    def stream(question: str) -> Iterator[int]:
        for i in range(2):
            inside.append(current_episode())
            yield i

    for _ in watch(recorder, stream)("q"):
        assert current_episode() is None
    assert None not in inside and len(set(inside)) == 1


def test_a_block_is_an_episode_of_its_own(recorder: Recorder, outcomes: Read) -> None:
    with Watching(recorder, "outer", arm="me") as outer:
        with Watching(recorder, "inner", arm="me", check=is_four) as inner:
            assert current_episode() is inner
            inner.result = 5
        assert current_episode() is outer
        outer.record(0.5, verified_by="tests")
    with pytest.raises(ZeroDivisionError), Watching(recorder, "broken", arm="me"):
        1 / 0  # noqa: B018
    assert [(o.problem, o.reward, o.verified_by) for o in outcomes()] == [
        ("inner", 0.0, "check"),
        ("outer", 0.5, "tests"),
        ("broken", 0.0, "exception"),
    ]


def test_odd_things_are_noted_and_never_raised(recorder: Recorder, decisions: Decisions) -> None:
    with Watching(recorder, 42, arm="me") as episode:  # type: ignore[arg-type]
        episode.said(None)  # type: ignore[arg-type]
        episode.called("array", np.zeros(3), np.zeros(2))
    [decision] = decisions()
    assert decision.problem == "42"
    assert decision.candidates[0]["watched"]["trajectory"][1]["arguments"] == "<ndarray>"


def test_what_outlives_its_block_belongs_to_nobody(recorder: Recorder) -> None:
    async def late() -> Any:
        await asyncio.sleep(0.01)
        return current_episode()

    async def app() -> Any:
        with Watching(recorder, "the block"):
            task = asyncio.create_task(late())
        return await task

    assert asyncio.run(app()) is None
