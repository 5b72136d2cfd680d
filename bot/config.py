"""Read `.github/giveback.yml` on top of its owner's file, with defaults, and place every mistake."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model

from bot.actions import Annotation
from bot.documents import DocumentError, Positions, Problem, parse_mapping, validate_mapping

CONFIG_PATH = ".github/giveback.yml"
"""Where the file stands, in a repository and in the owner's repository named ``.github``."""

SCHEMA_ID = "giveback.schema.json"

TELLS_MISTAKES = "config"
"""The feature that reports a broken file: the one that works while nobody can say what the file asks for."""

File = str | Problem | None
"""A file's text, what stands in its place and cannot be read as text, or None when there is none."""


class Section(BaseModel):
    """What every feature's section of the file has; a feature adds its own keys, each with a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(default=True, description="Whether the feature does anything in this repository.")
    dry_run: bool = Field(
        default=False, description="Decide and record what this feature would do, but do nothing of it."
    )


class _House(BaseModel):
    """Set what Giveback does in this repository. Every key may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Giveback")

    extends: bool = Field(
        default=True, description="Whether to build on the same file in the owner's repository named .github."
    )
    dry_run: bool = Field(
        default=False, description="Decide and record everything, but change nothing on GitHub or the Hub."
    )


class Origin(StrEnum):
    """Whose file something is in."""

    REPOSITORY = "repository"
    OWNER = "owner"


@dataclass(frozen=True)
class RepoConfig:
    """A valid configuration, defaults filled in, and the files it was made from."""

    values: BaseModel
    origins: frozenset[Origin] = frozenset()

    @property
    def dry_run(self) -> bool:
        """Say whether to decide and record only."""
        return cast(_House, self.values).dry_run

    def section(self, name: str) -> Section:
        """Give one feature's section; raises KeyError for a feature that has none."""
        section = getattr(self.values, _attribute(name), None)
        if not isinstance(section, Section):
            raise KeyError(name)
        return section

    def names(self) -> list[str]:
        """List the features that have a section."""
        fields = type(self.values).model_fields.items()
        return [
            field.alias or name for name, field in fields if isinstance(getattr(self.values, name), Section)
        ]

    def braked(self, *, dry_run: bool, off: Collection[str], tried_out: Collection[str] = ()) -> RepoConfig:
        """Give the same with dry run on if asked for, as a whole or for the sections ``tried_out``.

        The sections ``off`` are switched off.
        """
        changes: dict[str, Any] = {"dry_run": True} if dry_run else {}
        for name in {*off, *tried_out}:
            held = {"enabled": False} if name in off else {}
            held |= {"dry_run": True} if name in tried_out else {}
            changes[_attribute(name)] = self.section(name).model_copy(update=held)
        return replace(self, values=self.values.model_copy(update=changes))

    def data(self) -> dict[str, Any]:
        """Give the configuration as plain JSON values, the way to store it; ``restore`` reads it back."""
        return {
            "origins": sorted(self.origins),
            "values": self.values.model_dump(mode="json", by_alias=True),
        }


@dataclass(frozen=True)
class ConfigProblem:
    """One mistake and the file it is in."""

    origin: Origin
    problem: Problem


@dataclass(frozen=True)
class Brakes:
    """What files with mistakes still say that makes the bot do less: a typo elsewhere must not undo it."""

    dry_run: bool
    off: frozenset[str]
    """Sections with ``enabled: false``."""
    tried_out: frozenset[str]
    """Sections with ``dry_run: true``."""
    unreadable: frozenset[Origin]
    """Files that may ask for dry run, but cannot be read at all."""


class ConfigError(Exception):
    """Carry what is wrong, the configuration without the broken file, and what of that file still holds."""

    def __init__(self, problems: tuple[ConfigProblem, ...], fallback: RepoConfig, brakes: Brakes) -> None:
        self.problems = problems
        self.fallback = fallback
        self.brakes = brakes
        super().__init__("\n".join(f"{one.origin}: {one.problem}" for one in problems))


# An empty section ("welcome:" with every line below it commented out) means its defaults.
_EMPTY = BeforeValidator(lambda value: {} if value is None else value)


def schema(sections: Mapping[str, type[Section]]) -> type[BaseModel]:
    """Build the model of the whole file from the features' sections.

    Raises ValueError for a section whose name is taken or that cannot do without being written.
    """
    return _schema(tuple(sections.items()))


@cache
def _schema(sections: tuple[tuple[str, type[Section]], ...]) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for name, section in sections:
        attribute = _attribute(name)
        if attribute in fields or attribute in _House.model_fields or hasattr(BaseModel, attribute):
            raise ValueError(f"the name {name!r} of a section is taken")
        fields[attribute] = (Annotated[section, _EMPTY], Field(default=section(), alias=name))
    return create_model("Giveback", __base__=_House, __doc__=_House.__doc__, **fields)


