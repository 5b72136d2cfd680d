from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.actions import ReportPart
from bot.cards.facts import Reader
from bot.errors import UserError
from bot.features.card_check import CardCheckSection, cards_touched, kind_of_card, pull_request_changed
from bot.features.checks.verdict import NOTES_PER_PART
from bot.reads import Brought, ChangedFile
from tests.fixtures.events import event, pull_request

CARD = """---
license: mit
library_name: transformers
pipeline_tag: text-classification
---
# Kind words

It tells kind words from unkind ones.

- Accuracy: 0.95

![Curve](curve.svg)
"""
MEASURED = json.dumps({"eval_accuracy": 0.9})


@dataclass
class Reads:
    """A pull request that changes files, and its newest commit."""

    files: dict[str, str] = field(
        default_factory=lambda: {
            "m/README.md": CARD,
            "m/eval_results.json": MEASURED,
            "m/curve.svg": "<svg/>",
        }
    )
    changed: tuple[ChangedFile, ...] = (ChangedFile("m/README.md", "modified", additions=3),)
    refused: bool = False
    left_out: dict[str, str] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        return self.changed

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        self.requests.append("text_file")
        return self.files.get(path)

    async def file_sizes(self, repository: str, commit: str) -> dict[str, int]:
        self.requests.append("file_sizes")
        return {path: len(text) for path, text in self.files.items()}

    async def fetch_sought(
        self,
        repository: str,
        path: str,
        commit: str,
        destination: Path,
        *,
        size_limit: int,
        sought: Sequence[Reader],
    ) -> Brought:
        self.requests.append("fetch_sought")
        if self.refused:
            raise UserError("`m` is larger than 500 MB.")
        for name, content in self.files.items():
            if name.startswith(f"{path}/"):
                (destination / name.removeprefix(f"{path}/")).write_text(content)
        return Brought(self.left_out, frozenset(name.removeprefix(f"{path}/") for name in self.files))


async def report(reads: Reads, section: CardCheckSection | None = None) -> ReportPart | None:
    opened = event("pull_request", "opened", pull_request=pull_request(number=7))
    actions = await pull_request_changed(opened, section or CardCheckSection(), reads)
    assert len(actions) <= 1
    for action in actions:
        assert isinstance(action, ReportPart)
        return action
    return None


async def test_the_lines_of_a_card_are_marked_with_what_is_wrong() -> None:
    part = await report(Reads())
    assert part is not None
    said = {(note.path, note.line): note.message for note in part.annotations}
    assert "eval_results.json says 0.9" in said["m/README.md", 10]
    assert not any("curve.svg" in message for message in said.values())
    assert "`m/README.md`" in part.summary
    assert "completeness" in part.summary
    assert part.passed, "nothing here keeps the model from being released"


async def test_an_error_fails_the_part_when_it_is_required() -> None:
    broken = Reads({"m/README.md": CARD.replace("mit", "Apache 2")})
    part = await report(broken, CardCheckSection(level="required"))
    assert part is not None
    assert not part.passed
    assert part.required
    assert {note.level for note in part.annotations} == {"failure"}
    assert "giveback card m --fix" in part.summary


async def test_broken_metadata_is_told_with_its_line() -> None:
    part = await report(Reads({"m/README.md": "---\nlicense: [\n---\n"}))
    assert part is not None
    assert [note.line for note in part.annotations] == [2]


async def test_a_card_of_many_findings_marks_only_so_many_lines() -> None:
    part = await report(Reads({"m/README.md": CARD + "\nMore information needed\n" * 15}))
    assert part is not None
    assert len(part.annotations) == NOTES_PER_PART
    assert "more\n" in part.summary


async def test_a_folder_that_cannot_be_fetched_is_said_so() -> None:
    part = await report(Reads(refused=True))
    assert part is not None
    assert "without the files beside it: `m` is larger than 500 MB." in part.summary


async def test_a_readme_that_is_no_card_is_left_alone_after_one_request() -> None:
    reads = Reads({"m/README.md": "# Our project\n"})
    assert await report(reads) is None
    assert reads.requests == ["text_file"]


async def test_nothing_is_read_where_no_readme_changes_or_the_check_is_off() -> None:
    reads = Reads(changed=(ChangedFile("a.py", "modified"),))
    assert await report(reads) is None
    assert await report(Reads(), CardCheckSection(level="off")) is None
    assert reads.requests == []


@pytest.mark.parametrize(
    ("file", "touched"),
    [
        (ChangedFile("README.md", "modified", additions=1), True),
        (ChangedFile("a/README.md", "removed"), False),
        (ChangedFile("a/README.md", "renamed"), False),
        (ChangedFile("a/README.md", "renamed", additions=1), True),
        (ChangedFile("a/README.md", "added", patch="@@ -0,0 +1,2 @@\n+---\n+a: b"), True),
        (ChangedFile("a/README.md", "added", patch="@@ -0,0 +1,2 @@\n+# Title\n+words"), False),
        (ChangedFile("a/readme.txt", "added"), False),
    ],
)
def test_which_readmes_are_looked_at(file: ChangedFile, touched: bool) -> None:
    assert bool(cards_touched([file])) is touched


@pytest.mark.parametrize(
    ("metadata", "kind"),
    [
        ("license: mit", "model"),
        ("license: [", "model"),
        ("license: mit\nsize_categories: [n<1K]", "dataset"),
        ("title: My page\nlayout: post\ntags: [a]", None),
        ("title: My app\nsdk: gradio\nlicense: mit", None),
    ],
)
def test_a_readme_is_a_card_by_its_metadata(metadata: str, kind: str | None) -> None:
    assert kind_of_card(f"---\n{metadata}\n---\n# T\n") == kind
    assert kind_of_card("# T\n") is None


async def test_a_dataset_card_is_checked_by_its_own_rules_and_no_data_is_fetched() -> None:
    reads = Reads({"m/README.md": "---\nlicense: mit\nsize_categories: few\n---\n# Birds\n"})
    part = await report(reads)
    assert part is not None
    assert any("no size the Hub knows" in note.message for note in part.annotations)
    assert not any("library_name" in note.message for note in part.annotations)
    assert "fetch_sought" not in reads.requests


async def test_a_file_that_was_left_out_is_named() -> None:
    part = await report(Reads(left_out={"model.onnx": "it is larger than what I fetch"}))
    assert part is not None
    assert "model.onnx was not read" in " ".join(note.message for note in part.annotations)
