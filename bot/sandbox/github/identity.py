"""Find out who is calling from the Authorization header, as strictly as GitHub does."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import time
from dataclasses import dataclass

import jwt

from bot.sandbox.github.problems import Problem, bad_credentials
from bot.sandbox.github.records import Account, Application, Installation, Token
from bot.sandbox.github.store import Store

JWT_SECONDS = 600
"""The longest an App's JWT may live (docs: generating a JSON Web Token for a GitHub App)."""

INSTALLATION_TOKEN_SECONDS = 3600


@dataclass(frozen=True)
class Actor:
    """Who a request comes from: nobody, a person, an App (its JWT) or an App's installation."""

    account: Account | None = None
    app: Application | None = None
    installation: Installation | None = None
    token: Token | None = None

    @property
    def name(self) -> str:
        """Name the caller for the request log."""
        if self.account:
            return self.account.login
        return f"app/{self.app.slug}" if self.app else "anonymous"

    @property
    def bucket(self) -> str:
        """Name what the caller's rate limit is counted on."""
        if self.installation:
            return f"installation/{self.installation.id}"
        return self.name

    @property
    def is_app_itself(self) -> bool:
        """Tell whether the caller is an App with its JWT, not one of its installations."""
        return self.app is not None and self.installation is None

    @property
    def acts_for_app(self) -> Application | None:
        """Name the App that what is written now will be "performed via"."""
        return self.app if self.installation else None


ANONYMOUS = Actor()


def digest(token: str) -> str:
    """Hash a token for keeping."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue_user_token(store: Store, account: Account) -> str:
    """Make a personal access token; it is shown once."""
    token = f"ghp_{secrets.token_hex(18)}"
    store.tokens.save(Token(store.next_id(), digest(token), account.id))
    return token


def issue_installation_token(
    store: Store, installation: Installation, permissions: dict[str, str], repository_ids: list[int] | None
) -> tuple[str, float]:
    """Make a token of an installation; answers it with the epoch second at which it ends."""
    token, ends = f"ghs_{secrets.token_hex(18)}", time.time() + INSTALLATION_TOKEN_SECONDS
    app = store.apps[installation.app_id]
    store.tokens.save(
        Token(store.next_id(), digest(token), app.bot_id, installation.id, permissions, repository_ids, ends)
    )
    return token, ends


def identify(store: Store, header: str | None) -> Actor:
    """Work out the caller; raises Problem with GitHub's 401 for credentials that do not hold."""
    if not header:
        return ANONYMOUS
    scheme, _, credential = header.partition(" ")
    credential = credential.strip()
    if scheme.lower() == "basic":
        # git and LFS clients send the token as the password, under any name.
        try:
            name, _, secret = base64.b64decode(credential, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise bad_credentials() from None
        credential = name if secret in ("", "x-oauth-basic") else secret
    elif scheme.lower() not in ("bearer", "token"):
        raise bad_credentials()
    if credential.count(".") == 2:
        return Actor(app=_verified(store, credential))
    return _holder(store, credential)


def _holder(store: Store, credential: str) -> Actor:
    token = store.tokens.one(digest=digest(credential))
    if token is None or (token.expires_at is not None and token.expires_at <= time.time()):
        raise bad_credentials()
    account = store.accounts[token.account_id]
    if token.installation_id is None:
        return Actor(account=account, token=token)
    installation = store.installations.get(token.installation_id)
    if installation is None:
        raise bad_credentials()
    if installation.suspended_at:
        raise Problem(403, "This installation has been suspended")
    return Actor(account, store.apps[installation.app_id], installation, token)


def _verified(store: Store, credential: str) -> Application:
    """Check an App's JWT: RS256, issued in the past, ending within ten minutes."""
    undecodable = Problem(401, "A JSON web token could not be decoded")
    try:
        claims = jwt.decode(credential, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise undecodable from None
    issuer = str(claims.get("iss", ""))
    app = store.apps.one(client=issuer) or (store.apps.get(int(issuer)) if issuer.isdecimal() else None)
    if app is None:
        raise Problem(401, "Integration not found")
    try:
        jwt.decode(
            credential,
            app.public_key,
            algorithms=["RS256"],
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_iss": False},
        )
    except jwt.PyJWTError:
        raise undecodable from None
    _check_times(claims.get("iat"), claims.get("exp"))
    return app


def _check_times(issued: object, ends: object) -> None:
    now = time.time()
    if not isinstance(ends, int | float):
        raise Problem(401, "Missing 'exp' claim in assertion")
    if not isinstance(issued, int | float):
        raise Problem(401, "Missing 'iat' claim in assertion")
    if ends <= now:
        raise Problem(
            401,
            "'Expiration time' claim ('exp') must be a numeric value representing the future time"
            " at which the assertion expires",
        )
    # Two seconds cover the rounding of whole-second claims.
    if ends > now + JWT_SECONDS + 2:
        raise Problem(401, "'Expiration time' claim ('exp') is too far in the future")
    if issued > now + 2:
        raise Problem(
            401,
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion"
            " was issued",
        )
