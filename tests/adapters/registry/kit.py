"""A registry of random adapters on a tiny base."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from knowhow.benches._adapters import random_adapter
from knowhow_adapters.base.load import Base
from knowhow_adapters.registry.lineage import Data, Gate, Lineage, source_digest
from knowhow_adapters.registry.registry import Registry

START = datetime(2026, 11, 1, tzinfo=UTC)
adapter = cache(random_adapter)


def lineage(number: int = 0, rewards: Mapping[str, float] | None = None, **more: Any) -> Lineage:
    """Of the `number`-th training; later ones are younger."""
    return Lineage(
        origin="trained",
        data=Data(digest="d" * 64, first_seq=1, last_seq=500 + number, n=500),
        gate=Gate(
            verdict="better",
            evidence=31.5,
            n=120,
            gain=0.08,
            gain_low=0.03,
            gain_high=0.13,
            reasons=("ahead on 19 problems, behind on 4",),
            rewards=rewards or {},
        ),
        seed=number,
        settings={"rank": 8, "learning_rate": 0.001},
        created_at=START + timedelta(hours=number),
        **{"sources": (source_digest("principal", f"user-{number}"),), **more},
    )


def filled(root: Path, base: Base, count: int, agent: str = "sums") -> tuple[Registry, list[str]]:
    """A registry with so many versions, the oldest first."""
    registry = Registry(root)
    refs = [
        registry.publish(adapter(base, number, agent=agent), base, lineage(number))
        for number in range(count)
    ]
    return registry, refs


def promote(registry: Registry, *refs: str) -> None:
    for ref in refs:
        agent = ref.partition("@")[0]
        seen = registry.aliases(agent).revision
        registry.promote(agent, ref, expect_revision=seen, cause="a test")
