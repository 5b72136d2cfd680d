"""Answer calls about discussions and pull requests: open, talk, change, merge."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from bot.sandbox.hub.calls import Call, Routes
from bot.sandbox.hub.discussions import Discussion, Status, diff, isoformat, merge
from bot.sandbox.hub.errors import HubError, bad_request, forbidden
from bot.sandbox.hub.gitstore import HEAD
from bot.sandbox.hub.pullrequests import open_pull_request, three_versions
from bot.sandbox.hub.repository import Repo, now
from bot.sandbox.hub.shapes import discussion_shape

PAGE = 20
"""Discussions in one page of a list."""


async def list_discussions(call: Call) -> Response:
    """List discussions, newest first, in pages."""
    repo = call.readable()
    shown = list(reversed(repo.discussions))
    if author := call.query("author"):
        shown = [discussion for discussion in shown if discussion.author == author]
    if (kind := call.query("type", "all")) != "all":
        shown = [discussion for discussion in shown if discussion.is_pull_request == (kind == "pull_request")]
    if (status := call.query("status", "all")) != "all":
        open_ones = ("open", "draft")
        shown = [discussion for discussion in shown if (discussion.status in open_ones) == (status == "open")]
    start = call.number("p", 0, 10**6) * PAGE
    shapes = [discussion_shape(repo, discussion) for discussion in shown[start : start + PAGE]]
    return JSONResponse({"discussions": shapes, "count": len(shown), "start": start})


async def create_discussion(call: Call) -> Response:
    """Open a discussion, or a draft pull request whose ref starts at the main branch."""
    body = await call.json()
    repo = call.open_to_proposals()
    title, text = str(body.get("title") or "").strip(), str(body.get("description") or "")
    author = call.known_caller().name
    if len(title) < 3:
        raise bad_request('"title" must have at least 3 characters')
    if body.get("pullRequest"):
        head = repo.git.refs()[HEAD]
        discussion = open_pull_request(repo, title, text, author, "main", head, "draft")
    else:
        discussion = Discussion(len(repo.discussions) + 1, title, author, isoformat(now()))
        discussion.comment(author, now(), text)
        repo.discussions.append(discussion)
        repo.save()
    return JSONResponse(
        {"num": discussion.num, "url": f"{call.base}/{repo.name.path}/discussions/{discussion.num}"}
    )


async def show_discussion(call: Call) -> Response:
    """Show a discussion with its events and, for a pull request, its changes."""
    repo = call.readable()
    discussion = _discussion(call, repo)
    shape = {**discussion_shape(repo, discussion), "events": discussion.events}
    if discussion.base is not None:
        base, ours, theirs = three_versions(repo, discussion)
        _, conflicts = merge(base, ours, theirs)
        shape["changes"] = {"base": f"refs/heads/{discussion.base}", "mergeCommitId": discussion.merge_commit}
        shape["filesWithConflicts"] = conflicts if discussion.status in ("open", "draft") else []
        if call.flag("diff"):
            shape["diff"] = diff(base, theirs, repo.git.read_blob)
    return JSONResponse(shape)


async def comment(call: Call) -> Response:
    """Add a comment."""
    text = str((await call.json()).get("comment") or "").strip()
    repo = call.open_to_proposals()
    discussion = _discussion(call, repo)
    if not text:
        raise bad_request('"comment" must not be empty')
    event = discussion.comment(call.known_caller().name, now(), text)
    repo.save()
    return JSONResponse({"newMessage": event}, 201)


async def edit_comment(call: Call) -> Response:
    """Replace the text of one's own comment."""
    text = str((await call.json()).get("content") or "")
    repo = call.open_to_proposals()
    discussion = _discussion(call, repo)
    author = call.known_caller().name
    mine = [event for event in discussion.events if event["author"] == {"name": author, "type": "user"}]
    if call.part("event") not in [event["id"] for event in mine]:
        raise forbidden("Only one's own comments can be edited")
    event = discussion.edit(call.part("event"), author, now(), text)
    if event is None:
        raise HubError(404, "Comment not found")
    repo.save()
    return JSONResponse({"updatedComment": event})


async def change_status(call: Call) -> Response:
    """Open or close; opening a draft makes it ready to be merged."""
    body = await call.json()
    repo = call.open_to_proposals()
    discussion = _discussion(call, repo)
    _owned(call, repo, discussion)
    if body.get("status") not in ("open", "closed"):
        raise bad_request('"status" must be one of [open, closed]')
    if discussion.status == "merged":
        raise bad_request("This pull request was merged")
    status: Status = "open" if body["status"] == "open" else "closed"
    return _with_comment(call, repo, discussion, body, status)


async def rename(call: Call) -> Response:
    """Change the title."""
    title = str((await call.json()).get("title") or "").strip()
    repo = call.open_to_proposals()
    discussion = _discussion(call, repo)
    _owned(call, repo, discussion)
    if len(title) < 3:
        raise bad_request('"title" must have at least 3 characters')
    event = discussion.rename(title, call.known_caller().name, now())
    repo.save()
    return JSONResponse({"newTitle": event})


async def merge_pull_request(call: Call) -> Response:
    """Merge a pull request into its base as one commit; refuse when both sides changed a file."""
    body = await call.json()
    repo = call.writable()
    discussion = _discussion(call, repo)
    if discussion.base is None or discussion.status not in ("open", "draft"):
        raise bad_request("Only an open pull request can be merged")
    merged, conflicts = merge(*three_versions(repo, discussion))
    if conflicts:
        raise HubError(409, f"Both sides changed {', '.join(conflicts)}")
    author = call.known_caller().name
    made = repo.record(
        f"refs/heads/{discussion.base}", merged, author, f"{discussion.title} (#{discussion.num})"
    )
    discussion.merge_commit = made.oid
    return _with_comment(call, repo, discussion, body, "merged")


def _with_comment(
    call: Call, repo: Repo, discussion: Discussion, body: dict[str, Any], status: Status
) -> Response:
    author = call.known_caller().name
    if text := str(body.get("comment") or "").strip():
        discussion.comment(author, now(), text)
    event = discussion.change_status(status, author, now())
    repo.save()
    return JSONResponse({"newStatus": event})


def _discussion(call: Call, repo: Repo) -> Discussion:
    number = call.part("number")
    return repo.discussion(int(number) if number.isascii() and number.isdigit() else 0)


def _owned(call: Call, repo: Repo, discussion: Discussion) -> None:
    caller = call.known_caller()
    if discussion.author != caller.name and not caller.may_write(repo.name, repo.settings.creator):
        raise forbidden("Only its author or who may write here can change this discussion")


_ALL = "/api/{kind}/{namespace}/{name}/discussions"
_ONE = _ALL + "/{number}"

ROUTES: Routes = [
    ("GET", _ALL, list_discussions),
    ("POST", _ALL, create_discussion),
    ("GET", _ONE, show_discussion),
    ("POST", _ONE + "/comment", comment),
    ("POST", _ONE + "/comment/{event}/edit", edit_comment),
    ("POST", _ONE + "/status", change_status),
    ("POST", _ONE + "/title", rename),
    ("POST", _ONE + "/merge", merge_pull_request),
]
