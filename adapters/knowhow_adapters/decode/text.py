"""One text while it is decoded: what the model has still to read, what may follow, when it ends.

Knows nothing about models; whoever drives it feeds `pending` and brings back the chosen token.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from knowhow_adapters.decode.grammar import Guide
from knowhow_adapters.decode.request import Completion, Finish, Request
from knowhow_adapters.decode.sample import Taste
from knowhow_adapters.decode.writing import Writing, whole_text
from knowhow_memory.errors import KnowhowError

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base


class Text:
    def __init__(
        self, request: Request, base: "Base", prompt: list[int], guide: Guide | None, *, shown: bool
    ) -> None:
        self.request = request
        self.prompt = prompt
        self.limit = min(request.max_tokens, base.context - len(prompt))
        self.tokens: list[int] = []
        self.finish: Finish | None = None
        self.error: KnowhowError | None = None
        self._base = base
        self._guide = guide
        self._pending = list(prompt)
        self._luck = _generator(request.seed) if request.temperature > 0 else None
        self._logprob = 0.0
        self._writing = Writing(base.tokenizer, request.stop) if shown or request.stop else None
        if guide is not None:
            self._append(guide.take_forced())

    def read_pending(self) -> list[int]:
        """What the model has not read yet; nothing once the text is finished."""
        pending, self._pending = self._pending, []
        return [] if self.finish else pending

    def taste(self) -> Taste:
        return Taste(self.request.temperature, self.request.top_p, self._luck)

    def allowed(self) -> NDArray[np.bool_] | None:
        return None if self._guide is None else self._guide.allowed()

    def take(self, token: int, logprob: float) -> None:
        """Go on by the chosen token and whatever the grammar forces after it."""
        self._logprob += logprob
        if token in self._base.ends:
            self.finish = "stop" if self._guide is None else "grammar"
            return
        self._append([token] if self._guide is None else [token, *self._guide.take(token)])

    def check_cancelled(self) -> None:
        if self.request.cancel is not None and self.request.cancel.is_set():
            self.finish = self.finish or "cancelled"

    def fail(self, error: KnowhowError) -> None:
        self.finish, self.error = "error", error

    def news(self) -> str:
        return self._writing.news() if self._writing and not self.finish else ""

    def rest(self) -> str:
        """What `news` has not told of the finished text."""
        return self._writing.rest(self._whole()) if self._writing else self._whole()

    def complete(self) -> Completion:
        assert self.finish is not None
        return Completion(
            text=self._whole(),
            tokens=tuple(self.tokens),
            version=self.request.adapter or self._base.version,
            finish=self.finish,
            logprob=self._logprob,
            error=self.error,
        )

    def _append(self, tokens: Sequence[int]) -> None:
        room = self.limit - len(self.tokens)
        for token in tokens[:room]:
            self.tokens.append(token)
            self._pending.append(token)
            if self._writing is not None and self._writing.add(token):
                self.finish = "stop"
                return
        if self._guide is not None and self._guide.over and len(tokens) <= room:
            self.finish = "grammar"
        elif len(tokens) >= room:
            self.finish = "length"

    def _whole(self) -> str:
        return whole_text(self._base.tokenizer, self.tokens, self.request.stop)


def _generator(seed: int) -> torch.Generator:
    """Always the processor's, so that a seed means the same on every device."""
    return torch.Generator().manual_seed(seed)
