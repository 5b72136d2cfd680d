"""The routing section of a repository's configuration."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bot.config import Section

Owner = Annotated[
    str, Field(pattern=r"^@?[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:/[A-Za-z0-9][A-Za-z0-9_-]{0,99})?$")
]
"""A person, or a team as ``organisation/team``."""

Address = Annotated[str, Field(pattern=r"^(?:https?://|mailto:)[^\s<>()]{1,500}$")]


class RoutingSection(Section):
    """Bring questions, components and security reports to where they belong."""

    question: Address | None = Field(
        default=None, description="Address where questions are answered; shown on new issues that ask one."
    )
    category: str | None = Field(
        default=None,
        description="Category of discussions that `/convert` uses, by its name; "
        "unless said, the first one in which questions can be answered.",
    )
    owners: dict[str, tuple[Owner, ...]] = Field(
        default={}, description="For each label of a component, the people and teams to tell of its issues."
    )
    security: Literal["hide", "suggest", "off"] = Field(
        default="hide",
        description="What happens to a new issue that lays a vulnerability open: `hide` takes its text out "
        "of public view at once when there is no doubt and else points to private reporting, "
        "`suggest` only points there.",
    )
    report_to: Address | None = Field(
        default=None,
        description="Address where vulnerabilities are reported; unless said, GitHub's page for that.",
    )
