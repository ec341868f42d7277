"""A team of ours where AutoGen wants one of its own."""

import re
from pathlib import Path
from typing import Any

import pytest
from autogen_agentchat.agents import AssistantAgent, SocietyOfMindAgent
from autogen_agentchat.base import TaskResult, Team
from autogen_agentchat.conditions import (
    ExternalTermination,
    MaxMessageTermination,
    TextMentionTermination,
)
from autogen_agentchat.messages import SelectSpeakerEvent, TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat, SelectorGroupChat
from autogen_agentchat.ui import Console
from autogen_core import SingleThreadedAgentRuntime

import knowhow_agents
from knowhow_agents.big_model.double import ScriptedModel
from knowhow_agents.protocol.whathow import WhatHow
from knowhow_agents.protocol.wording import Style
from knowhow_memory.memory import Memory
from tests.agents.team.kit import PLAIN, PROBLEM, adder, big, final, outcomes, said_by, team

pytestmark = pytest.mark.anyio

PRIVATE = re.compile(r"^(?:from|import) autogen\S*\._", re.MULTILINE)


async def test_console_shows_it(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    result = await Console(team(memory, [adder()]).run_stream(task=PROBLEM))
    shown = capsys.readouterr().out
    assert isinstance(result, TaskResult) and result.stop_reason == "solved"
    for line in ("TextMessage (router)", "adder::adds", "reward 1 (adder)"):
        assert line in shown


async def test_its_stream_ends_in_a_result_of_the_same_messages(memory: Memory) -> None:
    events = [event async for event in team(memory, [adder()]).run_stream(task=PROBLEM)]
    last = events[-1]
    assert isinstance(last, TaskResult) and list(last.messages) == events[:-1]


async def test_tasks_come_as_texts_messages_or_lists(memory: Memory) -> None:
    message = TextMessage(content=PROBLEM, source="user")
    for task in (PROBLEM, message, [TextMessage(content="Hello.", source="user"), message]):
        result = await team(memory, [adder()]).run(task=task, output_task_messages=False)
        assert final(result).content == "5" and result.messages[0].source == "router"


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        (MaxMessageTermination(2), "Maximum number of messages"),
        (TextMentionTermination("5", sources=["adder"]), "Text '5' mentioned"),
        (TextMentionTermination("adder::adds", sources=["router"]), "Text 'adder::adds' mentioned"),
        (TextMentionTermination("5", sources=["knowhow"]), "Text '5' mentioned"),
        (TextMentionTermination("TERMINATE"), "solved"),
    ],
)
async def test_conditions_of_termination_hold(memory: Memory, condition: Any, why: str) -> None:
    asked = team(memory, [adder()], termination_condition=condition)
    result = await asked.run(task=PROBLEM)
    assert result.stop_reason and why in result.stop_reason
    rest = await asked.run()  # the condition was reset, the run goes on
    said = [*said_by(result, "knowhow"), *said_by(rest, "knowhow")]
    assert said == ["5"]
    assert [outcome.reward for outcome in outcomes(memory)] == [1.0]


async def test_it_stops_from_outside_and_after_its_turns(memory: Memory) -> None:
    external = ExternalTermination()
    asked = team(memory, [adder()], termination_condition=external, max_turns=1)
    assert (await asked.run(task=PROBLEM)).stop_reason == "Maximum number of turns 1 reached."
    external.set()
    result = await asked.run()
    assert result.stop_reason == "External termination requested"
    assert (await asked.run()).stop_reason == "solved"


async def test_it_works_in_a_runtime_of_the_programs_own(memory: Memory) -> None:
    runtime = SingleThreadedAgentRuntime(ignore_unhandled_exceptions=False)
    runtime.start()
    result = await team(memory, [adder()], runtime=runtime).run(task=PROBLEM)
    await runtime.stop()
    assert final(result).content == "5"


async def test_team_events_name_the_speakers(memory: Memory) -> None:
    result = await team(memory, [adder()], emit_team_events=True).run(task=PROBLEM)
    chosen = [m.content for m in result.messages if isinstance(m, SelectSpeakerEvent)]
    assert chosen == [["adder"], ["verifier"]]


async def test_it_is_a_member_of_other_teams(memory: Memory) -> None:
    ours = team(memory, [adder()])
    assert isinstance(ours, Team)
    writer = AssistantAgent("writer", model_client=ScriptedModel("The sum is 5."))
    outer = RoundRobinGroupChat([ours, writer], termination_condition=MaxMessageTermination(6))
    result = await outer.run(task=PROBLEM)
    assert final(result).content == "The sum is 5."
    assert "5" in said_by(result, "knowhow")
    state = await outer.save_state()
    again = RoundRobinGroupChat([team(memory, [adder()]), writer])
    await again.load_state(state)

    chosen = SelectorGroupChat(
        [team(memory, [adder()]), writer],
        model_client=ScriptedModel("knowhow"),
        termination_condition=TextMentionTermination("5", sources=["knowhow"]),
    )
    assert "5" in said_by(await chosen.run(task=PROBLEM), "knowhow")


async def test_two_of_ours_do_not_take_each_others_reports_for_their_own(memory: Memory) -> None:
    first = team(memory, [adder()], what_how=big(PLAIN, *["answer: 5"] * 2), name="first")
    model = ScriptedModel(PLAIN, *["answer: 5"] * 2)
    what_how = WhatHow(model, style=Style.BRIEF)
    second = team(memory, [adder()], what_how=what_how, name="second")
    stop = TextMentionTermination("5", sources=["second"])
    result = await RoundRobinGroupChat([first, second], termination_condition=stop).run(
        task=PROBLEM
    )
    assert said_by(result, "first") == said_by(result, "second") == ["5"]
    assert "Analyse this problem" in model.asked[0].text


async def test_a_society_of_mind_thinks_with_it(memory: Memory) -> None:
    model = ScriptedModel("So it is 5.")
    mind = SocietyOfMindAgent("mind", team=team(memory, [adder()]), model_client=model)
    result = await mind.run(task=PROBLEM)
    assert final(result).content == "So it is 5."
    assert "reward 1 (adder)" in model.asked[0].text


def test_one_module_reaches_into_autogens_private_parts() -> None:
    folder = Path(knowhow_agents.__file__).parent
    reaching = [f.name for f in folder.rglob("*.py") if PRIVATE.search(f.read_text())]
    assert reaching == ["manager.py"]


async def test_a_member_answers_whoever_asks_it(memory: Memory) -> None:
    """Specialists of a team are agents by themselves."""
    expert = team(memory, [adder()]).experts["adder"]
    assert final(await expert.run(task=PROBLEM)).content == "5"
    assert outcomes(memory) == []
