"""Put what is to be said about a release on its thread."""

from __future__ import annotations

from bot.actions import Action, Reply, SetSection
from bot.durable import Job
from bot.events import Thread
from bot.plan import Plan
from bot.plan_jobs import PLAN, PlanJob
from bot.release.progress import ReleaseProgress
from bot.rendering import render

SECTION = "release-model"


def words_about(progress: ReleaseProgress, thread: Thread, installation: int, name: str) -> Job:
    """Put words for the thread in the thread's own line, where they cannot race its other events."""
    actions: list[Action] = [
        SetSection(
            thread=thread,
            section=SECTION,
            body=render("comments/release.md.j2", progress=progress),
            reason=f"the release is at {progress.current or 'its end'}",
            feature=SECTION,
        )
    ]
    if progress.outcome is not None:
        actions.append(
            Reply(
                thread=thread,
                key=f"release {progress.id}",
                body=render("comments/release_ended.md.j2", progress=progress),
                reason=f"the release ended: {progress.outcome.status}",
                feature=SECTION,
            )
        )
    plan = PlanJob(installation=installation, name=name, plan=Plan(actions=tuple(actions)))
    return Job(kind=PLAN, id=name, partition=thread.line, argument=plan.model_dump_json())
