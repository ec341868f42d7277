"""A trial: several policies over the seeds of one file, and the document that comes of it.

The loop goes seed by seed through all policies, so that a trial that is interrupted still has
whole seeds to compare. This module knows nothing about the command line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from knowhow_router.contract import Policy
from knowhow_router.replay.marks import MARKS
from knowhow_router.replay.play import Replay, Tick, no_tick
from knowhow_router.replay.policies import POLICIES
from knowhow_router.replay.rivals.space import Space
from knowhow_router.replay.runs import Run
from knowhow_router.replay.scores import (
    CEILING,
    REFERENCE,
    Curve,
    Panel,
    RowFacts,
    compare,
    curve,
    score,
)

CURVE_POINTS = 200


@dataclass(eq=False)
class Trial:
    """One file's runs, policy by policy; `not_run` says why a policy has none."""

    replay: Replay
    names: Sequence[str]
    space: Space
    runs: dict[str, list[Run]] = field(default_factory=dict)
    not_run: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.names:
            missing = None if name in MARKS else POLICIES[name].missing
            if missing is not None:
                self.not_run[name] = missing

    @property
    def steps(self) -> int:
        """Rows all policies together go through for one seed."""
        playing = [name for name in self.names if name not in MARKS and name not in self.not_run]
        return self.replay.steps * len(playing)

    @property
    def begun(self) -> bool:
        """Whether there is anything to show."""
        return REFERENCE in self.runs and CEILING in self.runs

    def play(self, seed: int, tick: Tick = no_tick) -> Iterator[str]:
        """Run every policy with this seed; yields each name when it is finished."""
        for name in dict.fromkeys((REFERENCE, CEILING, *self.names)):
            if name in self.not_run:
                continue
            if name in MARKS:
                run = self.replay.measure(MARKS[name], seed)
            else:
                policy: Policy = POLICIES[name].make(self.space)
                run = self.replay.play(policy, seed, tick)
            self.runs.setdefault(name, []).append(run)
            yield name

    @cached_property
    def facts(self) -> RowFacts:
        stage = self.replay.stage
        kinds = np.zeros(len(stage.vectors), dtype=np.intp)
        if stage.vectors.size:
            kinds[:] = [self.space.cluster(vector) for vector in stage.vectors]
        return RowFacts((stage.matrix.rewards == 0).all(axis=1), kinds)

    def panels(self) -> dict[str, Panel]:
        price, online = self.replay.terms.price, self.replay.online
        return {
            name: Panel.build(runs, self.facts, price, online=online)
            for name, runs in self.runs.items()
        }

    def curves(self) -> list[Curve]:
        """A learning curve for every policy asked for; none where nothing is learned on the way."""
        if not self.replay.online:
            return []
        panels = self.panels()
        return [curve(name, panels[name], CURVE_POINTS) for name in self.names if name in panels]

    def document(self) -> dict[str, Any]:
        """All figures as one JSON object; see `scores` for what they mean."""
        matrix = self.replay.stage.matrix
        panels = self.panels()
        return {
            "file": matrix.name,
            "kind": "matrix",
            "rows": len(matrix),
            "decidable": len(matrix.complete),
            "arms": list(matrix.arms),
            "budget": self.replay.terms.budget,
            "policies": {
                name: score(panel, panels[CEILING], panels[REFERENCE], matrix.arms)
                for name, panel in panels.items()
                if name in self.names
            },
            "not_run": self.not_run,
            "knowhow_versus": compare(panels),
        }
