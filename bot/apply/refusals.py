"""Answer whoever asked for something that GitHub refused."""

from __future__ import annotations

from bot.actions import (
    AddLabels,
    AnyAction,
    Assign,
    HideText,
    OpenDiscussion,
    RemoveLabels,
    Reply,
    RequestReviews,
    RerunChecks,
    SetDraft,
    SetLock,
    SetMilestone,
    SetState,
    StartRelease,
    TakeBack,
    TransferIssue,
)
from bot.errors import RefusedError
from bot.rendering import render


def answer_about(action: AnyAction, error: RefusedError) -> Reply | None:
    """Write the answer for the thread; ``None`` where nobody waits for one."""
    answer = str(error)
    match action:
        case StartRelease():
            if not action.number:
                return None  # there is no thread to answer on
            words = answer
        case TakeBack():
            words = answer
        case HideText() | OpenDiscussion() | TransferIssue():
            words = render("comments/move_refused.md.j2", action=action, answer=answer)
        case RequestReviews(asked=True):
            words = render("comments/reviews_refused.md.j2", action=action, answer=answer)
        case RerunChecks(asked=True):
            words = render("comments/rerun_refused.md.j2", refused=answer.splitlines())
        case (
            AddLabels(asked=True)
            | RemoveLabels(asked=True)
            | Assign(asked=True)
            | SetMilestone(asked=True)
            | SetDraft(asked=True)
            | SetState(asked=True)
            | SetLock(asked=True)
        ):
            words = render("comments/action_refused.md.j2", kind=action.kind, answer=answer)
        case _:
            return None
    return Reply(thread=action.thread, key="", body=words, reason="GitHub refused")
