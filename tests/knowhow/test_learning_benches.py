"""The benches of strategies and of forgetting: what they draw and reckon, and that they run."""

from collections import Counter

import numpy as np
import pytest

from knowhow.benches import forgetting, passes, strategy
from knowhow.benches._choices import (
    STRATEGIES,
    best_strategy,
    by_neighbours,
    by_task,
    draw_choices,
    draw_problems,
    usual,
)
from knowhow.benches._skills import SKILLS
from knowhow.figures import Figures
from knowhow_adapters.base.corpus.patterns import PATTERNS
from knowhow_adapters.learn.attempts import is_held_out
from knowhow_adapters.learn.train import Settings
from knowhow_memory.decisions import newest_decisions
from knowhow_memory.memory import Memory


def silent(text: str) -> None:
    pass


def test_no_strategy_is_best_too_often_and_no_problem_is_on_both_sides() -> None:
    held, seen = (draw_problems(600, 0, held_out=side) for side in (True, False))
    most = Counter(best_strategy(problem.pattern) for problem in held).most_common(1)[0][1]
    assert most / 600 < 0.42
    assert all(is_held_out(problem.text) for problem in held)
    assert not any(is_held_out(problem.text) for problem in seen)


def test_every_other_held_out_problem_is_told_in_an_unheard_phrasing() -> None:
    def openings(problems: list[str]) -> set[str]:
        return {"".join(c for c in text if not c.isdigit())[:12] for text in problems}

    seen = openings([p.text for p in draw_problems(3000, 1, held_out=False)])
    held = [p.text for p in draw_problems(300, 0, held_out=True)]
    unheard = [not openings([text]) <= seen for text in held]
    assert np.mean(unheard[1::2]) > np.mean(unheard[::2]) + 0.2


def test_a_tenth_of_the_rewards_is_wrong() -> None:
    attempts = draw_choices(800, 0, 0.1)
    best = [best_strategy(problem.pattern) for problem in draw_problems(800, 0, held_out=False)]
    wrong = [(a.answer == b) != (a.reward == 1.0) for a, b in zip(attempts, best, strict=True)]
    assert 0.07 < np.mean(wrong) < 0.13


def test_simple_ways_find_what_simple_ways_can() -> None:
    attempts = draw_choices(500, 0, 0.0)
    assert usual(attempts) in STRATEGIES[:3]
    rates = [a for a in attempts if a.task == "rate"]
    assert by_task(attempts, ["rate", "never seen"]) == [usual(rates), usual(attempts)]
    won = [attempt for attempt in attempts if attempt.reward]
    near = by_neighbours(attempts, [attempt.problem for attempt in won[:40]])
    assert np.mean([said == a.answer for said, a in zip(near, won[:40], strict=True)]) > 0.5


def test_skills_share_neither_problems_nor_languages() -> None:
    kinds = [pattern.kind for skill in SKILLS for pattern in skill.patterns()]
    assert len(kinds) == len(set(kinds)) == len(PATTERNS)
    for problem in SKILLS[0].draw_problems(20, 0, held_out=False):
        assert len({skill.solve(problem) for skill in SKILLS}) == len(SKILLS)


def test_a_language_tells_every_number_and_sum() -> None:
    for skill in SKILLS:
        for problem in skill.draw_problems(60, 0, held_out=False):
            changed = dict(problem.known)
            name = sorted(changed)[0]
            changed[name] += 1
            assert skill.write(problem.pattern, changed) != skill.solve(problem), problem


def test_what_was_lost_is_reckoned_from_when_it_was_learnt_or_from_its_best() -> None:
    rates = np.array([[0.8, 0.0, 0.0], [0.9, 0.6, 0.0], [0.5, 0.7, 1.0]])  # stage × skill
    marks = (np.arange(10)[:, None, None] < 10 * rates).astype(float)[:, None]
    figures = Figures("test", seed=0, n=1)
    forgetting.write(figures, "one", marks)
    found = {key: value["mean"] for key, value in figures.values.items() if type(value) is dict}
    assert found == pytest.approx(
        {
            "one.accuracy": (0.5 + 0.7 + 1.0) / 3,
            "one.bwt": ((0.5 - 0.8) + (0.7 - 0.6)) / 2,
            "one.forgetting": ((0.9 - 0.5) + (0.6 - 0.7)) / 2,
            "one.learnt": (0.8 + 0.6 + 1.0) / 3,
        }
    )


def test_replay_brings_earlier_skills_along_and_never_more_than_its_budget() -> None:
    lives = [forgetting.Life(SKILLS, 0, replayed) for replayed in (30, 0)]
    jobs = [[life.job(stage, 60, Settings()) for stage in range(3)] for life in lives]
    for (again, new), skill in zip(zip(*jobs, strict=True), SKILLS, strict=False):
        own = {pattern.kind for pattern in skill.patterns()}
        assert {example.pattern for example in new.examples} <= own
        assert list(again.examples[-len(new.examples) :]) == list(new.examples)
    replayed = [
        job.examples[: len(job.examples) - len(new.examples)]
        for job, new in zip(*jobs, strict=True)
    ]
    assert [len(examples) for examples in replayed] == [0, 30, 30]
    assert all(example.weight > 0 for examples in replayed for example in examples)
    earlier = {p.kind for skill in SKILLS[:2] for p in skill.patterns()}
    assert len({e.pattern for e in replayed[2]}) > 8
    assert {e.pattern for e in replayed[2]} <= earlier


def test_forgetting_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"QUICK_OUTCOMES": 30, "QUICK_EXAM": 2, "QUICK_SKILLS": 2}.items():
        monkeypatch.setattr(forgetting, name, value)
    found = forgetting.run(seed=0, quick=True, report=silent).values
    assert found["skills"] == 2
    assert found["with.accuracy"]["n"] == found["without.bwt"]["n"] == 2


def test_strategies_are_told_by_all_from_the_same_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:64")
    heard: list[int] = []
    answers = strategy.Life.answers

    def told(life: strategy.Life, memory: Memory, report: object) -> dict[str, list[str]]:
        found = answers(life, memory, silent)
        for name in ("told", "alone"):
            tenant = f"{name}-{life.seed}"
            kept = list(memory.outcomes(tenant=tenant))
            assert [o.reward for o in kept] == [a.reward for a in life.attempts]
            assert [o.arm for o in kept] == [strategy._arm(a) for a in life.attempts]
            decided = newest_decisions(memory.database, 100, tenant=tenant)
            heard.append(sum("opinion" in d.candidates[0] for d in decided))
        return found

    monkeypatch.setattr(strategy.Life, "answers", told)
    found = strategy.run(seed=0, quick=True, report=silent).values
    rounds = strategy.QUICK_ADVISED + strategy.QUICK_EXAM
    assert heard == [rounds, 0]
    together, alone = (found[name]["mean"] for name in ("router_and_adapter", "router"))
    assert found["difference"]["mean"] == pytest.approx(together - alone)
    assert found["majority"]["n"] == strategy.QUICK_EXAM


def test_one_pass_ends_where_trainings_one_by_one_do() -> None:
    figures = passes.run(seed=0, quick=True, report=silent).document()["figures"]
    alone, together = figures["alone.final_loss"], figures["together.final_loss"]
    assert alone["n"] == together["n"] == passes.JOBS
    assert together["mean"] == pytest.approx(alone["mean"], rel=0.02)
    assert figures["ratio"] == pytest.approx(figures["alone.s"] / figures["together.s"])
