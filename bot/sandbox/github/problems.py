"""GitHub's ways of saying no, as exceptions a route raises."""

from __future__ import annotations

from typing import Any

DOCUMENTATION = "https://docs.github.com/rest"


class Problem(Exception):
    """An answer that is an error: the HTTP status and GitHub's message for it."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.headers: dict[str, str] = {}
        self.body: dict[str, Any] = {
            "message": message,
            **more,
            "documentation_url": DOCUMENTATION,
            "status": str(status),
        }


def bad_credentials() -> Problem:
    """Answer for a token or password nobody has."""
    return Problem(401, "Bad credentials")


def authentication_required() -> Problem:
    """Answer for an anonymous request to something that is somebody's."""
    return Problem(401, "Requires authentication")


def not_found() -> Problem:
    """Answer for what is not there, or not for this caller to know about."""
    return Problem(404, "Not Found")


def not_accessible() -> Problem:
    """Answer for an App that lacks the permission, or whose installation lacks the repository."""
    return Problem(403, "Resource not accessible by integration")


def must_have_rights() -> Problem:
    """Answer for a person whose role on the repository is too low."""
    return Problem(403, "Must have admin rights to Repository.")


def invalid(resource: str, field: str, code: str = "invalid", **more: Any) -> Problem:
    """Answer for a value GitHub will not take; ``code`` as its documentation lists them."""
    error = {"resource": resource, "field": field, "code": code, **more}
    return Problem(422, "Validation Failed", errors=[error])


def refused(resource: str, message: str, field: str | None = None) -> Problem:
    """Answer for a value GitHub explains in words (code ``custom``)."""
    where = {"field": field} if field else {}
    return Problem(
        422,
        "Validation Failed",
        errors=[{"resource": resource, "code": "custom", **where, "message": message}],
    )
