from __future__ import annotations

from typing import Any

import pytest

from bot.actions import ReportPart, SetTimer
from bot.config import ConfigError, load
from bot.events import TIMER, PullRequest
from bot.features import sections
from bot.features.checks import (
    PARTS,
    feature,
    mergeable_known,
    pull_request_changed,
    pull_request_edited,
    run_asked_for_again,
    suite_asked_for_again,
)
from bot.features.checks.section import ChecksSection
from bot.reads import ChangedFile, LinkedIssue, PullCommit
from tests.features.checks.changes import adding, binary, commit
from tests.fixtures.events import event, pull_request

COMMIT = "a" * 40


class Repository:
    """A pull request, and what was asked about it."""

    def __init__(self, *files: ChangedFile, known: tuple[str, ...] = (), number: int | None = 7) -> None:
        self.files = files
        self.known = known
        self.number = number
        self.asked: list[str] = []
        self.now: dict[str, Any] = {}

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        self.asked.append("files")
        return self.files

    async def commits_of(self, repository: str, number: int) -> tuple[PullCommit, ...]:
        self.asked.append("commits")
        return (commit("Add"),)

    async def closing_issues(self, repository: str, number: int) -> tuple[LinkedIssue, ...]:
        self.asked.append("issues")
        return ()

    async def file_sizes(self, repository: str, commit: str) -> dict[str, int]:
        self.asked.append("sizes")
        return {}

    async def open_pull_at(self, repository: str, commit: str) -> int | None:
        self.asked.append("pull at")
        return self.number

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        self.asked.append("pull")
        return PullRequest.model_validate(pull_request(**self.now))

    async def reported_parts(self, repository: str, commit: str) -> frozenset[str]:
        return frozenset(self.known)


async def plan(reads: Repository, **levels: Any) -> list[ReportPart]:
    happened = event("pull_request", "opened", pull_request=pull_request())
    return reports(await pull_request_changed(happened, ChecksSection(**levels), reads))


def reports(actions: object) -> list[ReportPart]:
    assert isinstance(actions, list)
    assert all(isinstance(action, ReportPart) for action in actions)
    return actions


def only(**on: str) -> dict[str, str]:
    return {**dict.fromkeys(PARTS, "off"), **on}


async def test_with_no_configuration_three_parts_are_looked_at_with_one_request() -> None:
    reads = Repository(adding("a.py", "x"))
    found = await plan(reads)
    assert [part.part for part in found] == ["Secrets", "Large files", "Conflicts"]
    assert all(part.passed and not part.required and part.commit == COMMIT for part in found)
    assert reads.asked == ["files"]


async def test_each_part_can_be_off_warn_or_required() -> None:
    assert await plan(Repository(), **only()) == []
    (warned,) = await plan(Repository(binary("a.bin")), **only(large_files="warn"))
    (required,) = await plan(Repository(binary("a.bin")), **only(large_files="required"))
    assert [(part.passed, part.required) for part in (warned, required)] == [(False, False), (False, True)]
    assert [part.annotations[0].level for part in (warned, required)] == ["warning", "failure"]


@pytest.mark.parametrize(
    ("levels", "asked"),
    [
        ({"sign_off": "warn"}, ["commits"]),
        ({"linked_issue": "warn"}, ["issues"]),
        ({"large_files": "warn", "large_file_mb": 1}, ["files", "sizes"]),
        ({"tests": "warn", "documentation": "required"}, ["files"]),
    ],
)
async def test_a_part_reads_what_it_needs_only_when_it_is_on(
    levels: dict[str, Any], asked: list[str]
) -> None:
    reads = Repository()
    await plan(reads, **{**only(), **levels})
    assert reads.asked == asked


