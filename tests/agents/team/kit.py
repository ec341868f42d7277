"""Toy specialists and a team of them: sums, so that every answer can be checked."""

import re
from collections.abc import Sequence
from typing import Any

from autogen_agentchat.base import TaskResult
from autogen_agentchat.messages import BaseChatMessage, TextMessage

from knowhow_agents.big_model.double import Said, ScriptedModel
from knowhow_agents.protocol.whathow import WhatHow
from knowhow_agents.protocol.wording import Style
from knowhow_agents.team.specialists import Specialist, Strategy
from knowhow_agents.team.team import KnowhowTeam
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate, OutcomePublic
from knowhow_router.router import Router

PLAIN = '{"domain": "sums"}'
PROBLEM = "Add 2 and 3."
CHAIN = '{"domain": "sums", "sub_problems": ["Add 2 and 3.", "Add 4 and 4.", "Add #1 and #2."]}'


def total(problem: str) -> str:
    return str(sum(map(int, re.findall(r"\d+", problem))))


def wrong(problem: str) -> str:
    return "-1"


def is_total(problem: str, answer: str) -> float | None:
    """Nothing is said about what is no sum."""
    return float(answer == total(problem)) if problem.startswith("Add") else None


def adder(**strategies: Strategy) -> Specialist:
    return Specialist("adder", "adds", strategies or {"adds": total}, is_total)


def big(*said: Said) -> WhatHow:
    return WhatHow(ScriptedModel(*said), style=Style.BRIEF)


def team(memory: Memory, specialists: Sequence[Specialist] = (), **more: Any) -> KnowhowTeam:
    return KnowhowTeam(memory, Router(memory), specialists, **more)


def teach(memory: Memory, *, good: str, bad: str) -> int:
    """Let the router know better; returns how many outcomes there are now."""
    problems = [f"Add {number} and {number + 1}." for number in range(20)]
    told = {good: 1.0, bad: 0.0}
    rows = [OutcomeCreate(problem=p, arm=a, reward=r) for p in problems for a, r in told.items()]
    memory.record_many(rows)
    return memory.count()


def outcomes(memory: Memory) -> list[OutcomePublic]:
    return list(memory.outcomes(trajectories=True))


def said_by(result: TaskResult, source: str) -> list[str]:
    return [m.content for m in result.messages if isinstance(m, TextMessage) and m.source == source]


def final(result: TaskResult) -> TextMessage:
    message = result.messages[-1]
    assert isinstance(message, TextMessage)
    return message


def tagged(result: TaskResult, key: str) -> list[str]:
    chat = (message for message in result.messages if isinstance(message, BaseChatMessage))
    return [message.metadata[key] for message in chat if key in message.metadata]
