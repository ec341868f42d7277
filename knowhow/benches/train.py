"""What training on outcomes is worth: ways to choose, wrong rewards, amounts, objectives.

Two toy specialists write records in languages that the base has never read. Candidates are examined
greedily on problems that no training saw, every second one in a phrasing that nothing uses; an
answer counts if it is right letter by letter. Beside every figure: the base alone, and the answer
that succeeded most often.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow.benches._base import load_bench_base
from knowhow.benches._records import LEDGER, NESTED, Specialist
from knowhow.benches._school import School
from knowhow.figures import Figures

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base
    from knowhow_adapters.learn.attempts import Attempt
    from knowhow_adapters.learn.train import Job

SPECIALISTS = (LEDGER, NESTED)
SEEDS = 3
LIES = (0.0, 0.1, 0.2, 0.4)
OUTCOMES, EXAM = 500, 100
OTHER_AMOUNTS = (50, 100, 200, 1000)
"""Of outcomes; what so many as usual teach is known from the ways to choose."""
SOME_LIES = 0.1
"""Where objectives are compared: failures that are partly none are the ordinary case."""
QUICK_OUTCOMES, QUICK_EXAM, QUICK_AMOUNTS, QUICK_LIES = 60, 8, (50,), (SOME_LIES,)
NOTE = (
    "choice.METHOD.LIES: share of right answers on held-out problems after training on so many "
    "outcomes, with so large a share of wrong rewards. curve: filtered, by the number of outcomes. "
    "objective: filtered, 10% wrong rewards."
)


@dataclass(frozen=True)
class Trial:
    """An adapter in training and where its examination goes."""

    key: str
    specialist: Specialist
    job: "Job"


class Bench:
    def __init__(self, base: "Base", place: Path, figures: Figures, *, quick: bool) -> None:
        from knowhow_adapters.learn.train import Settings

        self.base, self.figures = base, figures
        self.school = School(base, place)
        self.settings = Settings(epochs=1) if quick else Settings()
        self.outcomes = QUICK_OUTCOMES if quick else OUTCOMES
        self.exam = QUICK_EXAM if quick else EXAM
        self.scores: dict[str, list[float]] = {}

    def choices(self, lies: float, seed: int) -> list[Trial]:
        """Every way to choose, on the same outcomes."""
        from knowhow_adapters.learn.examples import Choice

        return [
            self._trial(f"choice.{choice.value}.{lies}", specialist, attempts, choice, seed)
            for specialist in SPECIALISTS
            for attempts in [specialist.draw_attempts(self.outcomes, seed, lies)]
            for choice in Choice
        ]

    def amounts(self, amounts: Iterable[int], seed: int) -> list[Trial]:
        from knowhow_adapters.learn.examples import Choice

        return [
            self._trial(f"curve.{amount}", specialist, attempts, Choice.FILTERED, seed)
            for specialist in SPECIALISTS
            for amount in amounts
            for attempts in [specialist.draw_attempts(amount, seed, 0.0)]
        ]

    def objectives(self, seed: int) -> list[Trial]:
        """All but the usual one, which the ways to choose are compared by."""
        from knowhow_adapters.learn.examples import Choice
        from knowhow_adapters.learn.objective import Objective

        trials = []
        for specialist in SPECIALISTS:
            attempts = specialist.draw_attempts(self.outcomes, seed, SOME_LIES)
            trial = self._trial("", specialist, attempts, Choice.FILTERED, seed)
            others = [o for o in Objective if o is not self.settings.objective]
            for objective in others:
                settings = replace(trial.job.settings, objective=objective)
                job = replace(trial.job, settings=settings)
                trials.append(replace(trial, key=f"objective.{objective.value}", job=job))
        return trials

    def run(self, trials: Sequence[Trial], seed: int) -> None:
        """Train them in one pass and examine each."""
        adapters = self.school.train([trial.job for trial in trials])
        for trial, adapter in zip(trials, adapters, strict=True):
            problems = trial.specialist.draw_problems(self.exam, seed, held_out=True)
            ref = self.school.publish(adapter)
            score = self.school.examine(trial.specialist, problems, ref)
            self.scores.setdefault(trial.key, []).extend(score)

    def baselines(self, seed: int) -> None:
        for specialist in SPECIALISTS:
            problems = specialist.draw_problems(self.exam, seed, held_out=True)
            attempts = specialist.draw_attempts(self.outcomes, seed, 0.0)
            [(usual, _)] = Counter(a.answer for a in attempts if a.reward).most_common(1)
            score = self.school.examine(specialist, problems, None)
            self.scores.setdefault("baseline.base", []).extend(score)
            right = [float(specialist.solve(problem) == usual) for problem in problems]
            self.scores.setdefault("baseline.majority", []).extend(right)

    def write(self) -> None:
        usual = "choice.filtered"
        if f"{usual}.0.0" in self.scores:
            self.scores[f"curve.{self.outcomes}"] = self.scores[f"{usual}.0.0"]
        self.scores[f"objective.{self.settings.objective.value}"] = self.scores[
            f"{usual}.{SOME_LIES}"
        ]
        for key, values in self.scores.items():
            self.figures.mean(key, values)

    def _trial(
        self,
        key: str,
        specialist: Specialist,
        attempts: "Sequence[Attempt]",
        choice: str,
        seed: int,
    ) -> Trial:
        from knowhow_adapters.learn.examples import Choice, select_examples
        from knowhow_adapters.learn.rating import cross_fitted
        from knowhow_adapters.learn.train import Job

        settings = replace(self.settings, seed=seed)
        rater = cross_fitted(self.base, settings)
        selection = select_examples(attempts, Choice(choice), rater=rater)
        return Trial(key, specialist, Job(specialist.agent, selection.examples, None, settings))


def run(
    *, seed: int, quick: bool, report: Callable[[str], None], seeds: int | None = None
) -> Figures:
    import torch

    rounds = range(seed, seed + (seeds or (1 if quick else SEEDS)))
    figures = Figures("train", seed=seed, n=len(rounds), notes=[NOTE])
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        base = load_bench_base()
        bench = Bench(base, place, figures, quick=quick)
        figures.set("base", base.name)
        figures.set("threads", torch.get_num_threads())
        figures.set("outcomes", bench.outcomes)
        for number in rounds:
            report(f"seed {number}: the base alone")
            bench.baselines(number)
            for lies in QUICK_LIES if quick else LIES:
                report(f"seed {number}: {lies:.0%} wrong rewards")
                bench.run(bench.choices(lies, number), number)
            report(f"seed {number}: by the number of outcomes")
            bench.run(bench.amounts(QUICK_AMOUNTS if quick else OTHER_AMOUNTS, number), number)
            report(f"seed {number}: objectives")
            bench.run(bench.objectives(number), number)
        bench.write()
    return figures
