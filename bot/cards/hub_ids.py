"""Tell names on the Hub from paths on somebody's disk."""

from __future__ import annotations

import re

_HUB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?")
_CHECKPOINT = re.compile(r"checkpoint[-_]?\d{1,9}$")
_DATA_FILES = (".arrow", ".csv", ".gz", ".json", ".jsonl", ".parquet", ".tsv", ".txt", ".zip", ".zst")
_FOLDERS = re.compile(
    r"(adapters?|checkpoints?|ckpts?|data|exp(eriment)?s?|finetuned|home|loras?|logs?|merged|mnt|models?|out(put)?s?"
    r"|pretrained|results?|root|runs?|saved?|saved_models?|saves|tmp|train(ing)?|weights|work(space)?)",
    re.IGNORECASE,
)
"""First parts of names that are folders people train into far more often than owners on the Hub."""


def is_hub_id(name: str) -> bool:
    """Tell whether a name can be a repository on the Hub rather than a path on somebody's disk.

    Source: huggingface_hub 2.4, ``utils/_validators.py``, ``validate_repo_id``.
    """
    return bool(_HUB_ID.fullmatch(name)) and len(name) <= 96 and ".." not in name and "--" not in name


def names_a_model(name: str) -> bool:
    """Tell whether what a trainer noted as the origin names a model on the Hub, not a folder of its own."""
    owner, slash, rest = name.partition("/")
    return bool(slash) and is_hub_id(name) and not _FOLDERS.fullmatch(owner) and not _CHECKPOINT.search(rest)


def names_a_dataset(name: str) -> bool:
    """Tell whether a name can be that of a dataset on the Hub, not of a file on somebody's disk."""
    return is_hub_id(name) and not name.lower().endswith(_DATA_FILES)


def is_of_a_run(folder: str) -> bool:
    """Tell whether a folder is named for what people do in it, such as ``output`` or ``checkpoint-500``."""
    return bool(_FOLDERS.fullmatch(folder) or _CHECKPOINT.search(folder))
