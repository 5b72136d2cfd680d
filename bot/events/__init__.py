"""What a webhook delivery says, in the few fields the house reads."""

from bot.events.event import (
    RELEASE_ASKED,
    REPOSITORY_ADDED,
    TIMER,
    Event,
    MalformedPayloadError,
    Nodes,
    event_from,
    read_event,
)
from bot.events.payload import (
    ASSOCIATIONS_OF_NEWCOMERS,
    ASSOCIATIONS_OF_THE_HOUSE,
    DEFAULT_BRANCH,
    Account,
    Changes,
    Issue,
    PullRequest,
    Repository,
)
from bot.events.thread import Thread

__all__ = [
    "ASSOCIATIONS_OF_NEWCOMERS",
    "ASSOCIATIONS_OF_THE_HOUSE",
    "DEFAULT_BRANCH",
    "RELEASE_ASKED",
    "REPOSITORY_ADDED",
    "TIMER",
    "Account",
    "Changes",
    "Event",
    "Issue",
    "MalformedPayloadError",
    "Nodes",
    "PullRequest",
    "Repository",
    "Thread",
    "event_from",
    "read_event",
]
