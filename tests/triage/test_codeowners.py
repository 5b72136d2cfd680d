"""The examples of GitHub Docs, "About code owners", and its exceptions from the syntax of gitignore."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.codeowners import MAX_BYTES, MAX_RULES, read_codeowners

DOCS = """\
# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/*  docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
"""


def owners(text: str, path: str) -> tuple[str, ...]:
    return read_codeowners(text).owners_of([path])[path]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("README.md", ("@global-owner1", "@global-owner2")),
        ("a/b/x.js", ("@js-owner",)),
        ("x.go", ("docs@example.com",)),
        ("a/x.txt", ("@octo-org/octocats",)),
        ("build/logs/a/b", ("@octocat",)),
        ("a/build/logs", ("@octocat",)),
        ("docs/a.md", ("@doctocat",)),
        ("docs/a/b.md", ("@doctocat",)),
        ("x/apps/a/b.js", ("@octocat",)),
        ("scripts/run", ("@doctocat", "@octocat")),
        ("deeply/nested/logs/x", ("@octocat",)),
        ("apps/a", ("@octocat",)),
        ("apps/github/a", ()),
        ("apps/github", ()),
    ],
)
def test_the_last_line_that_fits_names_the_owners(path: str, expected: tuple[str, ...]) -> None:
    assert owners(DOCS, path) == expected


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("docs/*", "docs/a.md", True),
        ("docs/*", "docs/a/b.md", False),
        ("docs/*", "x/docs/a.md", False),
        ("docs/*.md", "docs/a.md", True),
        ("docs", "x/docs/a.md", True),
        ("docs/", "docs", False),
        ("/docs", "docs", True),
        ("/docs", "x/docs", False),
        ("docs/**", "docs/a/b.md", True),
        ("docs/**/b.md", "docs/b.md", True),
        ("docs/**/b.md", "docs/a/c/b.md", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        (r"with\ space/a", "with space/a", True),
        ("a+b.c", "a+b.c", True),
        ("a+b.c", "aabxc", False),
        ("*", "a/b/c", True),
        ("**", "a/b/c", True),
        ("Docs/", "docs/a", False),
        ("*.js", "a.js/b", True),
    ],
)
def test_a_pattern_fits_as_in_gitignore_except_that_a_final_star_does_not_descend(
    pattern: str, path: str, fits: bool
) -> None:
    assert bool(owners(f"{pattern} @x", path)) is fits


@pytest.mark.parametrize(
    ("line", "column", "complaint"),
    [
        ("!docs/ @x", 1, "negated"),
        (r"  \#docs @x", 3, "escaped"),
        ("doc[s] @x", 1, "classes"),
        ("docs/ @x someone", 10, '"someone" is no @user'),
        ("docs/ @", 7, "is no @user"),
        ("/ @x", 1, "names no path"),
        ("docs/ a@b@c", 7, "is no @user"),
    ],
)
def test_a_line_that_is_not_valid_is_placed_and_passed_over(line: str, column: int, complaint: str) -> None:
    read = read_codeowners(f"* @all\n{line}\n")
    assert [(problem.line, problem.column) for problem in read.problems] == [(2, column)]
    assert complaint in read.problems[0].message
    assert read.owners_of(["docs/x"])["docs/x"] == ("@all",)


def test_a_file_as_large_as_github_does_not_load_has_no_rules() -> None:
    read = read_codeowners(b"#" * MAX_BYTES)
    assert (read.rules, len(read.problems)) == ((), 1)


def test_lines_beyond_the_limit_are_told() -> None:
    read = read_codeowners("a @x\n" * (MAX_RULES + 5))
    assert (len(read.rules), read.problems[0].line) == (MAX_RULES, MAX_RULES + 1)


def test_the_line_that_counts_is_told_with_the_owners() -> None:
    rule = read_codeowners(DOCS).rule_for("x.go")
    assert rule is not None
    assert (rule.pattern, rule.line) == ("*.go", 4)


@given(st.text(alphabet="a/*?\\[]!# @.\n\t\r\x00é\ud800", max_size=80), st.text(max_size=20))
def test_any_text_is_read(text: str, path: str) -> None:
    read_codeowners(text).owners_of([path])
