"""A model with several versions on a Hub, made by the Hub's own client, and workflows that take them back."""

from __future__ import annotations

import tempfile
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

from bot.release.rollback import RollbackRequest
from bot.release.withdrawal import WithdrawalRequest
from tests.fixtures.hub import SandboxHub

HUB_ID = "acme/digits-moved"
ROLLBACK = RollbackRequest("b1", "acme/digits", HUB_ID, "", "alice", 1)
WITHDRAWAL = WithdrawalRequest("w1", "acme/digits", HUB_ID, ("1.1.0",), "alice", 1)

VERSIONS: dict[str, dict[str, bytes]] = {
    "1.0.0": {
        "README.md": b"---\nlicense: mit\n---\nfirst",
        "model.safetensors": b"one" * 5000,
        "shared.safetensors": b"s" * 20_000,
    },
    "1.1.0": {
        "README.md": b"---\nlicense: mit\n---\nsecond",
        "model.safetensors": b"two" * 5000,
        "shared.safetensors": b"s" * 20_000,
        "secrets.json": b'{"leaked": true}',
        "extra.safetensors": b"x" * 16_000,
    },
    "1.2.0": {"README.md": b"---\nlicense: mit\n---\nthird", "model.safetensors": b"three" * 5000},
}


def put_versions(hub: SandboxHub, *versions: str, hub_id: str = HUB_ID) -> dict[str, str]:
    """Put versions on the Hub, each in a commit with its tag, and give the commits by version."""
    api = HfApi(hub.url, token=hub.token)
    api.create_repo(hub_id)
    commits: dict[str, str] = {}
    there: set[str] = set()
    for version in versions:
        files = VERSIONS[version]
        with tempfile.TemporaryDirectory() as folder:
            operations: list[CommitOperationAdd | CommitOperationDelete] = []
            for path, content in files.items():
                (Path(folder) / path).write_bytes(content)
                operations.append(CommitOperationAdd(path, Path(folder) / path))
            operations += [CommitOperationDelete(path) for path in sorted(there - files.keys())]
            done = api.create_commit(hub_id, operations, commit_message=f"Release {version}")
        commits[version] = str(done.oid)
        api.create_tag(hub_id, tag=f"v{version}", revision=commits[version], tag_message="x")
        there = set(files)
    return commits


def forget(hub: SandboxHub) -> None:
    """Delete every model that is not what the tests' models are made from."""
    api = HfApi(hub.url, token=hub.token)
    for hub_id in hub.models():
        api.delete_repo(hub_id)


def files_at(hub: SandboxHub, revision: str, hub_id: str = HUB_ID) -> dict[str, bytes]:
    """Download everything a revision holds."""
    tree = hub.get(f"/api/models/{hub_id}/tree/{revision}?recursive=true").raise_for_status().json()
    paths = [one["path"] for one in tree if one["type"] == "file" and one["path"] != ".gitattributes"]
    return {
        path: hub.get(f"/{hub_id}/resolve/{revision}/{path}").raise_for_status().content for path in paths
    }
