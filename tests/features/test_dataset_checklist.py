from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.actions import (
    Action,
    CommitFiles,
    OpenPullRequest,
    Remember,
    Reply,
    ReportPart,
    SetSection,
)
from bot.commands import Permission
from bot.errors import UnusableFileError, UserError
from bot.events import Event, PullRequest, Thread
from bot.features.dataset_checklist import (
    boxes_changed,
    checklist_asked,
    data_changed,
    quasi_identifiers_given,
    signed_off,
)
from bot.features.dataset_checklist.kept import Kept
from bot.features.dataset_checklist.looking import (
    EARLIER_FILES,
    data_files,
    dataset_files,
    earlier_files,
    folder_of,
    look,
)
from bot.features.dataset_checklist.section import DatasetChecklistSection
from bot.reads import ChangedFile, PullCommit
from tests.fixtures.events import account, call, event, issue, pull_request, repository

FOLDER = "data/people"
CLEAN = "age,sex\n" + "30,f\n" * 6
MAIL = "age,mail\n30,erika@clinic-nord.de\n"
BASE = "0b" * 20
CODED = "age,code\n" + "".join(f"{20 + row},p-{row:04}\n" for row in range(30))
ON_PULL = issue(pull_request={"url": "https://api.github.com/pulls/7"}, user=account("bob"))


@dataclass
class Reads:
    """A pull request of bob's with a table in it, and what is remembered of it."""

    content: str = CLEAN
    head: str = "a" * 40
    is_fork: bool = False
    held: Permission = Permission.WRITE
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    template: str | None = None
    problem: UserError | None = None
    described: dict[str, str] = field(default_factory=dict)
    wrote: tuple[str, ...] = ("bob", "")
    fetched: int = 0
    before: dict[str, str] = field(default_factory=dict)
    """The data files of the branch that the pull request is for."""
    too_large: bool = False

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        return (ChangedFile(f"{FOLDER}/people.csv", "added"), ChangedFile("src/code.py", "added"))

    async def pull_request(self, name: str, number: int) -> PullRequest:
        head = {"ref": "people", "sha": self.head, "repo": repository("bob/models" if self.is_fork else name)}
        base = {"ref": "main", "sha": BASE, "repo": repository(name)}
        return PullRequest.model_validate({**pull_request(head=head, base=base), "state": "open"})

    async def file_blobs(self, repository: str, commit: str) -> dict[str, str]:
        there = {f"{FOLDER}/people.csv": self.content, "src/code.py": commit, **self.described}
        there = self.before if commit == BASE else there
        return {path: hashlib.sha1(text.encode()).hexdigest() for path, text in there.items()}

    async def commits_of(self, repository: str, number: int) -> tuple[PullCommit, ...]:
        return tuple(PullCommit("a" * 40, "add", login, "", "", login, "", "", 1) for login in self.wrote)

    async def pull_request_from(self, repository: str, branch: str) -> PullRequest | None:
        return None

    async def branch_head(self, repository: str, branch: str) -> str:
        return "c" * 40

    async def is_protected(self, repository: str, branch: str) -> bool:
        return False

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        if path == ".github/checklist.j2":
            assert ref == "main", "only the default branch is asked"
            return self.template
        return self.described.get(path)

    async def permission(self, repository: str, login: str) -> Permission:
        return self.held

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        return self.kept

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
        if self.problem:
            raise self.problem
        if commit == BASE:
            if self.too_large:
                raise UnusableFileError("data", "is larger than 200 MB", "Leave it out.")
            for name in names or ():
                (destination / name).parent.mkdir(parents=True, exist_ok=True)
                (destination / name).write_text(self.before[name], encoding="utf-8")
            return
        self.fetched += 1
        (destination / "people.csv").write_text(self.content, encoding="utf-8")

    def keep(self, actions: Sequence[Action]) -> Sequence[Action]:
        """Remember what actions ask for, as the house would."""
        for action in actions:
            if isinstance(action, Remember) and action.value is not None:
                self.kept[action.key] = action.value
        return actions


def words_of(actions: Sequence[Action]) -> str:
    (section,) = [action for action in actions if isinstance(action, SetSection)]
    return section.body


def part_of(actions: Sequence[Action]) -> ReportPart:
    (part,) = [action for action in actions if isinstance(action, ReportPart)]
    return part


