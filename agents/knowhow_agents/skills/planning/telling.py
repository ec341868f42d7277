"""Tells a spec as a problem in words, in one of the usual phrasings or in one kept aside.

Everything that counts is in the text: who reads it needs nothing else. Knows nothing about how
specs are drawn and solved.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from knowhow_agents.skills.planning import phrasings
from knowhow_agents.skills.planning.remarks import remarks
from knowhow_agents.skills.planning.specs import Spec

CHOICE = re.compile(r"\[([^\[\]]*)\]")
Gaps = dict[str, Any]


def tell(rng: random.Random, spec: Spec, *, held: bool = False) -> str:
    frames = phrasings.FRAMES[spec.family]
    frame = rng.choice(frames.held if held else frames.usual)
    frame = CHOICE.sub(lambda found: rng.choice(found[1].split("|")), frame)
    told = frame.format_map(GAPS[spec.family](rng, spec))
    size, shape = remarks(rng, spec)
    return f"{size} {told} {shape}".strip()


def _colouring(rng: random.Random, spec: Any) -> Gaps:
    given = [phrasings.GIVEN_COLOUR.format(place=p, colour=c) for p, c in spec.given]
    edges = _listed(f"{a}-{b}" for a, b in spec.edges)
    return {
        "places": spec.places, "colours": spec.colours, "edges": edges, "given": "".join(given),
    }  # fmt: skip


def _knapsack(rng: random.Random, spec: Any) -> Gaps:
    heaviest = max(weight for weight, _ in spec.items)
    unit = phrasings.KILOS if heaviest <= phrasings.HEAVIEST_KILOS else phrasings.GRAMS
    style = rng.choice(phrasings.ITEM_STYLES)
    items = [style.format(weight=w, unit=unit, worth=v) for w, v in spec.items]
    return {"limit": f"{spec.limit} {unit}", "count": len(items), "items": "; ".join(items)}


def _packing(rng: random.Random, spec: Any) -> Gaps:
    limit = f"{spec.limit} {rng.choice(phrasings.SIZE_UNITS)}"
    return {"limit": limit, "count": len(spec.sizes), "sizes": _listed(spec.sizes)}


def _tour(rng: random.Random, spec: Any) -> Gaps:
    return {"count": len(spec.stops), "stops": _listed(f"({x}, {y})" for x, y in spec.stops)}


def _queens(rng: random.Random, spec: Any) -> Gaps:
    given = [phrasings.GIVEN_QUEEN.format(column=c, row=r) for c, r in spec.given]
    return {"size": spec.size, "given": "".join(given)}


def _shifts(rng: random.Random, spec: Any) -> Gaps:
    names = sorted(rng.sample(phrasings.PEOPLE, len(spec.pay)))
    style = rng.choice(phrasings.STAFF_STYLES)
    staff = [
        style.format(name=name, pay=pay, off=", ".join(map(str, off)) or "no day")
        for name, pay, off in zip(names, spec.pay, spec.off, strict=True)
    ]
    rest = rng.choice(phrasings.REST) if spec.rest else ""
    return {
        "days": spec.days, "need": spec.need, "most": spec.most, "rest": rest,
        "staff": "; ".join(staff),
    }  # fmt: skip


def _subset(rng: random.Random, spec: Any) -> Gaps:
    return {"count": len(spec.numbers), "goal": spec.goal, "numbers": _listed(spec.numbers)}


def _jobs(rng: random.Random, spec: Any) -> Gaps:
    step, job = rng.choice(phrasings.STEP_STYLES), rng.choice(phrasings.JOB_STYLES)
    jobs = [
        job.format(
            number=number, steps=", ".join(step.format(machine=m, hours=h) for m, h in steps)
        )
        for number, steps in enumerate(spec.jobs, 1)
    ]
    return {"count": len(jobs), "jobs": "; ".join(jobs)}


def _listed(things: Sequence[Any] | Any) -> str:
    return ", ".join(map(str, things))


GAPS: Mapping[str, Callable[[random.Random, Any], Gaps]] = {
    "colouring": _colouring,
    "knapsack": _knapsack,
    "packing": _packing,
    "tour": _tour,
    "queens": _queens,
    "shifts": _shifts,
    "subset": _subset,
    "jobs": _jobs,
}
