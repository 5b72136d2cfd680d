"""Pages for people: what GitHub's website would show, plainly."""

from __future__ import annotations

import html
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.rendering import render_page
from bot.sandbox.github import git
from bot.sandbox.github.calls import in_thread
from bot.sandbox.github.house import House
from bot.sandbox.github.markdown import shown
from bot.sandbox.github.records import Comment, Happening, Issue, Pull, Repository, Review
from bot.sandbox.github.shapes import issues as shapes
from bot.sandbox.github.site import MissingError, file_of, house_of, repository_of, view_of

RECENT = 50
SHOWN_BYTES = 300_000
SYMBOLS = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "confused": "😕",
    "heart": "❤️",
    "hooray": "🎉",
    "rocket": "🚀",
    "eyes": "👀",
}


def _page(template: str, **variables: Any) -> HTMLResponse:
    return HTMLResponse(render_page(f"pages/sandbox_github/{template}.html.j2", **variables))


async def missing(request: Request, error: Exception) -> Response:
    """Say that there is no such page."""
    text = render_page("pages/sandbox_github/missing.html.j2", path=request.url.path)
    return HTMLResponse(text, 404)


async def front(request: Request) -> Response:
    """List the repositories, the Apps and the last webhooks."""
    house = house_of(request)
    repositories = [
        {"name": house.full_name(each), "record": each, "open": house.store.issues.count(open=each.id)}
        for each in house.store.repositories
    ]
    deliveries = sorted(house.store.deliveries, key=lambda each: -each.id)[:RECENT]
    apps = {each.id: each for each in house.store.apps}
    return _page("front", repositories=repositories, deliveries=deliveries, apps=apps)


async def delivery(request: Request) -> Response:
    """Show one webhook: what was sent, and what came back."""
    found = house_of(request).store.deliveries.get(int(request.path_params["id"]))
    if found is None:
        raise MissingError
    payload = orjson.dumps(orjson.loads(found.payload), option=orjson.OPT_INDENT_2).decode()
    return _page("delivery", delivery=found, payload=payload)


async def account(request: Request) -> Response:
    """Show an account and its repositories."""
    house = house_of(request)
    found = house.store.accounts.one(login=request.path_params["owner"].lower())
    if found is None:
        raise MissingError
    owned = [house.full_name(each) for each in house.store.repositories.all(owner=found.id)]
    return _page("account", account=found, repositories=owned)


async def avatar(request: Request) -> Response:
    """Draw an account's picture: its first letter on a colour of its own."""
    found = house_of(request).store.accounts.get(int(request.path_params["id"]))
    letter = html.escape((found.login if found else "?")[0].upper())
    hue = int(request.path_params["id"]) * 47 % 360
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">'
        f'<rect width="40" height="40" fill="hsl({hue} 45% 45%)"/>'
        f'<text x="20" y="27" font-family="sans-serif" font-size="20" fill="#fff" text-anchor="middle">'
        f"{letter}</text></svg>"
    )
    return Response(drawing, media_type="image/svg+xml")


async def repository(request: Request) -> Response:
    """Show a repository: its files, README and open threads."""
    house, record = house_of(request), repository_of(request)
    opened = house.git(record)
    head = await in_thread(opened.commit, f"refs/heads/{record.default_branch}")
    entries = await in_thread(opened.tree, head.sha) if head else []
    entries.sort(key=lambda each: (each.kind != "tree", each.path))
    readme = next((each for each in entries if each.path.lower() == "readme.md"), None)
    body = await in_thread(opened.read, readme.sha) if readme else None
    branches = await in_thread(opened.refs)
    return _page(
        "repository",
        name=house.full_name(record),
        record=record,
        entries=entries,
        branches=[each.removeprefix("refs/heads/") for each in branches],
        head=head,
        readme=shown(body.content.decode(errors="replace")) if body else None,
        threads=_threads(request, record, "open"),
        releases=list(reversed(house.store.releases.all(repository=record.id))),
    )


def _threads(request: Request, record: Repository, state: str) -> list[dict[str, Any]]:
    house, view = house_of(request), view_of(request)
    found = [
        each
        for each in reversed(house.store.issues.all(repository=record.id))
        if state in ("all", each.state)
    ]
    return [
        {
            "issue": each,
            "author": house.store.accounts[each.author_id].login,
            "labels": shapes.labels(view, each),
            "kind": "pull" if each.pull_id else "issues",
        }
        for each in found
    ]


