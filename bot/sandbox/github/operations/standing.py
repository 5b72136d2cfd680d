"""A query: where a pull request stands."""

from __future__ import annotations

from bot.sandbox.github.calls import Call
from bot.sandbox.github.fields import Fields
from bot.sandbox.github.operations.reading import Operation, enter_named
from bot.sandbox.github.permissions import has_role
from bot.sandbox.github.problems import Problem
from bot.sandbox.github.records import Pull
from bot.sandbox.github.shapes.checks import suite_state
from bot.sandbox.github.shapes.view import Json

_OPINIONS = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")


async def pull_standing(call: Call, given: Fields) -> Json:
    """Say what a pull request waits for."""
    enter_named(call, given, app="pull_requests:read")
    number = given.number("number") or 0
    issue = call.store.issues.one(number=(call.repository.id, number))
    pull = call.store.pulls.get(issue.pull_id) if issue is not None and issue.pull_id is not None else None
    if issue is None or pull is None:
        raise Problem(404, f"Could not resolve to a PullRequest with the number of {number}.")
    known = issue.state == "open" and pull.mergeable is not None
    return {
        "pullRequest": {
            "state": "MERGED" if pull.merged_at else issue.state.upper(),
            "isDraft": pull.draft,
            "mergeable": ("MERGEABLE" if pull.mergeable else "CONFLICTING") if known else "UNKNOWN",
            "baseRefName": pull.base_ref,
            "headRefOid": pull.head_sha,
            "reviewRequests": {"totalCount": len(pull.reviewer_ids) + len(pull.reviewing_team_ids)},
            "latestOpinionatedReviews": {"nodes": _opinions(call, pull)},
            "commits": {"nodes": [{"commit": _head(call, pull.head_sha)}]},
        }
    }


def _opinions(call: Call, pull: Pull) -> list[Json]:
    """List the latest review of everybody who may write and said yes or no."""
    latest = {}
    for review in call.store.reviews.all(pull=pull.id):
        author = call.store.accounts.get(review.author_id)
        if review.state in _OPINIONS and has_role(call.store, author, call.repository, "write"):
            actor = {"__typename": author.kind, "login": author.login} if author else None
            shaped = {"state": review.state, "author": actor, "commit": {"oid": review.commit_id}}
            latest[review.author_id] = shaped
    return list(latest.values())


def _head(call: Call, sha: str) -> Json:
    place = (call.repository.id, sha)
    suites = call.store.suites.all(sha=place)
    runs = [run for suite in suites for run in call.store.runs.all(suite=suite.id)]
    statuses = {each.context: each for each in call.store.statuses.all(sha=place)}
    contexts = [
        {
            "__typename": "CheckRun",
            "name": run.name,
            "status": run.status.upper(),
            "conclusion": run.conclusion.upper() if run.conclusion else None,
        }
        for run in runs
    ] + [
        {"__typename": "StatusContext", "context": each.context, "state": each.state.upper()}
        for each in statuses.values()
    ]
    conclusions = [suite_state(call.view, suite)[1] for suite in suites]
    return {
        "checkSuites": {"nodes": [{"conclusion": each.upper() if each else None} for each in conclusions]},
        "statusCheckRollup": {"contexts": {"nodes": contexts}} if contexts else None,
    }


OPERATIONS = {"PullStanding": Operation("repository", pull_standing)}
