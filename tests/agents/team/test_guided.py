"""A specialist with an adapter whispers, the big model does the work."""

from pathlib import Path

import pytest

from knowhow_adapters.registry.registry import Registry
from knowhow_agents.protocol.guidance import Guidance
from knowhow_agents.protocol.turns import ALONE
from knowhow_agents.protocol.whisper import Whisper, Whisperer
from knowhow_agents.team.specialists import Specialist
from knowhow_memory.memory import Memory
from tests.agents.team.kit import PLAIN, big, final, is_total, outcomes, said_by, teach, team

pytestmark = pytest.mark.anyio

REF = "adder@0123456789ab"
PROBLEM = "Add 2 pears and 3 pears."


class Murmur(Whisperer):
    """Always says the same; what a champion says is another test's."""

    def specialists(self) -> list[str]:
        return ["adder", "stranger"]

    def whisper(self, agent: str, problem: str) -> Whisper | None:
        return Whisper(Guidance("2 + 3 = 5", REF, "5"), problem, "2 + 3")


@pytest.fixture
def murmur(tmp_path: Path) -> Whisperer:
    return Murmur(Registry(tmp_path), "knowhow-base")


async def test_it_guides_the_big_model_and_learns_from_what_was_followed(
    memory: Memory, murmur: Whisperer
) -> None:
    before = teach(memory, good="adder::guides", bad=ALONE)
    adder = Specialist("adder", "adds", check=is_total)
    what_how = big(PLAIN, "fits: yes\nanswer: 5", "fits: yes\nanswer: 5")
    asked = team(memory, [adder], what_how=what_how, whisperer=murmur)
    result = await asked.run(task=PROBLEM)
    [outcome] = outcomes(memory)[before:]
    assert said_by(result, "adder") == ["2 + 3 = 5"]
    assert final(result).content == "5"
    assert (outcome.arm, outcome.reward, outcome.adapter_version) == ("adder::guides", 1.0, REF)
    assert outcome.trajectory and outcome.trajectory[0] == {"prompt": PROBLEM, "answer": "2 + 3"}


async def test_a_whisper_that_fails_leaves_the_big_model_to_itself(
    memory: Memory, murmur: Whisperer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(agent: str, problem: str) -> None:
        raise OSError("the adapter cannot be read")

    monkeypatch.setattr(murmur, "whisper", broken)
    before = teach(memory, good="adder::guides", bad=ALONE)
    adder = Specialist("adder", "adds", check=is_total)
    what_how = big(PLAIN, *["answer: 5"] * 3)
    result = await team(memory, [adder], what_how=what_how, whisperer=murmur).run(task=PROBLEM)
    [outcome] = outcomes(memory)[before:]
    assert final(result).content == "5"
    assert outcome.adapter_version is None
    assert outcome.trajectory and any("OSError" in str(step) for step in outcome.trajectory)


async def test_adapters_that_cannot_be_looked_at_are_done_without(
    memory: Memory,
    murmur: Whisperer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def unreadable() -> list[str]:
        raise OSError("input/output error")

    monkeypatch.setattr(murmur, "specialists", unreadable)
    what_how = big(PLAIN, "answer: 5")
    adder = Specialist("adder", "adds", check=is_total)
    result = await team(memory, [adder], what_how=what_how, whisperer=murmur).run(task=PROBLEM)
    assert final(result).content == "5" and "nobody whispers" in caplog.text
