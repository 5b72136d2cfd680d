"""Read the licence that a model on the Hub comes with; runs only in the child process."""

from __future__ import annotations

from huggingface_hub import HfApi
from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError

from bot.hub.asking_as import asking_as
from bot.hub.looking import fresh_copy, tree_of

NAMES = ("LICENSE", "LICENCE", "COPYING")
"""How the names of files with a licence begin, in capitals."""
LONGEST = 256 * 1024
"""Bytes of a licence, at most."""


def licence_of(api: HfApi, hub_id: str, origin: str) -> str:
    """Give the text of the LICENSE at the top of what ``hub_id`` was made from.

    Empty without one, or where we may not read it.
    """
    api = asking_as(api, origin, hub_id)
    try:
        commit = str(api.model_info(origin).sha)
        tree = tree_of(api, origin, commit)
        for path, file in sorted(tree.items()):
            if "/" not in path and path.upper().startswith(NAMES) and file.size <= LONGEST:
                with fresh_copy(api, origin, commit, path) as copy:
                    return copy.read_bytes().decode("utf-8")
    except (GatedRepoError, HFValidationError, RepositoryNotFoundError, UnicodeDecodeError):
        pass  # then a person has to bring it, and the gate says so
    return ""
