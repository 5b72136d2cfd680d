"""Part: every commit is signed off, as the Developer Certificate of Origin asks for."""

from __future__ import annotations

import re

from bot.features.checks.change import Change
from bot.features.checks.section import ChecksSection
from bot.features.checks.verdict import Verdict
from bot.reads import PullCommit
from bot.rendering import render

COMMITS_LISTED = 250
"""Commits GitHub lists at most (REST "List commits on a pull request")."""

COMMITS_TOLD = 10

_TRAILER = re.compile(r"^Signed-off-by:[^<\n]{0,200}<([^<>\n]{1,320})>[ \t]*$", re.MULTILINE | re.IGNORECASE)


def is_signed_off(commit: PullCommit) -> bool:
    """Tell whether the author or the committer signed a commit off, by an address git has.

    Merges need none, nor do commits of bots.

    Sources: the rules of the DCO App; git documentation, ``git commit --signoff``.
    """
    if commit.parents > 1 or commit.author.endswith("[bot]"):
        return True
    addresses = {commit.author_email.casefold(), commit.committer_email.casefold()} - {""}
    return any(address.strip().casefold() in addresses for address in _TRAILER.findall(commit.message))


def judge(change: Change, section: ChecksSection) -> Verdict:
    """List the commits that are not signed off, and how to mend that."""
    missing = [commit for commit in change.commits if not is_signed_off(commit)]
    is_cut = len(change.commits) >= COMMITS_LISTED
    summary = render(
        "checks/parts/sign_off.md.j2",
        commits=len(change.commits),
        missing=missing,
        told=[(commit.sha[:10], commit.message.split("\n", 1)[0]) for commit in missing[:COMMITS_TOLD]],
        is_cut=is_cut,
        limit=COMMITS_LISTED,
    )
    return Verdict(not missing and not is_cut and bool(change.commits), summary)