async def opened(reads: Reads, section: DatasetChecklistSection | None = None) -> Sequence[Action]:
    pull = await reads.pull_request("octo/models", 7)
    happened = event("pull_request", "opened", pull_request=pull.model_dump(mode="json"))
    return reads.keep(await data_changed(happened, section or DatasetChecklistSection(), reads))


async def confirmed(reads: Reads) -> Sequence[Action]:
    asked = call("/quasi-identifiers age, sex", author="ada", about=ON_PULL)
    return reads.keep(await quasi_identifiers_given(asked, DatasetChecklistSection(), reads))


async def signed(reads: Reads, who: str = "ada", more: str = "") -> Sequence[Action]:
    asked = call(f'/sign-off role="data steward" {more}', author=who, about=ON_PULL)
    return reads.keep(await signed_off(asked, DatasetChecklistSection(), reads))


def edit(before: str, after: str, who: str = "ada") -> Event:
    return event(
        "issue_comment",
        "edited",
        issue=ON_PULL,
        comment={"id": 99, "body": after, "user": account("giveback[bot]")},
        sender=account(who),
        changes={"body": {"from": before}},
    )


async def ticked(reads: Reads, before: str, after: str) -> Sequence[Action]:
    return reads.keep(await boxes_changed(edit(before, after), DatasetChecklistSection(), reads))


async def test_data_in_a_pull_request_are_scanned_and_lines_are_marked() -> None:
    actions = await opened(Reads(content=MAIL))
    part = part_of(actions)
    assert (part.passed, part.required) == (False, False)
    assert [(note.path, note.line) for note in part.annotations] == [(f"{FOLDER}/people.csv", 2)]
    assert "**6.** E-mail addresses: **evidence against.**" in words_of(actions)
    everything = "".join(action.model_dump_json() for action in actions)
    assert "erika" not in everything


async def test_data_in_several_folders_are_all_looked_at_or_none_is_taken_for_clean() -> None:
    section = DatasetChecklistSection()
    blobs = dict.fromkeys(("a/x.csv", "b/y[1].csv", "c/code.py", "README.md", "b/README.md"), "1")
    assert set(dataset_files(blobs, "", section)) == {"a/x.csv", "b/y[1].csv", "README.md"}
    assert set(dataset_files(blobs, "b", section)) == {"b/y[1].csv", "b/README.md"}
    reads, there = Reads(), {f"{FOLDER}/people.csv": "1"}
    for files in (there, {}):
        with pytest.raises(UserError, match="path=FOLDER"):
            await look("octo/models", "a" * 40, files, Kept(folder="", checklist="general"), section, reads)


async def test_a_pull_request_without_data_is_left_alone() -> None:
    assert data_files([ChangedFile("src/code.py", "added")], DatasetChecklistSection()) == ()
    section = DatasetChecklistSection(paths=("*.xyz",))
    assert await opened(Reads(), section) == []
    assert await opened(Reads(), DatasetChecklistSection(level="off")) == []


def test_the_dataset_is_the_folder_that_all_changed_data_stand_in() -> None:
    assert folder_of(["data/a/x.csv", "data/b/y.csv"]) == "data"
    assert folder_of(["data/a/x.csv", "data/a/c/y.csv"]) == "data/a"
    assert folder_of(["x.csv", "data/y.csv"]) == ""


async def test_data_that_cannot_be_fetched_are_not_taken_for_clean() -> None:
    problem = UnusableFileError("people.csv", "is larger than 100 MB", "Track it with Git LFS.")
    part = part_of(await opened(Reads(problem=problem), DatasetChecklistSection(level="required")))
    assert (part.passed, part.required) == (False, True)
    assert "larger than 100 MB" in part.summary


async def test_confirmed_columns_are_measured() -> None:
    reads = Reads()
    await opened(reads)
    said = words_of(await confirmed(reads))
    assert "k = 6, 0 of 6 rows" in said
    assert "confirmed by `ada`" in said


async def test_another_checklist_can_be_asked_for_of_a_folder() -> None:
    asked = call(f"/dataset-checklist hipaa path={FOLDER}/", about=issue())
    actions = await checklist_asked(asked, DatasetChecklistSection(), Reads())
    assert "HIPAA Safe Harbor" in words_of(actions)
    assert not [action for action in actions if isinstance(action, ReportPart)], "an issue has no commit"


async def test_without_a_folder_it_is_asked_for() -> None:
    with pytest.raises(UserError, match="path=FOLDER"):
        await checklist_asked(call("/dataset-checklist"), DatasetChecklistSection(), Reads())


