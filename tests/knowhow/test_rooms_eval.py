"""`knowhow eval rooms`, small: every line of the table is there, and figures follow the answers."""

import pytest

from knowhow.evals import rooms
from knowhow.figures import Figures
from knowhow_agents.skills.rooms import specialist
from knowhow_agents.skills.rooms.items import Difficulty, exam_items


def test_every_size_has_every_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "QUICK_EXAMPLES", 4)
    monkeypatch.setattr(specialist, "READ_AGAIN", 0)
    told: list[str] = []
    figures = rooms.run(seed=0, quick=True, report=told.append, n=2, big_model=rooms.MODELS[1])
    for size in Difficulty:
        for cell in (f"{size.value}.usual", f"{size.value}.new"):
            assert cell in told
            for line in ("always_yes", "counts", "untaught", "specialist", "big-planner"):
                assert figures.values[f"{cell}.{line}.accuracy"]["n"] == 2
                assert 0 <= figures.values[f"{cell}.{line}.balanced"] <= 1
            assert figures.values[f"{cell}.always_yes.balanced"] == 0.5
            assert figures.values[f"{cell}.specialist.peak"]["n"] == 2
    assert figures.values["way.sweep, ends first"]["mean"] == 1
    assert figures.values["training.problems"] == 4


def test_classes_are_told_apart() -> None:
    items = exam_items(Difficulty.EASY, 10, 0)
    figures = Figures("rooms", seed=0, n=10)
    said = [item.answer.enough if item.answer.enough else None for item in items]
    rooms._rate(figures, "some", items, said)
    assert figures.values["some.yes"]["mean"] == 1
    assert figures.values["some.no"]["mean"] == 0
    assert figures.values["some.balanced"] == figures.values["some.accuracy"]["mean"] == 0.5
