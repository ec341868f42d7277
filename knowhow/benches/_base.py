"""The base that benches of adapters and of decoding run on.

The one that the settings name; where a checkout has no embedded one yet, a random one of its shape,
which costs the same time and memory and says nothing.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base

SHAPE: dict[str, Any] = {
    "vocab_size": 1024,
    "hidden_size": 256,
    "intermediate_size": 768,
    "num_hidden_layers": 6,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "max_position_embeddings": 1024,
    "tie_word_embeddings": True,
    # The default of 0.02 would leave the logits all but equal.
    "initializer_range": 0.2,
}
SPECIALS = ["<pad>", "<bos>", "<eos>"]


def load_bench_base(folder: Path) -> "Base":
    """`folder` is a place for the random one."""
    from knowhow.settings import load_settings
    from knowhow_adapters.base.load import DEFAULT_BASE, EMBEDDED, load_base

    named = load_settings().small_model.base
    if named == DEFAULT_BASE and not (EMBEDDED / DEFAULT_BASE).is_dir():
        named = str(_write_random(folder))
    return load_base(named)


def _write_random(folder: Path) -> Path:
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    fillers = [f"<{number}>" for number in range(SHAPE["vocab_size"] - len(SPECIALS + letters))]
    ids = {token: number for number, token in enumerate(SPECIALS + letters + fillers)}
    tokenizer = Tokenizer(models.BPE(vocab=ids, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    pad, bos, eos = SPECIALS
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, pad_token=pad, bos_token=bos, eos_token=eos
    ).save_pretrained(str(folder))
    torch.manual_seed(0)
    config = LlamaConfig(**SHAPE, pad_token_id=0, bos_token_id=1, eos_token_id=2)
    LlamaForCausalLM(config).save_pretrained(str(folder))
    return folder
