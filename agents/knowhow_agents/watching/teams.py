"""Watching a team of AutoGen's, or one agent alone, without a line in the agents.

    watch(recorder, team)
    await team.run(task="A set of cups costs $80, 20% off. Sale price?")

The team stays the object it was: its `run`, `run_stream` and `reset` are covered by ones that
listen and pass everything on, every message and every exception. Runs of one team until its reset
are one conversation. The arm of an episode is whoever answered, unless the caller names another.
The last message carries the episode's id, for a verdict later:

    know.thumbs(result.messages[-1].metadata[DECISION], up=True)

Knows nothing of what agents do.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import Any, TypeAlias, TypeVar

from autogen_agentchat.base import TaskResult
from autogen_agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    ModelClientStreamingChunkEvent,
    StopMessage,
    ThoughtEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
    UserInputRequestedEvent,
)

from knowhow_agents.team.orders import DECISION
from knowhow_agents.watching.episode import Check, Episode, current_episode
from knowhow_agents.watching.recorder import Recorder
from knowhow_memory.errors import InputError
from knowhow_memory.exchange.values import as_object

T = TypeVar("T")
Message: TypeAlias = BaseAgentEvent | BaseChatMessage
USER = "user"
COVERED = "_knowhow_watch"
"""Where a team says that it is watched."""


def watch(
    recorder: Recorder,
    team: T,
    *,
    arm: str | None = None,
    check: Check | None = None,
    task: str | None = None,
) -> T:
    """The same team, watched from now on; `check` gets the problem and the `TaskResult`."""
    if not (hasattr(team, "run") and hasattr(team, "run_stream") and hasattr(team, "name")):
        raise InputError(
            f"{type(team).__name__!r} is no team and no agent: give what has run and run_stream"
        )
    if not hasattr(team, COVERED):
        setattr(team, COVERED, _Cover(recorder, team, arm, check, task))
    return team


class _Cover:
    def __init__(
        self, recorder: Recorder, team: Any, arm: str | None, check: Check | None, task: str | None
    ) -> None:
        self._recorder, self._team = recorder, team
        self._arm, self._check, self._task = arm, check, task
        self._run, self._run_stream = team.run, team.run_stream
        self._problem = self._conversation = ""
        team.run, team.run_stream = self.run, self.run_stream
        if hasattr(team, "reset"):
            self._reset, team.reset = team.reset, self.reset

    async def run(self, *, task: Any = None, **more: Any) -> TaskResult:
        if self._is_inner():
            return await self._passed_on(task=task, **more)
        run = _Run(self._begin(task))
        try:
            with run.episode.active():
                result = await self._passed_on(task=task, **more)
        except BaseException as error:
            self._fail(run, error)
            raise
        for message in result.messages:
            self._hear(run, message)
        self._end(run, result)
        return result

    async def run_stream(
        self, *, task: Any = None, **more: Any
    ) -> AsyncGenerator[Message | TaskResult, None]:
        stream = self._run_stream(task=task, **more)
        if self._is_inner():
            async for message in stream:
                yield message
            return
        run = _Run(self._begin(task))
        try:
            while True:
                try:
                    with run.episode.active():
                        message = await anext(stream)
                except StopAsyncIteration:
                    break
                if isinstance(message, TaskResult):
                    self._end(run, message)
                else:
                    self._hear(run, message)
                yield message
        except BaseException as error:
            self._fail(run, error)
            raise
        finally:
            await stream.aclose()

    async def reset(self) -> None:
        self._conversation = ""
        await self._reset()

    async def _passed_on(self, **arguments: Any) -> TaskResult:
        result: TaskResult = await self._run(**arguments)
        return result

    def _is_inner(self) -> bool:
        """A team's own `run` asks its `run_stream`: that is one episode and not two."""
        current = current_episode()
        return isinstance(current, _TeamEpisode) and current.cover is self

    def _begin(self, task: Any) -> "_TeamEpisode":
        problem = ""
        with self._recorder.quiet():
            problem = _problem_of(task) or self._problem  # no task: the last one goes on
        self._problem = problem
        self._conversation = self._conversation or problem
        episode = _TeamEpisode(
            problem,
            self._recorder.submit,
            wanted=bool(problem.strip()) and self._recorder.takes(self._conversation),
            arm=self._arm,
            task=self._task,
        )
        episode.cover = self
        return episode

    def _hear(self, run: "_Run", message: Message) -> None:
        if run.episode.wanted:
            with self._recorder.quiet():
                run.hear(message)

    def _end(self, run: "_Run", result: TaskResult) -> None:
        with self._recorder.quiet():
            run.episode.speaker = run.speaker or str(self._team.name)
            if run.episode.wanted and result.messages:
                result.messages[-1].metadata.setdefault(DECISION, run.episode.id)
            run.episode.result = result
            run.episode.end(self._check)

    def _fail(self, run: "_Run", error: BaseException) -> None:
        with self._recorder.quiet():
            run.episode.speaker = run.speaker or str(self._team.name)
            run.episode.fail(error)


class _TeamEpisode(Episode):
    cover: _Cover | None = None


class _Run:
    """What is heard of one run."""

    def __init__(self, episode: _TeamEpisode) -> None:
        self.episode = episode
        self.speaker: str | None = None
        """Who gave the last answer."""
        self._people = {USER}

    def hear(self, message: Message) -> None:
        by = message.source
        usage = message.models_usage
        if usage is not None:
            self.episode.used(usage.prompt_tokens, usage.completion_tokens)
        match message:
            case ModelClientStreamingChunkEvent():
                return  # the whole message follows
            case UserInputRequestedEvent():
                self._people.add(by)
                return
            case ToolCallRequestEvent():
                for call in message.content:
                    arguments = as_object(call.arguments) or call.arguments
                    self.episode.note("tool_call", by=by, name=call.name, arguments=arguments)
                return
            case ToolCallExecutionEvent():
                for result in message.content:
                    facts = {"failed": True} if result.is_error else {}
                    self.episode.note(
                        "tool_result", by=by, name=result.name, content=result.content, **facts
                    )
                return
        if isinstance(message, BaseChatMessage):
            kind = "message"
            if by not in self._people and not isinstance(message, StopMessage):
                self.speaker = by
        else:
            kind = "reasoning" if isinstance(message, ThoughtEvent) else type(message).__name__
        self.episode.note(kind, name=by, content=message.to_text())


def _problem_of(task: str | BaseChatMessage | Sequence[BaseChatMessage] | None) -> str:
    if task is None or isinstance(task, str):
        return task or ""
    if isinstance(task, BaseChatMessage):
        return task.to_model_text()
    return "\n".join(message.to_model_text() for message in task)
