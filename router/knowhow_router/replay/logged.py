"""Replay on a log of live outcomes: what other policies would have earned there.

Only the tried arm of a row is known, so nothing can be looked up: every policy learns one part of
the log as it happened (the tried arms with their propensities), decides on the rest, and what it
would have earned there is estimated (`offpolicy`). All parts take turns. Rows without a propensity
are learned from but not judged on, since nobody drew their arm. Knows nothing about tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.errors import InputError
from knowhow_router.contract import Policy, Row
from knowhow_router.replay.marks import MARKS
from knowhow_router.replay.matrix import Floats, OutcomeLog, known
from knowhow_router.replay.metrics import Figure, figure
from knowhow_router.replay.offpolicy import Evidence, doubly_robust_terms, ips, snips
from knowhow_router.replay.play import Terms, Tick, no_tick
from knowhow_router.replay.policies import POLICIES
from knowhow_router.replay.reward_model import predict_rewards
from knowhow_router.replay.rivals.space import Space
from knowhow_router.replay.runs import Rows
from knowhow_router.replay.scores import REFERENCE, Curve

CERTAIN = 1.0
"""The propensity of an outcome nobody drew: whoever reported it had made up their mind."""


@dataclass(slots=True, eq=False)
class Guess:
    """What one policy chose on the judged rows in one seeded pass, and how long it took."""

    evidence: Evidence
    chosen: Rows
    seconds: list[float]


@dataclass(eq=False)
class LogTrial:
    """Several policies over the seeds of one log; `not_run` says why a policy has no figures."""

    log: OutcomeLog
    vectors: NDArray[np.float32]
    names: Sequence[str]
    terms: Terms
    folds: int
    guesses: dict[str, list[Guess]] = field(default_factory=dict)
    not_run: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.judged = np.flatnonzero(~np.isnan(self.log.propensities))
        if not 2 <= self.folds <= len(self.judged):
            raise InputError(
                f"{self.log.name!r} has {len(self.judged)} outcomes with a propensity, too few "
                f"for {self.folds} folds: only decisions the router made can be judged"
            )
        self.space = Space(self.vectors)
        fields = zip(self.log.ids, self.log.problems, self.log.tasks, self.vectors, strict=True)
        self.rows = [Row(*row) for row in fields]
        for name in self.names:
            if name in MARKS and name != REFERENCE:
                self.not_run[name] = "only known where every arm was tried"
            elif name not in MARKS and (missing := POLICIES[name].missing):
                self.not_run[name] = missing

    @property
    def steps(self) -> int:
        """Rows all policies together go through for one seed."""
        playing = [name for name in self.names if name not in MARKS and name not in self.not_run]
        return len(playing) * ((self.folds - 1) * len(self.log) + len(self.judged))

    @property
    def begun(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.guesses)

    def play(self, seed: int, tick: Tick = no_tick) -> Iterator[str]:
        """Let every policy decide with this seed; yields each name when it is finished."""
        folds = np.array_split(np.random.default_rng(seed).permutation(len(self.log)), self.folds)
        predicted = self.predict(folds)
        for name in dict.fromkeys((REFERENCE, *self.names)):
            if name in self.not_run:
                continue
            if name == REFERENCE:
                chosen, seconds = self.best_single(predicted), list[float]()
            else:
                policy: Policy = POLICIES[name].make(self.space)
                chosen, seconds = self.decide(policy, folds, seed, tick)
            guess = Guess(self.weigh(chosen, predicted), chosen, seconds)
            self.guesses.setdefault(name, []).append(guess)
            yield name

    def predict(self, folds: Sequence[Rows]) -> Floats:
        """The reward model's prediction of every arm on every row, from the other folds."""
        features = np.array([self.space.project(vector) for vector in self.vectors])
        predicted = np.empty((len(self.log), len(self.log.arms)))
        for asked in folds:
            shown = np.setdiff1d(np.arange(len(self.log)), asked)
            tried, rewards = self.log.tried[shown], self.log.rewards[shown]
            predicted[asked] = predict_rewards(
                features[shown], tried, rewards, features[asked], len(self.log.arms)
            )
        return predicted

    def best_single(self, predicted: Floats) -> Rows:
        """The arm with the best estimate in hindsight, everywhere."""
        values = [
            doubly_robust_terms(self.weigh(np.full(len(self.judged), arm), predicted)).mean()
            for arm in range(len(self.log.arms))
        ]
        return np.full(len(self.judged), int(np.argmax(values)))

    def decide(
        self, policy: Policy, folds: Sequence[Rows], seed: int, tick: Tick
    ) -> tuple[Rows, list[float]]:
        """The arm a policy chooses on each judged row after learning the other folds."""
        number = {arm: i for i, arm in enumerate(self.log.arms)}
        chosen = np.full(len(self.log), -1)
        seconds = []
        for asked in folds:
            self.teach(policy, np.setdiff1d(np.arange(len(self.log)), asked), seed, tick)
            for i in np.intersect1d(asked, self.judged):
                began = perf_counter()
                choice = policy.decide(self.rows[i])
                seconds.append(perf_counter() - began)
                chosen[i] = number[choice.fallback]
                tick()
        return chosen[self.judged], seconds

    def teach(self, policy: Policy, shown: Rows, seed: int, tick: Tick) -> None:
        """Show a fresh policy these outcomes in the order in which they happened."""
        log, terms = self.log, self.terms
        dim = self.vectors.shape[1]
        policy.start(log.arms, dim=dim, seed=seed, budget=terms.budget, price=terms.price)
        for i in shown:
            propensity = known(log.propensities[i]) or CERTAIN
            arm, reward, cost = log.arms[log.tried[i]], float(log.rewards[i]), known(log.costs[i])
            policy.learn(self.rows[i], arm, reward, cost, propensity)
            tick()
        policy.finish_training()

    def weigh(self, chosen: Rows, predicted: Floats) -> Evidence:
        judged = self.judged
        tried = self.log.tried[judged]
        return Evidence(
            matched=chosen == tried,
            propensities=self.log.propensities[judged],
            rewards=self.log.rewards[judged],
            predicted_tried=predicted[judged, tried],
            predicted_chosen=predicted[judged, chosen],
        )

    def curves(self) -> list[Curve]:
        """None: nothing is learned on the way."""
        return []

    def document(self) -> dict[str, Any]:
        """All figures as one JSON object; `reward` is the doubly robust estimate."""
        log = self.log
        return {
            "file": log.name,
            "kind": "log",
            "rows": len(log),
            "judged": len(self.judged),
            "infra": log.infra,
            "arms": list(log.arms),
            "logged_reward": figure(log.rewards[self.judged]),
            "policies": {
                name: self.score(guesses)
                for name, guesses in self.guesses.items()
                if name in self.names
            },
            "not_run": self.not_run,
        }

    def score(self, guesses: Sequence[Guess]) -> dict[str, Any]:
        evidence = [guess.evidence for guess in guesses]
        terms = np.mean([doubly_robust_terms(one) for one in evidence], axis=0)
        counts = np.bincount(
            np.concatenate([guess.chosen for guess in guesses]), minlength=len(self.log.arms)
        )
        seconds = [second for guess in guesses for second in guess.seconds]
        return {
            "reward": figure(terms),
            "ips": mean_of([ips(one) for one in evidence]),
            "snips": mean_of([snips(one) for one in evidence]),
            "effective_n": float(np.mean([one.effective_size for one in evidence])),
            "share": dict(zip(self.log.arms, (counts / counts.sum()).tolist(), strict=True)),
            "ms_per_decision": float(np.median(seconds) * 1e3) if seconds else None,
            "versus_logged": figure(terms - self.log.rewards[self.judged]),
        }


def mean_of(figures: Sequence[Figure | None]) -> Figure | None:
    """Estimates of several seeds on the same rows: their mean, as wide as one of them."""
    given = [one for one in figures if one is not None]
    intervals = [one["ci95"] for one in given if one["ci95"] is not None]
    if not intervals:
        return None
    mean = float(np.mean([one["mean"] for one in given]))
    return {"mean": mean, "ci95": np.mean(intervals, axis=0).tolist(), "n": given[0]["n"]}
