"""The decoder: one resident base, many adapters, texts decoded together.

Requests of similar length share a batch, whichever adapters they use. Everything a text needs (its
place in the cache, its grammar, its luck) belongs to the call, so calls from several threads may
run at once, and one that fails leaves nothing behind. An adapter that cannot serve is an error of
its request; the bare base never answers in its place. Knows nothing about training.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from knowhow_adapters.adapter import Adapter
from knowhow_adapters.decode.grammar import Grammars
from knowhow_adapters.decode.model import adopt
from knowhow_adapters.decode.request import Chunk, Completion, Request
from knowhow_adapters.decode.sample import choose
from knowhow_adapters.decode.stack import Stack
from knowhow_adapters.decode.text import Text
from knowhow_adapters.errors import AdapterForeign, AdapterMissing, NoRoomForAdapter
from knowhow_memory.errors import InputError, KnowhowError

if TYPE_CHECKING:
    from knowhow_adapters.bank import Bank
    from knowhow_adapters.base.load import Base

MAX_ROWS = 32
"""Beyond, two cores gain little from more rows, and the first answers come later."""
CACHE_BYTES = 512 * 2**20
"""What keys and values of a batch may take at most, unless one row alone takes more."""
MAX_STRETCH = 2
"""Prompts of a batch are padded to the longest, at most to so many times their own length."""
KEPT_SHARE = 0.5
"""Finished rows idle along until so few are left that copying those pays."""


class Decoder:
    def __init__(self, base: "Base", bank: "Bank | None" = None) -> None:
        self.base = base
        self._bank = bank
        self._model = adopt(base.model)
        vocabulary: int = base.model.config.get_text_config().vocab_size
        self._grammars = Grammars(base.tokenizer, vocabulary, base.ends)

    def generate(self, requests: Sequence[Request]) -> list[Completion]:
        """A completion for each, in their order; what failed says so in its `error`."""
        begun = [self._begin_or_fail(request) for request in requests]
        waiting = [text for text in begun if isinstance(text, Text)]
        waiting.sort(key=lambda text: len(text.prompt))
        while waiting:
            batch, waiting = self._cut(waiting)
            with contextlib.ExitStack() as leases:
                adapters = self._lease(batch, leases)
                waiting = [text for text in batch if text.request.adapter not in adapters] + waiting
                batch = [text for text in batch if text.request.adapter in adapters]
                for _ in self._run(batch, [adapters[text.request.adapter] for text in batch]):
                    pass
        return [text.complete() if isinstance(text, Text) else text for text in begun]

    def complete(self, request: Request) -> Completion:
        """One completion; a failure is raised."""
        (completion,) = self.generate([request])
        if completion.error is not None:
            raise completion.error
        return completion

    def stream(self, request: Request) -> Iterator[Chunk]:
        """The text as it comes, the whole completion with the last chunk; a failure is raised.
        To close the iterator early is to cancel."""
        text = self._begin(request, shown=True)
        with contextlib.ExitStack() as leases:
            adapters = self._lease([text], leases)
            for _ in self._run([text], [adapters.get(request.adapter)]):
                if news := text.news():
                    yield Chunk(news)
        if text.error is not None:
            raise text.error
        yield Chunk(text.rest(), text.complete())

    def choose(
        self, prompt: str, options: Sequence[str], adapter: str | None = None
    ) -> dict[str, float]:
        """How likely each option is as the whole answer, among these options."""
        if len(options) < 2 or not all(options) or len(set(options)) < len(options):
            raise InputError(f"give two or more different options, got {list(options)!r}")
        start = self._encode(prompt)
        end: int = self.base.tokenizer.eos_token_id
        ended = [[*self.base.prompts.encode_part(option), end] for option in options]
        self._refuse_long(len(start) + max(map(len, ended)) - 1)
        with contextlib.ExitStack() as leases:
            stack = self._stack([self._lease_one(adapter, leases)])
            rows = self._model.open(stack, 1)
            first = rows.feed([start])
            rows.keep([0] * len(options))
            later = rows.feed([tokens[:-1] for tokens in ended], every=True)
        return dict(zip(options, _shares(first, later, ended), strict=True))

    def _begin_or_fail(self, request: Request) -> Text | Completion:
        try:
            return self._begin(request, shown=False)
        except KnowhowError as error:
            version = request.adapter or self.base.version
            return Completion("", (), version, "error", 0.0, error)

    def _begin(self, request: Request, *, shown: bool) -> Text:
        prompt = self._encode(request.prompt)
        guide = None if request.grammar is None else self._grammars.start(request.grammar)
        return Text(request, self.base, prompt, guide, shown=shown)

    def _encode(self, prompt: str) -> list[int]:
        tokens = self.base.encode(prompt)
        if not tokens:
            raise InputError("the prompt is empty: nothing can be answered to it")
        self._refuse_long(len(tokens))
        return tokens

    def _refuse_long(self, length: int) -> None:
        if length >= self.base.context:
            raise InputError(
                f"the prompt has {length:,} tokens, and {self.base.name!r} reads "
                f"{self.base.context:,} with its answer: shorten it"
            )

    def _cut(self, waiting: list[Text]) -> tuple[list[Text], list[Text]]:
        """The next batch of those that wait in order of length, and the others."""
        most = min(MAX_ROWS, self._model.max_rows)
        slots = CACHE_BYTES // self._model.token_bytes
        shortest = len(waiting[0].prompt)
        size = longest = 0
        for text in waiting[:most]:
            longest = max(longest, len(text.prompt) + text.limit)
            stretched = len(text.prompt) > MAX_STRETCH * shortest
            if size and (stretched or (size + 1) * longest > slots):
                break
            size += 1
        return waiting[:size], waiting[size:]

    def _lease(
        self, batch: Sequence[Text], leases: contextlib.ExitStack
    ) -> "dict[str | None, Adapter | None]":
        """What each version in the batch is served by. Those that fail are marked so; those for
        which there is no room beside the others are left out, to be asked for again."""
        adapters: dict[str | None, Adapter | None] = {None: None}
        for ref in dict.fromkeys(text.request.adapter for text in batch if text.request.adapter):
            try:
                adapters[ref] = self._lease_one(ref, leases)
            except NoRoomForAdapter as error:
                if len(adapters) == 1:
                    _fail(batch, ref, error)
                    adapters[ref] = None
            except KnowhowError as error:
                _fail(batch, ref, error)
                adapters[ref] = None
        return adapters

    def _lease_one(self, ref: str | None, leases: contextlib.ExitStack) -> Adapter | None:
        if ref is None:
            return None
        if self._bank is None:
            raise AdapterMissing(f"no adapter {ref!r}: this decoder was opened without a bank")
        adapter = leases.enter_context(self._bank.lease(ref))
        if adapter.base_hash != self.base.hash:
            raise AdapterForeign(f"adapter {ref!r} belongs to another base than {self.base.name!r}")
        # A module that nobody asks about would be a part of the adapter left out in silence.
        if unknown := sorted(adapter.layers.keys() - self._model.paths):
            raise AdapterForeign(
                f"adapter {ref!r} changes {unknown[0]!r}, which {self.base.name!r} does not let "
                "adapters change"
            )
        return adapter

    def _stack(self, adapters: Sequence[Adapter | None]) -> Stack:
        return Stack(adapters, device=self._model.device, dtype=self._model.dtype)

    def _run(self, texts: Sequence[Text], adapters: Sequence[Adapter | None]) -> Iterator[None]:
        """Decode to the end, a step at a time."""
        alive = [number for number, text in enumerate(texts) if not text.finish]
        if not alive:
            return
        rows = self._model.open(self._stack([adapters[number] for number in alive]), len(alive))
        held = [texts[number] for number in alive]
        while True:
            for text in held:
                text.check_cancelled()
            going = [row for row, text in enumerate(held) if not text.finish]
            if not going:
                return
            if len(going) <= len(held) * KEPT_SHARE:
                rows.keep(going)
                held = [held[row] for row in going]
                going = list(range(len(held)))
            logits = rows.feed([text.read_pending() for text in held])
            chosen = logits if len(going) == len(held) else logits[going]
            _advance([held[row] for row in going], chosen)
            yield


def _advance(texts: Sequence[Text], logits: Tensor) -> None:
    """Choose the next token of each text among those it may have."""
    masks = [_allowed(text) for text in texts]
    if any(mask is not None for mask in masks):
        free = np.ones(logits.shape[1], np.bool_)
        allowed = np.stack([free if mask is None else mask for mask in masks])
        logits = logits.masked_fill(~torch.from_numpy(allowed).to(logits.device), -torch.inf)
    for text, token, logprob in zip(
        texts, *choose(logits, [t.taste() for t in texts]), strict=True
    ):
        if not text.finish:
            try:
                text.take(token, logprob)
            except KnowhowError as error:
                text.fail(error)


def _allowed(text: Text) -> NDArray[np.bool_] | None:
    try:
        return text.allowed()
    except KnowhowError as error:
        text.fail(error)
        return None


def _fail(batch: Sequence[Text], ref: str, error: KnowhowError) -> None:
    for text in batch:
        if text.request.adapter == ref:
            text.fail(error)


@torch.inference_mode()
def _shares(first: Tensor, later: Tensor, ended: Sequence[Sequence[int]]) -> list[float]:
    """Each option's part in what all options together have of the model's likelihood."""
    head = first[0].double().log_softmax(dim=0)
    tails = later.double().log_softmax(dim=2)
    sums = [
        head[tokens[0]] + sum(tails[row, i, token] for i, token in enumerate(tokens[1:]))
        for row, tokens in enumerate(ended)
    ]
    shares: list[float] = torch.stack(sums).softmax(dim=0).tolist()
    return shares
