"""Decoding beside `transformers.generate`, under a grammar, and for many adapters at once.

Both have the same weights (each its own copy), prompts and numbers of tokens, and take turns in one
process, so whatever else the machine does hits both. Every ratio is one of medians over the turns.
"""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from knowhow.benches._adapters import random_adapter
from knowhow.benches._base import load_bench_base
from knowhow.benches._index import generate_problems
from knowhow.benches._traces import is_trace, language_grammar
from knowhow.figures import Figures

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base
    from knowhow_adapters.decode.engine import Decoder
    from knowhow_adapters.decode.grammar import Grammar
    from knowhow_adapters.decode.request import Completion

TOKENS, QUICK_TOKENS = 96, 8
TURNS, QUICK_TURNS = 15, 2
BATCH, ADAPTERS = 16, 8
TRACE_TOKENS = 700
"""As many letters as the longest trace of the language has, so that each can end."""
SAMPLES, QUICK_SAMPLES = 10_000, 32
AT_ONCE = 256
HOT = 1.5
HOT_WORDS = 3
"""Of each problem: what a grammar lets through does not depend on how long the prompt is, and whole
problems took an eighth of the time."""
AMPLE = 2**40
NOTE = (
    "single, batch, trace: transformers.generate (plain) and the decoder (ours) on the same base; "
    "plain goes through the same grammar with a logits processor, token by token. mixed: requests "
    "over several adapters in one batch, beside the same one after another, and beside PEFT's own "
    "mixed batch. sampled: traces drawn hot from an untrained adapter after "
    "the first words of a problem, read as YAML and checked. "
    "A busy machine slows plain down more than ours."
)


def run(*, seed: int, quick: bool, report: Callable[[str], None]) -> Figures:
    import torch

    from knowhow_adapters.bank import Bank
    from knowhow_adapters.base.load import load_base
    from knowhow_adapters.decode.engine import Decoder

    turns = QUICK_TURNS if quick else TURNS
    figures = Figures("decode", seed=seed, n=turns, notes=[NOTE])
    with tempfile.TemporaryDirectory() as place:
        base = load_bench_base()
        plain, third = (load_base(str(base.folder)) for _ in range(2))
        for copy in (base, plain, third):
            _make_endless(copy)
        versions = Path(place) / "versions"
        decoder = Decoder(base, Bank(base, lambda ref: versions / ref, AMPLE))
        bench = Bench(figures, decoder, plain, versions, turns, QUICK_TOKENS if quick else TOKENS)
        figures.set("base", base.name)
        figures.set("threads", torch.get_num_threads())
        # One turn more than is counted.
        problems = generate_problems((turns + 1) * BATCH, seed)
        report("one text at a time")
        bench.measure_plain("single", [[problem] for problem in problems[: turns + 1]])
        report(f"{BATCH} texts at a time")
        bench.measure_plain("batch", _batches(problems))
        report("one trace at a time")
        bench.measure_traces(problems[: turns + 1])
        report(f"{BATCH} texts for {ADAPTERS} adapters")
        bench.measure_mixed(third, _batches(problems), seed)
        bench.measure_samples(QUICK_SAMPLES if quick else SAMPLES, problems, report)
    return figures


