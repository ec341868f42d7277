"""What one adapter forgets: six skills learnt one after another, with and without replay.

Every skill brings its outcomes once; the adapter that serves is trained on, as a specialist's is in
service. With replay each training takes older outcomes along, of all skills so far, never more than
a fixed number. After every skill all those learnt so far are examined on problems that no training
saw, half of them in phrasings that nothing uses.

    accuracy      of all six skills in the end
    bwt           in the end less right after it was learnt, mean over all skills but the last
    forgetting    the best it ever was less in the end, mean over the same
"""

import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from knowhow.benches._base import load_bench_base
from knowhow.benches._records import Specialist
from knowhow.benches._school import School
from knowhow.benches._skills import SKILLS
from knowhow.figures import Figures

if TYPE_CHECKING:
    from knowhow_adapters.adapter import Adapter
    from knowhow_adapters.learn.examples import Example
    from knowhow_adapters.learn.train import Job, Settings

Floats = NDArray[np.float64]

ORDERS, QUICK_ORDERS = 3, 1
OUTCOMES, QUICK_OUTCOMES = 300, 40
EXAM, QUICK_EXAM = 50, 4
QUICK_SKILLS = 3
NOTE = (
    "with: {replayed} older examples are learnt again in every training, as in service; without: "
    "none. Of right answers, letter by letter; orders differ in outcomes and exams, too. BWT of "
    "-0.01 is one point lost. Intervals resample the problems of the exams."
)


@dataclass
class Life:
    """One adapter that learns one skill after another."""

    order: tuple[Specialist, ...]
    seed: int
    replayed: int
    adapter: "Adapter | None" = None
    learnt: "list[Example]" = field(default_factory=list)

    def job(self, stage: int, outcomes: int, settings: "Settings") -> "Job":
        from knowhow_adapters.learn.examples import Choice, select_examples
        from knowhow_adapters.learn.replay import keep_for_replay
        from knowhow_adapters.learn.train import Job

        attempts = self.order[stage].draw_attempts(outcomes, self.seed, 0.0)
        later = [replace(attempt, seq=stage * outcomes + attempt.seq) for attempt in attempts]
        new = select_examples(later, Choice.FILTERED).examples
        examples = [*keep_for_replay(self.learnt, self.replayed), *new]
        self.learnt += (example for example in new if settings.objective.uses(example.weight))
        pace = settings if self.adapter is None else settings.gentler()
        return Job("all", examples, self.adapter, replace(pace, seed=self.seed))


def run(
    *, seed: int, quick: bool, report: Callable[[str], None], seeds: int | None = None
) -> Figures:
    from knowhow_adapters.learn.loop import REPLAYED
    from knowhow_adapters.learn.train import Settings

    orders = range(seed, seed + (seeds or (QUICK_ORDERS if quick else ORDERS)))
    skills = SKILLS[:QUICK_SKILLS] if quick else SKILLS
    settings = Settings(epochs=1) if quick else Settings()
    lives = {
        name: [Life(_order(skills, number), number, replayed) for number in orders]
        for name, replayed in (("with", REPLAYED), ("without", 0))
    }
    figures = Figures(
        "forgetting", seed=seed, n=len(orders), notes=[NOTE.format(replayed=REPLAYED)]
    )
    with tempfile.TemporaryDirectory() as folder:
        base = load_bench_base()
        school = School(base, Path(folder))
        figures.set("base", base.name)
        figures.set("skills", len(skills))
        figures.set("outcomes", QUICK_OUTCOMES if quick else OUTCOMES)
        found = _live(school, [*lives["with"], *lives["without"]], settings, quick, report)
        for name, marks in zip(lives, np.split(found, 2, axis=1), strict=True):
            write(figures, name, marks)
    return figures


def write(figures: Figures, name: str, marks: Floats) -> None:
    """`marks` are 1 for a right answer: problem × life × stage × skill in the life's order."""
    figures.statistic(f"{name}.accuracy", marks, lambda drawn: _ends(drawn).mean(axis=(1, 2)))
    figures.statistic(f"{name}.bwt", marks, lambda drawn: -_lost(drawn, first=True))
    figures.statistic(f"{name}.forgetting", marks, lambda drawn: _lost(drawn, first=False))
    learnt = np.diagonal(marks, axis1=2, axis2=3)
    figures.statistic(f"{name}.learnt", learnt, lambda drawn: drawn.mean(axis=(1, 2, 3)))
    for life in range(marks.shape[1]):
        of_one = _lost(marks[None, :, life : life + 1], first=True)
        figures.set(f"{name}.order{life}.bwt", -float(of_one[0]))


def _rates(marks: Floats) -> Floats:
    """Share of right answers, life × stage × skill, of each of many samples of problems."""
    return np.asarray(marks.mean(axis=1))


def _ends(marks: Floats) -> Floats:
    return _rates(marks)[:, :, -1]


def _lost(marks: Floats, *, first: bool) -> Floats:
    """What the skills but the last lost: from when they were learnt, or from their best."""
    rates = _rates(marks)
    learnt, best = np.diagonal(rates, axis1=2, axis2=3), rates[:, :, :-1].max(axis=2)
    before = learnt if first else best  # before a skill was learnt its rates are 0
    return np.asarray((before - rates[:, :, -1])[:, :, :-1].mean(axis=(1, 2)))


def _order(skills: Sequence[Specialist], seed: int) -> tuple[Specialist, ...]:
    return tuple(random.Random(f"order:{seed}").sample(skills, len(skills)))


def _live(
    school: School,
    lives: Sequence[Life],
    settings: "Settings",
    quick: bool,
    report: Callable[[str], None],
) -> Floats:
    """All lives side by side, a skill at a time: in one pass, which costs less than apart."""
    outcomes, count = (QUICK_OUTCOMES, QUICK_EXAM) if quick else (OUTCOMES, EXAM)
    stages = len(lives[0].order)
    marks = np.zeros((count, len(lives), stages, stages))
    for stage in range(stages):
        report(f"skill {stage + 1} of {stages}: training {len(lives)} adapters")
        trained = school.train([life.job(stage, outcomes, settings) for life in lives])
        for number, (life, adapter) in enumerate(zip(lives, trained, strict=True)):
            report(f"skill {stage + 1} of {stages}: examining adapter {number + 1}")
            life.adapter, ref = adapter, school.publish(adapter)
            for skill, specialist in enumerate(life.order[: stage + 1]):
                problems = specialist.draw_problems(count, life.seed, held_out=True)
                marks[:, number, stage, skill] = school.examine(specialist, problems, ref)
    return marks
