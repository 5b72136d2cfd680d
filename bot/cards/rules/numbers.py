"""Rules on numbers: those of a card are those of the result files it came with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot.cards.evaluation import metric_type
from bot.cards.facts import Fact, Reading
from bot.cards.metadata import grams_emitted
from bot.cards.model_index import file_source, placed_results
from bot.cards.outline import Outline
from bot.cards.rules.findings import Finding, RemoveValue, SetValue, error, warning
from bot.cards.rules.wording import MAX_TOLD

_SAID = re.compile(
    r"\s{0,4}(?:[-*+]|\|)\s{0,3}[*_`]{0,3}(?P<name>[A-Za-z][A-Za-z0-9 _@.-]{0,40}?)[*_`]{0,3}\s{0,4}[:|]"
    r"\s{0,3}[*_`]{0,3}(?P<value>-?\d{1,9}(?:\.\d{1,17})?(?:[eE][+-]?\d{1,3})?)\s{0,3}%?[*_`]{0,3}\s{0,4}"
    r"(?=$|\|\s{0,9}$)"
)
"""``- Accuracy: 0.91`` as Trainer writes it, and ``| accuracy | 0.91 |`` with nothing else in its row."""

_PARTS_OF_DATA = ("config", "split", "revision", "args")
"""What a result may say of its dataset. Source: hub-docs, modelcard.md, ``model-index``."""


def model_index(card: Outline) -> Iterator[Finding]:
    """Hold the results in the metadata against the files."""
    index = card.data.get("model-index")
    line = card.parts.line("model-index")
    if isinstance(index, list) and index and not any(True for _ in placed_results(index)):
        message = "the model-index has no result, so the Hub shows none; remove it, or write the results down"
        yield warning("model-index-empty", line, message, [RemoveValue(("model-index",))])
    for path, result in placed_results(index):
        yield from _shape(result, line)
        yield from _unknown(result, ("model-index", *path), line)
        if card.reading is not None:
            yield from _held_against(card.reading, result, ("model-index", *path), card.model_id, line)


def _shape(result: Mapping[str, Any], line: int) -> Iterator[Finding]:
    """Ask for what the Hub needs of a result. Source: hub-docs, modelcard.md, ``model-index``."""
    needed = {"task": ("type",), "dataset": ("type", "name")}
    missing = [
        f"{key}.{part}"
        for key, parts in needed.items()
        for part in parts
        if not isinstance(part_of := result.get(key), Mapping) or not part_of.get(part)
    ]
    if missing:
        message = (
            f"a result in the model-index lacks {', '.join(missing)}, so the Hub does not show it; add that"
        )
        yield error("model-index-incomplete", line, message)


def _unknown(result: Mapping[str, Any], path: Sequence[str | int], line: int) -> Iterator[Finding]:
    """Find where the Trainer wrote None: it did not know the split, or which part of the data it was."""
    about = result.get("dataset")
    named = about if isinstance(about, Mapping) else {}
    for key in _PARTS_OF_DATA:
        if key in named and named[key] in (None, "None"):
            message = f"the trainer did not know the dataset's {key} and wrote None; remove it, or name it"
            yield warning("model-index-names-none", line, message, [RemoveValue((*path, "dataset", key))])


def _held_against(
    reading: Reading, result: Mapping[str, Any], path: Sequence[str | int], model_id: str | None, line: int
) -> Iterator[Finding]:
    read = list(_facts_behind(result, reading, model_id))
    for place, metric in _metrics(result):
        name, value = str(metric.get("type"))[:80], metric.get("value")
        facts = [fact for fact in read if _is_named(fact, name)]
        if not facts or not isinstance(value, int | float):
            message = (
                f"model-index says {name} is {str(value)[:80]}, which no file here says; name its source"
            )
            yield warning("number-without-file", line, message)
        elif not any(is_same(value, fact.value) for fact in facts):
            message = (
                f"model-index says {name} is {value}, {facts[0].file} says {facts[0].value}; "
                "give it a source if it was measured elsewhere"
            )
            named = (
                file_source(result) is not None
                and len({fact.value for fact in facts if _is_number(fact.value)}) == 1
            )
            edits = [SetValue((*path, "metrics", place, "value"), facts[0].value)] if named else []
            yield error("number-differs", line, message, edits)


def _facts_behind(result: Mapping[str, Any], reading: Reading, model_id: str | None) -> Iterable[Fact]:
    """Pick the facts to hold a result against: those of the file it names, all when it names no source."""
    named = file_source(result)
    if named and model_id in (None, named[0]):
        return [fact for fact in reading.facts if fact.file == named[1]]
    return () if result.get("source") else reading.facts


def _is_named(fact: Fact, metric: str) -> bool:
    """Tell whether a fact is a metric's; sentence-transformers also turns the parts of a name around."""
    own = metric_type(fact)
    return metric in (fact.name, own) or sorted(own.split("_")) == sorted(metric.split("_"))


