"""The journal: attempts, reflections and strategies, kept as they come, never asked for twice."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from knowhow_agents.big_model.double import ScriptedModel
from knowhow_agents.big_model.errors import FaultKind, ProviderFault
from knowhow_agents.journal import loop
from knowhow_agents.journal.asked import Asked, read_answer
from knowhow_agents.journal.diary import Diary, Try
from knowhow_agents.journal.loop import Tried, keep_journal
from knowhow_agents.journal.reference import Reference, tally
from knowhow_agents.journal.skill import Answer, Exercise, Skill
from knowhow_agents.journal.strategy import MAX_WORDS, Strategy, TooLong, named_way, read_strategy
from knowhow_agents.protocol.wording import Style
from knowhow_agents.skills.change.skill import Change
from knowhow_agents.skills.rooms.skill import Rooms
from knowhow_memory.memory import Memory
from knowhow_memory.models import Fault

RIGHT_WAY = {"rooms": "sweep, ends first", "change": "table of all amounts"}


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Memory]:
    with Memory.open(tmp_path_factory.mktemp("memory"), embedder="hash:64") as opened:
        yield opened


class Interrupted(Reference):
    """Stops once it has been asked so often."""

    def __init__(self, name: str, after: int = 10**6) -> None:
        self.name, self.after, self.asked = name, after, 0

    async def attempt(self, skill: Skill, exercise: Exercise) -> list[Try]:
        self._count()
        return await super().attempt(skill, exercise)

    async def reflect(self, skill: Skill, batch: Sequence[Tried]) -> str:
        self._count()
        return await super().reflect(skill, batch)

    async def distil(self, skill: Skill, diary: Diary, complaint: str = "") -> str:
        self._count()
        return await super().distil(skill, diary, complaint)

    def _count(self) -> None:
        self.asked += 1
        if self.asked > self.after:
            raise ProviderFault(FaultKind.CONNECTION, "gone")


@pytest.mark.parametrize("skill", [Rooms(), Change()], ids=["rooms", "change"])
def test_outcomes_tell_the_reference_which_way_is_right(
    skill: Skill, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "BATCH", 4)
    diary = Diary(memory, skill.name, "reference", 0)
    strategy = asyncio.run(keep_journal(skill, Reference(), diary, skill.draw(24, 0)))
    assert strategy.way == RIGHT_WAY[skill.name]
    assert len(strategy.text.split()) <= MAX_WORDS
    rates = tally(diary, skill)
    assert str(rates[strategy.way]) in strategy.text
    assert "'largest coin first'" in strategy.text or "'share out the hours'" in strategy.text
    assert rates[strategy.way].successes == 24
    assert all(rate.successes < 24 for way, rate in rates.items() if way != strategy.way)
    assert sorted(diary.reflections) == [4, 8, 12, 16, 20, 24]
    assert sorted(diary.strategies) == [20, 24]
    assert "it came to" in diary.reflections[4]


def test_the_reference_believes_outcomes_and_nothing_else(memory: Memory) -> None:
    """Where another way is right, that one is named."""

    class Odd(Rooms):
        def solve(self, written: Sequence[str], way: str) -> Answer:
            swapped = {"sweep, ends first": "share out the hours"}
            swapped |= {after: before for before, after in swapped.items()}
            return super().solve(written, swapped.get(way, way))

    diary = Diary(memory, "odd", "reference", 0)
    strategy = asyncio.run(keep_journal(Odd(), Reference(), diary, Odd().draw(20, 0)))
    assert strategy.way == "share out the hours"


@pytest.mark.parametrize("after", [0, 3, 10, 11, 22])
def test_what_was_interrupted_goes_on_and_asks_nothing_twice(memory: Memory, after: int) -> None:
    skill, name = Rooms(), f"stopped{after}"
    exercises = skill.draw(20, 1)
    stopped, going_on = Interrupted(name, after), Interrupted(name)
    with pytest.raises(ProviderFault):
        asyncio.run(keep_journal(skill, stopped, Diary(memory, skill.name, name, 1), exercises))
    diary = Diary(memory, skill.name, name, 1)
    strategy = asyncio.run(keep_journal(skill, going_on, diary, exercises))
    assert min(stopped.asked, after) + going_on.asked == 20 + 2 + 1
    again = Diary(memory, skill.name, name, 1)
    assert (again.tries, again.reflections, again.strategies) == (
        {number: diary.tries[number] for number in again.tries},
        diary.reflections,
        {20: strategy},
    )
    assert set(again.tries) == set(range(20))


def test_a_providers_failure_is_nobodys_wrong_answer(memory: Memory) -> None:
    teacher = Interrupted("failing", 0)
    with pytest.raises(ProviderFault):
        diary = Diary(memory, "rooms", teacher.name, 2)
        asyncio.run(keep_journal(Rooms(), teacher, diary, Rooms().draw(1, 2)))
    [kept] = [one for one in memory.outcomes() if one.arm == "journal/failing"]
    assert (kept.fault, kept.reward) == (Fault.INFRA, None)


def test_a_big_model_is_told_what_was_wrong_and_shortens_what_is_too_long(memory: Memory) -> None:
    skill = Rooms()
    [exercise] = skill.draw(1, 3)
    right = f"number: {exercise.answer.number}\nanswer: yes"
    model = ScriptedModel(
        f"way: share out the hours\n{right.replace('yes', 'no')}",
        "I should have sorted.",
        "way: sweep, ends first\n" + "word " * MAX_WORDS,
        "way: sweep, ends first\nSort. " + "word " * MAX_WORDS,
    )
    diary = Diary(memory, "rooms", "scripted", 3)
    teacher = Asked(model, "scripted", Style.FULL)
    strategy = asyncio.run(keep_journal(skill, teacher, diary, [exercise]))
    assert strategy.way == "sweep, ends first"
    assert len(strategy.text.split()) == MAX_WORDS
    assert [one.reward for one in diary.tries[0]] == [0.2]
    attempt, reflect, distil, again = (asked.text for asked in model.asked)
    assert exercise.problem in attempt and skill.question in attempt
    assert "0 of your answers were right" in reflect and "right is yes" in reflect
    assert "I should have sorted." in distil
    assert f"at most {MAX_WORDS} are kept" in again


def test_answers_are_read_and_never_guessed() -> None:
    assert read_answer("way: x\nnumber: 3\nanswer: no") == Answer(3, False)
    assert read_answer("Yes.") == Answer(None, True)
    assert read_answer("Maybe yes, maybe no").enough is None
    assert read_answer("").enough is None


def test_only_ways_that_there_are_are_named() -> None:
    ways = ("by sorting", "by guessing")
    assert named_way("Way: by sorting.\nSo it is.", ways) == "by sorting"
    assert named_way("way: by magic", ways) is None
    assert named_way("way: by sorting\nway: by guessing", ways) is None
    assert read_strategy("Just do it", ways) == Strategy("Just do it", None)
    with pytest.raises(TooLong, match="301 words"):
        read_strategy("word " * 301, ways)
