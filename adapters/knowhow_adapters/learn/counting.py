"""How far each specialist is from its next run. Light: no model is loaded to count."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow_adapters.learn.attempts import read_attempts
from knowhow_adapters.learn.ledger import Ledger, read_ledger
from knowhow_adapters.names import AGENT_NAME, check_agent
from knowhow_memory.models import ARM_SEPARATOR

if TYPE_CHECKING:
    from knowhow_adapters.registry.registry import Registry
    from knowhow_memory.memory import Memory


@dataclass(frozen=True)
class Standing:
    """What is counted for one specialist, what is next, and what happened last."""

    agent: str
    new: int
    """Usable outcomes since the last run: rewarded, with the small model's words."""
    enough: int
    ledger: Ledger
    champion: str | None

    @property
    def due(self) -> bool:
        return self.ledger.order is not None or self.new >= self.enough


def learning_folder(root: Path, agent: str) -> Path:
    """Where a specialist's ledger lies."""
    return root / check_agent(agent)


def standing(
    memory: "Memory", registry: "Registry", root: Path, enough: int, agent: str
) -> Standing:
    ledger = read_ledger(learning_folder(root, agent))
    new = sum(1 for _ in read_attempts(memory, agent, after=ledger.learnt))
    return Standing(agent, new, enough, ledger, registry.champion(agent))


def specialists(memory: "Memory") -> list[str]:
    """Everybody in the log who can have an adapter: others' names could not name its folder."""
    names = {outcome.arm.partition(ARM_SEPARATOR)[0] for outcome in memory.outcomes()}
    return sorted(name for name in names if AGENT_NAME.fullmatch(name))
