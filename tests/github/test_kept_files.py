from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.errors import UnusableFileError
from bot.events import Event
from bot.github.reader.kept_files import KeptFiles
from tests.fixtures.events import event

MODELS = "octo/models"
PATH = ".github/labeler.yml"


class Files:
    """Files of default branches, and how often they were asked for."""

    def __init__(self, **named: str) -> None:
        self.named = named or {PATH: "one"}
        self.asked: list[str] = []
        self.pause = asyncio.Event()
        self.pause.set()

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        self.asked.append(path)
        text = self.named.get(path)
        await self.pause.wait()
        return text

    async def folder_names(self, repository: str, path: str, ref: str) -> frozenset[str]:
        self.asked.append(path)
        return frozenset(one.rpartition("/")[2] for one in self.named if one.startswith(f"{path}/"))


def push(*paths: str, ref: str = "refs/heads/main", **more: Any) -> Event:
    return event("push", ref=ref, commits=[{"modified": list(paths)}], **more)


async def test_a_file_is_read_once_until_a_push_changes_it() -> None:
    files = Files()
    kept = KeptFiles(files)
    assert [await kept.file(MODELS, PATH) for _ in range(3)] == ["one"] * 3
    kept.notice(push("README.md"))
    kept.notice(push(PATH, ref="refs/heads/topic"))
    await kept.file(MODELS, PATH)
    assert files.asked == [PATH]
    kept.notice(push(PATH))
    files.named[PATH] = "two"
    assert await kept.file(MODELS, PATH) == "two"


async def test_that_there_is_no_file_is_kept_as_well() -> None:
    files = Files(other="x")
    kept = KeptFiles(files)
    assert [await kept.file(MODELS, PATH) for _ in range(2)] == [None, None]
    assert files.asked == [PATH]


async def test_a_folder_is_listed_once_until_something_in_it_changes() -> None:
    files = Files()
    kept = KeptFiles(files)
    assert [await kept.names(MODELS, ".github") for _ in range(2)] == [frozenset({"labeler.yml"})] * 2
    kept.notice(push("README.md"))
    await kept.names(MODELS, ".github")
    assert files.asked == [".github"]
    kept.notice(push(".github/other.yml"))
    await kept.names(MODELS, ".github")
    assert files.asked == [".github", ".github"]


async def test_events_at_one_time_share_a_reading() -> None:
    files = Files()
    kept = KeptFiles(files)
    files.pause.clear()
    asked = [asyncio.ensure_future(kept.file(MODELS, PATH)) for _ in range(3)]
    await asyncio.sleep(0)
    files.pause.set()
    assert await asyncio.gather(*asked) == ["one"] * 3
    assert files.asked == [PATH]


async def test_what_was_read_while_a_push_came_in_is_not_kept() -> None:
    files = Files()
    kept = KeptFiles(files)
    files.pause.clear()
    asked = asyncio.ensure_future(kept.file(MODELS, PATH))
    await asyncio.sleep(0)
    files.named[PATH] = "two"
    kept.notice(push(PATH))
    files.pause.set()
    assert await asked == "one"
    assert await kept.file(MODELS, PATH) == "two"


async def test_a_push_to_another_branch_makes_no_reading_doubtful() -> None:
    files = Files()
    kept = KeptFiles(files)
    files.pause.clear()
    asked = asyncio.ensure_future(kept.file(MODELS, PATH))
    await asyncio.sleep(0)
    kept.notice(push(PATH, ref="refs/heads/topic"))
    files.pause.set()
    assert await asked == await kept.file(MODELS, PATH)
    assert files.asked == [PATH]


async def test_what_cannot_be_read_is_asked_for_again() -> None:
    class Folder(Files):
        async def text_file(self, repository: str, path: str, ref: str) -> str | None:
            self.asked.append(path)
            raise UnusableFileError(path, "is a folder", "Put a file there.")

    files = Folder()
    kept = KeptFiles(files)
    for _ in range(2):
        with pytest.raises(UnusableFileError):
            await kept.file(MODELS, PATH)
    assert len(files.asked) == 2


async def test_of_very_much_text_the_oldest_is_forgotten() -> None:
    files = Files(**{f"f{number}": "x" * 1_000_000 for number in range(20)})
    kept = KeptFiles(files)
    for name in files.named:
        await kept.file(MODELS, name)
    await kept.file(MODELS, "f19")
    assert len(files.asked) == 20
    await kept.file(MODELS, "f0")
    assert len(files.asked) == 21
