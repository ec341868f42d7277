"""On from worked examples by outcomes alone, be it from a few or from a whole training.

The specialists learn from the examples, try problems of which only the answer is known, and keep
what was right as new lessons; where they were wrong, also what is guessed from what was right
elsewhere and what comes to mind on second thoughts. Then they learn anew from all of it, and so
on. Nobody ever shows them another trace. Knows nothing about where problems come from.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow_agents.skills.traces.divider import Vectors
from knowhow_agents.skills.traces.guesses import Guesser
from knowhow_agents.skills.traces.learning import AT_MOST, Learnt, Taught, add, sft
from knowhow_agents.skills.traces.rounds import (
    ATTEMPTS,
    VERSIONS,
    Guesses,
    Tried,
    keep,
    persist,
    team_of,
    verified,
)
from knowhow_agents.skills.traces.second_thoughts import SecondThoughts
from knowhow_agents.skills.traces.telling import Item

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base

EXAMPLES = 20
"""That everybody starts from."""
PIECE = 500
"""Problems whose attempts are kept together."""
PIECES_APART = 100
"""Between the seeds of two pieces; rounds count theirs from 0, and are fewer."""
Heard = Callable[[int, Taught, Sequence[Tried]], None]
"""(round, what there is to learn from after it, what was tried in it)"""


def bootstrap(
    base: "Base",
    vectors: Vectors,
    examples: Taught,
    batches: Sequence[Sequence[Item]],
    folder: Path,
    *,
    first: Learnt | None = None,
    at_most: int = AT_MOST,
    heard: Heard | None = None,
) -> Learnt:
    """A round for each batch of problems, and what all of them led to.

    `first`: what the examples led to, if they were learnt from already.
    """
    taught = {agent: list(found) for agent, found in examples.items()}

    def attempt(number: int, items: Sequence[Item], place: Path) -> list[Tried]:
        learnt = first if number == 0 else None
        learnt = learnt or sft(base, vectors, taught, place, seed=number)
        return _persist(base, learnt, taught, items, place, number)

    for number, items in enumerate(batches):
        place = folder / f"round{number}"
        tried = keep(place / ATTEMPTS, partial(attempt, number, items, place))
        for shown in verified(tried):
            add(taught, shown, at_most=at_most)
        if heard:
            heard(number, taught, tried)
    return sft(base, vectors, taught, folder / "last", seed=len(batches))


def _persist(
    base: "Base", learnt: Learnt, taught: Taught, items: Sequence[Item], place: Path, seed: int
) -> list[Tried]:
    """Piece by piece, so that whoever is stopped loses no more than one."""
    team = team_of(base, learnt, place / VERSIONS)
    guessers: list[Guesses] = [Guesser(taught)]
    if learnt.doubts:
        guessers.append(SecondThoughts(*learnt.doubts))
    tried: list[Tried] = []
    for number, start in enumerate(range(0, len(items), PIECE)):
        make = partial(
            persist,
            team,
            items[start : start + PIECE],
            seed=seed + PIECES_APART * number,
            guessers=guessers,
        )
        tried += keep(place / f"attempts.{number}.jsonl", make)
    return tried
