from __future__ import annotations

import pytest

from bot.features.checks import (
    conflicts,
    large_files,
    licence_headers,
    linked_issue,
    notebooks,
    sign_off,
    touched,
)
from bot.features.checks.section import ChecksSection
from bot.reads import ChangedFile, LinkedIssue
from tests.features.checks.changes import adding, binary, change, commit
from tests.fixtures.events import account

QUIET = ChecksSection()


# Linked issue.


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("Fixes #12", True),
        ("part of octo/other#3.", True),
        ("see https://github.com/octo/models/issues/4", True),
        ("GH-12", True),
        ("", False),
        ("# Heading\n\n#hashtag and #0", False),
        ("<!-- Fixes #123 -->\nI did not fill this in", False),
        ("<!-- Fixes #123", False),
        ("https://github.com/octo/models/pull/4#discussion", False),
        ("abc#12def", False),
    ],
)
def test_an_issue_is_named_by_a_reference(body: str, named: bool) -> None:
    assert linked_issue.judge(change(pull={"body": body}), QUIET).passed is named


def test_an_issue_that_was_linked_by_hand_counts_and_bots_need_none() -> None:
    by_hand = change(linked=(LinkedIssue("octo/models", 3, "It breaks", "open"),))
    assert linked_issue.judge(by_hand, QUIET).passed
    assert linked_issue.judge(change(pull={"user": account("dependabot[bot]")}), QUIET).passed


# Sign-off.


@pytest.mark.parametrize(
    ("message", "signed"),
    [
        ("Add\n\nSigned-off-by: Bob <bob@example.com>", True),
        ("Add\n\nsigned-off-by: Robert <BOB@example.com>  \nReviewed-by: x", True),
        ("Add\n\nSigned-off-by: Eve <eve@example.com>", False),
        ("Add Signed-off-by: Bob <bob@example.com>", False),
        ("Add", False),
    ],
)
def test_a_commit_is_signed_off_by_the_address_of_its_author(message: str, signed: bool) -> None:
    assert sign_off.is_signed_off(commit(message)) is signed


def test_merges_and_bots_need_no_sign_off() -> None:
    assert sign_off.is_signed_off(commit("Merge", parents=2))
    assert sign_off.is_signed_off(commit("Bump", author="dependabot[bot]"))


def test_commits_without_a_sign_off_are_listed_with_the_way_to_add_it() -> None:
    commits = tuple(commit(f"Add *{number}*") for number in range(12))
    found = sign_off.judge(change(commits=commits), QUIET)
    assert not found.passed
    assert "git rebase --signoff HEAD~12" in found.summary
    assert "Add \\*3\\*" in found.summary
    assert "and 2 more" in found.summary


def test_commits_that_github_does_not_list_do_not_count_as_signed_off() -> None:
    signed = commit("Add\n\nSigned-off-by: Bob <bob@example.com>")
    assert sign_off.judge(change(commits=(signed,)), QUIET).passed
    assert not sign_off.judge(change(commits=(signed,) * 250), QUIET).passed
    assert not sign_off.judge(change(), QUIET).passed


@pytest.mark.timeout(10)
def test_a_hostile_commit_message_takes_no_longer_than_any() -> None:
    for message in ("Signed-off-by:" + " " * 1_000_000, "Signed-off-by: a\n" * 60_000, "<" * 1_000_000):
        assert not sign_off.is_signed_off(commit(message))


# Conflicts.


def test_markers_of_a_conflict_are_marked_where_it_begins() -> None:
    found = conflicts.judge(change(adding("a.py", "x", "<<<<<<< HEAD", "=======", ">>>>>>> b")), QUIET)
    assert [(note.path, note.line) for note in found.notes] == [("a.py", 12)]


@pytest.mark.parametrize(
    "lines", [("Title", "======="), ("<<<<<<< only this",), (" <<<<<<< x", " >>>>>>> x")]
)
def test_what_only_resembles_markers_is_none(lines: tuple[str, ...]) -> None:
    assert conflicts.judge(change(adding("a.rst", *lines)), QUIET).passed


@pytest.mark.parametrize(("mergeable", "passed"), [(True, True), (None, True), (False, False)])
def test_a_conflict_counts_once_github_has_found_it(mergeable: bool | None, passed: bool) -> None:
    assert conflicts.judge(change(pull={"mergeable": mergeable}), QUIET).passed is passed


# Tests and documentation.


@pytest.mark.parametrize(
    ("paths", "passed"),
    [
        (["src/a.py"], False),
        (["src/a.py", "tests/test_a.py"], True),
        (["src/a.go", "src/a_test.go"], True),
        (["README.md", "Makefile"], True),
        (["src/a_pb2.py"], True),
        (["docs/conf.py"], True),
    ],
)
def test_code_asks_for_tests(paths: list[str], passed: bool) -> None:
    found = touched.judge_tests(change(*(adding(path, "x") for path in paths)), QUIET)
    assert found.passed is passed


