"""The pieces of one turn, whoever leads it: what an arm whispers, what an answer is worth, and
what is kept of it.

Knows nothing of who asks, routes or records.
"""

from collections.abc import Sequence
from typing import Any

from knowhow_agents.protocol.attempt import Attempt
from knowhow_agents.protocol.checks import check
from knowhow_agents.protocol.guidance import Guidance
from knowhow_agents.protocol.spec import Spec
from knowhow_agents.protocol.whisper import Whisper
from knowhow_memory.models import ARM_SEPARATOR, split_arm

ALONE = f"big-model{ARM_SEPARATOR}alone"
"""The arm that gets no guidance."""
GUIDES = "guides"
"""The strategy of a specialist who whispers to the big model."""
CHECKED = "check"
"""Who verified, where an answer was held against the spec."""
ROUTER = "router"


def guidance_for(arm: str, record: str | None, whispered: Whisper | None) -> Sequence[Guidance]:
    """A specialist's own word, or else the arm's record as a hint; nothing for the model alone."""
    if whispered is not None:
        return [whispered.guidance]
    if arm == ALONE or record is None:
        return []
    agent, strategy = split_arm(arm)
    way = f"{agent}, by {strategy}" if strategy else agent
    return [Guidance(f"{way}: {record}", ROUTER)]


def worth(problem: str, spec: Spec, answer: str | None) -> float | None:
    """Where the spec says enough to see it."""
    met = None if answer is None else check(problem, spec, answer)
    return None if met is None else float(met)


def kept(attempt: Attempt, whispered: Whisper | None) -> list[dict[str, Any]]:
    """A reward says something about the specialist's word only where that was followed."""
    steps = attempt.trajectory()
    if whispered is None:
        return steps
    followed = attempt.followed == whispered.guidance.source
    asking, saying = ("prompt", "answer") if followed else ("asked", "said")
    return [{asking: whispered.asked, saying: whispered.said}, *steps]
