"""A specialist that joins late and is better somewhere is found there."""

import random

from knowhow_agents.team.dispatch import Dispatcher
from knowhow_agents.team.plan import Part, Plan
from knowhow_agents.team.spans import Spans
from knowhow_agents.team.specialists import Specialist
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate
from knowhow_router.router import Router

BEFORE, FOUND_WITHIN, LAST = 60, 140, 20
SKILL = {
    ("old", "Add"): 0.4,
    ("old", "Sort"): 0.9,
    ("new", "Add"): 0.95,
    ("new", "Sort"): 0.3,
}


def test_a_newcomer_is_found_where_it_is_better(memory: Memory) -> None:
    rng, router = random.Random(3), Router(memory)

    def play(names: list[str], count: int) -> list[tuple[str, str]]:
        """What the team's router asks, problem by problem, and whom."""
        known = {name: Specialist(name, "x", {"tries": str}) for name in names}
        dispatcher = Dispatcher(
            memory, router, known, whisperer=None, big_model=None, spans=Spans()
        )
        asked = []
        for _ in range(count):
            kind = rng.choice(("Add", "Sort"))
            thing = "sums of coins" if kind == "Add" else "names in a list"
            problem = f"{kind} these {rng.randint(2, 99)} {thing}, number {rng.randint(1, 999)}."
            plan = Plan(problem=problem, attempts=1)
            step = dispatcher.choose(plan, Part(number=1, text=problem))
            assert step is not None
            name = step.arm.partition("::")[0]
            reward = float(rng.random() < SKILL[name, kind])
            memory.record(OutcomeCreate(decision_id=step.id, arm=step.arm, reward=reward))
            asked.append((kind, name))
        return asked

    play(["old"], BEFORE)
    asked = play(["old", "new"], FOUND_WITHIN)
    at_home = [name for kind, name in asked if kind == "Add"][-LAST:]
    elsewhere = [name for kind, name in asked if kind == "Sort"][-LAST:]
    assert at_home.count("new") > LAST / 2
    assert elsewhere.count("old") > LAST / 2
