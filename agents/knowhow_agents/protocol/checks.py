"""Whether an answer is what a spec asks for, where its facts say enough to see that.

To check is easier than to solve: nobody here looks for an answer. A spec is only as good as the
model that wrote it, so facts that do not stand in the problem check nothing. True: all that was
asked for is met. False: something is not. None: nothing can be said. Knows nothing of models.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from knowhow_agents.protocol.spec import Spec
from knowhow_memory.errors import InputError

TOKEN = re.compile(r"-?\d+|[^\W\d_]+")

Facts = Mapping[str, Any]


class _Unreadable(InputError):
    """Facts of another shape than a check needs."""


def check(problem: str, spec: Spec, answer: str) -> bool | None:
    checker = CHECKERS.get(spec.type)
    if checker is None or not _stand_in(problem, spec.facts):
        return None
    try:
        return checker(spec.facts, TOKEN.findall(answer))
    except (_Unreadable, KeyError, TypeError, ValueError):
        return None


def _subset_sum(facts: Facts, said: list[str]) -> bool | None:
    """Some of the numbers, each used once, that add up to the goal."""
    left, goal = [int(number) for number in facts["numbers"]], int(facts["goal"])
    for number in map(int, said):
        if number not in left:
            return False
        left.remove(number)
    return sum(map(int, said)) == goal


def _tour(facts: Facts, said: list[str]) -> bool | None:
    """Every stop once, from the first on. That no way is shorter would have to be searched for."""
    stops = [str(stop) for stop in facts["stops"]]
    if len(said) == len(stops) + 1 and said[0] == said[-1]:
        said = said[:-1]
    if sorted(said) != sorted(stops) or said[0] != stops[0]:
        return False
    return None


def _logic_puzzle(facts: Facts, said: list[str]) -> bool | None:
    """Everybody has one value, and no clue is broken."""
    people, values = [str(p) for p in facts["people"]], [str(v) for v in facts["values"]]
    found = dict(zip(said[::2], said[1::2], strict=True))
    if sorted(found) != sorted(people) or sorted(found.values()) != sorted(values):
        return False
    for person, how, value in facts["clues"]:
        if (found[person] == value) is not {"is": True, "not": False}[how]:
            return False
    return True


CHECKERS: Mapping[str, Callable[[Facts, list[str]], bool | None]] = {
    "subset_sum": _subset_sum,
    "tour": _tour,
    "logic_puzzle": _logic_puzzle,
}
WORDS_OF_OURS = frozenset({"is", "not"})


def _stand_in(problem: str, facts: Facts) -> bool:
    told = set(TOKEN.findall(problem.casefold()))
    return all(word in told | WORDS_OF_OURS for word in _leaves(facts))


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield from TOKEN.findall(str(value).casefold())
