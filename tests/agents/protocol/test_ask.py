"""The whole way of one problem: what is asked, what is recorded, and what moves no statistic."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from knowhow.benches._adapters import random_adapter
from knowhow_adapters.base.load import load_base
from knowhow_adapters.learn.attempts import read_attempts
from knowhow_adapters.registry.lineage import Lineage
from knowhow_adapters.registry.registry import Registry
from knowhow_agents.big_model.double import Said, ScriptedModel
from knowhow_agents.big_model.errors import FaultKind, ProviderFault
from knowhow_agents.protocol.ask import Asked, Asker
from knowhow_agents.protocol.turns import ALONE
from knowhow_agents.protocol.whathow import WhatHow
from knowhow_agents.protocol.whisper import Whisperer
from knowhow_agents.protocol.wording import Style
from knowhow_memory.errors import InputError
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate, OutcomePublic
from knowhow_router.router import Router

SUMS = "Which of 3, 9, 4 and 4 add up to 12?"
SPEC = '{"domain": "planning", "type": "subset_sum", "numbers": [3, 9, 4, 4], "goal": 12}'
PLAIN = '{"domain": "talk"}'
AGENT = "sums"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory.open(tmp_path / "store", embedder="hash:64") as memory:
        yield memory


@pytest.fixture
def router(memory: Memory) -> Router:
    return Router(memory)


@pytest.fixture
def whisperer(tmp_path: Path) -> Whisperer:
    return Whisperer(Registry(tmp_path / "adapters"), "knowhow-base")


@pytest.fixture
def specialist(tmp_path: Path) -> str:
    """A champion that has something to say, if nothing of use."""
    base, registry = load_base(), Registry(tmp_path / "adapters")
    ref = registry.publish(random_adapter(base, 1, agent=AGENT), base, Lineage(origin="trained"))
    registry.promote(AGENT, ref, expect_revision=registry.aliases(AGENT).revision, cause="a test")
    return ref


def ask(
    memory: Memory, router: Router, whisperer: Whisperer, *said: Said, problem: str = SUMS
) -> tuple[Asked, ScriptedModel]:
    model = ScriptedModel(*said)
    what_how = WhatHow(model, style=Style.BRIEF)
    asker = Asker(memory, router, what_how, whisperer, big_model="test/scripted")
    return asker.ask_and_wait(problem), model


def outcomes(memory: Memory) -> list[OutcomePublic]:
    return list(memory.outcomes(trajectories=True))


def test_an_answer_that_can_be_checked_is_one_outcome(
    memory: Memory, router: Router, whisperer: Whisperer
) -> None:
    asked, model = ask(memory, router, whisperer, SPEC, "answer: 3 9")
    [outcome] = outcomes(memory)
    assert (asked.reward, outcome.reward, outcome.verified_by) == (1.0, 1.0, "check")
    assert (outcome.decision_id, outcome.arm) == (asked.routed.id, ALONE)
    assert outcome.big_model == "test/scripted"
    assert outcome.trajectory and outcome.trajectory[-1]["said"] == "answer: 3 9"
    assert model.left == 0


def test_a_wrong_answer_is_recorded_as_one(
    memory: Memory, router: Router, whisperer: Whisperer
) -> None:
    ask(memory, router, whisperer, SPEC, "answer: 3 4 4")
    assert [outcome.reward for outcome in outcomes(memory)] == [0.0]


def test_what_nobody_can_check_is_left_to_whoever_can(
    memory: Memory, router: Router, whisperer: Whisperer
) -> None:
    asked, _ = ask(memory, router, whisperer, PLAIN, "answer: hello")
    assert outcomes(memory) == [] and asked.reward is None
    memory.record(OutcomeCreate(decision_id=asked.routed.id, arm=ALONE, reward=1.0))


def fault(kind: FaultKind = FaultKind.TIMEOUT) -> ProviderFault:
    return ProviderFault(kind, "nothing came", provider="test")


@pytest.mark.parametrize(
    "said",
    [
        (fault(),),
        (PLAIN, fault(FaultKind.SERVER)),
        ("no spec", fault()),
        ('{"domain": "x", "sub_problems": ["one?", "two?"]}', "answer: 1", fault()),
    ],
)
def test_a_providers_fault_is_one_row_and_moves_nothing(
    said: tuple[Said, ...], memory: Memory, router: Router, whisperer: Whisperer
) -> None:
    for number in range(12):
        arm, reward = (ALONE, "other::way")[number % 2], number % 3 / 2
        memory.record(OutcomeCreate(problem=f"{SUMS} {number}", arm=arm, reward=reward))
    before = router.preview(SUMS)
    with pytest.raises(ProviderFault):
        ask(memory, router, whisperer, *said)
    rows = outcomes(memory)
    assert [row.fault for row in rows].count("infra") == 1 and len(rows) == 13
    assert rows[-1].reward is None
    after = Router(memory).preview(SUMS)
    assert after.candidates == before.candidates


def test_a_prompt_that_is_too_long_is_nobodys_infrastructure(
    memory: Memory, router: Router, whisperer: Whisperer
) -> None:
    with pytest.raises(ProviderFault):
        ask(memory, router, whisperer, fault(FaultKind.CONTEXT))
    assert outcomes(memory) == []


def test_no_problem_is_nothing(memory: Memory, router: Router, whisperer: Whisperer) -> None:
    with pytest.raises(InputError, match="empty"):
        ask(memory, router, whisperer, problem=" ")
    assert outcomes(memory) == []


def test_parts_go_their_own_way_and_are_put_together(
    memory: Memory, router: Router, whisperer: Whisperer
) -> None:
    spec = '{"domain": "x", "sub_problems": ["How many cups?", "How many plates?"]}'
    said = (spec, "answer: 3", "answer: 4", "fits: yes\nanswer: 7")
    asked, model = ask(memory, router, whisperer, *said, problem="How many things?")
    assert asked.attempt.answer == "7"
    assert [part.problem for part in asked.parts] == ["How many cups?", "How many plates?"]
    assert len({asked.routed.id, *(part.routed.id for part in asked.parts)}) == 3
    assert "How many cups?\nresult: 3" in model.asked[-1].text


def test_a_specialist_whispers_and_learns_only_from_what_was_followed(
    memory: Memory, router: Router, whisperer: Whisperer, specialist: str
) -> None:
    for number in range(30):
        problem = f"Which of {number}, 9, 4 and 4 add up to 12?"
        memory.record(OutcomeCreate(problem=problem, arm=f"{AGENT}::guides", reward=1.0))
        memory.record(OutcomeCreate(problem=problem, arm=ALONE, reward=0.0))
    for reply, learnt in (("fits: yes\nanswer: 3 9", 1), ("fits: no\nanswer: 3 9", 1)):
        asked, model = ask(memory, router, whisperer, SPEC, reply)
        assert asked.routed.fallback == f"{AGENT}::guides"
        assert asked.whispered and asked.whispered.guidance.source == specialist
        assert asked.whispered.guidance.text.split()[0] in model.asked[1].text
        assert outcomes(memory)[-1].adapter_version == specialist
        said = [one for one in read_attempts(memory, AGENT) if one.prompt == SUMS]
        assert len(said) == learnt
