"""Branches, tags, commits and comparisons."""

from __future__ import annotations

from bot.sandbox.github import commits, content, git
from bot.sandbox.github.calls import Call, Reply, Routes, in_thread
from bot.sandbox.github.problems import Problem, not_found
from bot.sandbox.github.shapes import git_objects as shapes
from bot.sandbox.github.shapes import pulls
from bot.sandbox.github.shapes.view import Json, node

routes = Routes()


def _api(call: Call) -> str:
    return f"{call.view.links.api}/repos/{call.view.name(call.repository)}"


@routes("GET", "/repos/{owner}/{repo}/branches", app="contents:read")
async def list_branches(call: Call) -> Reply:
    """List the branches."""
    found = sorted((await in_thread(call.git.refs)).items())

    def shape(branch: tuple[str, str]) -> Json:
        name, sha = branch
        target = {"sha": sha, "url": f"{_api(call)}/commits/{sha}"}
        return {"name": name.removeprefix("refs/heads/"), "commit": target, "protected": False}

    return call.page(found, shape)


@routes("GET", "/repos/{owner}/{repo}/branches/{branch:path}", app="contents:read")
async def get_branch(call: Call) -> Reply:
    """Show a branch with its last commit."""
    branch = call.path["branch"]
    commit = await in_thread(call.git.commit, f"refs/heads/{branch}")
    if commit is None:
        raise Problem(404, "Branch not found")
    url = f"{_api(call)}/branches/{branch}"
    html = f"{call.view.links.base}/{call.view.name(call.repository)}/tree/{branch}"
    checks = {"url": f"{url}/protection", "contexts": [], "checks": [], "enforcement_level": "off"}
    checks["contexts_url"] = f"{url}/protection/required_status_checks/contexts"
    return Reply(
        200,
        {
            "name": branch,
            "commit": commits.shape(call, commit),
            "_links": {"self": url, "html": html},
            "protected": False,
            "protection": {"enabled": False, "required_status_checks": checks},
            "protection_url": f"{url}/protection",
        },
    )


@routes("GET", "/repos/{owner}/{repo}/tags", app="contents:read")
async def list_tags(call: Call) -> Reply:
    """List the tags, by name from the last."""
    names = sorted(await in_thread(call.git.refs, "refs/tags/"), reverse=True)
    found = [(name.removeprefix("refs/tags/"), await in_thread(call.git.resolve, name)) for name in names]

    def shape(tag: tuple[str, str | None]) -> Json:
        name, sha = tag
        return {
            "name": name,
            "commit": {"sha": sha, "url": f"{_api(call)}/commits/{sha}"},
            "zipball_url": f"{_api(call)}/zipball/refs/tags/{name}",
            "tarball_url": f"{_api(call)}/tarball/refs/tags/{name}",
            "node_id": node("REF", f"{call.repository.id}:{name}"),
        }

    return call.page([each for each in found if each[1]], shape)


@routes("GET", "/repos/{owner}/{repo}/commits", app="contents:read")
async def list_commits(call: Call) -> Reply:
    """List commits, newest first, also of one path or one author."""
    revision = call.query.get("sha") or call.repository.default_branch
    sha = await in_thread(call.git.resolve, revision)
    if sha is None:
        if not await in_thread(call.git.refs):
            raise Problem(409, "Git Repository is empty.")
        raise not_found()
    found = await in_thread(call.git.history, sha, path=call.query.get("path"))
    if author := call.query.get("author", "").lower():
        found = [each for each in found if author in _authors(call, each)]
    return call.page(found, lambda each: commits.shape(call, each))


def _authors(call: Call, commit: git.Commit) -> set[str]:
    account = content.signer(call.house, commit.author.email)
    return {commit.author.email.lower(), account.login.lower() if account else ""}


@routes("GET", "/repos/{owner}/{repo}/commits/{ref:path}", app="contents:read")
async def get_commit(call: Call) -> Reply:
    """Show a commit, by sha, branch or tag, with what it changed."""
    commit = await commits.find(call, call.path["ref"])
    accept = call.request.headers.get("accept", "")
    if "github" in accept and ".sha" in accept:
        return Reply(200, commit.sha.encode(), {"Content-Type": "application/vnd.github.v3.sha"})
    if ".diff" in accept:
        before = commit.parents[0] if commit.parents else git.EMPTY_TREE
        text = await in_thread(call.git.diff, before, commit.sha)
        return Reply(200, text, {"Content-Type": "application/vnd.github.v3.diff; charset=utf-8"})
    return Reply(200, commits.shape(call, commit, await commits.changes_of(call, commit)))


@routes("GET", "/repos/{owner}/{repo}/commits/{ref}/pulls", app="pull_requests:read")
async def pulls_of_commit(call: Call) -> Reply:
    """List the pull requests a commit is the head or the merge of."""
    commit = await commits.find(call, call.path["ref"])
    found = [
        pull
        for pull in call.store.pulls.all(repository=call.repository.id)
        if commit.sha in (pull.head_sha, pull.merge_commit_sha)
    ]
    return call.page(found, lambda each: pulls.pull_request_simple(call.view, each))


async def _end(call: Call, label: str) -> git.Commit:
    """Find one end of a comparison: a branch, tag or sha, or ``owner:branch`` in a fork."""
    source, revision = commits.repository_of(call, label)
    sha = await in_thread(call.house.git(source).resolve, revision)
    if sha is None:
        raise not_found()
    if source.id != call.repository.id:
        await commits.bring(call, source, sha, f"refs/sandbox/{sha}")
    return await commits.find(call, sha)


@routes("GET", "/repos/{owner}/{repo}/compare/{basehead:path}", app="contents:read")
async def compare(call: Call) -> Reply:
    """Compare two commits, as ``base...head``."""
    left, dots, right = call.path["basehead"].partition("...")
    if not dots or not right:
        raise not_found()
    base, head = await _end(call, left), await _end(call, right)
    shared = await in_thread(call.git.merge_base, base.sha, head.sha)
    if shared is None:
        raise Problem(404, f"No common ancestor between {left} and {right}.")
    ahead = list(reversed(await in_thread(call.git.history, head.sha, f"^{base.sha}")))
    behind = await in_thread(call.git.count, base.sha, f"^{head.sha}")
    statuses = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}
    changes = await in_thread(call.git.changes, shared, head.sha)
    web = f"{call.view.links.base}/{call.view.name(call.repository)}/compare"
    span = f"{left}...{right}"
    page = call.page(ahead, lambda each: commits.shape(call, each))
    return Reply(
        200,
        {
            "url": f"{_api(call)}/compare/{span}",
            "html_url": f"{web}/{span}",
            "permalink_url": f"{web}/{base.sha[:12]}...{head.sha[:12]}",
            "diff_url": f"{web}/{span}.diff",
            "patch_url": f"{web}/{span}.patch",
            "base_commit": commits.shape(call, base),
            "merge_base_commit": commits.shape(call, await commits.find(call, shared)),
            "status": statuses.get((bool(ahead), bool(behind)), "identical"),
            "ahead_by": len(ahead),
            "behind_by": behind,
            "total_commits": len(ahead),
            "commits": page.body,
            "files": [shapes.change(call.view, call.repository, each, head.sha) for each in changes],
        },
        page.headers,
    )
