"""What these tests share: the smallest model that the real training loop can make."""

from functools import cache
from typing import TYPE_CHECKING

from knowhow_adapters.base.recipes import CONTEXT, Recipe
from knowhow_adapters.base.tokenizer import train_tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

TINY = Recipe("tiny", "a test", width=32, layers=2, heads=2, inner=48, learning_rate=3e-3)
GROWN = Recipe(
    "grown", "a test", width=32, layers=3, heads=2, inner=48, learning_rate=3e-3, grown_from="tiny"
)


@cache
def bpe() -> "PreTrainedTokenizerFast":
    """Trained once for all tests."""
    return train_tokenizer(0, CONTEXT)
