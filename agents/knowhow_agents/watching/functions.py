"""Watching any function: a decorator, and a block of code as an episode.

    @watched(recorder, arm="parser", check=lambda problem, result: result == 4)
    def answer(question: str) -> int: ...

    with Watching(recorder, "2 + 2?", arm="parser") as episode:
        episode.result = answer("2 + 2?")

Plain functions, coroutines and generators of both kinds keep their kind, their result and their
exceptions. A stream that its reader leaves before the end has no verdict and is not kept. Knows
nothing of teams and models.
"""

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from types import TracebackType
from typing import Any, TypeAlias

from knowhow_agents.watching.episode import Check, Episode
from knowhow_agents.watching.recorder import Recorder

Problem: TypeAlias = str | Callable[..., str] | None
"""Which argument holds the problem, or how it is made of all of them; the first text otherwise."""


class Watching:
    """An episode as a block; use it with `with`, in coroutines too."""

    def __init__(
        self, recorder: Recorder, problem: str, *, check: Check | None = None, **more: Any
    ) -> None:
        self._check = check
        self._episode = recorder.begin(problem, **more)
        self._recorder = recorder

    def __enter__(self) -> Episode:
        self._active = self._episode.active()
        self._active.__enter__()
        return self._episode

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._active.__exit__(None, None, None)
        with self._recorder.quiet():
            if error is None:
                self._episode.end(self._check)
            else:
                self._episode.fail(error)


class Watched:
    """One function under watch."""

    def __init__(
        self,
        recorder: Recorder,
        function: Callable[..., Any],
        *,
        problem: Problem = None,
        arm: str | None = None,
        check: Check | None = None,
        task: str | None = None,
    ) -> None:
        self._recorder, self._function = recorder, function
        self._signature = inspect.signature(function)
        self._problem, self._check, self._task = problem, check, task
        self._arm = arm or function.__name__

    def wrapped(self) -> Callable[..., Any]:
        """A function of the same kind."""
        if inspect.isasyncgenfunction(self._function):
            return self._async_generator()
        if inspect.isgeneratorfunction(self._function):
            return self._generator()
        if inspect.iscoroutinefunction(self._function):
            return self._coroutine()
        return self._call()

    def _begin(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Episode:
        problem = ""
        with self._recorder.quiet():
            problem = self._problem_of(args, kwargs)
        return self._recorder.begin(problem, arm=self._arm, task=self._task)

    def _problem_of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        if callable(self._problem):
            return str(self._problem(*args, **kwargs))
        given = self._signature.bind(*args, **kwargs).arguments
        if self._problem is not None:
            return str(given[self._problem])
        return next((value for value in given.values() if isinstance(value, str)), "")

    def _end(self, episode: Episode, result: Any) -> None:
        with self._recorder.quiet():
            episode.result = result
            episode.note("result", content=result)
            episode.end(self._check)

    def _fail(self, episode: Episode, error: BaseException) -> None:
        with self._recorder.quiet():
            episode.fail(error)

    def _call(self) -> Callable[..., Any]:
        @functools.wraps(self._function)
        def watched(*args: Any, **kwargs: Any) -> Any:
            episode = self._begin(args, kwargs)
            try:
                with episode.active():
                    result = self._function(*args, **kwargs)
            except BaseException as error:
                self._fail(episode, error)
                raise
            self._end(episode, result)
            return result

        return watched

    def _coroutine(self) -> Callable[..., Any]:
        @functools.wraps(self._function)
        async def watched(*args: Any, **kwargs: Any) -> Any:
            episode = self._begin(args, kwargs)
            try:
                with episode.active():
                    result = await self._function(*args, **kwargs)
            except BaseException as error:
                self._fail(episode, error)
                raise
            self._end(episode, result)
            return result

        return watched

    def _generator(self) -> Callable[..., Any]:
        @functools.wraps(self._function)
        def watched(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            episode, items = self._begin(args, kwargs), list[Any]()
            try:
                result = yield from _Overheard(episode, self._function(*args, **kwargs), items)
            except BaseException as error:
                self._fail(episode, error)
                raise
            self._end(episode, _joined(items))
            return result

        return watched

    def _async_generator(self) -> Callable[..., Any]:
        @functools.wraps(self._function)
        async def watched(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
            episode, items = self._begin(args, kwargs), list[Any]()
            stream = self._function(*args, **kwargs)
            resume = functools.partial(stream.asend, None)
            try:
                while True:
                    try:
                        with episode.active():
                            item = await resume()
                    except StopAsyncIteration:
                        break
                    items.append(item)
                    try:
                        resume = functools.partial(stream.asend, (yield item))
                    except GeneratorExit:
                        await stream.aclose()
                        raise
                    except BaseException as error:  # noqa: BLE001  it is the stream's to handle
                        resume = functools.partial(stream.athrow, error)
            except BaseException as error:
                self._fail(episode, error)
                raise
            self._end(episode, _joined(items))

        return watched


class _Overheard(Generator[Any, Any, Any]):
    """A generator whose items are noted; what it calls belongs to the episode."""

    def __init__(self, episode: Episode, inner: Generator[Any, Any, Any], items: list[Any]) -> None:
        self._episode, self._inner, self._items = episode, inner, items

    def send(self, value: Any) -> Any:
        return self._noted(lambda: self._inner.send(value))

    def throw(self, *error: Any) -> Any:
        return self._noted(lambda: self._inner.throw(*error))

    def close(self) -> None:
        self._inner.close()

    def _noted(self, step: Callable[[], Any]) -> Any:
        with self._episode.active():
            item = step()
        self._items.append(item)
        return item


def _joined(items: list[Any]) -> Any:
    """What a stream said in pieces is one text."""
    return "".join(items) if items and all(isinstance(item, str) for item in items) else items
