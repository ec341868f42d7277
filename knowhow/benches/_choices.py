"""Simple ways to tell the best strategy from outcomes: baselines for a model that learns it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knowhow_adapters.learn.attempts import Attempt

NEIGHBOURS = 15


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
