"""The behaviour of actions/labeler 6.1: its README, and what its own tests expect."""

from __future__ import annotations

import pytest

from bot.triage.labeler import LabelPlan, Pull, labels_for, read_labeler


def plan(
    text: str, *paths: str, base: str = "main", head: str = "topic", labels: str = "", dot: bool = True
) -> LabelPlan:
    return labels_for(read_labeler(text), Pull(paths, base, head, frozenset(labels.split())), dot=dot)


def files(**quantities: str) -> str:
    lines = [f"      - {key.replace('_', '-')}: [{value}]" for key, value in quantities.items()]
    return "\n".join(["a:", "  - changed-files:", *lines])


@pytest.mark.parametrize(
    ("quantity", "globs", "paths", "wanted"),
    [
        ("any_glob_to_any_file", "'*.md', docs/**", "docs/a.py x.py", True),
        ("any_glob_to_any_file", "'*.md', docs/**", "x.py", False),
        ("any_glob_to_all_files", "'*.md', docs/**", "docs/a docs/b", True),
        ("any_glob_to_all_files", "'*.md', docs/**", "docs/a b.md", False),
        ("all_globs_to_any_file", "'docs/**', '!**/*.md'", "docs/a.md docs/b.rst", True),
        ("all_globs_to_any_file", "'docs/**', '!**/*.md'", "docs/a.md x.rst", False),
        ("all_globs_to_all_files", "'!docs/**', '!*.md'", "src/a.py x.py", True),
        ("all_globs_to_all_files", "'!docs/**', '!*.md'", "src/a.py x.md", False),
    ],
)
def test_each_quantity_asks_what_its_name_says(quantity: str, globs: str, paths: str, wanted: bool) -> None:
    found = plan(files(**{quantity: globs}), *paths.split())
    assert (found.wanted, found.unwanted) == ((("a",), ()) if wanted else ((), ("a",)))


def test_entries_below_changed_files_are_alternatives_in_any_and_all_needed_in_all() -> None:
    either = files(any_glob_to_any_file="'*.md'", any_glob_to_all_files="'src/**'")
    assert plan(either, "a.md", "x").wanted == ("a",)
    both = """
a:
  - all:
    - changed-files:
      - any-glob-to-any-file: '*.md'
      - all-globs-to-all-files: ['!docs/**']
"""
    assert plan(both, "a.md", "x").wanted == ("a",)
    assert plan(both, "a.md", "docs/x").unwanted == ("a",)


def test_any_and_all_of_a_label_have_to_hold_both() -> None:
    text = """
tests:
  - any:
    - changed-files: [{any-glob-to-any-file: 'tests/**'}]
  - all:
    - changed-files: [{all-globs-to-all-files: '!**/requirements.txt'}]
"""
    assert plan(text, "tests/a.ts").wanted == ("tests",)
    assert plan(text, "tests/requirements.txt").unwanted == ("tests",)


def test_entries_without_any_or_all_are_alternatives_and_join_the_first_any() -> None:
    text = """
a:
  - any:
    - head-branch: '^never$'
  - changed-files: [{any-glob-to-any-file: x}]
    base-branch: '^release'
"""
    assert plan(text, "x").wanted == ("a",)
    assert plan(text, "y", base="release/1").wanted == ("a",)
    assert plan(text, "y").unwanted == ("a",)


def test_a_block_that_asks_nothing_fits_nothing() -> None:
    assert plan("a:\n  - any: []\nb:\n  - all: [{}]\nc:\n  - changed-files: []\n", "x").unwanted == (
        "a",
        "b",
        "c",
    )
    assert plan("a:\n  - unknown: x\nb: []\n", "x") == LabelPlan()


def test_without_changed_files_only_claims_about_every_file_hold_and_only_in_any() -> None:
    assert plan(files(any_glob_to_any_file="'**'")).unwanted == ("a",)
    assert plan(files(any_glob_to_all_files="x")).wanted == ("a",)
    assert plan("a:\n  - all: [{changed-files: [{any-glob-to-all-files: x}]}]").unwanted == ("a",)


def test_branches_are_searched_with_any_of_the_regexes_in_any_and_all_of_them_in_all() -> None:
    text = "a:\n  - {kind}: [{{head-branch: ['^feature/', '-docs$']}}]\n"
    assert plan(text.format(kind="any"), head="feature/x").wanted == ("a",)
    assert plan(text.format(kind="all"), head="feature/x").unwanted == ("a",)
    assert plan(text.format(kind="all"), head="feature/x-docs").wanted == ("a",)
    assert plan("a:\n  - base-branch: '.*'\n", base="").unwanted == ("a",)


def test_names_that_begin_with_a_dot_are_passed_over_only_on_request() -> None:
    text = files(any_glob_to_any_file="'*.pdf'")
    assert plan(text, ".foo.pdf").wanted == ("a",)
    assert plan(text, ".foo.pdf", dot=False).unwanted == ("a",)


LIMITED = """
changed-files-labels-limit: 1
a: [{changed-files: [{any-glob-to-any-file: 'a/**'}]}]
b: [{changed-files: [{any-glob-to-any-file: 'b/**'}]}]
mixed: [{any: [{head-branch: ^test/}, {changed-files: [{any-glob-to-any-file: 'c/**'}]}]}]
branch: [{head-branch: ^test/}]
"""


def test_more_new_labels_by_files_than_the_limit_leave_them_all_out() -> None:
    found = plan(LIMITED, "a/x", "b/x", head="test/x")
    assert (found.wanted, found.left_out) == (("branch",), ("a", "b", "mixed"))
    assert found.reasons["a"] == "3 labels would be new, more than 1 (changed-files-labels-limit)"


def test_labels_that_are_there_already_do_not_count_for_the_limit() -> None:
    found = plan(LIMITED, "a/x", "b/x", labels="a")
    assert (found.wanted, found.left_out) == (("a", "b"), ())


def test_more_changed_files_than_allowed_leave_labels_by_files_as_they_are() -> None:
    text = "max-files-changed: 1\n" + LIMITED
    found = plan(text, "a/x", "y", head="test/x", labels="b")
    assert (found.wanted, found.unwanted, found.left_out) == (("branch",), (), ("a", "b", "mixed"))


def test_more_labels_than_github_allows_are_left_out() -> None:
    found = plan(LIMITED, "a/x", labels=" ".join(map(str, range(100))))
    assert (found.wanted, found.left_out) == ((), ("a",))


def test_every_label_that_is_wanted_says_why() -> None:
    text = """
a: [{all: [{changed-files: [{any-glob-to-any-file: '*.md'}], head-branch: '^docs'}]}]
b: [{changed-files: [{all-globs-to-all-files: ['!x', '*.md']}]}]
"""
    assert plan(text, "a.md", head="docs/a").reasons == {
        "a": 'head-branch docs/a fits "^docs" and a.md fits "*.md"',
        "b": 'every file fits "!x" and "*.md"',
    }
