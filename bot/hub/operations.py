"""The steps of publishing as the Hub's own client does them; runs only in the child process."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi
from huggingface_hub.errors import FileDuplicationError, HfHubHTTPError
from huggingface_hub.hf_api import GitCommitInfo, GitRefs

from bot.hub.afresh import differences
from bot.hub.copying import copies_from, is_about_copying
from bot.hub.errors import HubRefused, HubUnavailable
from bot.hub.jobs import Access, Prospect, Published, PublishedFile, Staged, Uploaded, Verified
from bot.hub.looking import HUBS_OWN, changed_since, find_model, tags_of, tree_of
from bot.hub.matching import is_complete, is_same_content
from bot.hub.moving import Report
from bot.hub.preparing import drop_branch, prepare
from bot.hub.sending import send
from bot.hub.staging import (
    MAIN,
    Found,
    check_place,
    give_way,
    is_staging_branch,
    place_of,
    staging_branch,
    staging_repository,
)
from bot.hub.tagging import make_tag
from bot.hub.ways_back import withdrawn_in

_READS_ONLY = "read"
_OUR_COMMITS = 2
"""Commits a first release leaves in its repository: the Hub's own first one, and the release."""
_MOST_ATTEMPTS = 10
"""Commits of attempts at one version that are looked at; each that broke off late may have left one."""


def access(api: HfApi) -> Access:
    """Ask whose token this is. Raises HubRefused when it can only read."""
    answer: dict[str, Any] = api.whoami()
    role = str(((answer.get("auth") or {}).get("accessToken") or {}).get("role", "unknown"))
    name = str(answer.get("name", ""))
    if role == _READS_ONLY:
        raise HubRefused(
            f"The Hub token of {name} can only read.",
            "Ask the operator to set a token that may write.",
        )
    organisations = tuple(str(one.get("name")) for one in answer.get("orgs") or [])
    return Access(name, role, organisations)


def stage(
    api: HfApi,
    hub_id: str,
    folder: Path,
    files: tuple[PublishedFile, ...],
    release: str,
    tag: str,
    public: bool,
    withdrawn: Sequence[str],
) -> Staged:
    """Find the place in which the files may be prepared; nothing is written.

    It is where :func:`place_of` says, and nowhere when the model already holds exactly these files.
    ``withdrawn`` names versions whose withdrawal is known besides from its history. Raises HubRefused as
    :func:`check_place` does.
    """
    access(api)
    url = f"{api.endpoint}/{hub_id}"
    found = None
    if find_model(api, hub_id) is not None:
        found = found_at(api, hub_id, folder, files, tag, public, staging_branch(hub_id, release))
        check_place(found.knowing(withdrawn), tag, public=public)
        if found.complete:
            left = staging_repository(hub_id, release)
            return Staged(url, hub_id, found.head, complete=True, left=left)
    base = found.head if found else ""
    repository, branch = place_of(hub_id, release, found, public=public)
    is_new = found is None or (public and bool(branch))
    return Staged(url, repository, base, branch=branch, is_new=is_new)


def look(
    api: HfApi,
    hub_id: str,
    folder: Path,
    files: tuple[PublishedFile, ...],
    release: str,
    tag: str,
    public: bool,
    withdrawn: Sequence[str],
) -> Prospect:
    """Say what publishing would find and change, and touch nothing."""
    access(api)
    try:
        if find_model(api, hub_id) is None:
            return Prospect(branch=staging_branch(hub_id, release))
        found = found_at(api, hub_id, folder, files, tag, public, staging_branch(hub_id, release))
        check_place(found.knowing(withdrawn), tag, public=public)
    except HubRefused as error:
        return Prospect(is_there=True, hindrance=error.message, next_step=error.next_step)
    removes = sorted(tree_of(api, hub_id, found.head).keys() - {file.path for file in files} - HUBS_OWN)
    _, branch = place_of(hub_id, release, found, public=public)
    return Prospect(True, found.private, found.head, found.complete, tuple(removes), branch=branch)


def upload(
    api: HfApi,
    staged: Staged,
    folder: Path,
    files: tuple[PublishedFile, ...],
    message: str,
    report: Report,
) -> Uploaded:
    """Make the place in which the release is prepared, and bring all files there in one commit.

    Raises HubRefused when somebody else put something there.
    """
    head = prepare(api, staged)
    there = tree_of(api, staged.repository, head)
    is_ours = head == staged.base or not there.keys() - HUBS_OWN or is_complete(there, folder, files)
    if not is_ours:
        raise HubRefused(
            f"Somebody else changed {staged.repository}, where the release is prepared; nothing was "
            "overwritten.",
            "Look at that change, then start the release again.",
        )
    branch = staged.branch or MAIN
    sent = send(api, staged.repository, folder, files, head, message, report, branch, {}, is_verified=True)
    return Uploaded(sent)


def verify(
    api: HfApi, hub_id: str, commit: str, files: tuple[PublishedFile, ...], report: Report
) -> Verified:
    """Download every file afresh and hash it again; look for files nobody asked for.

    Raises HubRefused naming what differs.
    """
    wrong = differences(api, hub_id, commit, files, _is_content, report)
    if wrong:
        raise HubRefused(
            f"What arrived in {hub_id} is not what was approved: {'; '.join(wrong[:5])}.",
            "Look at the repository on the Hub, then start the release again.",
        )
    return Verified(commit, len(files), sum(file.size for file in files))


