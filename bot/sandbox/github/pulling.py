"""What becomes of pull requests: opened, measured, brought up to date, merged."""

from __future__ import annotations

from dataclasses import replace

from bot.sandbox.github import commits, content, git, linking, threads
from bot.sandbox.github.calls import Call, in_thread
from bot.sandbox.github.problems import Problem, invalid, refused
from bot.sandbox.github.records import Issue, Pull, Repository
from bot.sandbox.github.store import timestamp


async def tip(repository: git.Repository, branch: str) -> str | None:
    """Find the commit a branch stands at."""
    found = await in_thread(repository.read, f"refs/heads/{branch}")
    return found.sha if found else None


async def find_sides(call: Call, base: str, head: str) -> tuple[str, Repository, str, str]:
    """Find both ends of a pull request: base sha, head repository, head branch, head sha.

    Raises GitHub's 422 for a base or head that is not there, or that has nothing new.
    """
    base_sha = await tip(call.git, base)
    if base_sha is None:
        raise invalid("PullRequest", "base")
    try:
        source, branch = commits.repository_of(call, head, call.fields.text("head_repo"))
    except Problem:
        raise invalid("PullRequest", "head") from None
    head_sha = await tip(call.house.git(source), branch)
    if head_sha is None:
        raise invalid("PullRequest", "head")
    for other in call.store.pulls.all(head=(source.id, branch)):
        same = other.repository_id == call.repository.id and other.base_ref == base
        if same and call.store.issues[other.issue_id].state == "open":
            owner = call.store.accounts[source.owner_id].login
            raise refused("PullRequest", f"A pull request already exists for {owner}:{branch}.")
    await commits.bring(call, source, head_sha, f"refs/sandbox/{head_sha}")
    if not await in_thread(call.git.count, head_sha, f"^{base_sha}"):
        raise refused("PullRequest", f"No commits between {base} and {head}")
    return base_sha, source, branch, head_sha


async def measure(call: Call, pull: Pull) -> None:
    """Have git count a pull request's commits and lines, and try the merge."""
    repository = call.house.git(call.store.repositories[pull.repository_id])
    base = await tip(repository, pull.base_ref) or pull.base_sha
    fork_point = await in_thread(repository.merge_base, base, pull.head_sha)
    changes = await in_thread(repository.changes, fork_point or git.EMPTY_TREE, pull.head_sha)
    pull.commits = await in_thread(repository.count, pull.head_sha, f"^{base}")
    pull.additions = sum(each.additions for each in changes)
    pull.deletions = sum(each.deletions for each in changes)
    pull.changed_files = len(changes)
    merged = await in_thread(repository.merge, base, pull.head_sha) if fork_point else None
    pull.mergeable = merged is not None
    call.store.pulls.save(pull)


async def changes_of(call: Call, pull: Pull) -> list[git.Change]:
    """List the files of a pull request of the path's repository."""
    fork_point = await in_thread(call.git.merge_base, await _base(call, pull), pull.head_sha)
    return await in_thread(call.git.changes, fork_point or git.EMPTY_TREE, pull.head_sha)


async def commits_of(call: Call, pull: Pull) -> list[git.Commit]:
    """List the commits of a pull request of the path's repository, oldest first."""
    found = await in_thread(call.git.history, pull.head_sha, f"^{await _base(call, pull)}")
    return list(reversed(found))


async def _base(call: Call, pull: Pull) -> str:
    """Say what a pull request is compared with: the branch while it is open, then where it was."""
    if pull.merged_at:
        return pull.base_sha
    return await tip(call.git, pull.base_ref) or pull.base_sha


async def follow(call: Call, ref: str, after: str | None) -> None:
    """Bring the open pull requests up to date after a branch of the path's repository moved."""
    if not ref.startswith("refs/heads/"):
        return
    branch, store = ref.removeprefix("refs/heads/"), call.store
    for pull in store.pulls.all(head=(call.repository.id, branch)):
        issue = store.issues.get(pull.issue_id)
        if issue is None or issue.state != "open":
            continue
        if after is None:
            threads.set_state(call, issue, "closed")
        elif after != pull.head_sha:
            await _synchronize(call, pull, issue, after)
    for pull in store.pulls.all(repository=call.repository.id):
        issue = store.issues[pull.issue_id]
        if issue.state == "open" and pull.base_ref == branch and after is not None:
            if await in_thread(call.git.is_ancestor, pull.head_sha, after):
                mark_merged(call, pull, issue, after)
            else:
                await measure(call, pull)


async def _synchronize(call: Call, pull: Pull, issue: Issue, after: str) -> None:
    before, pull.head_sha = pull.head_sha, after
    base = call.house.git(call.store.repositories[pull.repository_id])
    ref = f"refs/pull/{pull.number}/head"
    if pull.repository_id == call.repository.id:
        await in_thread(base.update, ref, after)
    else:
        await in_thread(base.fetch, call.git.folder, after, ref)
    pull.base_sha = await tip(base, pull.base_ref) or pull.base_sha
    await measure(call, pull)
    threads.touch(call, issue)
    threads.announce(call, issue, "synchronize", before=before, after=after)


def mark_merged(call: Call, pull: Pull, issue: Issue, sha: str) -> None:
    """Close a pull request whose commits have arrived in its base."""
    pull.merged_at, pull.merged_by_id, pull.merge_commit_sha = timestamp(), call.account.id, sha
    call.store.pulls.save(pull)
    repository = call.store.repositories[pull.repository_id]
    if issue.author_id not in repository.contributor_ids:
        repository.contributor_ids.append(issue.author_id)
        call.store.repositories.save(repository)
    threads.record(call, issue, "merged", commit_id=sha)
    threads.set_state(call, issue, "closed")
    for each in linking.closed_by(call.house, issue, pull):
        threads.set_state(call, each, "closed", "completed", closer=pull)


async def merge(call: Call, pull: Pull, issue: Issue, method: str) -> tuple[str, str]:
    """Merge or squash a pull request; answers the base's commits before and after, no ref moved.

    Raises GitHub's 405 for one that cannot be merged.
    """
    base = await tip(call.git, pull.base_ref)
    tree = await in_thread(call.git.merge, base, pull.head_sha) if base else None
    if base is None or tree is None:
        raise Problem(405, "Pull Request is not mergeable")
    head = call.store.accounts[pull.head_owner_id].login
    title, words = call.fields.text("commit_title"), call.fields.text("commit_message")
    if method == "squash":
        title, parents = title or f"{issue.title} (#{pull.number})", [base]
    else:
        title = title or f"Merge pull request #{pull.number} from {head}/{pull.head_ref}"
        words, parents = words or issue.title, [base, pull.head_sha]
    message = f"{title}\n\n{words}" if words else title
    who = content.signature(call.account)
    committer = replace(content.WEB_FLOW, date=who.date)
    after = await in_thread(call.git.write_commit, tree, parents, who, committer, message)
    return base, after
