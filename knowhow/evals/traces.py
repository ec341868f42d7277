"""Do specialists that learnt from a few hundred examples read problems that they have never seen?

Other numbers and people, other templates (also some that nobody saw who built this), sentences that
do not matter, other compositions, long chains: after the examples, and after practice on problems
of which the answer alone was known; beside the base alone and two voices that have learnt nothing.
Then what rounds of policy gradients add, with graded and with binary rewards, how far outcomes
alone lead from a few examples, and how well it is learnt whom to ask. Whatever is finished is kept,
so that a stopped eval goes on; while some practise, rounds and the few examples have a process of
their own.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowhow.evals._beside import beside
from knowhow.evals._traces_counted import UNREAD, count, hit
from knowhow.figures import Figures

if TYPE_CHECKING:
    from knowhow.figures import Floats
    from knowhow.settings import Settings
    from knowhow_agents.skills.traces.learning import Learnt, Taught
    from knowhow_agents.skills.traces.rounds import Reward, Tried
    from knowhow_agents.skills.traces.team import Team
    from knowhow_agents.skills.traces.telling import Item

    Exam = Mapping[str, Sequence[Item]]
    """Cell → its problems."""
    Results = Mapping[str, Sequence[Tried]]


@dataclass(frozen=True)
class Sizes:
    n: int = 500
    """Problems a cell."""
    divided: int = 100
    """Of them, for a base without adapters that is told who reads what: it writes until there is no
    more room, every time."""
    lessons: int = 500
    """At most, for everybody."""
    pool: int = 3_600
    """Problems of which the first lessons are taken; the rarer specialists need so many."""
    rounds: int = 3
    tried: int = 400
    """Problems of a round."""
    practice: tuple[int, ...] = (1_000, 3_000, 6_000)
    """Problems that are tried after the lessons; what was right is learnt from."""
    found: int = 6_000
    """Lessons at most, with those that were found by trying."""
    few: int = 20
    """Lessons that a bootstrap starts from, of as many kinds as there are."""
    batches: tuple[int, ...] = (500, 1_000, 4_000)
    """Problems of a bootstrap's rounds, of which the answer alone is known."""
    stream: int = 1_000
    """Problems of the routing; from the first half it learns."""


QUICK = Sizes(
    n=1,
    lessons=4,
    pool=60,
    practice=(2,),
    found=8,
    rounds=1,
    tried=2,
    few=2,
    batches=(2,),
    stream=4,
)
FRESH = 1_000
"""Seeds from here on draw other problems than those of the lessons."""
NOTES = (
    "cells: right answers by the right specialists, after SFT and, learnt, after practice on "
    "outcomes; usual: what was most often right in training; nearest: what was right for what has "
    "most words in common; base: the base alone, without an adapter and divided as is usual; "
    "divided: the base without an adapter, divided as was learnt; written: as learnt, but nothing "
    "is weighed; trusting: as learnt, but all results make equal sense; sounding: hunches alone, "
    "divided as was learnt",
    "rounds: on from SFT, gain problem by problem; boot: from few examples and outcomes alone; "
    "short_circuit: traces that ask for what was given; by_template: the mean over a "
    "cell's templates of the share of their problems; guessed: lessons that were found by trying",
)


def run(*, seed: int, quick: bool, report: Callable[[str], None], n: int | None = None) -> Figures:
    from knowhow.settings import load_settings
    from knowhow.store import learning_folder

    settings = load_settings()
    sizes = QUICK if quick else Sizes()
    sizes = sizes if n is None else replace(sizes, n=n)
    figures = Figures("traces", seed=seed, n=sizes.n, notes=NOTES)
    place = learning_folder(settings) / "evals" / f"traces-{seed}-{sizes.n}{'-quick' * quick}"
    study = Study(settings, place, figures, sizes, report)
    study.overlap()
    study.instruct()
    with beside(partial(_rounds_and_boot, settings, place, seed, sizes)) as ask:
        study.practise()
        study.baselines()
        study.routing()
        report("rounds and boot, in another process")
        for key, value in ask().items():
            figures.values.setdefault(key, value)
    shutil.rmtree(place)
    return figures


def _rounds_and_boot(
    settings: "Settings", place: Path, seed: int, sizes: Sizes
) -> Mapping[str, Any]:
    """The figures that need no practice, while others practise; all that is kept is shared."""
    figures = Figures("traces", seed=seed, n=sizes.n)
    study = Study(settings, place, figures, sizes, report=lambda _: None)
    study.instruct()
    study.rounds()
    study.boot()
    return figures.values


