from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.errors import GoneError, TransientError
from bot.events import Event
from bot.github.reader import GitHubReader
from bot.github.reader.issue_forms import CHARACTERS, KeptForms
from bot.triage.forms import Forms
from tests.fixtures.events import event, repository
from tests.sandbox.github.stage import Stage, commit

MODELS = "alice/models"
BUG = ".github/ISSUE_TEMPLATE/bug.yml"
FORM = "name: {}\nbody:\n- type: input\n  attributes: {{label: Version}}\n  validations: {{required: true}}\n"


class Files:
    """The form files of repositories, and how often they were asked for."""

    def __init__(self, **named: dict[str, str] | Exception) -> None:
        self.named = named
        self.asked: list[str] = []
        self.pause = asyncio.Event()
        self.pause.set()

    async def issue_form_files(self, repository: str) -> dict[str, str]:
        self.asked.append(repository)
        found = self.named.get(repository, GoneError("no such repository", 404))
        await self.pause.wait()
        if isinstance(found, Exception):
            raise found
        return found


def push(path: str, name: str = MODELS, ref: str = "refs/heads/main", **more: Any) -> Event:
    return event("push", ref=ref, commits=[{"modified": [path]}], repository=repository(name), **more)


def names(forms: Forms) -> list[str]:
    return [form.name for form in forms.forms]


async def test_forms_are_read_once_until_a_push_to_the_default_branch_changes_them() -> None:
    files = Files(**{MODELS: {BUG: FORM.format("one")}})
    kept = KeptForms(files)
    assert [names(await kept.forms(MODELS)) for _ in range(3)] == [["one"]] * 3
    kept.notice(push("README.md"))
    kept.notice(push(BUG, ref="refs/heads/topic"))
    await kept.forms(MODELS)
    assert files.asked == [MODELS]
    files.named[MODELS] = {BUG: FORM.format("two")}
    kept.notice(push(BUG))
    assert names(await kept.forms(MODELS)) == ["two"]


@pytest.mark.parametrize(
    "path", [".github/ISSUE_TEMPLATE/config.yml", ".github/ISSUE_TEMPLATE.md", "docs/ISSUE_TEMPLATE.md"]
)
async def test_every_place_of_forms_is_watched(path: str) -> None:
    files = Files(**{MODELS: {BUG: FORM.format("one")}})
    kept = KeptForms(files)
    await kept.forms(MODELS)
    kept.notice(push(path))
    await kept.forms(MODELS)
    assert files.asked == [MODELS] * 2


async def test_a_repository_without_forms_uses_its_owners_and_notices_when_those_change() -> None:
    files = Files(**{MODELS: {}, "alice/.github": {BUG: FORM.format("owner's")}})
    kept = KeptForms(files)
    assert names(await kept.forms(MODELS)) == ["owner's"]
    files.named["alice/.github"] = {}
    kept.notice(push(BUG, "alice/.github"))
    assert names(await kept.forms(MODELS)) == []


async def test_that_nobody_has_forms_is_kept_as_well() -> None:
    files = Files(**{MODELS: {}})
    kept = KeptForms(files)
    assert [await kept.forms(MODELS) for _ in range(2)] == [Forms(), Forms()]
    assert files.asked == [MODELS, "alice/.github"]


async def test_many_issues_at_once_ask_once() -> None:
    files = Files(**{MODELS: {BUG: FORM.format("one")}})
    kept = KeptForms(files)
    await asyncio.gather(*(kept.forms(MODELS) for _ in range(10)))
    assert files.asked == [MODELS]


async def test_what_was_read_while_a_push_arrived_is_not_kept() -> None:
    files = Files(**{MODELS: {BUG: FORM.format("one")}})
    kept = KeptForms(files)
    files.pause.clear()
    reading = asyncio.create_task(kept.forms(MODELS))
    await asyncio.sleep(0)
    kept.notice(push(BUG))
    files.pause.set()
    await reading
    await kept.forms(MODELS)
    assert files.asked == [MODELS] * 2


async def test_a_failure_to_read_is_not_taken_for_having_no_forms() -> None:
    files = Files(**{MODELS: {}})
    files.named["alice/.github"] = TransientError("busy")
    kept = KeptForms(files)
    with pytest.raises(TransientError):
        await kept.forms(MODELS)


async def test_files_are_read_from_github_in_one_request(reader: GitHubReader, stage: Stage) -> None:
    assert await reader.issue_form_files(MODELS) == {}
    commit(stage.alice, MODELS, "docs/ISSUE_TEMPLATE.md", "## Version\n")
    assert await reader.issue_form_files(MODELS) == {"docs/ISSUE_TEMPLATE.md": "## Version\n"}
    commit(stage.alice, MODELS, BUG, FORM.format("Bug"))
    commit(stage.alice, MODELS, ".github/ISSUE_TEMPLATE/long.md", "x" * (CHARACTERS + 1))
    commit(stage.alice, MODELS, ".github/ISSUE_TEMPLATE/sub/inside.md", "x")
    assert await reader.issue_form_files(MODELS) == {BUG: FORM.format("Bug")}
    assert names(await reader.issue_forms(MODELS)) == ["Bug"]


async def test_a_repository_that_is_not_there_is_gone(reader: GitHubReader) -> None:
    with pytest.raises(GoneError):
        await reader.issue_forms("alice/nothing")
