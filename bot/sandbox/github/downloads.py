"""What the website answers as bytes: raw files, differences, the files of releases."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.github.calls import in_thread
from bot.sandbox.github.site import MissingError, check_reader, file_of, house_of, repository_of


async def raw(request: Request) -> Response:
    """Answer a file's bytes."""
    check_reader(request, repository_of(request))
    opened, sha, path = await file_of(request)
    found = await in_thread(opened.read, f"{sha}:{path}")
    if found is None or found.kind != "blob":
        raise MissingError
    # Never as HTML: what people put into a repository must not run in the sandbox's pages.
    kind = "application/octet-stream" if b"\0" in found.content[:8000] else "text/plain"
    return Response(found.content, media_type=kind, headers={"X-Content-Type-Options": "nosniff"})


async def difference(request: Request) -> Response:
    """Answer a pull request as a diff or as patches."""
    house, record = house_of(request), repository_of(request)
    check_reader(request, record)
    issue = house.store.issues.one(number=(record.id, int(request.path_params["number"])))
    pull = house.store.pulls.get(issue.pull_id) if issue and issue.pull_id is not None else None
    if pull is None:
        raise MissingError
    opened = house.git(record)
    base = await in_thread(opened.merge_base, pull.base_sha, pull.head_sha) or pull.base_sha
    write = opened.diff if request.path_params["kind"] == "diff" else opened.format_patch
    return Response(await in_thread(write, base, pull.head_sha), media_type="text/plain")


async def download(request: Request) -> Response:
    """Answer the bytes of a release's file."""
    house, record = house_of(request), repository_of(request)
    check_reader(request, record)
    tag, _, wanted = request.path_params["rest"].rpartition("/")
    found = house.store.releases.one(tag=(record.id, tag))
    for asset in house.store.assets.all(release=found.id) if found else []:
        if asset.name == wanted:
            body = await in_thread((house.assets_folder() / str(asset.id)).read_bytes)
            named = {"Content-Disposition": f'attachment; filename="{asset.name}"'}
            return Response(body, headers=named, media_type=asset.content_type)
    raise MissingError


async def archive(request: Request) -> Response:
    """Answer a commit's files as one archive: ``archive/{ref}.tar.gz`` or ``.zip``."""
    record, rest = repository_of(request), request.path_params["rest"]
    check_reader(request, record)
    kind = "zip" if rest.endswith(".zip") else "tar.gz"
    opened = house_of(request).git(record)
    sha = await in_thread(opened.resolve, rest.removesuffix(f".{kind}"))
    if sha is None:
        raise MissingError
    packed = await in_thread(opened.archive, sha, kind, f"{record.name}-{sha[:7]}")
    named = {"Content-Disposition": f'attachment; filename="{record.name}-{sha[:7]}.{kind}"'}
    return Response(
        packed, headers=named, media_type="application/zip" if kind == "zip" else "application/x-gzip"
    )


ROUTES = [
    Route("/{owner}/{repo}/archive/{rest:path}", archive),
    Route("/{owner}/{repo}/pull/{number:int}.{kind}", difference),
    Route("/{owner}/{repo}/raw/{rest:path}", raw),
    Route("/{owner}/{repo}/releases/download/{rest:path}", download),
]
