"""Prepare a release with a token for one repository, as trusted publishers have; runs only in the child.

The Hub's client exchanges the job's identity for that token, and again before it is too old
(huggingface_hub, ``_get_token_from_oidc``; Hub documentation, "Trusted Publishers").
"""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import HfApi, get_token

from bot.hub.errors import HubRefused
from bot.hub.jobs import Prospect, PublishedFile, Staged
from bot.hub.looking import HUBS_OWN, find_model, tree_of
from bot.hub.operations import found_at
from bot.hub.staging import Found, check_place, staging_branch


def prove() -> None:
    """Exchange the job's identity for a token. Raises OIDCError or HfHubHTTPError when that cannot be."""
    get_token()


def stage(
    api: HfApi,
    hub_id: str,
    folder: Path,
    files: tuple[PublishedFile, ...],
    release: str,
    tag: str,
    public: bool,
) -> Staged:
    """Name the branch of the model's own repository to prepare the files on, as no other may be written to.

    Raises HubRefused when there is no such repository, or it is not as public as it shall be, as neither is
    changed here; and as :func:`check_place` does.
    """
    url = f"{api.endpoint}/{hub_id}"
    found = _place(api, hub_id, folder, files, tag, public)
    if found.complete:
        return Staged(url, hub_id, found.head, complete=True)
    return Staged(url, hub_id, found.head, branch=staging_branch(hub_id, release))


def look(
    api: HfApi,
    hub_id: str,
    folder: Path,
    files: tuple[PublishedFile, ...],
    release: str,
    tag: str,
    public: bool,
) -> Prospect:
    """Say what publishing would find and change, and touch nothing."""
    try:
        found = _place(api, hub_id, folder, files, tag, public)
    except HubRefused as error:
        return Prospect(hindrance=error.message, next_step=error.next_step)
    removes = sorted(tree_of(api, hub_id, found.head).keys() - {file.path for file in files} - HUBS_OWN)
    branch = staging_branch(hub_id, release)
    return Prospect(True, found.private, found.head, found.complete, tuple(removes), branch=branch)


def _place(
    api: HfApi, hub_id: str, folder: Path, files: tuple[PublishedFile, ...], tag: str, public: bool
) -> Found:
    info = find_model(api, hub_id)
    if info is None:
        raise HubRefused(
            f"{hub_id} is not there, and a trusted publisher cannot make it.",
            "Make it on the Hub, and add this workflow to its trusted publishers.",
        )
    if info.private == public:
        is_now, shall = ("private", "public") if public else ("public", "private")
        raise HubRefused(
            f"{hub_id} is {is_now} and shall be {shall}; a trusted publisher's release does not change that.",
            f"Make it {shall} on the Hub, or change visibility in the manifest.",
        )
    found = found_at(api, hub_id, folder, files, tag, public)
    check_place(found, tag, public=public)
    return found
