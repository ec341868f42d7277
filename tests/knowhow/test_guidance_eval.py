"""The evals of guidance and injection: problems with a truth, figures that say what happened."""

import asyncio
import random
import re
from collections.abc import Sequence
from typing import Any

import pytest
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    RequestUsage,
    UserMessage,
)

from knowhow.evals import _orders, _plans, _stories, guidance, injection
from knowhow.evals._specialist import Domain, verified
from knowhow.evals._together import together
from knowhow.figures import STOPPED, Figures
from knowhow_adapters.base.corpus.registry import side_of
from knowhow_agents.big_model.client import BigModel
from knowhow_agents.big_model.double import ScriptedModel
from knowhow_agents.protocol.attempt import Attempt
from knowhow_agents.protocol.soundness import objection
from knowhow_agents.protocol.ways import NO_VERDICT, NOT_FITTING

DOMAINS: list[Domain] = [_stories, _plans]
COUNT = 60


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.NAME)
def test_the_oracle_is_right_and_spoilt_guidance_is_not(domain: Domain) -> None:
    rng, changed = random.Random(0), 0
    for item in domain.draw(COUNT, 5, "exam"):
        assert item.oracle.answer and item.is_right(item.oracle.answer)
        assert objection(item.problem, item.oracle) is None
        assert not item.is_right("none of this")
        told = item.changed(rng)
        if told is not None:
            changed += 1
            assert told.answer and not item.is_right(told.answer)
        assert item.misread(rng).answer != item.oracle.answer
    assert changed > COUNT / 2


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.NAME)
def test_a_specialist_is_shown_what_its_solver_finds_right(domain: Domain) -> None:
    assert len(verified(domain, COUNT, 0)) == COUNT
    items = domain.draw(COUNT, 0, "train")
    told = [domain.whisper(item.specialists, "x") for item in items]
    assert all(
        one and item.is_right(one.answer or "") for item, one in zip(items, told, strict=True)
    )


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.NAME)
@pytest.mark.parametrize("said", ["", "3 + x", "#1 + 2", "{", "[1]", '{"type": "tour"}', "{}",
                                  '{"type": "tour", "stops": [], "distances": []}',
                                  '{"type": "subset_sum", "numbers": 3, "goal": "x"}'])  # fmt: skip
def test_what_cannot_be_carried_out_is_not_whispered(domain: Domain, said: str) -> None:
    assert domain.whisper(said, "x") is None


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.NAME)
def test_nothing_is_on_both_sides(domain: Domain) -> None:
    exam = {item.problem for item in domain.draw(COUNT, 0, "exam")}
    train = {item.problem for item in domain.draw(COUNT, 0, "train")}
    assert len(exam) == len(train) == COUNT and not exam & train
    assert {side_of(f"Solve this problem: {problem}") for problem in exam} == {"exam"}


def test_together_says_what_the_client_says_one_by_one() -> None:
    prompts = [_stories.prompt(item.problem) for item in _stories.draw(3, 2, "exam")]
    asked = [[UserMessage(content=prompt, source="a test")] for prompt in prompts]

    async def said(model: ChatCompletionClient) -> list[Any]:
        replies = await asyncio.gather(*(model.create(messages) for messages in asked))
        return [reply.content for reply in replies]

    batched = asyncio.run(said(together("embedded/big-planner")))
    assert batched == asyncio.run(said(BigModel("embedded/big-planner")))
    assert len(set(batched)) == 3


class Credulous(ScriptedModel):
    """Follows whatever result it is told, and knows nothing by itself."""

    async def create(self, messages: Sequence[LLMMessage], **options: Any) -> CreateResult:
        told = re.search("result: (.*)", str(messages[-1].content))
        said = f"fits: yes\nanswer: {told[1]}" if told else "answer: 0"
        usage = RequestUsage(prompt_tokens=0, completion_tokens=0)
        return CreateResult(finish_reason="stop", content=said, usage=usage, cached=False)


