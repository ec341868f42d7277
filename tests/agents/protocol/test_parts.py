"""A text that numbers its parts is read as it says; anything else is one problem."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_agents.protocol.parts import MAX_PARTS, parts_in, parts_of
from knowhow_agents.protocol.spec import Spec

SENTENCES = st.lists(
    st.text("abc 1,", min_size=1).map(str.strip).filter(bool).map(lambda t: f"{t}."), min_size=2
)


@given(SENTENCES.filter(lambda texts: len(texts) < 10), st.sampled_from([" ", "\n"]))
def test_numbered_parts_come_back_as_they_were(texts: list[str], between: str) -> None:
    problem = between.join(f"({number}) {text}" for number, text in enumerate(texts, 1))
    assert parts_of(problem) == tuple(texts)


def test_what_stands_before_belongs_to_every_part() -> None:
    told = parts_of("Ann has 5 pears. (1) She eats 2. (2) She buys 3.")
    assert told == ("Ann has 5 pears. She eats 2.", "Ann has 5 pears. She buys 3.")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(1) Only one.",
        "(2) From two. (3) On.",
        "(1) One. (3) Three.",
        "f(1) and g(2) are equal. What is f(3)?",
        "The cards (1) and (2) are equal.",
        "(1) (2) (3)",
        f"(1) {'x' * 3_000}. (2) y.",
    ],
)
def test_anything_else_is_one_problem(text: str) -> None:
    assert parts_of(text) == ()


def test_what_the_big_model_named_goes_first() -> None:
    named = Spec(domain="math", sub_problems=("left", "right"))
    assert parts_in("(1) One. (2) Two.", named) == ("left", "right")
    assert parts_in("(1) One. (2) Two.", Spec.plain()) == ("One.", "Two.")
    assert parts_in("One.", Spec(domain="math", sub_problems=("One.",))) == ()
    many = " ".join(f"({n}) Do." for n in range(1, MAX_PARTS + 2))
    assert parts_in(many, Spec.plain()) == ()
