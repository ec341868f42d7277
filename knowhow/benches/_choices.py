"""Problems that want one of several ways, outcomes of ways tried, and simple ways to tell which.

What the right way is follows from a problem's last sum, which only reading it tells. Each of the
three that are ever right is right for a third of the problems, and one is never: nobody gets far by
always taking the same. Knows nothing about routers or training.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from knowhow.benches._records import Problem, tell

if TYPE_CHECKING:
    from knowhow_adapters.base.corpus.pattern import Pattern
    from knowhow_adapters.learn.attempts import Attempt

RIGHT = ("one step", "add last", "subtract last")
STRATEGIES = (*RIGHT, "multiply last")
NEIGHBOURS = 15


def best_strategy(pattern: "Pattern") -> str:
    """The way that leads to its solution."""
    if len(pattern.steps) == 1:
        return "one step"
    return {"+": "add last", "-": "subtract last"}[pattern.steps[-1][1]]


def draw_problems(count: int, seed: int, *, held_out: bool) -> list[Problem]:
    """Different ones; of those held out every second is told in a phrasing nothing else uses."""
    from knowhow_adapters.base.corpus.patterns import PATTERNS
    from knowhow_adapters.base.corpus.registry import Draw
    from knowhow_adapters.learn.attempts import is_held_out

    rng = random.Random(f"ways:{seed}:{held_out}")
    wanting = {way: [p for p in PATTERNS if best_strategy(p) == way] for way in RIGHT}
    found: dict[str, Problem] = {}
    while len(found) < count:
        draw = Draw(rng, held=held_out and len(found) % 2 == 1)
        problem = tell(draw, rng.choice(wanting[rng.choice(RIGHT)]))
        if is_held_out(problem.text) == held_out:
            found.setdefault(problem.text, problem)
    return list(found.values())


def draw_choices(count: int, seed: int, lies: float) -> "list[Attempt]":
    """Strategies tried at random, each telling of one way only, so many of them wrongly."""
    from knowhow_adapters.learn.attempts import Attempt, ask_strategy

    rng = random.Random(f"choices:{seed}")
    attempts: list[Attempt] = []
    for number, problem in enumerate(draw_problems(count, seed, held_out=False)):
        tried = rng.choice(STRATEGIES)
        reward = float((tried == best_strategy(problem.pattern)) != (rng.random() < lies))
        attempts.append(
            Attempt(
                outcome_id=f"choice{number}", seq=number, tenant="default", principal=None,
                problem=problem.text, task=problem.pattern.domain, month="2026-11",
                strategy=tried, prompt=ask_strategy(problem.text), answer=tried, reward=reward,
            )
        )  # fmt: skip
    return attempts


def usual(attempts: "Sequence[Attempt]") -> str:
    """The strategy that succeeded most often of the times it was tried."""
    tried: dict[str, list[float]] = defaultdict(list)
    for attempt in attempts:
        tried[attempt.answer].append(attempt.reward)
    return max(sorted(tried), key=lambda strategy: sum(tried[strategy]) / len(tried[strategy]))


def by_task(attempts: "Sequence[Attempt]", tasks: Sequence[str]) -> list[str]:
    """A count table: the usual one of the task."""
    best = {
        task: usual([attempt for attempt in attempts if attempt.task == task])
        for task in {attempt.task for attempt in attempts}
    }
    return [best.get(task) or usual(attempts) for task in tasks]


def by_neighbours(attempts: "Sequence[Attempt]", problems: Sequence[str]) -> list[str]:
    """The usual one among the outcomes that share most words."""
    words = [set(attempt.problem.casefold().split()) for attempt in attempts]
    found = []
    for problem in problems:
        own = set(problem.casefold().split())
        near = sorted(range(len(words)), key=lambda n: -len(own & words[n]) / len(own | words[n]))
        found.append(usual([attempts[n] for n in near[:NEIGHBOURS]]))
    return found
