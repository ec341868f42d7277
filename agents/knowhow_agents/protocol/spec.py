"""What a big model made of a problem: its WHAT, never its HOW.

Read from whatever the model wrote around its JSON, within bounds. What is not one of the named
fields is kept as a fact, because checks live on facts. Knows nothing of models and prompts.
"""

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from knowhow_memory.errors import InputError

UNKNOWN = "unknown"
MAX_REPLY = 20_000
"""Characters of a reply that is searched for a spec."""
MAX_FACTS = 8_000
"""Characters of all facts together."""
MAX_LISTED = 20
"""Constraints, conditions or sub-problems: who lists more has not understood the problem."""
MAX_LINE = 500
MAX_SUB_PROBLEM = 2_000
MAX_WHY = 200
ALIASES = {"kind": "type", "subproblems": "sub_problems", "must_satisfy": "satisfies"}
"""What models call a field when they do not call it by its name."""

Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w .:/+-]+$")]
Line = Annotated[str, Field(min_length=1, max_length=MAX_LINE)]
SubProblem = Annotated[str, Field(min_length=1, max_length=MAX_SUB_PROBLEM)]


class SpecRefused(InputError):
    """What a model wrote is no spec; the text says why, so that it can be repaired."""


class Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    domain: Name
    type: Name = UNKNOWN
    constraints: tuple[Line, ...] = Field((), max_length=MAX_LISTED)
    satisfies: tuple[Line, ...] = Field((), max_length=MAX_LISTED)
    """What an answer must satisfy."""
    sub_problems: tuple[SubProblem, ...] = Field((), max_length=MAX_LISTED)
    """Each complete in itself, in the order in which they are to be solved."""
    facts: dict[str, JsonValue] = Field(default_factory=dict)
    """What else was understood: quantities, things, limits."""

    @model_validator(mode="before")
    @classmethod
    def keep_the_rest_as_facts(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        named = {ALIASES.get(str(key), str(key)): value for key, value in given.items()}
        known = {key: value for key, value in named.items() if key in cls.model_fields}
        rest = {key: value for key, value in named.items() if key not in cls.model_fields}
        facts = known.get("facts", {})
        return known | {"facts": {**facts, **rest} if isinstance(facts, dict) else facts}

    @model_validator(mode="after")
    def stay_small(self) -> "Spec":
        if len(json.dumps(self.facts)) > MAX_FACTS:
            raise ValueError(f"the facts are longer than {MAX_FACTS:,} characters")
        return self

    @classmethod
    def plain(cls) -> "Spec":
        """Of a problem that nobody understood: it is given on as it is."""
        return cls(domain=UNKNOWN)

    @property
    def is_plain(self) -> bool:
        return self == Spec.plain()

    @property
    def task(self) -> str:
        return f"{self.domain}/{self.type}"

    def written(self) -> str:
        """As a prompt shows it: one JSON object without what is empty."""
        return json.dumps(self.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False)


def read_spec(reply: str) -> Spec:
    """The spec in a reply: its first JSON object, whatever stands around it."""
    text = reply[:MAX_REPLY]
    start = text.find("{")
    if start < 0:
        raise SpecRefused("there is no JSON object")
    try:
        found, _ = json.JSONDecoder(parse_constant=_refuse_constant).raw_decode(text, start)
        return Spec.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the object"
        raise SpecRefused(f"{place}: {first['msg']}"[:MAX_WHY]) from error
    except RecursionError:
        raise SpecRefused("it is nested too deeply") from None
    except ValueError as error:
        raise SpecRefused(f"that is no JSON: {error}"[:MAX_WHY]) from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")
