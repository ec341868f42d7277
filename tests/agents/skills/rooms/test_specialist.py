"""The specialist reads clause by clause, again where that cannot be, and never guesses."""

from collections.abc import Sequence

import pytest

from knowhow_adapters.decode.engine import Decoder
from knowhow_adapters.decode.request import Completion, Request
from knowhow_agents.skills.rooms import specialist
from knowhow_agents.skills.rooms.items import Difficulty, Item, exam_items, training_items
from knowhow_agents.skills.rooms.language import Way
from knowhow_agents.skills.rooms.specialist import MAX_PIECES, ask, examples, read_problems
from knowhow_agents.skills.rooms.telling import cut


class Reader(Decoder):
    """Says what it is told to say about a clause; by its seed, the first time or later."""

    def __init__(self, says: dict[str, list[str]]) -> None:
        self.says = says
        self.asked: list[Request] = []

    def generate(self, requests: Sequence[Request]) -> list[Completion]:
        self.asked += requests
        return [
            Completion(self.says[request.prompt][request.seed], (), "rooms@1", "grammar", 0.0)
            for request in requests
        ]


def reader(items: Sequence[Item], first: str | None = None) -> Reader:
    later = [] if first is None else [first]
    return Reader({one.prompt: [*later, one.answer] * 6 for one in examples(items)})


def test_what_stands_in_the_clauses_is_put_together() -> None:
    items = [*training_items(12, 0), *exam_items(Difficulty.XL, 2, 0)]
    found = read_problems(reader(items), "rooms@1", [i.problem for i in items], Way.ENDS_FIRST)
    assert [reading.answer for reading in found] == [item.answer for item in items]


def test_what_cannot_be_is_read_again() -> None:
    items = training_items(6, 0)
    decoder = reader(items, "- 10:00-10:00")
    found = read_problems(decoder, None, [item.problem for item in items], Way.ENDS_FIRST)
    assert [reading.answer for reading in found] == [item.answer for item in items]
    assert {request.temperature for request in decoder.asked} == {0.0, specialist.HEAT}


def test_what_stays_unreadable_is_refused_and_not_guessed() -> None:
    says = {ask("In 2 rooms: choir from 9 to 8."): ["rooms: 2\n- 09:00-08:00"] * 9}
    [reading] = read_problems(
        Reader(says), None, ["In 2 rooms: choir from 9 to 8."], Way.ENDS_FIRST
    )
    assert reading.answer.enough is None
    assert "ends after it starts" in reading.answer.fault


@pytest.mark.parametrize("problem", ["", "   ", "\n\n"])
def test_an_empty_problem_has_no_rooms(problem: str) -> None:
    [reading] = read_problems(Reader({}), None, [problem], Way.ENDS_FIRST)
    assert reading.answer.fault == "no number of rooms is given"


def test_a_text_without_end_is_refused_unread() -> None:
    decoder = Reader({})
    [reading] = read_problems(decoder, None, ["a. " * (MAX_PIECES + 1)], Way.ENDS_FIRST)
    assert "401 clauses" in reading.answer.fault
    assert decoder.asked == []


def test_examples_are_clauses_with_what_stands_in_them() -> None:
    items = training_items(5, 0)
    learnt = {example.prompt: example.answer for example in examples(items)}
    for item in items:
        for piece, plan in zip(cut(item.problem), item.told.pieces, strict=True):
            assert learnt[ask(piece)] == str(plan)
