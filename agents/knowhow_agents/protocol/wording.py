"""The prompts: versioned files, and how they become messages.

A file is `NAME.STYLE.VERSION.md`. `brief` is for the embedded models, who know short prompts of
the kind they grew up with and no system text; `full` is for everybody else. A text that changes
gets a new version, because outcomes name the one they came from. Whatever is filled in is only
ever part of the user's message, and braces in it stay braces.
"""

import re
from enum import StrEnum
from functools import cache
from importlib.resources import files

from autogen_core.models import LLMMessage, SystemMessage, UserMessage

VERSION = "v1"
SOURCE = "knowhow"
FIELD = re.compile(r"\{(\w+)\}")


class Style(StrEnum):
    BRIEF = "brief"
    FULL = "full"


def style_for(model: str) -> Style:
    """The style a model understands, by its name: wherever an embedded one is served, it is one."""
    from knowhow_adapters.base.recipes import RECIPES

    return Style.BRIEF if model.rpartition("/")[2] in RECIPES else Style.FULL


def messages(style: Style, name: str, **fields: str) -> list[LLMMessage]:
    """The prompt of that name, filled in."""
    template = _read(name, style)
    words = FIELD.sub(lambda found: fields[found[1]], template)
    asked = UserMessage(content=words, source=SOURCE)
    if style is Style.BRIEF:
        return [asked]
    return [SystemMessage(content=_read("system", style)), asked]


@cache
def _read(name: str, style: Style) -> str:
    file = files("knowhow_agents.protocol") / "prompts" / f"{name}.{style}.{VERSION}.md"
    return file.read_text(encoding="utf-8").strip()
