"""Grammars: every text that is drawn follows them, and what is forced costs no model."""

import json
import random
from typing import Any

import pytest
import yaml

from knowhow.benches._traces import LANGUAGE, is_trace, language_grammar
from knowhow_adapters.base.load import load_base
from knowhow_adapters.decode import grammar as grammars
from knowhow_adapters.decode.grammar import Grammar, Grammars, Guide
from knowhow_adapters.decode.request import Request
from knowhow_adapters.decode.traces import INIT, QUERY, Kind, Slot, Step, compute, trace_grammar
from knowhow_memory.errors import InputError
from tests.adapters.decode.conftest import Workshop

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "domain": {"enum": ["math", "planning"]},
        "hints": {"type": "array", "items": {"type": "string", "maxLength": 6}, "maxItems": 2},
        "parts": {"type": "integer", "minimum": 1, "maximum": 20},
    },
    "required": ["domain", "hints", "parts"],
    "additionalProperties": False,
}
TRACE = """\
expert: percentage
trace:
- {op: init, var: price, value: 80}
- {op: init, var: cut, source: prev.result}
- {op: percent_off, args: [price, 12.5], var: sale}
- {op: query, var: sale}"""


@pytest.fixture
def compiled(llama: Workshop) -> Grammars:
    return Grammars(llama.base.tokenizer, len(llama.base.tokenizer), llama.base.ends)


def follows(compiled: Grammars, shop: Workshop, grammar: Grammar, text: str) -> bool:
    guide = compiled.start(grammar)
    tokens = shop.base.tokenizer.encode(text, add_special_tokens=False)
    return guide._matcher.try_consume_tokens(tokens) == len(tokens) and guide.satisfied


def wander(guide: Guide, rng: random.Random) -> list[int]:
    """Any token that is allowed, to the end."""
    tokens = guide.take_forced()
    while not guide.over:
        token = rng.choice(guide.allowed().nonzero()[0].tolist())
        if token == 2:
            return tokens
        tokens += [token, *guide.take(token)]
    return tokens


def test_hot_draws_of_untrained_adapters_are_traces(shop: Workshop) -> None:
    requests = [
        Request(
            prompt="A mug costs 80, 20% off?",
            adapter=shop.refs[seed % 3],
            grammar=language_grammar(),
            # More than the tiny context leaves: the longest traces are cut, and say so.
            max_tokens=700,
            temperature=1.5,
            seed=seed,
        )
        for seed in range(24)
    ]
    completions = shop.decoder.generate(requests)
    whole = [completion for completion in completions if completion.finish == "grammar"]
    assert len(whole) > 8
    assert all(is_trace(completion.text) for completion in whole)
    cut = [completion for completion in completions if completion not in whole]
    assert {completion.finish for completion in cut} <= {"length"}
    assert not any(is_trace(completion.text) for completion in cut)


def test_the_check_of_traces_can_fail() -> None:
    assert is_trace(TRACE)
    for old, new in [
        ("percentage", "astrology"),
        ("price, value", "no, value"),
        ("percent_off", "percent_on"),
        ("- {op: query, var: sale}", "- {op: query}"),
        ("expert: percentage\n", ""),
        ("value: 80", "value: x: y"),
        ("12.5", "[1]"),
    ]:
        assert old in TRACE
        assert not is_trace(TRACE.replace(old, new)), new


def test_a_trace_follows_its_grammar_and_others_do_not(compiled: Grammars, llama: Workshop) -> None:
    grammar = language_grammar()
    assert follows(compiled, llama, grammar, TRACE)
    for old, new in [
        ("price", "off"),
        ("price", "Price"),
        ("var: sale", "var: null"),
        ("80", "080"),
        ("80", "1_0"),
        ("80", "8.12345"),
        ("prev.result", "next.result"),
        ("op: percent_off", "op: compute"),
        (", 12.5", ", 12.5, 1, 1"),
        ("- {op: init, var: cut, source: prev.result}\n", ""),
        ("\n- {op: query, var: sale}", ""),
    ]:
        assert old in TRACE
        assert not follows(compiled, llama, grammar, TRACE.replace(old, new, 1)), new