def publish(
    api: HfApi,
    hub_id: str,
    folder: Path,
    files: tuple[PublishedFile, ...],
    staged: Staged,
    release: str,
    tag: str,
    message: str,
    public: bool,
    report: Report,
) -> Published:
    """Bring the files to the main branch in one commit, and make the repository public if it shall be.

    Large files that were prepared in the same repository are there already; from the one beside it the Hub
    copies those it can, and the others are sent again. Raises HubRefused as :func:`check_place` does, and
    when main was changed by somebody else since.
    """
    own = staging_branch(hub_id, release)
    if find_model(api, hub_id) is None:
        if staged.base:
            raise changed_since(hub_id)
        api.create_repo(hub_id, private=True, exist_ok=True)
    found = found_at(api, hub_id, folder, files, tag, public, own)
    if found.head != staged.base and not found.complete and (staged.base or not found.empty):
        raise changed_since(hub_id)
    if public and found.private:
        give_way(found, own)
    check_place(found, tag, public=public)
    landed = _land(api, hub_id, folder, files, staged, found.head, message, report)
    if public and found.private:
        drop_branch(api, hub_id, own)
    found = found_at(api, hub_id, folder, files, tag, public)
    if found.head != landed or not found.complete:
        raise changed_since(hub_id)
    check_place(found, tag, public=public)
    if public and found.private:
        api.update_repo_settings(hub_id, visibility="public")
    _confirm(api, hub_id, landed, public)
    return Published(landed)


def tag(api: HfApi, hub_id: str, name: str, commit: str, message: str) -> None:
    """Put a tag on the commit.

    The same tag on the same commit is fine. Raises HubRefused when it stands on another one.
    """
    if name not in tags_of(api, hub_id):
        make_tag(api, hub_id, name, commit, message)
    if tags_of(api, hub_id).get(name) != commit:
        raise HubRefused(
            f"{hub_id} already has a tag {name} on another commit; it was not moved.",
            "Release under a new version.",
        )


def found_at(
    api: HfApi,
    hub_id: str,
    folder: Path,
    files: tuple[PublishedFile, ...],
    tag: str,
    public: bool,
    own_branch: str = "",
) -> Found:
    """Look at what is at a Hub id now, against the files of a release.

    ``own_branch`` is the one this release is prepared on, which goes before anybody else may see it.
    """
    info = find_model(api, hub_id)
    if info is None:
        raise HubUnavailable(f"{hub_id} was there a moment ago and is not now.")
    head, private = str(info.sha), bool(info.private)
    there = tree_of(api, hub_id, head)
    refs = api.list_repo_refs(hub_id, include_pull_requests=True)
    # Of what is public, or stays private, nobody sees more than before.
    history = api.list_repo_commits(hub_id) if private and public else []
    return Found(
        hub_id,
        private=private,
        head=head,
        complete=is_complete(there, folder, files),
        same_content=is_same_content(there, folder, files),
        empty=not there.keys() - HUBS_OWN,
        tags={one.name: one.target_commit for one in refs.tags},
        is_begun=own_branch in {one.name for one in refs.branches},
        under_way=tuple(
            one.name for one in refs.branches if is_staging_branch(one.name) and one.name != own_branch
        ),
        others=_others(api, hub_id, folder, files, tag, history, refs) if private and public else (),
        withdrawn=withdrawn_in(commit.title for commit in history),
    )


def _others(
    api: HfApi,
    hub_id: str,
    folder: Path,
    files: tuple[PublishedFile, ...],
    tag: str,
    history: Sequence[GitCommitInfo],
    refs: GitRefs,
) -> tuple[str, ...]:
    """Name what a private repository holds besides this release, in its history and beside it."""
    branches = [one.name for one in refs.branches if one.name != MAIN and not is_staging_branch(one.name)]
    found = [f"the branch {name}" for name in branches]
    found += [f"the tag {one.name}" for one in refs.tags if one.name != tag]
    found += [f"the pull request {one.ref}" for one in refs.pull_requests or []]
    commits = [one.commit_id for one in history]
    attempts = [one for one in history if one.title.startswith(f"Release {tag.removeprefix('v')}")]
    only_attempts = len(commits) - len(attempts) <= 1 and len(attempts) <= _MOST_ATTEMPTS
    if len(commits) > _OUR_COMMITS and not only_attempts:
        return (*found, f"a history of {len(commits)} commits")
    for commit in commits:
        there = tree_of(api, hub_id, commit)
        if there.keys() - HUBS_OWN and not is_same_content(there, folder, files):
            found.append(f"the commit {commit[:12]}")
    return tuple(found)


def _land(
    api: HfApi,
    hub_id: str,
    folder: Path,
    files: tuple[PublishedFile, ...],
    staged: Staged,
    parent: str,
    message: str,
    report: Report,
) -> str:
    """Commit the prepared files to main, copied by the Hub as far as it does that; give the commit."""
    is_beside = staged.repository != hub_id
    copies = copies_from(api, staged.repository, files) if is_beside else {}
    try:
        return send(api, hub_id, folder, files, parent, message, report, MAIN, copies)
    except (FileDuplicationError, HfHubHTTPError) as error:
        if not is_about_copying(error):
            raise
    return send(api, hub_id, folder, files, parent, message, report, MAIN, {})


def _confirm(api: HfApi, hub_id: str, landed: str, public: bool) -> None:
    """Read back what publishing came to."""
    info = find_model(api, hub_id)
    if info is None or bool(info.private) == public:
        raise HubUnavailable(f"{hub_id} is not {'public' if public else 'private'} yet.")
    if info.sha != landed:
        raise changed_since(hub_id)


def _is_content(path: Path, file: PublishedFile) -> bool:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256
