"""Which of four ways: told from the outcomes of ways tried, by counts, by a router, by an adapter.

A log of ways tried at random, one a problem, a tenth of its rewards wrong. An adapter learns to
prefer from the first part of it; during the second it is a router's adviser, which finds out what
that is worth. Everybody else learns from the whole log. Then all name a way for problems that no
learning saw, every second one in a phrasing that nothing uses.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow.benches._base import load_bench_base
from knowhow.benches._choices import (
    STRATEGIES,
    best_strategy,
    by_neighbours,
    by_task,
    draw_choices,
    draw_problems,
    usual,
)
from knowhow.benches._records import Problem
from knowhow.benches._school import School
from knowhow.figures import Figures
from knowhow_memory.models import ARM_SEPARATOR

if TYPE_CHECKING:
    from knowhow_adapters.learn.attempts import Attempt
    from knowhow_memory.memory import Memory
    from knowhow_memory.models import OutcomeCreate
    from knowhow_router.router import Ask, Router

AGENT = "solver"
ARMS = {f"{AGENT}{ARM_SEPARATOR}{strategy}": strategy for strategy in STRATEGIES}
SEEDS = 3
LEARNT, ADVISED, EXAM = 500, 250, 200
QUICK_LEARNT, QUICK_ADVISED, QUICK_EXAM = 40, 10, 6
LIES = 0.1
NOTE = (
    "Share of right ways on held-out problems. adapter: trained on the first {learnt} outcomes, "
    "failures included (adapter.sft: on its successes alone); all others learn from {all}. "
    "difference: router_and_adapter less router on the same problems."
)


@dataclass(frozen=True)
class Amounts:
    learnt: int
    advised: int
    exam: int
    epochs: int | None = None


class Life:
    """One seed: the log, who learns from it, and the problems all are asked."""

    def __init__(self, school: School, amounts: Amounts, seed: int) -> None:
        self.school, self.amounts, self.seed = school, amounts, seed
        self.attempts = draw_choices(amounts.learnt + amounts.advised, seed, LIES)
        self.problems = draw_problems(amounts.exam, seed, held_out=True)

    def answers(self, memory: "Memory", report: Callable[[str], None]) -> dict[str, list[str]]:
        """What each says about every problem."""
        texts = [problem.text for problem in self.problems]
        tasks = [problem.pattern.domain for problem in self.problems]
        report(f"seed {self.seed}: training")
        adviser, by_success = self._trained()
        report(f"seed {self.seed}: a router alone, and one that hears the adapter")
        told = self._router(memory, "told", lambda problem, arms: self._think(adviser, problem))
        alone = self._router(memory, "alone", None)
        return {
            "majority": [usual(self.attempts)] * len(texts),
            "count_table": by_task(self.attempts, tasks),
            "neighbours": by_neighbours(self.attempts, texts),
            "adapter.sft": [_preferred(self._think(by_success, text)) for text in texts],
            "adapter": [_preferred(self._think(adviser, text)) for text in texts],
            "router": [_routed(alone, problem) for problem in self.problems],
            "router_and_adapter": [_routed(told, problem) for problem in self.problems],
        }

    def _trained(self) -> list[str]:
        """Adapters that learn from failures, too, and from successes alone."""
        from knowhow_adapters.learn.examples import Choice, select_examples
        from knowhow_adapters.learn.objective import Objective
        from knowhow_adapters.learn.train import Job, Settings

        attempts = self.attempts[: self.amounts.learnt]
        examples = select_examples(attempts, Choice.FILTERED).examples
        epochs = self.amounts.epochs or Settings.epochs
        jobs = [
            Job(
                AGENT,
                examples,
                settings=Settings(seed=self.seed, epochs=epochs, objective=objective),
            )
            for objective in (Objective.UNPAIRED, Objective.SFT)
        ]
        return [self.school.publish(adapter) for adapter in self.school.train(jobs)]

    def _think(self, ref: str, problem: str) -> dict[str, float]:
        from knowhow_adapters.learn.attempts import ask_strategy

        found = self.school.decoder.choose(ask_strategy(problem), STRATEGIES, ref)
        return {arm: found[strategy] for arm, strategy in ARMS.items()}

    def _router(self, memory: "Memory", name: str, ask: "Ask | None") -> "Router":
        """A tenant of its own lives through the log; ways go on being tried at random."""
        from knowhow_memory.models import OutcomeCreate
        from knowhow_router.brain import RouterSettings
        from knowhow_router.router import Router

        tenant = f"{name}-{self.seed}"
        learnt, advised = self.amounts.learnt, self.attempts[self.amounts.learnt :]
        memory.record_many([_outcome(attempt, tenant) for attempt in self.attempts[:learnt]])
        router = Router(memory, settings=RouterSettings(abstain=False), tenant=tenant, ask=ask)
        for attempt in advised:
            routed = router.route(attempt.problem, arms=list(ARMS), task=attempt.task)
            memory.record(
                OutcomeCreate(
                    decision_id=routed.id, arm=_arm(attempt), reward=attempt.reward, tenant=tenant
                )
            )
        return router


def _outcome(attempt: "Attempt", tenant: str) -> "OutcomeCreate":
    from knowhow_memory.models import OutcomeCreate

    return OutcomeCreate(
        problem=attempt.problem,
        arm=_arm(attempt),
        reward=attempt.reward,
        task=attempt.task,
        tenant=tenant,
    )


def _arm(attempt: "Attempt") -> str:
    return f"{AGENT}{ARM_SEPARATOR}{attempt.answer}"


def _preferred(thought: dict[str, float]) -> str:
    return ARMS[max(thought, key=thought.__getitem__)]


def _routed(router: "Router", problem: Problem) -> str:
    routed = router.route(problem.text, arms=list(ARMS), explore=False, task=problem.pattern.domain)
    return ARMS[routed.fallback]


def run(
    *, seed: int, quick: bool, report: Callable[[str], None], seeds: int | None = None
) -> Figures:
    from knowhow.settings import load_settings
    from knowhow_memory.memory import Memory

    rounds = range(seed, seed + (seeds or (1 if quick else SEEDS)))
    amounts = Amounts(LEARNT, ADVISED, EXAM)
    if quick:
        amounts = Amounts(QUICK_LEARNT, QUICK_ADVISED, QUICK_EXAM, epochs=1)
    note = NOTE.format(learnt=amounts.learnt, all=amounts.learnt + amounts.advised)
    figures = Figures("strategy", seed=seed, n=len(rounds), notes=[note])
    embedder = load_settings().embedder.model
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        base = load_bench_base()
        school = School(base, place)
        figures.set("base", base.name)
        figures.set("embedder", embedder)
        with Memory.open(place / "store", embedder=embedder) as memory:
            lives = [Life(school, amounts, number) for number in rounds]
            found = [life.answers(memory, report) for life in lives]
    _write(figures, [_best(life.problems) for life in lives], found)
    return figures


def _best(problems: Sequence[Problem]) -> list[str]:
    return [best_strategy(problem.pattern) for problem in problems]


def _write(
    figures: Figures, truths: Sequence[Sequence[str]], found: Sequence[dict[str, list[str]]]
) -> None:
    """Per seed what was right, and what each said."""
    right = {
        name: [
            float(said == best)
            for truth, answers in zip(truths, found, strict=True)
            for said, best in zip(answers[name], truth, strict=True)
        ]
        for name in found[0]
    }
    everything = [best for truth in truths for best in truth]
    most = max(everything.count(strategy) for strategy in STRATEGIES)
    figures.set("largest_class", most / len(everything))
    for name, hits in right.items():
        figures.mean(name, hits)
    pairs = zip(right["router_and_adapter"], right["router"], strict=True)
    figures.mean("difference", [together - alone for together, alone in pairs])