def test_code_that_only_goes_asks_for_nothing_and_deleted_tests_are_none() -> None:
    gone = ChangedFile("src/a.py", "modified", deletions=4, patch="@@ -1 +0,0 @@\n-x")
    assert touched.judge_tests(change(gone), QUIET).passed
    deleted = ChangedFile("tests/test_a.py", "removed", deletions=9)
    assert not touched.judge_tests(change(adding("src/a.py", "x"), deleted), QUIET).passed


def test_code_asks_for_documentation_where_the_repository_keeps_it() -> None:
    code, guide = adding("src/a.py", "x"), adding("guide/a.txt", "x")
    assert not touched.judge_documentation(change(code, guide), QUIET).passed
    section = ChecksSection(documentation_paths=("guide/",))
    assert touched.judge_documentation(change(code, guide), section).passed
    assert touched.judge_documentation(change(code, adding("README.md", "x")), QUIET).passed


# Large files.

POINTER = ("version https://git-lfs.github.com/spec/v1", "oid sha256:" + "a" * 64, "size 5000000000")


def test_weights_in_git_itself_are_marked_with_both_ways_out() -> None:
    found = large_files.judge(
        change(binary("out/model.safetensors"), binary("data.parquet", "modified")), QUIET
    )
    assert not found.passed
    assert "git lfs track '*.safetensors' '*.parquet'" in found.summary
    assert "/release-model" in found.summary
    assert [note.path for note in found.notes] == ["out/model.safetensors", "data.parquet"]


@pytest.mark.parametrize(
    "file",
    [
        adding("model.safetensors", *POINTER, status="added"),
        binary("logo.png"),
        binary("model.safetensors", "removed"),
        binary("model.safetensors", "renamed"),
        binary("tests/fixtures/tiny.safetensors"),
        adding("merges.bin", "text"),
    ],
    ids=lambda file: f"{file.path} {file.status}",
)
def test_pointers_small_files_and_what_goes_are_left_alone(file: ChangedFile) -> None:
    assert large_files.judge(change(file), QUIET).passed


def test_with_a_limit_sizes_decide_and_formats_do_not() -> None:
    section = ChecksSection(large_file_mb=1)
    files = (binary("a.mp4"), binary("tiny.safetensors"), adding("big.csv", "x"))
    sizes = {"a.mp4": 5_000_000, "tiny.safetensors": 1_000, "big.csv": 2_500_000}
    found = large_files.judge(change(*files, sizes=sizes), section)
    assert [note.path for note in found.notes] == ["a.mp4", "big.csv"]
    assert "2.5 MB" in found.summary
    assert "/release-model" not in found.summary


def test_what_github_gives_no_size_of_is_judged_by_its_format() -> None:
    assert not large_files.judge(change(binary("a.ckpt")), ChecksSection(large_file_mb=1)).passed


# Notebooks.

OUTPUT = '     "output_type": "display_data",'


def test_outputs_of_cells_are_marked_where_they_begin() -> None:
    found = notebooks.judge(change(adding("a.ipynb", "x", OUTPUT, OUTPUT), adding("b.py", OUTPUT)), QUIET)
    assert [(note.path, note.line) for note in found.notes] == [("a.ipynb", 12)]
    assert "nbstripout" in found.summary


def test_a_notebook_that_only_speaks_of_outputs_has_none() -> None:
    source = r"""    "print(\"output_type\": 1)\n","""
    assert notebooks.judge(change(adding("a.ipynb", source, '   "outputs": [],')), QUIET).passed


def test_a_notebook_that_github_does_not_show_is_not_taken_for_clean() -> None:
    assert not notebooks.judge(change(ChangedFile("a.ipynb", "added", additions=50_000)), QUIET).passed


# Licence headers.


@pytest.mark.parametrize(
    ("lines", "passed"),
    [
        (("# SPDX-License-Identifier: MIT", "x = 1"), True),
        (("#!/usr/bin/env python", "# Copyright 2026 The Authors"), True),
        (("// Licensed under the Apache License",), True),
        (("x = 1",), False),
        (("", " "), True),
    ],
)
def test_a_new_code_file_needs_a_header(lines: tuple[str, ...], passed: bool) -> None:
    assert licence_headers.judge(change(adding("a.py", *lines, status="added")), QUIET).passed is passed


def test_files_that_were_there_and_files_of_no_code_need_none() -> None:
    files = (
        adding("a.py", "x = 1"),
        adding("b.json", "{}", status="added"),
        adding("c_pb2.py", "x", status="added"),
    )
    assert licence_headers.judge(change(*files), QUIET).passed


def test_the_repository_says_which_words_a_header_has() -> None:
    section = ChecksSection(licence_header="Copyright The Octo Authors")
    other = adding("a.py", "# Copyright somebody else", status="added")
    assert not licence_headers.judge(change(other), section).passed
    ours = adding("a.py", "#  copyright the   OCTO authors", status="added")
    assert licence_headers.judge(change(ours), section).passed
