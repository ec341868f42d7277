"""The bench of the learning loop, in small: real processes, really killed."""

import pytest

from knowhow.benches import learn


def test_a_killed_learner_counts_every_attempt_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learn, "QUICK_OUTCOMES", 30)
    monkeypatch.setattr(learn, "QUICK_KILLS", 1)
    monkeypatch.setattr(learn, "LIFE_S", (3.0, 6.0))
    figures = learn.run(seed=0, quick=True, report=lambda said: None)
    found = figures.values
    assert (found["recorded"], found["kills"], found["faults"], found["left"]) == (60, 1, 0, 0)
    assert found["runs"] >= 1 and found["versions"] >= 1, figures.notes


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
