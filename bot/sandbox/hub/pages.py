"""Show the Hub to people: pages to open in a browser, looking as anybody one likes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl, quote

from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.rendering import render_page
from bot.sandbox.hub.calls import VIEWER_COOKIE, Call, Handler, Routes
from bot.sandbox.hub.cards import read_card
from bot.sandbox.hub.discussions import diff, merge
from bot.sandbox.hub.errors import HubError
from bot.sandbox.hub.gitstore import HEAD
from bot.sandbox.hub.markdown import shown as shown_markdown
from bot.sandbox.hub.names import TYPES
from bot.sandbox.hub.pullrequests import three_versions
from bot.sandbox.hub.repository import File, Repo
from bot.sandbox.hub.routes_tree import entries_in, last_commits
from bot.sandbox.hub.shapes import look, tags

SHOWN_LIMIT = 200_000
"""Bytes of a text file, or characters of a diff, above which a page does not show it."""


def page(call: Call, template: str, **variables: object) -> Response:
    """Render a page with what every page shows; its ``status`` is 200 unless given."""
    common = {"users": sorted(call.hub.accounts.users), "viewer": call.caller.name if call.caller else ""}
    text = render_page(f"pages/sandbox_hub/{template}.html.j2", **common, **variables)
    status = variables.get("status", 200)
    return HTMLResponse(text, status if isinstance(status, int) else 200)


def readable_size(size: int) -> str:
    """Write a number of bytes for people."""
    if size < 1000:
        return f"{size} bytes"
    amount = float(size)
    for unit in ("kB", "MB", "GB", "TB"):
        amount /= 1000
        if amount < 1000:
            return f"{amount:.1f} {unit}"
    return f"{amount:.0f} TB"


async def look_as(call: Call) -> Response:
    """Look at the pages as somebody else from now on."""
    form = dict(parse_qsl((await call.request.body()).decode(errors="replace")))
    response = RedirectResponse("/", 303)
    response.set_cookie(VIEWER_COOKIE, quote(form.get("user", "")), samesite="lax", httponly=True)
    return response


async def index(call: Call) -> Response:
    """List everything one may see, or what is under one name."""
    namespace = call.part("namespace") if "namespace" in call.request.path_params else None
    groups = []
    for type_ in TYPES:
        repos = [repo for repo in call.hub.shelf if repo.name.type == type_ and call.may_read(repo)]
        shown = [_listed(repo) for repo in repos if namespace in (None, repo.name.namespace)]
        if shown:
            groups.append((f"{type_.capitalize()}s", shown))
    collections = [
        collection
        for collection in call.hub.collections.by_slug.values()
        if call.may_see(collection) and namespace in (None, collection.owner)
    ]
    heading = namespace or "Everything on this Hub"
    return page(call, "index", heading=heading, groups=groups, collections=list(map(asdict, collections)))


async def show_repo(call: Call) -> Response:
    """Show a repository's card."""
    repo = call.readable()
    head = repo.git.commit(repo.resolve("main"))
    files = repo.files(head.oid)
    card = read_card(repo.text(head.oid, "README.md") or "")
    metadata = card.metadata if isinstance(card.metadata, dict) else {}
    refs = [ref.removeprefix("refs/tags/") for ref in repo.git.refs() if ref.startswith("refs/tags/")]
    return page(
        call,
        "repo",
        repo=_summary(repo),
        head=head,
        card=shown_markdown(card.body, repo.name.path) if card.body.strip() else "",
        metadata=[(str(key), _written(value)) for key, value in metadata.items() if key != "model-index"],
        results=_results(metadata.get("model-index")),
        versions=[{"name": name, "quoted": quote(name, safe="")} for name in refs],
        file_count=len(files),
        total_size=readable_size(sum(file.size for file in files)),
    )


async def show_tree(call: Call) -> Response:
    """Show a folder at a revision."""
    repo, revision = call.readable(), call.part("rev")
    within = call.part("path").strip("/") if "path" in call.request.path_params else ""
    commit = repo.resolve(revision)
    entries = entries_in(repo, commit, within, recursive=False)
    paths = [found.path if isinstance(found, File) else found[0] for found in entries]
    last = last_commits(repo, commit, set(paths))
    shown = [
        {
            "name": path.rsplit("/", 1)[-1],
            "quoted": quote(path),
            "is_folder": not isinstance(found, File),
            "size": readable_size(found.size) if isinstance(found, File) else "",
            "sha256": found.pointer.sha256 if isinstance(found, File) and found.pointer else None,
            "title": last[path].title if path in last else "",
        }
        for path, found in zip(paths, entries, strict=True)
    ]
    above = within.rpartition("/")[0]
    parent = (f"/{quote(above)}" if above else "") if within else None
    quoted = quote(revision, safe="")
    variables = {"revision": revision, "quoted": quoted, "commit": commit, "within": within, "parent": parent}
    return page(call, "tree", repo=_summary(repo), entries=shown, **variables)


