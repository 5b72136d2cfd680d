"""Find what a repository keeps beside its content: files of releases, and artifacts of Actions runs."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from bot.errors import TransientError, UnusableFileError
from bot.github.client import InstallationClient
from bot.github.permissions import needs

_SHA256 = "sha256:"
_CONTENT = "application/octet-stream"


@dataclass(frozen=True)
class Attached:
    """A file that GitHub keeps, and how to ask for its content.

    ``page`` is where people find it, ``accept`` the kind of answer to ask ``url`` for. ``commit`` is the one
    that a run of Actions made it from.
    """

    name: str
    sha256: str | None
    page: str
    url: str
    accept: str
    commit: str = ""


class AttachedFiles:
    """Finds what is attached in one installation's repositories.

    What it finds raises UnusableFileError for what a person can put right, and as ``InstallationClient.get``.
    """

    def __init__(self, client: InstallationClient) -> None:
        self._client = client

    @needs(contents="read")
    async def assets(self, repository: str, tag: str) -> tuple[Attached, ...]:
        """List the files of the published release of a tag (REST "Get a release by tag name")."""
        release = await self._client.get(f"/repos/{repository}/releases/tags/{quote(tag, safe='/')}")
        path = f"/repos/{repository}/releases/{release['id']}/assets"
        found = [asset async for asset in self._client.pages(f"{path}?per_page=100")]
        for asset in found:
            if asset["state"] != "uploaded":
                raise TransientError(f"{asset['name']} is still being uploaded to the release {tag}")
        return tuple(
            Attached(
                asset["name"],
                _hash(asset.get("digest")),
                asset["browser_download_url"],
                self._address(f"/repos/{repository}/releases/assets/{asset['id']}"),
                _CONTENT,
            )
            for asset in found
        )

    @needs(actions="read")
    async def artifact(self, repository: str, run: int, name: str) -> Attached:
        """Find what a run kept under a name, as a zip archive (REST "List workflow run artifacts").

        Only a run that succeeded in the repository itself counts: one of a fork runs a stranger's code.
        """
        about = await self._client.get(f"/repos/{repository}/actions/runs/{run}")
        page = about["html_url"]
        called = f"The run {run}"
        home = (about.get("head_repository") or {}).get("full_name", "")
        if home.lower() != repository.lower():
            raise UnusableFileError(called, "is of a fork", "Run the workflow on a branch of the repository.")
        if about["conclusion"] != "success":
            raise UnusableFileError(
                called, "has not succeeded", "Wait for it, or name the number of one that has."
            )
        path = f"/repos/{repository}/actions/runs/{run}/artifacts?name={quote(name, safe='')}"
        listed = (await self._client.get(path))["artifacts"]
        # Of several attempts of a run, each may have kept one.
        found = max(
            (one for one in listed if one["name"] == name), key=lambda one: int(one["id"]), default=None
        )
        if found is None:
            raise UnusableFileError(called, f"has no artifact {name}", "Check how it is spelled.")
        if found["expired"]:
            raise UnusableFileError(
                called, f"has the artifact {name} no more: it expired", "Run the workflow again."
            )
        return Attached(
            name,
            _hash(found.get("digest")),
            f"{page}/artifacts/{found['id']}",
            self._address(f"/repos/{repository}/actions/artifacts/{found['id']}/zip"),
            "application/vnd.github+json",
            commit=about["head_sha"],
        )

    def _address(self, path: str) -> str:
        return f"{self._client.base_url}{path}"

    async def headers(self, repository: str, one: Attached) -> dict[str, str]:
        """Give what to ask for a file with now: a token in them is for the server of its ``url`` alone.

        GitHub sends those who ask on to its storage, where a link signed for a short time is all that is
        needed. A token is good for an hour at most, and the files before this one may have taken longer.
        """
        token = await self._client.token(repository)
        return {"accept": one.accept, "authorization": f"Bearer {token}", "user-agent": "giveback"}


def _hash(digest: str | None) -> str | None:
    """Take the SHA-256 out of a digest; files uploaded before GitHub noted digests have none."""
    return digest.removeprefix(_SHA256) if digest and digest.startswith(_SHA256) else None
