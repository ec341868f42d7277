"""`knowhow demo math` in small: it tells its story, is stopped, and goes on."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from knowhow.cli import app

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:64")
    monkeypatch.syspath_prepend(str(ROOT))
    import demos.school

    for name, value in {"FIRST_READ": 20, "READ": 8, "EXAM": 4, "ENOUGH": 1}.items():
        monkeypatch.setattr(demos.school, name, value)
    yield
    for name in [name for name in sys.modules if name.startswith("demos.")]:
        del sys.modules[name]


def play(store: Path) -> dict[str, Any]:
    asked = ["demo", "math", "--tasks", "10", "--store", str(store), "--json"]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def test_it_is_stopped_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from demos import math
    from demos.school import ARMS, School

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(School, "learn", stop)
        asked = ["demo", "math", "--tasks", "10", "--store", str(tmp_path)]
        assert CliRunner().invoke(app, asked).exit_code != 0
    diary = tmp_path / math.DIARY
    assert diary.read_text().count('"line"') == 2
    with diary.open("a") as file:
        file.write('{"line": {"as')

    told = play(tmp_path)
    assert diary.read_text().count('"line"') == 10
    rows = [json.loads(row) for row in diary.read_text().splitlines()]
    assert [row["guessed"][0] for row in rows if "guessed" in row] == [2, 4, 6, 8], "each once"
    success = told["success"]
    assert set(success) == {"router", "random", "oracle", *ARMS}
    assert success["oracle"]["all"] >= max(success[arm]["all"] for arm in ("router", *ARMS))
    assert play(tmp_path) == told

    result = CliRunner().invoke(app, ["demo", "math", "--tasks", "20", "--store", str(tmp_path)])
    assert result.exit_code != 0
    assert "another run" in str(result.exception)


def test_what_nobody_solved_is_told_with_sums_that_were_right_elsewhere(tmp_path: Path) -> None:
    from demos.school import School
    from knowhow_agents.skills.traces.items import training_items
    from knowhow_agents.skills.traces.language import parse
    from knowhow_agents.skills.traces.solver import is_right, run

    school, items = School(tmp_path), training_items(30, seed=5)
    known = {item.problem: item for item in items}
    guessed = school.guess(items)
    assert len(guessed) > 5
    for shown in guessed:
        item, answer = known[shown.problem], run(shown.trace).answer
        assert answer is not None
        assert is_right(answer, item.answer)
        assert tuple(part.expert for part in parse(shown.trace)) == item.specialists
        school.hear(shown)
        assert any(shown in taught for taught in school.taught.values()), "and is a lesson"


def test_a_story_has_its_lessons_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    from demos.diary import Diary
    from demos.math import Line, Story
    from knowhow_agents.skills.traces.learning import Shown

    told = [Shown(problem, "a trace", ()) for problem in ("first", "second", "third")]
    for _ in range(2):  # written, and then read
        story = Story(Diary(tmp_path / "diary.jsonl", {"tasks": 2}))
        if not story.lines:
            story.add(Line("arm", {"arm": 1.0}, {"arm": 0.0}, told[:1]))
            story.add_guessed(1, told[1:2])
            story.add(Line("arm", {"arm": 1.0}, {"arm": 0.0}, told[2:]))
        assert story.heard == told
        assert story.guessed == {1}
