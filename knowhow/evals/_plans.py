"""Small plans of the base's corpus (tours, sums to reach, who has what), and a specialist for them.

The specialist's small model writes the problem down as a spec; a search over the few possibilities
finds the plan. Knows nothing of big models.
"""

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise, permutations
from typing import Any

from knowhow.evals._problems import Item, drawn
from knowhow_adapters.base.corpus.forms import as_json
from knowhow_adapters.base.corpus.planning import attemptable, plan_spec
from knowhow_adapters.base.corpus.registry import Draw, Side
from knowhow_agents.protocol.guidance import Guidance

NAME, CHECKED = "plans", True
MOST = 8
"""Things to put in order: who lists more has misread a small plan."""
STRANGE = ("Atlantis", "unicorn", "41")
"""Neither a town, an animal nor a number of any problem."""
WORD = re.compile(r"\w+")

Plan = tuple[str, ...]
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Family:
    plans: Callable[[Facts], Iterator[Plan]]
    cost: Callable[[Facts, Plan], float | None]
    """The best plan costs least; None for what is no plan at all."""
    write: Callable[[Plan], str] = " ".join


def draw(count: int, seed: int, side: Side, *, held: bool = False) -> list[Item]:
    return drawn(count, f"{NAME}:{seed}", side, held=held, make=_item)


def _item(draw: Draw) -> Item:
    task = attemptable(draw)
    assert task.answer is not None
    family, spec = FAMILIES[task.family], task.spec
    best = family.cost(spec, _read(task.answer))
    assert best is not None
    worse = [plan for plan in family.plans(spec) if family.cost(spec, plan) != best]

    def misread(rng: random.Random) -> Guidance:
        plan = list(_read(task.answer or ""))
        plan[rng.randrange(len(plan))] = rng.choice(STRANGE)
        return _guidance(family.write(tuple(plan)), "misread")

    def changed(rng: random.Random) -> Guidance | None:
        return _guidance(family.write(rng.choice(worse)), "changed") if worse else None

    return Item(
        problem=task.text,
        specialists=as_json(plan_spec(task)),
        oracle=_guidance(task.answer, "oracle"),
        is_right=lambda answer: family.cost(spec, _read(answer)) == best,
        misread=misread,
        changed=changed,
    )


def prompt(problem: str) -> str:
    """What the specialist's small model is asked."""
    return f"{problem}\nSpec as JSON."


def whisper(said: str, source: str) -> Guidance | None:
    """The best plan for the spec that was written; None where there is none."""
    try:
        spec = json.loads(said)
        family = FAMILIES[spec["type"]]
        rated = [(family.cost(spec, plan), plan) for plan in family.plans(spec)]
        found = min((cost, plan) for cost, plan in rated if cost is not None)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return _guidance(family.write(found[1]), source)


def _guidance(plan: str, source: str) -> Guidance:
    return Guidance(f"result: {plan}", source, plan)


def _read(answer: str) -> Plan:
    return tuple(WORD.findall(answer))


def _names(listed: Any) -> Plan:
    names = tuple(str(name) for name in listed)
    if not 0 < len(names) <= MOST:
        raise ValueError(f"{len(names)} are no small plan")
    return names


def _tours(facts: Facts) -> Iterator[Plan]:
    first, *others = _names(facts["stops"])
    return ((first, *way) for way in permutations(others))


def _length(facts: Facts, plan: Plan) -> float | None:
    stops = _names(facts["stops"])
    if sorted(plan) != sorted(stops) or plan[0] != stops[0]:
        return None
    legs = {frozenset((a, b)): float(d) for a, b, d in facts["distances"]}
    return sum(legs[frozenset(leg)] for leg in pairwise((*plan, plan[0])))


def _choices(facts: Facts) -> Iterator[Plan]:
    numbers = _names(facts["numbers"])
    return (some for size in (1, 2, 3) for some in combinations(numbers, size))


def _reached(facts: Facts, plan: Plan) -> float | None:
    numbers = _names(facts["numbers"])
    if not all(plan.count(number) <= numbers.count(number) for number in plan):
        return None
    return 0.0 if sum(map(int, plan)) == int(facts["goal"]) else None


def _pairings(facts: Facts) -> Iterator[Plan]:
    people, values = _names(facts["people"]), _names(facts["values"])
    for order in permutations(values):
        yield tuple(word for pair in zip(people, order, strict=True) for word in pair)


def _agrees(facts: Facts, plan: Plan) -> float | None:
    found = dict(zip(plan[::2], plan[1::2], strict=False))
    if sorted(found) != sorted(_names(facts["people"])):
        return None
    kept = all((found[who] == what) is (how == "is") for who, how, what in facts["clues"])
    return 0.0 if kept and sorted(found.values()) == sorted(_names(facts["values"])) else None


def _write_pairs(plan: Plan) -> str:
    return ", ".join(map(" ".join, zip(plan[::2], plan[1::2], strict=True)))


FAMILIES: Mapping[str, Family] = {
    "tour": Family(_tours, _length),
    "subset_sum": Family(_choices, _reached),
    "logic_puzzle": Family(_pairings, _agrees, _write_pairs),
}
