"""Label pull requests by the paths they change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from pathspec import GitIgnoreSpec
from pydantic import Field

from bot.actions import Action, AddLabels, RemoveLabels
from bot.config import Section
from bot.events import Event
from bot.feature import Feature
from bot.reads import ChangedFile
from bot.rendering import listed

DEFAULT_PATHS: dict[str, tuple[str, ...]] = {
    "model": ("*.safetensors", "*.gguf", "*.onnx", "adapter_config.json", "trainer_state.json"),
    "dataset": ("*.parquet", "*.arrow", "*.csv", "*.jsonl"),
    "documentation": ("docs/", "*.md", "*.rst"),
    "tests": ("tests/", "test_*.py"),
}


class LabelsSection(Section):
    """Label pull requests by the files they change; labels the repository does not have are left out."""

    paths: dict[str, tuple[str, ...]] = Field(
        default=DEFAULT_PATHS,
        description="For each label, the paths it stands for, written as in .gitignore.",
    )


class Reads(Protocol):
    """What this feature reads."""

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        """List the files a pull request changes."""


feature = Feature[LabelsSection, Reads]("labels", LabelsSection)


@feature.on("pull_request", "opened", "reopened", "synchronize")
async def pull_request_changed(event: Event, section: LabelsSection, reads: Reads) -> Sequence[Action]:
    """Add the labels its files call for, and take back the bot's own that no longer fit."""
    files = await reads.changed_files(event.thread.repository, event.thread.number)
    fitting = labels_for((file.path for file in files), section.paths)
    actions: list[Action] = []
    if fitting:
        reason = f"changes {listed(fitting.values())}"
        actions.append(AddLabels(thread=event.thread, labels=tuple(fitting), reason=reason))
    unfitting = tuple(label for label in section.paths if label not in fitting)
    if unfitting and event.action == "synchronize":
        actions.append(
            RemoveLabels(thread=event.thread, labels=unfitting, reason="the files no longer call for it")
        )
    return actions


def labels_for(paths: Iterable[str], rules: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Give the labels that paths call for, each with the first path that does."""
    listed_paths = list(paths)
    found = {}
    for label, patterns in rules.items():
        spec = GitIgnoreSpec.from_lines(patterns)
        first = next((path for path in listed_paths if spec.match_file(path)), None)
        if first is not None:
            found[label] = first
    return found
