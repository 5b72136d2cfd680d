"""Releases and the files attached to them."""

from __future__ import annotations

import hashlib
import re

from bot.sandbox.github import pushes
from bot.sandbox.github.calls import NO_CONTENT, Call, Reply, Routes, in_thread
from bot.sandbox.github.problems import Problem, invalid, not_found
from bot.sandbox.github.records import Asset, Release
from bot.sandbox.github.shapes import releases as shapes
from bot.sandbox.github.storage import signed_address
from bot.sandbox.github.store import timestamp

routes = Routes()
ALL, ONE = "/repos/{owner}/{repo}/releases", "/repos/{owner}/{repo}/releases/{id}"


def _find(call: Call) -> Release:
    release = call.store.releases.get(call.number("id"))
    if release is None or release.repository_id != call.repository.id:
        raise not_found()
    if release.draft and not call.may("write"):
        raise not_found()
    return release


async def _publish(call: Call, release: Release) -> None:
    """Publish a release: make its tag where it is missing, and tell."""
    ref = f"refs/tags/{release.tag_name}"
    if await in_thread(call.git.resolve, ref) is None:
        sha = await in_thread(call.git.resolve, release.target_commitish)
        if sha is None:
            raise invalid("Release", "target_commitish")
        await in_thread(call.git.update, ref, sha)
        await pushes.pushed(call, ref, None, sha)
    release.published_at = timestamp()
    call.store.releases.save(release)
    for action in ("published", "prereleased" if release.prerelease else "released"):
        _announce(call, release, action)


def _announce(call: Call, release: Release, action: str) -> None:
    call.emit("release", action, lambda: {"release": shapes.release(call.view, release)})


@routes("POST", ALL, app="contents:write", role="write")
async def create_release(call: Call) -> Reply:
    """Create a release, and its tag unless it is a draft or the tag is there."""
    fields, tag = call.fields, call.fields.needed("tag_name")
    if not re.fullmatch(r"(?!.*(\.\.|@\{|//|\.lock$))[^\s~^:?*\[\\\x00-\x20-][^\s~^:?*\[\\\x00-\x20]*", tag):
        raise Problem(422, "Validation Failed", errors=["tag_name is not well-formed"])
    if any(not each.draft for each in call.store.releases.all(tag=(call.repository.id, tag))):
        raise invalid("Release", "tag_name", "already_exists")
    moment = timestamp()
    release = Release(
        id=call.store.next_id(),
        repository_id=call.repository.id,
        author_id=call.account.id,
        tag_name=tag,
        target_commitish=fields.text("target_commitish") or call.repository.default_branch,
        name=fields.text("name"),
        body=fields.text("body"),
        draft=fields.flag("draft") or False,
        prerelease=fields.flag("prerelease") or False,
        created_at=moment,
        updated_at=moment,
    )
    if release.draft:
        call.store.releases.save(release)
    else:
        await _publish(call, release)
    _announce(call, release, "created")
    shaped = shapes.release(call.view, release)
    return Reply(201, shaped, {"Location": shaped["url"]})


@routes("GET", ALL, app="contents:read")
async def list_releases(call: Call) -> Reply:
    """List the releases, newest first; drafts only for those who can write."""
    found = call.store.releases.all(repository=call.repository.id)
    shown = [each for each in reversed(found) if not each.draft or call.may("write")]
    return call.page(shown, lambda each: shapes.release(call.view, each))


@routes("GET", f"{ALL}/latest", app="contents:read")
async def latest_release(call: Call) -> Reply:
    """Show the newest release that is neither draft nor prerelease."""
    for each in reversed(call.store.releases.all(repository=call.repository.id)):
        if not each.draft and not each.prerelease:
            return Reply(200, shapes.release(call.view, each))
    raise not_found()


@routes("GET", f"{ALL}/tags/{{tag:path}}", app="contents:read")
async def release_by_tag(call: Call) -> Reply:
    """Show the published release of a tag."""
    for each in call.store.releases.all(tag=(call.repository.id, call.path["tag"])):
        if not each.draft:
            return Reply(200, shapes.release(call.view, each))
    raise not_found()


@routes("GET", ONE, app="contents:read")
async def get_release(call: Call) -> Reply:
    """Show a release."""
    return Reply(200, shapes.release(call.view, _find(call)))


