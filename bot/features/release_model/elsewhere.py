"""Start releases where nobody wrote a comment: a release on GitHub, a dispatch, a pipeline's call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.actions import Action, Remember, ReportCheck
from bot.actions.releases import CHECK_NAME
from bot.events import RELEASE_ASKED, Event
from bot.features.release_model.starts import StartReads, answer, start_action
from bot.release.approvals import Person
from bot.release.starting import Ask, Obstacle, Refusal, refuse


class Inputs(BaseModel):
    """What an automation may say besides that it wants a release; a workflow's inputs come as text."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    version: str = Field("", max_length=100)
    dry_run: bool = False
    thread: int = Field(0, ge=0, lt=2**31)

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, given: Any) -> Any:
        """Take a field that was left empty as not given."""
        if not isinstance(given, dict):
            return given or {}
        return {name: value for name, value in given.items() if value not in ("", None)}


async def start_elsewhere(
    event: Event, given: object, reads: StartReads, *, tag: str = "", branch: str = ""
) -> Sequence[Action]:
    """Start what an event asks for, or say on the commit why that cannot be.

    Who sent the event counts as the requester, and what they may do is asked of GitHub; nothing the event
    itself says about that is believed.
    """
    sender = event.payload.sender
    requester = Person(sender.login, sender.id) if sender else Person("")
    try:
        inputs = Inputs.model_validate(given)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        place = await reads.repository(event.repository.full_name)
        head = await reads.branch_head(place.full_name, place.default_branch)
        return _refused(event, refuse(Obstacle.INPUTS, problems=problems), requester, head)
    thread = replace(event.place, number=inputs.thread)
    ask = Ask(requester.login, event.repository.full_name, inputs.version, inputs.dry_run, requester.account)
    answered = await answer(ask, thread, reads, tag=tag, branch=branch)
    if isinstance(answered.verdict, Refusal):
        return _refused(event, answered.verdict, requester, answered.commit)
    return [start_action(f"release-{event.guid}", thread, answered.commit, requester, answered.verdict)]


def _refused(event: Event, refusal: Refusal, requester: Person, commit: str) -> Sequence[Action]:
    """Say why on the commit, and remember it for the pipeline that will ask what became of its call."""
    told: list[Action] = []
    reason = f"{requester.login} asked for a release, and it may not start: {refusal.obstacle}"
    if commit:
        # Another version's release on GitHub is nobody's mistake: repositories release more than models, and
        # keep older lines alive.
        is_another = refusal.obstacle in (Obstacle.VERSION, Obstacle.BEHIND)
        is_mistake = event.name != "release" or not is_another
        told.append(
            ReportCheck(
                repository=event.repository.full_name,
                commit=commit,
                name=CHECK_NAME,
                conclusion="failure" if is_mistake else "neutral",
                title="The release was not started" if is_mistake else "Nothing to release to the Hub",
                summary=refusal.words,
                reason=reason,
            )
        )
    if event.name == RELEASE_ASKED:
        value = {"obstacle": refusal.obstacle.value, "words": refusal.words}
        told.append(Remember(thread=event.place, key=f"release-{event.guid}", value=value, reason=reason))
    return told
