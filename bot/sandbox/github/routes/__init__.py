"""The sandbox's endpoints: one module per family of resources, joined here."""

from bot.sandbox.github.routes import (
    actions,
    apps,
    checks,
    collaborators,
    comments,
    commits,
    contents,
    deliveries,
    git_data,
    graphql,
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
        actions,
        apps,
        checks,
        collaborators,
        comments,
        commits,
        contents,
        deliveries,
        git_data,
        graphql,
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
