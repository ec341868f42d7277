"""Grammars: what a text may look like, and which tokens that leaves at every point.

A `Grammar` is a value; `Grammars` compiles it for one tokenizer and keeps what it compiled. At any
point a grammar either allows several tokens, and the model chooses, or forces the next ones, and no
model is needed. Knows nothing about models and batches.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import llguidance
import numpy as np
from llguidance.hf import from_tokenizer
from numpy.typing import NDArray

from knowhow_memory.errors import InputError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

COMPILED = 256
"""Grammars kept ready; compiling takes milliseconds, copying one that is ready ten microseconds."""
UNFORCED = '%llguidance {"no_forcing": true}'
"""Else letters that are sure are let through in one writing alone, be it one nobody uses."""
MOST_FOLLOWING = 512
"""Where more tokens than these may follow, a part of them speaks for all."""


@dataclass(frozen=True)
class Grammar:
    source: str
    """As llguidance reads it."""

    @classmethod
    def lark(cls, text: str) -> "Grammar":
        return cls(llguidance.LLMatcher.grammar_from_lark(f"{UNFORCED}\n{text}"))

    @classmethod
    def json(cls, schema: Mapping[str, Any], *, spaced: bool = False) -> "Grammar":
        """One JSON document on a line. Only what the schema bounds is sure to end.

        `spaced`: with a space after commas and colons, as `json.dumps` writes it and models that
        read such texts expect it; otherwise without any.
        """
        form: dict[str, Any] = {"whitespace_flexible": False}
        if spaced:
            form |= {"item_separator": ", ", "key_separator": ": "}
        return cls.lark(f"start: %json {json.dumps({**schema, 'x-guidance': form})}")

    @classmethod
    def choice(cls, options: Sequence[str]) -> "Grammar":
        if not options or not all(options):
            raise InputError(f"a choice needs texts to choose from, got {list(options)!r}")
        return cls.lark(f"start: {' | '.join(map(quote, options))}")


def quote(text: str) -> str:
    """As a grammar's literal."""
    return json.dumps(text, ensure_ascii=False)


class Grammars:
    """Compiled grammars of one tokenizer; safe to share between threads."""

    def __init__(
        self, tokenizer: "PreTrainedTokenizerFast", vocabulary: int, ends: frozenset[int]
    ) -> None:
        self._tokenizer = from_tokenizer(tokenizer, n_vocab=vocabulary, eos_token=sorted(ends))
        self._spelling = Spelling(self._tokenizer, vocabulary)
        self._compiled: OrderedDict[str, llguidance.LLMatcher] = OrderedDict()
        self._lock = threading.Lock()

    def start(self, grammar: Grammar) -> "Guide":
        with self._lock:
            matcher = self._compiled.get(grammar.source)
            if matcher is None:
                matcher = self._compile(grammar)
                self._compiled[grammar.source] = matcher
                if len(self._compiled) > COMPILED:
                    self._compiled.popitem(last=False)
            self._compiled.move_to_end(grammar.source)
            return Guide(matcher.deep_copy(), self._spelling)

    def _compile(self, grammar: Grammar) -> llguidance.LLMatcher:
        matcher = llguidance.LLMatcher(self._tokenizer, grammar.source, log_level=0)
        if matcher.is_error():
            reason = " ".join(matcher.get_error().split())
            raise InputError(f"the grammar cannot be used: {reason}")
        return matcher


class Spelling:
    """How a text that goes on is written in tokens, as far as that is sure.

    It depends on what follows: `: ` may be one token before a number and two when it stands alone.
    A model that has read whole texts has never seen it otherwise.
    """

    def __init__(self, tokenizer: llguidance.LLTokenizer, vocabulary: int) -> None:
        self.tokenizer, self.vocabulary = tokenizer, vocabulary
        self._known: dict[tuple[str, bytes], list[int]] = {}

    def settled(self, text: str, following: NDArray[np.bool_]) -> list[int]:
        """The tokens that begin the text whichever of the `following` ones comes after it."""
        key = text, following.tobytes()
        agreed = self._known.get(key)
        if agreed is None:
            tokens = np.flatnonzero(following)[:MOST_FOLLOWING].tolist()
            agreed = self._agreed(text, list(map(self._text, tokens)))
            if len(self._known) >= COMPILED:
                self._known.clear()  # another thread may be reading: it keeps what it has
            self._known[key] = agreed
        return list(agreed)

    def _agreed(self, text: str, more: Sequence[str]) -> list[int]:
        writings = [self.tokenizer.tokenize_str(text + beginning) for beginning in more]
        agreed: list[int] = []
        for tokens in zip(*writings, strict=False):
            written = self.tokenizer.decode_str([*agreed, tokens[0]])
            if len(set(tokens)) > 1 or len(written) > len(text):
                break
            agreed.append(tokens[0])
        return agreed

    def _text(self, token: int) -> str:
        """Nothing of what ends a text."""
        if self.tokenizer.is_special_token(token):
            return ""
        return self.tokenizer.decode_bytes([token]).decode(errors="ignore")


class Guide:
    """One text on its way through its grammar."""

    def __init__(self, matcher: llguidance.LLMatcher, spelling: Spelling) -> None:
        self._matcher, self._spelling = matcher, spelling

    @property
    def satisfied(self) -> bool:
        """The text may end here."""
        return bool(self._matcher.is_accepting())

    @property
    def over(self) -> bool:
        """Nothing may follow."""
        return bool(self._matcher.is_stopped())

    def allowed(self) -> NDArray[np.bool_]:
        """Which tokens may come next; those that end a text are among them where it may end."""
        allowed = self._allowed_by(self._matcher)
        self._check()
        return allowed

    def take(self, token: int) -> list[int]:
        """Go on by a token that was allowed; return those that can only follow, taken as well."""
        self._matcher.consume_token(token)
        self._check()
        return self.take_forced()

    def take_forced(self) -> list[int]:
        if self._matcher.is_stopped():
            return []
        letters = self._matcher.compute_ff_bytes().decode(errors="ignore")
        forced = self._write(letters) if letters else []
        if forced:
            self._matcher.consume_tokens(forced)
        self._check()
        return forced

    def _write(self, letters: str) -> list[int]:
        tokens = self._spelling.tokenizer.tokenize_str(letters)
        ahead = self._matcher.deep_copy()
        ahead.consume_tokens(tokens)
        if ahead.is_stopped():
            return tokens
        return self._spelling.settled(letters, self._allowed_by(ahead))

    def _allowed_by(self, matcher: llguidance.LLMatcher) -> NDArray[np.bool_]:
        bits = np.frombuffer(matcher.compute_bitmask(), np.uint8)
        count = self._spelling.vocabulary
        return np.unpackbits(bits, count=count, bitorder="little").view(np.bool_)

    def _check(self) -> None:
        if self._matcher.is_error():
            reason = " ".join(self._matcher.get_error().split())
            raise InputError(f"the grammar gave up on a text: {reason}")
