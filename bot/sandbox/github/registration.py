"""Register GitHub Apps, by hand or from a manifest."""

from __future__ import annotations

import re
import secrets
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.sandbox.github.calls import in_thread
from bot.sandbox.github.house import House
from bot.sandbox.github.problems import invalid
from bot.sandbox.github.records import Account, Application
from bot.sandbox.github.shapes import accounts
from bot.sandbox.github.shapes.view import Json, View
from bot.sandbox.github.store import timestamp

KEY_BITS = 2048


def _new_key() -> tuple[str, str]:
    """Make a key pair as PEM text: private in the form GitHub hands out (PKCS#1), public."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


async def register(
    house: House,
    owner: Account,
    manifest: dict[str, Any],
    *,
    slug: str | None = None,
    webhook_url: str | None = None,
    webhook_secret: str | None = None,
) -> tuple[Application, str]:
    """Register an App as its manifest says and answer it with its private key (PEM)."""
    name = str(manifest.get("name") or "")
    slug = slug or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not slug or house.store.apps.one(slug=slug) or house.store.accounts.one(login=f"{slug}[bot]"):
        raise invalid("Integration", "name", "already_exists" if slug else "missing_field")
    hook = manifest.get("hook_attributes") or {}
    private, public = await in_thread(_new_key)
    bot = house.add_account(f"{slug}[bot]", "Bot")
    moment = timestamp()
    app = Application(
        id=house.store.next_id(),
        slug=slug,
        name=name,
        owner_id=owner.id,
        bot_id=bot.id,
        hook_id=house.store.next_id(),
        client_id=f"Iv23{secrets.token_hex(8)}",
        public_key=public,
        webhook_url=webhook_url or str(hook.get("url") or ""),
        webhook_secret=webhook_secret if webhook_secret is not None else house.new_secret(),
        # Every App can read metadata, whether it asks or not.
        permissions={"metadata": "read"} | dict(manifest.get("default_permissions") or {}),
        events=list(manifest.get("default_events") or []),
        created_at=moment,
        updated_at=moment,
        description=manifest.get("description"),
        external_url=str(manifest.get("url") or "https://example.com"),
    )
    return house.store.apps.save(app), private


def conversion(view: View, app: Application, pem: str) -> Json:
    """Shape the answer of a manifest's conversion: the App and, this once, its secrets."""
    return {
        **accounts.app(view, app),
        "client_secret": secrets.token_hex(20),
        "webhook_secret": app.webhook_secret,
        "pem": pem,
    }