class Bench:
    def __init__(
        self,
        figures: Figures,
        decoder: "Decoder",
        plain: "Base",
        versions: Path,
        turns: int,
        tokens: int,
    ) -> None:
        self.figures, self.decoder, self.plain = figures, decoder, plain
        self.versions, self.turns, self.tokens = versions, turns, tokens

    def measure_plain(self, name: str, batches: Sequence[Sequence[str]]) -> None:
        """Greedy, without a grammar: the tokens must be the same."""
        plain_times: list[float] = []
        our_times: list[float] = []
        same = count = 0
        for prompts in batches:
            with _clock(plain_times):
                expected = _generate(self.plain, prompts, self.tokens)
            with _clock(our_times):
                found = self._decode(prompts)
            same += sum(e == list(f.tokens) for e, f in zip(expected, found, strict=True))
            count += len(prompts)
        self._set_times(name, plain_times, our_times)
        self.figures.set(f"{name}.texts", count)
        self.figures.set(f"{name}.identical", same)

    def measure_traces(self, prompts: Sequence[str]) -> None:
        """Greedy under the grammar of traces."""
        grammar = language_grammar()
        plain_times: list[float] = []
        free_times: list[float] = []
        our_times: list[float] = []
        sizes: list[int] = []
        same = 0
        for prompt in prompts:
            with _clock(our_times):
                (found,) = self._decode([prompt], grammar=grammar, max_tokens=TRACE_TOKENS)
            with _clock(plain_times):
                (expected,) = _generate(self.plain, [prompt], TRACE_TOKENS, grammar)
            with _clock(free_times):
                _generate(self.plain, [prompt], len(found.tokens))
            same += self.plain.tokenizer.decode(expected) == found.text
            sizes.append(len(found.tokens))
        self._set_times("trace", plain_times, our_times)
        self.figures.set("trace.unconstrained_ms", median(free_times[1:]) * 1000)
        self.figures.set(
            "trace.ratio_to_unconstrained", median(free_times[1:]) / median(our_times[1:])
        )
        self.figures.set("trace.tokens", median(sizes))
        self.figures.set("trace.texts", len(sizes))
        self.figures.set("trace.same_text", same)

    def measure_mixed(self, third: "Base", batches: Sequence[Sequence[str]], seed: int) -> None:
        """Many adapters at once, one after another, and as PEFT does it with a third copy."""
        from knowhow_adapters.artefact import write_adapter

        base = self.decoder.base
        adapters = [random_adapter(base, seed + i, agent=f"agent{i}") for i in range(ADAPTERS)]
        self.versions.mkdir()
        for adapter in adapters:
            write_adapter(adapter, base, self.versions)
        refs = [adapters[i % ADAPTERS].ref for i in range(BATCH)]
        peft = _load_peft(third, self.versions, refs)
        single_times: list[float] = []
        our_times: list[float] = []
        peft_times: list[float] = []
        same = same_peft = 0
        for prompts in batches:
            with _clock(single_times):
                alone = [self._decode([p], [r])[0] for p, r in zip(prompts, refs, strict=True)]
            with _clock(our_times):
                together = self._decode(prompts, refs)
            with _clock(peft_times):
                theirs = _generate(peft, prompts, self.tokens, refs=refs)
            same += sum(a.tokens == t.tokens for a, t in zip(alone, together, strict=True))
            same_peft += sum(list(a.tokens) == t for a, t in zip(alone, theirs, strict=True))
        self._set_times("mixed", single_times, our_times, against="one_by_one")
        self.figures.set("mixed.peft_ms", median(peft_times[1:]) * 1000)
        self.figures.set("mixed.ratio_to_peft", median(peft_times[1:]) / median(our_times[1:]))
        self.figures.set("mixed.texts", len(our_times) * BATCH)
        self.figures.set("mixed.identical", same)
        self.figures.set("mixed.identical_to_peft", same_peft)

    def measure_samples(
        self, count: int, problems: Sequence[str], report: Callable[[str], None]
    ) -> None:
        from knowhow_adapters.decode.request import Request

        grammar = language_grammar()
        ref = next(self.versions.iterdir()).name
        prompts = [" ".join(problem.split()[:HOT_WORDS]) for problem in problems]
        parsed = ended = 0
        began = time.monotonic()
        for start in range(0, count, AT_ONCE):
            report(f"hot traces: {start:,} of {count:,}{_minutes_left(began, start, count)}")
            requests = [
                Request(
                    prompt=prompts[i % len(prompts)],
                    adapter=ref,
                    grammar=grammar,
                    max_tokens=TRACE_TOKENS,
                    temperature=HOT,
                    seed=i,
                )
                for i in range(start, min(start + AT_ONCE, count))
            ]
            completions = self.decoder.generate(requests)
            ended += sum(completion.finish == "grammar" for completion in completions)
            parsed += sum(is_trace(completion.text) for completion in completions)
        self.figures.set("sampled.traces", count)
        self.figures.set("sampled.ended", ended)
        self.figures.set("sampled.parsed", parsed)

    def _decode(
        self,
        prompts: Sequence[str],
        refs: Sequence[str] | None = None,
        *,
        grammar: "Grammar | None" = None,
        max_tokens: int | None = None,
    ) -> "list[Completion]":
        from knowhow_adapters.decode.request import Request

        return self.decoder.generate(
            [
                Request(
                    prompt=prompt,
                    adapter=refs[i] if refs else None,
                    grammar=grammar,
                    max_tokens=max_tokens or self.tokens,
                )
                for i, prompt in enumerate(prompts)
            ]
        )

    def _set_times(
        self, name: str, plain: list[float], ours: list[float], *, against: str = "plain"
    ) -> None:
        """The first turn does not count: it loads libraries and fills caches."""
        self.figures.set(f"{name}.{against}_ms", median(plain[1:]) * 1000)
        self.figures.set(f"{name}.ours_ms", median(ours[1:]) * 1000)
        self.figures.set(f"{name}.ratio", median(plain[1:]) / median(ours[1:]))


