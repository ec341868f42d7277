"""The planner as others use it: from a text alone, and nothing hidden.

    for arm in ARMS: …                               "planner::greedy", "planner::table", …
    tried = attempt(problem, "planner::search")      reads the text, makes a plan, counts steps
    reward = check(item, tried.answer)               against the item, never against what was read

Strategies work on the spec that was read; a text that cannot be read, a problem that nobody can
solve and a name that no strategy has are said in the attempt, and cost a reward, not the run.
"""

from knowhow_agents.skills.planning import catalogue
from knowhow_agents.skills.planning.catalogue import Attempt, Strategy
from knowhow_agents.skills.planning.course import Answer
from knowhow_agents.skills.planning.items import Item
from knowhow_agents.skills.planning.reading import read
from knowhow_agents.skills.planning.specs import SpecRefused
from knowhow_memory.errors import NotFoundError
from knowhow_memory.models import ARM_SEPARATOR

AGENT = "planner"
ARMS = {f"{AGENT}{ARM_SEPARATOR}{strategy}": strategy for strategy in Strategy}
"""Arm → strategy."""


def attempt(problem: str, strategy: str) -> Attempt:
    """A plan for what the text says; `strategy` by its own name or by its arm's."""
    try:
        return catalogue.attempt(read(problem), ARMS.get(strategy, strategy))
    except (SpecRefused, NotFoundError) as refused:
        return Attempt(None, 0, str(refused))


def check(item: Item, answer: Answer | None) -> float:
    """1 for a plan that keeps every rule of the problem and is within 2% of the best known."""
    return catalogue.check(item.spec, answer, item.best)
