"""The Hub's refusals, with the headers its clients decide by."""

from __future__ import annotations

from collections.abc import Mapping


class HubError(Exception):
    """An answer that is not what was asked for.

    ``code`` becomes ``X-Error-Code``, which huggingface_hub turns into exception classes
    (utils/_http.py, ``hf_raise_for_status``); ``message`` becomes ``X-Error-Message``.
    """

    def __init__(
        self,
        status: int,
        message: str,
        code: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = dict(headers or {})
        self.body = dict(body or {})


def bad_request(message: str) -> HubError:
    """Refuse something malformed."""
    return HubError(400, message)


def repository_not_found(*, known_caller: bool) -> HubError:
    """Say that there is no such repository, or none that may be seen.

    The Hub answers 401 to callers it does not know, so that private names cannot be told from missing ones.
    """
    if known_caller:
        return HubError(404, "Repository not found", "RepoNotFound")
    return HubError(401, "Invalid username or password.", "RepoNotFound")


def revision_not_found(revision: str) -> HubError:
    """Say that no branch, tag or commit has this name."""
    return HubError(404, f"Invalid rev id: {revision}", "RevisionNotFound")


def entry_not_found(path: str, commit: str | None = None) -> HubError:
    """Say that the repository has no such file at that commit."""
    headers = {"X-Repo-Commit": commit} if commit else {}
    return HubError(404, f"Entry not found: {path}", "EntryNotFound", headers=headers)


def forbidden(message: str) -> HubError:
    """Say that the caller is known and may not do this."""
    return HubError(403, message)
