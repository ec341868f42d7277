"""The bench of the learning loop, in small: real processes, really killed."""

import random
from pathlib import Path

import pytest

from knowhow.benches import learn
from knowhow.benches._adapters import random_adapter
from knowhow.benches.crash import training
from knowhow.figures import Figures
from knowhow_adapters.base.load import load_base
from knowhow_adapters.registry.lineage import Lineage
from knowhow_adapters.registry.registry import Registry
from tests.adapters.tiny import tiny_folder


def test_a_killed_learner_counts_every_attempt_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learn, "QUICK_OUTCOMES", 30)
    monkeypatch.setattr(learn, "QUICK_KILLS", 1)
    monkeypatch.setattr(learn, "LIFE_S", (3.0, 6.0))
    monkeypatch.setattr(learn, "_kill_single_runs", lambda *_, **__: None)
    figures = learn.run(seed=0, quick=True, report=lambda said: None)
    found = figures.values
    assert (found["recorded"], found["kills"], found["faults"], found["left"]) == (60, 1, 0, 0)
    assert found["runs"] >= 1 and found["versions"] >= 1, figures.notes
    calm = {found["calm.first.verdict"], found["calm.second.verdict"]}
    assert calm <= {"better", "not shown", "worse"}
    assert min(found["calm.first.s"], found["calm.second.s"]) > 0


def test_what_is_wrong_after_a_kill_is_seen(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A version that was damaged, and a ledger that looked further than it said."""
    folder = tmp_path_factory.mktemp("place")
    place = learn.Place(folder, learn.load_bench_base(), outcomes=30)
    with place.memory() as memory:
        stream = learn._stream
        monkeypatch.setattr(learn, "PAUSE_S", 0.0)
        monkeypatch.setattr(learn, "RUNS", 1)
        stream(place, memory, 0)
        learn._look(place, memory)
        assert place.faults == []
        monkeypatch.setattr(
            "knowhow_adapters.learn.counting.read_attempts", lambda *_, **__: iter(())
        )
        learn._look(place, memory)
    assert place.faults == ["0 learnt and 0 new of 30"]


def test_a_run_that_was_killed_ends_as_one_that_was_not(tmp_path: Path) -> None:
    place = learn.Place(tmp_path, load_base(str(tiny_folder(tmp_path / "tiny"))), outcomes=0)
    figures = Figures("learn", seed=0, n=0)
    learn._kill_single_runs(figures, place, quick=True, report=lambda said: None)
    found = figures.values
    assert found["one_run.kills"] == found["one_run.same_version"] == learn.QUICK_ONE_KILLS
    for key in ("one.partial_visible", "one.champion_lost", "one.faults"):
        assert found[key] == 0, figures.notes


def test_what_a_kill_must_not_leave_is_seen(tmp_path: Path) -> None:
    base = load_base(str(tiny_folder(tmp_path / "tiny")))
    registry = Registry(tmp_path / "adapters")
    ref = registry.publish(
        random_adapter(base, 0, agent=training.AGENT), base, Lineage(origin="trained")
    )
    ward = training._Ward(base, tmp_path, None, random.Random(0))  # type: ignore[arg-type]
    ward._look(tmp_path, {None})
    assert ward._tally == training.Tally()
    weights = registry.folder_of(ref) / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    ward._look(tmp_path, {ref})
    assert (ward._tally.partial, ward._tally.lost) == (1, 1)
    assert "is visible and does not load" in ward._tally.faults[0]
