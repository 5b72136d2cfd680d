"""Read where a pull request stands, in one request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.github.client import InstallationClient
from bot.github.graphql import query_text
from bot.github.permissions import needs
from bot.github.reader.fields import login_of, owner_and_name
from bot.reads import CheckResult, PullStanding, Verdict

_STATUS = {"SUCCESS": "success", "FAILURE": "failure", "ERROR": "failure"}
"""What a status says once it is over (GraphQL enum ``StatusState``), as check runs put it."""

_VERDICTS = {"APPROVED": True, "CHANGES_REQUESTED": False}

_MERGEABLE = {"CONFLICTING": True, "MERGEABLE": False}


class StandingReads:
    """Reads about the way of a pull request to its merge."""

    client: InstallationClient

    @needs(pull_requests="read", contents="read", checks="read", statuses="read")
    async def pull_standing(self, repository: str, number: int) -> PullStanding:
        """Read where a pull request stands (GraphQL ``PullRequest``).

        Of those who are asked for a review it has only the number: an App may not read teams without a
        permission on their organisation, and then GraphQL refuses the names of people too.

        Raises:
            GoneError: there is no such pull request.
        """
        answer = await self.client.query(
            query_text("PullStanding"), within=repository, **owner_and_name(repository), number=number
        )
        pull = answer["repository"]["pullRequest"]
        commits = [each["commit"] for each in pull["commits"]["nodes"] or () if each]
        head = commits[-1] if commits else {}
        rollup = head.get("statusCheckRollup") or {}
        suites = (head.get("checkSuites") or {}).get("nodes") or ()
        return PullStanding(
            state=pull["state"].lower(),
            draft=pull["isDraft"],
            conflicting=_MERGEABLE.get(pull["mergeable"]),
            base=pull["baseRefName"],
            head=pull["headRefOid"],
            waiting_reviews=pull["reviewRequests"]["totalCount"] if pull["reviewRequests"] else 0,
            verdicts=tuple(_verdicts((pull["latestOpinionatedReviews"] or {}).get("nodes") or ())),
            checks=tuple(_check(each) for each in (rollup.get("contexts") or {}).get("nodes") or () if each),
            held_back=any(suite["conclusion"] == "ACTION_REQUIRED" for suite in suites if suite),
        )


def _verdicts(reviews: Iterable[Mapping[str, Any] | None]) -> Iterable[Verdict]:
    for review in reviews:
        if review is not None and review["state"] in _VERDICTS:
            commit = (review["commit"] or {}).get("oid") or ""
            yield Verdict(login_of(review["author"]), _VERDICTS[review["state"]], commit)


def _check(context: Mapping[str, Any]) -> CheckResult:
    if context["__typename"] == "StatusContext":
        over = context["state"] in _STATUS
        return CheckResult(
            name=context["context"],
            status="completed" if over else "in_progress",
            conclusion=_STATUS.get(context["state"]),
        )
    conclusion = context["conclusion"]
    return CheckResult(
        name=context["name"],
        status=context["status"].lower(),
        conclusion=conclusion.lower() if conclusion else None,
    )
