"""Rounds of sample, solve, reward and train: the specialists get better by trying.

In a round everybody tries each problem several times; the solver and the known answer say what an
attempt was worth. What was said in attempts that went better than others at the same question is
made likelier, what was said in worse ones less likely. Rewards are graded as `reward` says, or
binary: right or nothing. Whoever divides learns anew, from what was right as well. Knows nothing
about where problems come from.
"""

import contextlib
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Protocol

from knowhow_adapters.bank import Bank
from knowhow_adapters.decode.engine import Decoder
from knowhow_adapters.learn.examples import Example
from knowhow_adapters.learn.objective import Objective
from knowhow_adapters.learn.train import Job, Report
from knowhow_agents.skills.traces.divider import Vectors
from knowhow_agents.skills.traces.divider_learning import learn_division
from knowhow_agents.skills.traces.learning import SETTINGS, Learnt, Shown, learn, publish, show
from knowhow_agents.skills.traces.reward import RIGHT, grade
from knowhow_agents.skills.traces.sums import NotTold
from knowhow_agents.skills.traces.team import Adapted, Attempt, Said, Team
from knowhow_agents.skills.traces.telling import Item
from knowhow_agents.skills.traces.weighing import Weighing, judge_of
from knowhow_memory.durable import make_folder, write_file

if TYPE_CHECKING:
    from fractions import Fraction

    from knowhow_adapters.base.load import Base

SAMPLES = 4
TEMPERATURE = 1.0
ROUND = replace(SETTINGS, rate=1e-4, objective=Objective.UNPAIRED)
"""A round starts from what everybody knows already, so it goes in small steps."""
BANK_BYTES = 2**28
ATTEMPTS, VERSIONS = "attempts.jsonl", "versions"
SEEDS_APART = 1_000_003
"""Every question of a team has a seed of its own, counted on from this."""
LEAST = 0.01
"""An advantage below this says nothing."""


class Guesses(Protocol):
    """Who makes attempts at problems of which the answer is known."""

    def guess(self, problem: str, answer: "Fraction") -> list[Attempt]: ...


class Reward(StrEnum):
    GRADED = "graded"
    BINARY = "binary"


@dataclass(frozen=True)
class Tried:
    attempt: Attempt
    reward: float


def team_of(base: "Base", learnt: Learnt, versions: Path) -> Team:
    """A team of what was learnt; the adapters' versions are published to the folder."""
    make_folder(versions)
    bank = Bank(base, lambda ref: versions / ref, BANK_BYTES)
    voice = Adapted(Decoder(base, bank), publish(learnt.adapters, base, versions))
    if not learnt.doubts:
        return Team(voice, learnt.divider)
    weighing = Weighing(*learnt.doubts, judge_of(base, learnt.adapters), learnt.sense)
    return Team(voice, learnt.divider, weighing)


def practise(
    team: Team, items: Sequence[Item], *, samples: int, temperature: float, seed: int
) -> list[Tried]:
    """Several attempts at each problem, with graded rewards."""
    asked = [item for item in items for _ in range(samples)]
    problems = [item.problem for item in asked]
    attempts = team.attempt(problems, temperature=temperature, seed=seed * SEEDS_APART)
    return [
        Tried(attempt, judge(attempt, item)) for attempt, item in zip(attempts, asked, strict=True)
    ]


def persist(
    team: Team, items: Sequence[Item], *, seed: int, guessers: Sequence[Guesses] = ()
) -> list[Tried]:
    """The likeliest attempt at each problem; where that is not right, what each of the guessers
    finds, and then a few more with heat."""
    tried = practise(team, items, samples=1, temperature=0.0, seed=seed)

    def left() -> list[int]:
        return [at for at, one in enumerate(tried) if one.reward != RIGHT]

    for guesser in guessers:
        for at in left():
            guessed = guesser.guess(items[at].problem, items[at].answer)
            tried[at] = _best(tried[at], *(Tried(one, judge(one, items[at])) for one in guessed))
    for again in range(1, SAMPLES):
        places = left()
        problems = [items[at] for at in places]
        drawn = practise(
            team, problems, samples=1, temperature=TEMPERATURE, seed=seed * SAMPLES + again
        )
        for at, one in zip(places, drawn, strict=True):
            tried[at] = _best(tried[at], one)
    return tried