def _metrics(result: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    metrics = result.get("metrics")
    for place, one in enumerate(metrics if isinstance(metrics, list) else []):
        if isinstance(one, Mapping):
            yield place, one


def in_the_text(card: Outline) -> Iterator[Finding]:
    """Hold the metrics that people wrote down, one to a line, against the result files.

    Only names that a result file has are looked at: of all others nothing can be said.
    """
    if card.reading is None:
        return
    known: dict[str, list[Fact]] = {}
    for fact in card.reading.facts:
        if _is_number(fact.value) and (
            fact.name.startswith(("eval_", "test_", "evaluator.")) or "results" in fact.file
        ):
            for name in {fact.name, metric_type(fact)}:
                known.setdefault(_plain(name), []).append(fact)
    if not known:
        return
    told = 0
    for number, line in card.prose:
        said = _SAID.match(line[:300])
        facts = known.get(_plain(said["name"])) if said else None
        if said is None or not facts or any(number in lines for lines in card.generated_lines):
            continue
        value = float(said["value"]) if not said["value"].lstrip("-").isdigit() else int(said["value"])
        if not any(is_same(value, fact.value) for fact in facts):
            files = " and ".join(dict.fromkeys(f"{fact.file} says {fact.value}" for fact in facts[:3]))
            name = said["name"].strip()
            message = f"{name} is {said['value']} here, but {files}; correct it, or say where it is from"
            yield warning("number-differs", number, message)
            if (told := told + 1) == MAX_TOLD:
                return


def emissions(card: Outline) -> Iterator[Finding]:
    """Find emissions in kilograms, as codecarbon measures them, where the Hub reads grams."""
    written = card.data.get("co2_eq_emissions")
    path: tuple[str | int, ...] = ("co2_eq_emissions",)
    if isinstance(written, Mapping):
        written, path = written.get("emissions"), (*path, "emissions")
    line = card.parts.line("co2_eq_emissions")
    if written is not None and not _is_number(written):
        message = "co2_eq_emissions has to be a number of grams, or have one in its key emissions; write that"
        yield error("emissions-not-a-number", line, message)
    grams = grams_emitted(card.reading) if card.reading else None
    if grams is None or not isinstance(written, float | int) or is_same(written, grams):
        return
    if is_same(written, grams / 1000):
        message = f"co2_eq_emissions is read as grams, but {written} is in kilograms; write {grams:g}"
        yield error("emissions-in-kilograms", line, message, [SetValue(path, grams)])
    else:
        message = f"co2_eq_emissions says {written} g, codecarbon measured {grams:g} g here; correct it"
        yield warning("emissions-differ", line, message)


def is_same(written: int | float, read: object) -> bool:
    """Accept the number itself, rounded to the decimals written, or as a percentage."""
    if not isinstance(read, int | float):
        return False
    decimals = len(repr(written).partition(".")[2])
    rounded = decimals > 0 and written == round(read, decimals)
    return written == read or rounded or written == round(read * 100, decimals)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
