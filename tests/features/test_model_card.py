from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from bot.actions import Reply
from bot.errors import UserError
from bot.events import PullRequest
from bot.features.model_card import ModelCardSection, card_asked
from bot.reads import ChangedFile
from bot.rendering import BODY_LIMIT
from tests.fixtures.events import call, issue, pull_request, repository

FOLDER = "models/digits"
CONFIG = json.dumps({"model_type": "digits-mlp", "_name_or_path": "outputs/checkpoint-500"})


@dataclass
class Reads:
    """A repository with a pull request from a fork, and what was asked for of its folder."""

    files: dict[str, str] = field(default_factory=lambda: {"config.json": CONFIG})
    asked: list[Collection[str] | None] = field(default_factory=list)

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        return (ChangedFile(f"{FOLDER}/config.json", "added"),)

    async def pull_request(self, name: str, number: int) -> PullRequest:
        fork = {"ref": "main", "sha": "b" * 40, "repo": repository("bob/models")}
        return PullRequest.model_validate({**pull_request(head=fork), "state": "open"})

    async def pull_request_from(self, repository: str, branch: str) -> PullRequest | None:
        return None

    async def branch_head(self, repository: str, branch: str) -> str:
        return "c" * 40

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        return None

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


async def shown(reads: Reads, **more: Any) -> str:
    """Ask on a pull request from a fork, and give the answer."""
    asked = call("/model-card", about=issue(pull_request={"url": "https://api.github.com/pulls/7"}))
    (reply,) = await card_asked(asked, ModelCardSection(), reads)
    assert isinstance(reply, Reply)
    return reply.body


async def test_only_the_files_a_card_is_made_from_are_fetched() -> None:
    reads = Reads()
    await shown(reads)
    (names,) = reads.asked
    assert names is not None
    assert {"README.md", "config.json", "*_results.json", "*.safetensors"} <= set(names)


async def test_a_card_with_room_is_shown_whole() -> None:
    body = await shown(Reads())
    assert "copy it there" in body
    assert "giveback card" not in body


async def test_a_card_too_long_for_a_comment_ends_early_and_leaves_nothing_open() -> None:
    words = "Some words, ````with```` a fence.\n\n" * 5_000
    body = await shown(Reads({"config.json": CONFIG, "README.md": f"# Mine\n\n{words}"}))
    assert len(body) < BODY_LIMIT - 500
    assert "shows only its beginning" in body
    assert f"`giveback card {FOLDER} --out {FOLDER}/README.md`" in body
    tokens = MarkdownIt().parse(body)
    fences = [token for token in tokens if token.type == "fence"]
    assert len(fences) == 1
    assert fences[0].content.startswith("---\n")
    assert [token for token in tokens if token.type == "html_block" and "</details>" in token.content]
    assert "Which model on the Hub is that?" in body


async def test_a_command_to_copy_cannot_be_one_to_fear() -> None:
    class Odd(Reads):
        async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
            return (ChangedFile("$(evil) x/config.json", "added"),)

    body = await shown(Odd({"config.json": CONFIG, "README.md": "words\n" * 20_000}))
    assert "giveback card '$(evil) x' --out '$(evil) x/README.md'" in body


async def test_a_card_that_answers_a_question_is_not_asked_it_again() -> None:
    card = "---\nlicense: mit\nbase_model: acme/base\n---\n# Mine\n"
    body = await shown(Reads({"config.json": CONFIG, "README.md": card}))
    assert "Under which licence" not in body
    assert "Which model on the Hub is that?" not in body
    assert "Which task is it for" in body


async def test_a_byte_order_mark_hides_no_metadata() -> None:
    body = await shown(Reads({"config.json": CONFIG, "README.md": "\ufeff---\nlicense: mit\n---\n# Mine\n"}))
    assert body.count("license: mit") == 1
    assert "Under which licence" not in body


async def test_odd_metadata_is_told_with_its_line_and_what_to_do() -> None:
    with pytest.raises(
        UserError, match=r"at line 2: `tags has to be .*Fix it, then comment `/model-card` again"
    ):
        await shown(Reads({"config.json": CONFIG, "README.md": "---\ntags: 5\n---\n# Mine\n"}))


async def test_a_folder_that_says_nothing_is_told_what_to_add() -> None:
    with pytest.raises(
        UserError, match=r"Add one of these, or name another folder: `/model-card path=FOLDER`"
    ):
        await shown(Reads({"notes.txt": "hello"}))
