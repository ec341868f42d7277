"""From a few worked examples and outcomes alone to a whole training.

The specialists learn from the examples, try problems of which only the answer is known, and keep
what was right as new lessons; then they learn anew from all of them, and so on. Nobody ever shows
them another trace. Knows nothing about where problems come from.
"""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow_agents.skills.traces.learning import AT_MOST, Taught, add, sft, show
from knowhow_agents.skills.traces.reward import RIGHT
from knowhow_agents.skills.traces.rounds import practise_once
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
    at_most: int = AT_MOST,
    heard: Heard | None = None,
) -> dict[str, "Adapter"]:
    """A round for each batch of problems, and the adapters that all of them led to."""
    taught = {agent: list(found) for agent, found in examples.items()}
    for number, items in enumerate(batches):
        place = folder / f"round{number}"
        adapters = sft(base, taught, place / "training", seed=number)
        tried = practise_once(base, adapters, items, place, seed=number)
        solved = {one.attempt.problem: one.attempt for one in tried if one.reward == RIGHT}
        for attempt in solved.values():
            with contextlib.suppress(NotTold):
                add(taught, show(attempt), at_most=at_most)
        if heard:
            heard(number, taught)
    return sft(base, taught, folder / "training")
