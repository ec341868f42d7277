"""What a team writes into OpenTelemetry, and that nobody's words are in it."""

from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from knowhow_agents.protocol.turns import ALONE
from knowhow_memory.memory import Memory
from tests.agents.team.kit import (
    PLAIN,
    PROBLEM,
    adder,
    big,
    outcomes,
    teach,
    team,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """A program's provider can be set once only, so it is put in place by hand."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    yield exporter
    provider.shutdown()


def ours(spans: InMemorySpanExporter) -> list[ReadableSpan]:
    found = spans.get_finished_spans()
    return [
        s for s in found if s.instrumentation_scope and s.instrumentation_scope.name == "knowhow"
    ]


async def test_who_was_chosen_and_what_came_of_it(
    memory: Memory, spans: InMemorySpanExporter
) -> None:
    before = teach(memory, good="adder::adds", bad=ALONE)
    await team(memory, [adder()], what_how=big(PLAIN), big_model="test/big").run(task=PROBLEM)
    [outcome] = outcomes(memory)[before:]
    analysed, routed, solved, verified = [dict(span.attributes or {}) for span in ours(spans)]
    assert analysed["gen_ai.agent.name"] == "analyst"
    assert analysed["gen_ai.request.model"] == "test/big"
    assert routed["knowhow.route.decision"] == outcome.decision_id
    assert routed["knowhow.route.arm"] == "adder::adds"
    assert routed["knowhow.route.candidates"] == 2
    assert 0 < routed["knowhow.route.low"] < routed["knowhow.route.p"] <= 1  # type: ignore[operator]
    assert solved["gen_ai.operation.name"] == "invoke_agent"
    assert solved["knowhow.route.decision"] == outcome.decision_id
    assert "gen_ai.request.model" not in solved
    assert verified["knowhow.reward"] == 1.0


async def test_words_stay_out_unless_they_are_asked_for(
    memory: Memory, spans: InMemorySpanExporter
) -> None:
    def quotes(problem: str) -> str:
        raise ValueError(f"cannot read {problem!r}")

    for with_text in (False, True):
        spans.clear()
        asked = team(memory, [adder(quotes=quotes)], what_how=big(PLAIN), text_in_spans=with_text)
        await asked.run(task="Add 31 and 41, secretly.")
        written = " ".join(span.to_json() for span in spans.get_finished_spans())
        assert ("secretly" in written) == with_text


async def test_failures_are_marked(memory: Memory, spans: InMemorySpanExporter) -> None:
    def raises(problem: str) -> str:
        raise KeyError("x")

    await team(memory, [adder(raises=raises)]).run(task=PROBLEM)
    failed = next(span for span in ours(spans) if span.name == "invoke_agent adder")
    assert not failed.status.is_ok
    assert dict(failed.attributes or {})["error.type"] == "agent"
