"""The sandbox's endpoints: one module per family of resources, joined here."""

from bot.sandbox.github.routes import (
    apps,
    collaborators,
    comments,
    contents,
    issues,
    labels,
    reactions,
    repositories,
    users,
)

ALL = (
    apps.routes,
    collaborators.routes,
    comments.routes,
    contents.routes,
    issues.routes,
    labels.routes,
    reactions.routes,
    repositories.routes,
    users.routes,
)
