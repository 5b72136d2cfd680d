"""What every action has: its place, its reason, and how two of them become one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict

from bot.events import Thread

Identity = tuple[object, ...]

_Each = TypeVar("_Each")


class BaseAction(BaseModel):
    """What every action has: where it is carried out, the reason, and the feature that wants it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str
    feature: str = ""
    dry_run: bool = False
    """Whether it is only recorded, because its feature is being tried out."""
    asked: bool = False
    """Whether a person asked for it with a command; they are told when GitHub refuses."""

    def identity(self) -> Identity:
        """Return what makes two actions the same one, so that they are joined."""
        raise NotImplementedError  # every action has its own; this one says what is asked of it

    def joined(self, later: Self) -> Self:
        """Return the action that does what this one and a later one of the same identity ask for.

        The later one's words count; reasons and features of both are kept, and whether somebody asked.
        """
        return later._after(self)

    def _after(self, earlier: BaseAction, **changes: object) -> Self:
        features = dict.fromkeys((*earlier.feature.split(", "), self.feature))
        both = {
            "reason": "; ".join(dict.fromkeys((earlier.reason, self.reason))),
            "feature": ", ".join(features),
            "asked": earlier.asked or self.asked,
        }
        return self.model_copy(update={**both, **changes})


class ThreadAction(BaseAction):
    """An action on an issue or pull request."""

    thread: Thread

    @property
    def repository(self) -> str:
        """Return the repository the action is for."""
        return self.thread.repository

    @property
    def number(self) -> int:
        """Return the number of the thread."""
        return self.thread.number

    @property
    def place(self) -> str:
        """Say where the action is carried out."""
        return str(self.thread)

    def identity(self) -> Identity:
        """Return the kind of the action and its thread."""
        return (type(self).__name__, self.thread)


class CommitAction(BaseAction):
    """An action on a commit."""

    repository: str
    commit: str

    @property
    def number(self) -> int:
        """Return 0: a commit belongs to no thread."""
        return 0

    @property
    def place(self) -> str:
        """Say where the action is carried out."""
        return f"{self.repository}@{self.commit[:12]}"


def union(first: Iterable[_Each], second: Iterable[_Each]) -> tuple[_Each, ...]:
    """Give what is in either list, once."""
    return tuple(dict.fromkeys((*first, *second)))


def both_texts(first: str, second: str) -> str:
    """Give both texts, one below the other; what the first says already is not said again."""
    return first if second.strip() in first else f"{first.rstrip()}\n\n{second}"
