"""How the specialists learn: from worked examples, everybody from those that concern them.

A worked example is a problem with a trace that the solver has verified. It holds a lesson for the
specialist of every part, and one for whoever divides, who learns from everybody's. No specialist
gets more than `at_most` examples, so that what was learnt from how much can be told; each is read
several times, in variations. Knows nothing about how examples come about.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow_adapters.artefact import write_adapter
from knowhow_adapters.learn.examples import Example
from knowhow_adapters.learn.train import Job, Report, Settings, train
from knowhow_agents.skills.traces.divider import Divider, Vectors
from knowhow_agents.skills.traces.divider_learning import Worked, learn_division
from knowhow_agents.skills.traces.hunches import Hunches, learn_hunches
from knowhow_agents.skills.traces.language import SPECIALISTS, parse
from knowhow_agents.skills.traces.marks import look
from knowhow_agents.skills.traces.recomposed import Recomposer
from knowhow_agents.skills.traces.sense import Sense, learn_sense, sums_of
from knowhow_agents.skills.traces.sums import NotTold
from knowhow_agents.skills.traces.team import Divides, Said, lessons
from knowhow_agents.skills.traces.variations import idle_sentences, vary

if TYPE_CHECKING:
    from knowhow_adapters.adapter import Adapter
    from knowhow_adapters.base.load import Base

AT_MOST = 500
SETTINGS = Settings(rank=16, alpha=32.0, rate=2e-3, epochs=1, rows=16)
"""Every epoch has variations of its own."""
READ = 4_000
"""Examples that are read in a training, each with all its lessons, and few more often."""
FEWEST_TIMES, MOST_TIMES = 3, 30
RECOMPOSED_SHARE = 0.6
"""Of the variations, that are told as parts of something longer."""


@dataclass(frozen=True)
class Shown:
    """A worked example that tells what everybody should have said."""

    problem: str
    trace: str
    said: tuple[Said, ...]

    def concerns(self, agent: str) -> bool:
        return any(said.agent == agent for said in self.said)


Taught = Mapping[str, Sequence[Shown]]
"""By specialist."""
Adapters = Mapping[str, "Adapter"]


@dataclass(frozen=True)
class Learnt:
    """What a team is made of."""

    adapters: Adapters
    divider: Divides
    hunches: Hunches | None = None
    sense: Sense = field(default_factory=Sense)

    @property
    def doubts(self) -> tuple[Divider, Hunches] | None:
        """Who says what else may be meant, where both have been learnt."""
        if self.hunches and isinstance(self.divider, Divider):
            return self.divider, self.hunches
        return None


def show(example: Worked) -> Shown:
    """`NotTold` where the trace does not tell who should have said what."""
    said = lessons(look(example.problem), parse(example.trace))
    return Shown(example.problem, example.trace, tuple(said))


def gather(worked: Iterable[Worked], *, at_most: int = AT_MOST) -> dict[str, list[Shown]]:
    """The first examples for everybody; what tells nothing for sure is passed over."""
    taught: dict[str, list[Shown]] = {agent: [] for agent in SPECIALISTS}
    for example in worked:
        try:
            add(taught, show(example), at_most=at_most)
        except NotTold:
            continue
    return taught


def add(taught: Mapping[str, list[Shown]], shown: Shown, *, at_most: int) -> None:
    """To those whom it concerns and who have room for it."""
    for agent, found in taught.items():
        if len(found) < at_most and shown.concerns(agent):
            found.append(shown)


def everything(taught: Taught) -> list[Shown]:
    """One example of every problem; where several specialists solved it alone, the last of them in
    the order of `SPECIALISTS`: arithmetic, the first, can say nearly everything."""
    return list({shown.problem: shown for found in taught.values() for shown in found}.values())


def sft(
    base: "Base",
    vectors: Vectors,
    taught: Taught,
    folder: Path,
    *,
    seed: int = 0,
    report: Report | None = None,
) -> Learnt:
    """Everybody's adapter, in one pass, who divides, hunches, and what makes sense; goes on where a
    run in this folder was stopped."""
    jobs = [
        Job(agent, _examples(agent, found, seed), None, SETTINGS)
        for agent, found in taught.items()
        if found
    ]
    adapters = learn(base, jobs, folder, report=report)
    examples, said = everything(taught), said_by(taught)
    return Learnt(
        adapters,
        learn_division(examples, vectors, seed=seed),
        learn_hunches(said, vectors, seed=seed),
        learn_sense([(one.problem, one.trace) for one in examples], sums_of(said)),
    )


def said_by(taught: Taught) -> list[Said]:
    """What everybody's own examples say."""
    return [
        said
        for agent, found in taught.items()
        for shown in found
        for said in shown.said
        if said.agent == agent
    ]


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


def _examples(agent: str, found: Sequence[Shown], seed: int) -> list[Example]:
    """Every example as it is, and in variations."""
    rng = random.Random(f"variations:{agent}:{seed}")
    traces = [parse(one.trace) for one in found]
    idle = [
        sentence
        for one, trace in zip(found, traces, strict=True)
        for sentence in idle_sentences(one.problem, trace)
    ]
    own = [lesson for one in found for lesson in one.said if lesson.agent == agent]
    recomposer = Recomposer(agent, own)
    times = min(max(READ // len(found), FEWEST_TIMES), MOST_TIMES)
    read = list(own)
    for one, trace in list(zip(found, traces, strict=True)) * (times - 1):
        try:
            said: Sequence[Said] = lessons(look(vary(one.problem, idle, rng)), trace)
        except NotTold:  # a sentence that was put in says one of the numbers too
            said = one.said
        for lesson in said:
            if lesson.agent == agent:
                anew = rng.random() < RECOMPOSED_SHARE
                read.append(recomposer.tell(lesson, rng) if anew else lesson)
    return [Example(lesson.prompt, lesson.answer, 1.0, agent, 0, None) for lesson in read]
