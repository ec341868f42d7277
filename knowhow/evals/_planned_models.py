"""What big models make of planning problems: which strategy they choose, what spec they read.

An embedded model says how likely each strategy's name is as its whole answer, which is more than
it could say in words; any other one is asked in words. A name that no strategy has is counted, and
solves nothing. Knows nothing of routing.
"""

import asyncio
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from knowhow.figures import Figures
from knowhow_agents.big_model.embedded import PROVIDER, resident
from knowhow_agents.protocol.whathow import WhatHow
from knowhow_agents.protocol.wording import style_for
from knowhow_agents.skills.planning.analysed import spec_from
from knowhow_agents.skills.planning.catalogue import Strategy
from knowhow_agents.skills.planning.reading import read
from knowhow_agents.skills.planning.specialist import AGENT
from knowhow_memory.errors import KnowhowError
from knowhow_memory.models import ARM_SEPARATOR

if TYPE_CHECKING:
    from autogen_core.models import ChatCompletionClient

    from knowhow_router.replay.matrix import OutcomeMatrix

READ = 48
"""Problems that a model is asked to analyse; the strict reader reads all."""
ASKED = "{problem}\nWhich strategy solves this best: " + ", ".join(Strategy) + "? One word."
WORD = re.compile(r"[a-z]+")


def rate(
    figures: Figures, exam: "OutcomeMatrix", model: str, report: Callable[[str], None]
) -> None:
    name = f"big_model.{model.rpartition('/')[2]}"
    report(f"{model}: choosing strategies")
    choices = _chosen(model, exam.problems)
    arms = {arm: column for column, arm in enumerate(exam.arms)}
    solved = [
        choice is not None and exam.rewards[row, arms[f"{AGENT}{ARM_SEPARATOR}{choice}"]] == 1
        for row, choice in enumerate(choices)
    ]
    figures.share(f"{name}.own_choice", solved)
    figures.share(f"{name}.names_none", [choice is None for choice in choices])
    report(f"{model}: reading specs")
    step = max(1, len(exam.problems) // READ)
    problems = exam.problems[::step]
    figures.share(f"{name}.reads", asyncio.run(_reads(model, problems)))


def _chosen(model: str, problems: list[str]) -> list[Strategy | None]:
    provider, _, name = model.partition("/")
    if provider == PROVIDER:
        return [_likeliest(name, problem) for problem in problems]
    return asyncio.run(_said(model, problems))


def _likeliest(name: str, problem: str) -> Strategy | None:
    """None where a problem is longer than the model can read."""
    try:
        shares = resident(name).choose(ASKED.format(problem=problem), list(Strategy))
    except KnowhowError:
        return None
    return Strategy(max(shares, key=shares.__getitem__))


async def _said(model: str, problems: list[str]) -> list[Strategy | None]:
    from knowhow.evals._together import together

    client = together(model)
    return list(await asyncio.gather(*(_word(client, problem) for problem in problems)))


async def _word(client: "ChatCompletionClient", problem: str) -> Strategy | None:
    """The one strategy that is named."""
    from autogen_core.models import UserMessage

    message = UserMessage(content=ASKED.format(problem=problem), source="user")
    try:
        said = str((await client.create([message])).content).lower()
    except KnowhowError:
        return None
    named = set(WORD.findall(said)) & set(Strategy)
    return Strategy(named.pop()) if len(named) == 1 else None


async def _reads(model: str, problems: list[str]) -> list[bool]:
    from knowhow.evals._together import together

    what_how = WhatHow(together(model), style=style_for(model))
    return list(await asyncio.gather(*(_is_read(what_how, problem) for problem in problems)))


async def _is_read(what_how: WhatHow, problem: str) -> bool:
    try:
        return spec_from(await what_how.analyse(problem)) == read(problem)
    except KnowhowError:  # neither is what the provider refuses, or does not answer
        return False
