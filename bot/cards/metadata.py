"""Put together the metadata of a card: what was read, what stands there already, and what people declare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from typing import Any

from huggingface_hub import EvalResult, ModelCardData
from huggingface_hub.repocard_data import eval_results_to_model_index

from bot.cards import licences, vocabulary
from bot.cards.declared import Declared
from bot.cards.evaluation import Measured, evaluation
from bot.cards.facts import Reading
from bot.cards.hub_ids import is_of_a_run, names_a_model
from bot.cards.model_index import HUB, Result, file_url, with_results
from bot.cards.signs import library, task


def metadata(
    reading: Reading, declared: Declared, known: Declared, existing: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the metadata; of what was read, what stands there and what is declared, the last wins."""
    read = {
        "library_name": library(reading, known),
        "pipeline_tag": task(reading, known),
        "license": known.license,
        "base_model": _one_or_many(known.base_models),
        "base_model_relation": known.base_model_relation,
        "language": _one_or_many(known.language),
        "co2_eq_emissions": _emissions(reading, known),
    }
    said = {
        "license": declared.license,
        "license_name": declared.license_name,
        "license_link": declared.license_link,
        "language": _one_or_many(declared.language),
        "base_model": _one_or_many(declared.base_models),
        # Without it the Hub looks into the files for how the model came from its base.
        "base_model_relation": declared.base_model_relation,
        "new_version": declared.new_version,
        "datasets": list(declared.datasets) or None,
        "library_name": declared.library_name,
        "pipeline_tag": declared.pipeline_tag,
        "tags": list(declared.tags) or None,
    }
    there, newly = _given(existing), _given(said)
    typed = ModelCardData(**(_given(read) | newly)).to_dict()  # type: ignore[no-untyped-call]  # not ours
    fields = there | {key: value for key, value in typed.items() if key in newly or key not in there}
    results = own_results(reading, known)
    if results is not None and known.model_id:
        index = with_results(there.get("model-index"), results, known.model_id, short_name(known))
        fields = _given(fields | {"model-index": index})
    return fields


_LICENCES_IN_WEIGHTS = ("gguf.license", "onnx.property.license", "onnx.property.model_license")
"""Facts that are the licence as files of weights give it. Source: onnx, MetadataProps.md."""


def stated(reading: Reading) -> Declared:
    """Take from the files what they state as plainly as people do.

    That is the licence's text, an adapter's base, and what a GGUF or ONNX file was given when it was made. A
    base that is a path on a disk names none, and two licences leave open which one holds.
    """
    in_weights = {licence for name in _LICENCES_IN_WEIGHTS for licence in _texts(reading, name)}
    licences_named = _texts(reading, "license_text") | _hub_licences(in_weights)
    licence = licences_named.pop() if len(licences_named) == 1 else None
    of_file = Declared(license=licence, language=_languages(reading))
    adapted = [name for name in _texts(reading, "base_model") if names_a_model(name)]
    if adapted:
        return replace(of_file, base_models=tuple(adapted[:1]), base_model_relation="adapter")
    made_from = _bases_of_gguf(reading)
    # A file with full weights may be the base itself, in another format.
    is_quantized = any(name.startswith("gguf.parameters.Q") for name in reading.names)
    relation = "quantized" if made_from and is_quantized else None
    return replace(of_file, base_models=made_from, base_model_relation=relation)


def _texts(reading: Reading, name: str) -> set[str]:
    return {fact.value for fact in reading.all(name) if isinstance(fact.value, str)}


def _hub_licences(named: set[str]) -> set[str]:
    return {
        name for name in named if name in licences.known() and name not in (licences.OTHER, licences.UNKNOWN)
    }


def _languages(reading: Reading) -> tuple[str, ...]:
    """Give the languages that a GGUF file names, if all of them are codes."""
    fact = reading.get("gguf.languages")
    named = fact.value if fact and isinstance(fact.value, list) else []
    return tuple(named) if all(map(vocabulary.is_language, named)) else ()


