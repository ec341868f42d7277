"""What watching costs an app: a function, a team's message, a call of LiteLLM's, beside plain ones.

Each turn does the same three times, in changing order: plain, watched, and plain once more, whose
difference to the first is what the machine's noise alone looks like. The store is real, every
problem is new, and the recorder's thread embeds and writes meanwhile. Then a burst comes faster
than anybody could keep: nothing waits, and what was dropped is counted. Whatever was handed in
stands in the store once or among the dropped.
"""

import asyncio
import contextlib
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from knowhow.figures import Figures
from knowhow.know import Know
from knowhow.settings import load_settings
from knowhow.watcher import Watcher

if TYPE_CHECKING:
    from autogen_agentchat.base import TaskResult

CALLS, QUICK_CALLS = 1_000, 6
WARM_UP = 2
"""Turns that are not counted: the first ones import, and open the store."""
BURST, QUICK_BURST = 20_000, 1_500
BLOCK = 200
"""Turns between two pauses in which the store catches up: no app is that busy for long."""
PATIENCE_S = 300.0
MESSAGES = 4
"""Of a team's run, without the task."""
MODEL = "openai/gpt-4o-mini"
TEXT = "Half of {number} eggs are sold on day {number}. How many are left for the {kind}? "
ANSWER = "First halve what there is, then say what is left: " * 10
NOTE = (
    "overhead is watched minus plain, turn by turn, and overhead.cpu what of it the app's thread "
    "computed, other programs left out; control is plain minus plain. A team's figures "
    "are of one of its {messages} messages. The team's model and LiteLLM's provider are doubles "
    "that answer at once; an answer has {length} characters. LiteLLM has a callback in each case: "
    "one that does nothing, or that and the watching one."
)

Times: TypeAlias = tuple[float, float]
"""Seconds that passed, and seconds the app's thread computed."""
Work: TypeAlias = Callable[[str], Awaitable[object]]


def run(*, seed: int, quick: bool, report: Callable[[str], None]) -> Figures:
    calls = QUICK_CALLS if quick else CALLS
    note = NOTE.format(messages=MESSAGES, length=len(ANSWER))
    figures = Figures("capture", seed=seed, n=calls, notes=[note])
    with tempfile.TemporaryDirectory() as folder, _opened(folder, quick=quick) as know:
        watcher = Watcher(know)
        turns = Turns(watcher, calls, seed)
        for name, plain, watched, parts in (
            ("function", _plain, _watched(watcher), 1),
            ("team", _team(None), _team(watcher), MESSAGES),
        ):
            report(f"{name}: {calls:,} turns")
            _set(figures, name, asyncio.run(turns.measure(plain, watched)), parts)
        report(f"LiteLLM: {calls:,} turns")
        with _litellm(watcher) as (plain, watched, told):
            _set(figures, "litellm", asyncio.run(turns.measure(plain, watched, told)), 1)
        report(f"{BURST:,} at once")
        handed = turns.watched + _burst(figures, watcher, QUICK_BURST if quick else BURST)
        _count(figures, know, watcher, handed)
        watcher.close()
    return figures


class Turns:
    """Takes the times; `watched` is how many episodes were handed in."""

    def __init__(self, watcher: Watcher, calls: int, seed: int) -> None:
        self._watcher, self._calls = watcher, calls
        self._rng = np.random.default_rng(seed)
        self.watched = 0

    async def measure(
        self, plain: Work, watched: Work, told: Callable[[], object] = lambda: None
    ) -> dict[str, list[Times]]:
        """Of each call, plain, watched and again; `told` is waited for after each."""
        ways = {"plain": plain, "watched": watched, "again": plain}
        seconds: dict[str, list[Times]] = {name: [] for name in ways}
        for turn in range(WARM_UP + self._calls):
            for name in self._rng.permutation(list(ways)).tolist():
                seconds[name].append(await _timed(ways[name], self._problem()))
                told()
            self.watched += 1
            if turn % BLOCK == 0:
                await asyncio.to_thread(self._watcher.flush, PATIENCE_S)
        await asyncio.to_thread(_settle, self._watcher, self.watched)
        return {name: values[WARM_UP:] for name, values in seconds.items()}

    def _problem(self) -> str:
        number, kind = self._rng.integers(10**9), self._rng.integers(10**9)
        return TEXT.format(number=number, kind=kind)


async def _timed(work: Work, problem: str) -> Times:
    start, own = time.perf_counter(), time.thread_time()
    await work(problem)
    return time.perf_counter() - start, time.thread_time() - own


async def _plain(problem: str) -> str:
    return ANSWER


def _watched(watcher: Watcher) -> Work:
    return watcher.watched(arm="function", check=lambda problem, result: True)(_plain)


