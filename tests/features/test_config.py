from __future__ import annotations

from typing import Any

import pytest

from bot.actions import Action, ReportCheck
from bot.documents import MAX_BYTES
from bot.errors import UnusableFileError
from bot.features.config import SUMMARY_LIMIT, ConfigSection, check, pull_request_changed, pushed
from bot.reads import ChangedFile
from tests.fixtures.events import event, pull_request

REPOSITORY = "octo/models"
PATH = ".github/giveback.yml"


class Branch:
    """A pull request's head that holds one file."""

    def __init__(
        self, text: str | UnusableFileError | None, *, path: str = PATH, status: str = "modified"
    ) -> None:
        self.text = text
        self.files = (ChangedFile("README.md", "modified"), ChangedFile(path, status))
        self.read: list[tuple[str, str]] = []

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        return self.files

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        self.read.append((path, ref))
        if isinstance(self.text, UnusableFileError):
            raise self.text
        return self.text


async def plan(branch: Branch) -> list[Action]:
    happened = event("pull_request", "opened", pull_request=pull_request())
    return list(await pull_request_changed(happened, ConfigSection(), branch))


async def test_a_broken_configuration_fails_the_check_at_line_and_column() -> None:
    branch = Branch("needs-info:\n  assume_ai: true\n  close_after_day: 3\nwelcom: {}\n")
    (report,) = await plan(branch)
    assert isinstance(report, ReportCheck)
    assert (report.conclusion, report.title) == ("failure", "2 mistakes in the configuration")
    assert [(note.path, note.line, note.column) for note in report.annotations] == [
        (PATH, 3, 3),
        (PATH, 4, 1),
    ]
    assert "close_after_days" in report.annotations[0].message
    assert "welcome" in report.annotations[1].message
    assert branch.read == [(PATH, "a" * 40)]


async def test_a_valid_configuration_passes() -> None:
    (report,) = await plan(Branch("needs-info: {assume_ai: false}\n"))
    assert isinstance(report, ReportCheck)
    assert (report.conclusion, report.annotations) == ("success", ())


async def test_a_pull_request_that_leaves_or_removes_the_file_gets_no_check() -> None:
    assert await plan(Branch("x", path="docs/giveback.yml")) == []
    assert await plan(Branch(None, status="removed")) == []


async def push(branch: Branch, ref: str = "refs/heads/main", **more: Any) -> list[Action]:
    fields = {"commits": [{"modified": [PATH]}], "after": "b" * 40, **more}
    return list(await pushed(event("push", ref=ref, **fields), ConfigSection(), branch))


@pytest.mark.parametrize(
    ("text", "conclusion"), [("needs-info: {assume_ai: false}\n", "success"), ("triagge: {}\n", "failure")]
)
async def test_a_push_to_the_default_branch_is_reported_on_its_commit(text: str, conclusion: str) -> None:
    branch = Branch(text)
    (report,) = await push(branch)
    assert isinstance(report, ReportCheck)
    assert (report.repository, report.commit, report.conclusion) == (REPOSITORY, "b" * 40, conclusion)
    assert branch.read == [(PATH, "b" * 40)]


async def test_a_push_that_cannot_change_the_configuration_is_not_even_read_for() -> None:
    branch = Branch("triagge: {}\n")
    assert await push(branch, "refs/heads/other") == []
    assert await push(branch, "refs/tags/main") == []
    assert await push(branch, commits=[{"added": ["README.md"]}]) == []
    assert branch.read == []


async def test_a_push_that_takes_the_file_away_gets_no_check() -> None:
    assert await push(Branch(None), commits=[{"removed": [PATH]}]) == []


async def test_what_stands_in_the_files_place_and_is_no_text_is_told() -> None:
    (report,) = await push(Branch(UnusableFileError(PATH, "is not UTF-8 text", "Save it as UTF-8.")))
    assert isinstance(report, ReportCheck)
    assert (report.conclusion, report.annotations) == ("failure", ())
    assert "Save it as UTF\\-8." in report.summary


def test_one_mistake_is_counted_as_one() -> None:
    assert check(REPOSITORY, "a" * 40, "nonsense: 1").title == "One mistake in the configuration"


def test_yaml_that_cannot_be_read_is_a_mistake_at_its_place() -> None:
    report = check(REPOSITORY, "a" * 40, "triage: [\n")
    assert report.conclusion == "failure"
    assert report.annotations[0].line >= 1


def test_the_words_about_mistakes_repeat_no_mention_and_no_markup() -> None:
    report = check(REPOSITORY, "a" * 40, '"@everyone <script>": 1\n')
    assert "@everyone" not in report.summary
    assert "<script>" not in report.summary


def test_of_very_many_mistakes_the_first_are_told_and_the_rest_is_counted() -> None:
    report = check(REPOSITORY, "a" * 40, "".join(f"nonsense{number}: 1\n" for number in range(1000)))
    assert report.title == "More than 50 mistakes in the configuration"
    assert [note.line for note in report.annotations] == list(range(1, 52))
    assert report.annotations[-1].message.startswith("and 950 more")


@pytest.mark.parametrize(
    "hostile",
    [
        "".join(f"trige{number}: 1\n" for number in range(MAX_BYTES // 16)),
        "triage:\n" + "".join(f"  ask{number}: 1\n" for number in range(MAX_BYTES // 16)),
        "<" * 200_000 + ": 1\n",
        "a: *" + "x" * 200_000,
        "labels: {paths: {" + ", ".join(f"x{number}: 1" for number in range(20_000)) + "}}",
    ],
    ids=lambda text: text[:12],
)
@pytest.mark.timeout(30)
def test_a_hostile_file_is_judged_in_words_that_github_takes(hostile: str) -> None:
    report = check(REPOSITORY, "a" * 40, hostile)
    assert report.conclusion == "failure"
    assert len(report.summary) <= SUMMARY_LIMIT
    assert len(report.annotations) <= 51
    assert all(len(note.message) < 1000 for note in report.annotations)
