"""Understand the settings of probot/stale and of actions/stale as one kind of rules.

Sources: actions/stale 10.2 (action.yml, README), probot/stale (lib/schema.js, README). What their settings
mean is in ``stale_settings.yml``. Nothing here decides to close anything: that is up to who uses the rules.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.documents import MAX_PROBLEMS, Problem, parse_mapping
from bot.triage.setting_values import Form, UnreadableError, read_value
from bot.triage.stale_rules import StaleRules, StaleSource, ThreadRules
from bot.triage.workflow_steps import find_steps

PROBOT_PATH = ".github/stale.yml"
"""Where probot/stale has its settings."""


_USUAL = {one.name: one.default for one in fields(ThreadRules)}
"""What a setting that nobody gives amounts to."""


class _Setting(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sets: str
    written: Form = Field(alias="as")
    concerns: Literal["issues", "pulls", "run", ""] = Field(default="", alias="for")
    but: str = ""
    """Why it is read and not followed."""


class _Vocabulary(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    defaults: dict[str, Any]
    settings: dict[str, _Setting]
    ignored: tuple[str, ...]
    unsupported: dict[str, str]


@dataclass(frozen=True)
class _Given:
    """A setting as it stands in a file; ``kind`` is set where it stands below ``issues`` or ``pulls``."""

    name: str
    value: object
    line: int
    column: int
    kind: str = ""


@dataclass
class _Reading:
    issues: dict[str, Any] = field(default_factory=dict)
    pulls: dict[str, Any] = field(default_factory=dict)
    run: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_probot(text: str | bytes) -> StaleRules:
    """Read `.github/stale.yml`; an empty file means the bot's defaults.

    Raises:
        DocumentError: the file is no YAML that can be read.
    """
    data, positions = parse_mapping(text)
    given, only = list[_Given](), None
    for name, value in data.items():
        if name in {"issues", "pulls"} and isinstance(value, dict):
            inner = ((key, one, (name, key)) for key, one in value.items())
            given += [_Given(key, one, *positions.of_key(path), name) for key, one, path in inner]
        elif name == "only" and value in ("issues", "pulls", None):
            only = value
        else:
            given.append(_Given(name, value, *positions.of_key((name,))))
    rules = _rules(StaleSource.PROBOT, given)
    if only == "issues":
        return replace(rules, pulls=replace(rules.pulls, enabled=False))
    if only == "pulls":
        return replace(rules, issues=replace(rules.issues, enabled=False))
    return rules


def read_workflow(text: str | bytes) -> tuple[StaleRules, ...]:
    """Read the steps of a workflow that use actions/stale: each has rules of its own.

    Raises:
        DocumentError: the workflow is no YAML that can be read.
    """
    found = []
    for step in find_steps(text, StaleSource.ACTIONS):
        inputs = step.inputs.items()
        given = [_Given(name, one.text, one.line, one.column) for name, one in inputs if one.text]
        found.append(_rules(StaleSource.ACTIONS, given))
    return tuple(found)


def _rules(source: StaleSource, given: Iterable[_Given]) -> StaleRules:
    vocabulary = _vocabulary(source)
    reading = _Reading()
    general_first = sorted(given, key=lambda one: _concerns(vocabulary, one) not in {"", "run"})
    for one in general_first:
        _take(reading, vocabulary, one)
    defaults = {name: _frozen(value) for name, value in vocabulary.defaults.items()}
    return StaleRules(
        source,
        ThreadRules(**(defaults | reading.issues)),
        ThreadRules(**(defaults | reading.pulls)),
        problems=tuple(sorted(reading.problems)),
        **reading.run,
    )


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _concerns(vocabulary: _Vocabulary, one: _Given) -> str:
    setting = vocabulary.settings.get(one.name)
    concerns = setting.concerns if setting else ""
    return concerns if concerns == "run" else one.kind or concerns


def _nearest(vocabulary: _Vocabulary, name: str) -> str | None:
    near = difflib.get_close_matches(name[:80], sorted(vocabulary.settings), n=1)
    return f'did you mean "{near[0]}"?' if near else None


def _take(reading: _Reading, vocabulary: _Vocabulary, one: _Given) -> None:
    setting = vocabulary.settings.get(one.name)
    said: str | None = None
    if setting is None and one.name not in vocabulary.ignored:
        reason = vocabulary.unsupported.get(one.name)
        said = f'"{one.name}" is not supported: {reason}' if reason else f'unknown setting "{one.name[:80]}"'
        if reason and str(one.value).lower() in {"false", "none", ""}:
            said = None
    elif setting is not None:
        try:
            value = read_value(setting.written, one.value)
        except UnreadableError as error:
            said = f'"{one.name}": {error}'
        else:
            if setting.but and value != _USUAL[setting.sets]:
                said = f'"{one.name}" is not followed: {setting.but}'
            concerned = _concerns(vocabulary, one)
            for kind, taken in (("issues", reading.issues), ("pulls", reading.pulls), ("run", reading.run)):
                if concerned == kind or (not concerned and kind != "run"):
                    taken[setting.sets] = value
    if said is not None and len(reading.problems) < MAX_PROBLEMS:
        hint = _nearest(vocabulary, one.name) if said.startswith("unknown") else None
        reading.problems.append(Problem(one.line, one.column, one.name, said, hint))


@cache
def _vocabulary(source: StaleSource) -> _Vocabulary:
    table, _ = parse_mapping(files("bot.triage").joinpath("stale_settings.yml").read_bytes())
    return _Vocabulary.model_validate(table[source])
