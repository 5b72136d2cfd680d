"""Read `.github/giveback.yml` on top of its owner's file, with defaults, and place every mistake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model

from bot.documents import DocumentError, Positions, Problem, parse_mapping, validate_mapping
from bot.plan import Annotation

CONFIG_PATH = ".github/giveback.yml"
"""Where the file stands, in a repository and in the owner's repository named ``.github``."""

SCHEMA_ID = "giveback.schema.json"


class Section(BaseModel):
    """What every feature's section of the file has; a feature adds its own keys, each with a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(default=True, description="Whether the feature does anything in this repository.")


class _House(BaseModel):
    """Set what Giveback does in this repository. Every key may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Giveback")

    extends: bool = Field(
        default=True, description="Whether to build on the same file in the owner's repository named .github."
    )
    dry_run: bool = Field(
        default=False, description="Decide and record everything, but change nothing on GitHub or the Hub."
    )


@dataclass(frozen=True)
class RepoConfig:
    """A valid configuration, defaults filled in."""

    values: BaseModel

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

    def data(self) -> dict[str, Any]:
        """Give the configuration as plain JSON values, the way to store it; ``restore`` reads it back."""
        return self.values.model_dump(mode="json", by_alias=True)


class Origin(StrEnum):
    """Whose file a problem is in."""

    REPOSITORY = "repository"
    OWNER = "owner"


@dataclass(frozen=True)
class ConfigProblem:
    """One mistake and the file it is in."""

    origin: Origin
    problem: Problem


class ConfigError(Exception):
    """Carry what is wrong, and the configuration as it is without the broken file."""

    def __init__(self, problems: tuple[ConfigProblem, ...], fallback: RepoConfig) -> None:
        self.problems = problems
        self.fallback = fallback
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


def load(text: str | None, parent: str | None, sections: Mapping[str, type[Section]]) -> RepoConfig:
    """Read a repository's file on top of its owner's; None stands for a file that is not there.

    Maps merge key by key; lists and single values of the repository replace the owner's. Raises
    ConfigError, with the problems of the repository's file placed in it and the owner's in theirs.
    """
    model = schema(sections)
    problems: list[ConfigProblem] = []

    def attempt(origin: Origin, text: str | None) -> tuple[dict[str, Any], Positions]:
        try:
            return parse_mapping(text or "")
        except DocumentError as error:
            problems.extend(ConfigProblem(origin, problem) for problem in error.problems)
            return {}, Positions()

    def check(origin: Origin, data: dict[str, Any], positions: Positions) -> BaseModel | None:
        try:
            return validate_mapping(data, positions, model)
        except DocumentError as error:
            problems.extend(ConfigProblem(origin, problem) for problem in error.problems)
            return None

    child, child_positions = attempt(Origin.REPOSITORY, text)
    inherited, parent_positions = attempt(Origin.OWNER, parent if child.get("extends") is not False else None)
    below = check(Origin.OWNER, inherited, parent_positions)
    if below is None:
        inherited, below = {}, model()
    # The owner's file is valid by now, so what is wrong with the two together is wrong in the repository's.
    values = check(Origin.REPOSITORY, _merged(inherited, child), child_positions)
    config = RepoConfig(below if values is None else values)
    if problems:
        raise ConfigError(tuple(problems), config)
    return config


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
    try:
        return RepoConfig(validate_mapping(data, Positions(), schema(sections)))
    except DocumentError:
        return None


def choose(
    new: RepoConfig | ConfigError, last_good: RepoConfig | None
) -> tuple[RepoConfig, tuple[ConfigProblem, ...]]:
    """Decide which configuration counts: the new one, else the last good one, else the unbroken rest."""
    if isinstance(new, RepoConfig):
        return new, ()
    return last_good or new.fallback, new.problems


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
