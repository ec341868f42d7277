"""The eval of know-how under another big model: what counts as learnt, and what is compared."""

import asyncio
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import pytest
from autogen_core.models import CreateResult, LLMMessage, RequestUsage

from knowhow.evals import _stories, cross_model
from knowhow.evals._problems import Item
from knowhow.evals._specialist import Domain, Specialist
from knowhow.evals.cross_model import ALONE, ARMS, GUIDED, SPECIALIST, Draft, Executor, KnowHow
from knowhow.figures import Figures
from knowhow_agents.big_model.double import ScriptedModel
from knowhow_agents.protocol.guidance import Guidance
from knowhow_agents.protocol.whathow import WhatHow
from knowhow_agents.protocol.wording import Style
from knowhow_memory.errors import InputError

COUNT = 12


class Credulous(ScriptedModel):
    """Follows whatever result it is told, and knows nothing by itself."""

    async def create(self, messages: Sequence[LLMMessage], **options: Any) -> CreateResult:
        told = re.search("result: (.*)", str(messages[-1].content))
        said = f"fits: yes\nanswer: {told[1]}" if told else "answer: 0"
        usage = RequestUsage(prompt_tokens=0, completion_tokens=0)
        return CreateResult(finish_reason="stop", content=said, usage=usage, cached=False)


@dataclass(frozen=True)
class Whispering:
    """A specialist that is right, or knows nothing."""

    knows: bool
    domain: Domain = _stories

    def whispers(self, items: Sequence[Item]) -> list[Guidance | None]:
        return [item.oracle if self.knows else None for item in items]

    def say(self, prompts: Sequence[str], *, warm: int | None = None) -> list[str]:
        return [
            "1 + 1" if warm is None else "2 + 2" if n else "no sum" for n in range(len(prompts))
        ]


def specialist(*, knows: bool) -> Specialist:
    return cast(Specialist, Whispering(knows))


@pytest.fixture
def items() -> list[Item]:
    return _stories.draw(COUNT, 1, "exam")


@pytest.fixture
def executor() -> Executor:
    return Executor("big-x", WhatHow(Credulous(), style=Style.BRIEF))


def test_each_draft_is_kept_once_and_only_what_can_be_whispered(items: list[Item]) -> None:
    drafts = cross_model._drafts(specialist(knows=False), items, 0)
    assert [draft.said for draft in drafts[:COUNT]] == ["1 + 1"] * COUNT
    assert [draft.said for draft in drafts[COUNT:]] == ["2 + 2"] * (COUNT - 1)


def test_an_attempt_counts_where_the_guided_model_was_right(
    items: list[Item], executor: Executor
) -> None:
    rng = random.Random(0)
    drafts = [
        Draft(item, "asked", f"said {n}", item.oracle if n % 2 else item.misread(rng))
        for n, item in enumerate(items)
    ]
    examples = asyncio.run(cross_model._rewarded(executor, drafts))
    assert [one.answer for one in examples] == [f"said {n}" for n in range(1, COUNT, 2)]


def test_every_arm_is_tried_on_problems_of_its_own(items: list[Item], executor: Executor) -> None:
    outcomes = asyncio.run(cross_model._outcomes(executor, items, specialist(knows=True)))
    assert sorted(one.problem for one in outcomes) == sorted(item.problem for item in items)
    rewards = {arm: {one.reward for one in outcomes if one.arm == arm} for arm in ARMS}
    assert rewards == {ALONE: {0.0}, GUIDED: {1.0}, SPECIALIST: {1.0}}


def test_own_and_others_know_how_are_told_apart(items: list[Item], executor: Executor) -> None:
    said = [item.oracle for item in items]
    half = [GUIDED, ALONE] * (COUNT // 2)
    learnt = {"big-x": KnowHow(said, [GUIDED] * COUNT), "big-y": KnowHow(said, half)}
    figures = Figures("cross-model", seed=0, n=COUNT)
    nothing = [None] * COUNT
    asyncio.run(cross_model._examine(figures, "stories", executor, items, nothing, learnt))
    found = {key: value["mean"] for key, value in figures.values.items()}
    assert found["stories.big-x.alone"] == found["stories.big-x.untaught.guided"] == 0
    assert found["stories.big-x.own.routed"] == found["stories.big-x.others.guided"] == 1
    assert found["stories.big-x.others.routed"] == found["stories.big-x.kept"] == 0.5


def test_who_gains_nothing_keeps_nothing() -> None:
    figures = Figures("cross-model", seed=0, n=2)
    cross_model._write_kept(figures, "x", [True, True], [False, True], [True, False])
    assert figures.values == {"x.kept": "its own know-how gains nothing"}


def test_two_models_must_differ() -> None:
    with pytest.raises(InputError, match="differ"):
        cross_model.run(seed=0, quick=True, report=print, other=cross_model.MODELS[0])
