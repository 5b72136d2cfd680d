"""Release a model to the Hub: start it, approve it, cancel it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from bot.actions import Action, DecideRelease, StartRelease
from bot.commands import WRITE, Command, Parameter, Permission, Topic
from bot.config import Section
from bot.documents import DocumentError
from bot.errors import UserError
from bot.events import Thread
from bot.feature import Call, Feature
from bot.reads import ReleaseUnderWay
from bot.release.approvals import Person
from bot.release.manifest import MANIFEST, read_manifest
from bot.rendering import code, plain, render

STEP_OF_APPROVAL = "approve"
SHORTEST_DIGEST = 12
"""Characters of a digest that are shown, and that an approval has to name."""
TOO_LATE = ("publish", "tag", "announce")
"""Steps at which a release is not stopped any more."""


class ReleaseModelSection(Section):
    """Release models to the Hub when asked to, and when a second person approves."""


class Reads(Protocol):
    """What this feature reads."""

    async def branch_head(self, repository: str, branch: str) -> str:
        """Give the commit a branch points at."""

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        """Read a file at a branch, tag or commit; ``None`` when there is none."""

    async def permission(self, repository: str, login: str) -> Permission:
        """Ask what a person may do in a repository, now."""

    async def may_publish(self, repository: str, hub_id: str) -> bool:
        """Tell whether the operator lets a repository publish under a name on the Hub."""

    async def release_under_way(self, thread: Thread) -> ReleaseUnderWay | None:
        """Find the release that a thread asked for and that has not ended."""

    async def release_of(self, hub_id: str) -> ReleaseUnderWay | None:
        """Find the release of a model that has not ended, whichever thread asked for it."""


feature = Feature[ReleaseModelSection, Reads]("release-model", ReleaseModelSection)


@feature.command(
    Command(
        name="release-model",
        usage="/release-model",
        description=f"Releases the model that `{MANIFEST}` on the default branch names, as it is there now.",
        who=WRITE,
        example="/release-model",
        topic=Topic.MODELS,
    )
)
async def release_asked(call: Call, section: ReleaseModelSection, reads: Reads) -> Sequence[Action]:
    """Start a release of the default branch as it stands at this moment."""
    repository = call.thread.repository
    commit = await reads.branch_head(repository, call.event.repository.default_branch)
    text = await reads.text_file(repository, MANIFEST, commit)
    if text is None:
        raise UserError(render("comments/manifest_missing.md.j2", path=MANIFEST))
    try:
        manifest = read_manifest(text)
    except DocumentError as error:
        said = render("comments/manifest_broken.md.j2", path=MANIFEST, problems=error.problems)
        raise UserError(said) from error
    if not await reads.may_publish(repository, manifest.hub_id):
        said = render("comments/namespace_refused.md.j2", hub_id=manifest.hub_id, path=MANIFEST)
        raise UserError(said)
    private = call.event.repository.private
    if private and "visibility" not in manifest.model_fields_set:
        raise UserError(
            f"This repository is private, and {code(MANIFEST)} does not say who may see the model. Add "
            "`visibility: public` or `visibility: private` to it, then comment `/release-model` again."
        )
    going = await reads.release_under_way(call.thread) or await reads.release_of(manifest.hub_id)
    if going is not None:
        raise UserError(
            render("comments/release_under_way.md.j2", going=going, repository=call.thread.repository)
        )
    return [
        StartRelease(
            thread=call.thread,
            release=f"release-{call.event.guid}-{call.invocation.line}",
            model=manifest.hub_id,
            commit=commit,
            requester=call.caller,
            requester_account=call.caller_account,
            private=private,
            reason=f"{call.caller} asked to release {manifest.hub_id} {manifest.version}",
        )
    ]


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
    if going.step in TOO_LATE:
        raise UserError(
            f"The release of {code(going.hub_id)} is being published already, so it cannot be stopped any "
            "more; I say here how it ends."
        )
    return [await _decision(call, going, "cancel", reads)]


async def _going(call: Call, reads: Reads) -> ReleaseUnderWay:
    going = await reads.release_under_way(call.thread)
    if going is None:
        raise UserError("No release is under way on this thread. Start one with `/release-model`.")
    return going


async def _decision(
    call: Call, going: ReleaseUnderWay, verdict: Literal["approve", "cancel"], reads: Reads
) -> DecideRelease:
    permission = await reads.permission(call.thread.repository, call.caller)
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
