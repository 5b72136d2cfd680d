"""Tell which files people did not write, from `.gitattributes` and from where they are.

Source: git documentation, gitattributes, and github-linguist, docs/overrides.md ("linguist-generated",
"linguist-vendored").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bot.documents import parse_mapping
from bot.triage.linear import LinearPatterns, PatternError
from bot.triage.path_patterns import path_pattern

ATTRIBUTES_NAME = ".gitattributes"
MAX_BYTES = 1_000_000
"""Bytes of one file that are read; Git itself reads at most 100 MB."""
MAX_RULES = 5_000
"""Lines of one file that are read."""

GENERATED, VENDORED, DIFF = "linguist-generated", "linguist-vendored", "diff"
_ASKED = (GENERATED, VENDORED, DIFF)
_UNSPECIFIED = "unspecified"
_MACRO = "[attr]"
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_CONTROLS = dict(
    zip(
        (b"a", b"b", b"t", b"n", b"v", b"f", b"r"),
        (b"\a", b"\b", b"\t", b"\n", b"\v", b"\f", b"\r"),
        strict=True,
    )
)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class _File:
    """The lines of one file: their patterns, and what each says of the attributes that are asked for."""

    patterns: LinearPatterns
    rules: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class Attributes:
    """What the attribute files of a repository say, the deepest file first."""

    _files: tuple[_File, ...] = ()

    def value(self, path: str, attribute: str) -> str | None:
        """Give an attribute of a path: ``true``, ``false``, what is written, or None when nothing is said."""
        for file in self._files:
            for place in reversed(file.patterns.matching(path)):
                if attribute in file.rules[place]:
                    found = file.rules[place][attribute]
                    return None if found == _UNSPECIFIED else found
        return None

    def why_left_out(self, path: str) -> str | None:
        """Say why a path does not count: ``generated``, ``vendored`` or ``no diff``; None if it does.

        What the repository says counts; of what it says nothing about, the house's list does.
        """
        by_default = _defaults()
        for attribute, name in ((GENERATED, "generated"), (VENDORED, "vendored")):
            said = self.value(path, attribute)
            if said is None and by_default[name].matching(path):
                return name
            if said is not None and said != "false":
                return name
        return "no diff" if self.value(path, DIFF) == "false" else None


def read_attributes(texts: Mapping[str, str]) -> Attributes:
    """Read attribute files by their paths, such as ``.gitattributes`` and ``docs/.gitattributes``.

    Lines that are not valid are passed over, as Git does.
    """
    deepest_first = sorted(texts, key=lambda path: path.count("/"), reverse=True)
    macros = _macros(texts.get(ATTRIBUTES_NAME, ""))
    return Attributes(tuple(_read(texts[path], path.rpartition("/")[0], macros) for path in deepest_first))


@cache
def _defaults() -> Mapping[str, LinearPatterns]:
    table, _ = parse_mapping(files("bot.triage").joinpath("default_attributes.yml").read_bytes())
    return {
        name: LinearPatterns([path_pattern(one, descends=False) for one in patterns])
        for name, patterns in table.items()
    }


def _lines(text: str) -> list[tuple[str, str]]:
    split = (_split(line.strip()) for line in text[:MAX_BYTES].removeprefix("\ufeff").split("\n"))
    return [(pattern, rest) for pattern, rest in split if pattern][:MAX_RULES]


def _macros(text: str) -> Mapping[str, Mapping[str, str]]:
    """Read the names that stand for several attributes; only the topmost file may define them."""
    macros: dict[str, Mapping[str, str]] = {"binary": {DIFF: "false"}}
    for pattern, rest in _lines(text):
        if pattern.startswith(_MACRO):
            macros[pattern.removeprefix(_MACRO)] = _said(rest, macros)
    return macros


def _read(text: str, within: str, macros: Mapping[str, Mapping[str, str]]) -> _File:
    patterns, rules = list[str](), list[Mapping[str, str]]()
    for pattern, rest in _lines(text):
        said = {} if pattern.startswith(_MACRO) else _said(rest, macros)
        if not said:
            continue
        # A pattern that Git cannot read fits nothing there either.
        with suppress(PatternError):
            patterns.append(path_pattern(pattern, descends=False, within=within))
            rules.append(said)
    return _File(LinearPatterns(patterns), tuple(rules))


def _split(line: str) -> tuple[str, str]:
    """Split a line into its pattern and its attributes; the pattern is empty where the line has none."""
    if line.startswith(("#", "!")):  # a comment, or a negation, which Git forbids here
        return "", ""
    if (quoted := _QUOTED.match(line)) is not None:
        return _unescaped(quoted[1]), line[quoted.end() :]
    pattern, *rest = line.split(maxsplit=1) or [""]
    return pattern, "".join(rest)


def _unescaped(text: str) -> str:
    """Read a name in quotes as C writes it: ``\\t``, ``\\"``, and bytes in octal digits."""
    raw = _ESCAPE.sub(lambda found: _byte(found[1]), text.encode("utf-8", "replace"))
    return raw.decode("utf-8", "replace")


def _byte(escaped: bytes) -> bytes:
    if len(escaped) == 3:
        return bytes([int(escaped, 8) & 0xFF])
    return _CONTROLS.get(escaped, escaped)


def _said(attributes: str, macros: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    said: dict[str, str] = {}
    for word in attributes.split():
        name, _, value = word.partition("=")
        if name[:1] in {"-", "!"}:
            value = "false" if name[0] == "-" else _UNSPECIFIED
            name = name[1:]
        if name in macros and value in {"", "true"}:
            said |= macros[name]
        if name in _ASKED:
            said[name] = value or "true"
    return said
