"""Who works in a team: agents of AutoGen that do what they are ordered to and always report.

Whatever goes wrong inside a job, an exception, a deadline, nonsense, is its report; only a
cancellation goes through. Jobs of one order are done at the same time. Asked by anybody else in
plain words, a member answers them too. Knows nothing of who is chosen and what is recorded.
"""

import asyncio
import time
from abc import abstractmethod
from collections.abc import AsyncGenerator, Sequence

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import BaseAgentEvent, BaseChatMessage, TextMessage
from autogen_core import CancellationToken
from pydantic import ValidationError

from knowhow_agents.big_model.errors import ProviderFault, scrubbed
from knowhow_agents.protocol.turns import guidance_for, kept
from knowhow_agents.protocol.whathow import WhatHow
from knowhow_agents.protocol.whisper import Whisper, Whisperer
from knowhow_agents.team.beside import HungError, call, in_thread, within
from knowhow_agents.team.orders import Job, Report, Work, ordered, reporting
from knowhow_agents.team.spans import Spans
from knowhow_agents.team.specialists import ANALYST, EXECUTOR, Answer, Said, Specialist
from knowhow_memory.errors import InputError, KnowhowError
from knowhow_memory.models import split_arm

Stream = AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]


class Member(BaseChatAgent):
    asks_a_provider = False
    """Whether one who hangs hangs on a provider."""
    answers_with = Work.SOLVE
    """What somebody wants who says a problem and orders nothing."""

    def __init__(self, name: str, description: str, *, deadline_s: float, spans: Spans) -> None:
        super().__init__(name, description)
        self._deadline_s, self._spans = deadline_s, spans
        self._unpaused = asyncio.Event()
        self._unpaused.set()

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        return (TextMessage,)

    async def on_messages(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Response:
        async for message in self.on_messages_stream(messages, cancellation_token):
            if isinstance(message, Response):
                return message
        raise AssertionError("a stream ends with its response")

    async def on_messages_stream(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Stream:
        jobs = ordered(messages) or [self._understood(messages)]
        tasks = [asyncio.ensure_future(self._done(job)) for job in jobs]
        said: list[BaseAgentEvent | BaseChatMessage] = []
        try:
            for job, task in zip(jobs, tasks, strict=True):
                cancellation_token.link_future(task)
                report = await task
                message = reporting(report, job, self.name, self.told(report))
                if task is tasks[-1]:
                    yield Response(chat_message=message, inner_messages=said)
                else:
                    said.append(message)
                    yield message
        finally:
            for task in tasks:
                task.cancel()

    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        """Nothing is kept from one order to the next."""

    async def on_pause(self, cancellation_token: CancellationToken) -> None:
        """What is begun is finished; nothing new is begun."""
        self._unpaused.clear()

    async def on_resume(self, cancellation_token: CancellationToken) -> None:
        self._unpaused.set()

    @abstractmethod
    async def work(self, job: Job) -> Report: ...

    def told(self, report: Report) -> str:
        if report.failure is not None:
            return f"no answer: {report.failure}"
        return report.answer or "has no answer"

    def _understood(self, messages: Sequence[BaseChatMessage]) -> Job:
        if not messages:
            raise InputError(f"{self.name!r} was asked nothing")
        return Job(work=self.answers_with, problem=messages[-1].to_model_text())

    async def _done(self, job: Job) -> Report:
        await self._unpaused.wait()
        started = time.monotonic()
        with self._spans.working(self.name, job) as span:
            report = await self._attempted(job)
            report.seconds = time.monotonic() - started
            span.came_to(report)
        return report

    async def _attempted(self, job: Job) -> Report:
        try:
            return await within(self._deadline_s, self.work(job))
        except ProviderFault as fault:
            return self._failed(job, str(fault), infra=fault.infra)
        except HungError as hung:
            return self._failed(job, str(hung), infra=self.asks_a_provider)
        except (ConnectionError, TimeoutError) as error:
            return self._failed(job, _named(error), infra=True)
        except ValidationError:
            return self._failed(job, "said what is no answer", infra=False)
        except KnowhowError as error:
            return self._failed(job, scrubbed(error), infra=False)
        except Exception as error:  # noqa: BLE001  what others wrote may raise anything
            return self._failed(job, _named(error), infra=False)

    def _failed(self, job: Job, why: str, *, infra: bool) -> Report:
        return Report(work=job.work, step=job.step, failure=why, infra=infra)


class Analyst(Member):
    asks_a_provider = True
    answers_with = Work.ANALYSE

    def __init__(self, what_how: WhatHow, *, deadline_s: float, spans: Spans) -> None:
        super().__init__(ANALYST, "says what has to be done", deadline_s=deadline_s, spans=spans)
        self._what_how = what_how

    async def work(self, job: Job) -> Report:
        spec = await self._what_how.analyse(job.problem)
        return Report(work=job.work, spec=spec)

    def told(self, report: Report) -> str:
        return report.spec.written() if report.spec else super().told(report)


class Expert(Member):
    """A specialist at work."""

    def __init__(
        self, specialist: Specialist, whisperer: Whisperer | None, *, spans: Spans
    ) -> None:
        super().__init__(
            specialist.member, specialist.purpose, deadline_s=specialist.deadline_s, spans=spans
        )
        self._specialist, self._whisperer = specialist, whisperer

    async def work(self, job: Job) -> Report:
        if job.work is Work.WHISPER:
            return Report(work=job.work, step=job.step, whisper=await self._whispered(job.problem))
        strategies = self._specialist.strategies
        strategy = split_arm(job.arm)[1] or next(iter(strategies), "")
        if strategy not in strategies:
            known = ", ".join(strategies) or "none of its own"
            raise InputError(f"{self.name!r} has no strategy {strategy!r}: it has {known}")
        answer = _as_answer(await call(strategies[strategy], job.problem))
        return Report(
            work=job.work,
            step=job.step,
            answer=answer.text,
            cost=answer.cost,
            adapter_version=answer.adapter_version,
            trajectory=answer.trajectory,
        )

    async def _whispered(self, problem: str) -> Whisper | None:
        whisperer = self._whisperer
        if whisperer is None:
            return None
        return await in_thread(lambda: whisperer.whisper(self._specialist.name, problem))

    def told(self, report: Report) -> str:
        if report.work is not Work.WHISPER or report.failure is not None:
            return super().told(report)
        return report.whisper.guidance.text if report.whisper else "nothing to whisper"


class Executor(Member):
    """The big model at work, guided or not."""

    asks_a_provider = True
    answers_with = Work.EXECUTE

    def __init__(self, what_how: WhatHow, *, deadline_s: float, spans: Spans) -> None:
        super().__init__(EXECUTOR, "the big model, guided", deadline_s=deadline_s, spans=spans)
        self._what_how = what_how

    async def work(self, job: Job) -> Report:
        if job.work is Work.COMBINE:
            attempt = await self._what_how.combine(job.problem, job.spec, job.parts)
        else:
            guidance = guidance_for(job.arm, job.record, job.whisper)
            attempt = await self._what_how.execute(job.problem, job.spec, guidance)
        return Report(
            work=job.work,
            step=job.step,
            answer=attempt.answer or attempt.text or None,
            notes=list(attempt.objections),
            adapter_version=job.whisper.guidance.source if job.whisper else None,
            trajectory=kept(attempt, job.whisper),
        )


def _as_answer(said: "Said | object") -> Answer:
    return said if isinstance(said, Answer) else Answer(said)  # type: ignore[arg-type]


def _named(error: BaseException) -> str:
    """What was raised, in one line without keys."""
    return f"raised {type(error).__name__}: {scrubbed(error)}"