def _best(*tried: Tried) -> Tried:
    """The first of the best."""
    return max(tried, key=lambda one: one.reward)


def verified(tried: Sequence[Tried]) -> Iterator[Shown]:
    """What may be learnt from attempts that were right, one of each problem."""
    solved = {one.attempt.problem: one.attempt for one in tried if one.reward == RIGHT}
    for attempt in solved.values():
        with contextlib.suppress(NotTold):
            yield show(attempt)


def judge(attempt: Attempt, item: Item) -> float:
    return grade(attempt.trace, answer=item.answer, specialists=item.specialists).reward


def advantages(tried: Sequence[Tried], reward: Reward) -> dict[str, list[Example]]:
    """What everybody said, weighted by how much better it went than what else was said to the same
    question; only what made a difference."""
    worth: dict[Said, list[float]] = defaultdict(list)
    asked: dict[tuple[str, str], list[float]] = defaultdict(list)
    for one in tried:
        value = one.reward if reward is Reward.GRADED else float(one.reward == RIGHT)
        for said in one.attempt.said:
            worth[said].append(value)
            asked[said.agent, said.prompt].append(value)
    found: dict[str, list[Example]] = defaultdict(list)
    for said, values in worth.items():
        advantage = fmean(values) - fmean(asked[said.agent, said.prompt])
        if abs(advantage) >= LEAST:
            example = Example(said.prompt, said.answer, advantage, said.agent, 0, None)
            found[said.agent].append(example)
    return dict(found)


def _again(agent: str, examples: Sequence[Shown], count: int, seed: int) -> list[Example]:
    """What somebody said in examples, as often as it says something new, so that no round costs
    what was known."""
    own = [said for shown in examples for said in shown.said if said.agent == agent]
    some = random.Random(f"again:{agent}:{seed}").sample(own, min(count, len(own)))
    return [Example(said.prompt, said.answer, 1.0, agent, 0, None) for said in some]


def play_round(
    base: "Base",
    vectors: Vectors,
    learnt: Learnt,
    examples: list[Shown],
    items: Sequence[Item],
    folder: Path,
    *,
    reward: Reward,
    seed: int,
    attempts: Path | None = None,
    report: Report | None = None,
) -> Learnt:
    """One round; what was tried is kept, so that a stopped one goes on with the same attempts.

    `attempts`: where, if other rounds try the same; `examples`: all that was right so far, also in
    this round afterwards. Whoever divides learns from it, and everybody reads some of it again
    beside what is new.
    """

    def make() -> list[Tried]:
        team = team_of(base, learnt, folder / VERSIONS)
        return practise(team, items, samples=SAMPLES, temperature=TEMPERATURE, seed=seed)

    tried = keep(attempts or folder / ATTEMPTS, make)
    jobs = [
        Job(
            agent,
            [*found, *_again(agent, examples, len(found), seed)],
            learnt.adapters.get(agent),
            replace(ROUND, seed=seed),
        )
        for agent, found in advantages(tried, reward).items()
    ]
    trained = learn(base, jobs, folder / "training", report=report)
    examples.extend(verified(tried))
    divider = learn_division(examples, vectors, seed=seed)
    return replace(learnt, adapters={**learnt.adapters, **trained}, divider=divider)


def keep(path: Path, make: Callable[[], list[Tried]]) -> list[Tried]:
    """What was tried before, if it was; so whoever is stopped goes on from there."""
    if path.exists():
        return [_read(line) for line in path.read_text().splitlines()]
    tried = make()
    make_folder(path.parent)
    write_file(path, "".join(json.dumps(asdict(one)) + "\n" for one in tried).encode())
    return tried


def _read(line: str) -> Tried:
    found = json.loads(line)
    attempt = found["attempt"]
    said = tuple(Said(**one) for one in attempt.pop("said"))
    return Tried(Attempt(**attempt, said=said), found["reward"])
