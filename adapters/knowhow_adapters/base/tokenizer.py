"""The byte-level BPE of the embedded models: single digits, whole trace keywords, lossless.

Trained on the corpus itself. Keywords become one token with and without a leading space, because
the trainer sees them more often than any other word; no token is added by hand, so a grammar can
treat all but the specials as plain bytes.
"""

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

from knowhow_adapters.base.corpus import words
from knowhow_adapters.base.corpus.registry import draw_example, load_skills

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

VOCABULARY = 1024
BOS, EOS, PAD, ANSWER = "<|bos|>", "<|eos|>", "<|pad|>", "<|answer|>"
SPECIALS = (BOS, EOS, PAD, ANSWER)
"""`ANSWER` ends a prompt: what follows is the model's."""
PIECES = (
    r" ?(?:prev|sub[1-9])\.result"
    r"|\p{N}"
    r"| ?[\p{L}\p{M}_]+(?:(?<=step)[12])?"
    r"| ?[^\s\p{L}\p{M}\p{N}_]+(?: (?=\p{N}))?"
    r"|\s"
)
"""What a token never crosses. A blank before a digit joins the punctuation, never the digit, so a
number looks the same wherever it stands."""
KEYWORDS = tuple(
    dict.fromkeys((*words.TRACE_WORDS, "yes", "no", "domain", "known", "find", "answer"))
)
KEYWORD_REPEATS = 2_000
"""More than any ordinary word in the sample, so keywords are merged first and wholly."""
SAMPLE = 6_000
"""Examples are enough for a thousand tokens."""
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}<|answer|>{{ message['content'] }}{{ eos_token }}"
    "{% else %}{{ message['content'] }}{% if not loop.last %}{{ '\\n' }}{% endif %}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}<|answer|>{% endif %}"
)


def train_tokenizer(seed: int, context: int) -> "PreTrainedTokenizerFast":
    """The same for the same seed and corpus."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIALS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_sample(seed), trainer)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token=BOS,
        eos_token=EOS,
        pad_token=PAD,
        additional_special_tokens=[ANSWER],
        model_max_length=context,
        clean_up_tokenization_spaces=False,
        chat_template=CHAT_TEMPLATE,
    )


def _sample(seed: int) -> Iterator[str]:
    rng = random.Random(f"tokenizer:{seed}")
    skills = sorted(load_skills().values(), key=lambda skill: skill.name)
    for index in range(SAMPLE):
        example = draw_example(skills[index % len(skills)], "train", rng)
        yield f"{example.prompt}\n{example.answer}"
    for _ in range(KEYWORD_REPEATS):
        yield " " + " ".join(KEYWORDS)
        yield from KEYWORDS
