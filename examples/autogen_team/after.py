"""An AutoGen app: one agent solves, another looks over it."""

import asyncio

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.base import TaskResult
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat

import knowhow
from examples.models import autogen_client
from examples.problems import PROBLEMS, is_right


def check(problem: str, result: TaskResult) -> bool:
    return is_right(problem, result.messages[1].to_text())


async def main() -> None:
    solver = AssistantAgent("solver", model_client=autogen_client())
    reader = AssistantAgent("reader", model_client=autogen_client())
    team = RoundRobinGroupChat([solver, reader], termination_condition=MaxMessageTermination(3))
    team = knowhow.watch(team, arm="solver", check=check)
    for problem in PROBLEMS:
        result = await team.run(task=problem)
        print(problem, "→", result.messages[1].to_text())
        await team.reset()


if __name__ == "__main__":
    asyncio.run(main())
