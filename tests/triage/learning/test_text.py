from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.learning.text import MAX_BODY, split_title, take_apart

FORM = """<!-- Thanks for the report! -->
### Issue type

Bug

### Python version

_No response_

### What happened

It [fails](https://example.org/x) when I load `model.bin`.
Really.

```python
load("model.bin")
```

- [x] I searched first
- [ ] I can send a fix

> somebody said this
"""


@pytest.mark.parametrize(
    ("title", "prefix", "rest"),
    [
        ("[Bug]: it crashes", "bug", "it crashes"),
        ("[Feature Request] a  dark mode", "feature request", "a  dark mode"),
        ("feat(cli): a flag", "feat", "a flag"),
        ("【Bug】它崩溃了", "bug", "它崩溃了"),
        ("It crashes", "", "It crashes"),
        ("[Bug]", "", "[Bug]"),
        ("", "", ""),
    ],
)
def test_a_titles_prefix_is_told_from_the_rest(title: str, prefix: str, rest: str) -> None:
    assert split_title(title) == (prefix, rest)


def test_a_form_is_taken_apart() -> None:
    text = take_apart("[Bug] Loading fails", FORM)
    assert text.headings == ("issue type", "python version", "what happened")
    assert text.answers == (("issue type", "bug"),)
    assert text.boxes == (("i searched first", True), ("i can send a fix", False))
    assert (text.empty_answers, text.quotes, text.links, text.fences, text.comments) == (1, 1, 0, 1, 1)


def test_code_links_comments_and_quotes_are_not_prose() -> None:
    text = take_apart("Loading fails", FORM)
    assert text.code == 'load("model.bin")'
    assert "fails" in text.prose
    assert not any(word in text.prose for word in ("Thanks", "https", "somebody", "_No response_", "load("))


def test_a_log_outside_of_a_fence_is_not_prose() -> None:
    log = 'Traceback (most recent call last):\n  File "a.py", line 3, in run\nI ran it twice.'
    text = take_apart("It fails", log)
    assert text.prose == "I ran it twice."
    assert "a.py" in text.code


def test_a_sentence_without_spaces_between_words_is_prose() -> None:
    sentence = "当我加载模型时程序崩溃了" * 6
    assert take_apart("", sentence).prose == sentence


@given(st.text(), st.text())
def test_any_text_is_taken_apart(title: str, body: str) -> None:
    take_apart(title, body)


@given(
    st.lists(
        st.sampled_from(["<!--", "-->", "```", "~~~", "#", "**", "- [x] ", "a: b", "> ", "[", "](", "\n"])
    )
)
def test_any_markdown_is_taken_apart(pieces: list[str]) -> None:
    take_apart("".join(pieces), "".join(pieces))


@pytest.mark.parametrize(
    "piece",
    ["<!--", "[a](", "**a", "#", "a ", "<a", "`", "https://", "A: ", "\n", "> ", "![", "- [ ] ", "\ud800"],
)
def test_a_megabyte_of_anything_is_cut_short(piece: str) -> None:
    text = take_apart(piece * (1 << 20), piece * (1 << 20))
    assert len(text.prose) + len(text.code) <= 2 * MAX_BODY
