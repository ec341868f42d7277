"""Six ways to make a plan, each a real algorithm under the same budget of steps.

None is told the optimum, and none knows any family: a family gives them its views. Greedy takes
what looks best and never looks back; the table keeps the best way into every state, and has
nothing before it is full; search goes back where a plan cannot go on, in the order in which the
problem was told, and keeps the best it found; branch and bound goes on where most may be hoped
for, and has nothing before it is sure; local search changes a whole plan bit by bit.
Constraint propagation is in `propagation`.
"""

import heapq
import math
import random
from collections.abc import Hashable, Iterator
from itertools import count
from typing import Any

from knowhow_agents.skills.planning.course import Answer, Course, Landscape
from knowhow_agents.skills.planning.steps import OutOfStepsError, Steps

Path = tuple["Path", Any] | None
"""The choices so far, the last one first: plans share what they have in common."""

COLDEST = 0.01
"""Share of the first heat that is left in the end."""
EPSILON = 1e-9


def greedy(course: Course, steps: Steps) -> Answer | None:
    state: Any = course.start
    path: Path = None
    for _ in range(course.decisions):
        best = min(course.options(state, steps), key=lambda option: option.appeal, default=None)
        if best is None:
            return None
        state, path = best.state, (path, best.choice)
    return course.answer(_choices(path))


def table(course: Course, steps: Steps) -> Answer | None:
    layer: dict[Hashable, tuple[float, Path]] = {course.start: (0.0, None)}
    for _ in range(course.decisions):
        following: dict[Hashable, tuple[float, Path]] = {}
        for state, (cost, path) in layer.items():
            for option in course.options(state, steps):
                total = cost + option.cost
                known = following.get(option.state)
                if known is None or total < known[0]:
                    following[option.state] = total, (path, option.choice)
        layer = following
    if not layer:
        return None
    return course.answer(_choices(min(layer.values(), key=lambda entry: entry[0])[1]))


def search(course: Course, steps: Steps) -> Answer | None:
    best, found = math.inf, None
    open_: list[tuple[Iterator[Any], float, Path]] = [
        (course.options(course.start, steps), 0.0, None)
    ]
    try:
        while open_:
            options, cost, path = open_[-1]
            option = next(options, None)
            if option is None:
                open_.pop()
                continue
            total, way = cost + option.cost, (path, option.choice)
            if total >= best - EPSILON:
                continue
            if len(open_) == course.decisions:
                best, found = total, way
            else:
                open_.append((course.options(option.state, steps), total, way))
    except OutOfStepsError:
        if found is None:
            raise
    return None if found is None else course.answer(_choices(found))


def branch_and_bound(course: Course, steps: Steps) -> Answer | None:
    """Best first; of what promises the same, what is further on."""
    number = count()
    queue: list[tuple[float, int, float, int, float, Any, Path]] = [
        (0.0, 0, 0.0, next(number), 0.0, course.start, None)
    ]
    while queue:
        _, ahead, _, _, cost, state, path = heapq.heappop(queue)
        if -ahead == course.decisions:
            return course.answer(_choices(path))
        for option in course.options(state, steps):
            total = cost + option.cost
            hoped = total + course.bound(option.state, steps)
            if hoped < math.inf:
                way = (path, option.choice)
                entry = hoped, ahead - 1, option.appeal, next(number), total, option.state, way
                heapq.heappush(queue, entry)
    return None


def local(landscape: Landscape, steps: Steps, rng: random.Random) -> Answer | None:
    """Annealing: worse plans are accepted less and less, until the budget is gone."""
    best, found = landscape.cost, landscape.answer()
    steps.take(len(found))
    try:
        while best > landscape.goal + EPSILON:
            steps.take(landscape.price)
            move = landscape.propose(rng)
            change = landscape.change(move)
            heat = landscape.heat * COLDEST**steps.share
            if change <= 0 or rng.random() < math.exp(-change / heat):
                landscape.make(move, change)
                if landscape.cost < best - EPSILON:
                    best, found = landscape.cost, landscape.answer()
    except OutOfStepsError:
        pass
    return found


def _choices(path: Path) -> list[Any]:
    found = []
    while path is not None:
        path, choice = path
        found.append(choice)
    return found[::-1]