async def test_nothing_can_be_signed_before_it_was_shown() -> None:
    with pytest.raises(UserError, match="no checklist"):
        await signed(Reads())


async def test_a_sign_off_is_bound_to_the_data_and_written_beside_them() -> None:
    reads = Reads()
    await opened(reads)
    actions = await signed(reads, more="review=2999-01-01")
    (commit,) = [action for action in actions if isinstance(action, CommitFiles)]
    assert [file.path for file in commit.files] == [
        f"{FOLDER}/dataset-checklist.json",
        f"{FOLDER}/dataset-checklist.md",
    ]
    assert "Signed off by `ada`, data steward" in commit.files[1].content
    assert commit.expected_head == reads.head
    assert "- [x] **42.**" in commit.files[1].content
    reads.head = "d" * 40
    again = await opened(reads)
    assert part_of(again).commit == "d" * 40
    assert "Signed off by `ada`" in words_of(again), "what the bot commits does not void it"


async def test_card_and_croissant_are_brought_in_line_when_signed() -> None:
    croissant = '{"@context": {}, "conformsTo": ["http://mlcommons.org/croissant/1.0"], "name": "people"}'
    card = "# People\n\nOf our ward.\n"
    reads = Reads(described={f"{FOLDER}/README.md": card, f"{FOLDER}/croissant.json": croissant})
    await opened(reads)
    await confirmed(reads)
    (commit,) = [action for action in await signed(reads) if isinstance(action, CommitFiles)]
    written = {file.path.rpartition("/")[2]: file.content for file in commit.files}
    assert isinstance(written["README.md"], str)
    assert written["README.md"].startswith(card)
    assert "## Personal and sensitive information" in written["README.md"]
    assert "| `people.csv` | 6 | 6 | 0 |" in written["README.md"]
    described = json.loads(written["croissant.json"])
    assert "rai:personalSensitiveInformation" in described
    assert described["@context"]["rai"] == "http://mlcommons.org/croissant/RAI/"


async def test_data_that_did_not_change_are_not_fetched_again() -> None:
    reads = Reads(content=MAIL)
    first = await opened(reads)
    reads.head = "b" * 40
    second = await opened(reads)
    assert reads.fetched == 1
    assert part_of(second).commit == reads.head
    assert part_of(second).annotations == part_of(first).annotations
    assert words_of(second) == words_of(first)
    await confirmed(reads)
    assert reads.fetched == 2, "other columns give other figures"
    reads.content = CLEAN
    assert "None found by rules" in words_of(await opened(reads))


async def test_a_change_of_the_data_voids_the_sign_off_and_says_so() -> None:
    reads = Reads()
    await opened(reads)
    await signed(reads)
    reads.content, reads.head = f"{CLEAN}31,m\n", "b" * 40
    assert "does not hold any more: the data changed since" in words_of(await opened(reads))


async def test_data_that_changed_since_they_were_shown_are_not_signed() -> None:
    reads = Reads()
    await opened(reads)
    reads.content = f"{CLEAN}31,m\n"
    actions = await signed(reads)
    assert any(isinstance(action, Reply) and "nothing was signed" in action.body for action in actions)
    assert reads.kept["checklist"]["record"]["sign_offs"] == []


async def test_signing_names_the_right_content_or_nothing_is_signed() -> None:
    reads = Reads()
    await opened(reads)
    digest = reads.kept["checklist"]["record"]["data"]["digest"]
    for wrong in ("0" * 12, digest[:3]):
        assert any(isinstance(action, Reply) for action in await signed(reads, more=f"content={wrong}"))
    assert not any(isinstance(action, Reply) for action in await signed(reads, more=f"content={digest[:12]}"))


async def test_the_author_alone_is_not_enough() -> None:
    reads = Reads()
    await opened(reads)
    actions = await signed(reads, who="bob")
    assert "Only an author has signed" in reads_words(actions)


async def test_who_wrote_commits_of_the_pull_request_is_an_author_too() -> None:
    reads = Reads(wrote=("bob", "Ada", "giveback[bot]"))
    await opened(reads)
    assert "Only an author has signed" in reads_words(await signed(reads, who="ada"))
    assert "has to sign as well" not in reads_words(await signed(reads, who="eve"))


def reads_words(actions: Sequence[Action]) -> str:
    return "".join(action.told for action in actions if isinstance(action, CommitFiles | OpenPullRequest))


async def test_nothing_is_written_to_a_fork() -> None:
    reads = Reads(is_fork=True)
    await opened(reads)
    actions = await signed(reads)
    assert not [action for action in actions if isinstance(action, CommitFiles | OpenPullRequest)]
    assert "Signed off by `ada`" in words_of(actions)


