"""Reviews of pull requests, asked for and given."""

from __future__ import annotations

import re

from bot.sandbox.github import pulling, threads
from bot.sandbox.github.calls import Call, Reply, Routes
from bot.sandbox.github.fields import Fields
from bot.sandbox.github.problems import Problem, invalid, not_found, refused
from bot.sandbox.github.records import Account, Issue, Pull, Review, ReviewComment, Team
from bot.sandbox.github.routes.pulls import ONE, find_pull
from bot.sandbox.github.shapes import accounts
from bot.sandbox.github.shapes import pulls as shapes
from bot.sandbox.github.store import timestamp

routes = Routes()
_STATE = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


@routes("GET", f"{ONE}/reviews", app="pull_requests:read")
async def list_reviews(call: Call) -> Reply:
    """List the reviews, oldest first."""
    pull, _ = find_pull(call)
    return call.page(call.store.reviews.all(pull=pull.id), lambda each: shapes.review(call.view, each))


@routes("GET", f"{ONE}/reviews/{{review_id}}", app="pull_requests:read")
async def get_review(call: Call) -> Reply:
    """Show a review."""
    pull, _ = find_pull(call)
    review = call.store.reviews.get(call.number("review_id"))
    if review is None or review.pull_id != pull.id:
        raise not_found()
    return Reply(200, shapes.review(call.view, review))


@routes("POST", f"{ONE}/reviews", app="pull_requests:write")
async def create_review(call: Call) -> Reply:
    """Give a review, submitted at once: the sandbox does not keep pending ones."""
    pull, issue = find_pull(call)
    event = call.fields.choice("event", *_STATE) or "COMMENT"
    body = call.fields.body("PullRequestReview") or ""
    if issue.author_id == call.account.id and event != "COMMENT":
        verb = "approve" if event == "APPROVE" else "request changes on"
        raise Problem(422, "Unprocessable Entity", errors=[f"Review Can not {verb} your own pull request"])
    if not body and event != "APPROVE":
        raise refused("PullRequestReview", "body is required for this kind of review", "body")
    review = Review(
        id=call.store.next_id(),
        pull_id=pull.id,
        author_id=call.account.id,
        body=body,
        state=_STATE[event],
        commit_id=call.fields.text("commit_id") or pull.head_sha,
        submitted_at=timestamp(),
    )
    comments = [await _comment(call, pull, review, given) for given in call.fields.items("comments") or []]
    call.store.reviews.save(review)
    for comment in comments:
        call.store.review_comments.save(comment)
    if call.account.id in pull.reviewer_ids:
        pull.reviewer_ids.remove(call.account.id)
        call.store.pulls.save(pull)
    threads.touch(call, issue)
    call.emit(
        "pull_request_review",
        "submitted",
        lambda: {
            # Webhooks write the state in small letters where the API has capitals.
            "review": shapes.review(call.view, review) | {"state": review.state.lower()},
            "pull_request": shapes.pull_request_simple(call.view, pull),
        },
    )
    return Reply(200, shapes.review(call.view, review))


@routes("GET", f"{ONE}/comments", app="pull_requests:read")
async def list_comments(call: Call) -> Reply:
    """List what reviews say of lines, oldest first."""
    pull, _ = find_pull(call)
    return call.page(
        call.store.review_comments.all(pull=pull.id), lambda each: shapes.review_comment(call.view, each)
    )


