"""Write to GitHub, one call per act; only :mod:`bot.apply` uses it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import github
from github import InputGitTreeElement
from github.NamedUser import NamedUser
from github.Repository import Repository

from bot.actions import Annotation, FileChange, ReportCheck
from bot.errors import RefusedError, TransientError
from bot.github.client import USER_AGENT, InstallationClient
from bot.github.limits import understand
from bot.github.permissions import needs

ANNOTATIONS_PER_REQUEST = 50
"""Annotations a check run takes in one request; more are added by updates (REST "Check runs")."""

BRANCH_NAMES = 9
"""How many names are tried for a branch before giving up."""

WEB_FLOW = "web-flow"
"""The account that commits what GitHub itself signs for an author ("About commit signature verification")."""

_Result = TypeVar("_Result")


class GitHubWriter:
    """Writes to one installation's repositories.

    Every method raises ``TransientError`` when GitHub cannot do it now and ``RefusedError`` when it
    will not.
    """

    def __init__(self, client: InstallationClient) -> None:
        self._client = client

    @needs(issues="write", pull_requests="write")
    async def react(self, repository: str, number: int, comment: int | None, content: str) -> None:
        """Put a reaction on a comment, or on the thread itself; GitHub keeps one of each kind."""
        place = f"issues/comments/{comment}" if comment is not None else f"issues/{number}"
        await self._client.write("POST", f"/repos/{repository}/{place}/reactions", {"content": content})

    @needs(issues="read", pull_requests="read")
    async def labels(self, repository: str, number: int) -> list[str]:
        """Read the labels a thread has at this moment."""
        items = self._client.pages(f"/repos/{repository}/issues/{number}/labels?per_page=100")
        return [item["name"] async for item in items]

    @needs(issues="write", pull_requests="write")
    async def add_labels(self, repository: str, number: int, names: Sequence[str]) -> None:
        """Add labels, leaving the others alone."""
        await self._client.write(
            "POST", f"/repos/{repository}/issues/{number}/labels", {"labels": list(names)}
        )

    @needs(issues="write", pull_requests="write")
    async def remove_label(self, repository: str, number: int, name: str) -> None:
        """Take one label away."""
        await self._client.write(
            "DELETE", f"/repos/{repository}/issues/{number}/labels/{quote(name, safe='')}"
        )

    @needs(issues="write", pull_requests="write")
    async def post_comment(self, repository: str, number: int, body: str) -> int:
        """Post a comment and give its id."""
        answer = await self._client.write(
            "POST", f"/repos/{repository}/issues/{number}/comments", {"body": body}
        )
        return int(answer["id"])

    @needs(issues="write", pull_requests="write")
    async def edit_comment(self, repository: str, comment: int, body: str) -> None:
        """Replace the text of a comment."""
        await self._client.write("PATCH", f"/repos/{repository}/issues/comments/{comment}", {"body": body})

    @needs(checks="write")
    async def report_check(self, report: ReportCheck, external_id: str) -> int:
        """Post a finished check run and give its id; annotations beyond the first 50 follow as updates."""
        batches = [
            report.annotations[start : start + ANNOTATIONS_PER_REQUEST]
            for start in range(0, max(1, len(report.annotations)), ANNOTATIONS_PER_REQUEST)
        ]
        answer = await self._client.write(
            "POST",
            f"/repos/{report.repository}/check-runs",
            {
                "name": report.name,
                "head_sha": report.commit,
                "external_id": external_id,
                "status": "completed",
                "conclusion": report.conclusion,
                "output": _output(report, batches[0]),
            },
        )
        for batch in batches[1:]:
            await self._client.write(
                "PATCH",
                f"/repos/{report.repository}/check-runs/{answer['id']}",
                {"output": _output(report, batch)},
            )
        return int(answer["id"])

    @needs(checks="read")
    async def find_check(self, report: ReportCheck, external_id: str) -> int | None:
        """Find the check run that an earlier, interrupted attempt posted."""
        answer = await self._client.get(
            f"/repos/{report.repository}/commits/{report.commit}/check-runs"
            f"?check_name={quote(report.name, safe='')}&per_page=100"
        )
        return next((run["id"] for run in answer["check_runs"] if run["external_id"] == external_id), None)

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
        own = await self._client.login()

        def work(remote: Repository) -> int:
            commit = _commit(remote, start, files, title)
            if commit == start:
                raise RefusedError(f"{base} already has exactly this content", 422)
            name = _put_on_branch(remote, branch, start, commit, own)
            owner = repository.split("/", 1)[0]
            for pull in remote.get_pulls(state="open", base=base, head=f"{owner}:{name}"):
                return pull.number
            return remote.create_pull(base=base, head=name, title=title, body=body).number

        return await self._with_pygithub(repository, 4, work)

    async def _with_pygithub(
        self, repository: str, writes: int, work: Callable[[Repository], _Result]
    ) -> _Result:
        """Do many-object work with PyGithub in a thread, in turn with the installation's other writes."""
        token = await self._client.token()
        # PyGithub follows a renamed repository's redirects for reads alone, so it gets the name of today.
        name = (await self._client.get(f"/repos/{repository}"))["full_name"]

        def run() -> _Result:
            connection = github.Github(
                base_url=self._client.base_url,
                auth=github.Auth.Token(token),
                user_agent=USER_AGENT,
                retry=None,
                seconds_between_requests=None,
                seconds_between_writes=None,
                lazy=True,
            )
            with connection:
                return work(connection.get_repo(name))

        async with self._client.turn(writes):
            try:
                return await asyncio.to_thread(run)
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


def _output(report: ReportCheck, annotations: Sequence[Annotation]) -> dict[str, Any]:
    return {
        "title": report.title,
        "summary": report.summary,
        "annotations": [
            {
                "path": annotation.path,
                "start_line": annotation.line,
                "end_line": annotation.line,
                **(
                    {"start_column": annotation.column, "end_column": annotation.column}
                    if annotation.column
                    else {}
                ),
                "annotation_level": annotation.level,
                "message": annotation.message,
            }
            for annotation in annotations
        ],
    }
