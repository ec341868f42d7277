"""Versions that learnt from somebody who was purged since."""

from pathlib import Path

import pytest

from knowhow_adapters.base.load import Base
from knowhow_adapters.learn.purged import forget, forget_absent
from knowhow_adapters.registry.lineage import source_digest
from knowhow_adapters.registry.registry import Registry
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate
from tests.adapters.learn.kit import tiny_base
from tests.adapters.registry.kit import adapter, lineage, promote

HOME, ACME = source_digest("tenant", "default"), source_digest("tenant", "acme")
ANN, EVE = source_digest("principal", "ann"), source_digest("principal", "eve")


@pytest.fixture
def base() -> Base:
    return tiny_base()


def published(registry: Registry, base: Base, agent: str, *learnt: tuple[str, ...]) -> list[str]:
    """One champion after the other, each of whom learnt from those sources."""
    refs = [
        registry.publish(adapter(base, at, agent=agent), base, lineage(at, sources=sources))
        for at, sources in enumerate(learnt)
    ]
    promote(registry, *refs)
    return refs


def test_versions_that_learnt_from_somebody_are_named_and_withdrawn(
    base: Base, tmp_path: Path
) -> None:
    registry = Registry(tmp_path)
    old, new = published(registry, base, "sums", (HOME, ANN), (HOME, ANN, EVE))
    [other] = published(registry, base, "words", (HOME, EVE))
    found = forget(registry, principal="eve")
    assert (found.learnt, found.served) == ([new, other], [new, other])
    assert (registry.champion("sums"), registry.champion("words")) == (old, None)
    again = forget(registry, principal="eve")
    assert (again.learnt, again.served) == ([new, other], [])


def test_a_principal_within_a_tenant_is_looked_for_there(base: Base, tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    here, there = published(registry, base, "sums", (HOME, EVE), (ACME, EVE))
    assert forget(registry, tenant="acme", principal="eve").learnt == [there]
    assert registry.champion("sums") == here
    assert forget(registry, tenant="acme").learnt == [there]
    assert forget(registry).learnt == []


def test_whom_another_program_purged_is_missed_in_the_log(base: Base, tmp_path: Path) -> None:
    registry = Registry(tmp_path / "adapters")
    old, new = published(registry, base, "sums", (HOME, ANN), (HOME, ANN, EVE))
    with Memory.open(tmp_path / "store", embedder="hash:16") as memory:
        for name in ("ann", "eve"):
            memory.record(OutcomeCreate(problem="2 + 2?", arm="sums", reward=1.0, principal=name))
        assert forget_absent(memory, registry, "sums") == []
        memory.purge(principal="eve")
        memory.record(OutcomeCreate(problem="2?", arm="words", reward=1.0, principal="eve"))
        assert forget_absent(memory, registry, "sums") == [new]
        assert registry.champion("sums") == old
        assert forget_absent(memory, registry, "sums") == []
        assert registry.history("sums")[-1].cause == "it learnt from somebody who was purged"
