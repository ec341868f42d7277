"""The eval of the trace specialists in its smallest size: everything is measured, and kept."""

from dataclasses import replace
from pathlib import Path

import pytest

from knowhow.evals import traces
from knowhow.evals._traces_counted import UNREAD
from knowhow.figures import Figures
from knowhow.settings import load_settings
from knowhow_agents.skills.traces import rounds
from knowhow_agents.skills.traces.baselines import Usual
from knowhow_agents.skills.traces.items import SHARES, Cell
from knowhow_agents.skills.traces.learning import Learnt

EXAMINED = ("cells.sft", "cells.learnt", "cells.written", "cells.sounding", "cells.base",
            "cells.divided", "cells.usual", "cells.nearest", "rounds.graded", "rounds.binary",
            "boot")  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def figures(place: Path) -> Figures:
    """Of a run that was stopped after its first answers, and went on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KNOWHOW_MEMORY__LOCATION", str(place))
        patch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:64")
        with pytest.raises(KeyboardInterrupt):
            traces.run(seed=0, quick=True, report=_stop_at("cells.base: templates"))
        told: list[str] = []
        found = traces.run(seed=0, quick=True, report=told.append)
        assert not any(line.startswith("learning") for line in told)
        return found


def _stop_at(line: str):  # type: ignore[no-untyped-def]
    def report(told: str) -> None:
        if told == line:
            raise KeyboardInterrupt

    return report


def test_every_cell_has_its_figures(figures: Figures) -> None:
    for name in EXAMINED:
        for cell in [*(f"numbers.{of}" for of in SHARES), *Cell]:
            found = figures.values[f"{name}.{cell}"]
            assert 0 <= found["mean"] <= 1
            assert found["n"] == traces.QUICK.n * (len(SHARES) if cell == Cell.NUMBERS else 1)
        for cell in UNREAD:
            assert figures.values[f"{name}.{cell}.by_template"]["n"] == traces.QUICK.n, "one each"
    parsed = figures.values["cells.nearest.parsed"]["mean"]
    assert 0.5 < parsed <= 1, "copied from another problem, it may speak of what this one has not"
    assert figures.values["rounds.graded.gain"]["n"] == figures.values["boot.parsed"]["n"]


def test_rounds_of_all_rewards_begin_with_the_same_attempts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or they would differ by what was tried, and not by how it was rewarded."""
    tried: list[Path | None] = []

    def play_round(*_: object, attempts: Path | None, **__: object) -> None:
        tried.append(attempts)

    monkeypatch.setattr(rounds, "play_round", play_round)
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:64")
    sizes = replace(traces.QUICK, rounds=2)
    figures = Figures("traces", seed=0, n=sizes.n)
    study = traces.Study(load_settings(), tmp_path, figures, sizes, report=lambda _: None)
    study.instructed = Learnt({}, Usual(study.taught))
    for reward in rounds.Reward:
        study._rounds(reward)
    first, later, *others = tried
    assert first is not None
    assert later is None
    assert others == [first, None]


def test_nothing_that_is_examined_was_learnt_from(figures: Figures) -> None:
    assert [figures.values[f"overlap.{of}"] for of in ("texts", "templates", "orders")] == [0, 0, 0]


def test_whom_to_ask_is_learnt_beside_baselines(figures: Figures) -> None:
    router, oracle = (figures.values[f"routing.{who}"]["mean"] for who in ("router", "oracle"))
    assert router <= oracle


def test_a_finished_run_leaves_nothing_behind(figures: Figures, place: Path) -> None:
    assert not list((place / "learning" / "evals").iterdir())
