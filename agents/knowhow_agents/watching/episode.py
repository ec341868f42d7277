"""One problem while it is worked on: who said what, with which tools, how long, and how it went.

    episode.said("Half of 18 is 9.", by="ann")
    episode.record(reward=1.0)        # now, or when it is long over
    episode.thumbs_up()

Lives in memory alone and may be told things from several threads; what becomes of it is the
business of whoever began it. An episode that nobody wants to keep listens to nothing.
"""

import contextlib
import math
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeAlias

from knowhow_agents.watching.plain import MAX_PROBLEM, plain, short
from knowhow_agents.watching.verdicts import PROGRAM, Verdict, of_answer, of_exception, thumbs

MAX_STEPS = 200
NOBODY = "app"
"""The arm where nothing says who worked on it."""

Check: TypeAlias = Callable[[str, Any], float | bool | None]
"""From the problem and what came of it to how good that is; None where it cannot tell."""
Step: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Late:
    """A verdict on an episode that was over."""

    id: str
    verdict: Verdict


class Episode:
    def __init__(
        self,
        problem: str,
        submit: "Callable[[Episode | Late], None]",
        *,
        wanted: bool = True,
        arm: str | None = None,
        task: str | None = None,
        session: str | None = None,
        id: str | None = None,  # noqa: A002  as in `know.record(decision.id)`
    ) -> None:
        self.id = id or uuid.uuid4().hex
        self.problem = short(problem, MAX_PROBLEM)
        self.arm, self.task, self.session = arm, task, session
        self.result: Any = None
        """What came of it, for the check."""
        self.cost: float | None = None
        self.tokens_in: int | None = None
        self.tokens_out: int | None = None
        self.big_model: str | None = None
        self.wanted = wanted
        self.steps: list[Step] = []
        self.left_out = 0
        """Steps after the first `MAX_STEPS`."""
        self.verdict: Verdict | None = None
        self.occurred_at = time.time()
        self.latency_s: float | None = None
        self.over = False
        self.ended = math.inf
        self.speaker: str | None = None
        """Who said something last."""
        self._started = time.perf_counter()
        self._submit = submit
        self._open: set[str] = set()
        self._lock = threading.Lock()

    def said(
        self, text: str, *, by: str | None = None, kind: str = "message", **facts: Any
    ) -> None:
        self.speaker = by or self.speaker
        self.note(kind, name=by, content=text, **facts)

    def called(self, tool: str, arguments: object = None, result: object = None) -> None:
        self.note("tool_call", name=tool, arguments=arguments)
        if result is not None:
            self.note("tool_result", name=tool, content=result)

    def used(
        self, tokens_in: int | None, tokens_out: int | None, cost: float | None = None
    ) -> None:
        """Added up over all calls to models."""
        with self._lock:
            self.tokens_in = _sum(self.tokens_in, tokens_in)
            self.tokens_out = _sum(self.tokens_out, tokens_out)
            self.cost = _sum(self.cost, cost)

    def note(self, kind: str, **facts: object) -> None:
        """One step; what is empty is left out."""
        if not self.wanted:
            return
        if len(self.steps) >= MAX_STEPS:
            self.left_out += 1
            return
        told = {key: fact for key, fact in facts.items() if not _is_empty(fact)}
        self.steps.append({"kind": kind, **plain(told)})

    def record(self, reward: float, *, verified_by: str = PROGRAM) -> None:
        """How it went, now or after its end."""
        self._judge(Verdict(reward, verified_by=verified_by))

    def thumbs_up(self) -> None:
        self._judge(thumbs(up=True))

    def thumbs_down(self) -> None:
        self._judge(thumbs(up=False))

    def _judge(self, verdict: Verdict) -> None:
        if not self.over:
            self.verdict = verdict
        elif self.wanted:
            self._submit(Late(self.id, verdict))

    def end(self, check: Check | None = None) -> None:
        """It is over; a word of the app's counts more than the check."""
        if self.over:
            return
        if self.wanted and self.verdict is None and check is not None:
            self.verdict = self._checked(check)
        self._finish()

    def fail(self, error: BaseException) -> None:
        """It ended in an exception. Who was interrupted leaves nothing behind."""
        if self.over:
            return
        self.verdict = self.verdict or of_exception(error)
        if self.verdict is None:
            self.over, self.wanted = True, False
            return
        self.note("error", name=type(error).__name__, content=error)
        self._finish()

    def _checked(self, check: Check) -> Verdict | None:
        try:
            return of_answer(check(self.problem, self.result))
        except Exception as error:  # noqa: BLE001  somebody else's check; the episode goes on
            self.note("error", name=f"check: {type(error).__name__}", content=error)
            return None

    def _finish(self) -> None:
        if self.latency_s is None:
            self.latency_s = time.perf_counter() - self._started
        self.over, self.ended = True, time.monotonic()
        if self.wanted:
            self._submit(self)

    def open_call(self, call: str) -> None:
        """Something is under way whose end may be heard of late, from another thread."""
        self._open.add(call)

    def close_call(self, call: str) -> None:
        self._open.discard(call)

    @property
    def settled(self) -> bool:
        return not self._open

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """What is called in here belongs to this episode."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)


_current: ContextVar[Episode | None] = ContextVar("knowhow_episode", default=None)


def current_episode() -> Episode | None:
    """The one that is being worked on here; what outlives its block is on its own."""
    episode = enclosing_episode()
    return None if episode is None or episode.over else episode


def enclosing_episode() -> Episode | None:
    """The one in whose block this was begun, even if that is over by now."""
    return _current.get()


def _is_empty(fact: object) -> bool:
    return fact is None or (isinstance(fact, str) and not fact)


def _sum(had: Any, more: Any) -> Any:
    return had if more is None else (had or 0) + more
