"""Commits, trees, blobs, refs, files and comparisons as GitHub's JSON."""

from __future__ import annotations

import base64
from urllib.parse import quote

from bot.sandbox.github import git
from bot.sandbox.github.records import Account, Repository
from bot.sandbox.github.shapes import accounts
from bot.sandbox.github.shapes.view import Json, View, node

CONTENT_LIMIT = 1024 * 1024
"""Bytes of a file that the contents endpoint puts into its JSON (docs: get repository content)."""

_KIND = {"blob": "file", "tree": "dir", "commit": "submodule"}
UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def signature(who: git.Signature) -> Json:
    """Shape the author or committer of a commit."""
    return {"name": who.name, "email": who.email, "date": who.date}


def _parents(view: View, name: str, commit: git.Commit, kind: str) -> list[Json]:
    links = [view.links.of(kind, name=name, sha=sha) for sha in commit.parents]
    return [
        {"sha": sha, "url": each["url"], "html_url": each["html_url"]}
        for sha, each in zip(commit.parents, links, strict=True)
    ]


def git_commit(view: View, repository: Repository, commit: git.Commit) -> Json:
    """Shape a ``git-commit``: only what git knows."""
    name = view.name(repository)
    return {
        "sha": commit.sha,
        "node_id": node("C", commit.sha),
        **view.links.of("git_commit", name=name, sha=commit.sha),
        "author": signature(commit.author),
        "committer": signature(commit.committer),
        "tree": {"sha": commit.tree, "url": f"{view.links.api}/repos/{name}/git/trees/{commit.tree}"},
        "message": commit.message,
        "parents": _parents(view, name, commit, "git_commit"),
        "verification": UNSIGNED,
    }


def commit(
    view: View,
    repository: Repository,
    record: git.Commit,
    *,
    author: Account | None,
    committer: Account | None,
    changes: list[git.Change] | None = None,
) -> Json:
    """Shape a ``commit``; with ``changes`` its files and figures too."""
    name = view.name(repository)
    links = view.links.of("commit", name=name, sha=record.sha)
    inner = git_commit(view, repository, record)
    shaped = {
        "sha": record.sha,
        "node_id": node("C", record.sha),
        "commit": {
            **{key: inner[key] for key in ("author", "committer", "message", "tree", "url", "verification")},
            "comment_count": 0,
        },
        **links,
        "author": accounts.user(view, author) if author else None,
        "committer": accounts.user(view, committer) if committer else None,
        "parents": _parents(view, name, record, "commit"),
    }
    if changes is not None:
        added, removed = sum(each.additions for each in changes), sum(each.deletions for each in changes)
        shaped["stats"] = {"total": added + removed, "additions": added, "deletions": removed}
        shaped["files"] = [change(view, repository, each, record.sha) for each in changes]
    return shaped


def change(view: View, repository: Repository, record: git.Change, sha: str) -> Json:
    """Shape a ``diff-entry``: one file of a commit, comparison or pull request."""
    name, path = view.name(repository), quote(record.path)
    shaped = {
        "sha": record.sha,
        "filename": record.path,
        "status": record.status,
        "additions": record.additions,
        "deletions": record.deletions,
        "changes": record.additions + record.deletions,
        "blob_url": f"{view.links.base}/{name}/blob/{sha}/{path}",
        "raw_url": f"{view.links.base}/{name}/raw/{sha}/{path}",
        "contents_url": f"{view.links.api}/repos/{name}/contents/{path}?ref={sha}",
    }
    if record.patch is not None:
        shaped["patch"] = record.patch
    if record.previous is not None:
        shaped["previous_filename"] = record.previous
    return shaped


def ref(view: View, repository: Repository, name: str, target: git.Object) -> Json:
    """Shape a ``git-ref``."""
    api = f"{view.links.api}/repos/{view.name(repository)}/git"
    return {
        "ref": name,
        "node_id": node("REF", f"{repository.id}:{name}"),
        "url": f"{api}/{quote(name)}",
        "object": {"sha": target.sha, "type": target.kind, "url": f"{api}/{target.kind}s/{target.sha}"},
    }


def tree(view: View, repository: Repository, sha: str, entries: list[git.Entry]) -> Json:
    """Shape a ``git-tree``."""
    api = f"{view.links.api}/repos/{view.name(repository)}/git"
    return {
        "sha": sha,
        "url": f"{api}/trees/{sha}",
        "tree": [
            {
                "path": entry.path,
                "mode": entry.mode,
                "type": entry.kind,
                "sha": entry.sha,
                **({"size": entry.size} if entry.size is not None else {}),
                "url": f"{api}/{entry.kind}s/{entry.sha}",
            }
            for entry in entries
        ],
        "truncated": False,
    }


def blob(view: View, repository: Repository, record: git.Object) -> Json:
    """Shape a ``blob``."""
    return {
        "sha": record.sha,
        "node_id": node("B", record.sha),
        "size": len(record.content),
        "url": f"{view.links.api}/repos/{view.name(repository)}/git/blobs/{record.sha}",
        "content": _lines(record.content),
        "encoding": "base64",
    }


def _lines(content: bytes) -> str:
    """Write base64 in lines of 60 characters, as GitHub does."""
    text = base64.b64encode(content).decode()
    return "".join(f"{text[start : start + 60]}\n" for start in range(0, len(text), 60))


def entry(view: View, repository: Repository, record: git.Entry, revision: str) -> Json:
    """Shape a file or folder as a folder's listing shows it."""
    name, path = view.name(repository), quote(record.path)
    url = f"{view.links.api}/repos/{name}/contents/{path}?ref={quote(revision, safe='')}"
    page = "tree" if record.kind == "tree" else "blob"
    html = f"{view.links.base}/{name}/{page}/{quote(revision)}/{path}"
    git_url = f"{view.links.api}/repos/{name}/git/{record.kind}s/{record.sha}"
    raw = f"{view.links.base}/{name}/raw/{quote(revision)}/{path}" if record.kind == "blob" else None
    return {
        "name": record.path.rsplit("/", 1)[-1],
        "path": record.path,
        "sha": record.sha,
        "size": record.size or 0,
        "url": url,
        "html_url": html,
        "git_url": git_url,
        "download_url": raw,
        "type": "symlink" if record.mode == "120000" else _KIND[record.kind],
        "_links": {"self": url, "git": git_url, "html": html},
    }


def file(view: View, repository: Repository, record: git.Entry, revision: str, content: bytes) -> Json:
    """Shape a ``content-file``; over one megabyte its content stays out, as GitHub does it."""
    fits = len(content) <= CONTENT_LIMIT
    return entry(view, repository, record, revision) | {
        "content": _lines(content) if fits else "",
        "encoding": "base64" if fits else "none",
    }
