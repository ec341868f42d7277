from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from knowhow_agents.skills.traces.marks import MARKS, NAMES, look

KOFI = "Kofi solved 1,193 riddles and Amy half as many. How many riddles did Kofi and Amy solve?"


def test_quantities_and_people_are_marks() -> None:
    sight = look(KOFI)
    one, two = MARKS[:2]
    assert sight.text == (
        f"Ben solved {one} riddles and Tom {two} times as many. How many riddles did Ben and Tom "
        "solve?"
    )
    assert sight.numbers == {one: 1193, two: Fraction(1, 2)}
    assert sight.people == {"Ben": "Kofi", "Tom": "Amy"}


def test_money_and_percent_keep_their_signs() -> None:
    assert look("It is $1.50, then 150% more.").text == f"It is ${MARKS[0]}, then {MARKS[1]}% more."


def test_people_are_called_by_their_names_and_what_is_counted() -> None:
    assert look(KOFI).names == {"Ben": "kofi.riddles", "Tom": "amy.riddles"}


def test_people_who_would_share_a_name_do_not() -> None:
    names = look("Jo meets Jó and Yes. Jo has 3 pears.").names
    assert len(set(names.values())) == len(names)
    assert "yes.pears" not in names.values()


def test_no_mark_stands_for_two_things() -> None:
    assert len(set(MARKS)) == len(MARKS)
    assert not {"12", "24", "60"} & set(MARKS)
    assert all(len(mark) == 2 for mark in MARKS)


def test_where_marks_run_out_things_stay() -> None:
    people = " ".join(f"met P{'a' * (at + 1)}" for at in range(len(NAMES) + 2))
    assert len(look(people).people) == len(NAMES)
    many = look(" ".join(str(number) for number in range(100, 200)))
    assert len(many.numbers) == len(MARKS)


def test_an_excerpt_is_a_problem_of_its_own() -> None:
    sight = look("Kofi has 5 pears. Then Amy gives 7 to Ida. She pays 9.")
    middle = sight.excerpt([], [1], [2])
    assert middle.text == f"/ Then Ben gives {MARKS[0]} to Tom. / She pays {MARKS[1]}."
    assert list(middle.numbers.values()) == [7, 9]
    assert list(middle.people.values()) == ["Amy", "Ida"]
    assert sight.excerpt(range(3)) == sight
    assert sight.excerpt([0, 2], []).text == f"Ben has {MARKS[0]} pears. She pays {MARKS[1]}."


@given(st.text(max_size=300))
def test_any_text_can_be_looked_at(text: str) -> None:
    sight = look(text)
    assert sight.excerpt(range(len(sight.sentences))).numbers.keys() <= sight.numbers.keys()
    assert len(sight.names) == len(sight.people)
