"""Say how a release ended whose job broke, by the last step it noted."""

from __future__ import annotations

from bot.hub.staging import staging_branch, staging_repository
from bot.release.progress import STEPS, Reach, ReleaseOutcome, ReleaseProgress, State, Status


def lost_release(progress: ReleaseProgress, step: str) -> ReleaseProgress:
    """Give the end of a release that was at ``step`` when its job broke, saying no more than is known."""
    reach = Reach.NOTHING
    message = f"An internal error stopped the release at the step “{step}”."
    next_step = f"Tell who runs this bot the release's id, {progress.id}; then start the release again."
    if step in STEPS:
        progress = progress.at(step, State.RUNNING)
        if STEPS.index(step) >= STEPS.index("publish"):
            reach = Reach.UNCERTAIN
            message += f" {progress.hub_id} may be published by now: look at it on the Hub."
        if STEPS.index(step) >= STEPS.index("stage") and progress.hub_id is not None:
            beside = staging_repository(progress.hub_id, progress.id)
            branch = staging_branch(progress.hub_id, progress.id)
            next_step += (
                f" On the Hub, delete the private repository {beside}, or the branch {branch} of "
                f"{progress.hub_id}, if it is there."
            )
    outcome = ReleaseOutcome(Status.FAILED, message, next_step, hub_id=progress.hub_id, reach=reach)
    return progress.ended(outcome)
