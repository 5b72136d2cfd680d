"""Put repositories with little more than a card on a sandbox Hub, for others to be made from."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Literal

import httpx

from bot.datasets.checklist.evidence import RECORD, digest_of
from bot.datasets.checklist.items import all_items
from bot.datasets.checklist.record import Covered, Data, Record, RecordedFile, RecordedItem
from bot.datasets.checklist.sign_off import Signer, SignOff
from bot.datasets.checklist.states import State

SECONDS = 30
_RULES = "1"


def put_card(
    hub: str,
    token: str,
    kind: Literal["model", "dataset"],
    hub_id: str,
    metadata: str,
    files: Mapping[str, bytes] | None = None,
) -> None:
    """Make a public repository whose README.md has these lines of metadata. Raises httpx.HTTPError."""
    namespace, _, name = hub_id.rpartition("/")
    content = {"README.md": f"---\n{metadata}\n---\n# {name}\n".encode(), **(files or {})}
    lines = [{"key": "header", "value": {"summary": "Describe it", "description": ""}}]
    for path, held in content.items():
        encoded = base64.b64encode(held).decode()
        lines.append({"key": "file", "value": {"path": path, "content": encoded, "encoding": "base64"}})
    made = {"name": name, "organization": namespace, "type": kind, "visibility": "public"}
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=hub, headers=headers, timeout=SECONDS, trust_env=False) as client:
        client.post("/api/repos/create", json=made).raise_for_status()
        client.post(
            f"/api/{kind}s/{hub_id}/commit/main",
            content="\n".join(map(json.dumps, lines)),
            headers={"content-type": "application/x-ndjson"},
        ).raise_for_status()


def signed_data(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Give files with the record of a checklist that is done and signed for them."""
    hashes = [(path, hashlib.sha256(content).hexdigest()) for path, content in sorted(files.items())]
    author, reviewer = Signer(login="maya"), Signer(login="sam")
    signed = SignOff(
        signer=reviewer,
        permission="write",
        role="data steward",
        digest=digest_of(hashes),
        rules=_RULES,
        checklist="general",
        day="2026-11-01",
    )
    record = Record(
        checklist="general",
        rules=_RULES,
        data=Data(
            digest=digest_of(hashes),
            files=tuple(
                RecordedFile(path=path, sha256=sha256, bytes=len(files[path])) for path, sha256 in hashes
            ),
        ),
        coverage=Covered(
            complete=True, files=len(files), rows=1, bytes=sum(len(content) for content in files.values())
        ),
        items=tuple(
            RecordedItem(
                number=item.number,
                title=item.title,
                needs_person=item.needs_person,
                state=State.NEEDS_PERSON if item.needs_person else State.NOTHING_FOUND,
                evidence="Pictures of digits.",
                ticked_by=reviewer.login if item.needs_person else "",
            )
            for item in all_items()
        ),
        authors=(author,),
        sign_offs=(signed,),
    )
    return {**files, RECORD: record.as_json().encode()}
