"""Who learns what from which example, and variations whose traces stay right."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from knowhow_adapters.base.load import load_base
from knowhow_agents.skills.traces import bootstrap as bootstrapping
from knowhow_agents.skills.traces.baselines import Usual
from knowhow_agents.skills.traces.bootstrap import bootstrap
from knowhow_agents.skills.traces.divider import Vectors
from knowhow_agents.skills.traces.items import training_items
from knowhow_agents.skills.traces.language import SPECIALISTS, parse
from knowhow_agents.skills.traces.learning import (
    Learnt,
    Shown,
    Taught,
    everything,
    gather,
    sft,
)
from knowhow_agents.skills.traces.marks import look
from knowhow_agents.skills.traces.rounds import Tried
from knowhow_agents.skills.traces.sums import NotTold
from knowhow_agents.skills.traces.team import Attempt, lessons
from knowhow_agents.skills.traces.telling import Item
from knowhow_agents.skills.traces.variations import idle_sentences, vary
from knowhow_memory.embedder import HashEmbedder

ITEMS = training_items(600, seed=2)
VECTORS = Vectors(HashEmbedder())


def test_nobody_gets_more_examples_than_asked_for() -> None:
    taught = gather(ITEMS, at_most=20)
    assert set(taught) == set(SPECIALISTS)
    assert {len(found) for found in taught.values()} == {20}
    problems = {shown.problem for found in taught.values() for shown in found}
    assert len(everything(taught)) == len(problems) < 100, "composed ones are several people's"
    assert all(shown.concerns(agent) for agent, found in taught.items() for shown in found)


def test_sentences_that_do_not_matter_are_those_whose_numbers_no_step_needs() -> None:
    problem = "Kofi has 5 pears. A clock strikes every 9 minutes. He eats 2. How old are the 7?"
    trace = """\
expert: arithmetic
trace:
- {op: compute, compute_op: sub, args: [5, 2], var: left}
- {op: query, var: left}"""
    assert idle_sentences(problem, parse(trace)) == ["A clock strikes every 9 minutes."]


def test_variations_have_the_lessons_of_their_problems_but_for_what_does_not_matter() -> None:
    rng, told, longer = random.Random(0), 0, 0
    for item in ITEMS[:200]:
        trace = parse(item.trace)
        sight = look(vary(item.problem, ["It is 8.75 degrees outside."], rng))
        try:
            plain, varied = lessons(look(item.problem), trace), lessons(sight, trace)
        except NotTold:
            continue
        told += 1
        longer += "degrees outside" in sight.text
        assert varied == plain, (sight.text, item.trace)
    assert told > 180
    assert 0.2 * told < longer < 0.4 * told


def test_from_a_few_examples_and_outcomes_everybody_gets_an_adapter(tmp_path: Path) -> None:
    """And a run that is called again makes the same ones without trying anything again."""
    base, taught = load_base(), gather(ITEMS[:60], at_most=1)
    heard: list[int] = []

    def note(number: int, found: object, tried: object) -> None:
        heard.append(number)

    first = bootstrap(base, VECTORS, taught, [ITEMS[:2]], tmp_path, at_most=4, heard=note)
    attempts = (tmp_path / "round0" / "attempts.jsonl").read_bytes()
    again = bootstrap(base, VECTORS, taught, [ITEMS[:2]], tmp_path, at_most=4, heard=note)
    assert heard == [0, 0]
    assert {agent: adapter.ref for agent, adapter in first.adapters.items()} == {
        agent: adapter.ref for agent, adapter in again.adapters.items()
    }
    assert (tmp_path / "round0" / "attempts.jsonl").read_bytes() == attempts
    assert set(first.adapters) == {agent for agent, found in taught.items() if found}


def test_whoever_is_stopped_between_attempts_goes_on_with_those_that_were_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, taught = load_base(), gather(ITEMS[:60], at_most=1)
    tried: list[tuple[str, int]] = []

    def persist(team: object, items: Sequence[Item], *, seed: int, guessers: object) -> list[Tried]:
        [item] = items
        if tried and tried[-1][0] == ITEMS[0].problem:
            tried.append(("stopped", seed))
            raise KeyboardInterrupt
        tried.append((item.problem, seed))
        return [Tried(Attempt(item.problem, item.trace, ()), 1.0)]

    monkeypatch.setattr(bootstrapping, "PIECE", 1)
    monkeypatch.setattr(bootstrapping, "persist", persist)

    def run() -> None:
        bootstrap(base, VECTORS, taught, [ITEMS[:3]], tmp_path, at_most=4)

    with pytest.raises(KeyboardInterrupt):
        run()
    run()
    problems, seeds = zip(*tried, strict=True)
    assert problems == (ITEMS[0].problem, "stopped", ITEMS[1].problem, ITEMS[2].problem)
    assert len({seeds[0], *seeds[2:]}) == 3, "heat is not the same in every piece"
    kept = (tmp_path / "round0" / "attempts.jsonl").read_text().splitlines()
    assert [json.loads(line)["attempt"]["problem"] for line in kept] == [
        item.problem for item in ITEMS[:3]
    ]


def test_nobody_learns_for_attempts_that_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, taught = load_base(), gather(ITEMS[:60], at_most=1)
    places: list[str] = []

    def learn(base: object, vectors: object, taught: Taught, place: Path, *, seed: int) -> Learnt:
        places.append(place.name)
        return Learnt({}, Usual(taught))

    def persist(team: object, items: Sequence[Item], *, seed: int, guessers: object) -> list[Tried]:
        return [Tried(Attempt(item.problem, item.trace, ()), 1.0) for item in items]

    monkeypatch.setattr(bootstrapping, "sft", learn)
    monkeypatch.setattr(bootstrapping, "persist", persist)
    for _ in range(2):
        bootstrap(base, VECTORS, taught, [ITEMS[:2], ITEMS[2:4]], tmp_path, at_most=4)
    assert places == ["round0", "round1", "last", "last"]


def test_an_adapter_learns_what_it_is_shown(tmp_path: Path) -> None:
    base = load_base()
    [shown] = gather(ITEMS, at_most=1)["rate_equation"]
    assert isinstance(shown, Shown)
    learnt = sft(base, VECTORS, {"rate_equation": [shown]}, tmp_path)
    assert list(learnt.adapters) == ["rate_equation"]
    assert learnt.divider.divide(look(shown.problem), temperature=0.0, seed=0)
