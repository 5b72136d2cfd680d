"""Put what is to be said about a release on its thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.actions import Action, Reply, SetSection, SetState, TellGitHubRelease
from bot.durable import Job
from bot.events import Thread
from bot.plan import Plan
from bot.plan_jobs import PLAN, PlanJob
from bot.reads import ReleaseUnderWay
from bot.release.progress import Kind, ReleaseOutcome, ReleaseProgress, Status
from bot.releases import ReleaseRecord
from bot.rendering import render

SECTION = "release-model"
TEMPLATES = {Kind.RELEASE: "release", Kind.ROLLBACK: "taking_back", Kind.WITHDRAWAL: "taking_back"}
"""What the templates are called, but for their endings."""


def words_in_line(record: ReleaseRecord, ahead: Sequence[ReleaseUnderWay]) -> Job:
    """Say on the thread of a release what it waits for."""
    body = render(
        "comments/release_waits.md.j2",
        model=record.hub_id,
        version=record.version,
        ahead=ahead,
        repository=record.repository,
        requester=record.requester,
        commit=record.commit,
    )
    said = SetSection(
        thread=record.thread,
        section=SECTION,
        body=body,
        reason="other releases of the model are ahead of it",
        feature=SECTION,
    )
    return _job(f"{record.id}:line", record.thread, record.installation, [said])


def words_about_cancelled(record: ReleaseRecord) -> Job:
    """Say on the thread of a release that it was taken out of the line."""
    progress = ReleaseProgress(
        record.id,
        record.requester,
        record.commit,
        hub_id=record.hub_id,
        version=record.version or None,
        kind=Kind(record.kind),
    )
    if progress.kind is not Kind.RELEASE:
        progress = replace(progress, steps=())  # none of its own was begun
    outcome = ReleaseOutcome(Status.CANCELLED, record.message, hub_id=record.hub_id)
    return words_about(progress.ended(outcome), record.thread, record.installation, f"{record.id}:out")


def words_about(
    progress: ReleaseProgress, thread: Thread, installation: int, name: str, *, own_issue: bool = False
) -> Job:
    """Put words for the thread in the thread's own line, where they cannot race its other events.

    An issue that was opened for the release is closed once there is nothing left to do about it.
    """
    actions: list[Action] = [
        SetSection(
            thread=thread,
            section=SECTION,
            body=render(f"comments/{TEMPLATES[progress.kind]}.md.j2", progress=progress),
            reason=f"the release is at {progress.current or 'its end'}",
            feature=SECTION,
        )
    ]
    if progress.outcome is not None:
        actions.append(
            Reply(
                thread=thread,
                key=f"release {progress.id}",
                body=render(f"comments/{TEMPLATES[progress.kind]}_ended.md.j2", progress=progress),
                reason=f"the release ended: {progress.outcome.status}",
                feature=SECTION,
            )
        )
        actions += _for_github_releases(progress, progress.outcome, thread)
        if own_issue and progress.outcome.status in (Status.PUBLISHED, Status.REHEARSED):
            actions.append(
                SetState(
                    thread=thread,
                    state="closed",
                    why="completed",
                    reason="the release it was opened for is done",
                    feature=SECTION,
                )
            )
    return _job(name, thread, installation, actions)


def _for_github_releases(progress: ReleaseProgress, outcome: ReleaseOutcome, thread: Thread) -> list[Action]:
    """Say on the pages of GitHub Releases which version is on the Hub, and which was taken back."""
    told = []
    if outcome.tag and outcome.status in (Status.PUBLISHED, Status.ROLLED_BACK):
        told.append((outcome.tag, "github_release_note", "the version of this tag is on the Hub"))
    told += [(tag, "github_release_left", "the version of this tag was taken back") for tag in outcome.left]
    return [
        TellGitHubRelease(
            thread=thread,
            tag=tag,
            body=render(f"comments/{template}.md.j2", progress=progress),
            reason=reason,
            feature=SECTION,
        )
        for tag, template, reason in told
    ]


def _job(name: str, thread: Thread, installation: int, actions: Sequence[Action]) -> Job:
    plan = PlanJob(installation=installation, name=name, plan=Plan(actions=tuple(actions)))
    return Job(kind=PLAN, id=name, partition=thread.line, argument=plan.model_dump_json())
