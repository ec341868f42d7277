"""From files to trials: reads them, has their problems embedded, and chooses the way of replay.

How vectors are made is the caller's: `embed` turns texts into unit vectors; so is what to show
while a long file is read (`load`). Knows nothing about the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.errors import InputError
from knowhow_router.replay.logged import LogTrial
from knowhow_router.replay.matrix import OutcomeLog, OutcomeMatrix, read
from knowhow_router.replay.play import Folds, Online, Replay, Stage, Terms, Trained
from knowhow_router.replay.policies import reads_problems
from knowhow_router.replay.rivals.space import Space
from knowhow_router.replay.trial import Trial

Embed: TypeAlias = Callable[[Sequence[str]], NDArray[np.float32]]

Load: TypeAlias = Callable[[Path], OutcomeMatrix | OutcomeLog]

LOG_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """What to replay. `training` and `folds` exclude each other; neither means online."""

    names: Sequence[str]
    terms: Terms
    training: Path | None = None
    folds: int | None = None
    limit: int | None = None
    """Take that many random rows of each file, the same for all policies and seeds."""

    @property
    def online(self) -> bool:
        return self.training is None and self.folds is None


def prepare(
    files: Sequence[Path], plan: Plan, embed: Embed, load: Load = read
) -> Iterator[Trial | LogTrial]:
    """One trial a file, in their order. A plan whose policies read no problem embeds none."""
    vectors = embed if reads_problems(plan.names) else no_vectors
    training = None
    if plan.training is not None:
        training = _stage(_matrix(plan.training, load), vectors)
    for path in files:
        outcomes = load(path)
        if plan.limit is not None:
            outcomes = outcomes.sample(plan.limit)
        if isinstance(outcomes, OutcomeLog):
            if training is not None:
                raise InputError(f"{path.name!r} is a log of outcomes: leave out --train")
            of_log = vectors(outcomes.problems)
            yield LogTrial(outcomes, of_log, plan.names, plan.terms, plan.folds or LOG_FOLDS)
        else:
            stage = _stage(outcomes, vectors)
            space = Space((training or stage).vectors)
            yield Trial(_way(stage, training, plan), plan.names, space)


def no_vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    return np.empty((len(texts), 0), dtype=np.float32)


def _way(stage: Stage, training: Stage | None, plan: Plan) -> Replay:
    if training is not None:
        return Trained(training, stage, plan.terms)
    if plan.folds is not None:
        return Folds(stage, plan.terms, plan.folds)
    return Online(stage, plan.terms)


def _matrix(path: Path, load: Load) -> OutcomeMatrix:
    outcomes = load(path)
    if isinstance(outcomes, OutcomeLog):
        raise InputError(f"{path.name!r} is a log of outcomes: --train takes an outcome matrix")
    return outcomes


def _stage(matrix: OutcomeMatrix, embed: Embed) -> Stage:
    return Stage.build(matrix, embed(matrix.problems))
