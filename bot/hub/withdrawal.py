"""Take versions of a model off the Hub, hidden first and then for good; runs only in the child process."""

from __future__ import annotations

from contextlib import suppress

from huggingface_hub import CommitOperationDelete, HfApi, get_session, get_token, hf_hub_url
from huggingface_hub.errors import RevisionNotFoundError
from huggingface_hub.hf_api import RepoFile

from bot.hub.errors import HubRefused, HubUnavailable
from bot.hub.jobs import Published
from bot.hub.looking import find_model, tags_of
from bot.hub.rollback import files_of, go_back, held
from bot.hub.staging import MAIN
from bot.hub.versions import newest, precedence
from bot.hub.ways_back import Hidden, Leak

_GONE = (404, 410)
"""What the Hub answers when it has no such file."""


def hide(api: HfApi, hub_id: str) -> Hidden:
    """Make a model private, and read back that it is."""
    info = find_model(api, hub_id)
    if info is None:
        raise HubRefused(f"{hub_id} does not exist on the Hub, or the Hub token may not see it.")
    if not info.private:
        api.update_repo_settings(hub_id, visibility="private")
        now = find_model(api, hub_id)
        if now is None or not now.private:
            raise HubUnavailable(f"{hub_id} is not private yet.")
    return Hidden(f"{api.endpoint}/{hub_id}", was_public=not info.private)


def look_at_leak(api: HfApi, hub_id: str, versions: list[str]) -> Leak:
    """Find what only the named versions hold, and what it takes that people cannot get it any more.

    Raises HubRefused when one of them is not there.
    """
    info = find_model(api, hub_id)
    if info is None:
        raise HubRefused(f"{hub_id} does not exist on the Hub, or the Hub token may not see it.")
    head, tags = str(info.sha), tags_of(api, hub_id)
    missing = [version for version in versions if f"v{version}" not in tags]
    if missing:
        raise HubRefused(
            f"{hub_id} has no version {', '.join(missing)} on the Hub; nothing was deleted.",
            "Name versions that are there; /release-status lists them.",
        )
    named = {f"v{version}": tags[f"v{version}"] for version in versions}
    leaked = [file for commit in named.values() for file in files_of(api, hub_id, commit).values()]
    main = files_of(api, hub_id, head)
    main_is_named = any(_same_files(main, files_of(api, hub_id, commit)) for commit in named.values())
    kept = _kept(api, hub_id, named, None if main_is_named else main)
    large = {file.lfs.sha256: held(file) for file in leaked if file.lfs}
    elsewhere = {
        file.lfs.sha256: where for where, files in kept.items() for file in files.values() if file.lfs
    }
    small = {file.path for file in leaked if not file.lfs}
    back_to = _to_go_back_to(tags, named) if main_is_named else _gone_back_to(api, hub_id, head, tags, main)
    return Leak(
        head=head,
        versions=named,
        doomed=tuple(large[sha] for sha in sorted(large.keys() - elsewhere.keys())),
        shared=tuple(
            f"{large[sha].path} (also in {elsewhere[sha]})" for sha in sorted(large.keys() & elsewhere.keys())
        ),
        small=tuple(sorted(small)),
        back_to=back_to,
        back_to_commit=tags.get(back_to, ""),
        empties=main_is_named and not back_to,
        squashes=bool(small) and not _is_in_history_of_others(api, hub_id, named),
    )


def step_back(api: HfApi, hub_id: str, leak: Leak, message: str) -> Published:
    """Give main the files of a version that is not withdrawn, or none, when it holds one that is."""
    info = find_model(api, hub_id)
    now = str(info.sha) if info else ""
    there = files_of(api, hub_id, now)
    if leak.back_to:
        earlier = files_of(api, hub_id, leak.back_to_commit)
        if _same_files(there, earlier):
            return Published(now)
        wanted = tuple(held(file) for file in earlier.values())
        return go_back(api, hub_id, leak.head, leak.back_to_commit, wanted, message)
    if not leak.empties or not there:
        return Published(now)
    if now != leak.head:
        raise HubRefused(
            f"Somebody changed {hub_id} meanwhile; nothing was deleted.", "Look at it, then start again."
        )
    removals = [CommitOperationDelete(path, is_folder=False) for path in sorted(there)]
    commit = api.create_commit(hub_id, removals, commit_message=message, parent_commit=now, revision=MAIN)
    return Published(str(commit.oid))


