"""Act on GitHub as a person does, through its REST API."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import httpx


class Person:
    """Somebody with an account on a GitHub."""

    def __init__(self, api_url: str, login: str, token: str) -> None:
        self.login = login
        headers = {"authorization": f"Bearer {token}", "accept": "application/vnd.github+json"}
        self._http = httpx.Client(base_url=api_url, headers=headers, timeout=30, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Send one request.

        Raises:
            httpx.HTTPStatusError: GitHub refused.
        """
        answer = self._http.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def open_issue(self, repository: str, title: str, body: str) -> int:
        """Open an issue and give its number."""
        return int(self.call("POST", f"/repos/{repository}/issues", {"title": title, "body": body})["number"])

    def comment(self, repository: str, number: int, body: str) -> int:
        """Comment on an issue or pull request and give the comment's id."""
        return int(self.call("POST", f"/repos/{repository}/issues/{number}/comments", {"body": body})["id"])

    def comments(self, repository: str, number: int) -> list[dict[str, Any]]:
        """List the comments of a thread."""
        answer: list[dict[str, Any]] = self.call("GET", f"/repos/{repository}/issues/{number}/comments")
        return answer

    def labels(self, repository: str, number: int) -> list[str]:
        """List the labels of a thread."""
        issue = self.call("GET", f"/repos/{repository}/issues/{number}")
        return [label["name"] for label in issue["labels"]]

    def reactions(self, repository: str, comment: int) -> list[str]:
        """List the reactions to a comment."""
        answer = self.call("GET", f"/repos/{repository}/issues/comments/{comment}/reactions")
        return [reaction["content"] for reaction in answer]

    def fork(self, repository: str) -> str:
        """Fork a repository and give the fork's name."""
        return str(self.call("POST", f"/repos/{repository}/forks", {})["full_name"])

    def branch(self, repository: str, name: str, start: str = "main") -> None:
        """Make a branch."""
        head = self.call("GET", f"/repos/{repository}/git/ref/heads/{start}")["object"]["sha"]
        self.call("POST", f"/repos/{repository}/git/refs", {"ref": f"refs/heads/{name}", "sha": head})

    def commit_folder(self, repository: str, branch: str, folder: Path, into: str, message: str) -> str:
        """Commit a folder's files to a branch in one commit and give it."""
        head = self.call("GET", f"/repos/{repository}/git/ref/heads/{branch}")["object"]["sha"]
        base = self.call("GET", f"/repos/{repository}/git/commits/{head}")["tree"]["sha"]
        entries = []
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            content = base64.b64encode(file.read_bytes()).decode()
            blob = self.call(
                "POST", f"/repos/{repository}/git/blobs", {"content": content, "encoding": "base64"}
            )
            path = f"{into}/{file.relative_to(folder).as_posix()}"
            entries.append({"path": path, "mode": "100644", "type": "blob", "sha": blob["sha"]})
        tree = self.call("POST", f"/repos/{repository}/git/trees", {"base_tree": base, "tree": entries})[
            "sha"
        ]
        commit = self.call(
            "POST",
            f"/repos/{repository}/git/commits",
            {"message": message, "tree": tree, "parents": [head]},
        )["sha"]
        self.call("PATCH", f"/repos/{repository}/git/refs/heads/{branch}", {"sha": commit})
        return str(commit)

    def open_pull_request(self, repository: str, head: str, title: str, body: str) -> int:
        """Open a pull request against ``main`` and give its number."""
        request = {"title": title, "body": body, "head": head, "base": "main"}
        return int(self.call("POST", f"/repos/{repository}/pulls", request)["number"])

    def merge(self, repository: str, number: int) -> None:
        """Merge a pull request."""
        self.call("PUT", f"/repos/{repository}/pulls/{number}/merge", {})
