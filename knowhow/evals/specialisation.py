"""Do agents that start equal become different where outcomes feed their own adapters?

Three agents with the same base and no adapter say which of four ways suits a problem; which is
right follows from its last sum, and the groups are the three ways that can be right. A router
learns whom to ask. After every round each agent's adapter is trained on what it tried itself
(`own`), on what all tried (`shared`), or on as many outcomes as in `own`, dealt out at random
(`dealt`). `entropy` is that of who is asked within a group, `division` how much the group says
about who is asked, both between 0 and 1; where one agent gets everything, the entropy falls alone.
`exam` is each agent's share of right ways in each group at the end, on problems nobody learnt from,
and `apart` how far agents lie apart there on average.
"""

import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from knowhow.benches._base import load_bench_base
from knowhow.benches._choices import RIGHT, STRATEGIES, best_strategy, draw_problems
from knowhow.benches._records import Problem
from knowhow.benches._school import School
from knowhow.evals._division import Share, division, drawing, entropy
from knowhow.figures import Figures

if TYPE_CHECKING:
    from knowhow_adapters.learn.attempts import Attempt
    from knowhow_memory.memory import Memory
    from knowhow_router.router import Router

AGENTS = ("ann", "bob", "cem")
OWN, SHARED, DEALT = "own", "shared", "dealt"
CONDITIONS = (OWN, SHARED, DEALT)
SEEDS = 3


@dataclass(frozen=True)
class Amounts:
    rounds: int = 4
    problems: int = 100
    """In a round."""
    exam: int = 60
    epochs: int = 4


QUICK = Amounts(rounds=2, problems=24, exam=6, epochs=1)


@dataclass
class Life:
    """One team under one condition, from its first problem on."""

    condition: str
    seed: int
    amounts: Amounts
    school: School
    router: "Router"
    memory: "Memory"
    refs: dict[str, str | None] = field(default_factory=lambda: dict.fromkeys(AGENTS))
    tried: "list[tuple[str, Attempt]]" = field(default_factory=list)
    shares: list[list[Share]] = field(default_factory=list)
    success: list[float] = field(default_factory=list)

    def play(self, report: Callable[[str], None]) -> None:
        problems = draw_problems(
            self.amounts.rounds * self.amounts.problems, self.seed, held_out=False
        )
        for number in range(self.amounts.rounds):
            report(f"{self.condition}, seed {self.seed}, round {number + 1}")
            begin = number * self.amounts.problems
            met = problems[begin : begin + self.amounts.problems]
            told = [self._meet(problem) for problem in met]
            self.shares.append([share for share, _ in told])
            self.success.append(fmean(reward for _, reward in told))
            self._learn(number)

    def _meet(self, problem: Problem) -> tuple[Share, float]:
        """Ask whom the router says; the agent draws a way from what it thinks."""
        from knowhow_adapters.learn.attempts import Attempt, ask_strategy
        from knowhow_memory.models import OutcomeCreate

        routed = self.router.route(problem.text, arms=list(AGENTS))
        agent, number, right = routed.fallback, len(self.tried), best_strategy(problem.pattern)
        rng = random.Random(f"{self.seed}:{self.condition}:{number}")
        thought = self._thought(agent, problem)
        way = rng.choices(list(thought), weights=list(thought.values()))[0]
        reward = float(way == right)
        self.memory.record(
            OutcomeCreate(decision_id=routed.id, reward=reward, tenant=self.router.tenant)
        )
        attempt = Attempt(
            outcome_id=f"{self.condition}{number}", seq=number, tenant="default", principal=None,
            problem=problem.text, task=problem.pattern.domain, month="2026-11", strategy=way,
            prompt=ask_strategy(problem.text), answer=way, reward=reward,
        )  # fmt: skip
        self.tried.append((agent, attempt))
        return (right, agent), reward

    def _thought(self, agent: str, problem: Problem) -> dict[str, float]:
        from knowhow_adapters.learn.attempts import ask_strategy

        prompt = ask_strategy(problem.text)
        return self.school.decoder.choose(prompt, STRATEGIES, self.refs[agent])

    def _learn(self, number: int) -> None:
        """Everybody's adapter anew, from all that is theirs to learn from so far."""
        from knowhow_adapters.learn.examples import Choice, NothingToLearn, select_examples
        from knowhow_adapters.learn.objective import Objective
        from knowhow_adapters.learn.train import Job, Settings

        settings = Settings(
            seed=self.seed, epochs=self.amounts.epochs, objective=Objective.UNPAIRED
        )
        jobs = []
        for agent, attempts in self._lessons(number).items():
            try:
                examples = select_examples(attempts, Choice.FILTERED).examples
            except NothingToLearn:
                continue
            jobs.append(Job(agent, examples, settings=settings))
        trained = self.school.train(jobs) if jobs else []
        for job, adapter in zip(jobs, trained, strict=True):
            ref = self.school.publish(adapter)
            self.refs |= dict.fromkeys(AGENTS if self.condition == SHARED else [job.agent], ref)

    def _lessons(self, number: int) -> "dict[str, list[Attempt]]":
        if self.condition == SHARED:
            return {AGENTS[0]: [attempt for _, attempt in self.tried]}
        whose = [agent for agent, _ in self.tried]
        if self.condition == DEALT:
            random.Random(f"{self.seed}:{number}").shuffle(whose)
        lessons: dict[str, list[Attempt]] = {agent: [] for agent in AGENTS}
        for agent, (_, attempt) in zip(whose, self.tried, strict=True):
            lessons[agent].append(attempt)
        return lessons

    def exam(self) -> dict[Share, float]:
        """By group and agent: the share of problems whose right way it finds likeliest."""
        problems = draw_problems(self.amounts.exam, self.seed, held_out=True)
        found: dict[Share, list[bool]] = {(way, agent): [] for way in RIGHT for agent in AGENTS}
        for problem in problems:
            right = best_strategy(problem.pattern)
            for agent in AGENTS:
                thought = self._thought(agent, problem)
                found[right, agent].append(max(thought, key=thought.__getitem__) == right)
        return {share: fmean(hits) for share, hits in found.items() if hits}


