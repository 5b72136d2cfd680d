"""A Hub with two people and an organization, and a real client for each test module."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.sandbox.hub import create_app
from bot.sandbox.serving import run_in_thread
from tests.sandbox.hub.client import Client, environment

# Building one takes longer than most tests here, and httpx would build one for each client.
_CONTEXT = ssl.create_default_context()


@dataclass(frozen=True)
class World:
    """A running Hub: ann and bob belong to acme (bob reads only); eve belongs to nothing."""

    url: str
    state: Path
    tokens: dict[str, str]

    def http(self, user: str | None = None) -> httpx.Client:
        """Speak to it by hand, as somebody or as nobody."""
        headers = {"Authorization": f"Bearer {self.tokens[user]}"} if user else {}
        return httpx.Client(base_url=self.url, headers=headers, verify=_CONTEXT)

    def issue(self, user: str, **body: object) -> str:
        """Issue one more token."""
        return people(self.url, {"name": user, **body})

    def fault(self, **order: object) -> None:
        """Order a fault."""
        with self.http() as http:
            http.post("/_sandbox/faults", json=order).raise_for_status()

    def requests(self) -> list[dict[str, Any]]:
        """Give the log of requests."""
        with self.http() as http:
            found: list[dict[str, Any]] = http.get("/_sandbox/requests").json()["requests"]
        return found


def people(url: str, body: dict[str, object]) -> str:
    answer = httpx.post(f"{url}/_sandbox/users", json=body, verify=_CONTEXT)
    answer.raise_for_status()
    return str(answer.json()["token"])


@pytest.fixture(scope="module")
def multipart_chunk() -> int | None:
    """Say how large the parts of an upload are; a module overrides it."""
    return None


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, multipart_chunk: int | None) -> Iterator[World]:
    state = tmp_path_factory.mktemp("hub")
    with run_in_thread(create_app(state, multipart_chunk=multipart_chunk)) as running:
        members = {"ann": {"acme": "admin"}, "bob": {"acme": "read"}, "eve": {}}
        tokens = {name: people(running.url, {"name": name, "orgs": orgs}) for name, orgs in members.items()}
        yield World(running.url, state, tokens)


@pytest.fixture(autouse=True)
def no_faults(world: World) -> Iterator[None]:
    yield
    with world.http() as http:
        http.delete("/_sandbox/faults")


@pytest.fixture(scope="module")
def client(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Run huggingface_hub in a child, as ann."""
    made = Client(environment(world.url, world.tokens["ann"], tmp_path_factory.mktemp("home")))
    yield made
    made.close()


@pytest.fixture
def fresh() -> Callable[[], str]:
    """Name repositories nobody has yet."""
    return lambda: f"acme/model-{next(_numbers)}"


_numbers = iter(range(1, 10**6))
