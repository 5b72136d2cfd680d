"""Every action there is, in the order in which a plan carries them out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, get_args

from pydantic import Field

from bot.actions.base import BaseAction
from bot.actions.commits import CommitFiles, OpenPullRequest, ReportCheck, ReportPart, RerunChecks
from bot.actions.kept import LearnHistory, Remember, SetTimer
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
    Reply,
    SetSection,
    ShowAgain,
    SuggestChanges,
)

AnyAction = (
    HideText
    | MinimizeComment
    | ShowAgain
    | RemoveLabels
    | AddLabels
    | Assign
    | RequestReviews
    | SetMilestone
    | SetDraft
    | SetState
    | SetLock
    | RerunChecks
    | CommitFiles
    | OpenPullRequest
    | OpenDiscussion
    | ReportCheck
    | ReportPart
    | StartRelease
    | TakeBack
    | DecideRelease
    | Remember
    | SetTimer
    | LearnHistory
    | SetSection
    | Reply
    | SuggestChanges
    | TellGitHubRelease
    | TransferIssue
    | React
)
"""Every action, in the order they are carried out: what must be out of sight first, then what changes things,
then what talks about it, then what takes the thread away; last the receipt, which tells how all that went."""

Action = Annotated[AnyAction, Field(discriminator="kind")]

RANKS: Mapping[type[BaseAction], int] = {kind: rank for rank, kind in enumerate(get_args(AnyAction))}
