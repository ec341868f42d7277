"""Logs never show a secret, in either form."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow.logs import REDACTED, JsonFormatter, PlainFormatter, redact

KEYS = [
    "sk-proj-abcdefghijklmnop1234",
    "hf_abcdefghijklmnopqrstuv",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "AKIAIOSFODNN7EXAMPLE",
]


@pytest.mark.parametrize("key", KEYS)
def test_key_shapes_are_taken_out(key: str) -> None:
    assert redact(f"calling with {key}, then") == f"calling with {REDACTED}, then"


@pytest.mark.parametrize(
    "line",
    [
        "postgresql+psycopg://ann:{}@db/knowhow",
        "Authorization: Bearer {}",
        "GET /v1?api_key={}",
        "password={} was refused",
    ],
)
@given(secret=st.text("abcdefXYZ0189", min_size=8, max_size=40))
def test_secrets_in_their_usual_places_are_taken_out(line: str, secret: str) -> None:
    assert secret not in redact(line.format(secret))


def test_ordinary_words_stay() -> None:
    line = "task-oriented skills: 12/14 on similar problems, see https://example.org/a:b"
    assert redact(line) == line


@pytest.mark.parametrize("formatter", [PlainFormatter("%(message)s"), JsonFormatter()])
def test_formatters_redact_arguments_and_fields(formatter: logging.Formatter) -> None:
    record = logging.makeLogRecord({"msg": "key %s", "args": (KEYS[0],), "header": KEYS[1]})
    line = formatter.format(record)
    assert not any(key in line for key in KEYS)


def test_json_lines_carry_extra_fields() -> None:
    record = logging.makeLogRecord({"msg": "saved", "levelname": "INFO", "rows": 3})
    fields = json.loads(JsonFormatter().format(record))
    assert (fields["message"], fields["level"], fields["rows"]) == ("saved", "info", 3)
