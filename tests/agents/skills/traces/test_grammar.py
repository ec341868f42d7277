"""The grammar of traces: every trace of the data follows it, all that follows it is read."""

import random

import llguidance
import numpy as np
import pytest

from knowhow_agents.skills.traces.grammar import grammar
from knowhow_agents.skills.traces.items import Cell, exam_items, training_items
from knowhow_agents.skills.traces.language import SPECIALISTS, Fault, parse
from knowhow_agents.skills.traces.solver import run

BYTES = llguidance.LLTokenizer("byte")


@pytest.fixture(scope="module")
def start() -> llguidance.LLMatcher:
    return llguidance.LLMatcher(BYTES, grammar().source)


def follows(start: llguidance.LLMatcher, text: str) -> bool:
    matcher = start.deep_copy()
    tokens = list(text.encode())
    return bool(matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting())


def wander(start: llguidance.LLMatcher, rng: random.Random) -> str:
    """Any byte that is allowed, to the end."""
    matcher, found = start.deep_copy(), bytearray()
    while not matcher.is_stopped():
        bits = np.frombuffer(matcher.compute_bitmask(), np.uint8)
        allowed = np.unpackbits(bits, count=256, bitorder="little").nonzero()[0].tolist()
        if not allowed or (matcher.is_accepting() and rng.random() < 0.5):
            break
        byte = rng.choice(allowed)
        matcher.consume_token(byte)
        found.append(byte)
    return found.decode()


def test_every_trace_of_the_data_follows_it(start: llguidance.LLMatcher) -> None:
    items = training_items(250, 2)
    for cell in Cell:
        items += exam_items(cell, 25, 2)
    assert [item.trace for item in items if not follows(start, item.trace)] == []


def test_what_does_not_fit_a_specialist_does_not_follow_it(start: llguidance.LLMatcher) -> None:
    items = exam_items(Cell.NUMBERS, 20, 2, of="percentage")
    for item in items:
        for expert in set(SPECIALISTS) - {"percentage"}:
            assert not follows(start, item.trace.replace("percentage", expert))
        assert not follows(start, item.trace.replace("\n- {op: query", "\n- {op: init"))
        assert not follows(start, item.trace + "\n- {op: query, var: result}")


def test_all_that_follows_it_is_read(start: llguidance.LLMatcher) -> None:
    rng = random.Random(0)
    faults = [run(wander(start, rng)).fault for _ in range(60)]
    assert not {Fault.UNREADABLE, Fault.TOO_LARGE, Fault.UNKNOWN_SPECIALIST} & set(faults)
    assert Fault.FOREIGN_OPERATION not in faults


def test_one_specialist_writes_its_own_traces_only() -> None:
    alone = llguidance.LLMatcher(BYTES, grammar(["rate_equation"], parts=1).source)
    rng = random.Random(1)
    for _ in range(10):
        [part] = parse(wander(alone, rng))
        assert part.expert == "rate_equation"
        assert len(part.steps) == 4
