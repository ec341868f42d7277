"""A team for AutoGen whose next speaker is chosen by what was learnt from verified outcomes.

    team = KnowhowTeam(know.memory, know.router, [coins, rooms], what_how=WhatHow(model))
    result = await team.run(task="Pay 63 cents with as few coins as possible.")
    print(result.messages[-1].content)

It is a team like AutoGen's own: `run_stream`, conditions of termination, pause, cancellation,
`save_state` and `load_state`, a part of another team. An analyst says what has to be done; for each
part the router chooses a specialist and a strategy, or the big model; a verifier holds the answer
against the checks there are; what came of it is recorded, and the next choice is a better one.
Parts that need no other's answer are worked at together. Knows nothing of settings.
"""

from collections.abc import Callable, Sequence
from typing import Any

from autogen_agentchat.base import ChatAgent, Team, TerminationCondition
from autogen_agentchat.teams import BaseGroupChat
from autogen_core import AgentRuntime

from knowhow_agents.protocol.turns import ROUTER
from knowhow_agents.protocol.whathow import WhatHow
from knowhow_agents.protocol.whisper import Whisperer
from knowhow_agents.team.dispatch import Dispatcher
from knowhow_agents.team.manager import TeamManager
from knowhow_agents.team.members import Analyst, Executor, Expert
from knowhow_agents.team.spans import Spans, quiet_runtime
from knowhow_agents.team.specialists import Check, Specialist, by_name
from knowhow_agents.team.verifier import Verifier
from knowhow_memory.errors import InputError
from knowhow_memory.memory import Memory
from knowhow_router.router import Router

ATTEMPTS = 2
"""How many arms a part is given to, one after the other, before it counts as unsolved."""
DEADLINE_S = 180.0
"""For one job of the big model or the verifier."""


class KnowhowTeam(BaseGroupChat):
    def __init__(
        self,
        memory: Memory,
        router: Router,
        specialists: Sequence[Specialist],
        *,
        what_how: WhatHow | None = None,
        big_model: str = "big-model",
        whisperer: Whisperer | None = None,
        check: Check | None = None,
        analyse: bool = True,
        attempts: int = ATTEMPTS,
        deadline_s: float = DEADLINE_S,
        text_in_spans: bool = False,
        name: str = "knowhow",
        description: str = "a team that learns whom to ask",
        termination_condition: TerminationCondition | None = None,
        max_turns: int | None = None,
        runtime: AgentRuntime | None = None,
        emit_team_events: bool = False,
    ) -> None:
        """`what_how` is the big model, which analyses and executes, called `big_model` in the log;
        without one the specialists are on their own. Without `analyse` it only executes, and a
        problem has no parts but those that its text numbers. `whisperer` gives specialists with a
        trained adapter a word to the big model. `check` is asked before the specialists' own. A
        `runtime` of one's own writes into its spans what it likes."""
        known = by_name(specialists)
        if not known and what_how is None:
            raise InputError("a team without specialists and big model has nobody to ask")
        if attempts < 1:
            raise InputError(f"attempts is {attempts!r}: it must be at least 1")
        model = big_model if what_how is not None else None
        spans = Spans(model, text_in_spans)
        self._dispatcher = Dispatcher(
            memory, router, known, whisperer=whisperer, big_model=model, spans=spans
        )
        self._attempts, self._analysed = attempts, analyse and what_how is not None
        self.experts = {each.name: Expert(each, whisperer, spans=spans) for each in specialists}
        participants: list[ChatAgent | Team] = [
            Verifier(known, check, deadline_s=deadline_s, spans=spans),
            *self.experts.values(),
        ]
        if what_how is not None:
            participants.append(Analyst(what_how, deadline_s=deadline_s, spans=spans))
            participants.append(Executor(what_how, deadline_s=deadline_s, spans=spans))
        super().__init__(
            name=name,
            description=description,
            participants=participants,
            group_chat_manager_name=ROUTER,
            group_chat_manager_class=TeamManager,
            termination_condition=termination_condition,
            max_turns=max_turns,
            runtime=runtime,
            emit_team_events=emit_team_events,
        )
        if self._embedded_runtime and not text_in_spans:
            self._runtime = quiet_runtime()

    def _create_group_chat_manager_factory(
        self, *arguments: Any, **more: Any
    ) -> Callable[[], TeamManager]:
        return lambda: TeamManager(
            *arguments,
            team=self.name,
            dispatcher=self._dispatcher,
            members={name: expert.name for name, expert in self.experts.items()},
            attempts=self._attempts,
            analysed=self._analysed,
            emit_team_events=self._emit_team_events,
            **more,
        )
