"""Rules on the metadata: it is there, its values are of the right kind, and the Hub knows them."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards import vocabulary
from bot.cards.outline import Outline
from bot.cards.rules.findings import Edit, Finding, Path, RemoveValue, SetValue, error, warning
from bot.cards.shapes import odd_values

_MISSPELLED = {
    "base-model": "base_model",
    "base_models": "base_model",
    "dataset": "datasets",
    "languages": "language",
    "libary_name": "library_name",
    "library": "library_name",
    "library-name": "library_name",
    "licence_link": "license_link",
    "licence_name": "license_name",
    "license-link": "license_link",
    "license-name": "license_name",
    "licenses": "license",
    "model_index": "model-index",
    "pipeline-tag": "pipeline_tag",
    "pipeline_tags": "pipeline_tag",
    "tag": "tags",
}
"""Keys the Hub does not read, and the ones that are meant."""


def front_matter(card: Outline) -> Iterator[Finding]:
    """Ask for metadata at the top of the card."""
    if not card.parts.has_front_matter:
        message = (
            'the Hub reads what a model is from metadata: start the card with it, between two "---" lines'
        )
        yield error("front-matter-missing", 1, message)


def keys(card: Outline) -> Iterator[Finding]:
    """Find keys that were meant to be others; the Hub passes over what it does not know."""
    for wrong, right in _MISSPELLED.items():
        if wrong in card.data:
            free = card.data.get(right) is None
            edits = (RemoveValue((wrong,)), SetValue((right,), card.data[wrong])) if free else ()
            message = f'the Hub does not read the key "{wrong}"; write "{right}"'
            yield error("key-misspelled", card.parts.line(wrong), message, edits)


def kinds_of_values(card: Outline) -> Iterator[Finding]:
    """Find values of a kind the Hub does not take for their key."""
    for problem in odd_values(card.parts):
        if problem.path == "language" and any(one is False for _, one in card.placed("language")):
            continue  # the rule on languages knows what was meant
        message = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
        yield error("metadata-of-wrong-kind", problem.line, message, _without_nothing(card, problem.path))


def _without_nothing(card: Outline, key: str) -> tuple[Edit, ...]:
    """Take ``null`` out of a list of texts, which transformers wrote where it did not know a dataset."""
    value = card.data.get(key)
    if not isinstance(value, list) or not all(one is None or isinstance(one, str) for one in value):
        return ()
    kept = [one for one in value if one is not None]
    return (SetValue((key,), kept) if kept else RemoveValue((key,)),)


def library(card: Outline) -> Iterator[Finding]:
    """Ask for the library."""
    line, name = card.parts.line("library_name"), card.text("library_name")
    if not name:
        message = (
            "without library_name nobody is shown how to load the model: the Hub no longer guesses it; add it"
        )
        yield error("library-name-missing", line, message)
    elif right := vocabulary.library_meant(name):
        message = (
            f'the Hub knows the library "{name[:80]}" as "{right}"; write that, so that its code is shown'
        )
        yield warning("library-name-unusual", line, message, [SetValue(("library_name",), right)])


def pipeline_tag(card: Outline) -> Iterator[Finding]:
    """Ask for the task, as the Hub names it."""
    line, name = card.parts.line("pipeline_tag"), card.text("pipeline_tag")
    if not name:
        message = "people find models by their task: add pipeline_tag, the task the model is for"
        yield error("pipeline-tag-missing", line, message)
    elif not vocabulary.is_task(name):
        right = vocabulary.task_meant(name)
        hint = f'write "{right}"' if right else "choose one of those at huggingface.co/tasks"
        message = f'"{name[:80]}" is no task the Hub knows, so nobody finds the model by it; {hint}'
        yield error(
            "pipeline-tag-unknown", line, message, [SetValue(("pipeline_tag",), right)] if right else ()
        )


def languages(card: Outline) -> Iterator[Finding]:
    """Find what is no language code, and Norwegian's, which older YAML takes for the word false."""
    line = card.parts.line("language")
    for path, one in card.placed("language"):
        if one is False or (one == "no" and _is_bare(card, path)):
            written = "false" if one is False else "no without quotes"
            message = (
                f"programs that read YAML 1.1 take {written} for false; for Norwegian write 'no' in quotes"
            )
            yield error("language-read-as-false", line, message, [SetValue(path, "no")])
        elif isinstance(one, str) and not vocabulary.is_language(one):
            right = vocabulary.language_named(one)
            hint = f'write "{right}"' if right else "use codes of ISO 639 such as en"
            message = f'"{one[:80]}" is no language code, so the Hub does not list the model by it; {hint}'
            yield warning("language-not-a-code", line, message, [SetValue(path, right)] if right else ())


def _is_bare(card: Outline, path: Path) -> bool:
    """Tell whether a value stands in the front matter without quotes."""
    line, column = card.parts.positions.of_value(path)
    rows = card.parts.source.split("\n")
    row = line - card.parts.source_line
    return 0 <= row < len(rows) and rows[row][column - 1 : column] not in ('"', "'")