def test_composed_traces_are_lists_of_blocks(compiled: Grammars, llama: Workshop) -> None:
    grammar = trace_grammar(LANGUAGE, parts=3)
    block = "- " + TRACE.replace("\n", "\n  ")
    assert len(yaml.safe_load(f"{block}\n{block}")) == 2
    for text in (TRACE, f"{block}\n{block}", f"{block}\n{block}\n{block}"):
        assert follows(compiled, llama, grammar, text)
    for text in (block, "\n".join([block] * 4), f"{TRACE}\n{TRACE}"):
        assert not follows(compiled, llama, grammar, text)


@pytest.mark.parametrize(
    "word",
    ["y", "n", "yes", "no", "on", "off", "true", "false", "null"],
)
def test_no_name_means_something_to_yaml(compiled: Grammars, llama: Workshop, word: str) -> None:
    grammar = trace_grammar({"x": [QUERY]})
    text = "expert: x\ntrace:\n- {op: query, var: %s}"
    assert not follows(compiled, llama, grammar, text % word)
    for name in (f"{word}t", f"{word}.{word}"):
        assert follows(compiled, llama, grammar, text % name)
        assert yaml.safe_load(text % name)["trace"][0]["var"] == name


def test_every_kind_is_drawn_and_read_back(compiled: Grammars, llama: Workshop) -> None:
    """Each token equally likely, so that rare shapes come up, too."""
    grammar, rng = language_grammar(), random.Random(0)
    texts = [llama.base.tokenizer.decode(wander(compiled.start(grammar), rng)) for _ in range(400)]
    assert all(map(is_trace, texts))
    for part in ("source: sub", "prev.result", ": -", "percent_off", "div", "rate_equation"):
        assert any(part in text for text in texts), part


@pytest.mark.parametrize(("spaced", "separators"), [(False, (",", ":")), (True, (", ", ": "))])
def test_json_follows_its_schema(shop: Workshop, spaced: bool, separators: tuple[str, str]) -> None:
    grammar = Grammar.json(SCHEMA, spaced=spaced)
    for seed in range(12):
        request = Request(prompt="x", grammar=grammar, temperature=1.5, seed=seed, max_tokens=200)
        completion = shop.decoder.complete(request)
        document = json.loads(completion.text)
        assert completion.finish == "grammar"
        assert completion.text == json.dumps(document, ensure_ascii=False, separators=separators)
        assert set(document) == {"domain", "hints", "parts"}
        assert document["domain"] in ("math", "planning")
        assert 1 <= document["parts"] <= 20
        assert len(document["hints"]) <= 2
        assert all(len(hint) <= 6 for hint in document["hints"])


def test_a_choice_is_one_of_its_options(shop: Workshop) -> None:
    options = ["add", "add_entity", 'say "é"\n', "mul"]
    grammar = Grammar.choice(options)
    found = {
        shop.decoder.complete(Request(prompt="x", grammar=grammar, temperature=3.0, seed=seed)).text
        for seed in range(60)
    }
    assert found == set(options)