def _attribute(name: str) -> str:
    return name.replace("-", "_")


def load(text: File, parent: File, sections: Mapping[str, type[Section]]) -> RepoConfig:
    """Read a repository's file on top of its owner's.

    Maps merge key by key; lists and single values of the repository replace the owner's. Raises
    ConfigError, with the problems of the repository's file placed in it and the owner's in theirs.
    """
    model = schema(sections)
    problems: list[ConfigProblem] = []
    unreadable: set[Origin] = set()

    def attempt(origin: Origin, file: File) -> tuple[dict[str, Any], Positions]:
        try:
            if isinstance(file, Problem):
                raise DocumentError((file,))
            return parse_mapping(file or "")
        except DocumentError as error:
            problems.extend(ConfigProblem(origin, problem) for problem in error.problems)
            unreadable.add(origin)
            return {}, Positions()

    def check(origin: Origin, data: dict[str, Any], positions: Positions) -> BaseModel | None:
        try:
            return validate_mapping(data, positions, model)
        except DocumentError as error:
            problems.extend(ConfigProblem(origin, problem) for problem in error.problems)
            return None

    child, child_positions = attempt(Origin.REPOSITORY, text)
    if child.get("extends") is False:
        parent = None
    inherited, parent_positions = attempt(Origin.OWNER, parent)
    said = _merged(inherited, child)
    below = check(Origin.OWNER, inherited, parent_positions)
    if below is None:
        inherited, below = {}, model()
    # The owner's file is valid by now, so what is wrong with the two together is wrong in the repository's.
    values = check(Origin.REPOSITORY, _merged(inherited, child), child_positions)
    files = {Origin.REPOSITORY: text, Origin.OWNER: parent}
    config = RepoConfig(
        below if values is None else values,
        frozenset(origin for origin, file in files.items() if file is not None),
    )
    if problems:
        if "dry_run" in child:  # then the owner's word on it would not count
            unreadable.discard(Origin.OWNER)
        raise ConfigError(tuple(problems), config, _brakes(said, sections, unreadable))
    return config


def _brakes(said: Mapping[str, Any], sections: Iterable[str], unreadable: Iterable[Origin]) -> Brakes:
    named = {name: said[name] for name in sections if isinstance(said.get(name), dict)}
    return Brakes(
        dry_run=said.get("dry_run") is True,
        off=frozenset(name for name, section in named.items() if section.get("enabled") is False),
        tried_out=frozenset(name for name, section in named.items() if section.get("dry_run") is True),
        unreadable=frozenset(unreadable),
    )


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(under, dict) and (value is None or isinstance(value, dict)):
            merged[key] = _merged(under, value or {})
        else:
            merged[key] = value
    return merged


def restore(data: Mapping[str, Any], sections: Mapping[str, type[Section]]) -> RepoConfig | None:
    """Read back what ``RepoConfig.data`` gave, or None when the sections have changed too much since."""
    match data:
        case {"origins": list(origins), "values": dict(values)}:
            try:
                model = validate_mapping(values, Positions(), schema(sections))
            except DocumentError:
                return None
            return RepoConfig(model, frozenset(Origin(origin) for origin in origins))
        case _:
            return None


def choose(
    new: RepoConfig | ConfigError, last_good: RepoConfig | None
) -> tuple[RepoConfig, tuple[ConfigProblem, ...]]:
    """Decide which configuration counts: the new one, else the last good one, else the unbroken rest.

    What a broken file still says to hold the bot back counts. Where a file cannot be read at all, and no
    good version of it is known, nobody can say what it asks for: then nothing is done but to tell that.
    """
    if isinstance(new, RepoConfig):
        return new, ()
    config = last_good or new.fallback
    known = last_good.origins if last_good else frozenset()
    off: Collection[str] = new.brakes.off
    if new.brakes.unreadable - known:
        off = [name for name in config.names() if name != TELLS_MISTAKES]
    brakes = new.brakes
    return config.braked(dry_run=brakes.dry_run, off=off, tried_out=brakes.tried_out), new.problems


def annotate(problems: Iterable[ConfigProblem], path: str = CONFIG_PATH) -> tuple[Annotation, ...]:
    """Place the problems of the repository's own file for a check run; the owner's are in another one."""
    return tuple(
        Annotation(
            path=path,
            line=one.problem.line,
            column=one.problem.column,
            level="failure",
            message=one.problem.message + (f" ({one.problem.hint})" if one.problem.hint else ""),
        )
        for one in problems
        if one.origin is Origin.REPOSITORY
    )


def json_schema(sections: Mapping[str, type[Section]]) -> dict[str, Any]:
    """Describe the file for editors, as JSON Schema draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **schema(sections).model_json_schema(by_alias=True),
    }
