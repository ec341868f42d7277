"""A specialist reads piece by piece, again where it invents something, and never guesses."""

from collections.abc import Sequence

import pytest

from knowhow_adapters.decode.engine import Decoder
from knowhow_adapters.decode.request import Completion, Request
from knowhow_agents.journal.skill import Exercise, Skill
from knowhow_agents.journal.specialist import (
    HEATS,
    MAX_PIECES,
    answer_all,
    choose_way,
    cut,
    examples,
    read,
)
from knowhow_agents.skills.change.skill import Change
from knowhow_agents.skills.rooms.skill import Rooms

SKILLS: list[Skill] = [Rooms(), Change()]
skills = pytest.mark.parametrize("skill", SKILLS, ids=lambda skill: skill.name)


class Reader(Decoder):
    """Says what it is told to say about a piece; by its seed, the first time or later."""

    def __init__(self, says: dict[str, list[str]]) -> None:
        self.says = says
        self.asked: list[Request] = []

    def generate(self, requests: Sequence[Request]) -> list[Completion]:
        self.asked += requests
        return [
            Completion(self.says[request.prompt][request.seed], (), "some@1", "grammar", 0.0)
            for request in requests
        ]


def reader(skill: Skill, exercises: Sequence[Exercise], first: str | None = None) -> Reader:
    """Reads rightly; what it says `first` may be something else."""
    later = [] if first is None else [first]
    taught = examples(skill, exercises, 0)
    return Reader({one.prompt: [*later, *[one.answer] * 4] for one in taught})


@skills
def test_what_stands_in_the_pieces_is_put_together(skill: Skill) -> None:
    exercises = [*skill.draw(12, 0), *skill.exam("xl", 2, 0, new=True)]
    problems = [one.problem for one in exercises]
    found = answer_all(skill, reader(skill, exercises), "a@1", problems, next(iter(skill.ways)))
    assert found == [one.answer for one in exercises]


@skills
def test_what_is_invented_is_read_again_without_inventions(skill: Skill) -> None:
    exercises = skill.draw(4, 0)
    invention = "rooms: 97" if skill.name == "rooms" else "pay: 997"
    decoder = reader(skill, exercises, first=invention)
    found = answer_all(
        skill, decoder, None, [one.problem for one in exercises], next(iter(skill.ways))
    )
    assert found == [one.answer for one in exercises]
    again = [request for request in decoder.asked if request.seed]
    assert again
    for request in again:
        assert request.grammar != skill.grammar
        assert request.grammar is not None and "97" not in request.grammar.source


@skills
def test_who_keeps_inventing_is_refused(skill: Skill) -> None:
    says = {skill.ask("Nothing of it."): ["rooms: 7" if skill.name == "rooms" else "pay: 7"] * 9}
    decoder = Reader(says)
    [answer] = answer_all(skill, decoder, None, ["Nothing of it."], next(iter(skill.ways)))
    assert answer.enough is None
    assert answer.fault == "7 does not stand there: 'Nothing of it.'"
    assert [request.temperature for request in decoder.asked] == list(HEATS)


def test_what_stands_there_and_cannot_be_is_refused_at_once() -> None:
    skill, problem = Rooms(), "In 2 rooms: choir from 22 to 2."
    decoder = Reader({skill.ask(problem): ["rooms: 2\n- 22:00-02:00", "- 02:00-22:00"]})
    [answer] = answer_all(skill, decoder, None, [problem], "sweep, ends first")
    assert answer.enough is None
    assert "on the same day, got 22:00-02:00" in answer.fault
    assert len(decoder.asked) == 1


@skills
def test_an_empty_or_endless_text_is_refused_unread(skill: Skill) -> None:
    decoder = Reader({})
    empty, endless = read(skill, decoder, None, ["  \n", "a. " * (MAX_PIECES + 1)])
    assert empty.pieces == ()
    assert f"{MAX_PIECES + 1} pieces" in endless.fault
    assert decoder.asked == []
    assert skill.solve((), next(iter(skill.ways))).enough is None


@skills
def test_examples_are_pieces_with_what_stands_in_them(skill: Skill) -> None:
    exercises = skill.draw(20, 0)
    learnt = {one.prompt: one.answer for one in examples(skill, exercises, 0)}
    for exercise in exercises:
        for piece, written in zip(cut(exercise.problem), exercise.pieces, strict=True):
            assert learnt[skill.ask(piece)] == written
    refused = [one for one in learnt.values() if skill.solve([one], next(iter(skill.ways))).fault]
    assert "unclear" in refused


def test_a_way_is_chosen_with_a_strategy_before_the_eyes() -> None:
    class Chooser(Decoder):
        def __init__(self) -> None: ...

        def choose(
            self, prompt: str, options: Sequence[str], adapter: str | None = None
        ) -> dict[str, float]:
            return {option: float(option in prompt) for option in options}

    strategy = "way: share out the hours"
    assert choose_way(Rooms(), Chooser(), None, strategy) == "share out the hours"


def test_who_leaves_a_time_out_is_asked_again_and_then_refused() -> None:
    skill, problem = Rooms(), "In 2 rooms: choir from 9 to 28."
    decoder = Reader({skill.ask(problem): ["rooms: 2"] * 9})
    [answer] = answer_all(skill, decoder, None, [problem], "sweep, ends first")
    assert answer.enough is None
    assert answer.fault == f"9 is left out: {problem!r}"
    assert len(decoder.asked) == len(HEATS)
    says_so = Reader({skill.ask(problem): ["unclear"]})
    [answer] = answer_all(skill, says_so, None, [problem], "sweep, ends first")
    assert "cannot be read" in answer.fault
    assert len(says_so.asked) == 1


@pytest.mark.parametrize(
    ("piece", "again", "never"),
    [
        ("Choir, from 22:00 till 2:45.", "22:00-02:45", "22:00-22:00"),
        ("Choir, till 9:30, from 8.", "08:00-09:30", "09:30-08:00"),
    ],
)
def test_what_is_read_again_may_go_on_over_night(piece: str, again: str, never: str) -> None:
    source = Rooms().narrowed(piece).source
    assert again in source
    assert never not in source
