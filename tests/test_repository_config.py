from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.event import listens_for
from sqlalchemy.exc import OperationalError

from bot.config import CONFIG_PATH
from bot.errors import UnusableFileError
from bot.events import Repository
from bot.features import sections
from bot.repository_config import ConfigSource
from bot.store import open_database
from tests.fixtures.events import event, repository
from tests.tables import create_tables

File = str | UnusableFileError | None
MODELS = "octo/models"
OWNERS = "octo/.github"
PUSH = event("push", ref="refs/heads/main", commits=[{"modified": [CONFIG_PATH]}])


class Files:
    """The configuration files of repositories, by the repository's name."""

    def __init__(self, **named: File) -> None:
        self.named = named
        self.read = 0
        self.once_read: Callable[[], None] | None = None

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        self.read += 1
        file, happens, self.once_read = self.named.get(repository), self.once_read, None
        if happens is not None:
            happens()
        if isinstance(file, UnusableFileError):
            raise file
        return file


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    made = open_database(f"sqlite:///{tmp_path / 'giveback.db'}")
    create_tables(made)
    yield made
    made.dispose()


def here(name: str = MODELS) -> Repository:
    return Repository.model_validate(repository(name))


async def test_a_configuration_is_read_once_until_a_push_may_have_changed_it(database: Engine) -> None:
    files = Files(**{MODELS: "dry_run: true"})
    source = ConfigSource(files, database, sections())
    assert (await source.config(here())).dry_run
    assert (await source.config(here())).dry_run
    assert files.read == 2  # its own and its owner's
    files.named[MODELS] = "dry_run: false"
    source.notice(event("push", ref="refs/heads/topic", commits=[{"modified": [CONFIG_PATH]}]))
    assert (await source.config(here())).dry_run
    source.notice(PUSH)
    assert not (await source.config(here())).dry_run


async def test_a_push_that_comes_while_the_file_is_read_is_noticed_too(database: Engine) -> None:
    files = Files(**{MODELS: "dry_run: false"})
    source = ConfigSource(files, database, sections())

    def push() -> None:
        files.named[MODELS] = "dry_run: true"
        source.notice(PUSH)

    files.once_read = push
    await source.config(here())
    assert (await source.config(here())).dry_run


async def test_the_last_good_configuration_outlives_a_restart_and_a_broken_file(database: Engine) -> None:
    files = Files(**{MODELS: "needs-info: {assume_ai: false}"})
    good = await ConfigSource(files, database, sections()).config(here())
    files.named[MODELS] = "triage: ["
    assert await ConfigSource(files, database, sections()).config(here()) == good


@pytest.mark.parametrize(
    "file", ["dry_run: true\ntriage: [", UnusableFileError(CONFIG_PATH, "is a folder", "Put a file there.")]
)
async def test_a_first_file_that_nobody_can_read_switches_the_features_off(
    file: File, database: Engine
) -> None:
    files = Files()
    source = ConfigSource(files, database, sections())
    assert (await source.config(here())).section("triage").enabled
    files.named[MODELS] = file
    source.notice(PUSH)
    config = await source.config(here())
    assert [name for name in sections() if config.section(name).enabled] == ["config"]


async def test_a_typo_does_not_turn_dry_run_off(database: Engine) -> None:
    files = Files()
    source = ConfigSource(files, database, sections())
    await source.config(here())
    files.named[MODELS] = "dry_run: true\ntriagge: {}"
    source.notice(PUSH)
    assert (await source.config(here())).dry_run


async def test_a_push_to_the_owners_repository_is_noticed_everywhere(database: Engine) -> None:
    files = Files(**{OWNERS: "dry_run: true"})
    source = ConfigSource(files, database, sections())
    assert (await source.config(here())).dry_run
    files.named[OWNERS] = None
    source.notice(event("push", ref="refs/heads/main", commits=[], repository=repository(OWNERS)))
    assert not (await source.config(here())).dry_run


async def test_a_database_that_is_away_for_a_moment_is_waited_for(database: Engine) -> None:
    failures = [OperationalError("SELECT", None, Exception("the server went away")) for _ in range(2)]

    @listens_for(database, "before_cursor_execute")
    def fail(*_: object) -> None:
        if failures:
            raise failures.pop()

    source = ConfigSource(Files(**{MODELS: "dry_run: true"}), database, sections())
    assert (await source.config(here())).dry_run
    assert not failures
