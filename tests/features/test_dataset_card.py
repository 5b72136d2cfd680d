from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.actions import Action, CommitFiles, Reply
from bot.errors import UserError
from bot.events import PullRequest
from bot.features.dataset_card import DatasetCardSection, card_asked, folders_with_data
from bot.reads import ChangedFile
from tests.fixtures.events import call, issue, pull_request, repository

FOLDER = "data/birds"


@dataclass
class Reads:
    """A repository with a pull request that brings data."""

    files: dict[str, str] = field(default_factory=lambda: {"train.csv": "bird,hour\nrobin,7\n"})
    is_fork: bool = False
    asked: list[Collection[str] | None] = field(default_factory=list)

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        return tuple(ChangedFile(f"{FOLDER}/{name}", "added") for name in self.files)

    async def pull_request(self, name: str, number: int) -> PullRequest:
        head = {"ref": "birds", "sha": "b" * 40, "repo": repository("bob/models" if self.is_fork else name)}
        return PullRequest.model_validate({**pull_request(head=head), "state": "open"})

    async def pull_request_from(self, repository: str, branch: str) -> PullRequest | None:
        return None

    async def branch_head(self, repository: str, branch: str) -> str:
        return "c" * 40

    async def is_protected(self, repository: str, branch: str) -> bool:
        return False

    async def fetch_folder(
        self,
        repository: str,
        path: str,
        commit: str,
        destination: Path,
        *,
        size_limit: int,
        names: Collection[str] | None = None,
    ) -> None:
        self.asked.append(names)
        for name, content in self.files.items():
            (destination / name).write_text(content)


async def asked_for(reads: Reads, command: str = "/dataset-card") -> Action:
    asked = call(command, about=issue(pull_request={"url": "https://api.github.com/pulls/7"}))
    actions: Sequence[Action] = await card_asked(asked, DatasetCardSection(), reads)
    (action,) = actions
    return action


async def test_the_card_is_committed_with_what_was_counted_and_without_a_row() -> None:
    reads = Reads()
    action = await asked_for(reads, '/dataset-card set license=mit source-data="Seen from a window."')
    assert isinstance(action, CommitFiles)
    (file,) = action.files
    assert file.path == f"{FOLDER}/README.md"
    assert "num_examples: 1" in file.content
    assert "Seen from a window." in file.content
    assert "robin" not in file.content
    assert "### Dataset card" in action.told
    assert '`/dataset-card set description="..."`' in action.told
    assert {"*.csv", "*/*.parquet", "README.md", "croissant.json"} <= set(reads.asked[0] or ())


async def test_a_fork_is_shown_the_card() -> None:
    action = await asked_for(Reads(is_fork=True))
    assert isinstance(action, Reply)
    assert "num_examples: 1" in action.body


@pytest.mark.parametrize(
    ("files", "command", "words"),
    [
        ({"notes.txt": "x"}, "/dataset-card", "I see no data here"),
        ({"notes.txt": "x"}, "/dataset-card path=data/birds", "no data in `data/birds` that I can count"),
        ({"a.csv": "x\n1\n"}, "/dataset-card set license=mine", "is not a licence id"),
        ({"a.csv": "x\n1\n"}, "/dataset-card set", "Say what to set"),
        ({"a.csv": "x\n1\n", "README.md": "---\n: [\n---\n"}, "/dataset-card", "broken metadata at line 2"),
    ],
)
async def test_what_people_have_to_put_right_is_told(files: dict[str, str], command: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        await asked_for(Reads(files), command)


def test_folders_inside_a_folder_with_data_belong_to_it() -> None:
    paths = ["data/a/train.csv", "data/a/more/test.csv", "other/x.parquet", "src/main.py"]
    assert folders_with_data(paths) == ["data/a", "other"]
