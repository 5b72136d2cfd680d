"""The rules a dataset card is checked by, beside those it shares with model cards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.cards import vocabulary
from bot.cards.blocks import blocks
from bot.cards.card import PROVENANCE
from bot.cards.dataset.card import SIZES, STRUCTURE, Answers, render_dataset_card, size_category
from bot.cards.dataset.reading import Data
from bot.cards.front_matter import split
from bot.cards.outline import Outline
from bot.cards.rules import leaks, licence, links, metadata, wording
from bot.cards.rules.findings import Finding, SetValue, WriteAgain, error, warning
from bot.documents import DocumentError

SHARED: tuple[Callable[[Outline], Iterator[Finding]], ...] = (
    metadata.front_matter,
    metadata.kinds_of_values,
    metadata.languages,
    licence.licence,
    wording.placeholders,
    wording.empty_sections,
    leaks.secrets,
    leaks.paths,
    links.relative_links,
    links.files_in_metadata,
)
_SIZE_NAMES = frozenset(name for _, name in SIZES) | {"n>1T", "other"}
_WANTED = (
    ("uses", "say what the data is meant for, and what not"),
    ("source", "say where the data comes from and how it was collected"),
    ("personal", "say what the data tells of people, and what was done to protect them"),
    ("limitations", "say what is missing or skewed in the data; readers miss this most"),
)


def of_card(card: Outline) -> Iterator[Finding]:
    """Find what is wrong with a card as it stands."""
    yield from _tasks(card)
    yield from _size(card)
    yield from _paths(card)
    for section, why in _WANTED:
        if not card.has_section(section):
            yield warning(f"{section}-section-missing", card.parts.body_line, why)


def against_data(card_text: str, card: Outline, data: Data, said: Answers) -> Iterator[Finding]:
    """Hold what a card says of its data against the data."""
    for one in data.unreadable[: wording.MAX_TOLD]:
        yield warning("file-not-read", 1, f"{one.file} was not counted: {one.reason}")
    if not data.tables:
        return
    counted = size_category(data.rows)
    if "size_categories" in card.data and counted not in card.texts("size_categories"):
        message = f"size_categories does not say {counted}, though there are {data.rows} rows; write that"
        line = card.parts.line("size_categories")
        yield error("size-differs", line, message, [SetValue(("size_categories",), [counted])])
    try:
        again = split(render_dataset_card(data, said, card_text).text)
    except DocumentError:
        return  # the other rules tell what is wrong with the metadata
    info = card.data.get("dataset_info")
    if info is not None and _numbers(info) != _numbers(again.data["dataset_info"]):
        message = "dataset_info does not say what splits and rows the files hold now; write it again"
        yield error("number-differs", card.parts.line("dataset_info"), message, [WriteAgain()])
    new = {block.name: block.text for block in blocks(again.body)}
    line, done = card.parts.body_line, 0
    for block in blocks(card.parts.body):
        line, done = line + card.parts.body.count("\n", done, block.start), block.start
        if block.name not in (STRUCTURE, PROVENANCE):
            continue
        if block.is_edited:
            message = f'the part "{block.name}" was edited by hand, so its numbers are not held against files'
            yield warning("part-edited", line, message)
        elif new.get(block.name) != block.text:
            message = f'the part "{block.name}" is not what the files say now; write it again'
            yield error("part-outdated", line, message, [WriteAgain()])


def _tasks(card: Outline) -> Iterator[Finding]:
    for path, name in card.placed("task_categories"):
        if isinstance(name, str) and not vocabulary.is_task(name):
            right = vocabulary.task_meant(name)
            hint = f'write "{right}"' if right else "choose one of those at huggingface.co/tasks"
            message = f'"{name[:80]}" is no task the Hub knows, so nobody finds the data by it; {hint}'
            edits = [SetValue(path, right)] if right else []
            yield error("task-unknown", card.parts.line("task_categories"), message, edits)


def _size(card: Outline) -> Iterator[Finding]:
    for name in card.texts("size_categories"):
        if name not in _SIZE_NAMES:
            message = f'"{name[:40]}" is no size the Hub knows; write one such as 1K<n<10K'
            yield error("size-unknown", card.parts.line("size_categories"), message)


def _paths(card: Outline) -> Iterator[Finding]:
    """Find files of the configurations that are not there; a pattern is not looked at."""
    for name in _named(card):
        is_file = not set("*?[{") & set(name) and "://" not in name
        if is_file and card.has_file is not None and not card.has_file(name.removeprefix("./")):
            message = f"configs names {name[:80]!r}, which is not there, so nobody can load it"
            yield error("dead-link", card.parts.line("configs"), f"{message}; add it or fix the path")


def _named(card: Outline) -> Iterator[str]:
    for _, one in card.placed("configs"):
        files = one.get("data_files") if isinstance(one, Mapping) else None
        for part in files if isinstance(files, list) else [files]:
            path = part.get("path") if isinstance(part, Mapping) else part
            yield from (
                name for name in (path if isinstance(path, list) else [path]) if isinstance(name, str)
            )


def _numbers(info: object) -> Any:
    """Pick the rows of every split out of ``dataset_info``."""
    found: dict[tuple[str, str], object] = {}
    for one in info if isinstance(info, list) else [info]:
        if not isinstance(one, Mapping):
            continue
        splits = one.get("splits")
        for part in splits if isinstance(splits, list) else []:
            if isinstance(part, Mapping):
                name = str(one.get("config_name", "")), str(part.get("name"))
                found[name] = part.get("num_examples")
    return found
