"""Pydantic's findings as one line a person can act on."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from knowhow_memory.errors import InputError

M = TypeVar("M", bound=BaseModel)


def checked(model: type[M], **values: Any) -> M:
    """Build the model, or raise an `InputError` that names what does not fit."""
    try:
        return model(**values)
    except ValidationError as error:
        raise InputError(one_line(error)) from error


def one_line(error: ValidationError) -> str:
    findings = []
    for item in error.errors():
        where = ".".join(str(part) for part in item["loc"])
        message = item["msg"].removeprefix("Value error, ")
        message = message[:1].lower() + message[1:]
        findings.append(f"{where}: {message}" if where else message)
    return "; ".join(findings)
