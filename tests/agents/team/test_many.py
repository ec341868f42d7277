"""Two hundred teams at once on one store."""

import asyncio
from collections import Counter

import pytest

from knowhow_agents.protocol.turns import ALONE
from knowhow_agents.team.orders import DECISION
from knowhow_agents.team.specialists import Specialist
from knowhow_agents.team.team import KnowhowTeam
from knowhow_memory.decisions import newest_decisions
from knowhow_memory.memory import Memory
from knowhow_router.router import Router
from tests.agents.team.kit import (
    CHAIN,
    PLAIN,
    adder,
    big,
    final,
    outcomes,
    tagged,
    teach,
    total,
    wrong,
)

TEAMS = 200
IN_PARTS = 20
"""Of the teams, those whose problem has three parts."""
HANGING = 10
"""Those with somebody who never answers."""

pytestmark = pytest.mark.anyio


async def test_two_hundred_teams_share_one_memory(memory: Memory) -> None:
    """No outcome is lost, doubled or credited to another's decision."""
    before = teach(memory, good="adder::adds", bad=ALONE)
    router = Router(memory)
    hangs = asyncio.Event()

    async def stuck(problem: str) -> str:
        await hangs.wait()
        return "never"

    lazy = Specialist("lazy", "hangs", {"hangs": stuck}, deadline_s=0.1)

    def team(number: int) -> KnowhowTeam:
        specialists = [adder(adds=total, wrong=wrong), *([lazy] if number < HANGING else [])]
        script = [CHAIN, *["answer: 13"] * 9] if number < IN_PARTS else [PLAIN, "answer: 5"]
        return KnowhowTeam(memory, router, specialists, what_how=big(*script), attempts=4)

    def task(number: int) -> str:
        return f"All of number {number}?" if number < IN_PARTS else f"Add 2 and 3{' ' * number}."

    running = [team(number).run(task=task(number)) for number in range(TEAMS)]
    results = await asyncio.gather(*running)
    answers = [final(result).content for result in results]
    assert answers == ["13"] * IN_PARTS + ["5"] * (TEAMS - IN_PARTS)
    made = [decision for result in results for decision in set(tagged(result, DECISION))]
    kept = newest_decisions(memory.database, TEAMS * 4)
    rows = outcomes(memory)[before:]
    assert Counter(made) == Counter(decision.id for decision in kept)
    assert Counter(row.decision_id for row in rows) == Counter(made)
    solved = [row for row in rows if row.reward == 1.0]
    assert len(solved) == TEAMS + 2 * IN_PARTS
