"""How the router looks at a problem: what it means, how it is put, and what it is made of.

`describe` turns a text into two small blocks: its *template* (hashed words and word pairs at both
ends of the text, where tasks of one kind are phrased alike) and its *surface* (length, digits,
code, options …). `joint` puts them beside the embedding as one vector, so that one distance
weighs all three. Nothing here is learned, and nothing knows about outcomes or arms.
"""

from __future__ import annotations

import math
import re
import zlib
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats32: TypeAlias = NDArray[np.float32]

TEMPLATE_DIM = 256
ENDS_IN_WORDS = 12
"""How many words at each end count as phrasing; longer ends begin to carry the content."""

TEMPLATE_WEIGHT = math.sqrt(0.7)
SURFACE_WEIGHT = math.sqrt(0.2)
"""Beside an embedding of length 1; best on three of four development sets, and flat around."""

LONGEST_TEXT = 20_000
"""Characters looked at: a surface is known long before that, and a hostile text stays cheap."""

_WORD = re.compile(r"[a-z]+|\d|[^\sa-z\d]")
_NUMBER = re.compile(r"\d+")
_CODE = re.compile(r"\bdef \b|\breturn\b|python|function|\bclass\b|[{};]|==|->", re.IGNORECASE)
_FORMULA = re.compile(r"[$\\^=+*/<>]")
_OPTION = re.compile(r"(?:^|[\s(\[])[A-Ja-j1-9][).:\]]\s")


def describe(text: str) -> Floats32:
    """Template and surface of a text, weighted to stand beside a unit embedding."""
    text = text[:LONGEST_TEXT]
    return np.concatenate([TEMPLATE_WEIGHT * _template(text), SURFACE_WEIGHT * _surface(text)])


def joint(vector: Floats32, features: Floats32) -> Floats32:
    """The whole view of one problem; a vector with a hole in it counts as no vector at all."""
    view = np.concatenate([vector, features]).astype(np.float32)
    return np.nan_to_num(view, nan=0.0, posinf=0.0, neginf=0.0)


def _template(text: str) -> Floats32:
    words = _WORD.findall(text.lower())
    hashed = np.zeros(TEMPLATE_DIM, dtype=np.float32)
    for end, part in (("head", words[:ENDS_IN_WORDS]), ("tail", words[-ENDS_IN_WORDS:])):
        pairs = [f"{left} {right}" for left, right in pairwise(part)]
        for token in (*part, *pairs):
            code = zlib.crc32(f"{end}:{token}".encode())
            hashed[code % TEMPLATE_DIM] += 1.0 if code >> 16 & 1 else -1.0
    norm = float(np.linalg.norm(hashed))
    return hashed / np.float32(norm) if norm > 0 else hashed


def _surface(text: str) -> Floats32:
    """Each value is scaled to about one unit of spread over everyday problems, and bounded."""
    length = max(1, len(text))
    words = max(1, len(text.split()))
    values = [
        (math.log1p(length) - 5.0) / 1.2,
        (math.log1p(words) - 3.3) / 1.2,
        12.0 * sum(c.isdigit() for c in text) / length - 0.5,
        math.log1p(len(_NUMBER.findall(text))) - 0.8,
        math.log1p(text.count("\n")) - 0.8,
        1.5 * math.log1p(len(_CODE.findall(text))) - 0.5,
        1.2 * math.log1p(len(_FORMULA.findall(text))) - 0.5,
        math.log1p(len(_OPTION.findall(text))) - 0.8,
        2.0 * ("?" in text) - 1.0,
        2.0 * text.rstrip().endswith("?") - 1.0,
        length / words - 5.7,
        25.0 * sum(c.isupper() for c in text) / length - 1.0,
        math.log1p(text.count(",")) - 1.0,
        math.log1p(text.count('"') + text.count("'")) - 0.6,
        20.0 * sum(not c.isascii() for c in text) / length,
    ]
    return np.clip(np.array(values, dtype=np.float32), -3.0, 3.0) / np.float32(
        math.sqrt(len(values))
    )


FEATURES = TEMPLATE_DIM + len(_surface(""))
"""How many numbers `describe` returns."""
