"""What a person sees: the table, the curves in the terminal, the picture."""

import math
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from knowhow_router.replay.plots import LABEL_HEIGHT, Scale, spread, svg
from knowhow_router.replay.report import PLOT_HEIGHT, PLOT_WIDTH, cost, difference, plot, show
from knowhow_router.replay.scores import Curve


def figures(reward: float = 0.5, **changes: object) -> dict[str, object]:
    whole = {"mean": reward, "ci95": [reward - 0.01, reward + 0.01], "n": 9}
    return {
        "reward": whole,
        "cost": None,
        "regret": {"mean": 12.0, "ci95": None, "n": 1},
        "at": None,
        "ece": None,
        "coverage": None,
        "abstention": {"unsolvable": 0, "recall": None, "in_scope_accuracy": None},
        "ms_per_decision": 0.5,
        "versus_best_single": {"all": {"mean": 0.02, "ci95": [0.01, 0.03], "n": 9}},
    } | changes


def document(**policies: dict[str, object]) -> dict[str, object]:
    return {
        "file": "<m>.jsonl",
        "kind": "matrix",
        "rows": 9,
        "decidable": 9,
        "arms": ["a", "b"],
        "budget": None,
        "policies": policies,
        "not_run": {"paretobandit": "not installed: pip install paretobandit"},
    }


def curve(name: str, *means: float) -> Curve:
    return Curve(name, np.arange(1.0, len(means) + 1), np.array(means))


def text(*renderables: object, width: int = 120) -> str:
    console = Console(width=width, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(*renderables)
    return capture.get()


def test_the_table_says_what_did_not_run_and_what_is_sure() -> None:
    shown = text(show([document(knowhow=figures(), best_single=figures())], [[]]))
    assert "<m>.jsonl: 9 rows, 2 arms" in shown
    assert "not installed: pip install paretobandit" in shown
    assert "+2.00 ±1.00*" in shown
    assert "$/problem" not in shown, "nothing was priced"


def test_ours_is_shown_beside_every_other_policy() -> None:
    def gap(mean: float) -> dict[str, object]:
        return {"mean": mean, "ci95": [mean - 0.01, mean + 0.01], "n": 9}

    whole = document(knowhow=figures()) | {
        "knowhow_versus": {"random": {"all": gap(0.05), "300": {"after": gap(0.06)}}}
    }
    shown = " ".join(text(show([whole], [[]])).split())
    assert "knowhow ahead of all after 300 random +5.00 ±1.00* +6.00 ±1.00*" in shown
    assert "after 1000" not in shown, "the file is too short for it"


def test_a_star_means_that_the_interval_excludes_zero() -> None:
    assert difference({"mean": 0.01, "ci95": [-0.01, 0.03], "n": 9}) == "+1.00 ±2.00 "
    assert difference({"mean": -0.02, "ci95": [-0.03, -0.01], "n": 9}) == "-2.00 ±1.00*"
    assert difference({"mean": 0.01, "ci95": None, "n": 1}) == "+1.00"


def test_a_policy_over_its_budget_is_marked() -> None:
    spent = {"mean": 0.00102, "ci95": None, "n": 9}
    assert cost(spent, 0.001) == "0.001 over!"
    assert cost(spent, 0.00101) == cost(spent, None) == "0.001"
    assert cost(None, 0.001) == "–"


def test_the_plot_in_the_terminal_rises_where_the_curve_rises() -> None:
    drawn = text(plot([curve("knowhow", *np.linspace(0, 1, 200)), curve("random", *[0.5] * 200)]))
    lines = drawn.splitlines()
    canvas = [line.split("│")[1].ljust(PLOT_WIDTH) for line in lines[:PLOT_HEIGHT]]
    assert canvas[0][-1] == canvas[-1][0] == "●"
    assert canvas[0][0] == canvas[-1][-1] == " "
    assert sum("○" in line for line in canvas) == 1
    assert "● knowhow" in lines[-1]
    assert all(len(line) <= 80 for line in lines)


def test_a_flat_curve_can_be_drawn() -> None:
    assert "● p" in text(plot([curve("p", 0.5, 0.5)]))


@pytest.mark.parametrize(
    "lines", [[curve("knowhow", 0.1, 0.4), curve("a & b", 0.2, 0.2)], []], ids=["curves", "dots"]
)
def test_the_picture_is_self_contained(lines: list[Curve]) -> None:
    one = document(knowhow=figures(0.4), **{"a & b": figures(0.2)})
    picture = svg([one, one], [lines, lines])
    root = ElementTree.fromstring(picture)
    names = {element.tag.split("}")[1] for element in root.iter()}
    assert names <= {"svg", "title", "rect", "g", "text", "line", "polyline", "circle"}
    words = [element.text or "" for element in root.iter() if element.tag.endswith("text")]
    assert sum(word.startswith("<m>.jsonl") for word in words) == 2
    assert sum(word.startswith("a & b") for word in words) == 2
    assert "href" not in picture


def test_a_picture_of_one_value_only() -> None:
    ElementTree.fromstring(svg([document(p=figures(0.5))], [[curve("p", 0.5)]]))


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_lie_on_the_scale(low: float, size: float) -> None:
    scale = Scale(low, low + size, 0, 100)
    ticks = scale.ticks()
    assert len(ticks) <= 12
    assert all(-1 <= scale(tick) <= 101 for tick in ticks)


@given(st.lists(st.floats(0, 300), min_size=1, max_size=20))
def test_labels_do_not_cover_each_other(heights: list[float]) -> None:
    placed = sorted(spread(heights))
    assert all(b - a >= LABEL_HEIGHT - 1e-6 for a, b in pairwise(placed))
    assert not any(math.isnan(height) for height in placed)
