"""Answer calls that add to a repository: announce files, then commit them."""

from __future__ import annotations

import base64

from starlette.responses import JSONResponse, Response

from bot.sandbox.hub.attributes import goes_to_large_storage, ignored
from bot.sandbox.hub.calls import Call, Routes
from bot.sandbox.hub.commits import AddFile, carry_out, checked_path, parse
from bot.sandbox.hub.errors import HubError, bad_request, revision_not_found
from bot.sandbox.hub.pullrequests import note_commit, open_pull_request
from bot.sandbox.hub.repository import Repo
from bot.sandbox.hub.shapes import Shape
from bot.sandbox.hub.validate_yaml import validate

PREUPLOAD_LIMIT = 1000
"""Files that may be announced in one call; the client sends 256."""


async def preupload(call: Call) -> Response:
    """Say for each file whether it goes to large-file storage, is ignored, or is there already."""
    repo = call.open_to_proposals() if call.flag("create_pr") else _committable(call)
    commit = repo.resolve(call.part("rev"))
    body = await call.json()
    announced = body.get("files")
    if not isinstance(announced, list) or len(announced) > PREUPLOAD_LIMIT:
        raise bad_request(f'"files" must be a list of at most {PREUPLOAD_LIMIT}')
    attributes = repo.text(commit, ".gitattributes") or ""
    gitignore = body.get("gitIgnore") or repo.text(commit, ".gitignore") or ""
    present = repo.git.files(commit)
    answers = []
    for file in announced:
        if not isinstance(file, dict) or not isinstance(file.get("size"), int):
            raise bad_request("Each file needs a path and its size in bytes")
        path, size = checked_path(str(file.get("path"))), file["size"]
        _decodable(file.get("sample"))
        large = goes_to_large_storage(path, size, attributes, call.hub.lfs_threshold)
        there = repo.file(path, present[path]) if path in present else None
        answers.append(
            {
                "path": path,
                "uploadMode": "lfs" if large else "regular",
                "shouldIgnore": ignored(path, str(gitignore)),
                "oid": (there.pointer.sha256 if there.pointer else there.blob) if there else None,
            }
        )
    return JSONResponse({"files": answers, "commitOid": commit})


async def commit(call: Call) -> Response:
    """Commit to a branch or a pull request, or open a pull request with the commit."""
    as_proposal = call.flag("create_pr")
    body = await call.request.body()
    # Nothing is awaited from here on: no other commit comes between the head that is checked and the new one.
    repo = call.open_to_proposals() if as_proposal else _committable(call)
    request = parse(body)
    revision = call.part("rev")
    ref = revision if revision.startswith("refs/") else f"refs/heads/{revision}"
    head = repo.git.refs().get(ref)
    if head is None:
        raise revision_not_found(revision)
    if request.parent is not None and request.parent != head:
        raise HubError(412, "A commit has happened since. Please refresh and try again.")
    _check_additions(call, repo, [op for op in request.operations if isinstance(op, AddFile)])
    files = carry_out(repo, request.operations, repo.git.files(head))
    author = call.known_caller().name
    answer: Shape = {"success": True, "hookOutput": ""}
    if as_proposal:
        discussion = open_pull_request(
            repo, request.summary, request.description, author, revision, head, "open"
        )
        ref = discussion.ref
        answer["pullRequestUrl"] = f"{call.base}/{repo.name.path}/discussions/{discussion.num}"
    made = repo.record(ref, files, author, request.message)
    note_commit(repo, ref, made)
    return JSONResponse(
        {**answer, "commitOid": made.oid, "commitUrl": f"{call.base}/{repo.name.path}/commit/{made.oid}"}
    )


def _committable(call: Call) -> Repo:
    """Find the repository to commit to: one's own, or one's own pull request elsewhere."""
    revision = call.part("rev")
    if revision.startswith("refs/pr/"):
        repo = call.open_to_proposals()
        author = call.known_caller().name
        for discussion in repo.discussions:
            if discussion.ref == revision and discussion.is_pull_request and discussion.author == author:
                if discussion.status not in ("open", "draft"):
                    raise bad_request("This pull request is no longer open")
                return repo
    return call.writable()


def _check_additions(call: Call, repo: Repo, additions: list[AddFile]) -> None:
    """Refuse what the Hub's own hooks refuse: large files inside git, cards with invalid metadata."""
    for addition in additions:
        if len(addition.content) > call.hub.lfs_threshold:
            raise bad_request(
                f"{addition.path} is larger than {call.hub.lfs_threshold} bytes; upload it as a large file"
            )
        if addition.path == "README.md":
            errors, _ = validate(addition.content.decode(errors="replace"), repo.name.type)
            if errors:
                raise bad_request("Invalid metadata in README.md: " + "; ".join(errors))


def _decodable(sample: object) -> None:
    try:
        base64.b64decode(str(sample or ""), validate=True)
    except ValueError as error:
        raise bad_request("A sample is not base64") from error


ROUTES: Routes = [
    ("POST", "/api/{kind}/{namespace}/{name}/preupload/{rev}", preupload),
    ("POST", "/api/{kind}/{namespace}/{name}/commit/{rev}", commit),
]
