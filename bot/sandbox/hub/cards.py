"""Read the metadata block at the top of a README.md."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

# The server's own expression, as huggingface_hub repeats it (repocard.py, REGEX_YAML_BLOCK).
_BLOCK = re.compile(r"\A(\s*---(?:\r\n|\r|\n))([\S\s]*?)((?:\r\n|\r|\n)---[ \t]*(?:\r\n|\n|\Z))")


@dataclass(frozen=True)
class Card:
    """A README.md taken apart; ``metadata`` is None without a block."""

    metadata: object
    body: str
    error: str | None = None
    """Why the block could not be read, with line and column counted from the top of the file."""


def read_card(text: str) -> Card:
    """Take a README.md apart. YAML 1.2, in which ``no`` is a word and not a falsehood, as on the Hub."""
    match = _BLOCK.match(text)
    if match is None:
        return Card(None, text)
    body = text[match.end() :]
    try:
        return Card(YAML(typ="safe", pure=True).load(match[2]), body)
    except DuplicateKeyError as error:
        return Card(None, body, f"duplicated mapping key{_place(error, match[1])}")
    except MarkedYAMLError as error:
        return Card(None, body, f"{error.problem or 'cannot be read'}{_place(error, match[1])}")
    except (YAMLError, ValueError, RecursionError) as error:
        return Card(None, body, f"cannot be read: {str(error).splitlines()[0] if str(error) else 'too deep'}")


def metadata_of(text: str | None) -> dict[str, object]:
    """Give a card's metadata, or none where there is no card or it cannot be read."""
    metadata = read_card(text or "").metadata
    return metadata if isinstance(metadata, dict) else {}


def _place(error: MarkedYAMLError, opening: str) -> str:
    mark = error.problem_mark
    return f" ({mark.line + 1 + opening.count(chr(10))}:{mark.column + 1})" if mark else ""
