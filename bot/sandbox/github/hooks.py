"""Deliver signed webhooks as GitHub does: in the background, in order per App, once, on record."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
import uuid
from typing import Any

import httpx
import orjson

from bot.sandbox.github.permissions import covers
from bot.sandbox.github.records import Application, Delivery, Installation, Repository
from bot.sandbox.github.store import Store, timestamp

TIMEOUT_SECONDS = 10.0
"""GitHub.com cuts the connection then and counts the delivery as failed."""

PAYLOAD_LIMIT = 25 * 1024 * 1024
"""Bytes of a payload; GitHub sends nothing at all above (docs: webhook events and payloads)."""

KEPT_DELIVERIES = 3000


class Hooks:
    """The outgoing side of the sandbox: one queue and one worker per App."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queues: dict[int, asyncio.Queue[int]] = {}
        self._workers: list[asyncio.Task[None]] = []
        self._client: httpx.AsyncClient | None = None

    async def start(self) -> None:
        """Begin delivering, first what a stopped sandbox had left."""
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False)
        for delivery in self._store.deliveries.all(status="pending"):
            self._enqueue(delivery)

    async def stop(self) -> None:
        """Stop delivering; what is left is delivered after the next start."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        self._workers.clear()
        self._queues.clear()
        if self._client is not None:
            await self._client.aclose()

    def listeners(self, event: str, repository: Repository) -> list[tuple[Application, Installation]]:
        """List the Apps at work on a repository that want an event."""
        return [
            (app, installation)
            for installation in self._store.installations.all(account=repository.owner_id)
            if covers(installation, repository) and not installation.suspended_at
            if event in installation.events and (app := self._store.apps[installation.app_id]).webhook_url
        ]

    def send(
        self,
        app: Application,
        event: str,
        payload: dict[str, Any],
        *,
        installation: Installation | None = None,
        repository: Repository | None = None,
    ) -> None:
        """Put one event on an App's queue."""
        body = orjson.dumps(payload)
        if not app.webhook_url or len(body) > PAYLOAD_LIMIT:
            return
        delivery = Delivery(
            id=self._store.next_id(),
            app_id=app.id,
            guid=str(uuid.uuid4()),
            event=event,
            action=payload.get("action"),
            installation_id=installation.id if installation else None,
            repository_id=repository.id if repository else None,
            payload=body.decode(),
            target_id=app.id,
            delivered_at=timestamp(),
        )
        self._enqueue(self._store.deliveries.save(delivery))

    def redeliver(self, earlier: Delivery) -> Delivery:
        """Deliver again under the same GUID, on record as a delivery of its own."""
        again = Delivery(
            id=self._store.next_id(),
            app_id=earlier.app_id,
            guid=earlier.guid,
            event=earlier.event,
            action=earlier.action,
            installation_id=earlier.installation_id,
            repository_id=earlier.repository_id,
            payload=earlier.payload,
            target_id=earlier.target_id,
            delivered_at=timestamp(),
            redelivery=True,
        )
        self._enqueue(self._store.deliveries.save(again))
        return again

    @property
    def waiting(self) -> int:
        """Count the deliveries that are not over."""
        return self._store.deliveries.count(status="pending")

    def _enqueue(self, delivery: Delivery) -> None:
        queue = self._queues.get(delivery.app_id)
        if queue is None:
            queue = self._queues[delivery.app_id] = asyncio.Queue()
            self._workers.append(asyncio.create_task(self._work(queue)))
        queue.put_nowait(delivery.id)

    async def _work(self, queue: asyncio.Queue[int]) -> None:
        while True:
            delivery = self._store.deliveries.get(await queue.get())
            app = self._store.apps.get(delivery.app_id) if delivery else None
            if delivery is None or app is None:
                continue
            await self._deliver(app, delivery)
            self._prune(app)
            self._store.commit()

    def _prune(self, app: Application) -> None:
        """Forget the oldest deliveries, as GitHub forgets them after days."""
        if self._store.deliveries.count(app=app.id) > KEPT_DELIVERIES * 1.1:
            for old in self._store.deliveries.all(app=app.id)[:-KEPT_DELIVERIES]:
                if old.status != "pending":
                    self._store.deliveries.remove(old)

    async def _deliver(self, app: Application, delivery: Delivery) -> None:
        if self._client is None:
            raise RuntimeError("deliveries are sent only between start() and stop()")
        body = delivery.payload.encode()
        delivery.url = app.webhook_url
        delivery.request_headers = headers(app, delivery)
        began = time.monotonic()
        try:
            signed = delivery.request_headers | signatures(app.webhook_secret, body)
            answer = await self._client.post(app.webhook_url, content=body, headers=signed)
        except httpx.TimeoutException:
            delivery.status, delivery.status_code = "timed out", 0
        except (httpx.HTTPError, httpx.InvalidURL):
            delivery.status, delivery.status_code = "failed to connect to host", 0
        else:
            delivery.status_code = answer.status_code
            delivery.status = "OK" if answer.is_success else f"Invalid HTTP Response: {answer.status_code}"
            delivery.response_headers = dict(answer.headers)
            delivery.response = answer.text[:10_000]
        delivery.duration = round(time.monotonic() - began, 3)
        self._store.deliveries.save(delivery)


def headers(app: Application, delivery: Delivery) -> dict[str, str]:
    """Build a delivery's headers without its signatures, as they are kept on record."""
    return {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": f"GitHub-Hookshot/{app.id:07x}",
        "X-GitHub-Delivery": delivery.guid,
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Hook-ID": str(app.hook_id),
        "X-GitHub-Hook-Installation-Target-ID": str(app.id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
    }


def signatures(secret: str, body: bytes) -> dict[str, str]:
    """Sign a body with the App's secret; without a secret GitHub sends no signature."""
    if not secret:
        return {}
    key = secret.encode()
    return {
        "X-Hub-Signature": f"sha1={hmac.new(key, body, hashlib.sha1).hexdigest()}",
        "X-Hub-Signature-256": f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}",
    }
