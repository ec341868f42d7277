"""Whoever is purged is forgotten by what serves, too: versions that learnt from them are withdrawn.

Versions say by digests whom they learnt from, so names need not be kept to find them. Light: no
model is loaded. The files of a withdrawn version stay until they are pruned; nothing serves them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from knowhow_adapters.learn.attempts import Attempt
from knowhow_adapters.registry.lineage import source_digest
from knowhow_memory.models import ARM_SEPARATOR, OutcomePublic

if TYPE_CHECKING:
    from knowhow_adapters.registry.registry import Registry
    from knowhow_memory.memory import Memory

CAUSE = "it learnt from somebody who was purged"


@dataclass(frozen=True)
class Forgotten:
    learnt: list[str]
    """Versions that learnt from whoever was purged."""
    served: list[str]
    """Those of them that served until now."""


def forget(
    registry: "Registry", *, tenant: str | None = None, principal: str | None = None
) -> Forgotten:
    """Of a tenant, of a principal, or of a principal within a tenant, as outcomes are purged."""
    gone = set()
    if tenant is not None:
        gone.add(source_digest("tenant", tenant))
    if principal is not None:
        gone.add(source_digest("principal", principal))
    found = Forgotten([], [])
    for agent in registry.agents() if gone else ():
        learnt = [ref for ref, sources in registry.sources(agent).items() if gone <= sources]
        found.learnt.extend(learnt)
        found.served.extend(registry.withdraw(agent, learnt, cause=CAUSE))
    return found


def forget_absent(memory: "Memory", registry: "Registry", agent: str) -> list[str]:
    """The same for whom another program purged: no outcome of theirs is left in the log. Names
    the versions that served until now."""
    aliases = registry.aliases(agent)
    if not aliases.named:
        return []
    present = sources_of(
        outcome for outcome in memory.outcomes() if outcome.arm.partition(ARM_SEPARATOR)[0] == agent
    )
    learnt = [ref for ref, sources in registry.sources(agent).items() if not sources <= present]
    return registry.withdraw(agent, learnt, cause=CAUSE)


def sources_of(outcomes: Iterable[Attempt | OutcomePublic]) -> set[str]:
    """Whose outcomes they are, by digests."""
    found = set()
    for outcome in outcomes:
        found.add(source_digest("tenant", outcome.tenant))
        if outcome.principal is not None:
            found.add(source_digest("principal", outcome.principal))
    return found
