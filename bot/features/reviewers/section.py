"""What a repository can set about who reviews its pull requests."""

from __future__ import annotations

from pydantic import Field

from bot.config import Section


class ReviewersSection(Section):
    """Ask for reviews by itself, where one of these says whom; the commands work in any case."""

    count: int = Field(default=1, ge=1, le=5, description="People who are asked to review a pull request.")
    file: str | None = Field(
        default=None,
        description="A file written like CODEOWNERS, where GitHub does not look: of those it names, `count` "
        "are asked instead of all.",
    )
    code_owners: bool = Field(
        default=False,
        description="Whether to ask those whom CODEOWNERS names, where GitHub does not do so itself.",
    )
    teams: dict[str, tuple[str, ...]] = Field(
        default={},
        description="The people of teams that CODEOWNERS names: one of them is asked by name.",
    )
    blame: bool = Field(
        default=False, description="Whether those who wrote the changed lines are asked, the latest first."
    )
    load: bool = Field(
        default=False, description="Whether those with fewer open requests are asked before others."
    )

    @property
    def asks(self) -> bool:
        """Tell whether anything says whom to ask."""
        return bool(self.file or self.code_owners or self.teams or self.blame)