def _batches(problems: Sequence[str]) -> list[Sequence[str]]:
    return [problems[start : start + BATCH] for start in range(0, len(problems), BATCH)]


def _make_endless(base: "Base") -> None:
    """Let padding, which no model writes, end its texts: each is then as long as was asked for."""
    base.tokenizer.eos_token = base.tokenizer.pad_token
    configs: tuple[Any, Any] = (base.model.config, base.model.generation_config)
    for config in configs:
        config.eos_token_id = base.tokenizer.pad_token_id


def _minutes_left(began: float, done: int, count: int) -> str:
    if not done:
        return ""
    seconds = (time.monotonic() - began) / done * (count - done)
    return f", about {seconds / 60:.0f} min to go"


@contextlib.contextmanager
def _clock(times: list[float]) -> Iterator[None]:
    start = time.perf_counter()
    yield
    times.append(time.perf_counter() - start)


def _generate(
    base: "Base",
    prompts: Sequence[str],
    tokens: int,
    grammar: "Grammar | None" = None,
    *,
    refs: Sequence[str] | None = None,
) -> list[list[int]]:
    """The answers of `transformers.generate`, without what ends or pads them."""
    import torch

    encoded = [base.encode(prompt) for prompt in prompts]
    width = max(map(len, encoded))
    padded = [[base.tokenizer.pad_token_id] * (width - len(text)) + text for text in encoded]
    mask = [[0] * (width - len(text)) + [1] * len(text) for text in encoded]
    options: dict[str, Any] = {} if refs is None else {"adapter_names": list(refs)}
    if grammar is not None:
        options["logits_processor"] = [_processor(base, grammar, width)]
    with torch.inference_mode():
        model: Any = base.model
        answers = model.generate(
            input_ids=torch.tensor(padded),
            attention_mask=torch.tensor(mask),
            max_new_tokens=tokens,
            do_sample=False,
            pad_token_id=base.tokenizer.pad_token_id,
            **options,
        )
    return [_cut(answer[width:].tolist(), base.ends) for answer in answers]


def _cut(tokens: list[int], ends: frozenset[int]) -> list[int]:
    end = next((i for i, token in enumerate(tokens) if token in ends), len(tokens))
    return tokens[:end]


def _processor(base: "Base", grammar: "Grammar", width: int) -> Callable[[Any, Any], Any]:
    """What `transformers.generate` calls before each token: a mask, and nothing is skipped."""
    import torch

    from knowhow_adapters.decode.grammar import Grammars

    model: Any = base.model
    vocabulary = model.config.vocab_size
    guide = Grammars(base.tokenizer, vocabulary, base.ends).start(grammar)
    forced = guide.take_forced()
    read = width

    def allow(tokens: Any, logits: Any) -> Any:
        nonlocal forced, read
        for token in tokens[0, read:].tolist():
            forced = forced[1:] if forced else guide.take(token)
        read = tokens.shape[1]
        if forced:
            allowed = torch.arange(vocabulary) == forced[0]
        else:
            allowed = torch.from_numpy(guide.allowed().copy())
        return logits.masked_fill(~allowed, -torch.inf)

    return allow


def _load_peft(base: "Base", versions: Path, refs: Sequence[str]) -> "Base":
    """A copy of the base of its own, as PEFT wraps it."""
    import dataclasses
    import warnings

    from peft import PeftModel

    first, *others = sorted(set(refs))
    model: Any = base.model
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks transformers in ways that are on their way out
        wrapped: Any = PeftModel.from_pretrained(model, str(versions / first), adapter_name=first)
        for name in others:
            wrapped.load_adapter(str(versions / name), adapter_name=name)
    return dataclasses.replace(base, model=wrapped.eval())
