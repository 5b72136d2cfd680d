"""Find out what became of publishing when it broke off; runs only in the child process."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from bot.hub.jobs import PublishedFile, Settled
from bot.hub.looking import find_model, tree_of
from bot.hub.matching import is_complete

_NO_TOKEN = (401, 403)
"""Answers to a token that was revoked, or may do nothing any more."""


def settle(api: HfApi, hub_id: str, folder: Path, files: tuple[PublishedFile, ...], public: bool) -> Settled:
    """Tell whether main holds exactly these files, for everybody if they shall be public.

    With a token that is worth nothing any more the Hub is asked as anybody would; what shall be private can
    then not be told.
    """
    try:
        api.whoami()
    except HfHubHTTPError as error:
        if error.response.status_code not in _NO_TOKEN:
            raise
        if not public:
            return Settled(is_known=False)
        api = HfApi(api.endpoint, token=False, library_name=api.library_name)
    info = find_model(api, hub_id)
    if info is None or (public and info.private):
        return Settled()
    is_there = is_complete(tree_of(api, hub_id, str(info.sha)), folder, files)
    return Settled(is_published=is_there)
