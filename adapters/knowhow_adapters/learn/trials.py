"""A version on trial is told what it and the champion earned since, and ends when it falls short.

The log says which version answered, so any process may look, and all that do see the same. Knows
nothing about training.
"""

from typing import TYPE_CHECKING

from knowhow_adapters.registry.trial import Ruling, Trial
from knowhow_memory.models import ARM_SEPARATOR

if TYPE_CHECKING:
    from knowhow_adapters.registry.registry import Registry
    from knowhow_memory.memory import Memory


def rule_on_trial(memory: "Memory", registry: "Registry", agent: str) -> Ruling | None:
    """How the agent's version on trial does; None without one. Takes it off when it fell short."""
    aliases = registry.aliases(agent)
    shadow = aliases.shadow
    if shadow is None:
        return None
    trial = Trial()
    for version, reward in _rewards(memory, agent, since=_begin(registry, agent, shadow)):
        if version == shadow:
            trial.add_shadow(reward)
        elif version == aliases.champion:
            trial.add_champion(reward)
    if trial.ruling.state == "fell short":
        registry.end_shadow(agent, shadow, cause=trial.ruling.reason)
    return trial.ruling


def _begin(registry: "Registry", agent: str, shadow: str) -> float:
    begun = [m.at for m in registry.history(agent) if (m.move, m.ref) == ("shadowed", shadow)]
    return begun[-1].timestamp()


def _rewards(memory: "Memory", agent: str, *, since: float) -> list[tuple[str | None, float]]:
    """Version and reward of the agent's outcomes; without a version the bare base answered."""
    return [
        (outcome.adapter_version, outcome.reward)
        for outcome in memory.outcomes()
        if outcome.reward is not None
        and outcome.recorded_at >= since
        and outcome.arm.partition(ARM_SEPARATOR)[0] == agent
    ]
