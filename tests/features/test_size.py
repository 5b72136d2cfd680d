from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.actions import Action, AddLabels, RemoveLabels
from bot.errors import UnusableFileError
from bot.events import PullRequest, Thread
from bot.features.size import SizeSection, lines_to_read, pull_request_changed
from bot.reads import ChangedFile
from bot.triage.attributes import read_attributes
from tests.fixtures.events import event, pull_request


class Repository:
    """A pull request with changed files, the attributes of its repository, and the bot's own labels."""

    def __init__(self, *files: ChangedFile, attributes: str | None = None, own: tuple[str, ...] = ()) -> None:
        self.files = files
        self.attributes = attributes
        self.own = own

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        return self.files

    async def kept_file(self, repository: str, path: str) -> str | None:
        return self.attributes

    async def own_labels(self, thread: Thread) -> frozenset[str]:
        return frozenset(self.own)


def changed(path: str, additions: int, deletions: int = 0) -> ChangedFile:
    return ChangedFile(path, "modified", additions=additions, deletions=deletions)


async def plan(
    reads: Repository, action: str = "opened", *, labels: tuple[str, ...] = (), extra: int = 0
) -> list[Action]:
    pull = pull_request(
        additions=sum(file.additions for file in reads.files) + extra,
        deletions=sum(file.deletions for file in reads.files),
        labels=[{"name": name} for name in labels],
    )
    happened = event("pull_request", action, pull_request=pull)
    return list(await pull_request_changed(happened, SizeSection(), reads))


@pytest.mark.parametrize(
    ("lines", "label"),
    [
        (0, "size/XS"),
        (9, "size/XS"),
        (10, "size/S"),
        (30, "size/M"),
        (100, "size/L"),
        (500, "size/XL"),
        (10_000, "size/XXL"),
    ],
)
async def test_a_pull_request_is_labelled_by_its_lines(lines: int, label: str) -> None:
    (action,) = await plan(Repository(changed("a.py", lines)))
    assert isinstance(action, AddLabels)
    assert (action.labels, action.reason) == ((label,), f"{lines} lines to read")


async def test_what_nobody_wrote_by_hand_is_left_out() -> None:
    attributes = "api/* linguist-generated\nthird_party/** -linguist-vendored\n"
    files = [changed("uv.lock", 900), changed("api/x.py", 90), changed("third_party/mine.py", 4, 5)]
    (action,) = await plan(Repository(*files, attributes=attributes))
    assert isinstance(action, AddLabels)
    assert action.labels == ("size/XS",)
    assert action.reason == "9 lines to read, 990 generated or vendored left out"


async def test_lines_that_github_lists_without_counts_are_counted() -> None:
    (action,) = await plan(Repository(changed("a.py", 5)), extra=30_000)
    assert isinstance(action, AddLabels)
    assert action.labels == ("size/XXL",)


async def test_a_new_size_takes_the_place_of_the_bots_own() -> None:
    reads = Repository(changed("a.py", 50), own=("size/S", "bug"))
    add, remove = await plan(reads, "synchronize", labels=("size/S", "bug"))
    assert isinstance(add, AddLabels)
    assert isinstance(remove, RemoveLabels)
    assert (add.labels, remove.labels) == (("size/M",), ("size/S",))


async def test_a_size_that_stays_needs_nothing() -> None:
    reads = Repository(changed("a.py", 50), own=("size/M",))
    assert await plan(reads, "synchronize", labels=("Size/M",)) == []


async def test_a_size_that_a_person_chose_is_theirs() -> None:
    assert await plan(Repository(changed("a.py", 50)), "synchronize", labels=("size/XL",)) == []
    reads = Repository(changed("a.py", 50), own=("size/S",))
    assert await plan(reads, "synchronize", labels=("size/XL", "size/S")) == []


async def test_attributes_that_are_no_text_count_as_none() -> None:
    class Odd(Repository):
        async def kept_file(self, repository: str, path: str) -> str | None:
            raise UnusableFileError(path, "is not UTF-8 text", "Save it as UTF-8.")

    (action,) = await plan(Odd(changed("a.py", 50)))
    assert isinstance(action, AddLabels)


@pytest.mark.parametrize("labels", [{"small": 0, "large": 0}, {"small": -1}])
def test_sizes_that_cannot_be_told_apart_are_a_mistake(labels: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="number of lines of its own"):
        SizeSection(labels=labels)


COUNTS = st.integers(0, 10**9)


@given(
    st.lists(st.builds(changed, st.text(max_size=100), COUNTS, COUNTS), max_size=5),
    COUNTS,
    COUNTS,
    st.text(max_size=300),
)
def test_any_files_and_attributes_give_a_size(
    files: list[ChangedFile], additions: int, deletions: int, attributes: str
) -> None:
    pull = PullRequest.model_validate(pull_request(additions=additions, deletions=deletions))
    said = read_attributes({".gitattributes": attributes})
    lines, left_out = lines_to_read(pull, files, said)
    assert 0 <= lines <= additions + deletions
    assert left_out >= 0
