"""`knowhow eval rooms` and `change`, small: every line is there, and figures follow the answers."""

from dataclasses import replace

import pytest

from knowhow.evals import _table, change, rooms
from knowhow.figures import Figures
from knowhow_agents.journal import specialist
from knowhow_agents.journal.skill import Answer
from knowhow_agents.skills.change.skill import Change
from knowhow_agents.skills.rooms.skill import Rooms

TINY = replace(_table.QUICK, examples=6, journal=4, ablation=2, broken=1)


def test_every_size_has_every_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_table, "QUICK", TINY)
    monkeypatch.setattr(specialist, "HEATS", (0.0,))
    monkeypatch.setattr(Rooms, "training", replace(Rooms.training, epochs=1))
    monkeypatch.setattr(Rooms, "sizes", ("easy", "medium"))
    told: list[str] = []
    found = rooms.run(seed=0, quick=True, report=told.append, n=2, big_model=_table.MODELS[1])
    for size in Rooms.sizes:
        for cell in (f"{size}.usual", f"{size}.new"):
            assert cell in told
            lines = ("always_yes", "counts", "untaught", "specialist")
            for line in (*lines, "big-planner.alone", "big-planner.strategy"):
                assert found.values[f"{cell}.{line}.accuracy"]["n"] == 2
                assert 0 <= found.values[f"{cell}.{line}.balanced"] <= 1
            assert found.values[f"{cell}.always_yes.balanced"] == 0.5
    assert found.values["way.sweep, ends first"]["mean"] == 1
    assert found.values["strategy"].startswith("way: sweep, ends first\n")
    assert found.values["journal.big-planner.way"] in (*Rooms.ways, "none named")
    for line in ("no_strategy", "any_way", "prompt", "weights"):
        assert f"ablation.{line}.balanced" in found.values
    for kind in Rooms().broken(1, 0):
        assert found.values[f"broken.{kind}.refused"]["n"] == 1


def test_a_stop_keeps_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_table._Table, "teach", stop)
    found = change.run(seed=0, quick=True, report=lambda text: None, n=2, big_model=None)
    assert found.values["way.table of all amounts"]["mean"] == 1
    assert found.notes[0].startswith("STOPPED")


def test_classes_are_told_apart() -> None:
    exam = Change().exam("easy", 10, 0, new=False)
    figures = Figures("change", seed=0, n=10)
    table = _table._Table(Change(), figures, 0, TINY, lambda text: None)
    table._rate(
        "some", exam, [Answer(1, True) if one.answer.enough else Answer(None, None) for one in exam]
    )
    assert figures.values["some.yes"]["mean"] == 1
    assert figures.values["some.no"]["mean"] == 0
    assert figures.values["some.balanced"] == figures.values["some.accuracy"]["mean"] == 0.5
    assert figures.values["some.number"]["mean"] < 0.5
