"""The actions the bot can take: what each one is for, and which two of them are the same one."""

from bot.actions.base import Identity
from bot.actions.commits import (
    Annotation,
    CommitFiles,
    FileChange,
    OpenPullRequest,
    ReportCheck,
    ReportPart,
    RerunChecks,
)
from bot.actions.kept import LearnHistory, Remember, SetTimer
from bot.actions.order import RANKS, Action, AnyAction
from bot.actions.releases import DecideRelease, StartRelease, TakeBack, TellGitHubRelease
from bot.actions.threads import (
    AddLabels,
    Assign,
    RemoveLabels,
    RequestReviews,
    SetDraft,
    SetLock,
    SetMilestone,
    SetState,
    TransferIssue,
)
from bot.actions.words import (
    HideText,
    MinimizeComment,
    OpenDiscussion,
    React,
    Reaction,
    Reply,
    SetSection,
    ShowAgain,
    SuggestChanges,
    Suggestion,
)

__all__ = [
    "RANKS",
    "Action",
    "AddLabels",
    "Annotation",
    "AnyAction",
    "Assign",
    "CommitFiles",
    "DecideRelease",
    "FileChange",
    "HideText",
    "Identity",
    "LearnHistory",
    "MinimizeComment",
    "OpenDiscussion",
    "OpenPullRequest",
    "React",
    "Reaction",
    "Remember",
    "RemoveLabels",
    "Reply",
    "ReportCheck",
    "ReportPart",
    "RequestReviews",
    "RerunChecks",
    "SetDraft",
    "SetLock",
    "SetMilestone",
    "SetSection",
    "SetState",
    "SetTimer",
    "ShowAgain",
    "StartRelease",
    "SuggestChanges",
    "Suggestion",
    "TakeBack",
    "TellGitHubRelease",
    "TransferIssue",
]
