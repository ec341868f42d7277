"""How work is divided: what is reckoned, who learns from what, and that the eval runs."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from knowhow.evals import specialisation
from knowhow.evals._division import division, entropy
from knowhow.evals.specialisation import AGENTS, DEALT, OWN, SHARED, Amounts, Life

GROUPS = ("x", "y", "z")


def test_who_is_asked_is_told_apart_from_why() -> None:
    alike = [(group, agent) for group in GROUPS for agent in AGENTS]
    divided = list(zip(GROUPS, AGENTS, strict=True)) * 3
    one = [(group, AGENTS[0]) for group in GROUPS]
    found = [(entropy(shares, 3), division(shares, 3)) for shares in (alike, divided, one)]
    assert found == [pytest.approx(pair) for pair in ((1, 0), (0, 1), (0, 0))]
    uneven = [("x", "ann")] * 9 + [("y", "ann"), ("y", "bob")]
    assert entropy(uneven, 2) == pytest.approx(2 / 11)


def lessons(condition: str) -> dict[str, list[Any]]:
    life = Life(condition, 0, Amounts(), *cast(Any, (None, None, None)))
    asked = ["ann"] * 6 + ["bob"] * 3
    life.tried = [
        (agent, cast(Any, SimpleNamespace(by=agent, n=n))) for n, agent in enumerate(asked)
    ]
    return cast(Any, life._lessons(0))


def test_each_learns_from_its_own_from_all_or_from_as_many_as_chance_gives() -> None:
    own, shared, dealt = lessons(OWN), lessons(SHARED), lessons(DEALT)
    assert {agent: {a.by for a in got} for agent, got in own.items()} == {
        "ann": {"ann"},
        "bob": {"bob"},
        "cem": set(),
    }
    assert [len(got) for got in own.values()] == [len(got) for got in dealt.values()] == [6, 3, 0]
    assert len(shared["ann"]) == 9
    assert {a.by for a in dealt["ann"]} == {"ann", "bob"}
    assert sorted(a.n for got in dealt.values() for a in got) == list(range(9))


def test_it_runs_and_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:64")
    monkeypatch.setattr(specialisation, "QUICK", Amounts(rounds=1, problems=24, exam=3, epochs=1))
    learnt: list[dict[str, str | None]] = []
    learn = Life._learn

    def noted(life: Life, number: int) -> None:
        learn(life, number)
        learnt.append(dict(life.refs))

    monkeypatch.setattr(Life, "_learn", noted)
    found = specialisation.run(
        seed=0, quick=True, report=lambda told: None, plot=tmp_path / "it.svg"
    ).values
    for condition in (OWN, SHARED, DEALT):
        parts = [found[f"{condition}.{part}.round1"]["mean"] for part in ("entropy", "division")]
        assert min(parts) >= 0 and sum(parts) <= 1 + 1e-9
    own, shared, _ = learnt
    assert set(own.values()) == {None}  # too few outcomes each
    assert len(set(shared.values())) == 1 and None not in shared.values()
    drawn = (tmp_path / "it.svg").read_text()
    assert drawn.count("<polyline") == 9 and "division" in drawn