def _team(watcher: Watcher | None) -> Work:
    """Runs one team again and again: what building one costs is no matter of watching."""
    from autogen_agentchat.agents import AssistantAgent
    from autogen_agentchat.conditions import MaxMessageTermination
    from autogen_agentchat.teams import RoundRobinGroupChat
    from autogen_core.model_context import BufferedChatCompletionContext

    from knowhow_agents.big_model.double import ScriptedModel

    def agent(name: str) -> AssistantAgent:
        model = ScriptedModel(*[ANSWER] * (MESSAGES * 3 * (WARM_UP + CALLS)))
        memory = BufferedChatCompletionContext(MESSAGES)  # so that no turn is longer than another
        return AssistantAgent(name, model_client=model, model_context=memory)

    stop = MaxMessageTermination(MESSAGES + 1)
    team: RoundRobinGroupChat = RoundRobinGroupChat(
        [agent("ann"), agent("bob")], termination_condition=stop
    )
    if watcher is not None:
        watcher.watch(team, check=lambda problem, result: True)

    async def work(problem: str) -> "TaskResult":
        return await team.run(task=problem)

    return work


@contextlib.contextmanager
def _litellm(watcher: Watcher) -> Iterator[tuple[Work, Work, Callable[[], object]]]:
    """Callbacks stand in lists of the whole process and are told in another thread, so the lists
    change only when a witness, which is always there, has been told of the last call."""
    from knowhow_agents.big_model import door

    library = door.litellm()  # before anything of its own, as its import would fetch a price list
    from litellm.integrations.custom_logger import CustomLogger

    heard = threading.Semaphore(0)

    class Witness(CustomLogger):
        def log_success_event(
            self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
        ) -> None:
            heard.release()

    witness = Witness()
    callback = watcher.litellm_callback(check=lambda problem, answer: True)
    names = ("input_callback", "success_callback", "failure_callback", "callbacks")
    # LiteLLM files callbacks in more lists than it is given them in; all are left as they were.
    lists = [name for name in dir(library) if name.endswith(("callback", "callbacks"))]
    before = {n: list(own) for n in lists if isinstance(own := getattr(library, n), list)}

    def ask_with(*installed: Any) -> Work:
        async def ask(problem: str) -> Any:
            for name in names:
                getattr(library, name)[:] = [*before[name], *installed]
            messages = [{"role": "user", "content": problem}]
            return library.completion(MODEL, messages=messages, mock_response=ANSWER)

        return ask

    try:
        yield ask_with(witness), ask_with(callback, witness), heard.acquire
    finally:
        for name, were in before.items():
            getattr(library, name)[:] = were


def _burst(figures: Figures, watcher: Watcher, size: int) -> int:
    """Everything at once, from one thread; nobody catches up in between."""
    seconds = []
    for number in range(size):
        start = time.perf_counter()
        with watcher.watching(TEXT.format(number=number, kind="burst"), arm="burst") as episode:
            episode.said(ANSWER, by="burst")
        seconds.append(time.perf_counter() - start)
    figures.percentiles("burst.call", seconds)
    figures.set("burst.calls", size)
    return size


def _settle(watcher: Watcher, handed: int) -> None:
    """LiteLLM tells its callbacks in a thread of its own, a moment later."""
    until = time.monotonic() + PATIENCE_S
    while _arrived(watcher) < handed and time.monotonic() < until:
        time.sleep(0.01)


def _arrived(watcher: Watcher) -> int:
    counts = watcher.recorder.counted()
    return counts["kept"] + counts["dropped"] + counts["lost"]


def _count(figures: Figures, know: Know, watcher: Watcher, handed: int) -> None:
    _settle(watcher, handed)
    counts = watcher.recorder.counted()
    with know.memory.database.reading() as connection:
        query = "select count(*), count(distinct problem_id) from decision where cause = 'watched'"
        rows, problems = connection.exec_driver_sql(query).one()
    figures.set("rows.handed_in", handed)
    figures.set("rows.in_the_store", int(rows))
    figures.set("rows.twice", int(rows - problems))
    figures.set("rows.missing", counts["kept"] - int(rows))
    figures.set("rows.dropped", counts["dropped"])
    figures.set("rows.lost", counts["lost"])
    figures.set("rows.unaccounted", handed - _arrived(watcher))


def _set(figures: Figures, name: str, seconds: dict[str, list[Times]], parts: int) -> None:
    both = {way: np.asarray(values).T / parts for way, values in seconds.items()}
    taken = {way: passed for way, (passed, _) in both.items()}
    own = {way: computed for way, (_, computed) in both.items()}
    figures.percentiles(f"{name}.plain", taken["plain"].tolist())
    figures.percentiles(f"{name}.watched", taken["watched"].tolist())
    figures.percentiles(f"{name}.overhead", (taken["watched"] - taken["plain"]).tolist())
    figures.percentiles(f"{name}.control", (taken["again"] - taken["plain"]).tolist())
    figures.percentiles(f"{name}.overhead.cpu", (own["watched"] - own["plain"]).tolist())


@contextlib.contextmanager
def _opened(folder: str, *, quick: bool) -> Iterator[Know]:
    settings = load_settings()
    settings.memory.location = folder
    settings.embedder.model = "hash:384" if quick else "all-MiniLM-L6-v2"
    settings.watching.share, settings.watching.text = 1.0, True
    with Know(settings) as know:
        yield know
