from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathspec import PathSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from bot.triage.ignore_patterns import IgnorePatterns, ignore_patterns
from bot.triage.linear import PatternError

NAMES = st.text(alphabet="ab.", min_size=1, max_size=4).filter(lambda name: name not in {".", ".."})
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PATTERNS = st.builds(
    lambda negated, anchored, names, ending: f"{negated}{anchored}{'/'.join(names)}{ending}",
    st.sampled_from(["", "!"]),
    st.sampled_from(["", "/"]),
    st.lists(st.sampled_from(["a", "b", "*", "a*", "*.b", "?", "**"]), min_size=1, max_size=3),
    st.sampled_from(["", "/"]),
).filter(lambda pattern: "**" not in pattern)


@pytest.mark.parametrize(
    ("patterns", "path", "fits"),
    [
        (("docs/",), "docs/a/b.md", True),
        (("docs/",), "src/docs/b.md", True),
        (("/docs/",), "src/docs/b.md", False),
        (("*.md",), "a/README.md", True),
        (("web/**/*.ts",), "web/a/b/c.ts", True),
        (("*.md", "!README.md"), "a/README.md", False),
        (("!README.md", "*.md"), "a/README.md", True),
        (("/*",), "a/b/c", True),
        (("docs/*",), "docs/api/a.md", True),
        (("docs/", "!docs/api/"), "docs/api/a.md", False),
        (("docs", "!docs/api"), "docs/api/a.md", False),
        (("docs", "!docs/api"), "docs/a.md", True),
        ((r"\#notes",), "#notes", True),
        ((), "anything", False),
    ],
)
def test_patterns_mean_what_they_mean_in_gitignore(patterns: tuple[str, ...], path: str, fits: bool) -> None:
    assert ignore_patterns(patterns).match(path) is fits


@given(st.lists(PATTERNS, min_size=1, max_size=4), PATHS)
def test_the_answers_are_those_of_pathspec_where_the_last_pattern_that_fits_decides(
    patterns: list[str], path: str
) -> None:
    assert IgnorePatterns(patterns).match(path) is PathSpec.from_lines(
        GitIgnoreSpecPattern, patterns
    ).match_file(path)


@pytest.mark.timeout(10)
def test_a_pattern_that_sends_others_backtracking_takes_no_longer_than_any() -> None:
    hostile = IgnorePatterns(["*a" * 30 + "b"])
    assert not hostile.match("a" * 200_000)


@given(st.text(max_size=300), st.lists(st.text(max_size=60), max_size=5))
def test_any_pattern_is_understood_or_refused_in_words(path: str, patterns: list[str]) -> None:
    with contextlib.suppress(PatternError):
        IgnorePatterns(patterns).match(path)


@pytest.mark.parametrize("pattern", ["", "/", "#x", "[a", "a\\"])
def test_what_names_no_path_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        IgnorePatterns([pattern])
