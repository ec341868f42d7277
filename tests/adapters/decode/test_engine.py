"""The decoder: the same tokens as `transformers.generate`, together or alone, and fails closed."""

import threading
from typing import Any

import pytest
import torch

from knowhow_adapters.adapter import Adapter
from knowhow_adapters.base.load import Base
from knowhow_adapters.decode.engine import MAX_ROWS
from knowhow_adapters.decode.grammar import Grammar
from knowhow_adapters.decode.request import Completion, Request
from knowhow_adapters.errors import AdapterForeign, AdapterMissing, NoRoomForAdapter
from knowhow_memory.errors import InputError
from tests.adapters.decode.conftest import Workshop

PROMPTS = ["expert init", "a", "compute the query of value 123 and add sub to it", "x y z é"]
TOKENS = 40


def generate(base: Base, prompt: str) -> tuple[int, ...]:
    """What transformers answers, without what ends it."""
    tokens = torch.tensor([base.encode(prompt)])
    model: Any = base.model
    answer = model.generate(
        tokens,
        attention_mask=torch.ones_like(tokens),
        max_new_tokens=TOKENS,
        do_sample=False,
        pad_token_id=0,
    )
    found = answer[0, tokens.shape[1] :].tolist()
    return tuple(found[: found.index(2)] if 2 in found else found)


def texts(completions: list[Completion]) -> list[str]:
    assert [completion.error for completion in completions] == [None] * len(completions)
    return [completion.text for completion in completions]


def test_greedy_tokens_are_those_of_transformers(any_shop: Workshop) -> None:
    expected = [generate(any_shop.plain, prompt) for prompt in PROMPTS]
    requests = [Request(prompt=prompt, max_tokens=TOKENS) for prompt in PROMPTS]
    together = any_shop.decoder.generate(requests)
    assert [completion.tokens for completion in together] == expected
    assert any_shop.decoder.complete(requests[2]).tokens == expected[2]
    assert {completion.version for completion in together} == {any_shop.base.version}
    for completion, request in zip(together, requests, strict=True):
        ended = len(completion.tokens) < request.max_tokens
        assert completion.finish == ("stop" if ended else "length")


@pytest.mark.filterwarnings("ignore::FutureWarning:transformers")
def test_an_adapter_does_what_peft_does_with_it(any_shop: Workshop) -> None:
    from peft import PeftModel

    from knowhow_adapters.base.load import load_base

    ref = any_shop.refs[0]
    copy = load_base(str(any_shop.folder))
    wrapped: Any = PeftModel.from_pretrained(copy.model, str(any_shop.versions / ref))
    object.__setattr__(copy, "model", wrapped.merge_and_unload())
    for prompt in PROMPTS[:2]:
        completion = any_shop.decoder.complete(
            Request(prompt=prompt, adapter=ref, max_tokens=TOKENS)
        )
        assert completion.tokens == generate(copy, prompt)
        assert completion.version == ref


@pytest.mark.parametrize("temperature", [0.0, 1.3])
def test_together_is_as_one_after_another(any_shop: Workshop, temperature: float) -> None:
    requests = [
        Request(
            prompt=prompt,
            adapter=ref,
            max_tokens=TOKENS - 7 * i,
            temperature=temperature,
            top_p=0.9 if i % 2 else 1.0,
            seed=i,
        )
        for prompt in PROMPTS
        for i, ref in enumerate([None, *any_shop.refs])
    ]
    alone = [any_shop.decoder.complete(request) for request in requests]
    together = any_shop.decoder.generate(requests)
    assert texts(together) == texts(alone)
    assert len(set(texts(alone))) == len(requests)
    for one, many in zip(alone, together, strict=True):
        assert one.logprob == pytest.approx(many.logprob, abs=1e-2)
        assert one.version == many.version


def test_a_seed_draws_its_text_whatever_else_is_decoded(shop: Workshop) -> None:
    grammar = Grammar.lark('start: "[" /[a-z]{1,9}/ ("; compute " /[0-9]{1,9}/){2,4} "]"')
    wanted = [
        Request(prompt="init", grammar=g, max_tokens=60, temperature=1.5, seed=seed)
        for seed in range(6)
        for g in (None, grammar)
    ]
    others = [
        Request(prompt=f"query {i} of them", adapter=shop.refs[i % 3], temperature=2.0, seed=i)
        for i in range(12)
    ]
    alone = texts([shop.decoder.complete(request) for request in wanted])
    mixed = shop.decoder.generate([*others[:5], *wanted, *others[5:]])
    assert texts(mixed[5:-7]) == alone
    assert len(set(alone)) == len(wanted)


def test_many_requests_come_back_in_their_order(llama: Workshop) -> None:
    requests = [
        Request(prompt="trace " * (1 + (7 * i) % 23), max_tokens=1 + i % 5)
        for i in range(2 * MAX_ROWS + 3)
    ]
    found = llama.decoder.generate(requests)
    assert [len(completion.tokens) for completion in found] == [
        1 + i % 5 for i in range(len(found))
    ]
    for i in (0, 40, 66):
        assert found[i].tokens == llama.decoder.complete(requests[i]).tokens


