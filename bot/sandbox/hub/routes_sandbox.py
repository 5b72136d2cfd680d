"""Answer what only a sandbox has (people, organizations, the request log), and other small calls."""

from __future__ import annotations

import time
from typing import Any, get_args
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.sandbox.hub.accounts import Scope, Token, TokenRole
from bot.sandbox.hub.calls import Call, Routes, repo_type
from bot.sandbox.hub.errors import HubError, bad_request
from bot.sandbox.hub.identities import oauth_error
from bot.sandbox.hub.names import valid_name
from bot.sandbox.hub.validate_yaml import validate

OIDC_SECONDS = 3600
"""How long a token lasts that a job exchanged its identity for (hub-docs, trusted-publishers.md)."""

MEMBER_ROLES = ("read", "contributor", "write", "admin")


async def add_user(call: Call) -> Response:
    """Create a user, or find the one there is, and issue a token.

    Body: ``name``, ``fullname?``, ``orgs?`` (names, or names to roles; the role is write when left out),
    ``role?`` (of the token: write, read, fineGrained), ``scopes?`` (namespace or repository path to read or
    write).
    """
    body = await call.json()
    name = _name(body.get("name"))
    token = _token(name, body)
    orgs = body.get("orgs") or {}
    memberships = orgs if isinstance(orgs, dict) else dict.fromkeys(map(str, orgs), "write")
    for organization, role in memberships.items():
        _check_members(organization, {name: role})
    call.hub.accounts.add_user(name, str(body.get("fullname") or name))
    for organization, role in memberships.items():
        call.hub.accounts.add_members(organization, {name: role})
    return JSONResponse({"name": name, "token": call.hub.accounts.issue(token)}, 201)


async def add_organization(call: Call) -> Response:
    """Create an organization or change roles in it. Body: ``name``, ``members`` (user to role)."""
    body = await call.json()
    name, members = _name(body.get("name")), body.get("members") or {}
    _check_members(name, members)
    call.hub.accounts.add_members(name, members)
    return JSONResponse({"name": name, "members": call.hub.accounts.organizations[name]}, 201)


async def trust_publisher(call: Call) -> Response:
    """Let jobs with exactly these claims publish. Body: ``resource`` (a repository's path), ``claims``."""
    body = await call.json()
    resource, claims = body.get("resource"), body.get("claims")
    if not isinstance(resource, str) or not isinstance(claims, dict) or not claims:
        raise bad_request("The resource and the claims of its publisher are needed")
    call.hub.accounts.trust(resource, {str(key): str(value) for key, value in claims.items()})
    return JSONResponse({"resource": resource, "claims": claims}, 201)


async def begin_job(call: Call) -> Response:
    """Begin a job as GitHub Actions does, with what it needs to ask for its identity. Body: ``claims``."""
    claims = (await call.json()).get("claims")
    if not isinstance(claims, dict) or not claims:
        raise bad_request("The claims of the job are needed")
    secret = call.hub.issuer.begin({str(key): str(value) for key, value in claims.items()})
    return JSONResponse({"request_url": f"{call.base}/_sandbox/identity", "request_token": secret}, 201)


async def give_identity(call: Call) -> Response:
    """Give a job its signed identity, for the ``audience`` it asks for."""
    _, _, secret = call.request.headers.get("authorization", "").partition(" ")  # as bearer, and as Bearer
    return JSONResponse({"value": call.hub.issuer.identity(secret, _issuer(call), call.query("audience"))})


async def list_requests(call: Call) -> Response:
    """Give the newest requests, oldest of them first; signatures and tokens are never in it."""
    return JSONResponse({"requests": list(call.hub.log)})


async def clear_requests(call: Call) -> Response:
    """Forget the requests so far."""
    call.hub.log.clear()
    return Response(status_code=204)


