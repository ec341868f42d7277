"""How the specialists learn: from worked examples, each adapter from its own lessons.

A worked example is a problem with a trace that the solver has verified. It holds a lesson for
whoever divides and for the specialist of every part. Of so many examples nobody gets more than
`at_most` lessons, so that what was learnt from how much can be told. Knows nothing about how
examples come about.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from knowhow_adapters.artefact import write_adapter
from knowhow_adapters.learn.examples import Example
from knowhow_adapters.learn.train import Job, Report, Settings, train
from knowhow_agents.skills.traces.language import parse
from knowhow_agents.skills.traces.sums import NotTold
from knowhow_agents.skills.traces.team import AGENTS, DIVIDER, Said, lessons

if TYPE_CHECKING:
    from knowhow_adapters.adapter import Adapter
    from knowhow_adapters.base.load import Base

AT_MOST = 500
COMPOSED_SHARE = 0.5
"""Of the lessons in dividing; most problems are one part, and those are soon learnt."""
SETTINGS = Settings(rank=16, alpha=32.0, rate=3e-3)
FEWEST_EPOCHS, MOST_EPOCHS = 3, 20
READ = 1_500
"""Lessons that are read in a training, the same ones again where there are few."""


class Worked(Protocol):
    """A problem with a trace that was verified."""

    @property
    def problem(self) -> str: ...

    @property
    def trace(self) -> str: ...


Lessons = Mapping[str, Sequence[Said]]
"""By agent."""
Adapters = Mapping[str, "Adapter"]


def gather(worked: Iterable[Worked], *, at_most: int = AT_MOST) -> dict[str, list[Said]]:
    """The first lessons for everybody; examples that tell nothing for sure are passed over."""
    found: dict[str, list[Said]] = {agent: [] for agent in AGENTS}
    composed = 0
    for example in worked:
        try:
            learnt = lessons(example.problem, parse(example.trace))
        except NotTold:
            continue
        for lesson in learnt:
            if lesson.agent == DIVIDER:
                many = len(learnt) > 2
                if (composed if many else len(found[DIVIDER]) - composed) >= _room(at_most, many):
                    continue
                composed += many
            if len(found[lesson.agent]) < at_most:
                found[lesson.agent].append(lesson)
    return found


def sft(
    base: "Base",
    taught: Lessons,
    folder: Path,
    *,
    settings: Settings = SETTINGS,
    start: Adapters | None = None,
    report: Report | None = None,
) -> dict[str, "Adapter"]:
    """Everybody's adapter, in one pass; goes on where a run in this folder was stopped."""
    start = start or {}
    jobs = [
        Job(
            agent,
            [Example(one.prompt, one.answer, 1.0, agent, 0, None) for one in found],
            start.get(agent),
            replace(settings, epochs=_epochs(len(found))),
        )
        for agent, found in taught.items()
        if found
    ]
    return learn(base, jobs, folder, report=report)


def learn(
    base: "Base", jobs: Sequence[Job], folder: Path, *, report: Report | None = None
) -> dict[str, "Adapter"]:
    """The adapters that these jobs lead to."""
    adapters: dict[str, Adapter] = {}
    for trained in train(base, jobs, folder, report=report) if jobs else ():
        if trained.adapter is None:
            assert trained.error
            raise trained.error
        adapters[trained.agent] = trained.adapter
    return adapters


def publish(adapters: Adapters, base: "Base", versions: Path) -> dict[str, str]:
    """Agent → version, as a team takes them."""
    return {
        agent: write_adapter(adapter, base, versions).name for agent, adapter in adapters.items()
    }


def _room(at_most: int, composed: bool) -> int:
    share = round(at_most * COMPOSED_SHARE)
    return share if composed else at_most - share


def _epochs(lessons: int) -> int:
    return min(max(READ // lessons, FEWEST_EPOCHS), MOST_EPOCHS)
