from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.labeler.regexes import RegexError, branch_regex


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        ("^feature", "feature/x", True),
        ("feature", "my/feature/x", True),
        (r"^(bug|fix)\/\d+$", "fix/12", True),
        (r"^(?<kind>bug|fix)", "fix/12", True),
        (r"^(?:bug|fix)-[^/]+$", "bug-1/2", False),
        (r"release-v\u0031\x2e\_\-", "release-v1._-", True),
        (r"[[:alpha:]]", "x]", False),
        (r"[[:alpha:]]", "l]", True),
        (r"[\]\w-]+$", "a-]", True),
        (r"\e\z", "ez", True),
    ],
)
def test_a_regular_expression_means_what_it_means_in_javascript(text: str, name: str, found: bool) -> None:
    assert branch_regex(text).occurs_in(name) is found


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("(?!main)", "look-ahead"),
        ("(?=main)", "look-ahead"),
        ("(?<!x)main", "look-behind"),
        (r"(a)\1", "back-reference"),
        (r"(?<n>a)\k<n>", "back-reference"),
        ("(?i)x", "group"),
        ("[]", "class"),
        ("[^]", "class"),
        (r"\p{L}", "escape"),
        ("\\", "backslash"),
        ("(", "linear time"),
        ("x{1,99999}", "linear time"),
        ("x" * 1_001, "at most"),
    ],
)
def test_what_is_not_supported_is_refused_with_a_reason(text: str, complaint: str) -> None:
    with pytest.raises(RegexError, match=complaint):
        branch_regex(text)


def test_an_expression_that_makes_others_backtrack_is_answered_at_once() -> None:
    assert not branch_regex("^(a+)+$").occurs_in("a" * 100_000 + "b")


@given(st.text(alphabet="ab\\()[]{}?<!=*+|^$.,01ukxQ:é\ud800", max_size=40))
def test_any_text_is_a_regular_expression_or_is_refused(text: str) -> None:
    with suppress(RegexError):
        branch_regex(text).occurs_in("abab")
