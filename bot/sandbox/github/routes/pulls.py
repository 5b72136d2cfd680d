"""Pull requests: list, open, change, compare, review, merge."""

from __future__ import annotations

from bot.sandbox.github import commits, linking, pulling, pushes, threads
from bot.sandbox.github.calls import NO_CONTENT, Call, Reply, Routes, in_thread
from bot.sandbox.github.problems import Problem, must_have_rights, not_found
from bot.sandbox.github.records import Issue, Pull
from bot.sandbox.github.routes.issues import open_issue, read_title
from bot.sandbox.github.shapes import git_objects
from bot.sandbox.github.shapes import pulls as shapes

routes = Routes()
ONE = "/repos/{owner}/{repo}/pulls/{number}"


def find_pull(call: Call) -> tuple[Pull, Issue]:
    """Find the pull request that ``{number}`` of the path names; raises a 404 Problem."""
    issue = call.issue
    pull = call.store.pulls.get(issue.pull_id) if issue.pull_id is not None else None
    if pull is None:
        raise not_found()
    return pull, issue


@routes("POST", "/repos/{owner}/{repo}/pulls", app="pull_requests:write")
async def create_pull(call: Call) -> Reply:
    """Open a pull request from a branch here or, as ``owner:branch``, in a fork."""
    fields = call.fields
    fields.required("head", "base")
    title, body = read_title(call, "PullRequest", needed=True), fields.body("PullRequest")
    base, head = fields.needed("base"), fields.needed("head")
    base_sha, source, branch, head_sha = await pulling.find_sides(call, base, head)
    issue = open_issue(call, title or "", body)
    pull = Pull(
        id=call.store.next_id(),
        issue_id=issue.id,
        repository_id=call.repository.id,
        number=issue.number,
        base_ref=base,
        base_sha=base_sha,
        head_repository_id=source.id,
        head_owner_id=source.owner_id,
        head_ref=branch,
        head_sha=head_sha,
        draft=fields.flag("draft") or False,
        maintainer_can_modify=(fields.flag("maintainer_can_modify") is not False)
        and source.id != call.repository.id,
    )
    issue.pull_id = pull.id
    call.store.issues.save(issue)
    call.store.pulls.save(pull)
    await in_thread(call.git.update, f"refs/pull/{pull.number}/head", head_sha)
    await pulling.measure(call, pull)
    threads.announce(call, issue, "opened")
    linking.note_mentions(call, issue, body)
    shaped = shapes.pull_request(call.view, pull)
    return Reply(201, shaped, {"Location": shaped["url"]})


@routes("GET", "/repos/{owner}/{repo}/pulls", app="pull_requests:read")
async def list_pulls(call: Call) -> Reply:
    """List pull requests, newest first unless asked otherwise."""
    query, store = call.query, call.store
    state = query.get("state", "open")
    found = [
        pull
        for pull in store.pulls.all(repository=call.repository.id)
        if state in ("all", store.issues[pull.issue_id].state)
        if query.get("base") in (None, pull.base_ref)
    ]
    if head := query.get("head"):
        labels = {pull.id: f"{store.accounts[pull.head_owner_id].login}:{pull.head_ref}" for pull in found}
        found = [pull for pull in found if labels[pull.id].lower() == head.lower()]
    if query.get("sort") == "updated":
        found.sort(key=lambda pull: (store.issues[pull.issue_id].updated_at, pull.number))
    default = "desc" if query.get("sort", "created") == "created" else "asc"
    if query.get("direction", default) == "desc":
        found.reverse()
    return call.page(found, lambda each: shapes.pull_request_simple(call.view, each))


@routes("GET", ONE, app="pull_requests:read")
async def get_pull(call: Call) -> Reply:
    """Show a pull request, or its difference in the diff and patch media types."""
    pull, _ = find_pull(call)
    accept = call.request.headers.get("accept", "")
    if ".diff" in accept or ".patch" in accept:
        base = await in_thread(call.git.merge_base, pull.base_sha, pull.head_sha) or pull.base_sha
        kind = "diff" if ".diff" in accept else "patch"
        write = call.git.diff if kind == "diff" else call.git.format_patch
        text = await in_thread(write, base, pull.head_sha)
        return Reply(200, text, {"Content-Type": f"application/vnd.github.v3.{kind}; charset=utf-8"})
    return Reply(200, shapes.pull_request(call.view, pull))


@routes("PATCH", ONE, app="pull_requests:write")
async def update_pull(call: Call) -> Reply:
    """Change a pull request's words, base or state; its author may, and who can triage."""
    pull, issue = find_pull(call)
    if not call.may("triage") and issue.author_id != call.account.id:
        raise must_have_rights()
    fields = call.fields
    title, body = read_title(call, "PullRequest", needed=False), fields.body("PullRequest")
    state, base = fields.choice("state", "open", "closed"), fields.text("base")
    threads.edit(call, issue, title, "" if "body" in fields and body is None else body)
    if base is not None and base != pull.base_ref:
        sha = await pulling.tip(call.git, base)
        if sha is None:
            raise Problem(422, "Validation Failed", errors=[f"Proposed base branch '{base}' was not found"])
        changes = {"base": {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}}
        pull.base_ref, pull.base_sha = base, sha
        await pulling.measure(call, pull)
        threads.announce(call, issue, "edited", changes=changes)
    if state is not None:
        threads.set_state(call, issue, state)
    return Reply(200, shapes.pull_request(call.view, pull))


@routes("GET", f"{ONE}/files", app="pull_requests:read")
async def list_files(call: Call) -> Reply:
    """List what a pull request changes."""
    pull, _ = find_pull(call)
    changes = await pulling.changes_of(call, pull)
    return call.page(
        changes, lambda each: git_objects.change(call.view, call.repository, each, pull.head_sha)
    )


@routes("GET", f"{ONE}/commits", app="pull_requests:read")
async def list_commits(call: Call) -> Reply:
    """List a pull request's commits, oldest first."""
    pull, _ = find_pull(call)
    return call.page(await pulling.commits_of(call, pull), lambda each: commits.shape(call, each))


@routes("GET", f"{ONE}/merge", app="pull_requests:read")
async def is_merged(call: Call) -> Reply:
    """Tell by the status whether a pull request was merged."""
    if not find_pull(call)[0].merged_at:
        raise not_found()
    return NO_CONTENT


@routes("PUT", f"{ONE}/merge", app="contents:write", role="write")
async def merge_pull(call: Call) -> Reply:
    """Merge a pull request, as a merge commit or squashed."""
    pull, issue = find_pull(call)
    method = call.fields.choice("merge_method", "merge", "squash", "rebase") or "merge"
    expected = call.fields.text("sha")
    if method == "rebase":
        raise Problem(405, "Rebase merges are not allowed on this repository.")
    if issue.state != "open" or pull.draft:
        raise Problem(405, "Pull Request is not mergeable")
    if expected is not None and expected != pull.head_sha:
        raise Problem(409, "Head branch was modified. Review and try the merge again.")
    before, after = await pulling.merge(call, pull, issue, method)
    await in_thread(call.git.update, f"refs/heads/{pull.base_ref}", after, expected=before)
    pull.base_sha = before
    pulling.mark_merged(call, pull, issue, after)
    await pushes.pushed(call, f"refs/heads/{pull.base_ref}", before, after)
    return Reply(200, {"sha": after, "merged": True, "message": "Pull Request successfully merged"})
