"""What is said on a thread, and what that others said is put out of sight."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from bot.actions.base import Identity, ThreadAction, both_texts

Reaction = Literal["eyes", "rocket", "confused"]


class React(ThreadAction):
    """Put a reaction on a comment, or on the thread itself when ``comment`` is ``None``.

    It stands last in a plan: ``otherwise`` is put when something that a person asked for was refused.
    """

    kind: Literal["react"] = "react"
    comment: int | None = None
    content: Reaction | None
    """``None`` puts none, unless it is ``otherwise``."""
    otherwise: Reaction | None = None
    replaces: Reaction | None = None
    """A reaction of an earlier attempt that ``content`` takes the place of."""

    def identity(self) -> Identity:
        """Return the reaction and what it is put on."""
        return (*super().identity(), self.comment, self.content)


class SetSection(ThreadAction):
    """Set one feature's section of the thread's status comment; an empty body takes it away."""

    kind: Literal["set_section"] = "set_section"
    section: str
    body: str

    def identity(self) -> Identity:
        """Return the section."""
        return (*super().identity(), self.section)


class Reply(ThreadAction):
    """Answer a person in a new comment; ``key`` tells this answer from others of the same delivery."""

    kind: Literal["reply"] = "reply"
    key: str
    body: str

    def joined(self, later: Self) -> Self:
        """Say both in one comment, and the same thing once."""
        return later._after(self, body=both_texts(self.body, later.body), key=self.key)


class Suggestion(BaseModel):
    """Other words for lines of a file, counted from 1; ``body`` has them as GitHub's suggestion block."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    first: int
    last: int
    body: str


class SuggestChanges(ThreadAction):
    """Suggest changes to what a pull request changes, in one review of a commit.

    Where GitHub refuses, as when the lines are not in its diff any more, ``otherwise`` is commented instead.
    """

    kind: Literal["suggest_changes"] = "suggest_changes"
    key: str
    commit: str
    body: str
    suggestions: tuple[Suggestion, ...]
    otherwise: str

    def identity(self) -> Identity:
        """Return which answer it is."""
        return (*super().identity(), self.key)


class HideText(ThreadAction):
    """Put a notice in place of an issue's title and text, and keep and say nothing of them any more.

    From then on only ``section`` of the status comment can have words on the thread. GitHub keeps what was
    there in the edit history and the timeline, for whoever may read the issue.
    """

    kind: Literal["hide_text"] = "hide_text"
    title: str
    body: str
    section: str


class ShowAgain(ThreadAction):
    """Let all features speak again on a thread whose text was hidden and is back."""

    kind: Literal["show_again"] = "show_again"


class MinimizeComment(ThreadAction):
    """Fold a comment away; who wants to can still read it."""

    kind: Literal["minimize_comment"] = "minimize_comment"
    node: str
    """GitHub's global node id of the comment."""
    why: Literal["ABUSE", "DUPLICATE", "OFF_TOPIC", "OUTDATED", "RESOLVED", "SPAM"]

    def identity(self) -> Identity:
        """Return the comment."""
        return (type(self).__name__, self.node)


class OpenDiscussion(ThreadAction):
    """Open a discussion in the thread's repository, and perhaps close the thread for it.

    Once that is done, ``told`` becomes the section named ``section`` of the status comment, with
    ``{address}`` in it replaced by the discussion's.
    """

    kind: Literal["open_discussion"] = "open_discussion"
    category: str
    """The slug of the category."""
    title: str
    body: str
    section: str
    told: str
    closes: bool = False
