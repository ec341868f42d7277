"""What specialists' adapters think of their strategies: the opinion that the router hears.

A specialist has one where its champion learnt which way to prefer and two or more of its strategies
are candidates. Until then the base is not loaded, and asking costs a look at one small file for
each specialist. Promotions and rollbacks count from the next question on. Knows nothing about what
the router makes of it.
"""

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from knowhow.settings import Settings
from knowhow.store import adapters_folder
from knowhow_adapters.names import AGENT_NAME
from knowhow_memory.models import split_arm

if TYPE_CHECKING:
    from knowhow_adapters.decode.engine import Decoder
    from knowhow_adapters.registry.registry import Registry

BANK_BYTES = 64 * 2**20


class Preferences:
    """Thread safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._prefers: dict[str, bool] = {}
        self._loading = threading.Lock()
        self._decoder: Decoder | None = None

    def __call__(self, problem: str, arms: Sequence[str]) -> dict[str, float]:
        """How likely the champions find each strategy, among those of the same specialist."""
        strategies: dict[str, dict[str, str]] = {}
        for arm in arms:
            agent, strategy = split_arm(arm)
            if strategy and AGENT_NAME.fullmatch(agent):
                strategies.setdefault(agent, {})[strategy] = arm
        thought: dict[str, float] = {}
        for agent, named in strategies.items():
            champion = self._champion(agent) if len(named) > 1 else None
            if champion is not None:
                shares = self._preferred(problem, list(named), champion)
                thought |= {named[strategy]: share for strategy, share in shares.items()}
        return thought

    def _champion(self, agent: str) -> str | None:
        """What serves for the specialist, if it learnt to prefer."""
        ref = self._registry.champion(agent)
        if ref is not None and ref not in self._prefers:
            self._prefers[ref] = self._registry.show(ref).lineage.prefers_strategies
        return ref if ref is not None and self._prefers[ref] else None

    def _preferred(self, problem: str, strategies: list[str], ref: str) -> dict[str, float]:
        from knowhow_adapters.learn.attempts import ask_strategy

        return self._loaded().choose(ask_strategy(problem), strategies, ref)

    @cached_property
    def _registry(self) -> "Registry":
        from knowhow_adapters.registry.registry import Registry

        return Registry(adapters_folder(self._settings))

    def _loaded(self) -> "Decoder":
        """The decoder; whoever comes first loads it."""
        with self._loading:
            if self._decoder is None:
                from knowhow_adapters.bank import Bank
                from knowhow_adapters.base.load import load_base
                from knowhow_adapters.decode.engine import Decoder

                base = load_base(self._settings.small_model.base)
                bank = Bank(base, self._registry.folder_of, max_bytes=BANK_BYTES)
                self._decoder = Decoder(base, bank)
            return self._decoder