def test_what_is_forced_asks_no_model(llama: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    from knowhow_adapters.decode.native import NativeRows

    fed: list[int] = []
    feed = NativeRows.feed

    def count(rows: NativeRows, new: Any, **given: Any) -> Any:
        fed.append(len(new[0]))
        return feed(rows, new, **given)

    monkeypatch.setattr(NativeRows, "feed", count)
    only = llama.decoder.complete(Request(prompt="x", grammar=Grammar.choice(["compute the sum"])))
    assert (only.text, only.finish, only.logprob, fed) == ("compute the sum", "grammar", 0.0, [])
    grammar = Grammar.lark('start: "value: " ("1" | "2") " and nothing but the value"')
    text = llama.decoder.complete(Request(prompt="x", grammar=grammar)).text
    assert text.endswith(" and nothing but the value")
    assert len(fed) < 4


def test_a_text_that_is_cut_says_so(llama: Workshop) -> None:
    grammar = Grammar.choice(["compute the sum", "compute the mean"])
    cut = llama.decoder.complete(Request(prompt="x", grammar=grammar, max_tokens=2))
    assert cut.finish == "length"
    assert len(cut.tokens) == 2
    only = Grammar.choice(["compute the sum"])
    assert llama.decoder.complete(Request(prompt="x", grammar=only, max_tokens=2)) == cut


def test_a_grammar_is_compiled_once(compiled: Grammars, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    compile_ = Grammars._compile

    def count(self: Grammars, grammar: Grammar) -> Any:
        calls.append(grammar.source)
        return compile_(self, grammar)

    monkeypatch.setattr(Grammars, "_compile", count)
    monkeypatch.setattr(grammars, "COMPILED", 2)
    first, second, third = (Grammar.choice([word, "x"]) for word in ("a", "b", "c"))
    for grammar in (first, first, second, first, third, first, second):
        compiled.start(grammar)
    assert calls == [first.source, second.source, third.source, second.source]


def test_a_started_text_does_not_touch_the_compiled_grammar(compiled: Grammars) -> None:
    grammar = Grammar.choice(["add", "mul"])
    before = compiled.start(grammar).allowed().tolist()
    guide = compiled.start(grammar)
    guide.take(guide.allowed().nonzero()[0][0].item())
    assert compiled.start(grammar).allowed().tolist() == before


@pytest.mark.parametrize("source", ["start: nowhere", "", "start: /(/", 'begin: "x"'])
def test_a_broken_grammar_is_refused_in_one_line(compiled: Grammars, source: str) -> None:
    with pytest.raises(InputError, match="the grammar cannot be used") as caught:
        compiled.start(Grammar.lark(source))
    assert "\n" not in str(caught.value)


def test_a_token_outside_the_grammar_is_refused(compiled: Grammars) -> None:
    with pytest.raises(InputError, match="the grammar gave up on a text"):
        compiled.start(Grammar.choice(["add", "mul"])).take(3)


def test_senseless_builders_are_refused() -> None:
    step = Step("x", {"var": Kind.NAME})
    for slots in ({}, {"x": []}, {"x": [Slot(())]}, {"x": [Slot((step,), 2, 1)]}):
        with pytest.raises(InputError):
            trace_grammar(slots)
    with pytest.raises(InputError, match="at_least"):
        trace_grammar({"x": [Slot((*INIT, compute("add")), 0, 0)]})
    for options in ([], [""]):
        with pytest.raises(InputError, match="texts to choose from"):
            Grammar.choice(options)


@pytest.mark.parametrize("text", [TRACE, TRACE.replace("80", "-7.5")])
def test_what_is_forced_is_written_as_in_a_whole_text(text: str) -> None:
    """A model that learnt texts has never seen their letters in other tokens."""
    base = load_base()
    tokens = base.tokenizer.encode(text, add_special_tokens=False)
    guide = Grammars(base.tokenizer, len(base.tokenizer), base.ends).start(language_grammar())
    written = guide.take_forced()
    while len(written) < len(tokens):
        assert written == tokens[: len(written)], base.tokenizer.decode(written)
        token = tokens[len(written)]
        assert guide.allowed()[token], base.tokenizer.decode([*written, token])
        written += [token, *guide.take(token)]
    assert written == tokens


def test_a_spelling_that_another_thread_forgets_is_still_told(compiled: Grammars) -> None:
    class Forgetful(dict[tuple[str, bytes], list[int]]):
        def __setitem__(self, *_: object) -> None:
            """Cleared by somebody else at once."""

    compiled._spelling._known = Forgetful()
    tokens = compiled.start(trace_grammar({"a": [QUERY]})).take_forced()
    assert compiled._spelling.tokenizer.decode_str(tokens).startswith("expert: a\ntrace:")
