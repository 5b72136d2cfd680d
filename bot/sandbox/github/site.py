"""What the website's handlers share: the repository, revision and file an address names."""

from __future__ import annotations

from starlette.requests import Request

from bot.sandbox.github import git, permissions
from bot.sandbox.github.calls import in_thread
from bot.sandbox.github.house import House
from bot.sandbox.github.identity import identify
from bot.sandbox.github.problems import Problem
from bot.sandbox.github.records import Repository
from bot.sandbox.github.shapes.view import View


class MissingError(Exception):
    """There is no such page."""


def house_of(request: Request) -> House:
    """Answer the sandbox's inside."""
    house: House = request.app.state.house
    return house


def view_of(request: Request) -> View:
    """Answer the records with the addresses this request's answer should point at."""
    view: View = request.app.state.api.view(request)
    return view


def repository_of(request: Request) -> Repository:
    """Find the repository the address names; raises MissingError."""
    found = house_of(request).find_repository(request.path_params["owner"], request.path_params["repo"])
    if found is None:
        raise MissingError
    return found


async def file_of(request: Request) -> tuple[git.Repository, str, str]:
    """Split ``{ref}/{path}`` into commit and path, where a branch may have slashes of its own."""
    opened, parts = house_of(request).git(repository_of(request)), request.path_params["rest"].split("/")
    for count in range(1, len(parts) + 1):
        sha = await in_thread(opened.resolve, "/".join(parts[:count]))
        if sha is not None:
            return opened, sha, "/".join(parts[count:])
    raise MissingError


def check_reader(request: Request, repository: Repository) -> None:
    """Hide a private repository's files from whoever shows no token, as GitHub does."""
    house = house_of(request)
    try:
        actor = identify(house.store, request.headers.get("authorization"))
        permissions.check(house.store, actor, repository, app="contents:read", role="read")
    except Problem:
        raise MissingError from None
