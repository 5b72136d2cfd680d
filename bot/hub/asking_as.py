"""Decide as whom the Hub is asked about what a model was made from; runs only in the child process."""

from __future__ import annotations

import os

from huggingface_hub import HfApi

RESOURCE = "HF_OIDC_RESOURCE"
"""The variable that names the one repository a trusted publisher's token is for."""


def asking_as(api: HfApi, name: str, hub_id: str) -> HfApi:
    """Ask about ``name`` with the token where it has the owner of the model to be released, else as anybody.

    A manifest names what it likes: with the token everywhere, it would show what private models of others
    that the token may read are licensed under. A trusted publisher's token is for the model alone.
    """
    owner, _, rest = name.partition("/")
    is_own = bool(rest) and owner.casefold() == hub_id.partition("/")[0].casefold()
    is_good_there = is_own and RESOURCE not in os.environ
    return api if is_good_there else HfApi(api.endpoint, token=False, library_name=api.library_name)
