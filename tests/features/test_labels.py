from __future__ import annotations

import pytest

from bot.actions import Action, AddLabels, RemoveLabels
from bot.errors import GoneError
from bot.features.labels import DEFAULT_PATHS, LabelsSection, labels_for, pull_request_changed
from bot.reads import ChangedFile
from tests.fixtures.events import event, pull_request


class Files:
    """A pull request that changes these paths."""

    def __init__(self, *paths: str) -> None:
        self.paths = paths

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        return tuple(ChangedFile(path, "modified") for path in self.paths)


async def plan(*paths: str, action: str = "opened", section: LabelsSection | None = None) -> list[Action]:
    happened = event("pull_request", action, pull_request=pull_request())
    return list(await pull_request_changed(happened, section or LabelsSection(), Files(*paths)))


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("weights/model.safetensors", "model"),
        ("adapter_config.json", "model"),
        ("data/train.parquet", "dataset"),
        ("docs/index.rst", "documentation"),
        ("CHANGES.md", "documentation"),
        ("tests/test_x.py", "tests"),
        ("src/test_y.py", "tests"),
    ],
)
def test_paths_call_for_labels(path: str, label: str) -> None:
    assert label in labels_for([path], DEFAULT_PATHS)


def test_other_paths_call_for_none() -> None:
    assert labels_for(["src/main.py", "Makefile"], DEFAULT_PATHS) == {}


async def test_all_fitting_labels_are_one_action_that_says_which_file_called_for_them() -> None:
    (action,) = await plan("a.safetensors", "b.safetensors", "README.md")
    assert isinstance(action, AddLabels)
    assert action.labels == ("model", "documentation")
    assert action.reason == "changes a.safetensors and README.md"


async def test_labels_that_no_longer_fit_are_taken_back_when_commits_arrive() -> None:
    actions = await plan("README.md", action="synchronize")
    assert [a.labels for a in actions if isinstance(a, RemoveLabels)] == [("model", "dataset", "tests")]


async def test_nothing_is_taken_back_from_a_new_pull_request() -> None:
    assert await plan("src/main.py") == []


async def test_the_owners_rules_replace_the_defaults() -> None:
    section = LabelsSection(paths={"ci": (".github/workflows/",)})
    (action,) = await plan(".github/workflows/test.yml", "README.md", section=section)
    assert isinstance(action, AddLabels)
    assert action.labels == ("ci",)


async def test_hostile_paths_only_ever_match_or_not() -> None:
    assert await plan("../../etc/passwd", "a\x00b", "\u202e.md", "[", "x" * 5000)


async def test_a_pull_request_that_is_gone_is_not_decided_about() -> None:
    class Gone(Files):
        async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
            raise GoneError("Not Found", 404)

    happened = event("pull_request", "opened", pull_request=pull_request())
    with pytest.raises(GoneError):
        await pull_request_changed(happened, LabelsSection(), Gone())
