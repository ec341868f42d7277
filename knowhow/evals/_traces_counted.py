"""What attempts at an examination of word problems come to: the figures of all its cells."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from knowhow.figures import Figures

if TYPE_CHECKING:
    from knowhow_agents.skills.traces.rounds import Tried
    from knowhow_agents.skills.traces.telling import Item

UNREAD = ("templates", "blind")
"""Cells of templates that are never learnt from."""


def count(
    figures: Figures,
    name: str,
    exam: "Mapping[str, Sequence[Item]]",
    results: "Mapping[str, Sequence[Tried]]",
) -> None:
    from knowhow_agents.skills.traces.language import Fault
    from knowhow_agents.skills.traces.solver import run as solve

    for cell, tried in results.items():
        figures.share(f"{name}.{cell}", [hit(one) == 1 for one in tried])
    for cell in UNREAD:
        for agent, hits in _by_specialist(exam[cell], results[cell]).items():
            figures.share(f"{name}.{cell}.{agent}", [one == 1 for one in hits])
        figures.mean(f"{name}.{cell}.by_template", _by_template(exam[cell], results[cell]))
    numbers = [one for cell in results if cell.startswith("numbers") for one in results[cell]]
    figures.share(f"{name}.numbers", [hit(one) == 1 for one in numbers])
    every = [one for tried in results.values() for one in tried]
    figures.share(f"{name}.parsed", [one.reward > 0 for one in every])
    short = [solve(one.attempt.trace).fault is Fault.SHORT_CIRCUIT for one in every]
    figures.share(f"{name}.short_circuit", short)


def hit(tried: "Tried") -> float:
    return float(tried.reward == 1)


def _by_specialist(items: "Sequence[Item]", tried: "Sequence[Tried]") -> dict[str, list[float]]:
    """Of problems for several specialists, under a name of their own."""
    from knowhow_agents.skills.traces.items import COMPOSED

    found: dict[str, list[float]] = defaultdict(list)
    for item, one in zip(items, tried, strict=False):
        alone = len(item.specialists) == 1
        found[item.specialists[0] if alone else COMPOSED].append(hit(one))
    return found


def _by_template(items: "Sequence[Item]", tried: "Sequence[Tried]") -> list[float]:
    """For each held-out template that a problem begins with, the share that was right: whoever
    misreads one misreads all of its problems, so these are what there are many of."""
    found: dict[str, list[float]] = defaultdict(list)
    for item, one in zip(items, tried, strict=False):
        found[item.templates[0]].append(hit(one))
    return [fmean(hits) for hits in found.values()]
