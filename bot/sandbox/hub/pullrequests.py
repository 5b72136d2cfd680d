"""Open pull requests, note their commits, and see them beside the branch they are meant for."""

from __future__ import annotations

from bot.sandbox.hub.discussions import Discussion, Status, isoformat
from bot.sandbox.hub.gitstore import Commit
from bot.sandbox.hub.repository import Repo, now

Files = dict[str, str]


def open_pull_request(
    repo: Repo, title: str, description: str, author: str, base: str, head: str, status: Status
) -> Discussion:
    """Open a pull request against a branch, with its ref at the commit ``head``."""
    opened = now()
    number = len(repo.discussions) + 1
    discussion = Discussion(number, title, author, isoformat(opened), status, base)
    discussion.comment(author, opened, description)
    # The ref first: a pull request without one could not be shown.
    repo.git.set_ref(discussion.ref, head)
    repo.discussions.append(discussion)
    repo.save()
    return discussion


def note_commit(repo: Repo, ref: str, made: Commit) -> None:
    """Show a commit in the pull request it was made on, if it was."""
    for discussion in repo.discussions:
        if discussion.is_pull_request and discussion.ref == ref:
            discussion.commit(made.oid, made.title, made.author, made.date)
            repo.save()


def three_versions(repo: Repo, discussion: Discussion) -> tuple[Files, Files, Files]:
    """Give the files where a pull request began, those of its base branch now, and its own."""
    refs = repo.git.refs()
    theirs = refs[discussion.ref]
    ours = refs.get(f"refs/heads/{discussion.base}", theirs)
    began = _merge_base(repo, ours, theirs)
    return repo.git.files(began) if began else {}, repo.git.files(ours), repo.git.files(theirs)


def _merge_base(repo: Repo, ours: str, theirs: str) -> str | None:
    """Find the newest commit both histories have; none is left after a squash."""
    known = {commit.oid for commit in repo.git.log(ours)}
    return next((commit.oid for commit in repo.git.log(theirs) if commit.oid in known), None)
