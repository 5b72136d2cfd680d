"""The rules a model card is checked by: one function each, and one line in RULES."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from bot.cards import licences
from bot.cards.card import is_hub_id
from bot.cards.outline import Outline
from bot.documents import parse_mapping

MAX_LICENCES = 20
"""Licences of one card that are looked at; each unknown one is compared with all the Hub knows."""


class Severity(StrEnum):
    """How bad a finding is: an error keeps a model from being released, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """Say which rule one line of a card breaks, and how to mend it; lines count from 1."""

    rule: str
    severity: Severity
    line: int
    message: str

    def as_dict(self) -> dict[str, Any]:
        """Give the finding as the plain values that ``giveback card --json`` prints."""
        return asdict(self)


def _error(rule: str, line: int, message: str) -> Finding:
    return Finding(rule, Severity.ERROR, line, message)


def _warning(rule: str, line: int, message: str) -> Finding:
    return Finding(rule, Severity.WARNING, line, message)


def _has_front_matter(card: Outline) -> Iterator[Finding]:
    if not card.parts.has_front_matter:
        yield _error("front-matter-missing", 1, 'start the card with metadata between two "---" lines')


def _licence(card: Outline) -> Iterator[Finding]:
    licence = card.data.get("license")
    line = card.parts.line("license")
    if "licence" in card.data:
        spelled = card.parts.line("licence")
        yield _error("licence-misspelled", spelled, 'the Hub reads the key "license", not "licence"')
    if licence is None:
        yield _error(
            "licence-missing", line, "add a license, so that others know whether they may use the model"
        )
        return
    named = licence if isinstance(licence, list) else [licence]
    if len(named) > MAX_LICENCES:
        yield _error("licence-unknown", line, f"{len(named)} licences are named; name the one that holds")
    for one in named[:MAX_LICENCES]:
        wrong = licences.problem(str(one), card.text("license_name"), card.text("license_link"))
        if wrong:
            yield _error("licence-unknown", line, wrong)


def _library(card: Outline) -> Iterator[Finding]:
    if not card.text("library_name"):
        message = "add library_name: the Hub no longer guesses which library loads a model"
        yield _error("library-name-missing", card.parts.line("library_name"), message)


def _pipeline_tag(card: Outline) -> Iterator[Finding]:
    if not card.text("pipeline_tag"):
        message = "add pipeline_tag, the task the model is for, so that people can find it"
        yield _error("pipeline-tag-missing", card.parts.line("pipeline_tag"), message)


def _base_model(card: Outline) -> Iterator[Finding]:
    named = card.data.get("base_model")
    for base in named if isinstance(named, list) else [named] if named is not None else []:
        if not isinstance(base, str) or not is_hub_id(base):
            message = f"base_model {str(base)[:80]!r} is no Hub id; name the model as owner/name"
            yield _error("base-model-not-an-id", card.parts.line("base_model"), message)


def _language(card: Outline) -> Iterator[Finding]:
    named = card.data.get("language")
    for language in named if isinstance(named, list) else [named] if named is not None else []:
        if not isinstance(language, str) or not re.fullmatch(
            r"[A-Za-z]{2,3}(-[A-Za-z0-9-]+)?|code|multilingual", language
        ):
            message = f"{language!r} is no language code; use ISO 639 codes such as en"
            yield _warning("language-not-a-code", card.parts.line("language"), message)


def _placeholders(card: Outline) -> Iterator[Finding]:
    fenced = False
    for number, line in enumerate(card.parts.body.split("\n"), card.parts.body_line):
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        found = None if fenced else _placeholder().search(line)
        if found:
            message = f'"{found[0][:60]}" is left from a template; write what you know, or remove it'
            yield _error("placeholder", number, message)


def _empty_sections(card: Outline) -> Iterator[Finding]:
    following = (*card.headings[1:], None) if card.headings else ()
    for here, after in zip(card.headings, following, strict=True):
        has_subsection = after is not None and after.level > here.level
        if here.level > 1 and not here.text and not has_subsection:
            message = f'the section "{here.title[:60]}" is empty; fill it or remove it'
            yield _warning("empty-section", here.line, message)


def _missing_sections(card: Outline) -> Iterator[Finding]:
    for section, why in (
        ("limitations", "say where the model fails; readers miss this most"),
        ("uses", "say what the model is meant for"),
        ("start", "show how to load and use the model"),
    ):
        if not card.has_section(section):
            yield _warning(f"{section}-section-missing", card.parts.body_line, why)


def _results_differ(card: Outline) -> Iterator[Finding]:
    read = {fact.name: fact for fact in card.reading.facts}
    for metric in _index_metrics(card.data.get("model-index")):
        name, value = metric.get("type"), metric.get("value")
        fact = read.get(f"eval_{name}") or read.get(f"test_{name}")
        if fact and isinstance(value, int | float) and not _same(value, fact.value):
            message = f"model-index says {name} is {value}, {fact.file} says {fact.value}"
            yield _error("number-differs", card.parts.line("model-index"), message)


def _same(written: int | float, read: object) -> bool:
    """Accept the number itself, rounded to the decimals written, or as a percentage."""
    if not isinstance(read, int | float):
        return False
    decimals = len(repr(written).partition(".")[2])
    rounded = decimals > 0 and written == round(read, decimals)
    return written == read or rounded or written == round(read * 100, decimals)


def _index_metrics(index: object) -> Iterator[Mapping[str, Any]]:
    match index:
        case [{"results": [*results]}, *_]:
            for result in results:
                if isinstance(result, Mapping) and isinstance(result.get("metrics"), list):
                    yield from (metric for metric in result["metrics"] if isinstance(metric, Mapping))


RULES: tuple[Callable[[Outline], Iterator[Finding]], ...] = (
    _has_front_matter,
    _licence,
    _library,
    _pipeline_tag,
    _base_model,
    _language,
    _placeholders,
    _empty_sections,
    _missing_sections,
    _results_differ,
)
"""Every rule is asked about every card."""


@cache
def _placeholder() -> re.Pattern[str]:
    data, _ = parse_mapping(files("bot.cards").joinpath("placeholders.yml").read_bytes())
    return re.compile("|".join(f"(?:{pattern})" for pattern in data["patterns"]), re.IGNORECASE)
