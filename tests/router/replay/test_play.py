"""The loops, watched by policies that write down what they were shown."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from knowhow_memory.errors import InputError, InternalError
from knowhow_router.contract import Choice, Row
from knowhow_router.replay.marks import best_single
from knowhow_router.replay.matrix import OutcomeMatrix
from knowhow_router.replay.play import Folds, Online, Stage, Terms, Trained, no_tick
from knowhow_router.replay.runs import Run

ARMS = ("a", "b")


class Witness:
    """Takes the arm it is told to, and writes down everything it sees."""

    name = "witness"

    def __init__(self, arm: str | None = "a", fallback: str = "a") -> None:
        self.arm, self.fallback = arm, fallback
        self.events: list[tuple[object, ...]] = []

    def start(
        self, arms: Sequence[str], *, dim: int, seed: int, budget: float | None, price: float
    ) -> None:
        self.events.append(("start", tuple(arms), dim, seed, budget, price))

    def decide(self, row: Row) -> Choice:
        self.events.append(("decide", row.id))
        return Choice(self.arm, self.fallback, 0.75, 0.5, 1.0, 0.5)

    def learn(
        self, row: Row, arm: str, reward: float, cost: float | None, propensity: float
    ) -> None:
        self.events.append(("learn", row.id, arm, reward, cost, propensity))

    def learn_full(self, row: Row, outcomes: Mapping[str, tuple[float, float | None]]) -> None:
        self.events.append(("learn_full", row.id, dict(outcomes)))

    def bill(self, row: Row, cost: float) -> None:
        self.events.append(("bill", row.id, cost))

    def finish_training(self) -> None:
        self.events.append(("finish_training",))

    def ids(self, event: str) -> list[object]:
        return [e[1] for e in self.events if e[0] == event]


def stage(rows: int = 10, *, missing: Sequence[int] = ()) -> Stage:
    """Row i pays a = i / 100 and b = 1 − i / 100, at a cost of 1 and 2."""
    rewards = np.array([[i / 100, 1 - i / 100] for i in range(rows)])
    rewards[list(missing), 1] = np.nan
    costs = np.where(np.isnan(rewards), np.nan, [1.0, 2.0])
    ids = [str(i) for i in range(rows)]
    matrix = OutcomeMatrix("m", ARMS, ids, ids, [None] * rows, rewards, costs)
    return Stage.build(matrix, np.eye(rows, 4, dtype=np.float32))


def test_online_bandit_decides_and_then_learns_the_tried_arm_only() -> None:
    witness = Witness()
    way = Online(stage(), Terms("bandit", budget=3.0, price=0.5))
    run = way.play(witness, 7, no_tick)
    assert witness.events[0] == ("start", ARMS, 4, 7, 3.0, 0.5)
    for place, i in enumerate(way.order(7)):
        decided, learned = witness.events[1 + 2 * place : 3 + 2 * place]
        assert decided == ("decide", str(i))
        assert learned == ("learn", str(i), "a", i / 100, 1.0, 0.5)
    np.testing.assert_array_equal(run.rows, way.order(7))
    np.testing.assert_array_equal(run.rewards, way.order(7) / 100)
    assert run.costs.tolist() == [1.0] * 10
    assert run.shares.tolist() == [1, 0]
    assert run.stated.tolist() == [0.75] * 10
    assert len(run.seconds) == 10


def test_online_full_shows_every_arm_after_the_decision() -> None:
    witness = Witness()
    Online(stage(), Terms("full")).play(witness, 0, no_tick)
    assert not witness.ids("learn")
    assert witness.ids("learn_full") == witness.ids("decide")
    shown = {e[1]: e[2] for e in witness.events if e[0] == "learn_full"}
    assert shown["3"] == {"a": (0.03, 1.0), "b": (0.97, 2.0)}
    assert witness.ids("bill") == witness.ids("decide"), "but what was decided is what is paid"


def test_orders_differ_by_seed_and_are_the_same_for_every_policy() -> None:
    way = Online(stage(), Terms())
    first, second = Witness("a"), Witness("b", "b")
    way.play(first, 1, no_tick)
    way.play(second, 1, no_tick)
    assert first.ids("decide") == second.ids("decide")
    assert sorted(way.order(1)) == list(range(10))
    assert way.order(1).tolist() != way.order(2).tolist()


def test_an_abstention_executes_and_learns_the_fallback() -> None:
    witness = Witness(None, "b")
    run = Online(stage(), Terms()).play(witness, 0, no_tick)
    assert run.abstained.all()
    np.testing.assert_allclose(run.rewards, 1 - run.rows / 100)
    assert {e[2] for e in witness.events if e[0] == "learn"} == {"b"}


def test_an_arm_that_does_not_exist_is_a_fault_of_the_policy() -> None:
    with pytest.raises(InternalError, match="'witness' chose an unknown arm 'z'"):
        Online(stage(), Terms()).play(Witness("z", "z"), 0, no_tick)


def test_trained_learns_everything_first_and_nothing_afterwards() -> None:
    witness = Witness()
    run = Trained(stage(6), stage(4), Terms("full")).play(witness, 0, no_tick)
    kinds = [str(event[0]) for event in witness.events]
    assert kinds == ["start"] + ["learn_full"] * 6 + ["finish_training"] + ["decide", "bill"] * 4
    assert run.rows.tolist() == [0, 1, 2, 3]


def test_trained_on_bandit_feedback_learns_from_its_own_choices() -> None:
    witness = Witness("b", "b")
    run = Trained(stage(6), stage(4), Terms("bandit")).play(witness, 0, no_tick)
    kinds = [str(event[0]) for event in witness.events]
    assert (
        kinds == ["start"] + ["decide", "learn"] * 6 + ["finish_training"] + ["decide", "bill"] * 4
    )
    assert len(run.rewards) == 4, "practice is not scored"


def test_training_with_other_arms_is_refused() -> None:
    other = stage(4)
    renamed = OutcomeMatrix(
        "other", ("a", "c"), *(getattr(other.matrix, f) for f in ("ids", "problems", "tasks")),
        other.matrix.rewards, other.matrix.costs,
    )  # fmt: skip
    with pytest.raises(InputError, match="are not the same"):
        Trained(Stage.build(renamed, other.vectors), other, Terms("full"))


def test_no_fold_is_decided_by_a_policy_that_saw_it() -> None:
    witness = Witness()
    run = Folds(stage(11), Terms("full"), 4).play(witness, 0, no_tick)
    assert run.rows.tolist() == list(range(11))
    np.testing.assert_array_equal(run.rewards, np.arange(11) / 100)
    seen: set[object] = set()
    for event in witness.events:
        if event[0] == "start":
            seen = set()
        elif event[0] == "learn_full":
            seen.add(event[1])
        elif event[0] == "decide":
            assert event[1] not in seen
            assert len(seen) in (8, 9)


def test_rows_without_every_arm_are_learned_from_but_not_decided_on() -> None:
    holes = stage(8, missing=[2, 5])
    witness = Witness()
    run = Folds(holes, Terms("full"), 2).play(witness, 0, no_tick)
    assert run.rows.tolist() == [0, 1, 3, 4, 6, 7]
    assert witness.ids("learn_full").count("2") == 2, "once for each fold"
    online = Online(holes, Terms()).play(Witness(), 0, no_tick)
    assert sorted(online.rows) == [0, 1, 3, 4, 6, 7]


def test_nothing_that_can_be_scored() -> None:
    with pytest.raises(InputError, match="no row on which every arm was tried"):
        Online(stage(2, missing=[0, 1]), Terms()).play(Witness(), 0, no_tick)


@pytest.mark.parametrize("count", [1, 11])
def test_impossible_folds(count: int) -> None:
    with pytest.raises(InputError, match="folds of 10 rows"):
        Folds(stage(), Terms("full"), count)


@pytest.mark.parametrize(("budget", "price"), [(0.0, 0.0), (float("nan"), 0.0), (None, -1.0)])
def test_impossible_terms(budget: float | None, price: float) -> None:
    with pytest.raises(InputError):
        Terms("full", budget, price)


def test_a_fold_s_best_single_arm_comes_from_the_other_folds() -> None:
    """Arm b pays 1 on every row but one, so each fold's mark is b, whatever is asked."""
    rewards = np.array([[0.0, 1.0]] * 9 + [[1.0, 0.0]])
    ids = [str(i) for i in range(10)]
    matrix = OutcomeMatrix("m", ARMS, ids, ids, [None] * 10, rewards, np.full((10, 2), np.nan))
    played = Folds(Stage.build(matrix, np.zeros((10, 0), np.float32)), Terms("full"), 10)
    run: Run = played.measure(best_single, 0)
    assert run.rewards.tolist() == [1.0] * 9 + [0.0]


def test_steps_are_what_is_ticked() -> None:
    for way in (
        Online(stage(), Terms()),
        Trained(stage(6), stage(4), Terms("full")),
        Folds(stage(11, missing=[3]), Terms("full"), 3),
    ):
        ticks: list[None] = []
        way.play(Witness(), 0, lambda ticks=ticks: ticks.append(None))
        assert len(ticks) == way.steps
