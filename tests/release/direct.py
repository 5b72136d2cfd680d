"""The Hub's own client in this process, so that a test pays for requests and not for interpreters."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import huggingface_hub
from huggingface_hub import constants

from bot.hub import child, child_taking_back
from bot.hub.errors import HubRefused, HubUnavailable
from bot.hub.failures import explain
from bot.hub.jobs import PublishedFile
from bot.hub.process import Moved
from bot.hub.taking_back import TakingBack

OPERATIONS: dict[str, Callable[..., dict[str, Any]]] = {
    **child.OPERATIONS,
    **child_taking_back.operations(lambda done, total: None),
}
CLIENTS_OWN = "ignore:Use 'content=:DeprecationWarning"
"""What the Hub's client does with its own HTTP library, which is not ours to change."""

constants.HF_HUB_DISABLE_XET = True  # as in the child's environment


@dataclass(frozen=True)
class DirectHub(TakingBack):
    """Do every operation as the child process does it, in a thread of this one."""

    async def _run(
        self,
        operation: str,
        job: dict[str, Any],
        *,
        files: tuple[PublishedFile, ...] = (),
        moved: Moved | None = None,
        room: Path | None = None,
    ) -> dict[str, Any]:
        return await asyncio.to_thread(self._do, operation, job)

    def _do(self, operation: str, job: dict[str, Any]) -> dict[str, Any]:
        api = huggingface_hub.HfApi(self.hub.endpoint, token=self.hub.token, library_name="giveback")
        try:
            result = OPERATIONS[operation](api, **json.loads(json.dumps(job)))
        except (HubRefused, HubUnavailable):
            raise
        except Exception as error:
            raise explain(error, str(job.get("hub_id", "the Hub"))) from error
        return dict(json.loads(json.dumps(result)))