@pytest.fixture
def credulous(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowhow.evals._together.together", lambda model: Credulous())


@pytest.mark.usefixtures("credulous")
def test_a_credulous_model_is_as_good_as_its_guidance() -> None:
    items = _stories.draw(COUNT, 1, "exam")
    rng = random.Random(0)
    told = {
        "learnt": [[None, item.oracle] for item in items],
        "random": [[other.oracle] for other in (*items[1:], items[0])],
        "wrong": [[guidance._wrong(item, n, rng)] for n, item in enumerate(items)],
        "oracle": [[item.oracle] for item in items],
    }
    figures = Figures("guidance", seed=0, n=COUNT)
    asyncio.run(guidance._measure(figures, _stories, "embedded/big-x", items, told))
    found = {key: value["mean"] for key, value in figures.values.items() if isinstance(value, dict)}
    assert found["stories.big-x.alone"] == 0
    assert found["stories.big-x.hint.oracle.right"] == 1
    assert found["stories.big-x.hint.learnt.right"] == 0  # the second is for candidates alone
    assert found["stories.big-x.hint.random.noticed"] > 0.8  # by the checks: nobody else doubts
    assert (
        found["stories.big-x.hint.random.noticed_unasked"]
        == (found["stories.big-x.hint.random.noticed"])
    )
    assert found["stories.big-x.hint.wrong.noticed.changed"] < 0.1
    assert found["stories.big-x.hint.wrong.noticed.misread"] > 0.7
    assert found["stories.big-x.hint.wrong.followed"] == pytest.approx(
        1 - found["stories.big-x.hint.wrong.noticed"]
    )
    assert found["stories.big-x.hint.oracle.false_alarm"] == 0
    assert found["stories.big-x.hint.oracle.calls"] == 2  # an outline and the hint
    assert "stories.big-x.hint.oracle.noticed" not in found  # there is nothing wrong in it
    assert figures.values["stories.big-x.hint.oracle.gain"] == "alone is never right"
    assert found["stories.big-x.critique.oracle.right"] == 1


@pytest.mark.usefixtures("credulous")
def test_what_is_objected_to_right_and_to_wrong_guidance_is_told_apart() -> None:
    items = _stories.draw(COUNT, 1, "exam")
    mixed = [
        item.oracle if n % 3 else item.misread(random.Random(n)) for n, item in enumerate(items)
    ]
    figures = Figures("guidance", seed=0, n=COUNT)
    told = {"learnt": [[one] for one in mixed]}
    asyncio.run(guidance._measure(figures, _stories, "embedded/big-x", items, told))
    key = "stories.big-x.hint.learnt"
    assert figures.values[f"{key}.noticed"]["n"] == COUNT // 3
    assert figures.values[f"{key}.noticed"]["mean"] > 0.5
    assert figures.values[f"{key}.false_alarm"]["n"] == COUNT - COUNT // 3
    assert figures.values[f"{key}.false_alarm"]["mean"] == 0


def test_what_a_model_leaves_unsaid_is_no_objection() -> None:
    silent, refused = (Attempt("1", "", objections=(why,)) for why in (NO_VERDICT, NOT_FITTING))
    assert guidance._noticed([silent, refused]) == [False, True]


def test_ctrl_c_keeps_the_figures_that_there_are() -> None:
    figures = Figures("guidance", seed=0, n=1)
    with pytest.raises(KeyboardInterrupt), figures.kept_when_stopped():
        raise KeyboardInterrupt  # nothing is known yet
    figures.set("a", 1)
    with figures.kept_when_stopped():
        raise KeyboardInterrupt
    assert figures.notes == [STOPPED]


class Obedient(ScriptedModel):
    """Gives whatever canary stands in what it is told."""

    async def create(self, messages: Sequence[LLMMessage], **options: Any) -> CreateResult:
        text = str(messages[-1].content)
        wanted = [canary for canary in _orders.CANARIES if canary in text]
        usage = RequestUsage(prompt_tokens=0, completion_tokens=0)
        said = f"fits: yes\nanswer: {wanted[0] if wanted else 0}"
        return CreateResult(finish_reason="stop", content=said, usage=usage, cached=False)


def test_even_an_obedient_model_gives_no_canary_of_a_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its answer is not taken where the guidance only claims it; orders in a problem are seen."""
    monkeypatch.setattr("knowhow.evals._together.together", lambda model: Obedient())
    texts = _orders.orders()
    items = _stories.draw(len(texts), 1, "exam")
    figures = Figures("injection", seed=0, n=len(texts))
    asyncio.run(injection._ask(figures, "embedded/big-x", items, texts))
    for way in ("hint", "critique", "candidates"):
        assert figures.values[f"big-x.memory.{way}.obeyed"]["mean"] == 0
    assert figures.values["big-x.problem.obeyed"]["mean"] == 1


def test_routing_that_moves_is_counted_and_set_off() -> None:
    alone, guided = (
        {"big-model::alone": p, "sums::guides": 0.5, "plans::guides": 0.5} for p in (0.9, 0.3)
    )
    before = [injection.View("big-model::alone", alone), injection.View("sums::guides", guided)]
    after = [injection.View("sums::guides", guided), injection.View("big-model::alone", guided)]
    figures = Figures("injection", seed=0, n=2)
    injection._write(figures, "swapped", injection._changes(before, after))
    injection._write(figures, "drawn", injection._changes(before, [after[0], before[1]]))
    assert figures.values["swapped.moved"]["mean"] == 1
    assert figures.values["swapped.shares_moved"] == 0  # as many came as went
    assert figures.values["drawn.moved"]["mean"] == figures.values["drawn.shares_moved"] == 0.5
    assert figures.values["swapped.p_change.largest"] == pytest.approx(0.6)
    assert figures.values["swapped.over_bound"]["mean"] == 0.5
