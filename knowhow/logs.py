"""Logging: one line an event on stderr, plain or JSON, with secrets taken out.

Libraries log through `logging`; only the command line calls `set_up`.
"""

import json
import logging
import re
from typing import Any

DEBUG_VARIABLE = "KNOWHOW_DEBUG"
"""When it is set, a fault of ours shows its whole traceback."""

REDACTED = "[redacted]"
SECRET = re.compile(
    r"""(?x)
    (?: \b(?:sk|pk|rk|xai|gsk|hf|ghp|gho|github_pat|AKIA|AIza)[-_A-Za-z0-9]{12,} )   # key shapes
    | (?<=://)[^/\s:@]*:[^/\s@]+(?=@)                                               # user:password@
    | (?i: (?<=bearer\s)[-._~+/A-Za-z0-9]+=* )
    | (?i: (?<=api_key=)\S+ | (?<=apikey=)\S+ | (?<=token=)\S+ )
    | (?i: (?<=password=)\S+ | (?<=secret=)\S+ )
    """
)
STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def redact(text: str) -> str:
    """The text without anything that looks like a key, a token or a password."""
    return SECRET.sub(REDACTED, text)


class PlainFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        fields |= {k: v for k, v in vars(record).items() if k not in STANDARD}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return redact(json.dumps(fields, default=str, ensure_ascii=False))


def set_up(level: str = "warning", *, json_lines: bool = False) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(
        JsonFormatter() if json_lines else PlainFormatter("%(levelname)s %(name)s: %(message)s")
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
