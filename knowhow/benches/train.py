"""What training on outcomes is worth: ways to choose, wrong rewards, amounts, objectives, time.

Two toy specialists write records in languages that the base has never read. Candidates are examined
greedily on problems that no training saw, every second one in a phrasing that nothing uses; an
answer counts if it is right letter by letter. Beside every figure: the base alone, and the answer
that succeeded most often.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow.benches._base import load_bench_base
from knowhow.benches._choices import by_neighbours, by_task, usual
from knowhow.benches._records import (
    LEDGER,
    NESTED,
    STRATEGIES,
    Problem,
    Specialist,
    best_strategy,
    draw_choices,
    mixed_problems,
)
from knowhow.figures import Figures

if TYPE_CHECKING:
    from knowhow_adapters.adapter import Adapter
    from knowhow_adapters.base.load import Base
    from knowhow_adapters.learn.attempts import Attempt
    from knowhow_adapters.learn.train import Job

SPECIALISTS = (LEDGER, NESTED)
SEEDS = 3
LIES = (0.0, 0.1, 0.2, 0.4)
AMOUNTS = (50, 100, 200, 500, 1000)
OUTCOMES, EXAM = 500, 100
QUICK_OUTCOMES, QUICK_EXAM, QUICK_AMOUNTS, QUICK_LIES = 60, 8, (50,), (0.2,)
SOME_LIES = 0.1
"""Where objectives are compared: failures that are partly none are the ordinary case."""
PASSES = 4
"""Specialists that learn one after another and in one pass."""
ANSWER_TOKENS = 96
AMPLE = 2**30
NOTE = (
    "choice.METHOD.LIES: share of right answers on held-out problems after training on so many "
    "outcomes, with so large a share of wrong rewards. curve: filtered, by the number of outcomes. "
    "objective: filtered, 10% wrong rewards. strategy: which of four ways, learnt from the reward "
    "of one of them. passes: four specialists one after another and in one pass."
)


@dataclass(frozen=True)
class Trial:
    """An adapter in training and where its examination goes."""

    key: str
    specialist: Specialist
    job: "Job"


class Bench:
    def __init__(self, base: "Base", place: Path, figures: Figures, *, quick: bool) -> None:
        from knowhow_adapters.bank import Bank
        from knowhow_adapters.decode.engine import Decoder
        from knowhow_adapters.learn.train import Settings

        self.base, self.place, self.figures = base, place, figures
        self.versions = place / "versions"
        self.versions.mkdir()
        self.decoder = Decoder(base, Bank(base, lambda ref: self.versions / ref, AMPLE))
        self.settings = Settings(epochs=1) if quick else Settings()
        self.outcomes = QUICK_OUTCOMES if quick else OUTCOMES
        self.exam = QUICK_EXAM if quick else EXAM
        self.scores: dict[str, list[float]] = {}
        self._runs = 0

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
        from knowhow_adapters.learn.examples import Choice
        from knowhow_adapters.learn.objective import Objective

        trials = []
        for specialist in SPECIALISTS:
            attempts = specialist.draw_attempts(self.outcomes, seed, SOME_LIES)
            trial = self._trial("", specialist, attempts, Choice.FILTERED, seed)
            for objective in Objective:
                settings = replace(trial.job.settings, objective=objective)
                job = replace(trial.job, settings=settings)
                trials.append(replace(trial, key=f"objective.{objective.value}", job=job))
        return trials

    def run(self, trials: Sequence[Trial], seed: int) -> None:
        """Train them in one pass and examine each."""
        adapters = self._train([trial.job for trial in trials])
        for trial, adapter in zip(trials, adapters, strict=True):
            problems = trial.specialist.draw_problems(self.exam, seed, held_out=True)
            score = self._examine(trial.specialist, problems, adapter)
            self.scores.setdefault(trial.key, []).extend(score)

    def baselines(self, seed: int) -> None:
        for specialist in SPECIALISTS:
            problems = specialist.draw_problems(self.exam, seed, held_out=True)
            attempts = specialist.draw_attempts(self.outcomes, seed, 0.0)
            [(usual, _)] = Counter(a.answer for a in attempts if a.reward).most_common(1)
            score = self._examine(specialist, problems, None)
            self.scores.setdefault("baseline.base", []).extend(score)
            right = [float(specialist.solve(problem) == usual) for problem in problems]
            self.scores.setdefault("baseline.majority", []).extend(right)

    def strategies(self, seed: int) -> None:
        """Which of four ways, by every objective, beside simple counts."""
        from knowhow_adapters.learn.attempts import ask_strategy
        from knowhow_adapters.learn.examples import Choice, select_examples
        from knowhow_adapters.learn.objective import Objective
        from knowhow_adapters.learn.train import Job

        attempts = draw_choices(self.outcomes, seed, SOME_LIES)
        examples = select_examples(attempts, Choice.FILTERED).examples
        jobs = [
            Job(
                f"chooser-{objective.value}",
                examples,
                None,
                replace(self.settings, seed=seed, objective=objective),
            )
            for objective in Objective
        ]
        adapters = self._train(jobs)
        problems = mixed_problems(2 * self.exam, seed, held_out=True)
        asked = {"majority": [usual(attempts)] * len(problems)}
        asked["count_table"] = by_task(attempts, [problem.pattern.domain for problem in problems])
        asked["neighbours"] = by_neighbours(attempts, [problem.text for problem in problems])
        for objective, adapter in zip(Objective, adapters, strict=True):
            ref = self._publish(adapter)
            shares = [
                self.decoder.choose(ask_strategy(problem.text), STRATEGIES, ref)
                for problem in problems
            ]
            asked[objective.value] = [max(found, key=found.__getitem__) for found in shares]
        best = [best_strategy(problem.pattern) for problem in problems]
        for name, answers in asked.items():
            right = [float(answer == other) for answer, other in zip(answers, best, strict=True)]
            self.scores.setdefault(f"strategy.{name}", []).extend(right)

    def passes(self, seed: int) -> None:
        """Seconds of one retraining, of four after each other, and of four in one pass."""
        from knowhow_adapters.learn.examples import Choice

        jobs = []
        for number in range(PASSES):
            specialist = SPECIALISTS[number % len(SPECIALISTS)]
            attempts = specialist.draw_attempts(self.outcomes, seed + number, 0.0)
            trial = self._trial("", specialist, attempts, Choice.FILTERED, seed)
            jobs.append(replace(trial.job, agent=f"{specialist.agent}{number}"))
        single: list[float] = []
        losses: dict[str, list[float]] = {"alone": [], "together": []}
        for job in jobs:
            seconds, found = self._timed([job])
            single.append(seconds)
            losses["alone"] += found
        together, losses["together"] = self._timed(jobs)
        self.figures.set("passes.one_s", sum(single) / PASSES)
        self.figures.set("passes.after_each_other_s", sum(single))
        self.figures.set("passes.together_s", together)
        self.figures.set("passes.ratio", sum(single) / together)
        for name, values in losses.items():
            self.figures.set(f"passes.final_loss.{name}", sum(values) / PASSES)

    def write(self) -> None:
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

    def _train(self, jobs: "Sequence[Job]") -> "list[Adapter]":
        from knowhow_adapters.learn.train import train

        self._runs += 1
        found = train(self.base, jobs, self.place / f"run{self._runs}")
        for trained in found:
            if trained.error:
                raise trained.error
        return [trained.adapter for trained in found if trained.adapter]

    def _timed(self, jobs: "Sequence[Job]") -> tuple[float, list[float]]:
        """Seconds, and each adapter's loss over its last epoch."""
        from knowhow_adapters.learn.train import train

        self._runs += 1
        started = time.perf_counter()
        found = train(self.base, jobs, self.place / f"run{self._runs}")
        seconds = time.perf_counter() - started
        lasts = [
            trained.losses[-len(trained.losses) // self.settings.epochs :] for trained in found
        ]
        return seconds, [sum(last) / len(last) for last in lasts]

    def _examine(
        self, specialist: Specialist, problems: Sequence[Problem], adapter: "Adapter | None"
    ) -> list[float]:
        from knowhow_adapters.decode.request import Request

        ref = None if adapter is None else self._publish(adapter)
        requests = [
            Request(prompt=problem.text, adapter=ref, max_tokens=ANSWER_TOKENS)
            for problem in problems
        ]
        found = self.decoder.generate(requests)
        return [
            float(completion.text.strip() == specialist.solve(problem))
            for completion, problem in zip(found, problems, strict=True)
        ]

    def _publish(self, adapter: "Adapter") -> str:
        from knowhow_adapters.artefact import write_adapter

        return write_adapter(adapter, self.base, self.versions).name


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
            bench.run(bench.amounts(QUICK_AMOUNTS if quick else AMOUNTS, number), number)
            report(f"seed {number}: objectives")
            bench.run(bench.objectives(number), number)
            report(f"seed {number}: strategies")
            bench.strategies(number)
        bench.write()
        report("four specialists one after another and in one pass")
        bench.passes(seed)
    return figures
