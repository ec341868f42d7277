"""Publishing under kills, failing disks, rivals and readers: the bench, in small."""

from pathlib import Path

import pytest

from knowhow.benches import publish
from knowhow.benches.crash.publishing import AGENT, Life, State, _Ward
from knowhow.figures import Figures
from knowhow_adapters.base.load import Base
from knowhow_adapters.registry.registry import Registry

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
"""PEFT asks transformers in a way that the latter is about to drop."""


@pytest.fixture(scope="module")
def figures(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Figures:
    found = Figures("publish", seed=0, n=publish.QUICK.kills)
    folder = tmp_path_factory.mktemp("publish")
    assert base.folder
    publish.measure(found, publish.QUICK, base.folder, folder, 0, lambda line: None)
    return found


def test_no_kill_and_no_failing_disk_leaves_half_a_version(figures: Figures) -> None:
    assert figures.values["ok"], figures.notes
    for key in ("kills.partial_visible", "kills.champion_lost", "kills.faults"):
        assert figures.values[key] == 0


def test_enough_happened_to_say_so(figures: Figures) -> None:
    values = figures.values
    operations = {key: n for key, n in values.items() if key.startswith("operations.")}
    assert values["operations.publish"] >= 25 and min(operations.values()) >= 5
    assert values["kills.count"] == sum(operations.values())
    assert values["refusals.count"] >= sum(operations.values()) / 2
    assert values["watch.looks"] >= publish.QUICK.moves


def test_of_two_that_promote_at_once_one_wins(figures: Figures) -> None:
    assert figures.values["race.exactly_one_won"] == publish.QUICK.rounds


def test_another_process_sees_whole_versions_only(figures: Figures) -> None:
    assert figures.values["watch.partial_visible"] == 0
    assert figures.values["rollback.seen.p99_ms"] >= 0


def test_plain_peft_answers_the_same_with_what_was_exported(figures: Figures) -> None:
    values = figures.values
    assert values["export.versions"] == publish.EXPORTED
    assert values["export.max_logit_difference"] <= 1e-4 * values["export.logit_size"]


def test_a_version_that_falls_short_ends_within_fifty_requests(figures: Figures) -> None:
    assert figures.values["trial.gap_50.ended"]["mean"] >= 0.95
    assert figures.values["trial.gap_0.ended"]["mean"] <= 0.1
    assert figures.values["trial.gap_0.most_requests"] == 50


def test_half_a_version_would_be_noticed(base: Base, tmp_path: Path) -> None:
    ward = _Ward(life := Life(base), tmp_path, None, None)  # type: ignore[arg-type]
    life.first(registry := Registry(tmp_path))
    ref = life.adapter(0).ref
    weights = registry.folder_of(ref) / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    wrong = State(frozenset(), None, None, 0)
    faults = list(ward._examine(Life.promote, tmp_path, [wrong]))
    assert registry.champion(AGENT) == life.adapter(5).ref or len(faults) >= 3
    assert "does not load" in faults[0] and "does not load" in faults[1]
    assert "neither the state before" in faults[2]
