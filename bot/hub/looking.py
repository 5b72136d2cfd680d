"""Look at what a model is on the Hub now; runs only in the child process."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from huggingface_hub import HfApi, ModelInfo, hf_hub_download
from huggingface_hub.errors import RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile

from bot.hub.errors import HubRefused

HUBS_OWN = frozenset({".gitattributes"})
"""Files the Hub puts into a new repository itself."""


def find_model(api: HfApi, hub_id: str) -> ModelInfo | None:
    """Look at a repository; None when there is none. Raises HubRefused when it goes by another name now."""
    try:
        info = api.model_info(hub_id)
    except RepositoryNotFoundError:
        return None
    if info.id != hub_id:
        raise HubRefused(
            f"{hub_id} is called {info.id} on the Hub; it was not touched.",
            f"Set hub_id: {info.id} in the manifest if the model belongs there, or choose another one.",
        )
    return info


def tags_of(api: HfApi, hub_id: str) -> dict[str, str]:
    """Give the commit of every tag by its name."""
    return {one.name: one.target_commit for one in api.list_repo_refs(hub_id).tags}


def tree_of(api: HfApi, hub_id: str, revision: str) -> dict[str, RepoFile]:
    """Give every file of a revision by its path."""
    entries = api.list_repo_tree(hub_id, recursive=True, revision=revision)
    return {entry.path: entry for entry in entries if isinstance(entry, RepoFile)}


@contextmanager
def fresh_copy(api: HfApi, hub_id: str, commit: str, path: str) -> Iterator[Path]:
    """Download a file from the Hub itself, whatever lies in a cache, for as long as it is looked at."""
    cache = Path(tempfile.mkdtemp(prefix="verify-"))
    try:
        yield Path(
            hf_hub_download(
                hub_id,
                path,
                revision=commit,
                cache_dir=cache,
                force_download=True,
                endpoint=api.endpoint,
                token=api.token,
            )
        )
    finally:
        shutil.rmtree(cache)


def changed_since(hub_id: str) -> HubRefused:
    """Say that somebody else changed the model meanwhile."""
    return HubRefused(
        f"Somebody changed {hub_id} after it was verified; that change was not replaced.",
        "Look at that change, then start the release again.",
    )
