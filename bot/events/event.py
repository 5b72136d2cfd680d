"""One delivery, read: what happened, where, and what a feature may ask about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from gidgethub import sansio
from pydantic import ValidationError

from bot.events.payload import Issue, Payload, Repository
from bot.events.thread import Thread

TIMER = "giveback.timer"
"""The event of a timer that a feature set; GitHub's own names have no dot."""

REPOSITORY_ADDED = "giveback.repository"
"""The event of a repository that the App was installed on; its action is always ``added``."""

RELEASE_ASKED = "giveback.release"
"""The event of a call to the service's API that asks for a release; its action is always ``asked``."""


@dataclass(frozen=True)
class Nodes:
    """What GraphQL calls a thread and its repository by."""

    thread: str
    repository: str


class MalformedPayloadError(Exception):
    """A delivery was signed by GitHub but does not have the shape GitHub documents."""


@dataclass(frozen=True)
class Event:
    """One delivery, read."""

    guid: str
    name: str
    payload: Payload
    raw: dict[str, Any]

    @property
    def action(self) -> str | None:
        """Say what happened: ``opened``, ``edited`` ..."""
        return self.payload.action

    @property
    def installation(self) -> int | None:
        """Give the number of the App's installation, if the delivery belongs to one."""
        return self.payload.installation.id if self.payload.installation else None

    @property
    def repository(self) -> Repository:
        """Give the repository.

        Raises:
            MalformedPayloadError: the event has none, though a feature asked for it.
        """
        if self.payload.repository is None:
            raise MalformedPayloadError(f"a {self.name} delivery without a repository")
        return self.payload.repository

    @property
    def has_thread(self) -> bool:
        """Tell whether the event happened on an issue or pull request."""
        return self.payload.repository is not None and self._about is not None

    @property
    def thread(self) -> Thread:
        """Give the issue or pull request the event happened on.

        Raises:
            MalformedPayloadError: it has none, though a feature asked for it.
        """
        if self._about is None:
            raise MalformedPayloadError(f"a {self.name} delivery without an issue or pull request")
        return Thread(self.repository.full_name, self._about.number, self.repository.id)

    @property
    def place(self) -> Thread:
        """Return the repository, as the place of what is about no single thread."""
        return Thread(self.repository.full_name, 0, self.repository.id)

    @property
    def ends_suspension(self) -> bool:
        """Tell whether an installation that was suspended is back in use."""
        return (self.name, self.action) == ("installation", "unsuspend")

    @property
    def new_repositories(self) -> list[Thread]:
        """List the repositories an installation's event brings (docs: webhook events, ``installation``)."""
        match self.name, self.action:
            case "installation", "created" | "unsuspend":
                listed = self.payload.repositories
            case "installation_repositories", "added":
                listed = self.payload.repositories_added
            case _:
                listed = None
        return [Thread(repository.full_name, 0, repository.id) for repository in listed or ()]

    @property
    def opened_with(self) -> list[str] | None:
        """List the labels of a thread that was opened just now; ``None`` for any that stood before.

        One that was transferred is opened too, with all that was said on it before.
        """
        if self.action != "opened" or self.is_transferred or self._about is None:
            return None
        return [label.name for label in self._about.labels]

    @property
    def nodes(self) -> Nodes | None:
        """Give what GraphQL calls the thread and its repository by; ``None`` if the payload does not say."""
        repository = self.payload.repository
        if self._about is None or repository is None or not (self._about.node_id and repository.node_id):
            return None
        return Nodes(self._about.node_id, repository.node_id)

    @property
    def is_transferred(self) -> bool:
        """Tell whether a thread that was opened came from another repository, comments and all."""
        changes = self.payload.changes
        return changes is not None and changes.old_issue is not None

    @property
    def _about(self) -> Issue | None:
        return self.payload.pull_request or self.payload.issue

    def may_change(self, path: str) -> bool:
        """Tell whether this is a push to the default branch that may have changed a file.

        A path that ends with a slash stands for everything in that folder.
        """
        pushed, repository = self.payload, self.payload.repository
        if (
            self.name != "push"
            or repository is None
            or pushed.ref != f"refs/heads/{repository.default_branch}"
        ):
            return False
        # A forced push also takes commits away, and those are not listed.
        if not pushed.commits or pushed.forced:
            return True
        touched = (
            one for commit in pushed.commits for one in (*commit.added, *commit.modified, *commit.removed)
        )
        return any(one == path or (path.endswith("/") and one.startswith(path)) for one in touched)

    @property
    def sender_is_bot(self) -> bool:
        """Tell whether a machine caused this event."""
        return self.payload.sender is not None and self.payload.sender.is_bot

    def for_routing(self) -> sansio.Event:
        """Give the event in the form gidgethub's router matches on."""
        return sansio.Event(self.raw, event=self.name, delivery_id=self.guid)


def read_event(name: str, guid: str, body: bytes) -> Event:
    """Read a stored delivery.

    Raises:
        MalformedPayloadError: the body is not a JSON object, or a field the house reads has the wrong type.
    """
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedPayloadError(f"the body is not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise MalformedPayloadError(f"the body is a JSON {type(raw).__name__}, not an object")
    return event_from(name, guid, raw)


def event_from(name: str, guid: str, raw: dict[str, Any]) -> Event:
    """Read an already decoded payload; raises :class:`MalformedPayloadError` as :func:`read_event` does."""
    try:
        payload = Payload.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise MalformedPayloadError(f"{name} payload, field {where}: {first['msg']}") from error
    return Event(guid=guid, name=name, payload=payload, raw=raw)
