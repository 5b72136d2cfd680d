"""Kill the service in the middle of a rollback's one commit, and look at what people get in the end."""

from __future__ import annotations

import re
import time

from sqlalchemy import Engine

from tests.crash.releases import Hold, Release, begin, order, struck, until
from tests.fixtures.hub import SandboxHub
from tests.processes import Service, World
from tests.release.versions import VERSIONS, files_at, put_versions

COMMIT = Hold("hub", "POST", r"/commit/main")
"""The commit is made, and the service is killed before it knows."""


def kill_during_rollback(world: World, service: Service, database: Engine) -> Release:
    """Go back from the second of two versions, kill the service at the commit, and see it to its end."""
    release = begin(world, "back", database)
    put_versions(hub_of(world), "1.0.0", "1.1.0", hub_id=release.hub_id)
    release.say(world.alice, "/rollback-release")

    def lines() -> set[str]:
        said = re.findall(r"/approve [0-9a-f]{12}", "\n".join(release.comments()))
        return set(said) if release.step == "approve" else set()

    until(lines, "the question for approval")
    order(world, COMMIT, release)
    release.say(world.bob, lines().pop())
    until(lambda: struck(world, COMMIT), "the commit")
    time.sleep(0.3)  # so that it is made
    service.kill()
    world.control(world.hub, "DELETE", "/faults")
    service.start()
    until(lambda: release.status, "the end of the rollback")
    until(lambda: service.waiting == 0, "quiet")
    return release


def wrong_rollback(release: Release) -> list[str]:
    """List what is not as it should be after a rollback that was done once."""
    hub, hub_id = hub_of(release.world), release.hub_id
    found = [] if release.status == "rolled back" else [f"it ended as {release.record()}"]
    if files_at(hub, "main", hub_id) != VERSIONS["1.0.0"]:
        found.append("main does not hold the first version")
    head, *earlier = hub.commits(hub_id)
    if len(earlier) != 3:
        found.append(f"there are {len(earlier) + 1} commits")
    if hub.tags(hub_id)["v1.0.0"] != head:
        found.append(f"the tags are {hub.tags(hub_id)}")
    endings = [body for body in release.comments() if "is back at 1.0.0: " in body]
    if len(endings) != 1:
        found.append(f"the thread says {release.comments()}")
    return found


def hub_of(world: World) -> SandboxHub:
    """Give the world's Hub as its owner sees it."""
    return SandboxHub(world.hub, world.hub_token)