async def show_file(call: Call) -> Response:
    """Show a text file, or what is known of another."""
    repo, revision = call.readable(), call.part("rev")
    file = repo.find(repo.resolve(revision), call.part("path"))
    gated = bool(repo.settings.gated) and not (call.caller and call.caller.may_see(repo.name))
    text = None
    if file.pointer is None and file.size <= SHOWN_LIMIT and not gated:
        try:
            text = repo.git.read_blob(file.blob).decode()
        except UnicodeDecodeError:
            text = None
    return page(
        call,
        "blob",
        repo=_summary(repo),
        revision=revision,
        quoted=quote(revision, safe=""),
        path=file.path,
        quoted_path=quote(file.path),
        size=readable_size(file.size),
        sha256=file.pointer.sha256 if file.pointer else None,
        text=text,
    )


async def show_commits(call: Call) -> Response:
    """Show a history with the names that point into it."""
    repo, revision = call.readable(), call.part("rev")
    names: dict[str, list[str]] = {}
    for ref, oid in repo.git.refs().items():
        names.setdefault(oid, []).append(ref.removeprefix("refs/heads/").removeprefix("refs/tags/"))
    commits = list(repo.git.log(repo.resolve(revision)))
    return page(call, "commits", repo=_summary(repo), revision=revision, commits=commits, names=names)


async def show_commit(call: Call) -> Response:
    """Show what one commit changed."""
    repo = call.downloadable()
    commit = repo.git.commit(repo.resolve(call.part("rev")))
    before = repo.git.files(commit.parents[0]) if commit.parents else {}
    changes = diff(before, repo.git.files(commit.oid), repo.git.read_blob)
    return page(call, "commit", repo=_summary(repo), commit=commit, diff=changes[:SHOWN_LIMIT])


async def show_discussions(call: Call) -> Response:
    """List discussions and pull requests."""
    repo = call.readable()
    return page(call, "discussions", repo=_summary(repo), discussions=list(reversed(repo.discussions)))


async def show_discussion(call: Call) -> Response:
    """Show a discussion or a pull request with its changes."""
    repo = call.readable()
    number = call.part("number")
    discussion = repo.discussion(int(number) if number.isascii() and number.isdigit() else 0)
    changes, conflicts = "", list[str]()
    if discussion.is_pull_request:
        base, ours, theirs = three_versions(repo, discussion)
        changes = diff(base, theirs, repo.git.read_blob)[:SHOWN_LIMIT]
        conflicts = merge(base, ours, theirs)[1] if discussion.status != "merged" else []
    texts = {event["id"]: shown_markdown(_said(event["data"])) for event in discussion.events}
    variables = {"texts": texts, "diff": changes, "conflicts": conflicts}
    return page(call, "discussion", repo=_summary(repo), discussion=discussion, **variables)


async def show_collection(call: Call) -> Response:
    """Show a collection."""
    collection = call.collection()
    return page(call, "collection", collection=asdict(collection))


def _summary(repo: Repo) -> dict[str, Any]:
    return {
        **asdict(repo.name),
        "id": repo.name.id,
        "path": repo.name.path,
        "private": repo.settings.private,
        "gated": repo.settings.gated,
        "discussions": len(repo.discussions),
    }


def _listed(repo: Repo) -> dict[str, Any]:
    head = repo.git.commit(repo.git.refs()[HEAD])
    shown = tags(look(repo, head.oid)["metadata"])[:-1]
    return {**_summary(repo), "tags": shown[:6], "updated": head.date.strftime("%Y-%m-%d %H:%M:%S")}


def _said(data: object) -> str:
    latest = data.get("latest") if isinstance(data, dict) else None
    return str(latest["raw"]) if isinstance(latest, dict) else ""


def _written(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_written, value))
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_written(inner)}" for key, inner in value.items())
    return str(value)


def _results(model_index: object) -> list[tuple[str, str]]:
    """List the metrics of a model index, which was validated when it was committed, by data set."""
    return [
        (f"{metric.get('name') or metric['type']} on {result['dataset']['name']}", str(metric["value"]))
        for model in (model_index if isinstance(model_index, list) else [])
        for result in model["results"]
        for metric in result["metrics"]
    ]


def _kindly(handler: Handler) -> Handler:
    """Turn refusals into pages, too."""

    async def answer(call: Call) -> Response:
        try:
            return await handler(call)
        except HubError as error:
            if error.status < 400:
                raise
            return page(call, "error", status=error.status, message=error.message)

    return answer


ROUTES: Routes = [
    ("POST", "/_sandbox/viewer", look_as),
    ("GET", "/", index),
    ("GET", "/collections/{namespace}/{slug}", _kindly(show_collection)),
    *[
        ("GET", f"{prefix}/{{namespace}}/{{name}}{rest}", _kindly(handler))
        for prefix in ("/datasets", "/spaces", "")
        for rest, handler in (
            ("", show_repo),
            ("/tree/{rev}", show_tree),
            ("/tree/{rev}/{path:path}", show_tree),
            ("/blob/{rev}/{path:path}", show_file),
            ("/commits/{rev}", show_commits),
            ("/commit/{rev}", show_commit),
            ("/discussions", show_discussions),
            ("/discussions/{number}", show_discussion),
        )
    ],
    ("GET", "/{namespace}", index),
]
