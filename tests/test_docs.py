from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.main import get_command

from bot.cli import app
from bot.cli.docs import generated
from bot.config import load
from bot.durable import Patience
from bot.features import FEATURES, sections
from bot.github.listing import FILES_LIMIT
from bot.inbox import BODY_LIMIT, BODY_TIMEOUT, WAITING_LIMIT
from bot.pump import IN_FLIGHT, SHARE
from bot.release.course import APPROVAL_SECONDS
from bot.release.manifest import read_manifest
from bot.settings import Settings

TOP = Path(__file__).parent.parent
DOCS = TOP / "docs"
PAGES = sorted([*TOP.glob("*.md"), *DOCS.rglob("*.md")])
HEADINGS = ["Use", "Configure", "How it decides"]

_FENCE = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def named(page: Path) -> str:
    return page.relative_to(TOP).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    return [match[2] for match in _FENCE.finditer(page.read_text("utf-8")) if match[1] == language]


@pytest.mark.parametrize("name", generated())
def test_a_page_made_from_the_code_is_what_the_code_says(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == generated()[name], "run `make docs`"


@pytest.mark.parametrize("feature", [feature.name for feature in FEATURES])
def test_each_feature_has_its_page_with_the_three_headings(feature: str) -> None:
    text = (DOCS / "features" / f"{feature}.md").read_text("utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: str(feature.name))
def test_a_features_page_names_its_commands(feature: object) -> None:
    commands = getattr(feature, "commands", {})
    text = (DOCS / "features" / f"{getattr(feature, 'name', '')}.md").read_text("utf-8")
    assert all(f"`/{name}" in text for name in commands)


def test_there_is_no_page_of_a_feature_that_is_gone() -> None:
    assert {page.stem for page in (DOCS / "features").glob("*.md")} == {feature.name for feature in FEATURES}


def test_every_setting_is_explained() -> None:
    text = (DOCS / "deploy.md").read_text("utf-8")
    assert all(f"| `{variable}` |" in text for variable in Settings.variables().values())


def test_the_limits_are_those_of_the_code() -> None:
    text = (DOCS / "operations.md").read_text("utf-8")
    size = Settings.model_fields["release_size_limit"].default
    days = int(APPROVAL_SECONDS / 86_400)
    writes = Settings.model_fields["writes_per_minute"].default
    silent = Settings.model_fields["dead_after"].default
    for said in (
        f"| a webhook's body | {BODY_LIMIT >> 20} MB, arriving within {BODY_TIMEOUT:.0f} s |",
        f"| deliveries waiting for their commit | {WAITING_LIMIT:,}, then 503 |",
        f"| deliveries with the engine at once | {IN_FLIGHT}, of which {SHARE} of one installation |",
        f"| files of one release | {FILES_LIMIT:,} from a repository, {size // 10**9} GB |",
        f"| a release without a decision | {days} days |",
        f"| writes to GitHub | {writes} a minute per installation",
        f"silent for {silent:.0f} seconds",
    ):
        assert said in text
    assert Patience().attempts == 20
    assert "is tried twenty times" in text


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    for link in _LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_is_linked_from_another() -> None:
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in PAGES
        for link in _LINK.findall(page.read_text("utf-8"))
        if (page.parent / link.partition("#")[0]).resolve() != page
    }
    assert [named(page) for page in sorted(DOCS.rglob("*.md")) if page not in linked] == []


def test_the_page_about_the_house_names_every_room() -> None:
    text = (DOCS / "architecture.md").read_text("utf-8")
    modules = [f"`bot/{path.name}`" for path in (TOP / "bot").glob("*.py") if not path.name.startswith("__")]
    folders = [f"`bot/{path.parent.name}/`" for path in (TOP / "bot").glob("*/__init__.py")]
    assert [room for room in sorted(modules + folders) if room not in text] == []


def test_make_help_lists_every_command() -> None:
    text = (TOP / "Makefile").read_text("utf-8")
    commands = re.findall(r"^\.PHONY: (.+)$", text, re.MULTILINE)[0].split()
    assert [command for command in commands if f'@echo "make {command} ' not in text] == ["help"]


def test_every_command_the_pages_name_is_there() -> None:
    missing = []
    for page in PAGES:
        for named_words in re.findall(r"(?:`|^ {4})giveback ((?:[a-z-]+ ?)+)", page.read_text("utf-8"), re.M):
            command: Any = get_command(app)
            for word in named_words.split():
                if not hasattr(command, "commands"):
                    break
                command = command.commands.get(word)
            if command is None or hasattr(command, "commands"):
                missing.append(f"{named(page)}: giveback {named_words}")
    assert missing == []


def anchors(page: Path) -> set[str]:
    """What GitHub makes of headings: lower case, spaces to hyphens, no other marks."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def examples() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for number, text in enumerate(blocks(page, "yaml")):
            yield f"{named(page)} {number}", text


@pytest.mark.parametrize("text", [text for _, text in examples()], ids=[name for name, _ in examples()])
def test_an_example_of_a_configuration_or_manifest_is_valid(text: str) -> None:
    data = YAML(typ="safe").load(text) or {}
    if "hub_id" in data:
        read_manifest(text)
    else:
        load(text, None, sections())


def test_the_walk_through_works_as_written(tmp_path: Path) -> None:
    """Follow docs/adding-a-feature.md in a copy; run the test it adds, and those that watch over features."""
    for name in ("bot", "templates", "tests", "docs"):
        ignored = shutil.ignore_patterns("__pycache__", "node_modules", "sandbox" if name == "tests" else "")
        shutil.copytree(TOP / name, tmp_path / name, ignore=ignored)
    for file in filter(Path.is_file, TOP.iterdir()):
        shutil.copy(file, tmp_path)
    for path, text in written_files():
        (tmp_path / path).write_text(text, encoding="utf-8")
    registry = tmp_path / "bot" / "features" / "__init__.py"
    registry.write_text(patched(registry.read_text("utf-8"), blocks(DOCS / "adding-a-feature.md", "diff")))

    run(tmp_path, "-m", "bot", "docs")
    watching = ["tests/features/test_reproduced.py", "tests/test_app_manifest.py", "tests/test_docs.py"]
    run(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not walk_through", *watching)


def written_files() -> Iterator[tuple[str, str]]:
    """The blocks of the walk-through that follow a path."""
    text = (DOCS / "adding-a-feature.md").read_text("utf-8")
    for match in re.finditer(
        r"`([\w./]+\.(?:py|j2|md))`\n\n```\w+\n(.*?)^```$", text, re.DOTALL | re.MULTILINE
    ):
        yield match[1], match[2]


def patched(text: str, diffs: list[str]) -> str:
    """Apply diffs of a few lines each."""
    for diff in diffs:
        lines = diff.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


def run(folder: Path, *arguments: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
