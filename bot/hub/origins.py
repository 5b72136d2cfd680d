"""Trace what a model was made from by the cards on the Hub; runs only in the child process."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError

from bot.hub.asking_as import asking_as
from bot.hub.descent import ADAPTER, MAX_FILE, MERGE, base_of_adapter, parts_of_merge
from bot.hub.jobs import Origin

MAX_ORIGINS = 40
"""Repositories looked up at most; a lineage this long is no longer one a person can check."""
_LISTED = 20
"""Ids taken from one card, at most."""
_LONGEST = 200

Kind = Literal["model", "dataset"]


def trace(api: HfApi, hub_id: str, models: Sequence[str], datasets: Sequence[str]) -> Iterator[Origin]:
    """Yield each base model and dataset of ``hub_id`` once, nearest first, then what those were made from.

    A card is what its author wrote: a lineage that it leaves out is not found. Data are not traced further.
    """
    waiting: deque[tuple[Kind, str]] = deque([("model", one) for one in models])
    waiting += [("dataset", one) for one in datasets]
    seen: set[tuple[Kind, str]] = set()
    while waiting:
        kind, name = waiting.popleft()
        if (kind, name.casefold()) in seen:
            continue
        if len(seen) == MAX_ORIGINS:
            yield Origin(kind, name, is_found=False, is_beyond=True)
            return
        seen.add((kind, name.casefold()))
        origin = _look_up(asking_as(api, name, hub_id), kind, name)
        yield origin
        waiting += [("model", one) for one in origin.base_models]
        waiting += [("dataset", one) for one in origin.datasets]


def _look_up(api: HfApi, kind: Kind, name: str) -> Origin:
    try:
        info: Any = api.model_info(name) if kind == "model" else api.dataset_info(name)
    except (RepositoryNotFoundError, HFValidationError):
        return Origin(kind, name, is_found=False)
    said = info.card_data.to_dict() if info.card_data is not None else {}
    is_model = kind == "model"
    bases = _texts(said.get("base_model"))
    if is_model and not bases:
        bases = _told_by_files(api, name, str(info.sha), {one.rfilename for one in info.siblings or ()})
    return Origin(
        kind,
        name,
        license=" ".join(_texts(said.get("license"))),
        license_name=" ".join(_texts(said.get("license_name"))),
        is_gated=bool(info.gated),
        base_models=bases if is_model else (),
        datasets=_texts(said.get("datasets")) if is_model else (),
    )


def _told_by_files(api: HfApi, name: str, revision: str, there: set[str]) -> tuple[str, ...]:
    """Name what a model was made from by the files of adapters and merges, where its card is silent."""
    for path, read in ((ADAPTER, base_of_adapter), (MERGE, parts_of_merge)):
        if path not in there:
            continue
        with tempfile.TemporaryDirectory(prefix="origin-") as cache:
            try:
                found = hf_hub_download(
                    name,
                    path,
                    revision=revision,
                    cache_dir=cache,
                    endpoint=api.endpoint,
                    force_download=True,
                    token=api.token,
                )
            except GatedRepoError:
                continue  # what we may not read tells nothing, and that it is gated is told
            with Path(found).open("rb") as file:
                content = file.read(MAX_FILE)
        if bases := read(content):
            return bases[:_LISTED]
    return ()


def _texts(value: object) -> tuple[str, ...]:
    """Take the short texts of what a card says once or as a list."""
    listed = value if isinstance(value, list) else [value]
    return tuple(one for one in listed[:_LISTED] if isinstance(one, str) and 0 < len(one) <= _LONGEST)
