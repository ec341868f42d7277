"""What worked and what didn't on each group of similar problems.

Patterns are a function of the live outcomes: after an undo or a purge they are those of a store
that never saw what went. As long as nothing goes, only what is new has to be grouped. One tenant's
patterns never mix with another's. Knows nothing about routing.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.columns import Columns
from knowhow_memory.groups import Grouping, Ids, Vectors, grouped
from knowhow_memory.labels import label_groups
from knowhow_memory.log import problem_texts, vectors_of
from knowhow_memory.lookups import outcomes_with_trajectory, tenant_names
from knowhow_memory.memory import Memory
from knowhow_memory.rates import Codes, Rate, Sums

LABEL_SAMPLE = 50
"""Texts read for a label: enough to see which words most members share."""
EVEN = 0.5
"""From this success rate on an arm worked more often than not."""


@dataclass(frozen=True, slots=True)
class ArmRecord:
    """How an arm did in a group, and a problem of the group on which it did so."""

    arm: str
    rate: Rate
    example: str


@dataclass(frozen=True, slots=True)
class RatedTrajectory:
    """Steps that were kept, rated by what came of them."""

    outcome_id: str
    arm: str
    reward: float


@dataclass(frozen=True)
class Pattern:
    """One group; `arms` with the best assured first, `trajectories` with the best rated first."""

    label: str
    problems: int
    rate: Rate
    arms: list[ArmRecord]
    trajectories: list[RatedTrajectory]

    @property
    def best(self) -> ArmRecord:
        return self.arms[0]

    @property
    def worked(self) -> list[ArmRecord]:
        return [arm for arm in self.arms if (arm.rate.rate or 0) >= EVEN]

    @property
    def failed(self) -> list[ArmRecord]:
        return [arm for arm in reversed(self.arms) if (arm.rate.rate or 0) < EVEN]


@dataclass(frozen=True)
class Groups:
    """A grouping with its labels, as statistics take it."""

    grouping: Grouping
    labels: list[str]

    def of(self, problems: Ids) -> Codes:
        return self.grouping.of(problems)


class PatternFinder:
    """Finds groups and patterns of one memory, and keeps groups for the next time."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._kept: dict[str, Grouping] = {}
        self._lock = threading.Lock()

    def groups(self, tenant: str = "default") -> Groups:
        """The tenant's problems in labelled groups."""
        grouping = self.grouping(tenant)
        samples = [_spread(grouping.members(group)) for group in range(len(grouping))]
        wanted = [int(problem) for sample in samples for problem in sample]
        texts = problem_texts(self._memory.database, wanted)
        sizes = np.bincount(grouping.group, minlength=len(grouping)).tolist()
        labels = label_groups([[texts[int(p)] for p in sample] for sample in samples], sizes)
        return Groups(grouping, labels)

    def grouping(self, tenant: str = "default") -> Grouping:
        with self._lock:
            found = grouped(self._problems(tenant), self._vectors, self._kept.get(tenant))
            self._kept[tenant] = found
            return found

    def patterns(self, tenant: str = "default") -> list[Pattern]:
        """What worked in each group, the group with the most outcomes first."""
        groups = self.groups(tenant)
        steps = outcomes_with_trajectory(self._memory.database)
        with self._memory.derived.current() as columns:
            tried = _Tried.of(columns, self._tenant(tenant), groups)
        found = [
            self._pattern(groups, group, tried.only(tried.group == group), steps)
            for group in range(len(groups.labels))
        ]
        return sorted(found, key=lambda pattern: (-pattern.rate.tries, pattern.label))

    def _pattern(
        self, groups: Groups, group: int, tried: "_Tried", steps: dict[int, str]
    ) -> Pattern:
        return Pattern(
            label=groups.labels[group],
            problems=int((groups.grouping.group == group).sum()),
            rate=Rate.of(tried.reward),
            arms=self._arms(tried),
            trajectories=_trajectories(tried, steps),
        )

    def _arms(self, tried: "_Tried") -> list[ArmRecord]:
        used, places = np.unique(tried.arm, return_inverse=True)
        rates = Sums.of(tried.reward, places, len(used)).rates()
        typical = [_typical(tried.only(places == i), rates[i]) for i in range(len(used))]
        texts = problem_texts(self._memory.database, typical)
        arms = [
            ArmRecord(tried.names[arm], rate, texts[problem])
            for arm, rate, problem in zip(used.tolist(), rates, typical, strict=True)
        ]
        return sorted(arms, key=lambda arm: (-arm.rate.low, -arm.rate.tries, arm.arm))

    def _problems(self, tenant: str) -> Ids:
        with self._memory.derived.current() as columns:
            return problems_in_order(columns, self._tenant(tenant))

    def _vectors(self, problems: Ids) -> Iterable[tuple[Ids, Vectors]]:
        facts = self._memory.facts
        return vectors_of(self._memory.database, problems.tolist(), facts.embedder, facts.dim)

    def _tenant(self, name: str) -> int:
        """Its id, or one that nobody has."""
        names = tenant_names(self._memory.database)
        return next((key for key, known in names.items() if known == name), -1)


@dataclass(frozen=True)
class _Tried:
    """The outcomes that patterns are read from, in order of their sequence numbers."""

    seq: NDArray[np.int64]
    arm: Codes
    problem: Ids
    group: Codes
    reward: NDArray[np.float64]
    names: Sequence[str]

    @classmethod
    def of(cls, columns: Columns, tenant: int, groups: Groups) -> "_Tried":
        keep = _routable(columns, tenant)
        problems = columns["problem"][keep].astype(np.int64)
        return cls(
            columns["seq"][keep],
            columns["arm"][keep].astype(np.int64),
            problems,
            groups.of(problems),
            columns["reward"][keep].astype(np.float64),
            list(columns.names["arm"].texts),
        )

    def only(self, keep: NDArray[np.bool_]) -> "_Tried":
        return _Tried(
            self.seq[keep],
            self.arm[keep],
            self.problem[keep],
            self.group[keep],
            self.reward[keep],
            self.names,
        )


def problems_in_order(columns: Columns, tenant: int) -> Ids:
    """A tenant's problems with something to learn from, in order of their first live outcome."""
    problems = columns["problem"][_routable(columns, tenant)]  # rows are in order already
    found, first = np.unique(problems, return_index=True)
    return found[np.argsort(first)].astype(np.int64)


def _routable(columns: Columns, tenant: int) -> NDArray[np.bool_]:
    keep: NDArray[np.bool_] = columns["live"] & ~columns["infra"] & (columns["tenant"] == tenant)
    return keep


def _spread(members: Ids) -> Ids:
    """At most `LABEL_SAMPLE` of them, evenly spaced."""
    count = min(len(members), LABEL_SAMPLE)
    return members[np.linspace(0, len(members) - 1, count).astype(np.int64)]


def _typical(tried: _Tried, rate: Rate) -> int:
    """The newest problem on which the arm did about as well as it does."""
    distance = np.abs(tried.reward - (rate.rate or 0.0))
    nearest = np.flatnonzero(distance <= distance.min() + 1e-9)
    return int(tried.problem[nearest[-1]])


def _trajectories(tried: _Tried, steps: dict[int, str]) -> list[RatedTrajectory]:
    rated = [
        RatedTrajectory(steps[seq], tried.names[arm], reward)
        for seq, arm, reward in zip(
            tried.seq.tolist(), tried.arm.tolist(), tried.reward.tolist(), strict=True
        )
        if seq in steps
    ]
    return sorted(rated, key=lambda t: -t.reward)