class Study:
    def __init__(
        self,
        settings: "Settings",
        place: Path,
        figures: Figures,
        sizes: Sizes,
        report: Callable[[str], None],
    ) -> None:
        from knowhow_adapters.base.load import load_base
        from knowhow_agents.skills.traces.divider import Vectors
        from knowhow_agents.skills.traces.items import training_items
        from knowhow_agents.skills.traces.learning import gather
        from knowhow_memory.embedder import load_embedder

        self.settings, self.place, self.figures = settings, place, figures
        self.sizes, self.seed, self.report = sizes, figures.seed, report
        self.base = load_base(settings.small_model.base)
        self.vectors = Vectors(load_embedder(settings.embedder.model))
        self.pool = training_items(sizes.pool, self.seed)
        self.taught = gather(self.pool, at_most=sizes.lessons)
        self.exam = _draw_exam(sizes.n, self.seed)

    def overlap(self) -> None:
        """Between what is learnt from and what is examined."""
        texts = {item.problem for items in self.exam.values() for item in items}
        held = [item for cell in UNREAD for item in self.exam[cell]]
        templates = {name for item in held for name in item.templates}
        orders = {item.specialists for item in self.exam["compositions"]}
        learnt_templates = {name for item in self.pool for name in item.templates}
        self.figures.set("overlap.texts", len(texts & {item.problem for item in self.pool}))
        self.figures.set("overlap.templates", len(templates & learnt_templates))
        self.figures.set("overlap.orders", len(orders & {item.specialists for item in self.pool}))

    def instruct(self) -> None:
        """What everybody starts from."""
        for agent, found in self.taught.items():
            self.figures.set(f"examples.{agent}", len(found))
        self.instructed = self._sft()
        self.results = self._examine("cells.sft", partial(self._team, self.instructed))

    def practise(self) -> None:
        sizes = self.sizes
        self.learnt = self._from_outcomes(
            "practice", self.taught, sizes.practice, sizes.found, self.instructed
        )
        self._examine("cells.learnt", partial(self._team, self.learnt))

    def baselines(self) -> None:
        """What those who practised are held against."""
        from knowhow_agents.skills.traces.baselines import Nearest, Sounding, Usual
        from knowhow_agents.skills.traces.learning import Learnt
        from knowhow_agents.skills.traces.sense import Sense
        from knowhow_agents.skills.traces.team import Team

        assert self.learnt.hunches
        written = replace(self.learnt, hunches=None)
        sounding = Sounding(self.learnt.hunches)
        self._examine("cells.written", partial(self._team, written))
        trusting = replace(self.learnt, sense=Sense())
        self._examine("cells.trusting", partial(self._team, trusting))
        self._examine("cells.sounding", partial(Team, sounding, self.learnt.divider))
        usual, nearest = Usual(self.taught), Nearest(self.taught)
        self._examine("cells.base", partial(self._team, Learnt({}, usual)))
        divided = Learnt({}, self.learnt.divider)
        self._examine("cells.divided", partial(self._team, divided), self.sizes.divided)
        self._examine("cells.usual", partial(Team, usual, usual))
        self._examine("cells.nearest", partial(Team, nearest, nearest))

    def rounds(self) -> None:
        from knowhow_agents.skills.traces.rounds import Reward

        for reward in Reward:
            name = f"rounds.{reward.value}"
            results = self._examine(name, partial(self._team, self._rounds(reward)))
            gains = [
                hit(after) - hit(before)
                for cell, tried in results.items()
                for after, before in zip(tried, self.results[cell], strict=True)
            ]
            self.figures.mean(f"{name}.gain", gains)

    def boot(self) -> None:
        from knowhow_agents.skills.traces.items import by_turns
        from knowhow_agents.skills.traces.learning import gather

        few = gather(by_turns(self.pool), at_most=self.sizes.few)
        learnt = self._from_outcomes("boot", few, self.sizes.batches, self.sizes.found)
        self._examine("boot", partial(self._team, learnt))

    def routing(self) -> None:
        """Whom to ask, learnt from the outcomes of those who were asked."""
        import numpy as np

        from knowhow_agents.skills.traces.items import Cell, exam_items
        from knowhow_agents.skills.traces.language import SPECIALISTS
        from knowhow_agents.skills.traces.rounds import judge
        from knowhow_agents.skills.traces.routing_study import Attempted, study_routing
        from knowhow_memory.memory import Memory

        drawn = exam_items(Cell.NUMBERS, 2 * self.sizes.stream, self.seed + FRESH)
        items = [item for item in drawn if len(item.specialists) == 1][: self.sizes.stream]
        problems = [item.problem for item in items]
        team = self._team(self.learnt)
        with self._timed("routing"):
            self.report("routing: every specialist tries every problem")
            attempts = {name: team.attempt(problems, specialist=name) for name in SPECIALISTS}
            stream = [
                Attempted(
                    item.problem,
                    {name: float(judge(found[at], item) == 1) for name, found in attempts.items()},
                )
                for at, item in enumerate(items)
            ]
            with Memory.open(
                str(self.place / "memory"), embedder=self.settings.embedder.model
            ) as memory:
                outcomes = len(stream) // 2
                found = study_routing(
                    memory, self.vectors, stream, outcomes=outcomes, seed=self.seed
                )
        for name in ("router", "random", "best_single", "oracle"):
            self.figures.mean(f"routing.{name}", getattr(found, name))
        pairs = np.array([found.router, found.oracle]).T

        def share(drawn: "Floats") -> "Floats":
            router, oracle = drawn.sum(axis=1).T
            return np.asarray(router / np.maximum(oracle, 1))  # an oracle may find nothing either

        self.figures.statistic("routing.share_of_oracle", pairs, share)

    def _sft(self) -> "Learnt":
        from knowhow_agents.skills.traces.learning import sft

        report, place = self._steps("learning"), self.place / "sft"
        with self._timed("sft"):
            return sft(self.base, self.vectors, self.taught, place, report=report)

    def _from_outcomes(
        self,
        name: str,
        taught: "Taught",
        batches: Sequence[int],
        at_most: int,
        first: "Learnt | None" = None,
    ) -> "Learnt":
        from knowhow_agents.skills.traces.bootstrap import bootstrap
        from knowhow_agents.skills.traces.items import training_items

        problems = [
            training_items(size, self.seed + FRESH + number) for number, size in enumerate(batches)
        ]

        def heard(number: int, taught: "Taught", tried: "Sequence[Tried]") -> None:
            guessed = [one for one in tried if one.reward == 1 and not one.attempt.said]
            self.figures.set(f"{name}.guessed.{number + 1}", len(guessed))
            for agent, found in taught.items():
                self.figures.set(f"{name}.examples.{number + 1}.{agent}", len(found))
            self.report(f"{name}: round {number + 1}")

        with self._timed(name):
            return bootstrap(
                self.base,
                self.vectors,
                taught,
                problems,
                self.place / name,
                first=first,
                at_most=at_most,
                heard=heard,
            )

    def _rounds(self, reward: "Reward") -> "Learnt":
        from knowhow_agents.skills.traces.items import training_items
        from knowhow_agents.skills.traces.learning import everything
        from knowhow_agents.skills.traces.rounds import play_round

        learnt, examples = self.instructed, everything(self.taught)
        with self._timed(f"rounds.{reward.value}"):
            for number in range(self.sizes.rounds):
                self.report(f"round {number + 1}, {reward.value} rewards")
                learnt = play_round(
                    self.base,
                    self.vectors,
                    learnt,
                    examples,
                    training_items(self.sizes.tried, self.seed + FRESH + number),
                    self.place / f"{reward.value}{number}",
                    reward=reward,
                    seed=self.seed + number,
                    attempts=None if number else self.place / "rounds.attempts.jsonl",
                )
        return learnt

    def _team(self, learnt: "Learnt") -> "Team":
        from knowhow_agents.skills.traces.rounds import team_of

        return team_of(self.base, learnt, self.place / "versions")

    def _examine(
        self, name: str, open_team: "Callable[[], Team]", at_most: int | None = None
    ) -> "Results":
        """Figures of all cells; attempts of a run that was stopped are not made again."""
        from knowhow_agents.skills.traces.rounds import keep, practise

        team: Team | None = None
        results: dict[str, list[Tried]] = {}
        with self._timed(f"{name}.exam"):
            for cell, items in self.exam.items():
                self.report(f"{name}: {cell}")

                def make(items: "Sequence[Item]" = items[:at_most]) -> "list[Tried]":
                    nonlocal team
                    team = team or open_team()
                    return practise(team, items, samples=1, temperature=0.0, seed=0)

                results[cell] = keep(self.place / f"{name}.{cell}.jsonl", make)
        count(self.figures, name, self.exam, results)
        return results

    def _steps(self, what: str) -> Callable[[int, int, list[float]], None]:
        return lambda done, planned, _: self.report(f"{what}: step {done} of {planned}")

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.figures.set(f"seconds.{name}", time.perf_counter() - started)


def _draw_exam(n: int, seed: int) -> "dict[str, list[Item]]":
    from knowhow_agents.skills.traces.items import SHARES, Cell, exam_items

    cells = {f"numbers.{of}": exam_items(Cell.NUMBERS, n, seed, of=of) for of in SHARES}
    others = (cell for cell in Cell if cell is not Cell.NUMBERS)
    return cells | {cell.value: exam_items(cell, n, seed) for cell in others}
