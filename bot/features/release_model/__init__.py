"""Release a model to the Hub: start it, approve it, cancel it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from pydantic import Field

from bot.actions import Action, DecideRelease
from bot.commands import WRITE, Command, Parameter, Topic
from bot.config import Section
from bot.errors import UserError
from bot.events import RELEASE_ASKED, Event
from bot.feature import Call, Feature
from bot.features.release_model.elsewhere import start_elsewhere
from bot.features.release_model.starts import StartReads, answer, start_action
from bot.reads import ReleaseUnderWay
from bot.release.approvals import Person
from bot.release.manifest import MANIFEST
from bot.release.starting import Ask, Refusal
from bot.rendering import code, plain, render

STEP_OF_APPROVAL = "approve"
SHORTEST_DIGEST = 12
"""Characters of a digest that are shown, and that an approval has to name."""
DRY_RUN = "dry-run"
DISPATCH = "giveback-release"
"""The type of a ``repository_dispatch`` that starts a release."""
TOO_LATE = {
    "release": ("publish", "tag", "announce"),
    "rollback": ("restore", "verify", "tag", "announce"),
    "withdrawal": ("step back", "erase", "mark", "announce"),
}
"""Steps at which what is under way is not stopped any more, by what it is."""


class ReleaseModelSection(Section):
    """Release models to the Hub when asked to, and when a second person approves."""

    start_on: tuple[Literal["release", "repository_dispatch", "workflow_dispatch"], ...] = Field(
        default=(),
        description="What else starts a release, besides the command: a `release` on GitHub whose tag is the "
        "manifest's version, a `repository_dispatch` of the type `giveback-release`, or a "
        "`workflow_dispatch` of the workflow named below.",
    )
    workflow: str = Field(
        default=".github/workflows/release-model.yml",
        description="The workflow that starts a release when it is started by hand or by the API.",
    )


class Reads(StartReads, Protocol):
    """What this feature reads."""


feature = Feature[ReleaseModelSection, Reads]("release-model", ReleaseModelSection)


@feature.command(
    Command(
        name="release-model",
        usage="/release-model [version=X.Y.Z] [dry-run]",
        description=f"Releases the model that `{MANIFEST}` on the default branch names, as it is there now.",
        who=WRITE,
        example="/release-model version=1.0.0 dry-run",
        parameters=(
            Parameter(
                "version", "The version you mean; anything but the manifest's is refused.", option=True
            ),
            Parameter(
                DRY_RUN,
                "Asks the gates and shows every file, commit and setting, and writes nothing on the Hub.",
                choices=(DRY_RUN,),
            ),
        ),
        topic=Topic.MODELS,
    )
)
async def release_asked(call: Call, section: ReleaseModelSection, reads: Reads) -> Sequence[Action]:
    """Start a release of the default branch as it stands at this moment."""
    ask = Ask(
        requester=call.caller,
        repository=call.thread.repository,
        version=call.invocation.options.get("version", ""),
        dry_run=bool(call.invocation.arguments),
    )
    answered = await answer(ask, call.thread, reads, checked=True)
    if isinstance(answered.verdict, Refusal):
        raise UserError(answered.verdict.words)
    requester = Person(call.caller, call.caller_account)
    release = f"release-{call.event.guid}-{call.invocation.line}"
    return [start_action(release, call.thread, answered.commit, requester, answered.verdict)]


@feature.on("release", "released")
async def released_on_github(event: Event, section: ReleaseModelSection, reads: Reads) -> Sequence[Action]:
    """Release the model with a release on GitHub; those that are drafts or marked as early come as others.

    GitHub sends ``released`` when a full release is published, and when an early one is made a full one.
    """
    release = event.payload.release
    if "release" not in section.start_on or release is None or not release.tag_name:
        return []
    return await start_elsewhere(event, {"version": release.tag_name}, reads, tag=release.tag_name)


@feature.on("repository_dispatch", DISPATCH)
async def dispatched(event: Event, section: ReleaseModelSection, reads: Reads) -> Sequence[Action]:
    """Release the model when somebody's own automation says so."""
    if "repository_dispatch" not in section.start_on:
        return []
    return await start_elsewhere(event, event.raw.get("client_payload"), reads)


