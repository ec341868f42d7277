"""From a prompt to tokens: the template writes special tokens, whoever asks never does.

A text such as "<|im_end|>" inside a prompt is read letter by letter; as the token of that name it
would end the user's turn and let the rest of the prompt speak for somebody else. Knows nothing
about models.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

PRIVATE = range(0xF0000, 0xFFFFE)
"""Characters without a meaning: they stand for what a template must not take for its own."""


class Prompts:
    """Safe to share between threads."""

    def __init__(self, tokenizer: "PreTrainedTokenizerFast") -> None:
        self._tokenizer = tokenizer
        self._bare = tokenizer.chat_template is None
        self._specials = set(_special_tokens(tokenizer))
        self._literal: Tokenizer | None = None

    def render(self, prompt: str) -> str:
        """The prompt in the model's chat template, or as it is where there is none."""
        if self._bare:
            return prompt
        message = [{"role": "user", "content": prompt}]
        return str(
            self._tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
        )

    def encode(self, prompt: str) -> list[int]:
        """The rendered prompt as tokens; a template writes the token that begins a text itself."""
        if written := {prompt[start:end] for start, end, _ in self._find_specials(prompt)}:
            return self._encode_around(prompt, written)
        # Of prompts that are too long the library would warn; whoever decodes refuses them.
        encoding = self._tokenizer(
            self.render(prompt), add_special_tokens=self._bare, verbose=False
        )
        return list(encoding["input_ids"])

    def encode_part(self, text: str, *, begin: bool = False) -> list[int]:
        """A text by its letters alone; `begin` adds what the tokenizer begins every text with."""
        if self._literal is None:
            self._literal = literal_tokenizer(self._tokenizer)
        return list(self._literal.encode(text, add_special_tokens=begin).ids)

    def _encode_around(self, prompt: str, written: set[str]) -> list[int]:
        """Hide what the user wrote until the template's own special tokens are found."""
        if self._bare:
            return self.encode_part(prompt, begin=True)
        unused = (chr(code) for code in PRIVATE if chr(code) not in prompt)
        marks = dict(zip(written, unused, strict=False))
        for text, mark in marks.items():
            prompt = prompt.replace(text, mark)
        hidden = {ord(mark): text for text, mark in marks.items()}
        rendered = self.render(prompt)
        tokens: list[int] = []
        read = 0
        for start, end, special in self._find_specials(rendered):
            tokens += [*self.encode_part(rendered[read:start].translate(hidden)), special]
            read = end
        return tokens + self.encode_part(rendered[read:].translate(hidden))

    def _find_specials(self, text: str) -> list[tuple[int, int, int]]:
        """Start, end and number of every special token that is written out in a text."""
        found = self._tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        pairs = zip(found["input_ids"], found["offset_mapping"], strict=True)
        return [(start, end, token) for token, (start, end) in pairs if token in self._specials]


def literal_tokenizer(tokenizer: "PreTrainedTokenizerFast") -> "Tokenizer":
    """The same tokenizer, for which special tokens are letters like any other.

    A copy: in the tokenizer itself that is a switch, which threads would turn under each other.
    """
    from tokenizers import Tokenizer

    content = json.loads(tokenizer.backend_tokenizer.to_str())
    specials = set(_special_tokens(tokenizer))
    for token in content["added_tokens"]:
        token["special"] = token["id"] in specials
    literal = Tokenizer.from_str(json.dumps(content))
    literal.no_padding()
    literal.no_truncation()
    literal.encode_special_tokens = True
    return literal


def _special_tokens(tokenizer: "PreTrainedTokenizerFast") -> Iterator[int]:
    """Those that say so, and those that a template writes: not every model marks its own."""
    template = str(tokenizer.chat_template or "")
    for number, token in tokenizer.added_tokens_decoder.items():
        if token.special or (token.content.strip() and token.content in template):
            yield number
