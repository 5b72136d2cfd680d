"""Take a released model back: to an earlier version, or off the Hub; and tell where the releases stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from bot.actions import Action, Reply, TakeBack
from bot.commands import ADMIN, ANYONE, WRITE, Command, Parameter, Topic
from bot.config import Section
from bot.errors import UserError
from bot.events import Thread
from bot.feature import Call, Feature
from bot.reads import NotedRelease, ReleaseUnderWay
from bot.release.manifest import MANIFEST, Manifest, manifest_or_problems
from bot.rendering import code, render

SHOWN = 10
"""Releases that are listed, at most."""
_VERSION = re.compile(r"v?(\d{1,9}\.\d{1,9}\.\d{1,9}(?:[-+][0-9A-Za-z.+-]{1,60})?)")


class TakingBackSection(Section):
    """Take released models back to an earlier version, or off the Hub, when asked to."""


class Reads(Protocol):
    """What this feature reads."""

    async def branch_head(self, repository: str, branch: str) -> str:
        """Give the commit a branch points at."""

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        """Read a file at a branch, tag or commit; ``None`` when there is none."""

    async def may_publish(self, repository: str, hub_id: str) -> bool:
        """Tell whether the operator lets a repository publish under a name on the Hub."""

    async def release_under_way(self, thread: Thread) -> ReleaseUnderWay | None:
        """Find the release that a thread asked for and that has not ended."""

    async def releases_of(self, thread: Thread) -> tuple[NotedRelease, ...]:
        """List what was released and taken back from a thread's repository, the newest first."""


feature = Feature[TakingBackSection, Reads]("taking-back", TakingBackSection)

MODEL = Parameter(
    "model",
    f"The model's Hub id, where it is not the one in `{MANIFEST}` but was released here.",
    option=True,
)


@feature.command(
    Command(
        name="rollback-release",
        usage="/rollback-release [VERSION] [model=OWNER/NAME]",
        description="Brings the released model back to an earlier version in one commit, the one before "
        "unless you name it, once a second person approves.",
        who=WRITE,
        example="/rollback-release 1.0.0",
        parameters=(Parameter("version", "The version to go back to, such as `1.0.0`."), MODEL),
        topic=Topic.MODELS,
    )
)
async def rollback_asked(call: Call, section: TakingBackSection, reads: Reads) -> Sequence[Action]:
    """Start to go back; nothing is changed before somebody else approved exactly what would be."""
    if len(call.invocation.arguments) > 1:
        raise UserError("Name one version to go back to, such as `/rollback-release 1.0.0`")
    versions = _versions(call)
    hub_id, manifest = await _model(call, reads)
    await _refuse_a_second(call, reads)
    started = [one for one in await reads.releases_of(call.thread) if one.is_going and one.hub_id == hub_id]
    if started:
        first = started[0]
        raise UserError(
            f"A {first.kind} of {code(hub_id)} is under way on {first.thread_name}. Wait for its end, or "
            "stop it there with `/cancel-release` first."
        )
    approvers = manifest.approvers if manifest is not None and manifest.hub_id == hub_id else 1
    return [_take_back(call, "rollback", hub_id, versions, approvers)]


@feature.command(
    Command(
        name="withdraw-release",
        usage="/withdraw-release VERSION... [model=OWNER/NAME]",
        description="Makes the released model private at once, and deletes the versions you name for good "
        "once a second maintainer approves. For what must not be out there.",
        who=ADMIN,
        example="/withdraw-release 1.1.0",
        parameters=(Parameter("version", "A version to withdraw, such as `1.1.0`."), MODEL),
        topic=Topic.MODELS,
    )
)
async def withdrawal_asked(call: Call, section: TakingBackSection, reads: Reads) -> Sequence[Action]:
    """Start a withdrawal: private now, on this one word; deleted for good only on two."""
    versions = _versions(call)
    if not versions:
        raise UserError(
            "Name the versions to withdraw, such as `/withdraw-release 1.1.0`: no other is touched, and "
            "`/release-status` lists them."
        )
    hub_id, _ = await _model(call, reads)
    await _refuse_a_second(call, reads)
    return [_take_back(call, "withdrawal", hub_id, versions, 1)]


@feature.command(
    Command(
        name="release-status",
        usage="/release-status",
        description="Tells where the releases of this repository stand.",
        who=ANYONE,
        example="/release-status",
        topic=Topic.MODELS,
    )
)
async def status_asked(call: Call, section: TakingBackSection, reads: Reads) -> Sequence[Action]:
    """Reply with the newest releases and how far each one is, or how it ended."""
    found = await reads.releases_of(call.thread)
    words = render("comments/release_status.md.j2", releases=found[:SHOWN], more=max(0, len(found) - SHOWN))
    return [Reply(thread=call.thread, key=call.key, body=words, reason=f"{call.caller} asked for it")]


def _take_back(call: Call, what: str, hub_id: str, versions: tuple[str, ...], approvers: int) -> TakeBack:
    return TakeBack(
        thread=call.thread,
        release=f"{what}-{call.event.guid}-{call.invocation.line}",
        what="rollback" if what == "rollback" else "withdrawal",
        model=hub_id,
        versions=versions,
        requester=call.caller,
        requester_account=call.caller_account,
        approvers=approvers,
        private=call.event.repository.private,
        reason=f"{call.caller} said /{call.invocation.name}",
    )


def _versions(call: Call) -> tuple[str, ...]:
    found = []
    for written in call.invocation.arguments:
        match = _VERSION.fullmatch(written)
        if match is None:
            raise UserError(f"{code(written, 60)} is no version; write three numbers such as `1.0.0`")
        found.append(match[1])
    return tuple(dict.fromkeys(found))


async def _model(call: Call, reads: Reads) -> tuple[str, Manifest | None]:
    """Find which model is meant, and what the manifest says now where there is one that can be read."""
    repository = call.thread.repository
    commit = await reads.branch_head(repository, call.event.repository.default_branch)
    manifest, _ = manifest_or_problems(await reads.text_file(repository, MANIFEST, commit) or "")
    named = call.invocation.options.get("model", "")
    released = {one.hub_id for one in await reads.releases_of(call.thread)}
    hub_id = named or (manifest.hub_id if manifest else "")
    if not hub_id:
        raise UserError(
            f"There is no {code(MANIFEST)} on the default branch that can be read, so name the model: "
            f"`/{call.invocation.name} … model=owner/name`"
        )
    if hub_id not in released and (manifest is None or hub_id != manifest.hub_id):
        raise UserError(
            f"{code(hub_id)} was not released from this repository, so it is not taken back here."
        )
    if not await reads.may_publish(repository, hub_id):
        raise UserError(f"The operator does not let this repository change {code(hub_id)} on the Hub.")
    return hub_id, manifest


async def _refuse_a_second(call: Call, reads: Reads) -> None:
    going = await reads.release_under_way(call.thread)
    if going is not None:
        raise UserError(
            f"Something is under way on this thread already, for {code(going.hub_id)}. Comment "
            f"`/{call.invocation.name}` on another issue, or stop this with `/cancel-release` first."
        )
