"""One tenant's routing: learns from outcomes, decides who is asked.

The state is a function of the seed and of the calls in their order, and nothing else: replaying
the log gives the same state, and every draw follows from the seed and the decision's key. Work
for one decision or outcome does not grow with their number; partitions are redrawn a dozen times
in a life. Knows nothing about databases, embedders, or what an arm is.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.errors import ConflictError, InputError, NotFoundError
from knowhow_router.abstention import Abstention
from knowhow_router.bills import Bills
from knowhow_router.budget import Purse
from knowhow_router.calibration import Calibration, Width
from knowhow_router.decision import Candidate, Cause, Decision
from knowhow_router.drift import Drift, DriftWatch
from knowhow_router.estimate import ARM_PRIOR, EXPERTS, Estimates, estimate
from knowhow_router.experts import Mixture
from knowhow_router.exploration import draw, optimism, propensities, region_worth
from knowhow_router.features import FEATURES, joint
from knowhow_router.history import History
from knowhow_router.observation import Floats, Floats32, Ints, Neighbours, Observation, Opinion
from knowhow_router.opinion import Opinions
from knowhow_router.partitions import SIZES, Partitions
from knowhow_router.slopes import Slopes
from knowhow_router.tables import NO_TASK, RegionTable, TaskTable, Totals
from knowhow_router.trust import Trust

FIRST_PARTITIONS = 48
LAST_PARTITIONS = 24_576
"""Partitions are drawn from the first 48 problems, again at each doubling, and then stay."""

THIN = 2.0
"""With less support than this an arm is never preferred to the incumbent without exploring."""

KEPT_AFTER_DRIFT, KEPT_AT_MOST = 0.05, 4.0
"""Part of its old evidence that an arm keeps when it has changed, and how many outcomes' worth: a
hint, soon outvoted however much there was."""

CHECKED_PARTITIONS = slice(2, 4)
"""Where intervals are checked: regions fine enough to be of one kind, coarse enough to fill."""

STICKY_MARGIN = 0.05
"""A session changes its arm only for more than this."""

SESSIONS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class RouterSettings:
    """`price` is reward given up per dollar; `budget` a ceiling in dollars a problem."""

    price: float = 0.0
    budget: float | None = None
    abstain: bool = True


@dataclass(slots=True)
class _Place:
    """A problem being learned: where it lies, and what was predicted before its outcomes."""

    key: str | None
    number: int
    regions: Ints | None
    along: Floats32 | None
    task: int
    estimates: Estimates
    stated: Floats
    best: int


class Brain:
    def __init__(self, dim: int, settings: RouterSettings | None = None, seed: int = 0) -> None:
        self.settings = settings or RouterSettings()
        self.seed = seed
        self.arms: list[str] = []
        self.drifts: list[Drift] = []
        self._dim = dim
        self._index: dict[str, int] = {}
        self._totals = Totals()
        self._table: RegionTable | None = None
        self._slopes: Slopes | None = None
        self._tasks = TaskTable()
        self._partitions: Partitions | None = None
        self._history = History(dim + FEATURES, len(SIZES))
        self._mixture = Mixture(EXPERTS)
        self._calibration, self._width = Calibration(), Width()
        self._drift_watch, self._trust, self._abstention = DriftWatch(), Trust(), Abstention()
        self._purse = None if self.settings.budget is None else Purse(self.settings.budget)
        self._bills, self._opinions = Bills(), Opinions()
        self._changed: dict[int, int] = {}
        self._sessions: OrderedDict[str, str] = OrderedDict()
        self._place: _Place | None = None
        self._next_partitions = FIRST_PARTITIONS

    def add_arm(self, arm: str, *, cost: float | None = None) -> None:
        """A new arm, at once a candidate; `cost` is its list price until bills come in."""
        if arm in self._index:
            raise ConflictError(f"arm {arm!r} is already there")
        self._index[arm] = len(self.arms)
        self.arms.append(arm)
        self._totals.add_arm()
        self._tasks.add_arm()
        if self._table is not None:
            self._table.add_arm()
        if self._slopes is not None:
            self._slopes.add_arm()
        if self._purse is not None:
            self._purse.add_arm()
        self._bills.add_arm(cost)
        self._place = None

    @property
    def learned(self) -> int:
        """Outcomes taken in so far, undone ones included."""
        return self._history.outcomes

    # -- learning ----------------------------------------------------------------------------

    def learn(self, obs: Observation) -> float:
        """Take in one outcome; returns the weight it was given."""
        arm = self._arm(obs.arm)
        place = self._enter(obs)
        weight = self._trust.weigh(obs)
        self._judge(place, arm, obs, weight)
        self._totals.add(arm, obs.reward, weight)
        if self._table is not None and place.regions is not None:
            self._table.add(place.regions, arm, obs.reward, weight)
        if self._slopes is not None and place.along is not None:
            self._slopes.add(place.along, arm, obs.reward, weight)
        if place.task != NO_TASK:
            self._tasks.add(place.task, arm, obs.reward, weight)
        self._history.add(obs.seq, place.number, arm, obs.reward, weight, obs.cost)
        self._bills.add(arm, place.regions, obs.cost, obs.latency)
        return weight

    def revise(self, seq: int, reward: float | None) -> None:
        """An outcome was corrected, or undone (None). Its sums are exact again; what was judged
        by it (weights of experts, calibration, drift) stays judged, and fades."""
        regions, along, task, arm, old, weight = self._history.outcome(seq)
        new = old if reward is None else reward
        self._change(regions, along, task, arm, old, -weight)
        if reward is not None:
            self._change(regions, along, task, arm, new, weight)
        self._history.change(seq, new, 0.0 if reward is None else weight)
        self._place = None

    def bill(self, expected: float, cost: float) -> None:
        """What a decision cost in the end, so that the budget holds for real money."""
        if self._purse is not None:
            self._purse.correct(cost - expected)

    def consolidate(self) -> None:
        """Draw partitions and slopes anew from all problems known, as long as views are kept."""
        views = self._history.views()
        if self._history.problems < FIRST_PARTITIONS or len(views) < self._history.problems:
            return
        rng = np.random.default_rng([self.seed, self._history.problems])
        self._partitions = Partitions(views, rng)
        self._slopes = Slopes(views, len(self.arms))
        self._history.put_places(self._partitions.locate_all(views), self._slopes.place(views))
        self._table = RegionTable(self._partitions.regions, len(self.arms))
        regions, arms, rewards, weights = self._history.columns()
        self._table.add_many(regions, arms, rewards, weights)
        self._slopes.add_many(self._history.along(), arms, rewards, weights)
        self._bills.redraw(self._partitions.regions, *self._history.billed())
        self._place = None

    def _enter(self, obs: Observation) -> _Place:
        """The problem of this outcome; several outcomes of one problem in a row share it."""
        here = self._place
        if here is not None and obs.problem_key is not None and here.key == obs.problem_key:
            return here
        self._redraw_when_due()
        view = joint(obs.vector, obs.features)
        regions, along = self._locate(view)
        keeps_views = self._history.problems < LAST_PARTITIONS
        task = self._tasks.enter(obs.task)
        number = self._history.add_problem(view if keeps_views else None, regions, along, task)
        estimates = self._estimate(regions, along, task, obs.neighbours)
        stated = np.clip(self._mixture.mix(estimates.experts), 0.0, 1.0)
        best = int(np.argmax(stated))
        self._place = _Place(obs.problem_key, number, regions, along, task, estimates, stated, best)
        if self._purse is not None:
            self._purse.look(stated, self._bills.expected(regions))
        return self._place

    def _redraw_when_due(self) -> None:
        if self._history.problems < self._next_partitions:
            return
        self.consolidate()
        self._next_partitions *= 2
        if self._next_partitions > LAST_PARTITIONS:
            self._history.forget_views()

    def _judge(self, place: _Place, arm: int, obs: Observation, weight: float) -> None:
        """Score what was predicted against what came, before anybody learns from it."""
        stated, best = place.stated, place.best
        if obs.opinion:
            stated = self._opinions.join(place.stated, obs.opinion, self._index)
            best = int(np.argmax(stated))
        raw = float(stated[arm])
        said = float(self._calibration.correct(raw))
        self._mixture.learn(place.estimates.experts[:, arm], obs.reward, weight)
        change = self._drift_watch.learn(
            arm, obs.seq, said, obs.reward, float(self._width.noise(said)), weight
        )
        if arm == best or obs.propensity < 1.0:  # what is stated of arms that are chosen
            groups = [] if place.regions is None else place.regions[CHECKED_PARTITIONS].tolist()
            support = float(place.estimates.support[arm])
            self._calibration.learn(raw, obs.reward, weight)
            self._width.learn(((arm, group) for group in groups), said, support, obs.reward)
        if arm == best:
            self._abstention.learn(_score(raw, place.estimates), obs.reward, weight)
        if obs.opinion and obs.arm in obs.opinion:
            thought = obs.opinion[obs.arm]
            self._opinions.learn(float(place.stated[arm]), thought, obs.reward, weight)
        if change is not None:
            self._discount(change)

    def _discount(self, change: Drift) -> None:
        self.drifts.append(change)
        self._changed[change.arm] = change.seq
        known = float(self._totals.weight[change.arm])
        keep = min(KEPT_AFTER_DRIFT, KEPT_AT_MOST / max(known, 1.0))
        for sums in (self._totals, self._tasks, self._history, self._table, self._slopes):
            if sums is not None:
                sums.discount(change.arm, keep)

    def _change(
        self, regions: Ints, along: Floats32, task: int, arm: int, reward: float, weight: float
    ) -> None:
        self._totals.add(arm, reward, weight)
        if task != NO_TASK:
            self._tasks.add(task, arm, reward, weight)
        if self._table is not None:
            self._table.add(regions, arm, reward, weight)
        if self._slopes is not None:
            self._slopes.add(along, arm, reward, weight)

    # -- deciding ----------------------------------------------------------------------------

    def decide(
        self,
        vector: Floats32,
        features: Floats32,
        neighbours: Neighbours | None = None,
        *,
        key: str,
        task: str | None = None,
        arms: Collection[str] | None = None,
        explore: bool = True,
        session: str | None = None,
        opinion: Opinion | None = None,
    ) -> Decision:
        """Choose among `arms` (all by default). What is given and the state decide, no luck."""
        candidates = self._candidates(arms)
        regions, along = self._locate(joint(vector, features))
        estimates = self._estimate(regions, along, self._tasks.find(task), neighbours)
        stated = np.clip(self._mixture.mix(estimates.experts), 0.0, 1.0)
        if opinion:
            stated = self._opinions.join(stated, opinion, self._index)
        costs = self._bills.expected(regions)
        price = self.settings.price
        affordable = np.ones(len(candidates), dtype=bool)
        if self._purse is not None:
            self._purse.look(stated, costs)
            price = max(price, self._purse.price)
            affordable = self._purse.affordable(costs[candidates], self._bills.spread[candidates])
        within = candidates[affordable]
        utility = stated - price * costs
        greedy, thin = self._greedy(within, utility, estimates, price * costs)
        chances = np.zeros(len(self.arms))
        if explore:
            bonus = optimism(
                self._mixture.noise,
                estimates.global_spread,
                estimates.type_spread,
                estimates.region_spread,
                region_worth(stated[within].max(), estimates.general[within].max(), len(within)),
            )
            chances[within] = propensities(
                utility[within],
                bonus[within],
                float(self._totals.weight.sum()),
                self._mixture.noise,
            )
            choice = int(within[draw(chances[within], self.seed, key)])
        else:
            choice = greedy
            chances[choice] = 1.0
        cause: Cause = "exploit" if choice == greedy else "explore"
        if choice == greedy and thin:
            cause = "incumbent: thin evidence"
        if not affordable.all() and choice == greedy:
            wish, _ = self._greedy(candidates, utility, estimates, price * costs)
            cause = cause if wish == greedy else "budget"
        choice, cause = self._stick(session, within, utility, choice, cause)
        if cause == "sticky session":
            chances[:] = 0.0
            chances[choice] = 1.0
        best = float(stated[choice])
        abstains = self.settings.abstain and self._abstention.abstains(_score(best, estimates))
        if self._purse is not None:
            self._purse.spend(float(costs[choice]))
        return Decision(
            key=key,
            arm=None if abstains else self.arms[choice],
            fallback=self.arms[choice],
            cause="abstain: out of domain" if abstains else cause,
            candidates=self._described(candidates, stated, estimates.support, costs, chances),
            neighbours=neighbours,
        )

    def _greedy(
        self, within: NDArray[np.intp], utility: Floats, estimates: Estimates, spent: Floats
    ) -> tuple[int, bool]:
        """The best arm to use now, and whether thin evidence made it the incumbent: the arm
        that is best over all problems even if a standard error less good than it looks."""
        best = int(within[np.argmax(utility[within])])
        shown = estimates.general - self._standard_error() - spent
        incumbent = int(within[np.argmax(shown[within])])
        if best != incumbent and estimates.support[best] < THIN:
            return incumbent, True
        return best, bool(estimates.support[best] < THIN)

    def _standard_error(self) -> Floats:
        return np.asarray(np.sqrt(self._mixture.noise / (self._totals.weight + ARM_PRIOR)))

    def _stick(
        self,
        session: str | None,
        within: NDArray[np.intp],
        utility: Floats,
        choice: int,
        cause: Cause,
    ) -> tuple[int, Cause]:
        if session is None:
            return choice, cause
        last = self._index.get(self._sessions.get(session, ""), -1)
        near_enough = last in within and utility[last] >= utility[within].max() - STICKY_MARGIN
        if near_enough and last != choice:
            choice, cause = last, "sticky session"
        self._sessions[session] = self.arms[choice]
        self._sessions.move_to_end(session)
        if len(self._sessions) > SESSIONS_KEPT:
            self._sessions.popitem(last=False)
        return choice, cause

    def _described(
        self,
        arms: NDArray[np.intp],
        stated: Floats,
        support: Floats,
        costs: Floats,
        chances: Floats,
    ) -> tuple[Candidate, ...]:
        p = self._calibration.correct(stated[arms])
        low, high = self._width.interval(p, support[arms])
        columns = (p, low, high, support[arms])
        names = [self.arms[arm] for arm in arms]
        plain = [column.tolist() for column in columns]
        unknown = [
            [None if math.isnan(value) else value for value in values[arms].tolist()]
            for values in (np.where(self._bills.known, costs, np.nan), self._bills.latencies)
        ]
        rows = zip(names, *plain, *unknown, chances[arms].tolist(), strict=True)
        return tuple(Candidate(*row) for row in rows)

    # -- shared ------------------------------------------------------------------------------

    def _locate(self, view: Floats32) -> tuple[Ints | None, Floats32 | None]:
        """In which regions, and where along the slopes; nowhere before any are drawn."""
        if self._partitions is None or self._slopes is None:
            return None, None
        return self._partitions.locate(view), self._slopes.place(view)

    def _estimate(
        self,
        regions: Ints | None,
        along: Floats32 | None,
        task: int,
        neighbours: Neighbours | None,
    ) -> Estimates:
        if neighbours is not None and self._changed:
            neighbours = neighbours.faded(self._changed, KEPT_AFTER_DRIFT)
        told = None if task == NO_TASK else self._tasks.sums(task)
        sloped = None
        if self._slopes is not None and along is not None:
            sloped = self._slopes.predict(along, self._totals.usual)
        return estimate(self._totals, self._table, regions, neighbours, told, sloped)

    def _candidates(self, arms: Collection[str] | None) -> NDArray[np.intp]:
        if not self.arms:
            raise InputError("no arms: add one first")
        chosen = self.arms if arms is None else arms
        if not chosen:
            raise InputError("no arm is left to choose from: enable one")
        return np.array(sorted({self._arm(arm) for arm in chosen}), dtype=np.intp)

    def _arm(self, arm: str) -> int:
        if arm not in self._index:
            raise NotFoundError(f"unknown arm {arm!r}: known are {', '.join(self.arms) or 'none'}")
        return self._index[arm]


def _score(p: float, estimates: Estimates) -> float:
    """How likely somebody is to succeed here: less where nothing like it was seen."""
    return p * max(estimates.familiarity, 0.0)
