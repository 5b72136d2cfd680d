"""Take secrets out of text that leaves the process talking to the Hub: into a log, a message, a traceback."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

_SECRETS = (
    "HF_TOKEN",
    "HF_OIDC_ID_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "HTTPS_PROXY",
    "HTTP_PROXY",
)
_EXCHANGED = re.compile(r"hf_jwt_[\w.-]+")
"""Tokens that the Hub's client got for a job's identity, and that are in no variable."""


def without_secrets(text: str, environment: Mapping[str, str]) -> str:
    """Take out the token, and the proxies' addresses since they may hold a password, and that alone too."""
    for name in _SECRETS:
        for secret in _forms(environment.get(name, "")):
            text = text.replace(secret, f"[{name}]")
    return _EXCHANGED.sub("[exchanged token]", text)


def _forms(secret: str) -> list[str]:
    """List what gives a secret away, the longest first: all of it, and what of an address is the password."""
    if not secret:
        return []
    try:
        password = urlsplit(secret).password or ""
    except ValueError:
        password = ""
    return [form for form in dict.fromkeys((secret, password, unquote(password))) if form]
