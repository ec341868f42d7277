"""Who divides: roles that make a division, the likeliest one, and learning it from examples."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_adapters.learn.examples import NothingToLearn
from knowhow_agents.skills.traces import division
from knowhow_agents.skills.traces.divider import DOUBT, MOST_DIVISIONS, Divider, Vectors
from knowhow_agents.skills.traces.divider_learning import learn_division, told
from knowhow_agents.skills.traces.division import NOTHING, ROLES, Share
from knowhow_agents.skills.traces.items import training_items
from knowhow_agents.skills.traces.likeliest import COLUMN, Floats, few_likeliest, likeliest
from knowhow_agents.skills.traces.marks import look
from knowhow_memory.embedder import HashEmbedder
from knowhow_memory.errors import InputError
from knowhow_memory.sealed import SealBroken

EXAMPLES = training_items(60, seed=1)
PRICE = "A cart of figs is $47. The price is cut by 84%. Ben, 32, sings. What is it now?"
SENTENCES = division.sentences(look(PRICE))


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    return Vectors(HashEmbedder())


@pytest.fixture(scope="module")
def divider(vectors: Vectors) -> Divider:
    return learn_division(EXAMPLES, vectors)


def opinion(*roles: str, sure: float = 2.0) -> Floats:
    found = np.zeros((len(roles), len(ROLES)), np.float32)
    for row, role in zip(found, roles, strict=True):
        row[COLUMN[role]] = sure
    return np.asarray(found - np.logaddexp.reduce(found, axis=1, keepdims=True))


def test_what_is_thought_of_each_sentence_is_taken_where_it_makes_sense() -> None:
    roles = ["percentage", "more percentage", NOTHING, "more percentage"]
    assert likeliest(SENTENCES, opinion(*roles)) == roles


@pytest.mark.parametrize(
    "thought",
    [
        ["more percentage", "more percentage", NOTHING, "more percentage"],
        ["percentage", "more percentage", NOTHING, "rate_equation"],
    ],
    ids=["somebody begins", "nobody begins with a question"],
)
def test_what_makes_no_sense_is_another_division(thought: list[str]) -> None:
    roles = ["percentage", "more percentage", NOTHING, "more percentage"]
    assert likeliest(SENTENCES, opinion(*thought, sure=1.0)) == roles


def test_whoever_has_a_shape_goes_on_where_it_is_named_again() -> None:
    sentences = ["Ben has 47 figs and Tom 84.", "Nina has 32 more.", "How many?"]
    thought = opinion("comparison", "comparison", "more comparison", sure=5.0)
    thought[1, COLUMN[NOTHING]] += 3.0
    assert likeliest(sentences, thought) == ["comparison", *["more comparison"] * 2]


def test_percent_are_not_for_others() -> None:
    thought = ["comparison", "more comparison", NOTHING, "more comparison"]
    assert likeliest(SENTENCES, opinion(*thought, sure=1.0))[1] != "more comparison"
    assert likeliest(SENTENCES, opinion(*thought, sure=20.0)) == thought, "but at a price"


def test_nobody_is_given_more_quantities_than_there_is_room_for() -> None:
    thought = ["percentage", *["more percentage"] * 3]
    assert likeliest(SENTENCES, opinion(*thought, sure=1.0)).count(NOTHING) == 1
    assert NOTHING not in likeliest(SENTENCES, opinion(*thought, sure=20.0))


@given(st.lists(st.sampled_from(["It is 47.", "Why 84?", "Ben has 9% of 47.", "So."]), min_size=1),
       st.integers(0, 9))  # fmt: skip
def test_whatever_is_thought_there_is_a_division(sentences: list[str], seed: int) -> None:
    thought = np.random.default_rng(seed).normal(size=(len(sentences), len(ROLES))) * 9
    roles = likeliest(sentences, thought.astype(np.float32))
    sight = look(" ".join(sentences))
    assert division.tell(sight, division.read(sight, roles)) == roles


SAID = st.lists(st.sampled_from(["It is 47.", "Why 84?", "It is 9%."]), min_size=1, max_size=3)


@given(SAID, st.integers(0, 9))
def test_the_few_likeliest_are_the_first_of_all(sentences: list[str], seed: int) -> None:
    thought = np.random.default_rng(seed).normal(size=(len(sentences), len(ROLES))) * 3
    opinion = thought.astype(np.float32)
    every = few_likeliest(sentences, opinion, len(ROLES) ** len(sentences))
    worth = [one for one, _ in every]
    assert worth == sorted(worth, reverse=True)
    assert len({roles for _, roles in every}) == len(every) > 1
    assert few_likeliest(sentences, opinion, 3) == every[:3]
    assert likeliest(sentences, opinion) == list(every[0][1])


def test_whoever_is_in_doubt_thinks_of_few_other_divisions(divider: Divider) -> None:
    sights = [look(item.problem) for item in training_items(60, seed=2)]
    found = [divider.divisions(sight) for sight in sights]
    assert [own[0][1] for own in found] == [divider.divide(sight) for sight in sights]
    assert {len(own) for own in found} == {*range(1, MOST_DIVISIONS + 1)}
    assert all(own[0][0] - own[-1][0] <= DOUBT for own in found)


def test_examples_are_learnt(divider: Divider) -> None:
    known = [(look(one.problem), lesson) for one in EXAMPLES for lesson in told(one)]
    right = [division.tell(sight, divider.divide(sight)) == list(own.roles) for sight, own in known]
    assert sum(right) > 0.9 * len(known)


def test_with_heat_other_divisions_are_drawn(divider: Divider) -> None:
    sight = look(PRICE)
    drawn = {divider.divide(sight, temperature=3.0, seed=seed) for seed in range(20)}
    assert len(drawn) > 2
    assert divider.divide(sight, temperature=3.0, seed=7) in drawn
    assert {divider.divide(sight, seed=seed) for seed in range(5)} == {divider.divide(sight)}


def test_what_was_learnt_follows_from_the_examples(vectors: Vectors, tmp_path: Path) -> None:
    for name in ("one", "two"):
        learn_division(EXAMPLES[:8], vectors).save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_it_is_kept_in_a_file_for_its_embedder_alone(
    divider: Divider, vectors: Vectors, tmp_path: Path
) -> None:
    file = tmp_path / "divider"
    divider.save(file)
    again = Divider.load(file, vectors)
    assert np.array_equal(again.opinion(SENTENCES), divider.opinion(SENTENCES))
    with pytest.raises(SealBroken):
        Divider.load(file, Vectors(HashEmbedder(32)))


def test_each_sentence_is_embedded_once() -> None:
    class Counting(HashEmbedder):
        def embed(self, text: str) -> Floats:
            embedded.append(text)
            return super().embed(text)

    embedded: list[str] = []
    vectors = Vectors(Counting())
    same: Sequence[str] = ["It is 47.", "It is 47.", "So."]
    assert np.array_equal(vectors.of(same), vectors.of(same))
    assert embedded == ["It is 47.", "So."]


def test_sentences_behind_the_last_that_have_roles_belong_to_the_last_part() -> None:
    sight = look("It is 4. " * (division.MAX_SENTENCES + 2))
    roles = ["arithmetic"] + [NOTHING] * (division.MAX_SENTENCES - 1)
    assert division.read(sight, roles) == (Share("arithmetic", (0, 40, 41)),)
    assert len(division.sentences(sight)) == division.MAX_SENTENCES


def test_what_cannot_be_embedded_or_learnt_from_is_refused(
    divider: Divider, vectors: Vectors
) -> None:
    with pytest.raises(InputError, match="NUL"):
        divider.divide(look("Is it 4\0?"))
    with pytest.raises(NothingToLearn):
        learn_division([], vectors)
