"""Decide as whom the Hub is asked about what a model was made from; runs only in the child process."""

from __future__ import annotations

from huggingface_hub import HfApi


def asking_as(api: HfApi, name: str, hub_id: str) -> HfApi:
    """Ask about ``name`` with the token where it has the owner of the model to be released, else as anybody.

    A manifest names what it likes: with the token everywhere, it would show what private models of others
    that the token may read are licensed under.
    """
    owner, _, rest = name.partition("/")
    is_own = bool(rest) and owner.casefold() == hub_id.partition("/")[0].casefold()
    return api if is_own else HfApi(api.endpoint, token=False, library_name=api.library_name)