def erase(api: HfApi, hub_id: str, leak: Leak, message: str) -> Published:
    """Delete for good what main's history leads to and the named versions' own large files.

    Their tags stay until all that is done, so that a withdrawal that broke off can be asked for again.
    Raises HubRefused when something else needs one of the large files by now, and HubUnavailable when the Hub
    still gives one of them out. Gives the head of main.
    """
    doomed = {file.sha256 for file in leak.doomed}
    main = files_of(api, hub_id, MAIN)
    for where, files in _kept(api, hub_id, leak.versions, main).items():
        needed = [file.path for file in files.values() if file.lfs and file.lfs.sha256 in doomed]
        if needed:
            raise HubRefused(
                f"{where} of {hub_id} holds {needed[0]} too by now; nothing was deleted for good.",
                "Look at it, then start the withdrawal again.",
            )
    if leak.squashes and _history(api, hub_id, MAIN) & set(leak.versions.values()):
        if _is_in_history_of_others(api, hub_id, leak.versions):
            raise HubRefused(
                f"Another version or branch of {hub_id} is built on what is withdrawn by now; its history "
                "was not replaced, and nothing was deleted for good.",
                "Look at it, then start the withdrawal again.",
            )
        api.super_squash_history(hub_id, branch=MAIN, commit_message=message)
    # History is not rewritten: that would give every later version, which nobody named, another commit.
    api.permanently_delete_lfs_files(
        hub_id, [one for one in api.list_lfs_files(hub_id) if one.file_oid in doomed], rewrite_history=False
    )
    for file in leak.doomed:
        for commit in leak.versions.values():
            if _is_given_out(api, hub_id, commit, file.path):
                raise HubUnavailable(f"The Hub still gives out {file.path}, though it was told to delete it.")
    info = find_model(api, hub_id)
    if info is None:
        raise HubUnavailable(f"{hub_id} was there a moment ago and is not now.")
    return Published(str(info.sha))


def drop_tags(api: HfApi, hub_id: str, versions: dict[str, str]) -> None:
    """Delete the tags of the named versions. Raises HubRefused when one stands on another commit by now."""
    for name, commit in versions.items():
        stands = tags_of(api, hub_id).get(name)
        if stands not in (None, commit):
            raise HubRefused(
                f"The tag {name} of {hub_id} stands on another commit by now; it was not deleted.",
                "Look at it, then start the withdrawal again.",
            )
        if stands is not None:
            with suppress(RevisionNotFoundError):  # gone already is as good
                api.delete_tag(hub_id, tag=name)


def _is_given_out(api: HfApi, hub_id: str, commit: str, path: str) -> bool:
    """Ask for the first byte of a file, as somebody does who knows its commit.

    What the Hub leads to elsewhere may be missing with 403 too: stores that list nothing to strangers say so.
    """
    url = hf_hub_url(hub_id, path, revision=commit, endpoint=api.endpoint)
    headers = {"Authorization": f"Bearer {api.token or get_token()}", "Range": "bytes=0-0"}
    with get_session().stream("GET", url, headers=headers) as answer:  # whatever it ignores of the range
        if answer.is_success:
            return True
        is_the_hub = not answer.history
        if answer.status_code in _GONE or (answer.status_code == 403 and not is_the_hub):
            return False
        if answer.status_code in (401, 403):
            raise HubRefused(
                f"The Hub token may not see {hub_id} any more, so whether {path} is gone is not known.",
                "Ask the operator to set a Hub token that may, then start the withdrawal again.",
            )
        raise HubUnavailable(f"The Hub answered with status {answer.status_code}.")


def _kept(
    api: HfApi, hub_id: str, named: dict[str, str], main: dict[str, RepoFile] | None
) -> dict[str, dict[str, RepoFile]]:
    """Give the files of everything that nobody named: other tags, other branches, pull requests, and main."""
    refs = api.list_repo_refs(hub_id, include_pull_requests=True)
    places = {f"the tag {one.name}": one.target_commit for one in refs.tags if one.name not in named}
    places |= {f"the branch {one.name}": one.target_commit for one in refs.branches if one.name != MAIN}
    places |= {f"the pull request {one.ref}": one.target_commit for one in refs.pull_requests or []}
    kept = {where: files_of(api, hub_id, commit) for where, commit in places.items()}
    return kept | ({f"the branch {MAIN}": main} if main is not None else {})


def _is_in_history_of_others(api: HfApi, hub_id: str, named: dict[str, str]) -> bool:
    refs = api.list_repo_refs(hub_id, include_pull_requests=True)
    others = [one.name for one in refs.tags if one.name not in named]
    others += [one.name for one in refs.branches if one.name != MAIN]
    others += [one.ref for one in refs.pull_requests or []]
    return any(_history(api, hub_id, ref) & set(named.values()) for ref in others)


def _history(api: HfApi, hub_id: str, ref: str) -> set[str]:
    return {one.commit_id for one in api.list_repo_commits(hub_id, revision=ref)}


def _to_go_back_to(tags: dict[str, str], named: dict[str, str]) -> str:
    """Find the highest version that is below every named one and no pre-release; empty without one."""
    lowest = min(place for name in named if (place := precedence(name)) is not None)
    return newest(
        [
            name
            for name, commit in tags.items()
            if (place := precedence(name)) is not None
            and place < lowest
            and place[1]
            and commit not in named.values()
        ]
    )


def _gone_back_to(api: HfApi, hub_id: str, head: str, tags: dict[str, str], main: dict[str, RepoFile]) -> str:
    """Find the version whose files main got from a withdrawal that broke off; empty when it has a tag."""
    if head in tags.values():
        return ""
    versions = [name for name in tags if precedence(name) is not None]
    return newest([name for name in versions if _same_files(main, files_of(api, hub_id, tags[name]))])


def _same_files(one: dict[str, RepoFile], other: dict[str, RepoFile]) -> bool:
    return {path: file.blob_id for path, file in one.items()} == {
        path: file.blob_id for path, file in other.items()
    }
