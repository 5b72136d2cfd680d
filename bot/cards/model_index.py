"""Tell the results a card's ``model-index`` took from the model's own files from those people put there.

A result is ours when its source is named after a file and its address is that file's on the Hub.
Source: hub-docs, modelcard.md, ``model-index``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

HUB = "https://huggingface.co"
"""Where the links of a card point; a card names the public Hub whatever Hub it was tried on."""

_FILE_ON_THE_HUB = re.compile(rf"{re.escape(HUB)}/(?P<model>[\w.-]+/[\w.-]+)/blob/main/(?P<file>[^?#]+)")

Result = Mapping[str, Any]


def file_url(model_id: str, file: str) -> str:
    """Give the address of a model's file on the Hub."""
    return f"{HUB}/{model_id}/blob/main/{file}"


def file_source(result: Result) -> tuple[str, str] | None:
    """Give the Hub id and the file a result was read from, when its source is a file of a model."""
    source = result.get("source")
    if not isinstance(source, Mapping):
        return None
    found = _FILE_ON_THE_HUB.fullmatch(str(source.get("url")))
    return (found["model"], found["file"]) if found and found["file"] == source.get("name") else None


def results(index: object) -> Iterator[Result]:
    """Yield every result of an index; what has another shape is passed over."""
    yield from (result for _, result in placed_results(index))


def placed_results(index: object) -> Iterator[tuple[tuple[str | int, ...], Result]]:
    """Yield every result of an index with its place in it."""
    for number, model in enumerate(index if isinstance(index, list) else []):
        found = model.get("results") if isinstance(model, Mapping) else None
        for place, result in enumerate(found if isinstance(found, list) else []):
            if isinstance(result, Mapping):
                yield (number, "results", place), result


def own_results(index: object, model_id: str | None) -> list[Result]:
    """Pick the results that were read from the files of ``model_id``."""
    return [one for one in results(index) if (file_source(one) or ("",))[0] == model_id]


def with_results(
    index: Sequence[Mapping[str, Any]] | None, ours: Sequence[Result], model_id: str, name: str
) -> list[dict[str, Any]] | None:
    """Put ``ours`` in the place of the results read from the model's files before; all others stay.

    ``name`` is what the model is called where the index does not exist yet. An index without results is None.
    """
    models = [dict(model) for model in index or [{"name": name, "results": []}]]
    placed = False
    for model in models:
        kept: list[Result] = []
        for result in model["results"]:
            if (file_source(result) or ("",))[0] != model_id:
                kept.append(result)
            elif not placed:
                kept.extend(ours)
                placed = True
        model["results"] = kept
    if not placed:
        models[0]["results"].extend(ours)
    return [model for model in models if model["results"]] or None