@feature.on("workflow_dispatch")
async def workflow_started(event: Event, section: ReleaseModelSection, reads: Reads) -> Sequence[Action]:
    """Release the model when the workflow for it is started by hand or by the API."""
    if "workflow_dispatch" not in section.start_on or event.raw.get("workflow") != section.workflow:
        return []
    branch = (event.payload.ref or "").removeprefix("refs/heads/")
    return await start_elsewhere(event, event.raw.get("inputs"), reads, branch=branch)


@feature.on(RELEASE_ASKED)
async def asked_by_a_machine(event: Event, section: ReleaseModelSection, reads: Reads) -> Sequence[Action]:
    """Release the model when a pipeline called for it with a token of the operator's."""
    return await start_elsewhere(event, event.raw.get("client_payload"), reads)


@feature.command(
    Command(
        name="approve",
        usage="/approve CONTENT",
        description="Approves the release that waits here, for exactly the content shown. Not your own.",
        who=WRITE,
        example="/approve 1a2b3c4d5e6f",
        parameters=(
            Parameter("content", "The content you approve; the status comment has the line to copy."),
        ),
        topic=Topic.MODELS,
    )
)
async def approval_given(call: Call, section: ReleaseModelSection, reads: Reads) -> Sequence[Action]:
    """Pass an approval on, bound to the content that was shown when it was given."""
    going = await _going(call, reads)
    caller = Person(call.caller, call.caller_account)
    if caller.is_same_as(Person(going.requester, going.requester_account)):
        raise UserError(
            f"You asked for this release of {code(going.hub_id)}, {plain(call.caller)}, "
            "so somebody else with write access has to approve it."
        )
    if going.step != STEP_OF_APPROVAL:
        raise UserError("This release does not wait for approval now; my status comment says where it is.")
    line = code(f"/approve {going.digest[:SHORTEST_DIGEST]}")
    if not call.invocation.arguments:
        # What waits now need not be what was looked at when this was written.
        raise UserError(f"Name the content you approve. For what waits now, comment exactly {line}")
    for content in call.invocation.arguments:
        if len(content) < SHORTEST_DIGEST or not going.digest.startswith(content.lower()):
            raise UserError(
                f"The content that waits is not {code(content)}. Look at it again; to approve what waits "
                f"now, comment exactly {line}"
            )
    return [await _decision(call, going, "approve", reads)]


@feature.command(
    Command(
        name="cancel-release",
        usage="/cancel-release",
        description="Stops the release under way here, before it is published.",
        who=WRITE,
        example="/cancel-release",
        topic=Topic.MODELS,
    )
)
async def cancel_asked(call: Call, section: ReleaseModelSection, reads: Reads) -> Sequence[Action]:
    """Pass a cancellation on, as long as it can do something."""
    going = await _going(call, reads)
    if going.step in TOO_LATE[going.kind]:
        said = render("comments/too_late.md.j2", kind=going.kind, hub_id=going.hub_id, step=going.step)
        raise UserError(said)
    return [await _decision(call, going, "cancel", reads)]


async def _going(call: Call, reads: Reads) -> ReleaseUnderWay:
    going = await reads.release_under_way(call.thread)
    if going is None:
        raise UserError("No release is under way on this thread. Start one with `/release-model`.")
    return going


async def _decision(
    call: Call, going: ReleaseUnderWay, verdict: Literal["approve", "cancel"], reads: Reads
) -> DecideRelease:
    permission = await reads.permission(call.thread.repository, call.caller, call.caller_account)
    return DecideRelease(
        thread=call.thread,
        release=going.id,
        verdict=verdict,
        login=call.caller,
        account=call.caller_account,
        permission=permission.name.lower(),
        digest=going.digest,
        reason=f"{call.caller} said /{call.invocation.name}",
    )
