"""The data: true, balanced, without a shortcut, and nothing that is examined is trained on."""

import re
from itertools import chain

import numpy as np
import pytest
from numpy.typing import NDArray

from knowhow_agents.journal.specialist import cut
from knowhow_agents.skills.rooms import phrasings
from knowhow_agents.skills.rooms.broken import HELD_UNREADABLE, UNREADABLE, broken, useless
from knowhow_agents.skills.rooms.grammar import grammar
from knowhow_agents.skills.rooms.items import (
    MEETINGS,
    TRAINED,
    Difficulty,
    Item,
    exam_items,
    is_held_out,
    training_items,
)
from knowhow_agents.skills.rooms.language import UNCLEAR, PlanRefused, Way, parse
from knowhow_agents.skills.rooms.skill import Rooms
from knowhow_agents.skills.rooms.solver import solve_pieces, truth
from knowhow_agents.skills.rooms.telling import MARKS

SHORTCUT = 0.60
"""How often a guess from counts may be right."""


@pytest.fixture(scope="module")
def training() -> list[Item]:
    return training_items(600, 0)


@pytest.fixture(scope="module")
def exam() -> dict[tuple[Difficulty, bool], list[Item]]:
    return {
        (difficulty, held): exam_items(difficulty, 100, 0, held_phrasings=held)
        for difficulty in Difficulty
        for held in (False, True)
    }


@pytest.fixture(scope="module")
def everything(training: list[Item], exam: dict[tuple[Difficulty, bool], list[Item]]) -> list[Item]:
    return [*training, *chain.from_iterable(exam.values())]


def test_what_stands_in_the_pieces_solves_the_problem(everything: list[Item]) -> None:
    for item in everything:
        assert len(cut(item.problem)) == len(item.told.pieces), item.problem
        found = solve_pieces([str(piece) for piece in item.told.pieces], Way.ENDS_FIRST)
        assert found == item.answer == truth(item.rooms, item.meetings)


def test_what_is_said_of_a_piece_stands_in_it(everything: list[Item]) -> None:
    for item in everything:
        for text, plan in zip(cut(item.problem), item.told.pieces, strict=True):
            assert MARKS.search(text) is None
            for meeting in plan.meetings:
                hour = meeting.start // 60
                assert re.search(rf"\b0?({hour}|{(hour - 1) % 12 + 1})(\D|$)", text), (text, plan)


def test_a_piece_holds_a_meeting_at_most(everything: list[Item]) -> None:
    """However long the problem is."""
    assert max(len(piece.meetings) for item in everything for piece in item.told.pieces) == 1


def test_both_answers_come_equally_often(
    training: list[Item], exam: dict[tuple[Difficulty, bool], list[Item]]
) -> None:
    for items in (training, *exam.values()):
        assert sum(item.answer.enough is True for item in items) * 2 == len(items)


def test_difficulties_have_their_sizes(everything: list[Item]) -> None:
    for item in everything:
        low, high = MEETINGS[item.difficulty]
        assert low <= len(item.meetings) <= high
        assert 1 <= item.rooms <= 5


def test_what_is_examined_is_never_trained_on(
    training: list[Item], exam: dict[tuple[Difficulty, bool], list[Item]]
) -> None:
    assert {item.difficulty for item in training} == set(TRAINED)
    assert not any(is_held_out(item.rooms, item.meetings) for item in training)
    trained = {item.problem for item in training}
    held = [re.split(r"[{\[]", frame)[0] for frame in phrasings.HELD_FRAMES]
    for (_, held_phrasings), items in exam.items():
        assert all(is_held_out(item.rooms, item.meetings) for item in items)
        assert trained.isdisjoint(item.problem for item in items)
        assert held_phrasings == all(
            any(frame.strip() in item.problem for frame in held if frame) for item in items
        )


def test_the_same_seed_gives_the_same_items() -> None:
    assert training_items(20, 3) == training_items(20, 3)
    assert training_items(20, 3) != training_items(20, 4)


@pytest.mark.parametrize("difficulty", list(Difficulty))
def test_counts_do_not_tell_the_answer(difficulty: Difficulty) -> None:
    """Neither how many meetings or rooms there are nor how long the text is, nor all of them."""
    items = exam_items(difficulty, 600, 1)
    counts = np.array([[len(i.meetings), i.rooms, len(i.problem)] for i in items], float)
    fits = np.array([bool(item.answer.enough) for item in items])
    for column in range(counts.shape[1]):
        assert _best_guess(counts[:, [column]], fits) <= SHORTCUT
    assert _best_guess(counts, fits) <= SHORTCUT


def _best_guess(counts: NDArray[np.float64], fits: NDArray[np.bool_]) -> float:
    """Share of right answers of a classifier on problems it has not seen."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier

    half = len(fits) // 2
    scaled = (counts - counts.mean(axis=0)) / counts.std(axis=0).clip(min=1e-9)
    models = LogisticRegression(), DecisionTreeClassifier(max_depth=4, random_state=0)
    return max(
        float((model.fit(scaled[:half], fits[:half]).predict(scaled[half:]) == fits[half:]).mean())
        for model in models
    )


def test_the_classifier_would_find_a_shortcut() -> None:
    counts = np.arange(400.0).reshape(-1, 1) % 7
    assert _best_guess(counts, counts[:, 0] > 3) > SHORTCUT


def test_the_grammar_holds_every_piece(everything: list[Item]) -> None:
    from llguidance import LLMatcher
    from llguidance.hf import from_tokenizer

    from knowhow_adapters.base.load import load_base

    tokenizer = load_base().tokenizer
    compiled = LLMatcher(from_tokenizer(tokenizer), grammar().source)
    for text in {str(piece) for item in everything[::20] for piece in item.told.pieces}:
        matcher = compiled.deep_copy()
        assert matcher.try_consume_tokens(tokenizer.encode(text, add_special_tokens=False))
        assert matcher.is_accepting(), text
        parse(text)


def test_what_is_broken_says_what_nobody_can_read_or_nobody_holds() -> None:
    found = broken(6, 0)
    assert all(len(problems) == 6 for problems in found.values())
    for problem in found["no_rooms"]:
        assert re.search(r"\b(0|zero) (room|hall|studio)s", problem, re.IGNORECASE)
    for problem in found["no_meetings"]:
        assert not re.search(r"\d:\d|[ap]m\b", problem)
    for clause, written in useless(50, 0):
        if written == UNCLEAR:
            assert any(word in clause for word in UNREADABLE)
            assert not any(re.search(rf"\b{word}\b", clause) for word in HELD_UNREADABLE)
            continue
        assert Rooms().amiss(clause, written) is None
        with pytest.raises(PlanRefused, match="ends after it starts"):
            parse(written)
