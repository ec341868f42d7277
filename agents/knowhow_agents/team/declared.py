"""Specialists declared in files: `NAME.toml`, and beside it whatever it points to.

    purpose = "gives change with as few coins as possible"
    check = "coins.py:check"                    # what an answer is worth

    [strategies.greedy]
    run = "coins.py:largest_first"              # a function of one's own
    [strategies.careful]
    prompt = "Work step by step. {problem}"     # the big model, asked this way
    [strategies.trained]
    small_model = "Coins: {problem}"            # the small model, with the specialist's adapter
    grammar = "coins.lark"                      # bounds what it may say

To look at a declaration runs none of its code; to open it does, as importing a module would. Knows
nothing of settings.
"""

import importlib.util
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Self

from autogen_core.models import ChatCompletionClient, UserMessage
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from knowhow_adapters.names import check_agent
from knowhow_agents.protocol.replies import read_answer
from knowhow_agents.protocol.whisper import Whisperer
from knowhow_agents.team.specialists import DEADLINE_S, Answer, Check, Specialist, Strategy
from knowhow_memory.errors import ConflictError, InputError
from knowhow_memory.validation import one_line

SUFFIX = ".toml"
PROBLEM = "{problem}"
"""Where a prompt shows the problem."""

TEMPLATE = """\
purpose = "say in a line what it is for"
check = "{name}.py:check"

[strategies.first]
run = "{name}.py:first"

# [strategies.careful]
# prompt = "Work step by step. {{problem}}"  # the big model, asked this way

# [strategies.trained]
# small_model = "{{problem}}"  # the small model, with this specialist's adapter
"""
CODE = '''\
"""What `{name}` can do. Tried out: knowhow ask --team "What is 2 plus 3?"."""

import re


def first(problem: str) -> str | None:
    """The answer to a problem in words, or None where there is none."""
    numbers = [int(number) for number in re.findall(r"-?\\d+", problem)]
    return str(sum(numbers)) if "plus" in problem and numbers else None


def check(problem: str, answer: str) -> float | None:
    """What an answer is worth, from 0 to 1; None where that cannot be told.

    It is asked about the answers of others, too, and to problems of other kinds.
    """
    right = first(problem)
    return None if right is None else float(answer.strip() == right)
'''


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DeclaredStrategy(_Strict):
    run: str | None = None
    prompt: str | None = None
    small_model: str | None = None
    grammar: str | None = None

    @model_validator(mode="after")
    def one_way(self) -> Self:
        ways = [self.run, self.prompt, self.small_model]
        if sum(way is not None for way in ways) != 1:
            raise ValueError("give one of run, prompt and small_model")
        if self.grammar is not None and self.small_model is None:
            raise ValueError("a grammar bounds the small model: give small_model with it")
        for text in (self.prompt, self.small_model):
            if text is not None and PROBLEM not in text:
                raise ValueError(f"a prompt shows the problem where {PROBLEM} stands")
        return self


class Declaration(_Strict):
    purpose: str = Field(min_length=1)
    strategies: dict[str, DeclaredStrategy] = Field(default_factory=dict)
    check: str | None = None
    deadline_s: float = Field(DEADLINE_S, gt=0)


@dataclass(frozen=True)
class Declared:
    """A declaration and where it stands."""

    path: Path
    says: Declaration

    @property
    def name(self) -> str:
        return self.path.stem

    def open(self, model: ChatCompletionClient, whisperer: Whisperer) -> Specialist:
        """The specialist, its code loaded."""
        code = _Code(self.path.parent)
        ways = {
            name: _strategy(self.name, way, code, model, whisperer)
            for name, way in self.says.strategies.items()
        }
        check: Check | None = None if self.says.check is None else code.function(self.says.check)
        return Specialist(self.name, self.says.purpose, ways, check, self.says.deadline_s)


def declared_in(folder: Path) -> list[Declared]:
    """In the order of their names; none where there is no such folder."""
    return [read_declaration(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]


def read_declaration(path: Path) -> Declared:
    check_agent(path.stem)
    try:
        says = Declaration.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{str(path)!r} is no TOML: {error}") from error
    except ValidationError as error:
        raise InputError(f"{str(path)!r}: {one_line(error)}") from error
    return Declared(path, says)


def scaffold(folder: Path, name: str) -> list[Path]:
    """Write a declaration that works, to be changed into what is wanted."""
    check_agent(name)
    files = {folder / f"{name}{SUFFIX}": TEMPLATE, folder / f"{name}.py": CODE}
    for path in files:
        if path.exists():
            raise ConflictError(f"there is {str(path)!r} already: choose another name")
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        path.write_text(text.format(name=name), encoding="utf-8")
    return list(files)


def _strategy(
    agent: str,
    way: DeclaredStrategy,
    code: "_Code",
    model: ChatCompletionClient,
    whisperer: Whisperer,
) -> Strategy:
    if way.run is not None:
        return code.function(way.run)
    if way.prompt is not None:
        return _prompting(way.prompt, model)
    assert way.small_model is not None  # it is one of the three
    grammar = None if way.grammar is None else code.text(way.grammar)
    return _speaking(agent, way.small_model, grammar, whisperer)


def _prompting(prompt: str, model: ChatCompletionClient) -> Strategy:
    async def ask(problem: str) -> Answer:
        asked = prompt.replace(PROBLEM, problem)
        result = await model.create([UserMessage(content=asked, source="knowhow")])
        said = result.content if isinstance(result.content, str) else ""
        return Answer(
            read_answer(said) or said or None, trajectory=[{"asked": asked, "said": said}]
        )

    return ask


def _speaking(agent: str, prompt: str, grammar: str | None, whisperer: Whisperer) -> Strategy:
    def speak(problem: str) -> Answer:
        asked = prompt.replace(PROBLEM, problem)
        spoken = whisperer.say(agent, asked, grammar)
        return Answer(
            spoken.text.strip() or None,
            adapter_version=spoken.version,
            trajectory=[{"prompt": asked, "answer": spoken.text}],
        )

    return speak


@dataclass(frozen=True)
class _Code:
    """The files beside a declaration, each loaded once."""

    folder: Path

    def function(self, where: str) -> Callable[..., Any]:
        name, separator, function = where.partition(":")
        if not separator or not name.endswith(".py"):
            raise InputError(f"{where!r} names no function: write it as 'file.py:function'")
        found = getattr(self._module(name), function, None)
        if not callable(found):
            raise InputError(f"there is no function {function!r} in {name!r}")
        return found  # type: ignore[no-any-return]

    def text(self, name: str) -> str:
        return self._beside(name).read_text(encoding="utf-8")

    def _module(self, name: str) -> ModuleType:
        if name not in self._modules:
            self._modules[name] = _load(self._beside(name))
        return self._modules[name]

    @cached_property
    def _modules(self) -> dict[str, ModuleType]:
        return {}

    def _beside(self, name: str) -> Path:
        path = self.folder / name
        if path.parent.resolve() != self.folder.resolve() or not path.is_file():
            raise InputError(f"there is no file {name!r} in {str(self.folder)!r}")
        return path


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"knowhow_specialist_{path.stem}", path)
    assert spec is not None and spec.loader is not None  # it ends in .py
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise InputError(f"{str(path)!r} raised {type(error).__name__}: {error}") from error
    return module
