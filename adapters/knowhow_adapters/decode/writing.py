"""Tokens to text as they come: whole characters only, and nothing that may belong to a stop text.

Knows nothing about where tokens come from.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tokenizers.decoders import DecodeStream

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast


class Writing:
    def __init__(self, tokenizer: "PreTrainedTokenizerFast", stop: tuple[str, ...]) -> None:
        self._tokenizer, self._stop = tokenizer, stop
        self._stream = DecodeStream(skip_special_tokens=True)
        self._text = ""
        self._shown = 0

    def add(self, token: int) -> bool:
        """Write a token down; true if a stop text is complete."""
        piece = self._stream.step(self._tokenizer.backend_tokenizer, token)
        if piece is None:
            return False
        # A stop text that this piece completes begins at most its own length before the piece.
        reach = max(map(len, self._stop), default=0)
        start = max(0, len(self._text) - reach)
        self._text += piece
        return any(stop in self._text[start:] for stop in self._stop)

    def news(self) -> str:
        """What can be shown since the last call."""
        held = max((_overlap(self._text, stop) for stop in self._stop), default=0)
        end = max(self._shown, len(self._text) - held)
        piece, self._shown = self._text[self._shown : end], end
        return piece

    def rest(self, whole: str) -> str:
        """What of the whole text has not been shown."""
        return whole[self._shown :]


def _overlap(text: str, stop: str) -> int:
    """How much of the end of `text` may be the beginning of `stop`."""
    longest = min(len(text), len(stop) - 1)
    return next((n for n in range(longest, 0, -1) if text.endswith(stop[:n])), 0)


def whole_text(
    tokenizer: "PreTrainedTokenizerFast", tokens: Sequence[int], stop: tuple[str, ...]
) -> str:
    text = str(tokenizer.decode(list(tokens), skip_special_tokens=True))
    cut = min((place for end in stop if (place := text.find(end)) >= 0), default=len(text))
    return text[:cut]