def run(
    *, seed: int, quick: bool, report: Callable[[str], None], plot: Path | None = None
) -> Figures:
    from knowhow.settings import load_settings
    from knowhow_memory.memory import Memory
    from knowhow_router.brain import RouterSettings
    from knowhow_router.router import Router

    amounts = QUICK if quick else Amounts()
    seeds = range(seed, seed + (1 if quick else SEEDS))
    figures = Figures("specialisation", seed=seed, n=len(seeds), notes=[(__doc__ or "").strip()])
    lives: list[Life] = []
    with tempfile.TemporaryDirectory() as folder:
        school = School(load_bench_base(), Path(folder))
        embedder = load_settings().embedder.model
        figures.set("base", school.base.name)
        figures.set("problems", amounts.rounds * amounts.problems)
        with Memory.open(Path(folder) / "store", embedder=embedder) as memory:
            for number in seeds:
                for condition in CONDITIONS:
                    router = Router(
                        memory,
                        settings=RouterSettings(abstain=False),
                        seed=number,
                        tenant=f"{condition}-{number}",
                    )
                    lives.append(Life(condition, number, amounts, school, router, memory))
                    lives[-1].play(report)
            exams = [life.exam() for life in lives]
    _write(figures, lives, exams)
    if plot is not None:
        _draw(plot, lives)
    return figures


def _write(figures: Figures, lives: Sequence[Life], exams: Sequence[dict[Share, float]]) -> None:
    for condition in CONDITIONS:
        at = [number for number, life in enumerate(lives) if life.condition == condition]
        for number in range(lives[0].amounts.rounds):
            key, rounds = f"round{number + 1}", [lives[i].shares[number] for i in at]
            figures.mean(f"{condition}.entropy.{key}", [entropy(r, len(AGENTS)) for r in rounds])
            figures.mean(f"{condition}.division.{key}", [division(r, len(AGENTS)) for r in rounds])
            figures.mean(f"{condition}.success.{key}", [lives[i].success[number] for i in at])
        figures.mean(f"{condition}.exam", [fmean(exams[i].values()) for i in at])
        figures.mean(f"{condition}.apart", [_apart(exams[i]) for i in at])


def _apart(exam: dict[Share, float]) -> float:
    """The best agent's lead over the worst one, averaged over the groups."""
    groups = {group for group, _ in exam}
    by_group = [[v for (g, _), v in exam.items() if g == group] for group in sorted(groups)]
    return fmean(max(values) - min(values) for values in by_group)


def _draw(path: Path, lives: Sequence[Life]) -> None:
    from knowhow_memory.errors import InputError

    def mean(condition: str, of: Callable[[Life], Sequence[float]]) -> list[float]:
        values = [of(life) for life in lives if life.condition == condition]
        return [fmean(column) for column in zip(*values, strict=True)]

    measures: dict[str, Callable[[Life], Sequence[float]]] = {
        "entropy of who is asked, within a group": lambda life: [
            entropy(shares, len(AGENTS)) for shares in life.shares
        ],
        "division: how much the group says about who is asked": lambda life: [
            division(shares, len(AGENTS)) for shares in life.shares
        ],
        "success": lambda life: life.success,
    }
    panels = {title: {c: mean(c, of) for c in CONDITIONS} for title, of in measures.items()}
    try:
        path.write_text(drawing(panels), encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {str(path)!r}: {error.strerror}") from error
