"""What follows when a branch or tag moves: events, pull requests brought up to date."""

from __future__ import annotations

from bot.sandbox.github import content, git, pulling
from bot.sandbox.github.calls import Call, in_thread
from bot.sandbox.github.shapes.view import Json
from bot.sandbox.github.store import timestamp

MOST_COMMITS = 2048
"""Commits a push payload lists."""


async def pushed(call: Call, ref: str, before: str | None, after: str | None) -> None:
    """Announce that a ref of the path's repository moved; None where it did not or does not exist."""
    repository = call.repository
    repository.pushed_at = timestamp()
    commits = await _new_commits(call, ref, before, after)
    _credit(call, commits)
    call.store.repositories.save(repository)
    payload = await _payload(call, ref, before, after, commits)
    call.emit("push", None, lambda: payload)
    if before is None or after is None:
        _announce_ref(call, ref, created=before is None)
    await pulling.follow(call, ref, after)


async def _new_commits(call: Call, ref: str, before: str | None, after: str | None) -> list[git.Commit]:
    """List what the push brought, oldest first; a new branch brings what no other one has."""
    if after is None:
        return []
    known = [before] if before else [sha for name, sha in (await _refs(call)).items() if name != ref]
    found = await in_thread(call.git.history, after, *(f"^{sha}" for sha in known), limit=MOST_COMMITS)
    return list(reversed(found))


async def _refs(call: Call) -> dict[str, str]:
    return await in_thread(call.git.refs, "refs/heads/")


def _credit(call: Call, commits: list[git.Commit]) -> None:
    """Count the authors of new commits as contributors."""
    for commit in commits:
        author = content.signer(call.house, commit.author.email)
        if author is not None and author.id not in call.repository.contributor_ids:
            call.repository.contributor_ids.append(author.id)


async def _payload(
    call: Call, ref: str, before: str | None, after: str | None, commits: list[git.Commit]
) -> Json:
    web = f"{call.view.links.base}/{call.view.name(call.repository)}"
    head = await in_thread(call.git.commit, after) if after else None
    forced = bool(before and after) and not await in_thread(call.git.is_ancestor, before or "", after or "")
    return {
        "ref": ref,
        "before": before or git.ZERO,
        "after": after or git.ZERO,
        "created": before is None,
        "deleted": after is None,
        "forced": forced,
        "base_ref": None,
        "compare": f"{web}/compare/{(before or git.ZERO)[:12]}...{(after or git.ZERO)[:12]}",
        "commits": [await _commit(call, each, web) for each in commits],
        "head_commit": await _commit(call, head, web) if head else None,
        "pusher": {"name": call.account.login, "email": content.signature(call.account).email},
    }


async def _commit(call: Call, commit: git.Commit, web: str) -> Json:
    parent = commit.parents[0] if commit.parents else git.EMPTY_TREE
    changed = await in_thread(call.git.names, parent, commit.sha)

    def person(who: git.Signature) -> Json:
        account = content.signer(call.house, who.email)
        named = {"username": account.login} if account else {}
        return {"name": who.name, "email": who.email, **named}

    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "distinct": True,
        "message": commit.message,
        "timestamp": commit.committer.date,
        "url": f"{web}/commit/{commit.sha}",
        "author": person(commit.author),
        "committer": person(commit.committer),
        **changed,
    }


def _announce_ref(call: Call, ref: str, *, created: bool) -> None:
    kind = "tag" if ref.startswith("refs/tags/") else "branch"
    facts: Json = {"ref": ref.split("/", 2)[2], "ref_type": kind, "pusher_type": "user"}
    if created:
        facts |= {
            "full_ref": ref,
            "master_branch": call.repository.default_branch,
            "description": call.repository.description,
        }
    call.emit("create" if created else "delete", None, lambda: facts)