async def _comment(call: Call, pull: Pull, review: Review, given: object) -> ReviewComment:
    """Read a comment on lines, which have to be in one part of the diff (on its right side only)."""
    fields = Fields(given if isinstance(given, dict) else {})
    path, body = fields.text("path"), fields.text("body")
    last = fields.number("line")
    first = fields.number("start_line")
    if not path or not body or last is None:
        raise invalid("PullRequestReviewComment", "path, body and line", "missing_field")
    changes = await pulling.changes_of(call, pull)
    patch = next((each.patch for each in changes if each.path == path), None)
    for hunk in re.finditer(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", patch or "", re.MULTILINE):
        shown = range(int(hunk[1]), int(hunk[1]) + int(hunk[2] or 1))
        if last in shown and (first is None or (first in shown and first < last)):
            return ReviewComment(
                id=call.store.next_id(),
                pull_id=pull.id,
                review_id=review.id,
                author_id=call.account.id,
                path=path,
                body=body,
                start_line=first,
                line=last,
                diff_hunk=hunk[0],
                commit_id=review.commit_id,
                created_at=review.submitted_at,
            )
    what = "Path" if patch is None else "Line"
    raise Problem(422, "Unprocessable Entity", errors=[f"{what} could not be resolved"])


@routes("GET", f"{ONE}/requested_reviewers", app="pull_requests:read")
async def list_requested(call: Call) -> Reply:
    """List who was asked for a review."""
    pull, _ = find_pull(call)
    people, teams = shapes.requested_reviewers(call.view, pull), shapes.requested_teams(call.view, pull)
    return Reply(200, {"users": people, "teams": teams})


def _outsider(call: Call) -> Problem:
    return Problem(
        422,
        "Reviews may only be requested from collaborators. One or more of the users or teams you"
        f" specified is not a collaborator of the {call.view.name(call.repository)} repository.",
    )


def _reviewer(call: Call, login: str) -> Account:
    """Find somebody who can be asked for a review: the owner, a member or a collaborator."""
    account, repository = call.store.accounts.one(login=login.lower()), call.repository
    owner = call.store.accounts[repository.owner_id]
    if account is not None and (
        account.id == owner.id or account.id in owner.members or account.id in repository.collaborators
    ):
        return account
    raise _outsider(call)


def _team(call: Call, slug: str) -> Team:
    """Find a team of the repository's organisation."""
    team = call.store.teams.one(slug=(call.repository.owner_id, slug.lower()))
    if team is None:
        raise _outsider(call)
    return team


@routes("POST", f"{ONE}/requested_reviewers", app="pull_requests:write", role="triage")
async def request_reviewers(call: Call) -> Reply:
    """Ask collaborators and teams for a review: all of them, or none when one of them cannot be asked."""
    pull, issue = find_pull(call)
    asked = [_reviewer(call, login) for login in call.fields.texts("reviewers") or []]
    teams = [_team(call, slug) for slug in call.fields.texts("team_reviewers") or []]
    if any(account.id == issue.author_id for account in asked):
        raise Problem(422, "Review cannot be requested from pull request author.")
    for account in asked:
        if account.id not in pull.reviewer_ids:
            pull.reviewer_ids.append(account.id)
            _tell(call, pull, issue, "review_requested", account)
    for team in teams:
        if team.id not in pull.reviewing_team_ids:
            pull.reviewing_team_ids.append(team.id)
            _tell(call, pull, issue, "review_requested", team)
    return Reply(201, shapes.pull_request_simple(call.view, pull))


@routes("DELETE", f"{ONE}/requested_reviewers", app="pull_requests:write", role="triage")
async def remove_requested(call: Call) -> Reply:
    """Take back the request for a review."""
    pull, issue = find_pull(call)
    for login in call.fields.texts("reviewers") or []:
        account = call.store.accounts.one(login=login.lower())
        if account is not None and account.id in pull.reviewer_ids:
            pull.reviewer_ids.remove(account.id)
            _tell(call, pull, issue, "review_request_removed", account)
    for slug in call.fields.texts("team_reviewers") or []:
        team = _team(call, slug)
        if team.id in pull.reviewing_team_ids:
            pull.reviewing_team_ids.remove(team.id)
            _tell(call, pull, issue, "review_request_removed", team)
    return Reply(200, shapes.pull_request_simple(call.view, pull))


def _tell(call: Call, pull: Pull, issue: Issue, event: str, who: Account | Team) -> None:
    """Record and announce that somebody's review is wanted, or no longer."""
    call.store.pulls.save(pull)
    requester = call.account.id
    if isinstance(who, Team):
        threads.record(call, issue, event, requested_team=who.id, review_requester=requester)
        threads.announce(call, issue, event, requested_team=accounts.team(call.view, who))
    else:
        threads.record(call, issue, event, requested_reviewer=who.id, review_requester=requester)
        threads.announce(call, issue, event, requested_reviewer=accounts.user(call.view, who))
