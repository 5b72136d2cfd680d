"""Part: the pull request says which issue it is about."""

from __future__ import annotations

import re

from bot.features.checks.change import Change
from bot.features.checks.section import ChecksSection
from bot.features.checks.verdict import Verdict
from bot.rendering import render

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_REFERENCE = re.compile(
    r"(?<![\w&/#.-])(?:[\w.-]{1,100}/[\w.-]{1,100})?#[1-9]\d{0,9}\b"
    r"|\bGH-[1-9]\d{0,9}\b"
    r"|https?://[\w.:-]{1,200}/[\w.-]{1,100}/[\w.-]{1,100}/issues/[1-9]\d{0,9}\b",
    re.ASCII,
)
"""Source: GitHub Docs, "Autolinked references and URLs"."""


def names_an_issue(title: str, body: str) -> bool:
    """Tell whether words refer to an issue; HTML comments, which templates come with, do not count."""
    return _REFERENCE.search(f"{title}\n{_COMMENT.sub('', body)}") is not None


def judge(change: Change, section: ChecksSection) -> Verdict:
    """Ask for the issue, unless a bot opened the pull request."""
    pull = change.pull
    by_bot = pull.user is not None and pull.user.is_bot
    passed = by_bot or bool(change.linked) or names_an_issue(pull.title, pull.body)
    return Verdict(passed, render("checks/parts/linked_issue.md.j2", passed=passed, by_bot=by_bot))
