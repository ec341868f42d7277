"""Reading: everything that is told is read back, and what does not fit is refused."""

import random

import pytest

from knowhow_agents.skills.planning.drawing import KINDS
from knowhow_agents.skills.planning.phrasings import FRAMES
from knowhow_agents.skills.planning.reading import contradictions, read
from knowhow_agents.skills.planning.remarks import remarks, size_and_shape
from knowhow_agents.skills.planning.specs import Knapsack, Queens, SpecRefused, Unsolvable
from knowhow_agents.skills.planning.telling import tell

BAG = "A bag holds 7 kg. Pack the greatest worth out of 3 things: "


def test_every_kind_is_read_back_in_every_phrasing() -> None:
    rng = random.Random(5)
    for family, kinds in KINDS.items():
        for draw in kinds.values():
            spec = draw(rng).spec
            for held in (False, True):
                texts = {tell(rng, spec, held=held) for _ in range(12)}
                assert len(texts) > 1
                for text in texts:
                    assert read(text) == spec, text
                    assert spec.family == family


def test_phrasings_are_many_and_some_are_kept_aside() -> None:
    for frames in FRAMES.values():
        assert len(frames.usual) >= 5
        assert len(frames.held) >= 2
        assert not set(frames.usual) & set(frames.held)


def test_size_and_shape_are_said_without_a_number_and_differ_within_a_family() -> None:
    rng = random.Random(6)
    for kinds in KINDS.values():
        specs = [draw(rng).spec for draw in kinds.values()]
        assert len({tuple(size_and_shape(spec)) for spec in specs}) >= 2
        size, shape = remarks(rng, specs[0])
        assert size.endswith(".")
        assert not any(letter.isdigit() for letter in size + shape)


def test_words_around_the_data_do_not_matter() -> None:
    text = "My aunt, who lifts 7 kg, found: 4 kg worth 9; 3 kg worth 7. Which is a treasure?"
    assert read(text) == Knapsack(((4, 9), (3, 7)), 7)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Ann has 3 apples and buys 4 more.", "no family"),
        ("", "no family"),
        (BAG + "4 kg worth 9; 3 kg worth 7.", "says 3, which fits nowhere: it lists 2"),
        ("A bag. 4 kg worth 9; 3 kg worth 7.", "one number of the limit: it says nothing"),
        (BAG + "4 kg worth 9. It holds 8 kg.", "one number of the limit: it says 7, 8"),
        ("Put queens on a board of 6 by 7.", "one number of columns: it says 6, 7"),
        ("Put 8 queens on a board. One stands at column 9, row 1.", "no square 9"),
        ("x" * 20_001, "at most 20,000"),
        (BAG + "4 kg worth 9; 3 kg worth 7; 2 kg worth 99999999.", "between 1 and"),
    ],
)
def test_a_text_that_does_not_fit_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(SpecRefused, match=why):
        read(text)


def test_what_no_plan_can_do_is_seen_in_the_text() -> None:
    with pytest.raises(Unsolvable, match="attack each other"):
        read("Put 8 queens. One stands at column 2, row 1. One stands at column 4, row 3.")
    with pytest.raises(Unsolvable, match="all numbers together are 12"):
        read("Which of these 3 numbers add up to exactly 99: 3, 4, 5?")


def test_a_spec_that_contradicts_the_text_is_named() -> None:
    text = BAG + "4 kg worth 9; 3 kg worth 7; 2 kg worth 5."
    items = ((4, 9), (3, 7), (2, 5))
    assert contradictions(text, Knapsack(items, 7)) == []
    assert contradictions(text, Knapsack(items, 8)) == ["limit differs from the text"]
    [other] = contradictions(text, Queens(7))
    assert other == "the text is about knapsack, the spec about queens"