async def validate_yaml(call: Call) -> Response:
    """Validate the metadata of a card; 400 when there are errors."""
    body = await call.json()
    errors, warnings = validate(str(body.get("content", "")), repo_type(body.get("repoType")))
    answer = {
        "errors": [{"message": message} for message in errors],
        "warnings": [{"message": message} for message in warnings],
    }
    return JSONResponse(answer, 400 if errors else 200)


async def agent_harnesses(call: Call) -> Response:
    """Give the (empty) list the client asks for once a day."""
    return JSONResponse({"standardEnvVars": [], "harnesses": {}})


async def no_xet(call: Call) -> Response:
    """Say that there is no Xet storage; clients run with HF_HUB_DISABLE_XET=1."""
    raise HubError(404, "This Hub has no Xet storage; set HF_HUB_DISABLE_XET=1")


async def exchange_token(call: Call) -> Response:
    """Exchange a job's identity token for a token good for one repository (RFC 8693).

    Its signature, audience and age are checked, and its claims against those of the trusted publisher.
    """
    body = await _json_or_form(call)
    resource, trusted = body.get("resource"), call.hub.accounts.publishers
    if not str(body.get("grant_type")).endswith("token-exchange") or not isinstance(resource, str):
        raise oauth_error("invalid_request")
    claims = call.hub.issuer.claims(str(body.get("subject_token")), _issuer(call), call.base)
    expected = trusted.get(resource)
    if expected is None or any(str(claims.get(key)) != value for key, value in expected.items()):
        raise oauth_error("invalid_grant")
    expires = time.time() + OIDC_SECONDS
    token = Token("[OIDC]", "fineGrained", "trusted publisher", {resource: "write"}, expires)
    secret = call.hub.accounts.issue(token, prefix="hf_jwt_")
    return JSONResponse({"access_token": secret, "token_type": "bearer", "expires_in": OIDC_SECONDS})


async def health(call: Call) -> Response:
    """Say that the server is up."""
    return PlainTextResponse("ok\n")


def _name(name: object) -> str:
    if not valid_name(name):
        raise bad_request(f"{name!r} cannot be a name")
    return str(name)


def _token(user: str, body: dict[str, Any]) -> Token:
    role, scopes = body.get("role", "write"), body.get("scopes") or {}
    if role not in get_args(TokenRole):
        raise bad_request(f'"role" must be one of [{", ".join(get_args(TokenRole))}]')
    if not isinstance(scopes, dict) or any(scope not in get_args(Scope) for scope in scopes.values()):
        raise bad_request('"scopes" must map namespaces or repositories to read or write')
    return Token(user, role, str(body.get("token_name") or "token"), scopes)


def _check_members(organization: object, members: object) -> None:
    _name(organization)
    if not isinstance(members, dict) or any(role not in MEMBER_ROLES for role in members.values()):
        raise bad_request(f"Members must have one of the roles [{', '.join(MEMBER_ROLES)}]")


async def _json_or_form(call: Call) -> dict[str, Any]:
    if call.request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl((await call.request.body()).decode()))
    return await call.json()


def _issuer(call: Call) -> str:
    """Name who issues identities here; on GitHub it is https://token.actions.githubusercontent.com."""
    return f"{call.base}/_sandbox/identity"


ROUTES: Routes = [
    ("POST", "/_sandbox/users", add_user),
    ("POST", "/_sandbox/organizations", add_organization),
    ("POST", "/_sandbox/publishers", trust_publisher),
    ("POST", "/_sandbox/jobs", begin_job),
    ("GET", "/_sandbox/identity", give_identity),
    ("GET", "/_sandbox/requests", list_requests),
    ("DELETE", "/_sandbox/requests", clear_requests),
    ("GET", "/_sandbox/health", health),
    ("POST", "/api/validate-yaml", validate_yaml),
    ("GET", "/api/agent-harnesses", agent_harnesses),
    ("POST", "/oauth/token", exchange_token),
    ("GET", "/api/{kind}/{namespace}/{name}/xet-read-token/{rev}", no_xet),
    ("GET", "/api/{kind}/{namespace}/{name}/xet-write-token/{rev}", no_xet),
]