def test_threads_decode_at_once(shop: Workshop) -> None:
    requests = [
        Request(prompt=prompt, adapter=ref, max_tokens=20)
        for prompt, ref in zip(PROMPTS, [None, *shop.refs], strict=True)
    ]
    expected = texts(shop.decoder.generate(requests))
    found: dict[int, list[str]] = {}

    def decode(number: int) -> None:
        found[number] = [shop.decoder.complete(requests[number]).text for _ in range(5)]

    threads = [threading.Thread(target=decode, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: [text] * 5 for number, text in enumerate(expected)}


def test_the_logprob_is_the_models(llama: Workshop) -> None:
    completion = llama.decoder.complete(Request(prompt="init", max_tokens=12, temperature=1.0))
    start = llama.plain.encode("init")
    with torch.inference_mode():
        logits = llama.plain.model(torch.tensor([[*start, *completion.tokens]])).logits[0]
    shares = logits.log_softmax(dim=1)
    expected = sum(
        shares[len(start) + i - 1, token].item() for i, token in enumerate(completion.tokens)
    )
    assert completion.logprob == pytest.approx(expected, abs=1e-3)


def test_a_text_ends_before_its_stop(shop: Workshop) -> None:
    whole = shop.decoder.complete(Request(prompt="init", max_tokens=30))
    stop = whole.text[6:9]
    cut = shop.decoder.complete(Request(prompt="init", max_tokens=30, stop=("☃", stop)))
    assert cut.finish == "stop"
    assert cut.text == whole.text[: whole.text.index(stop)]
    assert cut.tokens == whole.tokens[: len(cut.tokens)]
    assert len(cut.tokens) < len(whole.tokens)


def test_a_stream_is_the_text_in_pieces(shop: Workshop) -> None:
    for i, prompt in enumerate(PROMPTS):
        request = Request(prompt=prompt, max_tokens=TOKENS, temperature=1.2, seed=i)
        *chunks, last = shop.decoder.stream(request)
        assert last.completion == shop.decoder.complete(request)
        assert "".join(chunk.text for chunk in [*chunks, last]) == last.completion.text
        assert len(chunks) > TOKENS / 4
        assert all(chunk.completion is None for chunk in chunks)


def test_a_stream_never_shows_what_a_stop_takes_back(shop: Workshop) -> None:
    whole = shop.decoder.complete(Request(prompt="init", max_tokens=30)).text
    stop = whole[10:14]
    chunks = list(shop.decoder.stream(Request(prompt="init", max_tokens=30, stop=(stop,))))
    assert "".join(chunk.text for chunk in chunks) == whole[: whole.index(stop)]


def test_a_cancelled_text_ends_and_the_others_go_on(shop: Workshop) -> None:
    cancel = threading.Event()
    cancel.set()
    requests = [
        Request(prompt="init", max_tokens=20),
        Request(prompt="init", max_tokens=20, cancel=cancel),
    ]
    whole, cancelled = shop.decoder.generate(requests)
    assert (cancelled.finish, cancelled.text, cancelled.error) == ("cancelled", "", None)
    assert len(whole.tokens) == 20


def test_a_stream_can_be_cancelled_on_the_way(shop: Workshop) -> None:
    cancel = threading.Event()
    request = Request(prompt="init", adapter=shop.refs[0], max_tokens=200, cancel=cancel)
    chunks = shop.decoder.stream(request)
    first = next(chunks)
    cancel.set()
    *_, last = chunks
    assert last.completion is not None
    assert last.completion.finish == "cancelled"
    assert last.completion.text.startswith(first.text)
    assert len(last.completion.tokens) < 20
    closed = shop.decoder.stream(request)
    closed.close()


def test_a_prompt_that_is_too_long_is_refused_with_both_lengths(shop: Workshop) -> None:
    decoder, context = shop.decoder, shop.base.context
    with pytest.raises(InputError, match=f"has {context} tokens, and 'base' reads {context} with"):
        decoder.complete(Request(prompt="x" * context))
    with pytest.raises(InputError, match=f"has {context} tokens"):
        decoder.choose("x" * (context - 2), ["aa", "bb"])
    nearly = decoder.complete(Request(prompt="x" * (context - 3), max_tokens=TOKENS))
    assert len(nearly.tokens) <= 3
    with pytest.raises(InputError, match="the prompt is empty"):
        decoder.complete(Request(prompt=""))


def test_what_fails_does_not_harm_the_others(shop: Workshop) -> None:
    good = [Request(prompt=prompt, adapter=shop.refs[0], max_tokens=9) for prompt in PROMPTS]
    expected = texts(shop.decoder.generate(good))
    bad: list[tuple[Request, type[Exception]]] = [
        (Request(prompt="x" * 999), InputError),
        (Request(prompt="x", adapter="agent@000000000000"), AdapterMissing),
        (Request(prompt="x", grammar=Grammar.lark("start: nothing")), InputError),
    ]
    mixed = shop.decoder.generate([good[0], *[request for request, _ in bad], *good[1:]])
    assert texts([mixed[0], *mixed[4:]]) == expected
    for completion, (request, kind) in zip(mixed[1:4], bad, strict=True):
        assert (completion.finish, completion.text, completion.tokens) == ("error", "", ())
        assert isinstance(completion.error, kind)
        with pytest.raises(kind):
            shop.decoder.complete(request)
        with pytest.raises(kind):
            list(shop.decoder.stream(request))
    assert texts(shop.decoder.generate(good)) == expected


def test_a_grammar_that_gives_up_ends_its_own_text_only(
    llama: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from knowhow_adapters.decode.grammar import Guide

    def give_up(guide: Guide, token: int) -> list[int]:
        raise InputError("the grammar gave up on a text: too much of it")

    monkeypatch.setattr(Guide, "take", give_up)
    guided = Request(prompt="init", grammar=Grammar.choice(["add", "sub"]))
    free = Request(prompt="init", max_tokens=9)
    failed, whole = llama.decoder.generate([guided, free])
    assert failed.finish == "error"
    assert len(whole.tokens) == 9


def test_adapters_that_do_not_fit_together_take_turns(shop: Workshop) -> None:
    requests = [Request(prompt="init", adapter=ref, max_tokens=9) for ref in shop.refs * 2]
    expected = texts(shop.decoder.generate(requests))
    narrow = shop.open(max_bytes=shop.size * 5 // 4)
    assert texts(narrow.generate(requests)) == expected
    none = shop.open(max_bytes=shop.size // 2).generate([*requests[:1], Request(prompt="init")])
    assert isinstance(none[0].error, NoRoomForAdapter)
    assert none[1].error is None


def test_never_the_bare_base_in_an_adapters_place(
    llama: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from knowhow_adapters.bank import Bank
    from knowhow_adapters.decode.engine import Decoder

    with pytest.raises(AdapterMissing, match="opened without a bank"):
        Decoder(llama.base).complete(Request(prompt="x", adapter=llama.refs[0]))

    def serve(layers: dict[str, Any], base_hash: str) -> Decoder:
        adapter = Adapter("agent@1", base_hash, 4, 8.0, layers)
        bank = Bank(llama.base, lambda ref: llama.versions, 2**20)
        monkeypatch.setattr("knowhow_adapters.bank._size_on_disk", lambda folder, ref: 0)
        monkeypatch.setattr("knowhow_adapters.bank.read_adapter", lambda folder, base: adapter)
        return Decoder(llama.base, bank)

    layers = {"model.layers.9.mlp.up_proj": (torch.zeros(4, 32), torch.zeros(48, 4))}
    request = Request(prompt="x", adapter="agent@1")
    with pytest.raises(AdapterForeign, match=r"changes 'model\.layers\.9\.mlp\.up_proj'"):
        serve(layers, llama.base.hash).complete(request)
    with pytest.raises(AdapterForeign, match="belongs to another base"):
        serve({}, "0" * 64).complete(request)


def test_options_are_weighed_by_the_models_own_likelihood(any_shop: Workshop) -> None:
    options = ["init", "query the value", "add", "add it", "<eos>"]
    found = any_shop.decoder.choose("which?", options)
    start, tokenizer = any_shop.plain.encode("which?"), any_shop.plain.tokenizer
    sums = []
    for option in options:
        letters = tokenizer(option, add_special_tokens=False, split_special_tokens=True)
        tokens = [*letters["input_ids"], 2]
        with torch.inference_mode():
            logits = any_shop.plain.model(torch.tensor([[*start, *tokens]])).logits[0].double()
        shares = logits.log_softmax(dim=1)[len(start) - 1 : -1]
        sums.append(shares.gather(1, torch.tensor(tokens)[:, None]).sum())
    expected = torch.stack(sums).softmax(dim=0).tolist()
    assert list(found) == options
    assert list(found.values()) == pytest.approx(expected, rel=1e-3)
    assert any_shop.decoder.choose("which?", options, any_shop.refs[0]) != found


@pytest.mark.parametrize("options", [[], ["one"], ["a", "a"], ["a", ""]])
def test_a_choice_needs_different_options(llama: Workshop, options: list[str]) -> None:
    with pytest.raises(InputError, match="two or more different options"):
        llama.decoder.choose("which?", options)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"max_tokens": 0}, "max_tokens"),
        ({"temperature": -1.0}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"top_p": 0.0}, "top_p"),
        ({"top_p": 1.1}, "top_p"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"stop": "x"}, "stop"),
        ({"stop": ("",)}, "stop"),
    ],
)
def test_a_senseless_request_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Request(prompt="x", **wrong)
