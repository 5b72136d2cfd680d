"""Decide which labels the rules of `.github/labeler.yml` want on a pull request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from bot.rendering import listed
from bot.triage.labeler.globs import Glob, as_seen
from bot.triage.labeler.rules import Block, Condition, Globs, LabelerRules, Quantity, Regexes

MAX_LABELS = 100
"""Labels an issue or a pull request can have on GitHub."""

T = TypeVar("T")


@dataclass(frozen=True)
class Pull:
    """What the rules look at of a pull request."""

    paths: tuple[str, ...]
    """All changed files; of a renamed one the new name, as the action does."""
    base: str = ""
    """The branch it goes to."""
    head: str = ""
    """The branch it comes from."""
    labels: frozenset[str] = frozenset()
    """The labels it has now."""


@dataclass(frozen=True)
class LabelPlan:
    """What the rules say of every label they name."""

    wanted: tuple[str, ...] = ()
    """Labels that fit, in the order of the file, whether the pull request has them or not."""
    unwanted: tuple[str, ...] = ()
    """Labels that were looked at and do not fit; with ``sync-labels`` the action removes them."""
    left_out: tuple[str, ...] = ()
    """Labels that fit, or may fit, and are not added because of a limit."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """For each label in ``wanted`` and ``left_out`` why."""


def labels_for(rules: LabelerRules, pull: Pull, *, dot: bool = True) -> LabelPlan:
    """Apply the rules as actions/labeler 6.1 does.

    ``dot`` is the input of the same name: whether wildcards fit names that begin with a dot. The labels in
    ``rules.undecided`` are in none of the answers.
    """
    pull_view = _View(rules, pull, dot)
    over_files = rules.max_files is not None and len(pull.paths) > rules.max_files
    wanted: dict[str, str] = {}
    unwanted: list[str] = []
    left_out: dict[str, str] = {}
    by_files: list[str] = []
    for rule in rules.rules:
        if over_files and rule.uses_files:
            left_out[rule.label] = f"more than {rules.max_files} files are changed (max-files-changed)"
            continue
        reasons = [pull_view.block(block) for block in rule.blocks]
        if None in reasons:
            unwanted.append(rule.label)
            continue
        wanted[rule.label] = " and ".join(dict.fromkeys(filter(None, reasons)))
        if rule.uses_files and rule.label not in pull.labels:
            by_files.append(rule.label)
    if rules.labels_limit is not None and len(by_files) > rules.labels_limit:
        new_labels = f"{len(by_files)} labels would be new"
        over = f"{new_labels}, more than {rules.labels_limit} (changed-files-labels-limit)"
        left_out |= dict.fromkeys(by_files, over)
    new = [label for label in wanted if label not in pull.labels and label not in left_out]
    for label in new[max(0, MAX_LABELS - len(pull.labels)) :]:
        left_out[label] = f"a pull request has at most {MAX_LABELS} labels"
    kept = {label: reason for label, reason in wanted.items() if label not in left_out}
    return LabelPlan(tuple(kept), tuple(unwanted), tuple(left_out), kept | left_out)


class _View:
    """A pull request as the conditions see it; every answer is a reason, or None."""

    def __init__(self, rules: LabelerRules, pull: Pull, dot: bool) -> None:
        self.pull = pull
        self.numbers = rules.globs
        self.seen = {path: as_seen(path, dot=dot) for path in pull.paths}
        matching = rules.patterns.matching
        self.plain = {path: frozenset(matching(text)) for path, text in self.seen.items()}

    def _fits(self, glob: Glob, path: str) -> bool:
        return glob.fits(self.seen[path], self.numbers[glob] in self.plain[path])

    def block(self, block: Block) -> str | None:
        if all(condition.is_empty for condition in block.conditions):
            return None
        return _all_of(block.conditions, self._every) if block.every else self._any(block.conditions)

    def _any(self, conditions: Iterable[Condition]) -> str | None:
        for condition in conditions:
            reasons = (
                self._branch(condition.base, every=False),
                next(filter(None, map(self._files, condition.files or ())), None),
                self._branch(condition.head, every=False),
            )
            if found := next(filter(None, reasons), None):
                return found
        return None

    def _every(self, condition: Condition) -> str | None:
        reasons = []
        for branch in (condition.base, condition.head):
            if branch is not None:
                reasons.append(self._branch(branch, every=True))
        if condition.files is not None:
            reasons.append(_all_of(condition.files, self._files) if self.pull.paths else None)
        return None if None in reasons else " and ".join(filter(None, reasons))

    def _branch(self, regexes: Regexes | None, *, every: bool) -> str | None:
        if regexes is None:
            return None
        name = self.pull.base if regexes.branch == "base-branch" else self.pull.head
        fitting = [text for text, pattern in regexes.patterns if name and pattern.occurs_in(name)]
        if not name or (len(fitting) < len(regexes.patterns) if every else not fitting):
            return None
        return f"{regexes.branch} {name} fits {listed(map(_quoted, fitting))}"

    def _files(self, wanted: Globs) -> str | None:
        to_any_file = wanted.quantity in {Quantity.ANY_GLOB_TO_ANY_FILE, Quantity.ALL_GLOBS_TO_ANY_FILE}
        every_glob = wanted.quantity in {Quantity.ALL_GLOBS_TO_ANY_FILE, Quantity.ALL_GLOBS_TO_ALL_FILES}
        for globs in [wanted.globs] if every_glob else [(glob,) for glob in wanted.globs]:
            fitting = (all(self._fits(glob, path) for glob in globs) for path in self.pull.paths)
            if to_any_file:
                path = next((path for path, fits in zip(self.pull.paths, fitting, strict=True) if fits), None)
                if path is not None:
                    return f"{path} fits {_all(globs)}"
            elif all(fitting):
                return f"every file fits {_all(globs)}"
        return None


def _all_of(items: Iterable[T], reason: Callable[[T], str | None]) -> str | None:
    """Join the reasons of all items; None if one has none."""
    reasons = []
    for item in items:
        found = reason(item)
        if found is None:
            return None
        reasons.append(found)
    return " and ".join(filter(None, dict.fromkeys(reasons)))


def _all(globs: Iterable[Glob]) -> str:
    return listed(_quoted(glob.text) for glob in globs)


def _quoted(text: str) -> str:
    return f'"{text}"'
