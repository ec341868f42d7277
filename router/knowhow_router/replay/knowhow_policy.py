"""The router as replay drives it: a `Brain` with an exact index of what it was told.

It reads a problem's text and vector; its label only when asked to. Knows nothing about files or
scores.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from knowhow_router.brain import Brain, RouterSettings
from knowhow_router.contract import Choice, Row
from knowhow_router.decision import Decision
from knowhow_router.features import describe
from knowhow_router.nearest import NearestProblems
from knowhow_router.observation import Floats32, Neighbours, Observation, Opinion


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a problem is decided by, and learnt with."""

    features: Floats32
    neighbours: Neighbours
    opinion: Opinion | None


class KnowhowPolicy:
    """With `labels` it is told each problem's type, as a caller who knows it would tell the router;
    in many a file the label gives the answer away, so the plain one never sees it. An `adviser`
    has opinions for it to hear."""

    def __init__(
        self,
        name: str = "knowhow",
        *,
        labels: bool = False,
        adviser: Callable[[Row], Opinion] | None = None,
    ) -> None:
        self.name = name
        self._labels = labels
        self._adviser = adviser

    def start(
        self, arms: Sequence[str], *, dim: int, seed: int, budget: float | None, price: float
    ) -> None:
        self._brain = Brain(dim, RouterSettings(price=price, budget=budget), seed)
        for arm in arms:
            self._brain.add_arm(arm)
        self._arms = {arm: at for at, arm in enumerate(arms)}
        self._nearest = NearestProblems(dim, len(arms))
        self._learned = 0
        self._trained = False
        self._looked_up: tuple[str, _Seen] | None = None
        self._open: dict[str, Decision] = {}

    def decide(self, row: Row) -> Choice:
        seen = self._look_up(row)
        decision = self._brain.decide(
            row.vector,
            seen.features,
            seen.neighbours,
            key=row.id,
            task=row.task if self._labels else None,
            explore=not self._trained,
            opinion=seen.opinion,
        )
        self._open = {row.id: decision}
        chosen = decision.chosen
        return Choice(
            arm=decision.arm,
            fallback=decision.fallback,
            p=chosen.p,
            low=chosen.low,
            high=chosen.high,
            propensity=chosen.propensity,
        )

    def learn(
        self, row: Row, arm: str, reward: float, cost: float | None, propensity: float
    ) -> None:
        if cost is not None:
            self.bill(row, cost)
        self._take_in(row, {arm: (reward, cost)}, propensity)

    def learn_full(self, row: Row, outcomes: Mapping[str, tuple[float, float | None]]) -> None:
        self._take_in(row, outcomes, 1.0)

    def finish_training(self) -> None:
        self._brain.consolidate()
        self._trained = True

    def bill(self, row: Row, cost: float) -> None:
        decision = self._open.pop(row.id, None)
        if decision is not None:
            self._brain.bill(decision.chosen.cost or 0.0, cost)

    def _take_in(
        self, row: Row, outcomes: Mapping[str, tuple[float, float | None]], propensity: float
    ) -> None:
        seen = self._look_up(row)
        problem = self._nearest.add_problem(row.vector)
        for arm, (reward, cost) in outcomes.items():
            self._learned += 1
            self._brain.learn(
                Observation(
                    seq=self._learned,
                    vector=row.vector,
                    features=seen.features,
                    arm=arm,
                    reward=reward,
                    cost=cost,
                    propensity=propensity,
                    problem_key=f"{problem}:{row.id}",
                    task=row.task if self._labels else None,
                    neighbours=seen.neighbours,
                    opinion=seen.opinion,
                )
            )
            self._nearest.add_outcome(problem, self._arms[arm], reward, self._learned)
        self._looked_up = None

    def _look_up(self, row: Row) -> _Seen:
        if self._looked_up is None or self._looked_up[0] != row.id:
            opinion = self._adviser(row) if self._adviser else None
            seen = _Seen(describe(row.problem), self._nearest.search(row.vector), opinion)
            self._looked_up = row.id, seen
        return self._looked_up[1]
