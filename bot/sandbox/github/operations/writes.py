"""Mutations: drafts, transfers, comments folded away, discussions, labels, check runs."""

from __future__ import annotations

from bot.sandbox.github import forum, runs, threads, transfers
from bot.sandbox.github.calls import Call
from bot.sandbox.github.fields import Fields
from bot.sandbox.github.operations.reading import Handler, Operation, enter, find
from bot.sandbox.github.problems import Problem
from bot.sandbox.github.records import Issue, Label
from bot.sandbox.github.shapes.view import Json, node

CLASSIFIERS = {
    "ABUSE": "abuse",
    "DUPLICATE": "duplicate",
    "OFF_TOPIC": "off-topic",
    "OUTDATED": "outdated",
    "RESOLVED": "resolved",
    "SPAM": "spam",
}
"""Why a comment is folded away, and how it is told then (GraphQL ``Minimizable.minimizedReason``)."""


def _draft(draft: bool) -> Handler:
    async def set_draft(call: Call, given: Fields) -> Json:
        """Make a pull request a draft, or ready for review."""
        pull = find(call.store.pulls, "PR", given.needed("pull"))
        issue = call.store.issues[pull.issue_id]
        enter(call, call.store.repositories[pull.repository_id], app="pull_requests:write")
        if not call.may("write") and issue.author_id != call.account.id:
            raise Problem(403, f"{call.account.login} does not have the correct permissions to do this")
        if issue.state != "open":
            raise Problem(422, "Pull request is closed")
        threads.set_draft(call, issue, pull, draft)
        return {"pullRequest": {"isDraft": pull.draft}}

    return set_draft


async def transfer_issue(call: Call, given: Fields) -> Json:
    """Move an issue to another repository of the same owner."""
    issue = find(call.store.issues, "I", given.needed("issue"))
    target = find(call.store.repositories, "R", given.needed("repository"))
    enter(call, target, app="issues:write", role="write")
    enter(call, call.store.repositories[issue.repository_id], app="issues:write", role="write")
    moved = transfers.transfer(call, issue, target)
    return {"issue": {"number": moved.number, "repository": {"nameWithOwner": call.view.name(target)}}}


async def minimize_comment(call: Call, given: Fields) -> Json:
    """Fold a comment away."""
    given.required("comment", "reason")
    comment = find(call.store.comments, "IC", given.needed("comment"))
    reason = given.choice("reason", *CLASSIFIERS) or ""
    repository = call.store.repositories[comment.repository_id]
    enter(call, repository, app="issues|pull_requests:write", role="write")
    comment.minimized = CLASSIFIERS[reason]
    call.store.comments.save(comment)
    return {"minimizedComment": {"__typename": "IssueComment", "isMinimized": True}}


async def create_discussion(call: Call, given: Fields) -> Json:
    """Open a discussion."""
    repository = find(call.store.repositories, "R", given.needed("repository"))
    enter(call, repository, app="discussions:write")
    discussion = forum.open_discussion(
        call, given.needed("category"), given.needed("title"), given.body("Discussion") or ""
    )
    url = f"{call.view.links.base}/{call.view.name(repository)}/discussions/{discussion.number}"
    return {"discussion": {"number": discussion.number, "url": url}}


def _labelled(call: Call, given: Fields, name: str) -> tuple[Issue, list[Label]]:
    """Find an issue or pull request and labels of its repository."""
    node = given.needed("thread")
    if node.startswith("PR_"):
        issue = call.store.issues[find(call.store.pulls, "PR", node).issue_id]
    else:
        issue = find(call.store.issues, "I", node)
    enter(
        call,
        call.store.repositories[issue.repository_id],
        app="issues|pull_requests:write",
        role="triage",
    )
    return issue, [find(call.store.labels, "LA", one) for one in given.texts(name) or []]


async def remove_labels(call: Call, given: Fields) -> Json:
    """Take labels off an issue or pull request; one that is not there changes nothing."""
    issue, labels = _labelled(call, given, "taken")
    for label in labels:
        if label.id in issue.label_ids:
            threads.remove_label(call, issue, label)
    left = [{"name": call.store.labels[id].name} for id in issue.label_ids]
    kind = "Issue" if issue.pull_id is None else "PullRequest"
    return {"labelable": {"__typename": kind, "labels": {"nodes": left}}}


async def add_labels(call: Call, given: Fields) -> Json:
    """Put labels on an issue or pull request."""
    issue, labels = _labelled(call, given, "added")
    threads.add_labels(call, issue, [label.name for label in labels])
    return {"clientMutationId": None}


async def create_check_run(call: Call, given: Fields) -> Json:
    """Report a check of a commit."""
    check = given.object("check") or given
    check.required("repositoryId", "headSha", "name")
    repository = find(call.store.repositories, "R", check.needed("repositoryId"))
    enter(call, repository, app="checks:write", role="write")
    run = await runs.create(call, Fields(_as_rest(check.content)))
    return {"checkRun": {"id": node("CR", run.id)}}


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _as_rest(given: Json) -> Json:
    """Write the input of ``createCheckRun`` as the REST API takes the same."""
    output = given.get("output") or {}
    annotations = [
        {
            "path": one["path"],
            **{_snake(name): value for name, value in one["location"].items()},
            "annotation_level": one["annotationLevel"].lower(),
            "message": one["message"],
        }
        for one in output.get("annotations") or []
    ]
    return {
        "name": given["name"],
        "head_sha": given["headSha"],
        "external_id": given.get("externalId"),
        "status": given["status"].lower(),
        "conclusion": given["conclusion"].lower(),
        "output": {"title": output["title"], "summary": output["summary"], "annotations": annotations},
    }


OPERATIONS = {
    "ConvertToDraft": Operation("convertPullRequestToDraft", _draft(True)),
    "MarkReadyForReview": Operation("markPullRequestReadyForReview", _draft(False)),
    "TransferIssue": Operation("transferIssue", transfer_issue),
    "MinimizeComment": Operation("minimizeComment", minimize_comment),
    "CreateDiscussion": Operation("createDiscussion", create_discussion),
    "SwapLabelsAndReport": Operation(
        "removeLabelsFromLabelable",
        remove_labels,
        also=(
            Operation("addLabelsToLabelable", add_labels),
            Operation("createCheckRun", create_check_run),
        ),
    ),
}
