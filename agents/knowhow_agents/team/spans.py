"""What a team writes into OpenTelemetry: who was chosen and why, who worked and what came of it.

Names are those of the GenAI conventions, and `knowhow.route.*` for what they have none for. Only
the API is used: without an SDK in the program nothing is written. Words of problems and answers
stay out unless they are asked for. Knows nothing of how a team works.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from autogen_core import SingleThreadedAgentRuntime
from opentelemetry import trace
from opentelemetry.trace import Span, Status, StatusCode

from knowhow_agents.team.orders import Job, Report, Work
from knowhow_agents.team.plan import Step
from knowhow_memory.models import split_arm
from knowhow_router.router import Routed

TRACER = "knowhow"
OPERATION, AGENT = "gen_ai.operation.name", "gen_ai.agent.name"
PROVIDER, MODEL = "gen_ai.provider.name", "gen_ai.request.model"
INPUT, OUTPUT = "gen_ai.input.messages", "gen_ai.output.messages"
ERROR = "error.type"
ROUTE = "knowhow.route"
BY_BIG_MODEL = frozenset({Work.ANALYSE, Work.EXECUTE, Work.COMBINE})


@dataclass(frozen=True)
class Spans:
    big_model: str | None = None
    with_text: bool = False

    @contextmanager
    def routing(self, problem: str) -> Iterator["Routing"]:
        with _tracer().start_as_current_span(ROUTE) as span:
            if self.with_text:
                span.set_attribute(INPUT, problem)
            yield Routing(span)

    @contextmanager
    def working(self, member: str, job: Job) -> Iterator["Working"]:
        attributes = {
            OPERATION: "invoke_agent",
            AGENT: member,
            PROVIDER: TRACER,
            "knowhow.work": job.work.value,
        }
        if job.arm:
            attributes[f"{ROUTE}.arm"] = job.arm
        if job.decision:
            attributes[f"{ROUTE}.decision"] = job.decision
        if self.big_model and job.work in BY_BIG_MODEL:
            attributes[MODEL] = self.big_model
        if self.with_text:
            attributes[INPUT] = job.problem
        name = f"invoke_agent {member}"
        with _tracer().start_as_current_span(name, attributes=attributes) as span:
            yield Working(span, self.with_text)


@dataclass(frozen=True)
class Routing:
    span: Span

    def chose(self, step: Step, routed: Routed | None) -> None:
        agent, strategy = split_arm(step.arm)
        self.span.set_attribute(f"{ROUTE}.arm", step.arm)
        self.span.set_attribute(AGENT, agent)
        self.span.set_attribute(f"{ROUTE}.strategy", strategy or "")
        if routed is None:
            self.span.set_status(Status(StatusCode.ERROR, "nobody could be asked whom to ask"))
            return
        chosen = routed.chosen
        self.span.set_attribute(f"{ROUTE}.decision", routed.id)
        self.span.set_attribute(f"{ROUTE}.cause", routed.cause)
        self.span.set_attribute(f"{ROUTE}.abstained", step.abstained)
        self.span.set_attribute(f"{ROUTE}.candidates", len(routed.candidates))
        self.span.set_attribute(f"{ROUTE}.p", chosen.p)
        self.span.set_attribute(f"{ROUTE}.low", chosen.low)
        self.span.set_attribute(f"{ROUTE}.high", chosen.high)
        self.span.set_attribute(f"{ROUTE}.propensity", chosen.propensity)


@dataclass(frozen=True)
class Working:
    span: Span
    with_text: bool

    def came_to(self, report: Report) -> None:
        if report.reward is not None:
            self.span.set_attribute("knowhow.reward", report.reward)
        if report.failure is not None:
            # The reason may quote the problem, so it counts as text.
            told = report.failure if self.with_text else None
            self.span.set_status(Status(StatusCode.ERROR, told))
            self.span.set_attribute(ERROR, "infra" if report.infra else "agent")
        if self.with_text and report.answer is not None:
            self.span.set_attribute(OUTPUT, report.answer)


def quiet_runtime() -> SingleThreadedAgentRuntime:
    """AutoGen's own, which otherwise writes every message, words and all, into its spans."""
    return SingleThreadedAgentRuntime(
        ignore_unhandled_exceptions=False, tracer_provider=trace.NoOpTracerProvider()
    )


def _tracer() -> trace.Tracer:
    return trace.get_tracer(TRACER)
