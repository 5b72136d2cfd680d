from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from bot.actions import Action, CommitFiles, OpenPullRequest, Reply
from bot.cards.facts import Reader
from bot.errors import UserError
from bot.events import PullRequest
from bot.features.model_card import ModelCardSection, card_asked
from bot.reads import Brought, ChangedFile
from bot.rendering import BODY_LIMIT
from tests.fixtures.events import call, issue, pull_request, repository

FOLDER = "models/digits"
CONFIG = json.dumps({"model_type": "digits-mlp", "_name_or_path": "outputs/checkpoint-500"})


@dataclass
class Reads:
    """A repository with a pull request from a fork, and what was asked for of its folder."""

    files: dict[str, str] = field(default_factory=lambda: {"config.json": CONFIG})
    left_out: dict[str, str] = field(default_factory=dict)
    asked: list[Sequence[Reader]] = field(default_factory=list)
    protected: bool = False
    is_fork: bool = True
    template: str | None = None

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        return (ChangedFile(f"{FOLDER}/config.json", "added"),)

    async def pull_request(self, name: str, number: int) -> PullRequest:
        head = {"ref": "digits", "sha": "b" * 40, "repo": repository("bob/models" if self.is_fork else name)}
        return PullRequest.model_validate({**pull_request(head=head), "state": "open"})

    async def pull_request_from(self, repository: str, branch: str) -> PullRequest | None:
        return None

    async def branch_head(self, repository: str, branch: str) -> str:
        return "c" * 40

    async def is_protected(self, repository: str, branch: str) -> bool:
        return self.protected

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        assert ref == "main", "only the default branch is asked"
        return self.template if path == "docs/card.j2" else None

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
        self.asked.append(sought)
        for name, content in self.files.items():
            (destination / name).write_text(content)
        return Brought(self.left_out, frozenset(self.files))


async def shown(reads: Reads) -> str:
    """Ask on a pull request from a fork, and give the answer."""
    (reply,) = await asked_for(reads)
    assert isinstance(reply, Reply)
    return reply.body


async def asked_for(
    reads: Reads, command: str = "/model-card", section: ModelCardSection | None = None
) -> Sequence[Action]:
    """Ask on a pull request, and give what is done."""
    asked = call(command, about=issue(pull_request={"url": "https://api.github.com/pulls/7"}))
    return await card_asked(asked, section or ModelCardSection(), reads)


def written(actions: Sequence[Action]) -> tuple[dict[str, str], str]:
    """Give the files of a commit, and what is told of it."""
    (action,) = actions
    assert isinstance(action, CommitFiles | OpenPullRequest)
    return {file.path: file.content for file in action.files}, action.told


async def test_only_the_files_a_card_is_made_from_are_fetched() -> None:
    reads = Reads()
    await shown(reads)
    (sought,) = reads.asked
    names = {one.pattern for one in sought}
    assert {"README.md", "config.json", "*_results.json", "*.safetensors", "*.gguf", "*.onnx"} <= names
    assert ".git/HEAD" not in names


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


LOG = [{"step": step, "loss": 1 / step} for step in (1, 2, 3)]
TRAINED = {"config.json": CONFIG, "trainer_state.json": json.dumps({"global_step": 3, "log_history": LOG})}


async def test_answers_go_into_the_card() -> None:
    command = '/model-card set intended-use="Reading house numbers." license="Apache 2.0" language=English,nl'
    files, told = written(await asked_for(Reads(is_fork=False), command))
    card = files[f"{FOLDER}/README.md"]
    assert "## Intended use\n\nReading house numbers." in card
    assert "license: apache-2.0" in card
    assert "language:\n- en\n- nl" in card
    assert "`intended-use`" not in told
    assert '/model-card set base-models="..."' in told


async def test_an_answer_lasts_when_the_card_is_written_again() -> None:
    files, _ = written(
        await asked_for(Reads(is_fork=False), '/model-card set developed-by="The digit people"')
    )
    card = files[f"{FOLDER}/README.md"]
    again, _ = written(await asked_for(Reads({"config.json": CONFIG, "README.md": card}, is_fork=False)))
    assert again[f"{FOLDER}/README.md"] == card
    assert "- **Developed by:** The digit people" in card


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/model-card set", "Say what to set"),
        ("/model-card set license=mine", "is not a licence id"),
        ("/model-card set license=aplache-2.0", "Did you mean `apache-2.0`"),
        ("/model-card set pipeline-tag=magic", "is no task"),
        ("/model-card set base-models=/home/me", "is no Hub id"),
        ('/model-card set description=" "', "needs a text"),
    ],
)
async def test_an_answer_that_is_none_is_told_with_what_is_one(command: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        await asked_for(Reads(is_fork=False), command)


async def test_pictures_stand_beside_the_card() -> None:
    files, _ = written(await asked_for(Reads(TRAINED, is_fork=False)))
    assert "](training_curve.svg)" in files[f"{FOLDER}/README.md"]
    assert files[f"{FOLDER}/training_curve.svg"].startswith("<svg")
    assert "training_curve" not in await shown(Reads(TRAINED)), "a comment cannot bring pictures along"


async def test_what_people_edited_stays_and_what_the_files_say_is_suggested() -> None:
    files, _ = written(await asked_for(Reads(TRAINED, is_fork=False)))
    edited = files[f"{FOLDER}/README.md"].replace("`digits-mlp`", "`digits-cnn`")
    again, told = written(await asked_for(Reads({**TRAINED, "README.md": edited}, is_fork=False)))
    assert "`digits-cnn`" in again[f"{FOLDER}/README.md"]
    assert "Left as people wrote it: details." in told
    (suggestion,) = [token for token in MarkdownIt().parse(told) if token.type == "fence"]
    assert suggestion.info == "suggestion"
    assert "`digits-mlp`" in suggestion.content


async def test_to_a_protected_branch_the_card_comes_as_a_pull_request() -> None:
    (action,) = await asked_for(Reads(is_fork=False, protected=True))
    assert isinstance(action, OpenPullRequest)
    assert (action.base, action.start) == ("digits", "b" * 40)


async def test_the_repositorys_own_template_arranges_the_card() -> None:
    section = ModelCardSection(template="docs/card.j2")
    reads = Reads(is_fork=False, template="# {{ title }}\n\nOurs.\n\n{{ parts.details }}")
    files, _ = written(await asked_for(reads, section=section))
    assert "Ours." in files[f"{FOLDER}/README.md"]
    with pytest.raises(UserError, match="is not on `main`"):
        await asked_for(Reads(is_fork=False), section=section)
    with pytest.raises(UserError, match="'nothing' is undefined"):
        await asked_for(Reads(is_fork=False, template="{{ nothing }}"), section=section)


async def test_files_that_were_left_out_are_named_with_the_reason() -> None:
    body = await shown(Reads(left_out={"model.onnx": "it is larger than what I fetch"}))
    assert "`model.onnx`: it is larger than what I fetch" in body


async def test_a_card_that_was_left_out_is_not_written_over() -> None:
    with pytest.raises(UserError, match="cannot read the"):
        await shown(Reads(left_out={"README.md": "it is a symbolic link"}))
