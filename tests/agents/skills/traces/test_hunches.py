"""Hunches come from texts alone, of sums that were right before, and are probabilities."""

import math

import pytest

from knowhow_agents.skills.traces.divider import Vectors
from knowhow_agents.skills.traces.hunches import LEAST_OFTEN, MANY, learn_hunches
from knowhow_agents.skills.traces.items import training_items
from knowhow_agents.skills.traces.learning import gather, said_by
from knowhow_agents.skills.traces.team import ASK, Said
from knowhow_memory.embedder import HashEmbedder

VECTORS = Vectors(HashEmbedder())
SAID = said_by(gather(training_items(500, seed=0), at_most=60))
HUNCHES = learn_hunches(SAID, VECTORS)


def likeliest(hunch: dict[str, float]) -> str:
    return max(hunch, key=hunch.__getitem__)


@pytest.mark.parametrize("agent", ["comparison", "percentage"])
def test_what_was_learnt_is_known_again(agent: str) -> None:
    own = [said for said in SAID if said.agent == agent]
    found = HUNCHES.of(agent, [said.prompt for said in own])
    right = [likeliest(hunch) == said.answer for hunch, said in zip(found, own, strict=True)]
    commonest = max(sum(said.answer == other.answer for other in own) for said in own)
    assert sum(right) > 0.8 * len(own) > 1.2 * commonest


def test_hunches_of_a_text_are_probabilities() -> None:
    [hunch] = HUNCHES.of("percentage", ["Ben saves 47% of $84."])
    assert sum(map(math.exp, hunch.values())) == pytest.approx(1, abs=1e-4)
    assert all("%" in words for words in hunch)


def test_there_are_none_of_what_was_hardly_ever_right_where_there_is_much_else() -> None:
    often, seldom = MANY, LEAST_OFTEN - 1
    said = [Said("a", ASK.format(text=f"{at} cups."), "1 + 2") for at in range(often)]
    said += [Said("a", ASK.format(text=f"{at} jugs."), "1 - 2") for at in range(often)]
    said += [Said("a", ASK.format(text=f"{at} pots."), "1 * 2") for at in range(seldom)]
    said += [Said("b", ASK.format(text=f"{at} pots."), "1 * 2") for at in range(seldom)]
    found = learn_hunches(said, VECTORS)
    assert found.of("a", ["3 pots."])[0].keys() == {"1 + 2", "1 - 2"}
    assert found.of("b", ["3 pots."])[0].keys() == {"1 * 2"}, "of few lessons everything counts"
    assert found.of("c", ["3 pots."]) == [{}], "a stranger"
    assert found.of("a", []) == []


def test_who_comes_first_matters() -> None:
    """The sentences are the same but for that, each by itself."""
    gives = "Ben gives 47 to Tom. {} has 84. How many has {}?"
    prompts = [ASK.format(text=gives.format(who, who)) for who in ("Ben", "Tom")]
    said = [
        Said("a", prompt, answer)
        for prompt, answer in zip(prompts, ("84 - 47", "84 + 47"), strict=True)
        for _ in range(LEAST_OFTEN)
    ]
    found = learn_hunches(said, VECTORS).of("a", prompts)
    assert [likeliest(hunch) for hunch in found] == ["84 - 47", "84 + 47"]
