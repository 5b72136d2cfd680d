"""Read `.github/labeler.yml` of actions/labeler (versions 5 and 6), every mistake with its line and column.

Source: the README of actions/labeler 6.1 ("Match Object", "Top-level options") and what it does with a file
that the README does not describe: what makes the action fail is an error here, and what it passes over
in silence is a problem that is told while the file is used. Globs in the form of version 4 are always an
error, for nobody means them to be passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.documents import MAX_PROBLEMS, DocumentError, Path, Positions, Problem, parse_mapping
from bot.triage.labeler.globs import glob
from bot.triage.labeler.regexes import RegexError, branch_regex
from bot.triage.labeler.rules import Block, Condition, Globs, LabelerRules, LabelRule, Quantity, Regexes
from bot.triage.labeler.segments import GlobError

LABELER_PATH = ".github/labeler.yml"
"""Where actions/labeler looks unless its step says otherwise."""

MAX_WEIGHT = 5_000
"""What the globs of one file may cost together; about as many globs, with their braces written out."""
_REFUSED = 20
"""What a glob costs that is refused in the end."""

_LIMITS = ("changed-files-labels-limit", "max-files-changed")
_BRANCHES = ("base-branch", "head-branch")
_OLD_FORM = 'write "- changed-files:" with "- any-glob-to-any-file: ..." below it'


def read_labeler(text: str | bytes) -> LabelerRules:
    """Read the file.

    Raises:
        DocumentError: the file is not one that actions/labeler 5 or 6 would run with. A file in the form
            of version 4 is told apart, with the way to write it now.
    """
    data, positions = parse_mapping(text)
    reading = _Reading(positions)
    limits = [reading.limit(data[name], (name,)) if name in data else None for name in _LIMITS]
    rules = [reading.label(name, value) for name, value in data.items() if name not in _LIMITS]
    if reading.errors:
        raise DocumentError(tuple(reading.errors))
    return LabelerRules(
        tuple(rule for rule in rules if rule.blocks and rule.label not in reading.undecided),
        limits[0],
        limits[1],
        tuple(reading.undecided),
        tuple(sorted(reading.problems)[:MAX_PROBLEMS]),
    )


class _Reading:
    """Collect errors and problems while a file is read."""

    def __init__(self, positions: Positions) -> None:
        self.positions = positions
        self.errors: list[Problem] = []
        self.problems: list[Problem] = []
        self.undecided: dict[str, None] = {}
        self.weight = 0

    def label(self, name: str, value: object) -> LabelRule:
        path: Path = (name,)
        if isinstance(value, str) or (isinstance(value, list) and any(isinstance(one, str) for one in value)):
            self._error(path, "globs right below a label are the form of actions/labeler 4", _OLD_FORM)
            return LabelRule(name, ())
        if not isinstance(value, list) or not all(isinstance(one, dict | None) for one in value):
            self._error(path, "expected a list of match objects", _OLD_FORM)
            return LabelRule(name, ())
        blocks: list[Block] = []
        for index, item in enumerate(value):
            for key, inside in (item or {}).items():
                self._entry(blocks, key, inside, (name, index, key))
        return LabelRule(name, tuple(blocks))

    def _entry(self, blocks: list[Block], key: str, inside: object, path: Path) -> None:
        if key in {"any", "all"}:
            if not isinstance(inside, list):
                self._problem(path, f'"{key}" is passed over: it is not a list', 'begin its lines with "- "')
                return
            if any(isinstance(one, str) for one in inside):
                self._error(path, f'globs right below "{key}" are the form of actions/labeler 4', _OLD_FORM)
            conditions = tuple(self._condition(one, (*path, index)) for index, one in enumerate(inside))
            blocks.append(Block(key == "all", conditions))
        elif key == "changed-files" or key in _BRANCHES:
            condition = self._condition({key: inside}, path[:-1])
            # The action adds such an entry to the first "any" it has met, wherever that stands.
            place = next((place for place, block in enumerate(blocks) if not block.every), None)
            if place is None:
                blocks.append(Block(False, (condition,)))
            else:
                blocks[place] = Block(False, (*blocks[place].conditions, condition))
        else:
            self._unknown(path)

    def _condition(self, value: object, path: Path) -> Condition:
        if value is None:
            self._error(path, "expected changed-files, base-branch or head-branch")
            return Condition()
        if not isinstance(value, dict):
            return Condition()
        for key in value:
            if key != "changed-files" and key not in _BRANCHES:
                self._unknown((*path, key))
        base, head = (self._regexes(value, name, path) for name in _BRANCHES)
        return Condition(self._files(value.get("changed-files"), (*path, "changed-files")), base, head)

    def _files(self, value: object, path: Path) -> tuple[Globs, ...] | None:
        if isinstance(value, dict):
            self._problem(
                path, '"changed-files" is passed over: it is not a list', 'begin its lines with "- "'
            )
            return None
        if not value or not isinstance(value, str | list):
            return None
        wanted: list[Globs] = []
        for index, item in enumerate(value if isinstance(value, list) else [value]):
            where = (*path, index) if isinstance(value, list) else path
            if isinstance(item, dict):
                wanted += [self._globs(key, inside, (*where, key)) for key, inside in item.items()]
            else:
                wanted.append(self._globs(Quantity.ANY_GLOB_TO_ANY_FILE, item, where))
        return tuple(wanted)

    def _globs(self, key: str, value: object, path: Path) -> Globs:
        if key not in list(Quantity):
            known = ", ".join(Quantity)
            self._error(
                path, f'unknown key "{key[:80]}" under "changed-files"', f"one of {known}", at_key=True
            )
            return Globs(Quantity.ANY_GLOB_TO_ANY_FILE, ())
        globs = []
        for text, where in self._texts(value, path, "a glob"):
            if self.weight > MAX_WEIGHT:
                self._unsupported(where, f"the globs of a file may stand for {MAX_WEIGHT} at most")
                continue
            try:
                globs.append(glob(text))
                self.weight += globs[-1].weight
            except GlobError as error:
                self.weight += _REFUSED
                self._unsupported(where, str(error))
        return Globs(Quantity(key), tuple(globs))

    def _regexes(self, condition: Mapping[str, Any], name: str, path: Path) -> Regexes | None:
        value = condition.get(name)
        if not value and not isinstance(value, list):
            return None
        patterns = []
        for text, where in self._texts(value, (*path, name), "a regular expression"):
            try:
                patterns.append((text, branch_regex(text)))
            except RegexError as error:
                self._unsupported(where, str(error))
        return Regexes(name, tuple(patterns))

    def _texts(self, value: object, path: Path, what: str) -> list[tuple[str, Path]]:
        """Give the texts of a list or of a single value, each with its place; anything else is an error."""
        places = [(one, (*path, index)) for index, one in enumerate(value)] if isinstance(value, list) else []
        texts = []
        for one, where in places or ([] if isinstance(value, list) else [(value, path)]):
            if isinstance(one, str):
                texts.append((one, where))
            else:
                self._error(where, f"expected {what}", "put it in quotes if it is text")
        return texts

    def limit(self, value: object, path: Path) -> int | None:
        """Read a whole number that is not negative, also written as text."""
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self._error(path, f'"{path[0]}" has to be a whole number from 0 on')
        return None

    def _unknown(self, path: Path) -> None:
        hint = "any, all, changed-files, base-branch or head-branch"
        self._problem(path, f'unknown key "{str(path[-1])[:80]}" is passed over', hint, at_key=True)

    def _unsupported(self, path: Path, message: str) -> None:
        self.undecided.setdefault(str(path[0]))
        self._problem(path, message, "the label is left as it is")

    def _error(self, path: Path, message: str, hint: str | None = None, *, at_key: bool = False) -> None:
        self.errors.append(self._placed(path, message, hint, at_key))

    def _problem(self, path: Path, message: str, hint: str | None = None, *, at_key: bool = False) -> None:
        self.problems.append(self._placed(path, message, hint, at_key))

    def _placed(self, path: Path, message: str, hint: str | None, at_key: bool) -> Problem:
        line, column = self.positions.of_key(path) if at_key else self.positions.of_value(path)
        return Problem(line, column, ".".join(map(str, path)), message, hint)
