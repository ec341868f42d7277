"""The eval of the trace specialists in its smallest size: everything is measured, and kept."""

from pathlib import Path

import pytest

from knowhow.evals import traces
from knowhow.figures import Figures
from knowhow_agents.skills.traces.items import SHARES, Cell

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
        for cell in traces.UNREAD:
            assert figures.values[f"{name}.{cell}.by_template"]["n"] == traces.QUICK.n, "one each"
    parsed = figures.values["cells.nearest.parsed"]["mean"]
    assert 0.5 < parsed <= 1, "copied from another problem, it may speak of what this one has not"
    assert figures.values["rounds.graded.gain"]["n"] == figures.values["boot.parsed"]["n"]


def test_nothing_that_is_examined_was_learnt_from(figures: Figures) -> None:
    assert [figures.values[f"overlap.{of}"] for of in ("texts", "templates", "orders")] == [0, 0, 0]


def test_whom_to_ask_is_learnt_beside_baselines(figures: Figures) -> None:
    router, oracle = (figures.values[f"routing.{who}"]["mean"] for who in ("router", "oracle"))
    assert router <= oracle


def test_a_finished_run_leaves_nothing_behind(figures: Figures, place: Path) -> None:
    assert not list((place / "learning" / "evals").iterdir())
