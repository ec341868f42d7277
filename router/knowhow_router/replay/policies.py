"""The policies replay knows by name, and how each is made for one file.

Marks (`best_single`, `best_per_task`, `oracle`) are not here: they are computed in hindsight, see
`marks`. A policy of a package that is not installed stays in the list and says what to install.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from knowhow_memory.errors import InputError
from knowhow_router.contract import Policy
from knowhow_router.replay.marks import MARKS
from knowhow_router.replay.rivals import mab, pareto
from knowhow_router.replay.rivals.linear import LinThompson, LinUcb
from knowhow_router.replay.rivals.nearest import NearestNeighbours
from knowhow_router.replay.rivals.space import Space
from knowhow_router.replay.rivals.tables import (
    ActR,
    BetaThompson,
    CountTable,
    Random,
    Ucb,
    by_cluster,
    by_label,
)


@dataclass(frozen=True, slots=True)
class Entry:
    make: Callable[[Space], Policy]
    reads_problems: bool = True
    """Whether it needs the problems' vectors; a run without such policies embeds nothing."""
    package: str | None = None
    """The optional module it is made from."""
    install: str = ""

    @property
    def missing(self) -> str | None:
        """What to install first, or None when it can run."""
        if self.package is None or find_spec(self.package) is not None:
            return None
        return f"not installed: {self.install}"


def _knowhow(name: str, *, labels: bool = False) -> Entry:
    def make(space: Space) -> Policy:
        from knowhow_router.replay.knowhow_policy import KnowhowPolicy

        return KnowhowPolicy(name, labels=labels)

    return Entry(make)


def _mab(make: Callable[[Space], Policy]) -> Entry:
    return Entry(make, package=mab.PACKAGE, install=mab.INSTALL)


POLICIES: dict[str, Entry] = {
    "knowhow": _knowhow("knowhow"),
    "knowhow_tasks": _knowhow("knowhow_tasks", labels=True),
    "random": Entry(lambda space: Random("random"), reads_problems=False),
    "ucb": Entry(lambda space: Ucb("ucb"), reads_problems=False),
    "thompson": Entry(lambda space: BetaThompson("thompson"), reads_problems=False),
    "knn": Entry(lambda space: NearestNeighbours("knn", space.vectors.shape[1])),
    "count_table": Entry(lambda space: CountTable("count_table", by_label(space))),
    "count_table_blind": Entry(lambda space: CountTable("count_table_blind", by_cluster(space))),
    "act_r": Entry(lambda space: ActR("act_r", by_label(space))),
    "act_r_blind": Entry(lambda space: ActR("act_r_blind", by_cluster(space))),
    "beta_table": Entry(lambda space: BetaThompson("beta_table", by_label(space))),
    "beta_table_blind": Entry(lambda space: BetaThompson("beta_table_blind", by_cluster(space))),
    "linucb": Entry(lambda space: LinUcb("linucb", space)),
    "lints": Entry(lambda space: LinThompson("lints", space)),
    "mab_knearest": _mab(lambda space: mab.Nearest("mab_knearest", space)),
    "mab_radius": _mab(lambda space: mab.Within("mab_radius", space)),
    "mab_clusters": _mab(lambda space: mab.PerCluster("mab_clusters", space)),
    "paretobandit": Entry(
        lambda space: pareto.Pareto("paretobandit", space),
        package=pareto.PACKAGE,
        install=pareto.INSTALL,
    ),
}

ALL = (*list(POLICIES)[:3], *MARKS, *list(POLICIES)[3:])
"""Every name, in the order of the tables."""


def choose(names: str | None) -> list[str]:
    """The policies of a comma-separated list (all by default), best_single always among them."""
    if names is None:
        return list(ALL)
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in ALL:
            raise InputError(f"unknown policy {name!r}: choose from {', '.join(ALL)}")
    if not wanted:
        raise InputError(f"name at least one policy: {', '.join(ALL)}")
    return [name for name in ALL if name in wanted or name == "best_single"]


def reads_problems(names: Sequence[str]) -> bool:
    """Whether any of these needs to know what a problem says."""
    return any(POLICIES[name].reads_problems for name in names if name in POLICIES)
