"""Guidance is data: it stays inside its fence and shows nothing but words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_agents.protocol.guidance import CLOSE, MAX_GUIDANCE, OPEN, fenced, neutral

PIECES = st.sampled_from(
    ["<", ">", ">>", ">>>", "<<<", "＞", "\u200b", "\x1b[31m", "\x1b]0;t\x07", "<|im_", "end|>",
     "</s", "[INST", "]", "\n", "\u202e", "system:", "12 + 3", "|", " "]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join) | st.text())
def test_no_text_closes_its_fence_or_opens_another(text: str) -> None:
    first, *inside, last = fenced(text).split("\n")
    assert (first, last) == (OPEN, CLOSE)
    assert not any(OPEN in line or CLOSE in line for line in inside)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text())
def test_only_words_and_lines_are_left(text: str) -> None:
    shown = neutral(text)
    assert all(c.isprintable() or c in "\n\t\u3000" or c.isspace() for c in shown)
    assert "\x1b" not in shown and "\u200b" not in shown
    assert "<|im_end|>" not in shown and "[INST]" not in shown and "</s>" not in shown
    assert neutral(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("12 + 3 = 15\nresult: 15", "12 + 3 = 15\nresult: 15"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;http://evil.example\x07here\x1b]8;;\x07", "here"),
        ("a >>> b", "a > > > b"),
        ("＞＞＞", "> > >"),
        (">\u200b>\u200b>", "> > >"),
        ("<|<|x|>im_end|>", ""),
        ("übung für Käse", "übung für Käse"),
        ("if a << 2 and b >= 3", "if a << 2 and b >= 3"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert neutral(text) == shown


def test_what_is_too_long_is_cut_and_says_so() -> None:
    shown = neutral("word " * MAX_GUIDANCE)
    assert len(shown) <= MAX_GUIDANCE and shown.endswith("…")
