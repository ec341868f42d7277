"""Which strategy for which problem? Learnt from outcomes, beside everybody else who might choose.

Eight families of planning problems in words, six real algorithms under one budget of steps. A
router learns from a stream of problems, seeing only what it tried, and is asked about an exam;
another is told the family, too, as an analysis would. Then families are held out: what is learnt on
the others is used on these.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow.figures import Figures

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from knowhow.evals._planned import Floats, World
    from knowhow_router.contract import Policy

STREAM, EXAM, SEEDS = 1_000, 500, 20
QUICK_STREAM, QUICK_EXAM, QUICK_SEEDS = 96, 48, 2
STRETCH = 100
"""Outcomes between two points of the learning curve."""
LEARNT = {"learnt": "knowhow", "learnt.told_family": "knowhow_tasks"}
"""Figure → the replay's policy."""
HELD_OUT = 2
"""Families at a time."""
TRANSFERS = 10
"""Orders of the stream for transfer, as everything is learnt anew for each held-out pair."""
ADVISED, QUICK_ADVISED = 3, 1
"""Orders in which an adapter is trained, too."""
ENOUGH, QUICK_ENOUGH = 500, 48
"""Outcomes after which it is."""
MODELS = ("embedded/big-reckoner", "embedded/big-planner")
NOTE = (
    "Share of problems solved: every rule kept and within 2% of the best known, strategies run on "
    "the spec that was read from the text. The exam's every second problem is told in phrasings "
    "that nothing was learnt from (.new). best_single and best_per_family are chosen in hindsight, "
    "on the exam itself. of_oracle, over_best: ratios on the exam after all outcomes, intervals "
    "over problems. curve.N: the last {stretch} decisions of the stream up to the N-th. transfer: "
    "learnt on the other families; kept: of what learning in the domain gains over the same "
    "baseline. with_adapter: in the first {advised} orders the router hears, too, which strategy "
    "an adapter prefers that learnt from the first {enough} outcomes; gain: over learnt in the "
    "same orders, problem by problem."
)


def run(
    *,
    seed: int,
    quick: bool,
    report: Callable[[str], None],
    n: int | None = None,
    big_model: str | None = None,
) -> Figures:
    import numpy as np

    from knowhow.evals import _planned, _planned_models

    exam = n or (QUICK_EXAM if quick else EXAM)
    stream = QUICK_STREAM if quick else STREAM
    seeds = range(seed, seed + (QUICK_SEEDS if quick else SEEDS))
    advised, enough = (QUICK_ADVISED, QUICK_ENOUGH) if quick else (ADVISED, ENOUGH)
    note = NOTE.format(stretch=STRETCH, advised=advised, enough=enough)
    figures = Figures("planning", seed=seed, n=exam, notes=[note])
    here = _planned.world(stream, exam, seed, report)
    figures.set("stream", stream)
    figures.set("seeds", len(seeds))
    figures.set("overlap", len({*here.stream.matrix.problems} & {*here.exam.matrix.problems}))
    _describe(figures, here)
    chosen = {name: _learn(here, policy, seeds, name, report) for name, policy in LEARNT.items()}
    for name, tried in chosen.items():
        _rate(figures, here, name, tried)
    told = _advise(here, seeds[:advised], enough, report)
    _rate(figures, here, "with_adapter", told)
    alone = np.mean(chosen["learnt"].by_order[:advised], axis=0)
    _mean(figures, "with_adapter.gain", told.exam - alone)
    _transfer(figures, here, seeds[:TRANSFERS], chosen["learnt"].exam, report)
    for model in [big_model] if big_model else MODELS:
        _planned_models.rate(figures, here.exam.matrix, model, report)
    return figures


@dataclass
class Tried:
    """What a policy earned, averaged over the orders of the stream."""

    stream: list["Floats"] = field(default_factory=list)
    """By order, decision by decision."""
    orders: list["NDArray[np.intp]"] = field(default_factory=list)
    by_order: list["Floats"] = field(default_factory=list)
    """On the exam, problem by problem."""

    @property
    def exam(self) -> "Floats":
        import numpy as np

        return np.asarray(np.mean(self.by_order, axis=0))


def _describe(figures: Figures, here: "World") -> None:
    """What can be had without learning, and with every outcome known."""
    rewards, arms = here.exam.matrix.rewards, here.exam.matrix.arms
    families = here.families(here.exam)
    best = int(rewards.mean(axis=0).argmax())
    for arm, got in zip(arms, rewards.T, strict=True):
        _mean(figures, f"always.{arm.rpartition('::')[2]}", got)
    _mean(figures, "random", rewards.mean(axis=1))
    _mean(figures, "best_single", rewards[:, best])
    figures.set("best_single.strategy", arms[best].rpartition("::")[2])
    _mean(figures, "best_per_family", _best_within(rewards, families))
    _mean(figures, "oracle", rewards.max(axis=1))
    for arm, share in zip(arms, _best_shares(rewards), strict=True):
        figures.set(f"best_share.{arm.rpartition('::')[2]}", float(share))


def _mean(figures: Figures, key: str, values: "Floats") -> None:
    figures.mean(key, values.tolist())


def _best_within(rewards: "Floats", groups: "NDArray[np.str_]") -> "Floats":
    import numpy as np

    found = np.empty(len(rewards))
    for group in np.unique(groups):
        inside = groups == group
        found[inside] = rewards[inside][:, rewards[inside].mean(axis=0).argmax()]
    return found


