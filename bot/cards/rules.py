"""The rules a model card is checked by: one function each, and one line in RULES."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from bot.cards import licences
from bot.cards.card import is_hub_id
from bot.cards.facts import Fact, Reading
from bot.cards.model_index import file_source, results
from bot.cards.outline import Outline
from bot.cards.shapes import odd_values
from bot.documents import parse_mapping

MAX_LICENCES = 20
"""Licences of one card that are looked at; each unknown one is compared with all the Hub knows."""


class Severity(StrEnum):
    """How bad a finding is: an error keeps a model from being released, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """Say which rule one line of a card breaks, and how to fix it; lines count from 1."""

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


def _kinds_of_values(card: Outline) -> Iterator[Finding]:
    for problem in odd_values(card.parts):
        message = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
        yield _error("metadata-of-wrong-kind", problem.line, message)


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
    for base in card.texts("base_model"):
        if not is_hub_id(base):
            message = f"base_model {base[:80]!r} is no Hub id; name the model as owner/name"
            yield _error("base-model-not-an-id", card.parts.line("base_model"), message)


def _language(card: Outline) -> Iterator[Finding]:
    for language in card.texts("language"):
        if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9-]+)?|code|multilingual", language):
            message = f"{language[:80]!r} is no language code; use ISO 639 codes such as en"
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


def _results(card: Outline) -> Iterator[Finding]:
    if card.reading is None:
        return
    line = card.parts.line("model-index")
    for result in results(card.data.get("model-index")):
        read = _facts_behind(result, card.reading, card.model_id)
        for metric in _metrics(result):
            name, value = str(metric.get("type"))[:80], metric.get("value")
            facts = [fact for fact in read if fact.name in (name, f"eval_{name}", f"test_{name}")]
            if not facts or not isinstance(value, int | float):
                message = f"model-index says {name} is {str(value)[:80]}, which no file here says"
                yield _warning("number-without-file", line, message)
            elif not any(_same(value, fact.value) for fact in facts):
                message = (
                    f"model-index says {name} is {value}, {facts[0].file} says {facts[0].value}; "
                    "give it a source if it was measured elsewhere"
                )
                yield _error("number-differs", line, message)


def _facts_behind(result: Mapping[str, Any], reading: Reading, model_id: str | None) -> Iterable[Fact]:
    """Pick the facts to hold a result against: those of the file it names, all when it names no source."""
    named = file_source(result)
    if named and model_id in (None, named[0]):
        return [fact for fact in reading.facts if fact.file == named[1]]
    return () if result.get("source") else reading.facts


def _metrics(result: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    metrics = result.get("metrics")
    yield from (one for one in (metrics if isinstance(metrics, list) else []) if isinstance(one, Mapping))


def _same(written: int | float, read: object) -> bool:
    """Accept the number itself, rounded to the decimals written, or as a percentage."""
    if not isinstance(read, int | float):
        return False
    decimals = len(repr(written).partition(".")[2])
    rounded = decimals > 0 and written == round(read, decimals)
    return written == read or rounded or written == round(read * 100, decimals)


RULES: tuple[Callable[[Outline], Iterator[Finding]], ...] = (
    _has_front_matter,
    _kinds_of_values,
    _licence,
    _library,
    _pipeline_tag,
    _base_model,
    _language,
    _placeholders,
    _empty_sections,
    _missing_sections,
    _results,
)
"""Every rule is asked about every card."""


@cache
def _placeholder() -> re.Pattern[str]:
    data, _ = parse_mapping(files("bot.cards").joinpath("placeholders.yml").read_bytes())
    return re.compile("|".join(f"(?:{pattern})" for pattern in data["patterns"]), re.IGNORECASE)
