"""What people write in the sequences, and how repositories are configured there."""

from __future__ import annotations

from tests.fixtures.events import Json

PEOPLE = ("alice", "bob", "carol", "eve")
CONFIGS = (
    "",
    "next-steps: {for: everyone}\nreviewers: {file: .github/REVIEWERS, count: 2, load: true}\n",
    "labels: {paths: {documentation: ['docs/'], tests: ['tests/']}}\nwelcome: {enabled: false}\n",
)
TITLES = (
    "Crash when loading",
    "Question: how do I fine-tune?",
    "Add a loader",
    "[Bug]: CUDA out of memory @alice",
)
BODIES = (
    "",
    "it fails",
    "Fixes #1",
    "### Version\n\n_No response_\n",
    "torch 2.5.1, Python 3.11\n\nTraceback",
)
ASKING = (
    "/claim",
    "/unclaim",
    "/help",
    "/label tests",
    "/unlabel bug",
    "/assign @carol",
    "/assign @eve",
    "/close",
    "/reopen",
    "/review",
    "/review @dora",
    "/reassign",
    "/away until=2020-01-01",
    "/hold",
    "/unhold",
    "/ready",
    "/draft",
    "/cc @carol",
    "/lock",
    "/claim\n/help\n/claim",
    "@giveback clsoe",
)
"""Comments that ask for the commands at the start of their lines."""
SHOWING = (
    "thanks",
    "> /close\n> /lock",
    "`/close` would close it, and so would\n\n    /close",
    "```\n/close\n/assign @carol\n```",
    "<!-- /close -->",
    "- /close\n- /lock",
)
"""Comments that ask for nothing, though they show commands."""
SAYINGS = (*ASKING, *SHOWING)


def asked_in(payload: Json) -> tuple[str, ...]:
    """Say which commands a comment asks for, or the edit of one, without asking the bot's own reader."""
    before = payload.get("changes", {}).get("body", {}).get("from", "")
    old = before.splitlines() if before in ASKING else []
    body = payload["comment"]["body"]
    return tuple(one for one in body.splitlines() if body in ASKING and one not in old)
