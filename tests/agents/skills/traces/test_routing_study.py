"""Whom to ask, learnt from outcomes; the specialists here are doubles that know their own kind."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from knowhow_agents.skills.traces.divider import Vectors
from knowhow_agents.skills.traces.items import training_items
from knowhow_agents.skills.traces.language import SPECIALISTS
from knowhow_agents.skills.traces.routing_study import Attempted, RoutingStudy, study_routing
from knowhow_memory.embedder import HashEmbedder
from knowhow_memory.errors import InputError
from knowhow_memory.memory import Memory

KNOWS_ITS_OWN, KNOWS_ANOTHERS = 0.95, 0.05


def doubles(count: int, seed: int) -> list[Attempted]:
    """Attempts of specialists that nearly always solve their own kind and hardly ever another."""
    rng = random.Random(seed)
    return [
        Attempted(
            item.problem,
            {
                name: float(
                    rng.random()
                    < (KNOWS_ITS_OWN if name == item.specialists[0] else KNOWS_ANOTHERS)
                )
                for name in SPECIALISTS
            },
        )
        for item in training_items(count, seed)
        if len(item.specialists) == 1
    ]


def study(folder: Path, stream: Sequence[Attempted], outcomes: int) -> RoutingStudy:
    with Memory.open(folder, embedder="hash:64") as memory:
        vectors = Vectors(HashEmbedder())
        return study_routing(memory, vectors, stream, outcomes=outcomes)


def test_it_is_learnt_whom_to_ask(tmp_path: Path) -> None:
    found = study(tmp_path, doubles(330, 0), outcomes=150)
    assert len(found.router) == len(found.oracle) == len(found.random) > 80
    assert sum(found.router) > 1.3 * max(sum(found.best_single), sum(found.random))
    assert found.share_of_oracle == sum(found.router) / sum(found.oracle) > 0.6
    assert len(found.learning) == 150
    assert sum(found.asked.values()) == len(found.router)


def test_who_learns_from_nothing_knows_nothing(tmp_path: Path) -> None:
    """The same stream with all rewards shuffled over the specialists: nothing can be learnt."""
    rng = random.Random(1)
    stream = []
    for one in doubles(150, 1):
        shuffled = rng.sample(list(one.rewards.values()), len(SPECIALISTS))
        stream.append(Attempted(one.problem, dict(zip(SPECIALISTS, shuffled, strict=True))))
    found = study(tmp_path, stream, outcomes=50)
    assert found.share_of_oracle < 0.5


@pytest.mark.parametrize("size", [0, 10])
def test_too_few_problems_are_refused(tmp_path: Path, size: int) -> None:
    with pytest.raises(InputError, match="more than 10"):
        study(tmp_path, doubles(30, 0)[:size], outcomes=10)


def test_specialists_that_differ_from_problem_to_problem_are_refused(tmp_path: Path) -> None:
    stream = [*doubles(30, 0)[:10], Attempted("Ole has 5 figs.", {"arithmetic": 1.0})]
    with pytest.raises(InputError, match="same specialists"):
        study(tmp_path, stream, outcomes=5)