async def test_a_tick_of_somebody_with_the_right_is_taken_over_with_their_name() -> None:
    reads = Reads()
    shown = words_of(await opened(reads))
    after = shown.replace("- [ ] **35.**", "- [x] **35.**")
    said = words_of(await ticked(reads, shown, after))
    assert "- [x] **35.**" in said
    assert "Ticked by `ada`" in said
    back = words_of(await ticked(reads, said, said.replace("- [x] **35.**", "- [ ] **35.**")))
    assert "- [ ] **35.**" in back


async def test_a_tick_without_the_right_is_undone_with_the_reason_each_time() -> None:
    reads = Reads(held=Permission.TRIAGE)
    shown = words_of(await opened(reads))
    after = shown.replace("- [ ] **35.**", "- [x] **35.**")
    first = words_of(await ticked(reads, shown, after))
    second = words_of(await ticked(reads, first, first.replace("- [ ] **35.**", "- [x] **35.**")))
    assert "- [ ] **35.**" in first
    assert "has no write permission" in first
    assert first != second, "or the comment would not be written again"


async def test_what_a_program_found_is_not_ticked_away() -> None:
    reads = Reads(content=MAIL)
    shown = words_of(await opened(reads))
    said = words_of(await ticked(reads, shown, shown.replace("- [ ] **6.**", "- [x] **6.**")))
    assert "- [ ] **6.**" in said
    assert "no person decides 6" in said


async def test_words_of_the_checklist_are_not_edited_and_lines_stay_marked() -> None:
    reads = Reads(content=MAIL)
    shown = words_of(await opened(reads))
    actions = await ticked(reads, shown, shown.replace("evidence against", "all is well"))
    assert "only boxes can be changed" in words_of(actions)
    assert len(part_of(actions).annotations) == 1


async def test_a_tick_on_what_was_shown_of_other_data_does_not_count() -> None:
    reads = Reads()
    shown = words_of(await opened(reads))
    reads.content, reads.head = f"{CLEAN}31,m\n", "b" * 40
    await opened(reads)
    said = words_of(await ticked(reads, shown, shown.replace("- [ ] **35.**", "- [x] **35.**")))
    assert "the data changed since" in said


async def test_comments_without_the_checklist_are_passed_over() -> None:
    reads = Reads()
    await opened(reads)
    assert await ticked(reads, "- [ ] one", "- [x] one") == []


async def test_a_broken_template_is_said_and_the_houses_is_used() -> None:
    section = DatasetChecklistSection(template=".github/checklist.j2")
    said = words_of(await opened(Reads(template="{{ nothing.here }}"), section))
    assert "could not be used" in said
    assert "- [ ] **35.**" in said


async def test_a_code_that_stays_the_same_is_told_of_beside_what_the_branch_has() -> None:
    reads = Reads(content=CODED + "60,p-9999\n", before={f"{FOLDER}/people.csv": CODED})
    said = words_of(await opened(reads))
    assert "`its earlier release people.csv` share 30 values of `code` and `code`" in said
    reads = Reads(content=CODED, before={"data/old/persons.csv": CODED + "60,p-9999\n", "src/code.py": "1"})
    assert "`the earlier data/old/persons.csv` share 30 values" in words_of(await opened(reads))


async def test_what_the_branch_has_and_cannot_be_fetched_is_told_of() -> None:
    reads = Reads(content=CODED, before={f"{FOLDER}/people.csv": CODED + "60,p-9999\n"}, too_large=True)
    assert "data is larger than 200 MB" in words_of(await opened(reads))


async def test_nothing_of_the_branch_is_fetched_that_the_pull_request_leaves_alone() -> None:
    section = DatasetChecklistSection()
    same = {"data/a.csv": "1", "data/README.md": "2"}
    assert earlier_files(same, same, section) == ()
    assert earlier_files(same, {**same, "data/README.md": "3"}, section) == ()
    assert earlier_files(same, {"data/a.csv": "3"}, section) == ("data/a.csv",)
    many = {f"data/{number}.csv": str(number) for number in range(20)} | {"old/new.csv": "x"}
    chosen = earlier_files(many, {"data/new.csv": "y", "data/3.csv": "3"}, section)
    assert chosen[0] == "old/new.csv"
    assert len(chosen) == EARLIER_FILES
    assert "data/3.csv" not in chosen
