"""What is done about releases of models: they are started and decided."""

from __future__ import annotations

from typing import Literal, Self

from bot.actions.base import Identity, ThreadAction

CHECK_NAME = "giveback release"
"""The check run that says why a release that nobody wrote a comment for did not start."""


class StartRelease(ThreadAction):
    """Start the durable release of a model, reporting on the thread.

    With number 0 an issue is opened for it, unless the one of an earlier attempt at the version is open.
    """

    kind: Literal["start_release"] = "start_release"
    release: str
    """Identifier of the attempt; starting the same one twice starts it once."""
    model: str
    """The model's Hub id: releases of one model wait for each other."""
    version: str = ""
    commit: str
    """The commit of the default branch that is released."""
    requester: str
    requester_account: int
    """GitHub's number of the requester's account, which outlives a rename."""
    private: bool = False
    """Whether the repository was private when it was asked for."""
    rehearsal: bool = False
    """Whether to go through the gates, show what would be done on the Hub, and do nothing of it."""
    own_issue: bool = False
    """Whether the thread is an issue that was opened for the release."""

    def identity(self) -> Identity:
        """Return the thread and the model."""
        return (*super().identity(), self.model.casefold())

    def joined(self, later: Self) -> Self:
        """Start the one that was asked for first."""
        reasons = later._after(self)
        return self.model_copy(update={"reason": reasons.reason, "feature": reasons.feature})


class TakeBack(ThreadAction):
    """Start to take a model back to an earlier version, or to withdraw versions of it, told on the thread."""

    kind: Literal["take_back"] = "take_back"
    release: str
    """Identifier of the attempt; starting the same one twice starts it once."""
    what: Literal["rollback", "withdrawal"]
    model: str
    """The model's Hub id."""
    versions: tuple[str, ...] = ()
    """The version to go back to, none for the one before the current one; or those to withdraw."""
    requester: str
    requester_account: int
    """GitHub's number of the requester's account."""
    approvers: int = 1
    """How many people have to agree, besides the requester."""
    private: bool = False
    """Whether the repository was private when it was asked for."""

    def identity(self) -> Identity:
        """Return the thread, the model and what happens to it."""
        return (*super().identity(), self.what, self.model.casefold())


class TellGitHubRelease(ThreadAction):
    """Say something at the end of a tag's GitHub Release, in place of what the bot said there before.

    Nothing is done where the repository has no published GitHub Release of that tag.
    """

    kind: Literal["tell_github_release"] = "tell_github_release"
    tag: str
    body: str

    def identity(self) -> Identity:
        """Return the GitHub Release."""
        return (type(self).__name__, self.repository.casefold(), self.tag)


class DecideRelease(ThreadAction):
    """Pass a person's decision on to a release that waits for it."""

    kind: Literal["decide_release"] = "decide_release"
    release: str
    verdict: Literal["approve", "cancel"]
    login: str
    account: int
    """GitHub's number of the person's account."""
    permission: str
    """What the person may do in the repository, asked at that moment."""
    digest: str
    """The content the decision is about."""

    def identity(self) -> Identity:
        """Return the release, the person and what they decided."""
        return (type(self).__name__, self.release, self.login, self.verdict)
