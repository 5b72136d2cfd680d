"""Put files on branches, and open pull requests from them: many-object work, done with PyGithub."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import github
from github import InputGitTreeElement
from github.NamedUser import NamedUser
from github.Repository import Repository

from bot.actions import FileChange
from bot.aside import aside
from bot.errors import RefusedError, TransientError
from bot.github.client import InstallationClient
from bot.github.limits import understand
from bot.github.permissions import needs
from bot.github.session import USER_AGENT
from bot.rendering import fit

BRANCH_NAMES = 9
"""How many names are tried for a branch before giving up."""

WEB_FLOW = "web-flow"
"""The account that commits what GitHub itself signs for an author ("About commit signature verification")."""

_Result = TypeVar("_Result")


class FileWrites:
    """Writes commits and pull requests."""

    client: InstallationClient

    @needs(contents="write")
    async def commit_files(
        self, repository: str, branch: str, expected_head: str, files: Sequence[FileChange], message: str
    ) -> str:
        """Commit files on top of a branch and give the commit; the same content again makes no commit.

        Raises:
            RefusedError: the branch has moved on, is protected, or is gone.
        """

        def work(remote: Repository) -> str:
            reference = remote.get_git_ref(f"heads/{branch}")
            head = reference.object.sha
            commit = _commit(remote, head, files, message)
            if commit == head:
                return head
            if head != expected_head:
                raise RefusedError(f"the branch {branch} has new commits", 409)
            reference.edit(commit, force=False)
            return commit

        return await self._with_pygithub(repository, 3, work)

    @needs(contents="write", pull_requests="write")
    async def open_pull_request(
        self,
        repository: str,
        *,
        base: str,
        start: str,
        branch: str,
        files: Sequence[FileChange],
        title: str,
        body: str,
    ) -> int:
        """Put files on a branch of the bot's own and open a pull request from it; give its number.

        A pull request that is already open from that branch gets the new content instead of a twin. A
        branch of that name with somebody else's work on it stays as it is: ours is then called ``-2``, or
        the next that is free.
        """
        own = await self.client.login()

        def work(remote: Repository) -> int:
            commit = _commit(remote, start, files, title)
            if commit == start:
                raise RefusedError(f"{base} already has exactly this content", 422)
            name = _put_on_branch(remote, branch, start, commit, own)
            owner = repository.split("/", 1)[0]
            for pull in remote.get_pulls(state="open", base=base, head=f"{owner}:{name}"):
                return pull.number
            return remote.create_pull(base=base, head=name, title=title, body=fit(body)).number

        return await self._with_pygithub(repository, 4, work)

    async def _with_pygithub(
        self, repository: str, writes: int, work: Callable[[Repository], _Result]
    ) -> _Result:
        """Do many-object work with PyGithub in a thread, in turn with the installation's other writes."""
        # PyGithub follows a renamed repository's redirects for reads alone, so it gets the name of today. And
        # it gets no second token when GitHub takes the first no more, so it gets one that was just good.
        name = (await self.client.get(f"/repos/{repository}"))["full_name"]
        token = await self.client.token(name)

        def run() -> _Result:
            connection = github.Github(
                base_url=self.client.base_url,
                auth=github.Auth.Token(token),
                user_agent=USER_AGENT,
                retry=None,
                seconds_between_requests=None,
                seconds_between_writes=None,
                lazy=True,
            )
            with connection:
                return work(connection.get_repo(name))

        async with self.client.turn(writes):
            try:
                return await aside(run)
            except github.GithubException as error:
                message = str(error.message or error.data)
                raise understand(error.status, error.headers or {}, message) from error
            except OSError as error:
                raise TransientError(f"GitHub could not be reached: {type(error).__name__}") from error


def _commit(remote: Repository, parent: str, files: Sequence[FileChange], message: str) -> str:
    """Make a commit with files changed on top of ``parent``; give ``parent`` when nothing changes."""
    before = remote.get_git_commit(parent)
    elements = [InputGitTreeElement(file.path, "100644", "blob", content=file.content) for file in files]
    tree = remote.create_git_tree(elements, base_tree=before.tree)
    if tree.sha == before.tree.sha:
        return parent
    return remote.create_git_commit(message, tree, [before]).sha


def _put_on_branch(remote: Repository, wanted: str, start: str, commit: str, own: str) -> str:
    """Point a branch that is free, or holds only the bot's own work, at a commit; give its name."""
    heads = {ref.ref: ref for ref in remote.get_git_matching_refs(f"heads/{wanted}")}
    for name in (wanted, *(f"{wanted}-{number}" for number in range(2, BRANCH_NAMES + 1))):
        head = heads.get(f"refs/heads/{name}")
        if head is None:
            remote.create_git_ref(f"refs/heads/{name}", commit)
            return name
        if _is_all_own(remote, start, head.object.sha, own):
            head.edit(commit, force=True)
            return name
    raise RefusedError(f"the branch {wanted} and those numbered after it hold somebody else's work", 409)


def _is_all_own(remote: Repository, start: str, head: str, own: str) -> bool:
    """Tell whether the bot made, and nobody remade, every commit a branch has on top of where we start."""
    try:
        comparison = remote.compare(start, head)
    except github.UnknownObjectException:  # no common history
        return False
    commits = list(comparison.commits)
    return len(commits) == comparison.ahead_by and all(
        _login(commit.author) == own and _login(commit.committer) in (own, WEB_FLOW) for commit in commits
    )


def _login(account: NamedUser | None) -> str:
    """Name a commit's account; git's own names are no proof, and most of them belong to no account."""
    return account.login if account is not None else ""
