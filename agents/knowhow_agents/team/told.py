"""What a team's run comes to, as one document. Knows nothing of how it came about."""

from typing import Any

from autogen_agentchat.base import TaskResult
from autogen_agentchat.messages import BaseChatMessage

from knowhow_agents.team.orders import ARM, DECISION, REWARD, SOLVED


def document(result: TaskResult) -> dict[str, Any]:
    """For `--json`; a decision's id is what its outcome is told by."""
    chat = [message for message in result.messages if isinstance(message, BaseChatMessage)]
    last = chat[-1]
    reward = last.metadata.get(REWARD)
    return {
        "problem": chat[0].to_text(),
        "answer": last.to_text(),
        "solved": last.metadata.get(SOLVED) == "true",
        "arm": last.metadata.get(ARM),
        "decision": last.metadata.get(DECISION),
        "reward": None if reward is None else float(reward),
        "stop": result.stop_reason,
        "messages": [_message(message) for message in chat],
    }


def _message(message: BaseChatMessage) -> dict[str, Any]:
    return {
        "source": message.source,
        "text": message.to_text(),
        "arm": message.metadata.get(ARM),
        "decision": message.metadata.get(DECISION),
    }
