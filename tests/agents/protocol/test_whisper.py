"""What a champion whispers: readers of word problems set up sums that are carried out for them."""

from pathlib import Path

import pytest

from knowhow.benches._adapters import random_adapter
from knowhow_adapters.adapter import Adapter
from knowhow_adapters.base.load import load_base
from knowhow_adapters.learn.examples import Example
from knowhow_adapters.learn.train import Job
from knowhow_adapters.registry.lineage import Lineage
from knowhow_adapters.registry.registry import Registry
from knowhow_agents.protocol.whisper import Whisperer
from knowhow_agents.skills.traces.items import training_items
from knowhow_agents.skills.traces.language import parse
from knowhow_agents.skills.traces.learning import SETTINGS, learn
from knowhow_agents.skills.traces.marks import look
from knowhow_agents.skills.traces.team import lessons
from knowhow_agents.skills.traces.telling import Item

AGENT = "percentage"
READ = 10


@pytest.fixture
def item() -> Item:
    return next(item for item in training_items(100, 0) if item.specialists == (AGENT,))


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "adapters")


def champion(registry: Registry, adapter: Adapter) -> str:
    ref = registry.publish(adapter, load_base(), Lineage(origin="trained"))
    registry.promote(AGENT, ref, expect_revision=registry.aliases(AGENT).revision, cause="a test")
    return ref


def reader(item: Item, folder: Path) -> Adapter:
    """Has read one problem often."""
    [said] = lessons(look(item.problem), parse(item.trace))
    example = Example(said.prompt, said.answer, 1.0, AGENT, 0, None)
    job = Job(AGENT, [example] * SETTINGS.rows * READ, None, SETTINGS)
    return learn(load_base(), [job], folder)[AGENT]


def test_a_reader_sets_up_sums_as_it_was_taught_and_they_are_carried_out(
    registry: Registry, item: Item, tmp_path: Path
) -> None:
    ref = champion(registry, reader(item, tmp_path / "run"))
    whisper = Whisperer(registry, "knowhow-base").whisper(AGENT, item.problem)
    assert whisper is not None and whisper.guidance.source == ref
    _, _, result = whisper.guidance.text.partition("\nresult: ")
    assert float(result) == pytest.approx(float(item.answer), rel=1e-5)
    [said] = lessons(look(item.problem), parse(item.trace))
    assert (whisper.asked, whisper.said) == (said.prompt, said.answer)


@pytest.mark.parametrize("problem", ["", "How many cups? " * 5_000])
def test_a_reader_that_sets_nothing_up_whispers_nothing(registry: Registry, problem: str) -> None:
    champion(registry, random_adapter(load_base(), 1, agent=AGENT))
    assert Whisperer(registry, "knowhow-base").whisper(AGENT, problem) is None


def test_nobody_whispers_without_a_champion(registry: Registry, item: Item) -> None:
    assert Whisperer(registry, "knowhow-base").whisper(AGENT, item.problem) is None
