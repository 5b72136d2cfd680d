"""Commits with the accounts behind them, and comparisons, as routes need them."""

from __future__ import annotations

from bot.sandbox.github import content, git
from bot.sandbox.github.calls import Call, in_thread
from bot.sandbox.github.problems import Problem, not_found
from bot.sandbox.github.records import Repository
from bot.sandbox.github.shapes import git_objects as shapes
from bot.sandbox.github.shapes.view import Json


def shape(call: Call, commit: git.Commit, changes: list[git.Change] | None = None) -> Json:
    """Shape a commit of the path's repository with the accounts its addresses belong to."""
    return shapes.commit(
        call.view,
        call.repository,
        commit,
        author=content.signer(call.house, commit.author.email),
        committer=content.signer(call.house, commit.committer.email),
        changes=changes,
    )


async def find(call: Call, revision: str) -> git.Commit:
    """Find a commit of the path's repository; raises GitHub's 422 for a name that stands for none."""
    sha = await in_thread(call.git.resolve, revision)
    commit = await in_thread(call.git.commit, sha) if sha else None
    if commit is None:
        raise Problem(422, f"No commit found for SHA: {revision}")
    return commit


async def changes_of(call: Call, commit: git.Commit) -> list[git.Change]:
    """List what a commit changed against its first parent."""
    before = commit.parents[0] if commit.parents else git.EMPTY_TREE
    return await in_thread(call.git.changes, before, commit.sha)


def network(call: Call, repository: Repository) -> int:
    """Name the network of forks a repository belongs to, by its first repository."""
    while repository.parent_id is not None:
        parent = call.store.repositories.get(repository.parent_id)
        if parent is None:
            break
        repository = parent
    return repository.id


def repository_of(call: Call, label: str, head_repo: str | None = None) -> tuple[Repository, str]:
    """Read ``branch`` or ``owner:branch``: the repository of the network meant, and the branch.

    Raises a 404 Problem when the owner has none.
    """
    owner, colon, branch = label.partition(":")
    if not colon:
        return call.repository, label
    account = call.store.accounts.one(login=owner.lower())
    if account is not None:
        wanted = network(call, call.repository)
        for each in call.store.repositories.all(owner=account.id):
            if network(call, each) == wanted and head_repo in (None, each.name):
                return each, branch
    raise not_found()


async def bring(call: Call, source: Repository, sha: str, ref: str) -> None:
    """Have a commit of another repository of the network at hand in the path's, under ``ref``."""
    if source.id == call.repository.id:
        await in_thread(call.git.update, ref, sha)
    else:
        await in_thread(call.git.fetch, call.house.folder(source), sha, ref)
