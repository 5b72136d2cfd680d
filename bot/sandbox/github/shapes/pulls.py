"""Pull requests and reviews as GitHub's JSON."""

from __future__ import annotations

from bot.sandbox.github.records import Pull, Repository, Review, ReviewComment
from bot.sandbox.github.shapes import accounts, repositories
from bot.sandbox.github.shapes.issues import association, labels, milestone
from bot.sandbox.github.shapes.view import Json, View, node


def _side(view: View, repository: Repository | None, owner_id: int, ref: str, sha: str) -> Json:
    owner = view.store.accounts[owner_id]
    return {
        "label": f"{owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": accounts.user(view, owner),
        "repo": repositories.repository(view, repository) if repository else None,
    }


def _merge_settings() -> Json:
    """List what the repositories inside a pull request have besides."""
    return {
        "allow_squash_merge": True,
        "allow_merge_commit": True,
        "allow_rebase_merge": False,
        "allow_auto_merge": False,
        "allow_update_branch": False,
        "delete_branch_on_merge": False,
        "use_squash_pr_title_as_default": False,
        "squash_merge_commit_title": "COMMIT_OR_PR_TITLE",
        "squash_merge_commit_message": "COMMIT_MESSAGES",
        "merge_commit_title": "MERGE_MESSAGE",
        "merge_commit_message": "PR_TITLE",
    }


def pull_request_simple(view: View, record: Pull) -> Json:
    """Shape a ``pull-request-simple``, as it stands in lists."""
    store = view.store
    issue = store.issues[record.issue_id]
    base = store.repositories[record.repository_id]
    head = (
        store.repositories.get(record.head_repository_id) if record.head_repository_id is not None else None
    )
    author = store.accounts[issue.author_id]
    place = {"name": view.name(base), "number": record.number, "sha": record.head_sha}
    assignees = [shaped for id in issue.assignee_ids if (shaped := accounts.user_or_none(view, id))]
    sides = {
        "head": _side(view, head, record.head_owner_id, record.head_ref, record.head_sha),
        "base": _side(view, base, base.owner_id, record.base_ref, record.base_sha),
    }
    for side in sides.values():
        if side["repo"]:
            side["repo"] |= _merge_settings()
    return {
        **view.links.of("pull_request", **place),
        "id": record.id,
        "node_id": node("PR", record.id),
        "number": record.number,
        "state": issue.state,
        "locked": issue.locked,
        "active_lock_reason": issue.lock_reason,
        "title": issue.title,
        "user": accounts.user(view, author),
        "body": issue.body,
        "labels": labels(view, issue),
        "milestone": milestone(view, store.milestones[issue.milestone_id]) if issue.milestone_id else None,
        "created_at": issue.created_at,
        "updated_at": issue.updated_at,
        "closed_at": issue.closed_at,
        "merged_at": record.merged_at,
        "merge_commit_sha": record.merge_commit_sha,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "requested_reviewers": requested_reviewers(view, record),
        "requested_teams": requested_teams(view, record),
        **sides,
        "_links": {name: {"href": url} for name, url in view.links.of("pull_links", **place).items()},
        "author_association": association(view, base, author, issue),
        "auto_merge": None,
        "draft": record.draft,
    }


def pull_request(view: View, record: Pull) -> Json:
    """Shape a ``pull-request``, with the figures git gave."""
    issue = view.store.issues[record.issue_id]
    open_and_known = issue.state == "open" and record.mergeable is not None
    state = ("clean" if record.mergeable else "dirty") if open_and_known else "unknown"
    return {
        **pull_request_simple(view, record),
        "merged": record.merged_at is not None,
        "mergeable": record.mergeable if issue.state == "open" else None,
        "rebaseable": False,
        "mergeable_state": "draft" if record.draft and state == "clean" else state,
        "merged_by": accounts.user_or_none(view, record.merged_by_id),
        "comments": issue.comments,
        "review_comments": len(list(view.store.review_comments.all(pull=record.id))),
        "maintainer_can_modify": record.maintainer_can_modify,
        "commits": record.commits,
        "additions": record.additions,
        "deletions": record.deletions,
        "changed_files": record.changed_files,
    }


