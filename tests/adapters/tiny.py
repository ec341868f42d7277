"""Tiny random models, written to a folder as a published model lies there: for tests of loading,
decoding and adapters. They answer nonsense, quickly and always the same."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    GemmaConfig,
    LlamaConfig,
    Phi3Config,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen3Config,
)
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

SPECIALS = ("<pad>", "<bos>", "<eos>")
KEYWORDS = (
    "expert", "trace", "init", "compute", "query", "var", "value", "source", "args", "op",
    "arithmetic", "percentage", "add", "sub", "mul", "prev", "result", "the", "ing", " a",
)  # fmt: skip
CONTEXT = 256
COMMON: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": CONTEXT,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    # The default of 0.02 leaves the logits of so narrow a model all but equal.
    "initializer_range": 0.3,
}
CONFIGS = {
    "llama": (LlamaConfig, {"tie_word_embeddings": True}),
    "qwen2": (Qwen2Config, {"tie_word_embeddings": True}),
    "qwen3": (Qwen3Config, {"tie_word_embeddings": False, "head_dim": 16}),
    "phi3": (Phi3Config, {"tie_word_embeddings": False}),
    "gemma": (GemmaConfig, {"head_dim": 8}),
}
TEMPLATE = "{% for m in messages %}<bos>{{ m['content'] }}\n{% endfor %}"


def tiny_tokenizer(template: str | None = None) -> PreTrainedTokenizerFast:
    """Byte-level BPE whose merges make whole keywords: lossless on any text."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = [*SPECIALS, *alphabet]
    merges: list[tuple[str, str]] = []
    for keyword in KEYWORDS:
        piece, *rest = keyword.replace(" ", "Ġ")
        for letter in rest:
            if piece + letter not in vocabulary:
                vocabulary.append(piece + letter)
                merges.append((piece, letter))
            piece += letter
    ids = {token: number for number, token in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.BPE(vocab=ids, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=SPECIALS[0],
        bos_token=SPECIALS[1],
        eos_token=SPECIALS[2],
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = template
    return fast


def tiny_folder(
    folder: Path,
    architecture: str = "llama",
    *,
    seed: int = 0,
    template: str | None = None,
    **changes: Any,
) -> Path:
    """A loadable model folder of one of the `CONFIGS`; `changes` go into its config."""
    tokenizer = tiny_tokenizer(template)
    kind, own = CONFIGS[architecture]
    config = kind(**{**COMMON, "vocab_size": len(tokenizer), **own, **changes})
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config)
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    return folder
