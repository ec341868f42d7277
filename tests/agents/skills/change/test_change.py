"""Coins: the table against brute force, strict reading, and data without a shortcut."""

import itertools
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from llguidance import LLMatcher
from llguidance.hf import from_tokenizer

from knowhow_adapters.base.load import load_base
from knowhow_agents.journal.specialist import cut
from knowhow_agents.skills.change.items import (
    COINS,
    TRAINED,
    Difficulty,
    Item,
    exam_items,
    is_held_out,
    training_items,
)
from knowhow_agents.skills.change.language import (
    MAX_LETTERS,
    Plan,
    PlanRefused,
    Way,
    grammar,
    narrowed,
    parse,
)
from knowhow_agents.skills.change.phrasings import HELD
from knowhow_agents.skills.change.skill import Change
from knowhow_agents.skills.change.solver import solve, solve_pieces

SHORTCUT = 0.60
"""How often a guess from counts may be right."""
plans = st.builds(
    Plan,
    st.lists(st.integers(1, 999), max_size=6).map(tuple),
    st.none() | st.integers(0, 999),
    st.none() | st.integers(0, 999),
)


@pytest.fixture(scope="module")
def training() -> list[Item]:
    return training_items(300, 0)


@pytest.fixture(scope="module")
def exam() -> dict[tuple[Difficulty, bool], list[Item]]:
    return {
        (size, held): exam_items(size, 60, 0, held_phrasings=held)
        for size in Difficulty
        for held in (False, True)
    }


@pytest.fixture(scope="module")
def everything(training: list[Item], exam: dict[tuple[Difficulty, bool], list[Item]]) -> list[Item]:
    return [*training, *chain.from_iterable(exam.values())]


@given(st.sets(st.integers(1, 12), min_size=1, max_size=4), st.integers(1, 30))
def test_the_table_finds_what_brute_force_finds(coins: set[int], amount: int) -> None:
    counts = (
        count
        for count in range(1, amount + 1)
        for some in itertools.combinations_with_replacement(sorted(coins), min(count, 6))
        if count <= 6 and sum(some) == amount
    )
    fewest = next(counts, None)
    found = solve(Plan(tuple(coins), amount, 5), Way.TABLE).number
    assert found == fewest if fewest or found is None else found > 6


def test_where_the_other_ways_go_wrong() -> None:
    plan = Plan((1, 6, 10), 18, 3)
    assert solve(plan, Way.TABLE).number == 3  # 6 + 6 + 6
    assert solve(plan, Way.LARGEST_FIRST).number == 4
    assert solve(plan, Way.SMALLEST_FIRST).number == 18
    assert solve(plan, Way.DIVIDE).number == 2
    three = Plan((4, 9, 15), 28, 3)
    assert (solve(three, Way.TABLE).number, solve(three, Way.TWO_KINDS).number) == (3, 7)


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        (["pay: 4", "at most: 3"], "no coins"),
        (["coins: 4 9", "at most: 3"], "no amount"),
        (["coins: 4 9", "pay: 0\nat most: 3"], "nothing to pay"),
        (["coins: 4 9", "pay: 13"], "no limit"),
        (["coins: 4 9", "pay: 13\nat most: 0"], "no coin may be used"),
        (["coins: 4 8", "pay: 13\nat most: 3"], "13 cannot be paid"),
        (["coins: 4 8", "pay: 13", "pay: 12", "at most: 3"], "several amounts: 12, 13"),
        (["coins: 4", "pay: 4", "at most: 3", "at most: 2"], "several limits: 2, 3"),
        (["unclear", "pay: 4"], "cannot be read"),
        (["coins: 0 4", "pay: 4\nat most: 1"], "worth something"),
    ],
)
def test_what_cannot_be_solved_is_refused_with_its_reason(written: list[str], fault: str) -> None:
    answer = solve_pieces(written, Way.TABLE)
    assert (answer.number, answer.enough) == (None, None)
    assert fault in answer.fault


@given(plans)
def test_what_is_written_is_read(plan: Plan) -> None:
    assert parse(str(plan)) == plan


@pytest.mark.parametrize(
    "text", ["coins:", "coins: 04", "pay: 4\npay: 5", "at most: -1", "x" * (MAX_LETTERS + 1)]
)
def test_what_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(PlanRefused):
        parse(text)


def test_what_stands_in_the_pieces_solves_the_problem(everything: list[Item]) -> None:
    skill = Change()
    for item in everything:
        pieces = cut(item.problem)
        assert len(pieces) == len(item.told.pieces), item.problem
        written = [str(piece) for piece in item.told.pieces]
        assert solve_pieces(written, Way.TABLE) == item.answer
        for piece, said in zip(pieces, written, strict=True):
            assert skill.amiss(piece, said) is None, piece


def test_both_answers_come_equally_often_in_their_sizes(
    training: list[Item], exam: dict[tuple[Difficulty, bool], list[Item]]
) -> None:
    assert {item.difficulty for item in training} == set(TRAINED)
    for items in (training, *exam.values()):
        assert sum(item.answer.enough is True for item in items) * 2 == len(items)
        for item in items:
            low, high = COINS[item.difficulty]
            assert low <= len(set(item.plan.coins)) <= high


def test_what_is_examined_is_never_trained_on(
    training: list[Item], exam: dict[tuple[Difficulty, bool], list[Item]]
) -> None:
    assert not any(is_held_out(item.plan) for item in training)
    openings = [one.partition("{")[0] for one in (*HELD.coins, *HELD.pay, *HELD.most)]
    for item in training:
        assert not any(opening and opening in item.problem for opening in openings)
    for items in exam.values():
        assert all(is_held_out(item.plan) for item in items)


@pytest.mark.parametrize("size", [Difficulty.EASY, Difficulty.HARD])
def test_counts_do_not_tell_the_answer(size: Difficulty) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier

    exercises = Change().exam(size, 400, 1, new=False)
    counts = np.array([one.counts for one in exercises], float)
    enough = np.array([bool(one.answer.enough) for one in exercises])
    scaled, half = (counts - counts.mean(axis=0)) / counts.std(axis=0).clip(min=1e-9), 200
    for model in (LogisticRegression(), DecisionTreeClassifier(max_depth=3, random_state=0)):
        model.fit(scaled[:half], enough[:half])
        assert (model.predict(scaled[half:]) == enough[half:]).mean() <= SHORTCUT


def test_the_grammars_hold_every_piece(everything: list[Item]) -> None:
    tokenizer = load_base().tokenizer
    whole = LLMatcher(from_tokenizer(tokenizer), grammar().source)
    for item in everything[::120]:
        for piece, plan in zip(cut(item.problem), item.told.pieces, strict=True):
            own = LLMatcher(from_tokenizer(tokenizer), narrowed(piece).source)
            for matcher in (whole.deep_copy(), own):
                tokens = tokenizer.encode(str(plan), add_special_tokens=False)
                assert matcher.try_consume_tokens(tokens), (piece, str(plan))
                assert matcher.is_accepting()
