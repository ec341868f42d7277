"""Leads a team's conversation: after every turn the plan says who speaks next.

The only module that reaches into what AutoGen keeps to itself: there is no other way to choose
speakers by one's own rule, several at a time. Orders go to one member alone; what everybody may
see, who was chosen, the answers and the verdicts, is in the stream. Knows nothing of models.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from autogen_agentchat.base import Response
from autogen_agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    StopMessage,
    TextMessage,
)
from autogen_agentchat.state import BaseGroupChatManagerState
from autogen_agentchat.teams._group_chat._base_group_chat_manager import BaseGroupChatManager
from autogen_agentchat.teams._group_chat._events import GroupChatAgentResponse
from autogen_core import CancellationToken, DefaultTopicId
from pydantic import Field

from knowhow_agents.protocol.spec import Spec
from knowhow_agents.team.dispatch import Dispatcher
from knowhow_agents.team.orders import ARM, DECISION, REWARD, SOLVED, Job, order, reported
from knowhow_agents.team.plan import Plan, Step
from knowhow_memory.errors import InputError

log = logging.getLogger(__name__)
T = TypeVar("T")

SOLVED_STOP, UNSOLVED_STOP = "solved", "unsolved"
Message = BaseAgentEvent | BaseChatMessage


class TeamManagerState(BaseGroupChatManagerState):
    plan: dict[str, Any] | None = None
    type: str = Field(default="KnowhowTeamManagerState")


class TeamManager(BaseGroupChatManager):
    def __init__(
        self,
        *arguments: Any,
        team: str,
        dispatcher: Dispatcher,
        members: Mapping[str, str],
        attempts: int,
        analysed: bool,
        **more: Any,
    ) -> None:
        super().__init__(*arguments, **more)
        self._team, self._dispatcher, self._members = team, dispatcher, members
        self._attempts, self._analysed = attempts, analysed
        self._plan: Plan | None = None
        self._said: list[Message] = []
        """Own messages that no condition of termination has seen yet."""

    async def validate_group_state(self, messages: list[BaseChatMessage] | None) -> None:
        """A task is a new problem; without one the last is gone on with."""
        self._active_speakers.clear()  # of a run that was cancelled
        if messages:
            self._plan = Plan(problem=messages[-1].to_model_text(), attempts=self._attempts)
            if not self._analysed:
                self._plan.understand(Spec.plain())
        if self._plan is None:
            raise InputError("the team has no problem yet: give it a task")

    async def update_message_thread(self, messages: Sequence[Message]) -> None:
        await super().update_message_thread(messages)
        if self._plan is None or not self._active_speakers:
            return  # a task, which may be what another team of ours has said
        for message in messages:
            if (report := reported(message)) is not None:
                self._plan.hear(report)
        await self._remember(self._plan)

    async def _transition_to_next_speakers(self, cancellation_token: CancellationToken) -> None:
        plan = self._the_plan
        await self._remember(plan)  # what could not be written when it was heard
        await self._decide(plan, cancellation_token)
        if plan.jobs():
            await super()._transition_to_next_speakers(cancellation_token)
        else:
            await self._finish(plan)

    async def _apply_termination_condition(
        self, delta: Sequence[Message], increment_turn_count: bool = False
    ) -> bool:
        """What the lead says counts as well, and comes before the answers to it."""
        said, self._said = self._said, []
        return await super()._apply_termination_condition([*said, *delta], increment_turn_count)

    async def select_speaker(self, thread: Sequence[Message]) -> list[str]:
        """Everybody who has something to do now, and tells them what."""
        jobs: dict[str, list[Job]] = {}
        for name, job in self._the_plan.jobs():
            jobs.setdefault(self._members.get(name, name), []).append(job)
        for member, of_member in jobs.items():
            await self._order(member, of_member)
        return list(jobs)

    async def reset(self) -> None:
        self._current_turn = 0
        self._message_thread.clear()
        self._active_speakers.clear()
        if self._termination_condition is not None:
            await self._termination_condition.reset()
        self._plan, self._said = None, []

    async def save_state(self) -> Mapping[str, Any]:
        state = TeamManagerState(
            message_thread=[message.dump() for message in self._message_thread],
            current_turn=self._current_turn,
            plan=None if self._plan is None else self._plan.model_dump(mode="json"),
        )
        return state.model_dump()

    async def load_state(self, state: Mapping[str, Any]) -> None:
        loaded = TeamManagerState.model_validate(state)
        self._message_thread = [self._message_factory.create(m) for m in loaded.message_thread]
        self._current_turn = loaded.current_turn
        self._active_speakers.clear()
        self._plan = None if loaded.plan is None else Plan.model_validate(loaded.plan)

    @property
    def _the_plan(self) -> Plan:
        assert self._plan is not None  # every run begins with one
        return self._plan

    async def _decide(self, plan: Plan, token: CancellationToken) -> None:
        """Find somebody for every part that can be begun; they will work at the same time."""
        for part in plan.ready():
            step = await _beside(partial(self._dispatcher.choose, plan, part), token)
            if step is not None:
                plan.steps.append(step)
                await self._announce(plan, step)
        if plan.to_combine:
            plan.steps.append(self._dispatcher.combining(plan))

    async def _remember(self, plan: Plan) -> None:
        if plan.unrecorded:
            await asyncio.to_thread(self._dispatcher.remember, plan)

    async def _order(self, member: str, jobs: list[Job]) -> None:
        response = Response(chat_message=order(jobs, self._name))
        await self.publish_message(
            GroupChatAgentResponse(response=response, name=self._name),
            topic_id=DefaultTopicId(type=self._participant_name_to_topic_type[member]),
        )

    async def _announce(self, plan: Plan, step: Step) -> None:
        part = f"#{step.part}: " if plan.in_parts else ""
        record = f" ({step.record})" if step.record else ""
        nobody = ", as nobody is likely enough" if step.abstained else ""
        words = "".join(f"\n{note}" for note in step.notes)
        metadata = {ARM: step.arm} | ({DECISION: step.id} if step.decided else {})
        await self._say(f"{part}{step.arm}{record}{nobody}{words}", self._name, metadata)

    async def _say(self, words: str, source: str, metadata: dict[str, str]) -> None:
        message = TextMessage(content=words, source=source, metadata=metadata)
        self._message_thread.append(message)
        self._said.append(message)
        await self._output_message_queue.put(message)

    async def _finish(self, plan: Plan) -> None:
        """Say the answer, once; the conversation ends whether there is one or not."""
        outcome = UNSOLVED_STOP if plan.answer is None else SOLVED_STOP
        stop: StopMessage | None = None
        if not plan.told:
            plan.told = True
            words = plan.answer or f"{UNSOLVED_STOP}: {plan.why_not()}"
            await self._say(words, self._team, _last_words(plan))
            said, self._said = self._said, []
            if self._termination_condition is not None:
                stop = await self._termination_condition(said)
        if self._termination_condition is not None:
            await self._termination_condition.reset()
        self._current_turn = 0
        await self._signal_termination(stop or StopMessage(content=outcome, source=self._name))


def _last_words(plan: Plan) -> dict[str, str]:
    """Whose the answer is; the whole of several parts is nobody's alone."""
    metadata = {SOLVED: str(plan.answer is not None).lower()}
    if (last := plan.last) is not None:
        metadata |= {ARM: last.arm} | ({DECISION: last.id} if last.decided else {})
        if last.reward is not None:
            metadata[REWARD] = f"{last.reward:g}"
    return metadata


async def _beside(work: Callable[[], T], token: CancellationToken) -> T:
    future: Awaitable[T] = token.link_future(asyncio.ensure_future(asyncio.to_thread(work)))
    return await future
