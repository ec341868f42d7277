"""The provider of these examples: a small model in this process. Yours is any other."""

from typing import Any

from knowhow_agents.big_model import door
from knowhow_agents.big_model.client import BigModel

MODEL = "embedded/big-reckoner"


def autogen_client() -> BigModel:
    """As AutoGen takes it."""
    return BigModel(MODEL)


def litellm() -> Any:
    """LiteLLM, with the model known to it."""
    return door.litellm()
