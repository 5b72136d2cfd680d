"""Make the place in which a release is prepared, and clear it again; runs only in the child process."""

from __future__ import annotations

from huggingface_hub import HfApi

from bot.hub.errors import HubRefused
from bot.hub.jobs import Staged
from bot.hub.looking import HUBS_OWN, find_model, tree_of
from bot.hub.staging import MAIN, is_beside


def prepare(api: HfApi, staged: Staged) -> str:
    """Make the place unless it is there, and give the commit an upload builds on.

    A repository that is made is private. Raises HubRefused when there is one by now that is not.
    """
    where = staged.repository
    if staged.is_new or not staged.branch:
        api.create_repo(where, private=True, exist_ok=True)
        info = find_model(api, where)
        if info is None or not info.private:
            raise HubRefused(
                f"{where}, where the release is prepared, is not private.",
                "Delete it on the Hub, or choose another hub_id; then start the release again.",
            )
    if staged.branch:
        api.create_branch(where, branch=staged.branch, revision=staged.base or MAIN, exist_ok=True)
    return str(api.model_info(where, revision=staged.branch or MAIN).sha)


def clear(api: HfApi, staged: Staged, is_abandoned: bool) -> None:
    """Delete the place in which a release was prepared, if it is there.

    That is the private repository beside the model, or a branch of the model's own. A model's own repository
    goes only when this release made it, publishing was never begun, and nobody put anything into it.
    """
    where = staged.left or staged.repository
    info = find_model(api, where)
    if info is None or (staged.complete and not staged.left):
        return
    is_given_up = staged.is_new and is_abandoned and bool(info.private)
    if is_beside(where) or (is_given_up and _is_untouched(api, staged)):
        api.delete_repo(where, missing_ok=True)
    elif staged.branch:
        drop_branch(api, where, staged.branch)


def drop_branch(api: HfApi, hub_id: str, branch: str) -> None:
    """Delete a branch, if it is there."""
    if branch in (one.name for one in api.list_repo_refs(hub_id).branches):
        api.delete_branch(hub_id, branch=branch)


def _is_untouched(api: HfApi, staged: Staged) -> bool:
    """Tell whether a repository holds the Hub's own first commit, the branch of its release, and no more."""
    where = staged.repository
    refs = api.list_repo_refs(where, include_pull_requests=True)
    others = [*refs.tags, *(refs.pull_requests or [])]
    branches = {one.name for one in refs.branches} - {MAIN, staged.branch}
    has_files = bool(tree_of(api, where, MAIN).keys() - HUBS_OWN)
    return not others and not branches and not has_files and len(list(api.list_repo_commits(where))) == 1
