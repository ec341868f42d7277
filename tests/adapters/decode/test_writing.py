"""Tokens to text: what is shown piece by piece is what the whole text says."""

from hypothesis import given
from hypothesis import strategies as st

from knowhow_adapters.decode.writing import Writing, whole_text
from tests.adapters.tiny import tiny_tokenizer

TOKENIZER = tiny_tokenizer()
SHORT = st.text("ab☃é\n", min_size=1, max_size=3)


@given(text=st.text("ab☃é\n ", max_size=30), stop=st.lists(SHORT, max_size=2).map(tuple))
def test_what_is_shown_is_what_comes_before_the_stop(text: str, stop: tuple[str, ...]) -> None:
    writing, shown, read = Writing(TOKENIZER, stop), "", []
    for token in TOKENIZER.encode(text):
        read.append(token)
        if writing.add(token):
            break
        shown += writing.news()
        assert text.startswith(shown)
    whole = whole_text(TOKENIZER, read, stop)
    assert whole == min((text.partition(end)[0] for end in stop), key=len, default=text)
    assert shown + writing.rest(whole) == whole


@given(st.lists(st.integers(0, len(TOKENIZER) - 1), max_size=30))
def test_any_tokens_can_be_shown(tokens: list[int]) -> None:
    """Half a letter may come, and never its other half."""
    writing, shown = Writing(TOKENIZER, ()), ""
    for token in tokens:
        assert not writing.add(token)
        shown += writing.news()
    assert shown + writing.rest(whole_text(TOKENIZER, tokens, ())) == TOKENIZER.decode(
        tokens, skip_special_tokens=True
    )