async def threads(request: Request) -> Response:
    """List a repository's issues and pull requests."""
    record = repository_of(request)
    state = request.query_params.get("state", "all")
    name = house_of(request).full_name(record)
    return _page("threads", name=name, threads=_threads(request, record, state))


def _entry(house: House, entry: Comment | Happening | Review) -> dict[str, Any]:
    """Prepare one entry of a thread for its page."""
    if isinstance(entry, Comment):
        return _words(house, entry.author_id, entry.created_at, entry.body, entry.id) | {
            "hidden": entry.minimized,
            "anchor": f"issuecomment-{entry.id}",
            "edited": entry.updated_at != entry.created_at,
        }
    if isinstance(entry, Review):
        words = _words(house, entry.author_id, entry.submitted_at, entry.body, entry.id)
        verb = entry.state.lower().replace("_", " ")
        return words | {"anchor": f"pullrequestreview-{entry.id}", "edited": False, "verb": verb}
    details = dict(entry.details)
    for role in ("assignee", "requested_reviewer"):
        if role in details:
            details[role] = house.store.accounts[details[role]].login
    for thread in ("source", "canonical"):
        if thread in details:
            named = house.store.issues.get(details[thread])
            details[thread] = f"#{named.number}" if named else "a thread that is gone"
    if "requested_team" in details:
        details["requested_reviewer"] = house.store.teams[details["requested_team"]].slug
    actor = house.store.accounts[entry.actor_id].login
    return {
        "kind": "event",
        "actor": actor,
        "event": entry.event,
        "details": details,
        "when": entry.created_at,
    }


def _words(house: House, author_id: int, when: str, body: str | None, subject: int) -> dict[str, Any]:
    counts: dict[str, list[str]] = {}
    for each in house.store.reactions.all(subject=subject):
        counts.setdefault(SYMBOLS[each.content], []).append(house.store.accounts[each.account_id].login)
    author = house.store.accounts[author_id]
    return {
        "kind": "words",
        "author": author.login,
        "author_id": author.id,
        "bot": author.kind == "Bot",
        "when": when,
        "body": shown(body),
        "reactions": counts,
        "verb": "commented",
        "hidden": None,
    }


async def thread(request: Request) -> Response:
    """Show an issue or a pull request with everything that happened on it."""
    house, record = house_of(request), repository_of(request)
    issue = house.store.issues.one(number=(record.id, int(request.path_params["number"])))
    if issue is None:
        raise MissingError
    store = house.store
    entries: list[Comment | Happening | Review] = [
        *store.comments.all(issue=issue.id),
        *store.happenings.all(issue=issue.id),
        *(store.reviews.all(pull=issue.pull_id) if issue.pull_id is not None else []),
    ]
    entries.sort(key=lambda each: each.id)
    opening = _words(house, issue.author_id, issue.created_at, issue.body, issue.id)
    pull = store.pulls.get(issue.pull_id) if issue.pull_id is not None else None
    return _page(
        "thread",
        name=house.full_name(record),
        issue=issue,
        state="merged" if pull and pull.merged_at else issue.state,
        labels=shapes.labels(view_of(request), issue),
        milestone=store.milestones[issue.milestone_id].title if issue.milestone_id is not None else None,
        assignees=[store.accounts[id].login for id in issue.assignee_ids],
        opening=opening | {"anchor": "opening", "edited": False, "verb": "opened this"},
        entries=[_entry(house, each) for each in entries],
        pull=await _pull(house, record, issue, pull) if pull else None,
    )


async def _pull(house: House, record: Repository, issue: Issue, pull: Pull) -> dict[str, Any]:
    opened = house.git(record)
    base = await in_thread(opened.merge_base, pull.base_sha, pull.head_sha) or git.EMPTY_TREE
    owner = house.store.accounts[pull.head_owner_id].login
    return {
        "record": pull,
        "head": pull.head_ref if pull.head_owner_id == record.owner_id else f"{owner}:{pull.head_ref}",
        "commits": list(reversed(await in_thread(opened.history, pull.head_sha, f"^{pull.base_sha}"))),
        "changes": await in_thread(opened.changes, base, pull.head_sha),
        "runs": house.store.runs.all(sha=(record.id, pull.head_sha)),
        "reviewers": [
            *(house.store.accounts[id].login for id in pull.reviewer_ids),
            *(house.store.teams[id].slug for id in pull.reviewing_team_ids),
        ],
    }