async def test_whether_it_can_be_merged_is_asked_again_where_that_is_required() -> None:
    happened = event("pull_request", "opened", pull_request=pull_request(mergeable=None))
    section = ChecksSection.model_validate(only(conflicts="required"))
    report, timer = await pull_request_changed(happened, section, Repository())
    assert isinstance(report, ReportPart)
    assert isinstance(timer, SetTimer)
    assert report.passed
    assert (timer.name, timer.thread.number) == ("mergeable", 7)
    cases: list[tuple[dict[str, Any], list[bool]]] = [
        ({"mergeable": False}, [False]),
        ({"mergeable": True}, [True]),
        ({"mergeable": None}, []),
        ({"mergeable": False, "state": "closed"}, []),
    ]
    for now, found in cases:
        reads = Repository()
        reads.now = now
        rang = event(TIMER, "checks.mergeable", issue={"number": 7})
        assert [part.passed for part in reports(list(await mergeable_known(rang, section, reads)))] == found


async def edit(reads: Repository, changes: dict[str, Any], **levels: Any) -> list[ReportPart]:
    pull = pull_request(body="Fixes #3")
    happened = event("pull_request", "edited", pull_request=pull, changes=changes)
    return reports(await pull_request_edited(happened, ChecksSection(**levels), reads))


async def test_an_edit_of_the_words_looks_at_the_words_alone() -> None:
    reads = Repository()
    (part,) = await edit(reads, {"body": {"from": ""}}, linked_issue="required")
    assert (part.part, part.passed) == ("Linked issue", True)
    assert reads.asked == []
    assert await edit(reads, {"body": {"from": ""}}) == []
    assert await edit(reads, {}, linked_issue="required") == []


async def test_a_pull_request_that_goes_elsewhere_is_looked_at_anew() -> None:
    assert len(await edit(Repository(), {"base": {"ref": {"from": "dev"}}})) == 3


async def again(reads: Repository, name: str, about: dict[str, Any], **levels: Any) -> list[ReportPart]:
    handler = {"check_run": run_asked_for_again, "check_suite": suite_asked_for_again}[name]
    fields: dict[str, Any] = {name: {"head_sha": COMMIT, **about}}
    happened = event(name, "rerequested", **fields)
    return reports(await handler(happened, ChecksSection(**levels), reads))


async def test_a_check_that_somebody_asks_for_again_is_a_new_run() -> None:
    first = await plan(Repository())
    for name, about in (("check_run", {"name": "giveback"}), ("check_suite", {})):
        parts = await again(Repository(), name, {**about, "pull_requests": [{"number": 7}]})
        assert [part.part for part in parts] == [part.part for part in first]
        assert all(
            part.model_dump() != before.model_dump() for part, before in zip(parts, first, strict=True)
        )
        assert "asked for again by bob" in parts[0].reason


async def test_the_pull_request_from_a_fork_is_found_by_its_commit() -> None:
    reads = Repository()
    assert await again(reads, "check_suite", {})
    assert reads.asked[:2] == ["pull at", "pull"]
    assert await again(Repository(number=None), "check_suite", {}) == []


async def test_other_checks_and_old_commits_are_not_run_again() -> None:
    reads = Repository()
    assert await again(reads, "check_run", {"name": "giveback / config"}) == []
    assert reads.asked == []
    assert await again(reads, "check_suite", {"head_sha": "b" * 40}) == []


async def test_a_part_that_was_switched_off_is_taken_back_when_asked_again() -> None:
    reads = Repository(known=("Tests", "model card"))
    parts = await again(reads, "check_suite", {}, **only())
    assert [(part.part, part.passed, part.required) for part in parts] == [("Tests", True, False)]


def test_a_level_is_read_from_the_configuration_and_a_wrong_one_is_told() -> None:
    config = load("checks: {secrets: off, tests: required}\n", None, sections())
    section = config.section("checks")
    assert isinstance(section, ChecksSection)
    assert (section.secrets, section.tests) == ("off", "required")
    config = load("checks: {secrets: false}\n", None, sections())
    assert getattr(config.section("checks"), "secrets", None) == "off"
    with pytest.raises(ConfigError, match="warn"):
        load("checks: {secrets: always}\n", None, sections())


def test_every_part_has_a_level_in_the_configuration() -> None:
    assert set(PARTS) <= set(ChecksSection.model_fields)
    assert len({part.title for part in PARTS.values()}) == len(PARTS)
    assert feature.name == "checks"
