"""Find what a bug report about AI software that followed no form lacks to be reproduced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from bot.documents import read_document
from bot.triage.forms.evidence import Environment, Failure
from bot.triage.forms.missing import Missing, MissingKind
from bot.triage.forms.words import without_comments
from bot.triage.linear import LinearPattern

MAX_TEXT = 100_000
"""Characters of an issue that are looked at; GitHub allows 65,536."""
MANY_FRAMES = 3
"""Calls of a failure that tell enough of it, even where its head or its end is missing."""
CODE = "Code"
"""The need of code, a command or steps that show the problem."""
_FENCES = ("```", "~~~")
_FENCE_MARKS = "`~ "
_COLUMNS = 2
"""Bars from which on a line is a row of a table."""
MOST = 3
"""Things asked for at most: a longer list is put off, and then forgotten."""


class _Need(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    ask: str
    matters: bool = False
    beside: str = ""
    environment: str = ""
    traceback: bool = False
    when: tuple[str, ...] = ()
    quoted: tuple[str, ...] = ()
    found_by: tuple[str, ...]


class _Ask(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    ask: str


class _Needs(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    nothing_said: _Ask

    about_ai: tuple[str, ...]
    about_words: tuple[str, ...]
    failure: tuple[str, ...]
    wish: tuple[str, ...]
    frameworks: frozenset[str]
    needs: tuple[_Need, ...]


def missing_from_bug(
    title: str,
    body: str,
    *,
    environment: Environment | None = None,
    failures: Sequence[Failure] | None = None,
    has_code: bool | None = None,
    repository_is_ai: bool = False,
) -> tuple[Missing, ...]:
    """Say what to ask of a bug report without a form; nothing where it is not about AI software running.

    ``environment``, ``failures`` and ``has_code`` are what better readers found in the same text; without
    them only words are looked for. A report about words, such as a typo in the documentation, is asked for
    nothing.
    """
    text = f"{title}\n{without_comments(body)}"[:MAX_TEXT]
    if not is_about_running_ai(text, repository_is_ai=repository_is_ai):
        return ()
    told, shown = _told_and_shown(text)
    lacks = {
        need.name: need
        for need in _needs().needs
        if _is_asked(need, told)
        and not (
            has_code
            if need.name == CODE and has_code is not None
            else _is_there(need, text, environment, failures)
        )
    }
    if CODE not in lacks:
        lacks = {name: need for name, need in lacks.items() if not _is_quoted(need, shown)}
    return tuple(Missing(MissingKind.REQUIRED_EMPTY, name, need.ask) for name, need in lacks.items())


def missing_from_nothing() -> Missing:
    """Say what to ask of an issue that says nothing."""
    asked = _needs().nothing_said
    return Missing(MissingKind.REQUIRED_EMPTY, asked.name, asked.ask)


def _told_and_shown(text: str) -> tuple[str, str]:
    """Take code and output apart from what is told.

    What a form or a program wrote is neither: headings name all there may be, and tables, such as that of
    VS Code's process report, list switches like ``--crash-reporter-id``.
    """
    told: list[str] = []
    shown: list[str] = []
    is_shown = False
    for line in text.split("\n"):
        if line.lstrip(" ").startswith(_FENCES):
            is_shown = not is_shown
            shown.append(line.strip(_FENCE_MARKS))  # people begin what they show beside the fence
        elif is_shown:
            shown.append(line)
        elif not line.startswith("#") and line.count("|") < _COLUMNS:
            told.append(line)
            shown += line.split("`")[1::2]
    return "\n".join(told), "\n".join(shown)


def pressing(found: Sequence[Missing]) -> tuple[Missing, ...]:
    """Keep what a bug cannot be looked into without, the most pressing first, and ``MOST`` in all.

    What matters less is asked for beside that, never alone.
    """
    needs = {need.name: need for need in _needs().needs}
    lacks = {one.label: one for one in found}
    if not any(needs[name].matters for name in lacks):
        return ()
    asked = [name for name in needs if name in lacks and needs[name].beside in ("", *lacks)]
    return tuple(lacks[name] for name in asked[:MOST])


def shows_code(text: str) -> bool:
    """Tell whether a text has code, a command or steps to run."""
    return _pattern(f"{CODE}.found_by").occurs_in(text[:MAX_TEXT])


def is_about_ai(text: str) -> bool:
    """Tell whether a text mentions what only AI software has."""
    return _pattern("about_ai").occurs_in(text[:MAX_TEXT])


def is_about_running_ai(text: str, *, repository_is_ai: bool = False) -> bool:
    """Tell whether a text is about AI software that does something, rather than about words on it."""
    text = text[:MAX_TEXT]
    if _pattern("about_words").occurs_in(text) and not is_about_failure(text):
        return False
    return repository_is_ai or is_about_ai(text)


def is_about_failure(text: str) -> bool:
    """Tell whether a text speaks of something that fails; people who ask or wish do so too."""
    return _pattern("failure").occurs_in(text[:MAX_TEXT])


def is_wish(text: str) -> bool:
    """Tell whether a text, its title first, wishes for something rather than tells of a failure."""
    return _pattern("wish").occurs_in(text[:MAX_TEXT])


def _is_asked(need: _Need, text: str) -> bool:
    return not need.when or _pattern(f"{need.name}.when").occurs_in(text)


def _is_quoted(need: _Need, shown: str) -> bool:
    return bool(need.quoted) and _pattern(f"{need.name}.quoted").occurs_in(shown)


def _is_there(
    need: _Need, text: str, environment: Environment | None, failures: Sequence[Failure] | None
) -> bool:
    if environment is not None and _says(environment)[need.environment]:
        return True
    if need.traceback and failures:
        return any(not failure.truncated or len(failure.frames) >= MANY_FRAMES for failure in failures)
    return _pattern(f"{need.name}.found_by").occurs_in(text)


def _says(environment: Environment) -> Mapping[str, bool]:
    """Tell which needs an environment answers; a processor needs no driver."""
    accelerator = environment.accelerator.value if environment.accelerator else ""
    return {
        "": False,
        "framework": not _needs().frameworks.isdisjoint(environment.packages),
        "python": environment.python is not None,
        "accelerator": bool(accelerator)
        and (environment.driver is not None or accelerator in {"cpu", "mps"}),
    }


@cache
def _needs() -> _Needs:
    return read_document(files("bot.triage.forms").joinpath("needs.yml").read_bytes(), _Needs)


@cache
def _pattern(name: str) -> LinearPattern:
    needs = _needs()
    patterns: dict[str, Sequence[str]] = {
        "about_ai": needs.about_ai,
        "about_words": needs.about_words,
        "failure": needs.failure,
        "wish": needs.wish,
    }
    for need in needs.needs:
        patterns |= {
            f"{need.name}.when": need.when,
            f"{need.name}.quoted": need.quoted,
            f"{need.name}.found_by": need.found_by,
        }
    return LinearPattern("|".join(f"(?:{one})" for one in patterns[name]), any_case=True)
