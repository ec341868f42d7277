"""A planning spec from what a big model made of a problem, where that can be used.

Models write names where we count and lists where we want numbers; that is translated. What is
missing, or no problem of its family, is refused with its reason. Whether a spec says what the text
says is another question: `reading.contradictions`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from knowhow_agents.protocol import spec as protocol
from knowhow_agents.skills.planning.specs import (
    Colouring,
    Jobs,
    Knapsack,
    Packing,
    Queens,
    Shifts,
    Spec,
    SpecRefused,
    Subset,
    Tour,
)

Facts = Mapping[str, Any]
NUMBER = re.compile(r"\d+")


def spec_from(analysed: protocol.Spec) -> Spec:
    make = FAMILIES.get(analysed.type)
    if make is None:
        raise SpecRefused(f"{analysed.type!r} is none of {', '.join(FAMILIES)}")
    try:
        return make(analysed.facts)
    except KeyError as missing:
        raise SpecRefused(f"{analysed.type}: {missing} is missing") from None
    except (TypeError, ValueError, IndexError, AttributeError) as error:
        if isinstance(error, SpecRefused):
            raise
        raise SpecRefused(f"{analysed.type}: its facts have another form ({error})") from None


def _colouring(facts: Facts) -> Spec:
    nodes = facts["nodes"]
    names = {str(node): place for place, node in enumerate(_listed(nodes), 1)}
    edges = tuple((names[str(a)], names[str(b)]) for a, b in facts["edges"])
    given = tuple((names[str(place)], _number(colour)) for place, colour in facts.get("given", []))
    return Colouring(len(names), edges, _number(facts["colours"]), given)


def _knapsack(facts: Facts) -> Spec:
    items = tuple((_number(item[-2]), _number(item[-1])) for item in facts["items"])
    return Knapsack(items, _number(facts["limit"]))


def _packing(facts: Facts) -> Spec:
    sizes = tuple(_number(i[-1] if isinstance(i, list) else i) for i in facts["items"])
    return Packing(sizes, _number(facts["limit"]))


def _tour(facts: Facts) -> Spec:
    return Tour(tuple((_number(stop[-2]), _number(stop[-1])) for stop in facts["stops"]))


def _queens(facts: Facts) -> Spec:
    given = tuple((_number(column), _number(row)) for column, row in facts.get("fixed", []))
    return Queens(_number(facts["size"]), given)


def _shifts(facts: Facts) -> Spec:
    off = tuple(tuple(map(_number, days)) for days in facts["off"])
    pay = tuple(map(_number, facts["pay"]))
    days, need, most = len(_listed(facts["days"])), _number(facts["need"]), _number(facts["most"])
    return Shifts(days, need, pay, off, most, bool(facts.get("rest", False)))


def _subset(facts: Facts) -> Spec:
    return Subset(tuple(map(_number, facts["numbers"])), _number(facts["goal"]))


def _jobs(facts: Facts) -> Spec:
    jobs = (steps for _, steps in facts["jobs"])
    return Jobs(tuple(tuple((_number(m), _number(h)) for m, h in steps) for steps in jobs))


def _listed(value: Any) -> list[Any]:
    """Things by name, or how many there are."""
    if isinstance(value, list):
        return value
    count = _number(value)
    if count > 1_000:
        raise SpecRefused(f"{count:,} things are too many")
    return [*range(1, count + 1)]


def _number(value: Any) -> int:
    """Also of "M2" and "12 kg"."""
    found = NUMBER.findall(str(value))
    if len(found) != 1:
        raise SpecRefused(f"{str(value)[:40]!r} is no number")
    return int(found[0])


FAMILIES: Mapping[str, Callable[[Facts], Spec]] = {
    "graph_colouring": _colouring,
    "knapsack": _knapsack,
    "bin_packing": _packing,
    "tour": _tour,
    "n_queens": _queens,
    "shifts": _shifts,
    "subset_sum": _subset,
    "job_shop": _jobs,
}
"""As the embedded models call them."""
