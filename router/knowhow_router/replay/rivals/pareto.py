"""ParetoBandit: the LinUCB router with forgetting and a budget pacer, from its own package.

It runs as its authors recommend for a cold start (their exploration and forgetting), on the same
components as the other linear bandits, without its shipped priors: those are pickles, and were
learned on the very models of one public set. Its prices are per token, so a problem counts as a
thousand of them, and an arm's price is the average of what it was seen to cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np

from knowhow_router.contract import Choice, Row
from knowhow_router.replay.rivals.base import UNSTATED, Rival
from knowhow_router.replay.rivals.space import Space

if TYPE_CHECKING:
    from pareto_bandit import BanditRouter

PACKAGE = "pareto_bandit"
INSTALL = "pip install paretobandit"
DOLLARS_PER_MILLION = 1000.0
"""From dollars a problem of a thousand tokens."""
PRICE_AT_FIRST = 1.0
"""Alike for all arms until something was paid."""


class Pareto(Rival):
    def __init__(self, name: str, space: Space) -> None:
        super().__init__(name)
        self.space = space

    def start(self, arms: Any, *, dim: int, seed: int, budget: float | None, price: float) -> None:
        self.budget = budget
        super().start(arms, dim=dim, seed=seed, budget=budget, price=price)

    def begin(self, arms: int) -> None:
        self.router = self.build()
        self.paid, self.payments = np.zeros(arms), np.zeros(arms)
        self.asked = ""

    def build(self) -> BanditRouter:
        from pareto_bandit import BanditRouter, FeatureService
        from pareto_bandit.budget_pacer import BudgetPacer
        from pareto_bandit.config import BEST_K3_TABULA_RASA_HPARAMS as COLD_START

        return BanditRouter.create(
            model_registry={arm: prices(PRICE_AT_FIRST) for arm in self.arms},
            priors="none",
            feature_service=FeatureService.for_precomputed(len(self.space.axes) + 1),
            alpha=COLD_START["alpha"],
            forgetting_factor=COLD_START["forgetting_factor"],
            bandit_seed=int(self.rng.integers(2**31)),
            cost_penalty=0.0,
            budget_pacer=None if self.budget is None else BudgetPacer(self.budget),
        )

    def decide(self, row: Row) -> Choice:
        with ExitStack() as modes:
            if not self.explores:
                modes.enter_context(self.router.exploit())
            arm, log = self.router.route(self.space.project(row.vector))
        self.asked = log.request_id
        return Choice(arm, arm, UNSTATED, UNSTATED, UNSTATED, UNSTATED)

    def learn(
        self, row: Row, arm: str, reward: float, cost: float | None, propensity: float
    ) -> None:
        """Its budget pacer learns what was really paid, not its estimate from tokens."""
        self.explores = True
        self.see_cost(arm, cost)
        self.router.log_index[self.asked].cost_usd = cost or 0.0
        self.router.process_feedback(self.asked, self.clipped(reward, cost))

    def learn_full(self, row: Row, outcomes: Mapping[str, tuple[float, float | None]]) -> None:
        x = self.space.project(row.vector)
        for arm, (reward, cost) in outcomes.items():
            self.see_cost(arm, cost)
            self.router.update(arm, x, self.clipped(reward, cost))

    def clipped(self, reward: float, cost: float | None) -> float:
        """It takes 0..1 only, and complains about every reward beyond."""
        return float(np.clip(self.worth(reward, cost), 0, 1))

    def see_cost(self, arm: str, cost: float | None) -> None:
        if cost is None:
            return
        number = self.number[arm]
        self.paid[number] += cost
        self.payments[number] += 1
        average = self.paid[number] / self.payments[number]
        self.router.update_model_pricing(arm, **prices(average * DOLLARS_PER_MILLION))


def prices(per_million: float) -> dict[str, float]:
    return {"input_cost_per_m": per_million, "output_cost_per_m": per_million}
