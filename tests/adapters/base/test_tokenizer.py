"""Lossless on anything, single digits, whole keywords."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from knowhow_adapters.base.load import load_base
from knowhow_adapters.base.tokenizer import KEYWORDS, SPECIALS, VOCABULARY
from tests.adapters.base.kit import bpe


@pytest.fixture(scope="module")
def trained() -> PreTrainedTokenizerFast:
    return bpe()


def test_size_and_specials(trained: PreTrainedTokenizerFast) -> None:
    assert len(trained) == VOCABULARY <= 1024
    assert [trained.convert_tokens_to_ids(s) for s in SPECIALS] == [0, 1, 2, 3]


@given(st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "replace")))
def test_any_text_comes_back(trained: PreTrainedTokenizerFast, text: str) -> None:
    assert trained.decode(trained(text)["input_ids"]) == text


@given(st.text())
def test_every_byte_of_a_text_is_in_its_tokens(trained: PreTrainedTokenizerFast, text: str) -> None:
    assert trained.unk_token is None
    assert trained.convert_tokens_to_ids(SPECIALS[1]) not in trained(text)["input_ids"]


@pytest.mark.parametrize("word", KEYWORDS)
def test_keywords_are_one_token_with_and_without_a_blank(
    trained: PreTrainedTokenizerFast, word: str
) -> None:
    for text in (word, f" {word}"):
        assert len(trained(text)["input_ids"]) == 1, text


@given(st.integers(0, 10**12))
def test_a_number_is_its_digits(trained: PreTrainedTokenizerFast, number: int) -> None:
    for text in (f"{number}", f" {number}", f"value: {number}", f"${number}"):
        ids = trained(text)["input_ids"]
        digits = [token for i in ids if (token := trained.decode([i])).strip().isdigit()]
        assert digits == list(str(number))


def test_training_again_gives_the_tokenizer_that_ships(trained: PreTrainedTokenizerFast) -> None:
    shipped = load_base().tokenizer
    assert shipped.backend_tokenizer.to_str() == trained.backend_tokenizer.to_str()


def test_the_chat_template_ends_a_prompt_with_the_marker(
    trained: PreTrainedTokenizerFast,
) -> None:
    messages = [{"role": "system", "content": "a"}, {"role": "user", "content": "b"}]
    text = trained.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert text == "<|bos|>a\nb<|answer|>"
