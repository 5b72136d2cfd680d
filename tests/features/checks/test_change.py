from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.features.checks import PARTS, judged
from bot.features.checks.change import added_lines
from bot.features.checks.section import ChecksSection
from bot.features.checks.verdict import LAST_LINE, NOTES_PER_PART, reported
from bot.reads import ChangedFile
from tests.features.checks.changes import binary, change

PATCH = """@@ -1,3 +1,4 @@ def f():
 one
-two
+zwei
+drei
 three
\\ No newline at end of file
@@ -40 +41,2 @@
+++ a line that begins with two pluses
 forty"""


def test_added_lines_have_their_numbers_in_the_new_file() -> None:
    assert list(added_lines(PATCH)) == [
        (2, "zwei"),
        (3, "drei"),
        (41, "++ a line that begins with two pluses"),
    ]


def test_text_that_github_does_not_show_is_known_unless_nobody_writes_it() -> None:
    shown = change(
        ChangedFile("big.json", "added", additions=90_000),
        ChangedFile("uv.lock", "modified", additions=9_000),
        binary("a.png"),
    )
    assert shown.unseen == ("big.json",)


@pytest.mark.parametrize(
    ("pull", "is_cut"),
    [
        ({"additions": 30_000, "changed_files": 1}, True),
        ({"additions": 900, "changed_files": 1}, False),  # the next commit has arrived meanwhile
        ({"additions": 0, "changed_files": 7}, False),
    ],
)
def test_a_change_that_github_does_not_list_as_a_whole_is_known(pull: dict[str, int], is_cut: bool) -> None:
    assert change(ChangedFile("a.py", "modified", additions=5, patch=""), pull=pull).is_cut is is_cut


ALL_ON = ChecksSection.model_validate(
    {**dict.fromkeys(PARTS, "required"), "large_file_mb": 0.5, "licence_header": "Apache `2.0` @all"}
)
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
LINES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "@@ -1 +99999999999 @@",
            "@@ -1,2 +3,4 @@",
            "+<<<<<<< x",
            "+>>>>>>> x",
            '+ "output_type": "x"',
            "+hf_",
        ]
    ),
)
FILES = st.builds(
    ChangedFile,
    path=st.one_of(
        st.text(max_size=60),
        st.sampled_from(["a.py", "`@all`.safetensors", "x.ipynb", "new\n## line.py", "a'b.bin", "*.PT"]),
    ),
    status=st.sampled_from(["added", "modified", "removed", "renamed", "changed", "odd"]),
    additions=st.integers(0, 10**9),
    deletions=st.integers(0, 10**9),
    patch=st.one_of(st.none(), st.lists(LINES, max_size=8).map("\n".join)),
)


@given(st.lists(FILES, max_size=6), st.text(max_size=300), st.text(max_size=300))
def test_any_pull_request_is_judged_in_words_that_github_takes(
    files: list[ChangedFile], title: str, body: str
) -> None:
    looked_at = change(
        *files, pull={"title": title, "body": body}, sizes={file.path: 10**7 for file in files[:2]}
    )
    for key, verdict in judged(looked_at, ALL_ON, PARTS).items():
        report = reported("octo/models", "a" * 40, PARTS[key].title, "required", verdict)
        assert "@all" not in _CODE.sub("", report.summary)
        assert "\n## line" not in report.summary
        assert len(report.summary) < 10_000
        assert len(report.annotations) <= NOTES_PER_PART
        for note in report.annotations:
            assert 1 <= note.line <= LAST_LINE
            assert note.level == "failure"
            assert len(note.message) <= 650


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "line",
    [
        "-----BEGIN PRIVATE KEY-----" * 30_000,
        "sk-" * 300_000,
        "a" * 1_000_000,
        '"output_type":' * 70_000,
        "<" * 10**6,
    ],
)
def test_a_hostile_patch_takes_no_longer_than_any(line: str) -> None:
    patch = f"@@ -0,0 +1 @@\n+{line}"
    looked_at = change(
        ChangedFile("a.ipynb", "added", additions=1, patch=patch),
        ChangedFile("b.py", "added", additions=1, patch=patch),
        pull={"title": line[:1_000], "body": line},
    )
    judged(looked_at, ALL_ON, PARTS)
