"""What an agent and a version of its adapter may be called; imports nothing heavy."""

import re

from knowhow_memory.errors import InputError

AGENT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
"""Becomes the name of a folder: nothing in it may mean something to a file system."""
SHORT_HASH = 12
REF = rf"^{AGENT_NAME.pattern}@[0-9a-f]{{{SHORT_HASH}}}$"
REF_NAME = re.compile(REF)


def check_agent(agent: str) -> str:
    if not AGENT_NAME.fullmatch(agent):
        raise InputError(
            f"{agent[:80]!r} cannot name an agent: small letters, digits, '-' and '_', at most 64"
        )
    return agent


def agent_of(ref: str) -> str:
    """Whose version it is."""
    if not is_ref(ref):
        raise InputError(f"{ref[:80]!r} names no version: it would be 'agent@' and 12 hex digits")
    return ref.partition("@")[0]


def is_ref(name: str) -> bool:
    return REF_NAME.fullmatch(name) is not None
