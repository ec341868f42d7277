"""Reading matrices and logs: what is understood, and what is refused with its line."""

import gzip
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_memory.errors import InputError
from knowhow_router.replay.matrix import OutcomeLog, OutcomeMatrix, read


def write(path: Path, *rows: Any) -> Path:
    text = "".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows)
    path.write_text(text)
    return path


def problem(identity: str = "1", **arms: float) -> dict[str, Any]:
    outcomes = {arm: {"reward": reward, "cost": None} for arm, reward in arms.items()}
    return {"id": identity, "problem": f"problem {identity}", "task": "sums", "arms": outcomes}


def outcome(identity: str = "1", **changes: Any) -> dict[str, Any]:
    row = {
        "id": identity,
        "problem": f"problem {identity}",
        "task": None,
        "arm": "a",
        "reward": 1.0,
        "fault": "agent",
        "propensity": 0.5,
        "cost": 0.25,
    }
    return row | changes


def matrix(path: Path) -> OutcomeMatrix:
    outcomes = read(path)
    assert isinstance(outcomes, OutcomeMatrix)
    return outcomes


def test_arms_that_turn_up_late_and_are_missing_elsewhere(tmp_path: Path) -> None:
    path = write(tmp_path / "m.jsonl", problem("1", b=0.5), "\n", problem("2", a=1.0, b=0.0))
    outcomes = matrix(path)
    assert outcomes.arms == ("a", "b")
    np.testing.assert_array_equal(outcomes.rewards, [[math.nan, 0.5], [1.0, 0.0]])
    assert outcomes.complete.tolist() == [1]
    assert outcomes.outcomes(0) == {"b": (0.5, None)}


def test_gzip_is_recognised_by_content(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(gzip.compress(json.dumps(problem(a=1)).encode()))
    assert len(matrix(path)) == 1


def test_costs_are_kept_and_unknown_ones_stay_unknown(tmp_path: Path) -> None:
    arms = {"a": {"reward": 1, "cost": 0.5}, "b": {"reward": 0}}
    outcomes = matrix(write(tmp_path / "m.jsonl", {"problem": "p", "arms": arms}))
    np.testing.assert_array_equal(outcomes.costs, [[0.5, math.nan]])
    assert outcomes.outcomes(0) == {"a": (1.0, 0.5), "b": (0.0, None)}
    assert outcomes.ids == ["1"], "a row without an id goes by its line"


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcd"), st.floats(0, 1), min_size=1),
        min_size=1,
        max_size=8,
    )
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, float]]
) -> None:
    path = tmp_path_factory.mktemp("m") / "m.jsonl"
    outcomes = matrix(write(path, *(problem(str(i), **row) for i, row in enumerate(rows))))
    read_back = [
        {arm: reward for arm, (reward, _) in outcomes.outcomes(i).items()} for i in range(len(rows))
    ]
    assert read_back == rows


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"problem": "p", "arms": {"a": {"reward": 1.5}}}, "between 0 and 1, not 1.5"),
        ({"problem": "p", "arms": {"a": {"reward": True}}}, "between 0 and 1, not True"),
        ('{"problem": "p", "arms": {"a": {"reward": NaN}}}\n', "between 0 and 1, not nan"),
        ({"problem": "p", "arms": {"a": {"reward": None}}}, "leave an arm out"),
        ({"problem": "p", "arms": {"a": {"reward": 1, "cost": -1}}}, "at least 0, not -1"),
        ('{"problem": "p", "arms": {"a": {"reward": 1, "cost": Infinity}}}\n', "not inf"),
        ({"problem": "p", "arms": {"a": 1}}, "must be an object with a 'reward'"),
        ({"problem": "p", "arms": {}}, "at least one arm"),
        ({"problem": "p", "arms": {"": {"reward": 1}}}, "1 to 300 characters"),
        ({"arms": {"a": {"reward": 1}}}, "the problem is missing"),
        ({"problem": "  ", "arms": {"a": {"reward": 1}}}, "the problem is empty"),
        ({"problem": 7, "arms": {"a": {"reward": 1}}}, "'problem' must be a text, not 7"),
        (problem("first", a=1), "the id 'first' is already in line 1"),
        ("{nonsense\n", "not a JSON object"),
        ("[1]\n", "not a JSON object"),
        ("[" * 100_000 + "\n", "not a JSON object"),
        ('"' + "x" * 8_000_001 + '"\n', "longer than"),
    ],
)
def test_a_row_that_cannot_be_true_is_refused_with_its_line(
    tmp_path: Path, row: Any, complaint: str
) -> None:
    path = write(tmp_path / "m.jsonl", problem("first", a=1), row)
    with pytest.raises(InputError, match=r"m\.jsonl, line 2: ") as refusal:
        read(path)
    assert complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "holds no rows"),
        (b"\n \n", "holds no rows"),
        (b'{"problem": "p"}\n', "neither 'arms'"),
        (b"\xff\xfe{}\n", "not a JSON object"),
        (gzip.compress(b'{"problem": "p"}', mtime=0)[:-9], "damaged gzip"),
        (b"\x1f\x8b nonsense", "damaged gzip"),
    ],
)
def test_a_file_that_is_neither_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=complaint):
        read(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read(tmp_path / "absent.jsonl")
    with pytest.raises(InputError, match="Is a directory"):
        read(tmp_path)


def test_a_log_leaves_failures_of_providers_out(tmp_path: Path) -> None:
    path = write(
        tmp_path / "log.jsonl",
        outcome("1", arm="b"),
        outcome("2", fault="infra", reward=None, arm="c"),
        outcome("3", arm="a", reward=0.25, propensity=None, cost=None),
    )
    log = read(path)
    assert isinstance(log, OutcomeLog)
    assert log.arms == ("a", "b")
    assert log.tried.tolist() == [1, 0]
    assert log.infra == 1
    np.testing.assert_array_equal(log.rewards, [1.0, 0.25])
    np.testing.assert_array_equal(log.propensities, [0.5, math.nan])
    np.testing.assert_array_equal(log.costs, [0.25, math.nan])


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"propensity": 0}, "must be above 0"),
        ({"propensity": 1.2}, "between 0 and 1, not 1.2"),
        ({"reward": None}, "the reward must be a number"),
        ({"arm": None}, "an arm's name"),
    ],
)
def test_a_logged_outcome_that_cannot_be_true(
    tmp_path: Path, changes: dict[str, Any], complaint: str
) -> None:
    path = write(tmp_path / "log.jsonl", outcome("1"), outcome("2", **changes))
    with pytest.raises(InputError, match=complaint):
        read(path)


def test_a_log_of_nothing_but_failures_of_providers(tmp_path: Path) -> None:
    path = write(tmp_path / "log.jsonl", outcome(fault="infra", reward=None))
    with pytest.raises(InputError, match="only failures of the infrastructure"):
        read(path)


def test_a_sample_is_always_the_same_and_keeps_rows_together(tmp_path: Path) -> None:
    rows = [problem(str(i), a=i / 50, b=1 - i / 50) for i in range(50)]
    outcomes = matrix(write(tmp_path / "m.jsonl", *rows))
    sample = outcomes.sample(7)
    assert sample.ids == outcomes.sample(7).ids
    assert len(sample) == 7
    for row, identity in enumerate(sample.ids):
        assert sample.problems[row] == f"problem {identity}"
        assert sample.rewards[row, 0] == int(identity) / 50
    assert outcomes.sample(99).ids == outcomes.ids
