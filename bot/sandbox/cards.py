"""Put a repository with nothing but a card on a sandbox Hub, for others to be made from."""

from __future__ import annotations

import base64
import json
from typing import Literal

import httpx

SECONDS = 30


def put_card(hub: str, token: str, kind: Literal["model", "dataset"], hub_id: str, metadata: str) -> None:
    """Make a public repository whose README.md has these lines of metadata. Raises httpx.HTTPError."""
    namespace, _, name = hub_id.rpartition("/")
    card = base64.b64encode(f"---\n{metadata}\n---\n# {name}\n".encode()).decode()
    lines = (
        {"key": "header", "value": {"summary": "Describe it", "description": ""}},
        {"key": "file", "value": {"path": "README.md", "content": card, "encoding": "base64"}},
    )
    made = {"name": name, "organization": namespace, "type": kind, "visibility": "public"}
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=hub, headers=headers, timeout=SECONDS, trust_env=False) as client:
        client.post("/api/repos/create", json=made).raise_for_status()
        client.post(
            f"/api/{kind}s/{hub_id}/commit/main",
            content="\n".join(map(json.dumps, lines)),
            headers={"content-type": "application/x-ndjson"},
        ).raise_for_status()
