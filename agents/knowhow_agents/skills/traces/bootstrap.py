"""On from worked examples by outcomes alone, be it from a few or from a whole training.

The specialists learn from the examples, try problems of which only the answer is known, again where
they were wrong, and keep what was right as new lessons; then they learn anew from all of them, and
so on. Nobody ever shows them another trace. Knows nothing about where problems come from.
"""

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow_agents.skills.traces.learning import AT_MOST, Adapters, Taught, add, sft, show
from knowhow_agents.skills.traces.reward import RIGHT
from knowhow_agents.skills.traces.rounds import (
    ATTEMPTS,
    VERSIONS,
    Tried,
    keep,
    persist,
    team_of,
)
from knowhow_agents.skills.traces.sums import NotTold
from knowhow_agents.skills.traces.telling import Item

if TYPE_CHECKING:
    from knowhow_adapters.adapter import Adapter
    from knowhow_adapters.base.load import Base

EXAMPLES = 20
"""That everybody starts from."""
Heard = Callable[[int, Taught], None]
"""(round, what it found to learn from)"""


def bootstrap(
    base: "Base",
    examples: Taught,
    batches: Sequence[Sequence[Item]],
    folder: Path,
    *,
    first: Adapters | None = None,
    at_most: int = AT_MOST,
    heard: Heard | None = None,
) -> dict[str, "Adapter"]:
    """A round for each batch of problems, and the adapters that all of them led to.

    `first`: the adapters that the examples led to, if there are any already.
    """
    taught = {agent: list(found) for agent, found in examples.items()}
    for number, items in enumerate(batches):
        place = folder / f"round{number}"
        adapters = first if first and not number else sft(base, taught, place, seed=number)
        found = partial(_persist, base, adapters, items, place, number)
        tried = keep(place / ATTEMPTS, found)
        solved = {one.attempt.problem: one.attempt for one in tried if one.reward == RIGHT}
        for attempt in solved.values():
            with contextlib.suppress(NotTold):
                add(taught, show(attempt), at_most=at_most)
        if heard:
            heard(number, taught)
    return sft(base, taught, folder / "last", seed=len(batches))


def _persist(
    base: "Base", adapters: Adapters, items: Sequence[Item], place: Path, seed: int
) -> list[Tried]:
    return persist(team_of(base, adapters, place / VERSIONS), items, seed=seed)
