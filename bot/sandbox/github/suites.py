"""Check suites: begun with an App's first run on a commit, over with its last."""

from __future__ import annotations

from bot.sandbox.github import commits, git
from bot.sandbox.github.calls import Call
from bot.sandbox.github.check_records import CheckSuite
from bot.sandbox.github.records import Application
from bot.sandbox.github.shapes import checks as shapes
from bot.sandbox.github.shapes.view import Json
from bot.sandbox.github.store import timestamp


def suite_of(call: Call, app: Application, sha: str) -> CheckSuite:
    """Find the App's suite on a commit, or begin it."""
    for each in call.store.suites.all(sha=(call.repository.id, sha)):
        if each.app_id == app.id:
            return each
    return call.store.suites.save(new_suite(call, app, sha))


def new_suite(call: Call, app: Application, sha: str) -> CheckSuite:
    """Begin a suite; GitHub Actions has one for each run of a workflow."""
    heads = call.store.pulls.all(head_sha=(call.repository.id, sha))
    branch, moment = heads[0].head_ref if heads else call.repository.default_branch, timestamp()
    return CheckSuite(call.store.next_id(), call.repository.id, app.id, sha, branch, moment, moment)


def head_commit(commit: git.Commit) -> Json:
    """Shape the ``simple-commit`` that suites and workflow runs show."""
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "message": commit.message,
        "timestamp": commit.committer.date,
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    }


async def announce_if_over(call: Call, suite_id: int) -> None:
    """Send ``check_suite.completed`` when none of a suite's runs goes on."""
    suite = call.store.suites[suite_id]
    if shapes.suite_state(call.view, suite)[0] == "completed":
        await announce(call, suite, "completed")


async def announce(call: Call, suite: CheckSuite, action: str) -> None:
    """Send a ``check_suite`` event; a suite somebody wants again is news to the App that made it alone."""
    head = head_commit(await commits.find(call, suite.head_sha))
    app_id = suite.app_id if action == "rerequested" else None
    call.emit(
        "check_suite",
        action,
        lambda: {"check_suite": shapes.suite_in_webhook(call.view, suite, head)},
        to=app_id,
    )
