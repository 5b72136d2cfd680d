"""The sandbox's endpoints: one module per family of resources, joined here."""

from bot.sandbox.github.routes import (
    apps,
    checks,
    collaborators,
    comments,
    commits,
    contents,
    deliveries,
    git_data,
    issues,
    labels,
    milestones,
    pulls,
    reactions,
    releases,
    repositories,
    reviews,
    search,
    statuses,
    users,
)

ALL = tuple(
    module.routes
    for module in (
        apps,
        checks,
        collaborators,
        comments,
        commits,
        contents,
        deliveries,
        git_data,
        issues,
        labels,
        milestones,
        pulls,
        reactions,
        releases,
        repositories,
        reviews,
        search,
        statuses,
        users,
    )
)
