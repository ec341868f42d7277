"""knowhow learns from verified outcomes which agent to ask and which way.

import knowhow

know = knowhow.open()
decision = know.route("A set of cups costs $80, 20% off. Sale price?", arms=["ann", "bob"])
know.record(decision, reward=1.0)
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from knowhow_memory.errors import KnowhowError

if TYPE_CHECKING:
    from knowhow.know import Know
    from knowhow.watcher import Watcher
    from knowhow_agents.watching.episode import Check
    from knowhow_agents.watching.functions import Problem, Watching
    from knowhow_router.router import Routed

__all__ = [
    "KnowhowError",
    "Watcher",
    "flush",
    "litellm_callback",
    "open",
    "watch",
    "watched",
    "watching",
]

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def open(location: str | None = None, *, create: bool = True) -> "Know":  # noqa: A001
    """Open the store that the settings name, or the one at `location`."""
    from knowhow.know import Know
    from knowhow.settings import load_settings

    settings = load_settings()
    if location is not None:
        settings.memory.location = location
    return Know(settings, create=create)


def watch(
    team: T, *, arm: str | None = None, check: "Check | None" = None, task: str | None = None
) -> T:
    """Watch an AutoGen team or agent: the same object, and every run of it is remembered.

    `check` gets the problem and the `TaskResult` and says how good that is, from 0 to 1.
    """
    return _watcher().watch(team, arm=arm, check=check, task=task)


@overload
def watched(function: F, /) -> F: ...
@overload
def watched(
    *,
    problem: "Problem" = None,
    arm: str | None = None,
    check: "Check | None" = None,
    task: str | None = None,
) -> Callable[[F], F]: ...
def watched(function: Any = None, /, **terms: Any) -> Any:
    """Watch a function, a coroutine or a generator, as a decorator with or without terms.

    The problem is its first text; `problem` names another argument, or makes it of all of them.
    """
    decorate = _watcher().watched(**terms)
    return decorate if function is None else decorate(function)


def watching(
    problem: str,
    *,
    arm: str | None = None,
    check: "Check | None" = None,
    task: str | None = None,
    session: str | None = None,
    decision: "Routed | None" = None,
) -> "Watching":
    """Watch a block of code: `with knowhow.watching("2 + 2?") as episode: …`.

    What comes of it is the outcome of `decision`, where `know.route` was asked before.
    """
    return _watcher().watching(
        problem, arm=arm, check=check, task=task, session=session, decision=decision
    )


def litellm_callback(*, check: "Check | None" = None) -> Any:
    """For `litellm.callbacks`: each call is remembered, or belongs to the episode it is made in."""
    return _watcher().litellm_callback(check=check)


def flush(timeout_s: float = 5.0) -> bool:
    """Wait until everything watched so far is kept; whether it was, in that time."""
    return _watcher().flush(timeout_s)


def _watcher() -> "Watcher":
    from knowhow.watcher import the_watcher

    return the_watcher()


def __getattr__(name: str) -> Any:
    if name == "Watcher":
        from knowhow.watcher import Watcher

        return Watcher
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
