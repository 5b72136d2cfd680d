"""Comments on issues and pull requests."""

from __future__ import annotations

from bot.sandbox.github import linking, threads
from bot.sandbox.github.calls import NO_CONTENT, Call, Reply, Routes
from bot.sandbox.github.problems import Problem, invalid, must_have_rights, not_found
from bot.sandbox.github.records import Comment, Issue
from bot.sandbox.github.shapes import issues as shapes
from bot.sandbox.github.shapes.view import Json
from bot.sandbox.github.store import timestamp

routes = Routes()
READ, WRITE = "issues|pull_requests:read", "issues|pull_requests:write"


def find_comment(call: Call) -> Comment:
    """Find the comment that ``{comment_id}`` of the path names; raises a 404 Problem."""
    found = call.store.comments.get(call.number("comment_id"))
    if found is None or found.repository_id != call.repository.id:
        raise not_found()
    return found


def _own(call: Call) -> Comment:
    """Find a comment the caller may change: their own, or any for those who can write."""
    comment = find_comment(call)
    if call.actor.installation is not None:
        # An App with write permission may change other people's comments, like a maintainer.
        return comment
    if comment.author_id != call.account.id and not call.may("write"):
        raise must_have_rights()
    return comment


def _body(call: Call) -> str:
    call.fields.required("body")
    body = call.fields.body("IssueComment") or ""
    if not body.strip():
        raise invalid("IssueComment", "body", "missing_field")
    return body


def _announce(call: Call, comment: Comment, issue: Issue, action: str, **more: Json) -> None:
    call.emit(
        "issue_comment",
        action,
        lambda: {
            "issue": shapes.issue(call.view, issue),
            "comment": shapes.comment(call.view, comment),
            **more,
        },
    )


def _since(call: Call, comments: list[Comment]) -> list[Comment]:
    since = call.query.get("since")
    return [each for each in comments if not since or each.updated_at >= since]


@routes("POST", "/repos/{owner}/{repo}/issues/{number}/comments", app=WRITE)
async def create_comment(call: Call) -> Reply:
    """Comment on a thread."""
    issue, body = call.issue, _body(call)
    if issue.locked and not call.may("write"):
        raise Problem(403, "Unable to create comment because issue is locked.")
    moment, via = timestamp(), call.actor.acts_for_app
    comment = call.store.comments.save(
        Comment(
            id=call.store.next_id(),
            repository_id=call.repository.id,
            issue_id=issue.id,
            author_id=call.account.id,
            body=body,
            created_at=moment,
            updated_at=moment,
            app_id=via.id if via else None,
        )
    )
    issue.comments += 1
    threads.touch(call, issue)
    _announce(call, comment, issue, "created")
    linking.note_mentions(call, issue, body)
    linking.note_duplicate(call, issue, body)
    shaped = shapes.comment(call.view, comment)
    return Reply(201, shaped, {"Location": shaped["url"]})


@routes("GET", "/repos/{owner}/{repo}/issues/{number}/comments", app=READ)
async def list_comments(call: Call) -> Reply:
    """List a thread's comments, oldest first."""
    found = _since(call, call.store.comments.all(issue=call.issue.id))
    return call.page(found, lambda each: shapes.comment(call.view, each))


@routes("GET", "/repos/{owner}/{repo}/issues/comments", app=READ)
async def list_repository_comments(call: Call) -> Reply:
    """List the comments on all threads."""
    found = _since(call, call.store.comments.all(repository=call.repository.id))
    if call.query.get("sort") == "updated":
        found.sort(key=lambda each: (each.updated_at, each.id))
    if call.query.get("direction") == "desc":
        found.reverse()
    return call.page(found, lambda each: shapes.comment(call.view, each))


@routes("GET", "/repos/{owner}/{repo}/issues/comments/{comment_id}", app=READ)
async def get_comment(call: Call) -> Reply:
    """Show a comment."""
    return Reply(200, shapes.comment(call.view, find_comment(call)))


@routes("PATCH", "/repos/{owner}/{repo}/issues/comments/{comment_id}", app=WRITE)
async def update_comment(call: Call) -> Reply:
    """Change a comment; saying the same again changes nothing and tells nobody."""
    comment, body = _own(call), _body(call)
    if body != comment.body:
        before, comment.body = comment.body, body
        comment.updated_at = timestamp()
        call.store.comments.save(comment)
        issue = call.store.issues[comment.issue_id]
        _announce(call, comment, issue, "edited", changes={"body": {"from": before}})
    return Reply(200, shapes.comment(call.view, comment))


@routes("DELETE", "/repos/{owner}/{repo}/issues/comments/{comment_id}", app=WRITE)
async def delete_comment(call: Call) -> Reply:
    """Delete a comment."""
    comment = _own(call)
    issue = call.store.issues[comment.issue_id]
    _announce(call, comment, issue, "deleted")
    call.store.comments.remove(comment)
    issue.comments -= 1
    threads.touch(call, issue)
    return NO_CONTENT
