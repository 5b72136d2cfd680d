"""Read what a training library put into the card it wrote: arguments, versions and results.

Only text in the form that Trainer, TRL, axolotl and sentence-transformers give it is taken, and nothing of
the parts that this program generated, so that no card becomes its own source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise, takewhile
from pathlib import Path

from bot.cards.artifacts import CannotRead, number, read_bytes, text
from bot.cards.blocks import blocks
from bot.cards.facts import Fact
from bot.cards.hyperparameters import hyperparameters
from bot.cards.readers.training_args import axolotl, parse_yaml
from bot.cards.thinning import MAX_COLUMNS, thinned
from bot.cards.written import written

MAX_BYTES = 1_000_000
MAX_LINE = 1_000
"""Characters of a line that are looked at; what libraries write is shorter."""
MAX_RESULTS = 100
"""Results taken from one card, at most."""

_MARKS = {
    "axolotl": "\naxolotl version: `",
    "TRL": "\nIt has been trained using [TRL](",
    "sentence-transformers": "](https://www.SBERT.net) model",
    "Trainer": "has been generated automatically according to the information the Trainer had access to",
}
"""Words that only the library's own card has. axolotl and TRL build on Trainer, so they come first."""

_HEADING = re.compile(r"#{1,6} +(.{1,80})")
_ARGUMENT = re.compile(r"- `?(?P<name>[a-z0-9_]{1,60})`?: (?P<value>[^`]{1,200})")
_VERSION = re.compile(r"- (?P<name>[A-Za-z][A-Za-z -]{0,40}?):? (?P<version>[0-9][A-Za-z0-9.+_-]{0,40})")
_RESULT = re.compile(r"- (?P<name>[A-Za-z][A-Za-z0-9 _@/.()-]{0,60}): (?P<value>-?[0-9][0-9.eE+-]{0,40})")
_RESULTS_FOLLOW = "It achieves the following results on the evaluation set:"
_BASE = re.compile(
    r"(?:fine-tuned version of|finetuned from) \[(?P<name>[^\[\]]{1,200})\]\(https://huggingface\.co/"
)
_METHOD = re.compile(r"This model was trained with (?P<name>[A-Za-z0-9+_ -]{1,40})[.,]")
_TRACKED = re.compile(
    r'alt="Visualize in [A-Za-z& ]{1,30}"[^<>]{0,99}>\]\((?P<url>https://[A-Za-z0-9._~/-]{1,150})\)'
)
_CONFIGURATION = re.compile(r"\naxolotl version: `(?P<version>[^`\n]{1,40})`\n```yaml\n")


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield the facts a library wrote into its card; a card that people wrote has none. Raises CannotRead."""
    card = _without_ours(_content(path))
    writer = next((name for name, mark in _MARKS.items() if mark in card), None)
    if writer is None:
        return
    yield Fact("written_by", writer, file, "")
    sections = _sections(card)
    yield from _origin(sections, file)
    yield from _arguments(sections, file)
    yield from _versions(sections, file)
    yield from _results(sections, file)
    yield from _log(sections, file)
    yield from _axolotl(card, file)


def _content(path: Path) -> str:
    try:
        return read_bytes(path, MAX_BYTES).decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise CannotRead("it is not UTF-8 text") from None


def _without_ours(card: str) -> str:
    ends = [(0, 0), *((block.start, block.end) for block in blocks(card)), (len(card), len(card))]
    return "".join(card[end:start] for (_, end), (start, _) in pairwise(ends))


def _sections(card: str) -> dict[str, list[str]]:
    """Put the lines outside of code under the heading before them, in small letters."""
    sections: dict[str, list[str]] = {"": []}
    heading, fenced = "", False
    for line in card.split("\n"):
        line = line[:MAX_LINE].rstrip()
        fenced ^= line.startswith("```")
        found = None if fenced else _HEADING.fullmatch(line)
        if found:
            heading = found[1].lower()
        if not fenced:
            sections.setdefault(heading, []).append(line)
    return sections


def _origin(sections: Mapping[str, list[str]], file: str) -> Iterator[Fact]:
    """Yield what was trained further, by which method, and where its course can be seen."""
    for name, pattern in (
        ("training_base_model", _BASE),
        ("training_method", _METHOD),
        ("tracking_url", _TRACKED),
    ):
        matches = (pattern.search(line) for lines in sections.values() for line in lines)
        found = next(filter(None, matches), None)
        value = text(found[1]) if found else None
        if value and value != "None":
            yield Fact(name, value, file, "")


def _arguments(sections: Mapping[str, list[str]], file: str) -> Iterator[Fact]:
    # sentence-transformers names what was changed, then everything once more.
    for heading in ("training hyperparameters", "non-default hyperparameters", "all hyperparameters"):
        found = [match for line in sections.get(heading, ()) if (match := _ARGUMENT.fullmatch(line))]
        arguments = {match["name"]: written(match["value"]) for match in found if match["value"] != "None"}
        if arguments:
            yield from hyperparameters(arguments, file, f"{heading}: ")
            return


def _versions(sections: Mapping[str, list[str]], file: str) -> Iterator[Fact]:
    found = [_VERSION.fullmatch(line) for line in sections.get("framework versions", ())]
    versions = {match["name"].lower().replace(" ", "-"): match for match in found if match}
    for name, match in versions.items():
        yield Fact(f"framework.{name}", match["version"], file, f"framework versions: {match['name']}")


def _results(sections: Mapping[str, list[str]], file: str) -> Iterator[Fact]:
    """Yield the list of results that comes after the sentence which announces it."""
    for lines in sections.values():
        if _RESULTS_FOLLOW not in lines:
            continue
        start = lines.index(_RESULTS_FOLLOW) + 1
        for line in takewhile(lambda line: line.startswith("- "), lines[start : start + MAX_RESULTS]):
            match = _RESULT.fullmatch(line)
            value = number(written(match["value"])) if match else None
            if match and value is not None:
                name = match["name"].lower().replace(" ", "_")
                yield Fact(f"card.{name}", value, file, f"results on the evaluation set: {match['name']}")
        return


def _log(sections: Mapping[str, list[str]], file: str) -> Iterator[Fact]:
    for heading in ("training results", "training logs"):
        cells = [_cells(line) for line in sections.get(heading, ()) if line.startswith("|")]
        if len(cells) < 3 or len(set(cells[0])) != len(cells[0]) or not all(map(text, cells[0])):
            continue
        columns = cells[0][:MAX_COLUMNS]
        for place, row in thinned(list(enumerate(cells[2:], 1))):
            values = {name: number(written(cell)) for name, cell in zip(columns, row, strict=False)}
            numbers = {name: value for name, value in values.items() if value is not None}
            if numbers:
                yield Fact("card_log", numbers, file, f"{heading}: row {place}")


def _cells(line: str) -> list[str]:
    """Take a row apart; sentence-transformers prints the best one bold."""
    return [cell.strip().strip("*") for cell in line.strip("|").split("|")]


def _axolotl(card: str, file: str) -> Iterator[Fact]:
    start = _CONFIGURATION.search(card)
    if start is None:
        return
    yield Fact("framework.axolotl", start["version"], file, "axolotl version")
    end = card.find("\n```", start.end() - 1)
    if end == -1:
        raise CannotRead("the axolotl configuration in it is cut off")
    try:
        configuration = parse_yaml(card[start.end() : end].encode())
    except CannotRead as error:
        raise CannotRead(f"the axolotl configuration in it cannot be read: {error}") from None
    yield from axolotl(configuration, file, "axolotl config: ")