def _bases_of_gguf(reading: Reading) -> tuple[str, ...]:
    """Give the models on the Hub that a GGUF file says it was made from; all of them, or none."""
    urls = {
        fact.value
        for name in sorted(reading.names)
        if name.startswith("gguf.base_model_url.")
        for fact in reading.all(name)
        if isinstance(fact.value, str)
    }
    names = [url.removeprefix(f"{HUB}/") for url in sorted(urls)]
    return tuple(names) if all(map(names_a_model, names)) else ()


def grams_emitted(reading: Reading) -> float | None:
    """Give in grams, to the last digit, what codecarbon measured in kilograms."""
    measured = reading.get("emissions")
    if measured is None or isinstance(measured.value, bool) or not isinstance(measured.value, int | float):
        return None
    return float(Decimal(repr(measured.value)) * 1000)


def own_results(reading: Reading, known: Declared) -> list[Result] | None:
    """Make a result per file and data set, only where it is known which task and data the numbers belong to.

    Runs of lm-evaluation-harness name their data themselves; those that looked at a part of it only are no
    results to compare with. None means that nothing can be said, and what stands there stays.
    """
    task_type = task(reading, known)
    if not (task_type and known.model_id):
        return None
    measured = evaluation(reading)
    made: list[Result] = []
    data = known.evaluated_on
    if data:
        by_file = sorted(measured.headline, key=lambda one: one.fact.file)
        for file, group in groupby(by_file, key=lambda one: one.fact.file):
            made += _of_file(file, list(group), known, task_type, (data.id, data.name, data.split))
    whole = [one for one in measured.tasks if one.limit is None and one.task]
    for (file, name), group in groupby(whole, key=lambda one: (one.fact.file, one.task or "")):
        made += _of_file(file, list(group), known, task_type, (name, name, None))
    return made if data or whole else None


def short_name(declared: Declared) -> str:
    """Give the model's name without its owner, or the name of its folder where that can be a model's."""
    place = declared.place if declared.place and not is_of_a_run(declared.place) else None
    return (declared.model_id or place or "Model").rsplit("/", 1)[-1]


def title(reading: Reading, declared: Declared) -> str:
    """Give the title of a new card: as declared, as the model is called, or as its only file names itself."""
    own = _texts(reading, "gguf.name")
    is_named = declared.model_id is None and len(own) == 1
    return declared.title or (own.pop() if is_named else short_name(declared))


def _of_file(
    file: str, measured: list[Measured], known: Declared, task_type: str, data: tuple[str, str, str | None]
) -> list[Result]:
    """Make the result of one file: of two files in one list all would be given the source of the first."""
    data_type, data_name, split = data
    results = [
        EvalResult(
            task_type=task_type,
            dataset_type=data_type,
            dataset_name=data_name,
            dataset_split=split,
            metric_type=one.metric,
            metric_name=one.note,
            metric_value=one.fact.value,
            source_name=file,
            source_url=file_url(known.model_id or "", file),
        )
        for one in measured
    ]
    made: list[Result] = eval_results_to_model_index(short_name(known), results)[0]["results"]
    return made


def _emissions(reading: Reading, known: Declared) -> dict[str, Any] | None:
    """Write down measured emissions in grams. Source: hub-docs, model-cards-co2.md."""
    grams = grams_emitted(reading)
    if grams is None:
        return None
    country, gpu = reading.get("emissions_country"), reading.get("emissions_gpu")
    is_tuning = known.base_model_relation in ("finetune", "adapter")
    return _given(
        {
            "emissions": grams,
            "source": "codecarbon",
            "training_type": "fine-tuning" if is_tuning else None,
            "geographical_location": country.value if country else None,
            "hardware_used": gpu.value if gpu else None,
        }
    )


def _one_or_many(names: tuple[str, ...]) -> str | list[str] | None:
    return names[0] if len(names) == 1 else list(names) or None


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}
