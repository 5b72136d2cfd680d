"""Accounts, and what the API says about itself."""

from __future__ import annotations

from bot.sandbox.github.calls import Call, Reply, Routes
from bot.sandbox.github.problems import Problem, authentication_required, not_found
from bot.sandbox.github.records import Account
from bot.sandbox.github.shapes import accounts
from bot.sandbox.github.shapes.view import Json

routes = Routes()


def find_account(call: Call, login: str) -> Account:
    """Find an account by its login; raises a 404 Problem."""
    found = call.store.accounts.one(login=login.lower())
    if found is None:
        raise not_found()
    return found


@routes("GET", "/")
async def root(call: Call) -> Reply:
    """Name the entry points."""
    return Reply(200, call.view.links.of("root"))


@routes("GET", "/meta")
async def meta(call: Call) -> Reply:
    """Say what kind of GitHub this is."""
    return Reply(200, {"verifiable_password_authentication": False, "installed_version": "3.19.0"})


@routes("GET", "/zen")
async def zen(call: Call) -> Reply:
    """Answer with a word of wisdom, the cheapest way to see whether the API is there."""
    return Reply(200, b"Practicality beats purity.", {"Content-Type": "text/plain;charset=utf-8"})


@routes("GET", "/rate_limit")
async def rate_limit(call: Call) -> Reply:
    """Show the caller's rate limit; asking is free."""

    def shown(resource: str) -> Json:
        allowance, limit = call.house.allowance(call.actor.bucket, resource), call.house.limit(resource)
        remaining = max(limit - allowance.used, 0)
        return {"limit": limit, "used": allowance.used, "remaining": remaining, "reset": allowance.reset}

    resources = {name: shown(name) for name in ("core", "search", "graphql")}
    return Reply(200, {"resources": resources, "rate": resources["core"]})


@routes("GET", "/user")
async def current_user(call: Call) -> Reply:
    """Show the caller to themselves; an App is not a user."""
    if call.actor.app is not None:
        raise Problem(403, "Resource not accessible by integration")
    if call.actor.account is None:
        raise authentication_required()
    return Reply(200, accounts.private_user(call.view, call.actor.account))


@routes("GET", "/users/{login}")
async def get_user(call: Call) -> Reply:
    """Show anybody's public profile."""
    return Reply(200, accounts.public_user(call.view, find_account(call, call.path["login"])))


@routes("GET", "/user/{id}")
async def get_user_by_id(call: Call) -> Reply:
    """Show anybody's public profile."""
    found = call.store.accounts.get(call.number("id"))
    if found is None:
        raise not_found()
    return Reply(200, accounts.public_user(call.view, found))


@routes("GET", "/orgs/{login}")
async def get_organization(call: Call) -> Reply:
    """Show an organisation."""
    found = find_account(call, call.path["login"])
    if found.kind != "Organization":
        raise not_found()
    return Reply(200, accounts.organization_full(call.view, found))


@routes("GET", "/orgs/{login}/members/{member}")
async def check_membership(call: Call) -> Reply:
    """Tell by the status whether somebody is a member of an organisation."""
    organization, person = find_account(call, call.path["login"]), find_account(call, call.path["member"])
    if person.id not in organization.members:
        raise not_found()
    return Reply(204)
