"""Watching an app that knows nothing of knowhow: its teams, its LiteLLM calls, its functions.

    import knowhow
    team = knowhow.watch(team)

What was seen becomes outcomes in the store that the settings name, or in the one of a `Know`.
`[watching]` in the settings says which share of the conversations is kept, and whether texts are.
Settings that cannot be read and a store that cannot be opened are said in the log; the app goes on.
"""

import functools
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from knowhow.know import Know
from knowhow.logs import redact as without_key_shapes
from knowhow.settings import WatchingSettings, load_settings
from knowhow.store import open_memory
from knowhow_agents.watching.functions import Problem, Watched, Watching
from knowhow_agents.watching.keeping import Keeping, Redact
from knowhow_agents.watching.plain import without_secrets
from knowhow_agents.watching.recorder import Home, Recorder
from knowhow_memory.errors import KnowhowError

if TYPE_CHECKING:
    from knowhow_agents.watching.episode import Check
    from knowhow_memory.memory import Memory
    from knowhow_router.router import Routed

log = logging.getLogger(__name__)

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


class Watcher:
    """Watches with terms of its own; the functions of the package use one with the settings'."""

    def __init__(
        self, know: Know | None = None, *, share: float | None = None, redact: Redact | None = None
    ) -> None:
        """`redact` gets every text before it is kept, after keys and passwords were cut out."""
        self._know, self._redact = know, redact
        self._opened: Memory | None = None
        terms = know.settings.watching if know else _terms()
        self._text = terms.text
        self.recorder = Recorder(self._home, share=terms.share if share is None else share)

    def watch(
        self,
        team: T,
        *,
        arm: str | None = None,
        check: "Check | None" = None,
        task: str | None = None,
    ) -> T:
        """An AutoGen team or agent; it is returned as it is, and watched from now on."""
        from knowhow_agents.watching.teams import watch

        return watch(self.recorder, team, arm=arm, check=check, task=task)

    def watched(
        self,
        *,
        problem: Problem = None,
        arm: str | None = None,
        check: "Check | None" = None,
        task: str | None = None,
    ) -> Callable[[F], F]:
        """A decorator for any function; the problem is its first text, unless `problem` says."""

        def decorate(function: F) -> F:
            under_watch = Watched(
                self.recorder, function, problem=problem, arm=arm, check=check, task=task
            )
            return under_watch.wrapped()  # type: ignore[return-value]  # of the same kind

        return decorate

    def watching(
        self,
        problem: str,
        *,
        arm: str | None = None,
        check: "Check | None" = None,
        task: str | None = None,
        session: str | None = None,
        decision: "Routed | None" = None,
    ) -> Watching:
        """A block of code as one episode; the outcome of `decision`, where the router took one."""
        chosen = {} if decision is None else {"id": decision.id}
        if decision is not None:
            arm = decision.fallback
        return Watching(
            self.recorder, problem, check=check, arm=arm, task=task, session=session, **chosen
        )

    def litellm_callback(self, *, check: "Check | None" = None) -> Any:
        from knowhow_agents.watching.lite import litellm_callback

        return litellm_callback(self.recorder, check=check)

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Wait until all that was seen is kept; whether it was, in that time."""
        return self.recorder.flush(timeout_s)

    def close(self) -> None:
        """Flush, and let go of the store if it was opened for this."""
        self.recorder.close()
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _home(self) -> Home:
        if self._know is not None:
            memory, settings = self._know.memory, self._know.settings
        else:
            settings = load_settings()
            memory = self._opened = open_memory(settings)
        return memory, Keeping(settings.memory.tenant, self._clean, text=self._text)

    def _clean(self, text: str) -> str:
        # Line by line, so that other threads get their turn in between.
        lines = without_secrets(text).split("\n")
        clean = "\n".join(without_key_shapes(line) for line in lines)
        return self._redact(clean) if self._redact else clean


def _terms() -> WatchingSettings:
    try:
        return load_settings().watching
    except KnowhowError as error:
        log.warning("nothing is watched: %s", error)
        return WatchingSettings(share=0.0)


@functools.cache
def the_watcher() -> Watcher:
    """The one of this process."""
    return Watcher()
