"""What is done to an issue or pull request: its labels, its people, its state and its place."""

from __future__ import annotations

from typing import Literal, Self

from bot.actions.base import Identity, ThreadAction, union


class LabelAction(ThreadAction):
    """An action on the labels of a thread; what persons ask for stays apart from what the bot thinks."""

    labels: tuple[str, ...]

    def identity(self) -> Identity:
        """Return the thread, and whether a person asked."""
        return (*super().identity(), self.asked)

    def joined(self, later: Self) -> Self:
        """Mean the labels of both."""
        return later._after(self, labels=union(self.labels, later.labels))


class AddLabels(LabelAction):
    """Add labels that the repository has; labels it does not have are left out.

    A label that the bot added before and a person took away stays away, unless a person ``asked`` for it.
    """

    kind: Literal["add_labels"] = "add_labels"


class RemoveLabels(LabelAction):
    """Remove labels: of these only the bot's own, unless a person ``asked`` for it."""

    kind: Literal["remove_labels"] = "remove_labels"


class Assign(ThreadAction):
    """Assign people to a thread, or take them off it.

    GitHub passes over, without a word, those who may not be assigned. When all of ``add`` are assigned
    ``told`` becomes the section named ``section`` of the status comment, otherwise ``told_otherwise``
    does, with ``{refused}`` in it replaced by who is not. With no ``section`` nothing is said.
    """

    kind: Literal["assign"] = "assign"
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    section: str = ""
    told: str = ""
    told_otherwise: str = ""

    def identity(self) -> Identity:
        """Return the thread and the section the outcome is told in."""
        return (*super().identity(), self.section)

    def joined(self, later: Self) -> Self:
        """Assign and take off the people of both; the later one decides about those in both lists."""
        add = union((one for one in self.add if one not in later.remove), later.add)
        remove = union((one for one in self.remove if one not in later.add), later.remove)
        return later._after(self, add=add, remove=remove)


class RequestReviews(ThreadAction):
    """Ask people and teams of the organisation to review a pull request; each of them once."""

    kind: Literal["request_reviews"] = "request_reviews"
    people: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    """People whose review is no longer asked for, once the others are."""

    def joined(self, later: Self) -> Self:
        """Ask those of both; the later one decides about those it names."""
        return later._after(
            self,
            people=union((one for one in self.people if one not in later.withdrawn), later.people),
            teams=union(self.teams, later.teams),
            withdrawn=union((one for one in self.withdrawn if one not in later.people), later.withdrawn),
        )


class SetMilestone(ThreadAction):
    """Put a thread on the milestone of this title, or on none."""

    kind: Literal["set_milestone"] = "set_milestone"
    title: str | None


class SetState(ThreadAction):
    """Close or reopen a thread."""

    kind: Literal["set_state"] = "set_state"
    state: Literal["open", "closed"]
    why: Literal["completed", "not_planned", "duplicate"] | None = None
    """GitHub's ``state_reason``, for an issue that is closed."""


class SetLock(ThreadAction):
    """Lock or unlock the conversation of a thread."""

    kind: Literal["set_lock"] = "set_lock"
    locked: bool
    why: Literal["off-topic", "too heated", "resolved", "spam"] | None = None


class SetDraft(ThreadAction):
    """Turn a pull request into a draft, or mark it as ready for review."""

    kind: Literal["set_draft"] = "set_draft"
    node: str
    """GitHub's global node id of the pull request."""
    draft: bool


class TransferIssue(ThreadAction):
    """Move an issue to another repository of the same owner; after that nothing can be said here."""

    kind: Literal["transfer_issue"] = "transfer_issue"
    target: str
    """``owner/repo``."""
