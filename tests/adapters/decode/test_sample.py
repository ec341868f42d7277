"""Drawing tokens: as often as their chances say, and never what is cut off or forbidden."""

import math

import pytest
import torch

from knowhow_adapters.decode.sample import Taste, choose

CHANCES = torch.tensor([0.5, 0.3, 0.15, 0.05])
DRAWS = 4_000


def draw(temperature: float = 1.0, top_p: float = 1.0, seed: int = 0) -> torch.Tensor:
    """How often each token came."""
    luck = torch.Generator().manual_seed(seed)
    logits = CHANCES.log()[None]
    tokens = [choose(logits, [Taste(temperature, top_p, luck)])[0][0] for _ in range(DRAWS)]
    return torch.bincount(torch.tensor(tokens), minlength=len(CHANCES)) / DRAWS


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_tokens_come_as_often_as_their_chances_say(temperature: float) -> None:
    expected = (CHANCES.log() / temperature).softmax(dim=0)
    error = 4 * (expected * (1 - expected) / DRAWS).sqrt()
    assert ((draw(temperature) - expected).abs() <= error).all()


@pytest.mark.parametrize(("top_p", "kept"), [(0.5, 1), (0.51, 2), (0.8, 2), (0.9, 3), (1e-9, 1)])
def test_top_p_keeps_the_likeliest_that_reach_it(top_p: float, kept: int) -> None:
    found = draw(top_p=top_p)
    expected = CHANCES[:kept] / CHANCES[:kept].sum()
    assert not found[kept:].any()
    torch.testing.assert_close(found[:kept], expected, atol=0.05, rtol=0)


def test_each_row_has_its_own_taste() -> None:
    logits = CHANCES.log().repeat(3, 1)
    logits[2, 0] = -math.inf
    logits[2, 2:] = -math.inf
    tastes = [
        Taste(0.0, 1.0, None),
        Taste(1.0, 1.0, torch.Generator().manual_seed(3)),
        Taste(9.0, 0.9, torch.Generator().manual_seed(3)),
    ]
    for _ in range(50):
        tokens, logprobs = choose(logits, tastes)
        assert (tokens[0], tokens[2]) == (0, 1)
        assert logprobs[0] == pytest.approx(math.log(0.5))
        assert logprobs[1] == pytest.approx(math.log(CHANCES[tokens[1]]))
        assert logprobs[2] == pytest.approx(0.0)


def test_a_row_draws_the_same_beside_any_others() -> None:
    def tokens(rows: int) -> list[int]:
        lucks = [torch.Generator().manual_seed(row) for row in range(rows)]
        logits = CHANCES.log().repeat(rows, 1)
        tastes = [Taste(1.0, 1.0, luck) for luck in lucks]
        return [choose(logits, tastes)[0][0] for _ in range(50)]

    assert tokens(1) == tokens(5)