def _best_shares(rewards: "Floats") -> "Floats":
    """On which share of the solved problems each is best; who shares a success shares that."""
    solved = rewards[rewards.max(axis=1) > 0]
    return (solved / solved.sum(axis=1, keepdims=True)).mean(axis=0)  # type: ignore[no-any-return]


def _learn(
    here: "World", policy: str, seeds: Sequence[int], name: str, report: Callable[[str], None]
) -> Tried:
    from knowhow_router.replay.policies import POLICIES
    from knowhow_router.replay.rivals.space import Space

    tried = Tried()
    for number, seed in enumerate(seeds, 1):
        report(f"{name}: order {number}/{len(seeds)}")
        _try(here, POLICIES[policy].make(Space(here.stream.vectors)), seed, tried)
    return tried


def _advise(
    here: "World", seeds: Sequence[int], enough: int, report: Callable[[str], None]
) -> Tried:
    from knowhow.benches._base import load_bench_base
    from knowhow.benches._school import School
    from knowhow.evals._advised import Advised, Adviser

    tried = Tried()
    with tempfile.TemporaryDirectory() as folder:
        school = School(load_bench_base(), Path(folder))
        for number, seed in enumerate(seeds, 1):
            report(f"with an adapter: order {number}/{len(seeds)}")
            adviser = Adviser(school, here.stream.matrix.arms, enough, seed)
            _try(here, Advised(adviser), seed, tried)
    return tried


def _try(here: "World", policy: "Policy", seed: int, tried: Tried) -> None:
    """One order of the stream, and the exam."""
    import numpy as np

    from knowhow.evals._planned import live

    order = np.random.default_rng(seed).permutation(len(here.stream.rows))
    everything = np.arange(len(here.exam.rows))
    on_the_way, after = live(policy, here, order, everything, seed)
    tried.stream.append(on_the_way.rewards)
    tried.orders.append(order)
    tried.by_order.append(after.rewards)


def _rate(figures: Figures, here: "World", name: str, tried: Tried) -> None:
    import numpy as np

    rewards = here.exam.matrix.rewards
    best = rewards[:, rewards.mean(axis=0).argmax()]
    _mean(figures, name, tried.exam)
    _mean(figures, f"{name}.usual", tried.exam[~here.held])
    _mean(figures, f"{name}.new", tried.exam[here.held])
    for key, baseline in (("of_oracle", rewards.max(axis=1)), ("over_best", best)):
        figures.statistic(f"{name}.{key}", np.array([tried.exam, baseline]).T, _ratio)
    by_order = [got.mean() / rewards.max(axis=1).mean() for got in tried.by_order]
    figures.mean(f"{name}.of_oracle.by_order", by_order)
    streams = np.array(tried.stream)
    bests = np.array([here.stream.matrix.rewards[order].max(axis=1) for order in tried.orders])
    for end in range(STRETCH, streams.shape[1] + 1, STRETCH):
        part = slice(end - STRETCH, end)
        _mean(figures, f"{name}.curve.{end}", streams[:, part].mean(axis=1))
        share = streams[:, part].mean(axis=1) / bests[:, part].mean(axis=1)
        _mean(figures, f"{name}.curve.{end}.of_oracle", share)


def _ratio(drawn: "Floats") -> "Floats":
    return drawn[..., 0].mean(1) / drawn[..., 1].mean(1)  # type: ignore[no-any-return]


def _transfer(
    figures: Figures,
    here: "World",
    seeds: Sequence[int],
    in_domain: "Floats",
    report: Callable[[str], None],
) -> None:
    """Two families are held out at a time, until each was."""
    import numpy as np

    from knowhow.evals._planned import live
    from knowhow_router.replay.policies import POLICIES
    from knowhow_router.replay.rivals.space import Space

    learnt_on, asked_of = here.families(here.stream), here.families(here.exam)
    names = np.unique(asked_of)
    carried, single = np.zeros(len(asked_of)), np.zeros(len(asked_of))
    for begin in range(0, len(names), HELD_OUT):
        out = names[begin : begin + HELD_OUT]
        asked = np.flatnonzero(np.isin(asked_of, out))
        others = np.flatnonzero(~np.isin(learnt_on, out))
        report(f"transfer to {' and '.join(out)}")
        single[asked] = here.exam.matrix.rewards[
            asked, here.stream.matrix.rewards[others].mean(axis=0).argmax()
        ]
        for seed in seeds:
            order = np.random.default_rng(seed).permutation(others)
            policy = POLICIES["knowhow"].make(Space(here.stream.vectors))
            _, after = live(policy, here, order, asked, seed)
            carried[asked] += after.rewards / len(seeds)
    _mean(figures, "transfer", carried)
    _mean(figures, "transfer.best_single_of_the_others", single)
    guess = here.exam.matrix.rewards.mean(axis=1)
    for key, baseline in (("random", guess), ("best_single", single)):
        figures.statistic(
            f"transfer.kept_over_{key}",
            np.array([carried, in_domain, baseline]).T,
            lambda d: (d[..., 0] - d[..., 2]).mean(1) / (d[..., 1] - d[..., 2]).mean(1),
        )
    for family in names:
        _mean(figures, f"transfer.{family}", carried[asked_of == family])
        _mean(figures, f"in_domain.{family}", in_domain[asked_of == family])
