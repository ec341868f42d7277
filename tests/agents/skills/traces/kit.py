"""Somebody who divides and somebody who has hunches, as they are told."""

from collections.abc import Mapping, Sequence

from knowhow_agents.skills.traces.divider import Divider
from knowhow_agents.skills.traces.division import Division, Share
from knowhow_agents.skills.traces.hunches import Hunches
from knowhow_agents.skills.traces.marks import Sight

SHOP = "Kofi buys 3 pens for $2 each. The bill is lowered by 50 percent. What is it after that?"
PARTS = (Share("arithmetic", (0,)), Share("percentage", (1, 2)))
WHOLE = (Share("arithmetic", (0, 1, 2)),)


class Divides(Divider):
    def __init__(self, *found: tuple[float, Division]) -> None:
        self._found = list(found)

    def divisions(
        self, sight: Sight, most: int = 1, doubt: float = 0.0
    ) -> list[tuple[float, Division]]:
        return self._found


class Thinks(Hunches):
    def __init__(self, thoughts: Mapping[str, Mapping[str, float]]) -> None:
        """By specialist."""
        self._thoughts = thoughts

    def of(self, agent: str, prompts: Sequence[str]) -> list[dict[str, float]]:
        return [dict(self._thoughts.get(agent, {})) for _ in prompts]
