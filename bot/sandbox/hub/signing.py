"""Sign URLs for large files: like the real storage, it takes no Authorization header."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from bot.sandbox.hub.errors import HubError

LIFETIME = 3600
"""Seconds a signed URL is good for."""


@dataclass(frozen=True)
class Signer:
    """Sign and check with one secret key."""

    key: bytes

    def sign(self, method: str, path: str, **params: str) -> str:
        """Give path and query of a URL good for one method, one path and exactly these parameters."""
        params["expires"] = str(int(time.time()) + LIFETIME)
        params["signature"] = self._signature(method, path, params)
        return f"{path}?{urlencode(params)}"

    def check(self, method: str, path: str, params: Mapping[str, str]) -> None:
        """Raise HubError (403) unless this very URL was signed and has not run out."""
        given = dict(params)
        signature = given.pop("signature", "")
        expected = self._signature("GET" if method == "HEAD" else method, path, given)
        if not hmac.compare_digest(signature.encode(), expected.encode()):
            raise HubError(403, "The request signature does not match")
        if int(given["expires"]) < time.time():
            raise HubError(403, "Request has expired")

    def _signature(self, method: str, path: str, params: Mapping[str, str]) -> str:
        text = "\n".join([method, path, urlencode(sorted(params.items()))])
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()