@routes("PATCH", ONE, app="contents:write", role="write")
async def update_release(call: Call) -> Reply:
    """Change a release; taking it out of draft publishes it."""
    release, fields = _find(call), call.fields
    release.tag_name = fields.text("tag_name") or release.tag_name
    release.target_commitish = fields.text("target_commitish") or release.target_commitish
    if "name" in fields:
        release.name = fields.text("name")
    if "body" in fields:
        release.body = fields.text("body")
    was_early = release.prerelease
    if (prerelease := fields.flag("prerelease")) is not None:
        release.prerelease = prerelease
    was_draft = release.draft
    if (draft := fields.flag("draft")) is not None:
        release.draft = draft
    release.updated_at = timestamp()
    call.store.releases.save(release)
    if was_draft and not release.draft:
        await _publish(call, release)
    elif was_early and not release.prerelease and not release.draft:
        _announce(call, release, "released")
    return Reply(200, shapes.release(call.view, release))


@routes("DELETE", ONE, app="contents:write", role="write")
async def delete_release(call: Call) -> Reply:
    """Delete a release and its files; the tag stays."""
    release = _find(call)
    for asset in call.store.assets.all(release=release.id):
        _discard(call, asset)
    _announce(call, release, "deleted")
    call.store.releases.remove(release)
    return NO_CONTENT


@routes("GET", f"{ONE}/assets", app="contents:read")
async def list_assets(call: Call) -> Reply:
    """List a release's files."""
    found = call.store.assets.all(release=_find(call).id)
    return call.page(found, lambda each: shapes.asset(call.view, each))


@routes("POST", f"{ONE}/assets", app="contents:write", role="write")
async def upload_asset(call: Call) -> Reply:
    """Attach a file: its bytes are the body, its name is in the query."""
    release, name = _find(call), call.query.get("name", "")
    if not name:
        raise invalid("ReleaseAsset", "name", "missing_field")
    if not call.body:
        raise Problem(400, "Bad Content-Length: 0")
    # GitHub keeps a few characters of a file's name and writes dots for the rest.
    name = re.sub(r"[^A-Za-z0-9._@+-]", ".", name)
    if any(each.name == name for each in call.store.assets.all(release=release.id)):
        raise invalid("ReleaseAsset", "name", "already_exists")
    moment = timestamp()
    asset = Asset(
        id=call.store.next_id(),
        release_id=release.id,
        uploader_id=call.account.id,
        name=name,
        label=call.query.get("label"),
        content_type=call.request.headers.get("content-type", "application/octet-stream"),
        size=len(call.body),
        digest=f"sha256:{hashlib.sha256(call.body).hexdigest()}",
        created_at=moment,
        updated_at=moment,
    )
    folder = call.house.assets_folder()
    folder.mkdir(exist_ok=True)
    await in_thread((folder / str(asset.id)).write_bytes, call.body)
    call.store.assets.save(asset)
    shaped = shapes.asset(call.view, asset)
    return Reply(201, shaped, {"Location": shaped["url"]})


def _find_asset(call: Call) -> Asset:
    asset = call.store.assets.get(call.number("asset_id"))
    release = call.store.releases.get(asset.release_id) if asset else None
    if asset is None or release is None or release.repository_id != call.repository.id:
        raise not_found()
    return asset


@routes("GET", f"{ALL}/assets/{{asset_id}}", app="contents:read")
async def get_asset(call: Call) -> Reply:
    """Show a file, or say where its bytes are when ``application/octet-stream`` is asked for."""
    asset = _find_asset(call)
    if "application/octet-stream" not in call.request.headers.get("accept", ""):
        return Reply(200, shapes.asset(call.view, asset))
    asset.download_count += 1
    call.store.assets.save(asset)
    where = signed_address(call.house, call.view.links.base, call.house.assets_folder() / str(asset.id))
    return Reply(302, None, {"Location": where})


@routes("PATCH", f"{ALL}/assets/{{asset_id}}", app="contents:write", role="write")
async def update_asset(call: Call) -> Reply:
    """Rename or label a file."""
    asset = _find_asset(call)
    asset.name = call.fields.text("name") or asset.name
    asset.label = call.fields.text("label") or asset.label
    asset.updated_at = timestamp()
    return Reply(200, shapes.asset(call.view, call.store.assets.save(asset)))


@routes("DELETE", f"{ALL}/assets/{{asset_id}}", app="contents:write", role="write")
async def delete_asset(call: Call) -> Reply:
    """Delete a file."""
    _discard(call, _find_asset(call))
    return NO_CONTENT


def _discard(call: Call, asset: Asset) -> None:
    (call.house.assets_folder() / str(asset.id)).unlink(missing_ok=True)
    call.store.assets.remove(asset)
