"""Each format on records as the foreign systems write them: what is taken, and why not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_memory.exchange import chat, jsonl, langsmith, matrix, otel, toucan
from knowhow_memory.exchange.formats import FORMATS, recognise
from knowhow_memory.exchange.records import Format, Wishes
from knowhow_memory.exchange.values import (
    MAX_DEPTH,
    RefusedError,
    as_reward,
    as_time,
    lookup,
    parse_json,
)
from knowhow_memory.models import DecisionCreate, Fault, OutcomeCreate
from tests.memory.exchange import samples

NO_WISHES = Wishes()


def only(form: Format, record: Any, **wishes: Any) -> OutcomeCreate:
    [item] = form.convert(record, Wishes(**wishes))
    assert isinstance(item, OutcomeCreate)
    return item


def spans_of(*spans: dict[str, Any]) -> list[Any]:
    return [part for _, part in otel.FORMAT.split(samples.otlp(*spans))]


def kinds(outcome: OutcomeCreate) -> list[str]:
    return [step["kind"] for step in outcome.trajectory or []]


def refusal(form: Format, record: Any, **wishes: Any) -> str:
    with pytest.raises(RefusedError) as caught:
        form.convert(record, Wishes(**wishes))
    return str(caught.value)


class TestChat:
    def test_problem_outcome_and_every_step(self):
        taken = only(chat.FORMAT, samples.CHAT)
        assert taken.problem == "What is 17 * 3?"
        assert (taken.reward, taken.verified_by) == (1.0, "feedback")
        assert (taken.arm, taken.big_model) == ("big-1", "big-1")
        assert (taken.tokens_in, taken.tokens_out, taken.occurred_at) == (40, 12, 1_700_000_000)
        assert kinds(taken) == [
            *("system", "user", "tool_call", "tool_result", "reasoning", "assistant")
        ]
        assert taken.trajectory[2]["arguments"] == {"a": 17, "b": 3}
        assert taken.trajectory[3] == {"kind": "tool_result", "id": "call_1", "content": "51"}

    def test_batch_files_bring_the_answer_beside_the_request(self):
        taken = only(chat.FORMAT, samples.BATCH, arm="primes")
        assert (taken.problem, taken.arm, taken.reward) == ("Name a prime.", "primes", 1.0)
        assert taken.trajectory[-1] == {"kind": "assistant", "content": "7"}
        assert taken.tokens_in == 5

    def test_a_log_without_a_verdict_is_refused(self):
        silent = {key: value for key, value in samples.CHAT.items() if key != "feedback"}
        assert refusal(chat.FORMAT, silent) == "no outcome"
        assert only(chat.FORMAT, silent | {"stars": [0.25]}, reward_field="stars.0").reward == 0.25

    def test_a_throttled_request_is_the_providers_fault(self):
        failed = samples.BATCH | {"response": {"status_code": 429}, "metadata": {}}
        taken = only(chat.FORMAT, failed)
        assert (taken.fault, taken.reward) == (Fault.INFRA, None)

    def test_a_verdict_outweighs_a_failed_request(self):
        failed = samples.BATCH | {"response": {"status_code": 500}}
        assert only(chat.FORMAT, failed).reward == 1.0

    def test_nobody_named(self):
        nameless = {key: value for key, value in samples.CHAT.items() if key != "model"}
        assert "--arm" in refusal(chat.FORMAT, nameless)

    def test_only_an_assistant(self):
        alone = samples.CHAT | {"messages": [{"role": "assistant", "content": "Hello"}]}
        assert refusal(chat.FORMAT, alone) == "no problem text"


class TestToucan:
    def test_toucan_is_judged_by_completeness(self):
        taken = only(toucan.FORMAT, samples.TOUCAN, arm="kimi")
        assert taken.problem.startswith("Which city")
        assert (taken.reward, taken.verified_by) == (0.75, "judge")
        assert taken.task == "single-turn-original"
        assert kinds(taken) == ["system", "user", "tool_call", "tool_result", "assistant"]

    def test_raw_files_put_the_judge_behind_the_key(self):
        record = {k: v for k, v in samples.TOUCAN.items() if not k.startswith("response")}
        judged = record | {"response_quality_assessment_some": {"completeness": {"score": 1}}}
        assert only(toucan.FORMAT, judged, arm="a").reward == 0.0

    def test_agentbank_poses_the_problem_after_the_instructions(self):
        taken = only(toucan.FORMAT, samples.AGENTBANK | {"reward": 1}, arm="agent")
        assert taken.problem == "Your task is to put a mug on the desk."
        assert kinds(taken)[3:] == ["reasoning", "action", "user", "reasoning", "action"]
        assert taken.trajectory[4]["content"] == "go to shelf 1"

    def test_agentbank_has_no_outcome(self):
        assert refusal(toucan.FORMAT, samples.AGENTBANK, arm="agent") == "no outcome"

    def test_plain_rows(self):
        taken = only(toucan.FORMAT, samples.PLAIN)
        assert (taken.problem, taken.arm, taken.reward) == ("Sort 3 1 2", "sorter", 1.0)
        assert taken.trajectory == [
            {"kind": "reasoning", "content": "Smallest first."},
            {"kind": "action", "tool": "sort", "arguments": [3, 1, 2]},
            {"kind": "action", "content": "answer 1 2 3"},
        ]

    def test_an_own_field_wins_over_the_judges(self):
        field = "response_quality_assessment.desired_tools_used_percentage"
        taken = only(toucan.FORMAT, samples.TOUCAN, arm="a", reward_field=field)
        assert taken.reward == 1.0


class TestLangsmith:
    def test_a_trace_is_one_outcome(self):
        taken = only(langsmith.FORMAT, samples.LANGSMITH)
        assert (taken.problem, taken.arm) == ("What is the capital of Peru?", "researcher")
        assert (taken.reward, taken.verified_by) == (0.75, "feedback correctness")
        assert (taken.cost, taken.latency_s, taken.big_model) == (0.0031, 4.0, "big-2")
        assert (taken.principal, taken.tokens_in) == ("u-7", 210)
        assert kinds(taken) == ["chain", "llm", "tool"]
        assert taken.trajectory[2]["output"] == {"output": "Lima"}

    def test_the_order_in_the_file_does_not_matter(self):
        assert only(langsmith.FORMAT, samples.LANGSMITH[::-1]) == only(
            langsmith.FORMAT, samples.LANGSMITH
        )

    def test_envelopes_and_nested_children_are_taken_apart(self):
        tool, root, llm = samples.LANGSMITH
        nested = {"runs": [root | {"child_runs": [tool, llm]}]}
        parts = list(langsmith.FORMAT.split(nested))
        assert [trace for trace, _ in parts] == ["run-root"] * 3
        assert only(langsmith.FORMAT, [part for _, part in parts]) == only(
            langsmith.FORMAT, samples.LANGSMITH
        )

    def test_several_kinds_of_feedback_ask_which(self):
        root = samples.LANGSMITH[1] | {"feedback_stats": {"a": {"avg": 1}, "b": {"avg": 0}}}
        assert "--reward-field" in refusal(langsmith.FORMAT, [root])
        assert only(langsmith.FORMAT, [root], reward_field="feedback_stats.b.avg").reward == 0

    def test_a_provider_that_failed_is_infrastructure(self):
        root = samples.LANGSMITH[1] | {
            "feedback_stats": {},
            "error": "RateLimitError('Error code: 429 - slow down')",
        }
        assert only(langsmith.FORMAT, [root]).fault is Fault.INFRA

    def test_any_other_error_without_feedback_is_no_outcome(self):
        root = samples.LANGSMITH[1] | {"feedback_stats": None, "error": "KeyError('x')"}
        assert refusal(langsmith.FORMAT, [root]) == "no outcome"

    @pytest.mark.parametrize(
        "inputs",
        [
            {"question": "Why?"},
            {"anything": "Why?"},
            {"messages": [{"role": "system", "content": "x"}, {"role": "user", "content": "Why?"}]},
            {"messages": [[{"type": "human", "content": "Why?"}]]},
            {
                "messages": [
                    [
                        {
                            "lc": 1,
                            "type": "constructor",
                            "id": ["langchain", "schema", "messages", "HumanMessage"],
                            "kwargs": {"content": "Why?"},
                        }
                    ]
                ]
            },
            '{"input": "Why?"}',
        ],
    )
    def test_the_problem_in_every_spelling_of_inputs(self, inputs):
        assert only(langsmith.FORMAT, [samples.LANGSMITH[1] | {"inputs": inputs}]).problem == "Why?"


class TestOtel:
    def test_current_conventions(self):
        taken = only(otel.FORMAT, spans_of(*samples.CURRENT_SPANS))
        assert (taken.problem, taken.arm) == (samples.QUESTION, "helper")
        assert (taken.reward, taken.verified_by) == (0.5, "evaluation Helpful")
        assert (taken.big_model, taken.tokens_in, taken.tokens_out) == ("big-3", 30, 4)
        assert taken.latency_s == 2.5
        assert kinds(taken) == ["user", "reasoning", "tool_call", "tool_result"]
        assert taken.trajectory[2]["arguments"] == {"q": "x"}
        assert taken.trajectory[3]["content"] == "Within 30 days."

    def test_message_events_of_older_conventions(self):
        taken = only(otel.FORMAT, spans_of(*samples.EVENT_SPANS))
        assert (taken.problem, taken.arm) == (samples.QUESTION, "big-3")
        assert taken.reward == 1.0  # a score of 4 is on the evaluator's scale; the label is not
        assert (taken.tokens_in, taken.tokens_out) == (30, 4)
        assert kinds(taken) == ["system", "user", "assistant"]

    def test_indexed_prompts(self):
        taken = only(otel.FORMAT, spans_of(*samples.INDEXED_SPANS), reward_field="app.stars")
        assert (taken.problem, taken.reward) == (samples.QUESTION, 1.0)
        assert kinds(taken) == ["system", "user", "assistant"]

    def test_fields_of_the_resource(self):
        taken = only(otel.FORMAT, spans_of(*samples.EVENT_SPANS), arm_field="resource.service.name")
        assert taken.arm == "shop"

    def test_no_evaluation_no_outcome(self):
        assert refusal(otel.FORMAT, spans_of(*samples.INDEXED_SPANS)) == "no outcome"

    def test_several_evaluations_ask_which(self):
        extra = (
            "gen_ai.evaluation.result",
            {"gen_ai.evaluation.name": "Safe", "gen_ai.evaluation.score.value": 1.0},
        )
        more = samples.span("late", "agent", {"gen_ai.operation.name": "chat"}, events=[extra])
        spans = spans_of(*samples.CURRENT_SPANS, more)
        assert "--reward-field" in refusal(otel.FORMAT, spans)
        assert only(otel.FORMAT, spans, reward_field="evaluations.Safe").reward == 1.0

    def test_a_provider_that_failed_is_infrastructure(self):
        failed = samples.span(
            "chat",
            None,
            {
                "gen_ai.request.model": "big-3",
                "gen_ai.prompt": "Hello?",
                "error.type": "429",
            },
            status={"code": 2, "message": "slow down"},
        )
        taken = only(otel.FORMAT, spans_of(failed))
        assert (taken.fault, taken.problem) == (Fault.INFRA, "Hello?")

    def test_a_trace_without_a_model(self):
        assert refusal(otel.FORMAT, spans_of(samples.span("http", None, {"a": 1}))) == (
            "no GenAI span in the trace"
        )


class TestMatrix:
    def test_every_arm_is_an_outcome(self):
        direct, steps = matrix.FORMAT.convert(samples.MATRIX, NO_WISHES)
        assert (direct.arm, direct.reward, direct.cost) == ("direct", 0.0, 0.1)
        assert (steps.arm, steps.reward, steps.cost) == ("steps", 1.0, None)
        assert direct.task == "arithmetic"
        assert direct.content_id != steps.content_id

    def test_one_bad_arm_refuses_the_row(self):
        cells = samples.MATRIX["arms"] | {"third": {"reward": None}}
        assert refusal(matrix.FORMAT, samples.MATRIX | {"arms": cells}) == "no outcome"

    def test_the_same_problem_with_another_reward_is_another_outcome(self):
        other = samples.MATRIX | {"arms": {"direct": {"reward": 1.0, "cost": 0.1}}}
        [changed] = matrix.FORMAT.convert(other, NO_WISHES)
        assert changed.content_id not in {
            item.content_id for item in matrix.FORMAT.convert(samples.MATRIX, NO_WISHES)
        }


class TestOwnRows:
    def test_by_hand(self):
        taken = only(jsonl.FORMAT, samples.OWN, tenant="team")
        assert (taken.tenant, taken.problem, taken.reward) == ("team", "Is 7 prime?", 1.0)
        assert taken.content_id

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"reward": None}, "give a reward between 0 and 1, or fault='infra'"),
            ({"reward": 1.5}, "reward: Input should be less than or equal to 1"),
            ({"reward": "high"}, "reward: Input should be a valid number"),
            ({"problem": "  "}, "the problem is empty"),
            ({"problem": None}, "give a decision id, or both a problem and an arm"),
            ({"rewrad": 1}, "unknown field 'rewrad'"),
            ({"trajectory": "[1"}, None),
            ({"arm": 7}, "arm: Input should be a valid string"),
        ],
    )
    def test_refusals(self, change, reason):
        record = samples.OWN | change
        if reason is None:
            assert only(jsonl.FORMAT, record).trajectory == []
        else:
            assert reason in refusal(jsonl.FORMAT, record)

    def test_a_decision_comes_along(self):
        record = samples.OWN | {"decision_id": "a" * 32, "propensity": 0.25}
        decision, outcome = jsonl.FORMAT.convert(record, NO_WISHES)
        assert isinstance(decision, DecisionCreate)
        assert (decision.id, decision.propensity) == ("a" * 32, 0.25)
        assert outcome.decision_id == decision.id

    def test_named_fields_take_the_place_of_ours(self):
        record = {"problem": "", "text": {"q": "Why?"}, "score": "passed", "who": "me"}
        wishes = {"problem_field": "text.q", "reward_field": "score", "arm_field": "who"}
        taken = only(jsonl.FORMAT, record, **wishes)
        assert (taken.problem, taken.reward, taken.arm) == ("Why?", 1.0, "me")


class TestRecognition:
    @pytest.mark.parametrize(
        ("record", "name"),
        [
            (samples.CHAT, "chat"),
            (samples.BATCH, "chat"),
            (samples.TOUCAN, "toucan"),
            (samples.AGENTBANK, "toucan"),
            (samples.PLAIN, "toucan"),
            (samples.LANGSMITH[0], "langsmith"),
            ({"runs": samples.LANGSMITH}, "langsmith"),
            (samples.otlp(*samples.CURRENT_SPANS), "otel"),
            (samples.MATRIX, "matrix"),
            (samples.OWN, "jsonl"),
        ],
    )
    def test_by_content(self, record, name):
        found = recognise([record])
        assert found is not None and found.name == name

    def test_nothing_known(self):
        assert recognise([{"a": 1}, [1], "x", None, 3]) is None


class TestValues:
    @pytest.mark.parametrize(
        ("value", "reward"),
        [(True, 1), (0.25, 0.25), ("0.5", 0.5), ("Thumbs Up", 1), ("incorrect", 0), (0, 0)],
    )
    def test_rewards(self, value, reward):
        assert as_reward(value) == reward

    @pytest.mark.parametrize(
        "value", [None, "", -0.1, 1.1, "NaN", "maybe", [], {}, 10**400, "inf", float("nan")]
    )
    def test_no_rewards(self, value):
        with pytest.raises(RefusedError):
            as_reward(value)

    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            (1_700_000_000, 1_700_000_000),
            (1_700_000_000_000, 1_700_000_000),
            ("1700000000", 1_700_000_000),
            ("2023-11-14T22:13:20Z", 1_700_000_000),
            ("2023-11-14T22:13:20", 1_700_000_000),
            ("2023-11-14T23:13:20+01:00", 1_700_000_000),
            ("yesterday", None),
            (-5, None),
            (None, None),
        ],
    )
    def test_times(self, value, seconds):
        assert as_time(value) == seconds

    def test_paths(self):
        record = {"a.b": {"c": [10, {"d": 1}]}, "a": {"b": 2}, "text": '{"x": [5]}'}
        assert lookup(record, "a.b.c.1.d") == 1
        assert lookup(record, "a.b") == {"c": [10, {"d": 1}]}
        assert lookup(record, "text.x.0") == 5
        assert lookup(record, "a.b.c.7") is None
        assert lookup(record, "a.x.y") is None

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ('{"a": NaN}', "NaN is not a number"),
            ('{"a": 1e999}', "too large"),
            ('{"a": ' + "9" * 5000 + "}", "too many digits"),
            ('{"a": 1', "invalid JSON"),
            ("[" * 100_000, "nested deeper"),
            ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "nested deeper"),
        ],
    )
    def test_json_that_is_refused(self, text, reason):
        with pytest.raises(RefusedError, match=reason):
            parse_json(text)

    def test_json_at_the_limit(self):
        assert parse_json("[" * MAX_DEPTH + "]" * MAX_DEPTH)


KEYS = [
    *("problem", "arm", "reward", "arms", "messages", "role", "content", "parts", "type", "value"),
    *("conversations", "from", "question", "actions", "reasoning", "outcome", "trajectory"),
    *("run_type", "id", "trace_id", "parent_run_id", "inputs", "outputs", "feedback_stats", "avg"),
    *("runs", "child_runs", "extra", "metadata", "error", "start_time", "dotted_order", "kwargs"),
    *("resourceSpans", "scopeSpans", "spans", "traceId", "spanId", "attributes", "key", "events"),
    *("stringValue", "arrayValue", "kvlistValue", "values", "intValue", "name", "status", "code"),
    *("tool_calls", "function", "arguments", "response", "choices", "message", "decision_id"),
]
JSON = st.recursive(
    (st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False))
    | st.text(st.characters(), max_size=12),  # lone surrogates too, as an escape can make them
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8), inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS), inner, max_size=8)
    ),
    max_leaves=25,
)
SAMPLES = [
    *(samples.CHAT, samples.BATCH, samples.TOUCAN, samples.AGENTBANK, samples.PLAIN),
    *({"runs": samples.LANGSMITH}, samples.MATRIX, samples.OWN | {"decision_id": "a" * 32}),
    *(samples.otlp(*samples.CURRENT_SPANS), samples.otlp(*samples.EVENT_SPANS)),
]
ODDITIES: list[Any] = [
    *(None, True, -1, 7, 10**400, 1e308, "", "x", "\ud800", "\0", "[", "{}", "[1]", "NaN"),
    *([], {}, [[]], [{}], [None], ["x", "y"], {"a": []}, {"content": {}}, {"role": [], "id": {}}),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside."""
    children: dict[Any, Any] = {}
    if isinstance(value, dict | list):
        children = value if isinstance(value, dict) else dict(enumerate(value))
    found = [path] if path else []
    for key, child in children.items():
        found += places(child, (*path, key))
    return found


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(copy[path[0]], path[1:], new)
    return copy


def converts_or_refuses(form: Format, record: Any) -> None:
    wishes = Wishes(arm="a", reward_field=None)
    try:
        if form.split is None:
            form.convert(record, wishes)
            return
        traces: dict[str, list[Any]] = {}
        for trace, part in form.split(record):
            traces.setdefault(trace, []).append(part)
        for parts in traces.values():
            form.convert(parts, wishes)
    except RefusedError as error:
        assert str(error) and "\n" not in str(error)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
class TestNothingCrashesAnImporter:
    @given(record=JSON)
    def test_arbitrary_json(self, form, record):
        converts_or_refuses(form, record)

    def test_real_records_with_anything_in_any_one_place(self, form):
        for sample in SAMPLES:
            for path in places(sample):
                for oddity in ODDITIES:
                    converts_or_refuses(form, replaced(sample, path, oddity))