def requested_reviewers(view: View, record: Pull) -> list[Json]:
    """Shape the people asked for a review."""
    return [shaped for id in record.reviewer_ids if (shaped := accounts.user_or_none(view, id))]


def requested_teams(view: View, record: Pull) -> list[Json]:
    """Shape the teams asked for a review."""
    return [
        accounts.team(view, found) for id in record.reviewing_team_ids if (found := view.store.teams.get(id))
    ]


def minimal(view: View, record: Pull) -> Json:
    """Shape a ``pull-request-minimal``, as check runs list them."""

    def side(repository_id: int | None, ref: str, sha: str) -> Json:
        repository = view.store.repositories.get(repository_id) if repository_id is not None else None
        if repository is None:
            return {"ref": ref, "sha": sha, "repo": {"id": 0, "url": "", "name": ""}}
        url = view.links.of("repository", name=view.name(repository))["url"]
        return {"ref": ref, "sha": sha, "repo": {"id": repository.id, "url": url, "name": repository.name}}

    repository = view.store.repositories[record.repository_id]
    place = {"name": view.name(repository), "number": record.number}
    return {
        "id": record.id,
        "number": record.number,
        "url": view.links.of("pull", **place)["url"],
        "head": side(record.head_repository_id, record.head_ref, record.head_sha),
        "base": side(record.repository_id, record.base_ref, record.base_sha),
    }


def review(view: View, record: Review) -> Json:
    """Shape a ``pull-request-review``."""
    store = view.store
    pull = store.pulls[record.pull_id]
    repository = store.repositories[pull.repository_id]
    author = store.accounts[record.author_id]
    links = view.links.of("pull", name=view.name(repository), number=pull.number)
    html = f"{links['html_url']}#pullrequestreview-{record.id}"
    return {
        "id": record.id,
        "node_id": node("PRR", record.id),
        "user": accounts.user(view, author),
        "body": record.body,
        "state": record.state,
        "html_url": html,
        "pull_request_url": links["url"],
        "_links": {"html": {"href": html}, "pull_request": {"href": links["url"]}},
        "submitted_at": record.submitted_at,
        "commit_id": record.commit_id,
        "author_association": association(view, repository, author, store.issues[pull.issue_id]),
    }


def review_comment(view: View, record: ReviewComment) -> Json:
    """Shape a ``pull-request-review-comment``."""
    store = view.store
    pull = store.pulls[record.pull_id]
    repository = store.repositories[pull.repository_id]
    author = store.accounts[record.author_id]
    name = view.name(repository)
    links = view.links.of("pull", name=name, number=pull.number)
    own = view.links.of("review_comment", name=name, number=pull.number, id=record.id)
    return {
        "id": record.id,
        "node_id": node("PRRC", record.id),
        "url": own["url"],
        "html_url": own["html_url"],
        "pull_request_url": links["url"],
        "pull_request_review_id": record.review_id,
        "_links": {
            "self": {"href": own["url"]},
            "html": {"href": own["html_url"]},
            "pull_request": {"href": links["url"]},
        },
        "diff_hunk": record.diff_hunk,
        "path": record.path,
        "body": record.body,
        "start_line": record.start_line,
        "line": record.line,
        "original_line": record.line,
        "start_side": None if record.start_line is None else "RIGHT",
        "side": "RIGHT",
        "commit_id": record.commit_id,
        "original_commit_id": record.commit_id,
        "user": accounts.user(view, author),
        "created_at": record.created_at,
        "updated_at": record.created_at,
        "author_association": association(view, repository, author, store.issues[pull.issue_id]),
    }
