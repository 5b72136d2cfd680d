"""Write the issues of a repository to a file with a token of one's own, to learn without an App."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import github
from github.Requester import Requester

from bot.github.graphql import query_text
from bot.github.reader.fields import owner_and_name
from bot.github.reader.history import marks_of
from bot.github.session import USER_AGENT

PAGE = 100
"""Issues asked for at once, the most GitHub gives (REST "List repository issues")."""

KEPT = ("number", "title", "body", "state", "state_reason", "created_at", "closed_at")
"""The fields of an issue that are written, besides its labels, its author and what it is a duplicate of."""


class ExportError(Exception):
    """The issues cannot be read or written; the message says why."""


def export(repository: str, out: Path, *, api_url: str, token: str | None) -> Iterator[int]:
    """Write ``owner/repo``'s issues and pull requests to ``out`` as JSON lines, oldest first.

    It goes on where an earlier export into the same file stopped, and waits as long as GitHub's limits
    ask for. Gives the number of issues written so far, again and again.

    Raises:
        ExportError: GitHub refuses, or the file is something else.
    """
    auth = github.Auth.Token(token) if token else None
    with github.Github(base_url=api_url, auth=auth, user_agent=USER_AGENT, per_page=PAGE) as connection:
        try:
            yield from _issues(connection.requester, repository, out)
            marked = _duplicates(connection.requester, repository) if token else {}
        except github.GithubException as error:
            raise ExportError(f"GitHub refused ({error.status}): {error.message or repository}") from error
    if marked:
        _write_marks(out, marked)


def _issues(requester: Requester, repository: str, out: Path) -> Iterator[int]:
    written = _whole_lines(out)
    with out.open("r+b" if out.exists() else "wb") as file:
        file.seek(0)
        for _ in range(written):
            file.readline()
        file.truncate()
        while True:
            _, items = requester.requestJsonAndCheck(
                "GET",
                f"/repos/{repository}/issues",
                parameters={
                    "state": "all",
                    "sort": "created",
                    "direction": "asc",
                    "per_page": PAGE,
                    "page": written // PAGE + 1,
                },
            )
            new = items[written % PAGE :]
            for item in new:
                file.write(json.dumps(_kept(item), ensure_ascii=False).encode() + b"\n")
            file.flush()
            written += len(new)
            yield written
            if len(items) < PAGE:
                return


def _whole_lines(out: Path) -> int:
    """Count the issues an earlier export wrote; half a line at the end does not count."""
    if not out.exists():
        return 0
    whole = 0
    with out.open("rb") as lines:
        for line in lines:
            try:
                issue = json.loads(line)
            except ValueError:
                break
            if not isinstance(issue, dict) or "number" not in issue:
                raise ExportError(f"{out} is there already, and is no export: choose another file")
            if not line.endswith(b"\n"):
                break
            whole += 1
    if not whole and out.stat().st_size:
        raise ExportError(f"{out} is there already, and is no export: choose another file")
    return whole


def _kept(item: dict[str, Any]) -> dict[str, Any]:
    kept = {name: item.get(name) for name in KEPT}
    kept["labels"] = [{"name": label["name"]} for label in item.get("labels") or ()]
    kept["user"] = {"login": (item.get("user") or {}).get("login")}
    if item.get("pull_request"):
        kept["pull_request"] = {}
    return kept


def _duplicates(requester: Requester, repository: str) -> dict[int, tuple[int, ...]]:
    """Find which issues were marked duplicates of which (GraphQL ``MarkedAsDuplicateEvent``)."""
    found: dict[int, tuple[int, ...]] = {}
    after: str | None = None
    while True:
        variables = {**owner_and_name(repository), "after": after}
        _, answer = requester.graphql_query(query_text("DuplicateMarks"), variables)
        issues = answer["data"]["repository"]["issues"]
        for node in issues["nodes"]:
            if originals := marks_of(node["timelineItems"]["nodes"]):
                found[node["number"]] = originals
        if not issues["pageInfo"]["hasNextPage"]:
            return found
        after = issues["pageInfo"]["endCursor"]


def _write_marks(out: Path, marked: dict[int, tuple[int, ...]]) -> None:
    """Add to each issue what it is a duplicate of; the file is replaced at once, when all is written."""
    part = out.with_name(f"{out.name}.part")
    with out.open("rb") as lines, part.open("wb") as better:
        for line in lines:
            issue = json.loads(line)
            if originals := marked.get(issue["number"]):
                issue["duplicate_of"] = list(originals)
                line = json.dumps(issue, ensure_ascii=False).encode() + b"\n"
            better.write(line)
    part.replace(out)