async def discussion(request: Request) -> Response:
    """Show how a discussion begins."""
    house, record = house_of(request), repository_of(request)
    found = house.store.discussions.one(number=(record.id, int(request.path_params["number"])))
    if found is None:
        raise MissingError
    opening = _words(house, found.author_id, found.created_at, found.body, found.id)
    opening |= {"anchor": "opening", "edited": False, "verb": f"asked in {found.category}"}
    return _page("discussion", name=house.full_name(record), discussion=found, opening=opening)


async def run(request: Request) -> Response:
    """Show a check run with its words and annotations."""
    house, record = house_of(request), repository_of(request)
    found = house.store.runs.get(int(request.path_params["id"]))
    if found is None or found.repository_id != record.id:
        raise MissingError
    output = {part: shown(found.output.get(part)) for part in ("summary", "text")}
    return _page("run", name=house.full_name(record), run=found, output=output)


async def commit(request: Request) -> Response:
    """Show a commit and what it changed."""
    house, record = house_of(request), repository_of(request)
    opened = house.git(record)
    found = await in_thread(opened.commit, request.path_params["sha"])
    if found is None:
        raise MissingError
    before = found.parents[0] if found.parents else git.EMPTY_TREE
    changes = await in_thread(opened.changes, before, found.sha)
    return _page("commit", name=house.full_name(record), commit=found, changes=changes)


async def file(request: Request) -> Response:
    """Show a file or a folder."""
    opened, sha, path = await file_of(request)
    found = await in_thread(opened.read, f"{sha}:{path}" if path else f"{sha}^{{tree}}")
    if found is None:
        raise MissingError
    name, entries, text, words = house_of(request).full_name(repository_of(request)), None, None, None
    if found.kind == "tree":
        entries = await in_thread(opened.tree, found.sha)
    elif b"\0" not in found.content[:8000] and len(found.content) <= SHOWN_BYTES:
        text = found.content.decode(errors="replace")
        words = shown(text) if path.lower().endswith(".md") and not text.startswith("---") else None
    return _page(
        "file",
        name=name,
        sha=sha,
        path=path,
        entries=entries,
        text=text,
        words=words,
        size=len(found.content),
    )


async def release(request: Request) -> Response:
    """Show a release and its files."""
    house, record = house_of(request), repository_of(request)
    found = house.store.releases.one(tag=(record.id, request.path_params["tag"]))
    if found is None:
        raise MissingError
    assets = house.store.assets.all(release=found.id)
    name = house.full_name(record)
    return _page("release", name=name, release=found, body=shown(found.body), assets=assets)


async def app(request: Request) -> Response:
    """Show a GitHub App and where it is installed."""
    store = house_of(request).store
    found = store.apps.one(slug=request.path_params["slug"])
    if found is None:
        raise MissingError
    installed = [store.accounts[each.account_id].login for each in store.installations.all(app=found.id)]
    return _page("app", app=found, installed=installed)


ROUTES = [
    Route("/", front),
    Route("/deliveries/{id:int}", delivery),
    Route("/avatars/u/{id:int}", avatar),
    Route("/apps/{slug}", app),
    Route("/github-apps/{slug}", app),
    Route("/{owner}", account),
    Route("/{owner}/{repo}", repository),
    Route("/{owner}/{repo}/issues", threads),
    Route("/{owner}/{repo}/pulls", threads),
    Route("/{owner}/{repo}/issues/{number:int}", thread),
    Route("/{owner}/{repo}/pull/{number:int}", thread),
    Route("/{owner}/{repo}/discussions/{number:int}", discussion),
    Route("/{owner}/{repo}/runs/{id:int}", run),
    Route("/{owner}/{repo}/commit/{sha}", commit),
    Route("/{owner}/{repo}/tree/{rest:path}", file),
    Route("/{owner}/{repo}/blob/{rest:path}", file),
    Route("/{owner}/{repo}/releases/tag/{tag:path}", release),
]
HANDLERS = {MissingError: missing, 404: missing}
