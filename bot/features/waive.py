"""Waive a gate that a release did not pass, on the word of a maintainer who did not ask for the release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, get_args

from bot.actions import Action, Remember, Reply
from bot.commands import MAINTAIN, Command, Parameter, Permission, Topic
from bot.config import Section
from bot.errors import UserError
from bot.events import Thread
from bot.feature import Call, Feature
from bot.reads import EndedRelease, ReleaseUnderWay
from bot.release.approvals import GivenWaiver, Person
from bot.release.manifest import LONGEST_REASON, SHORTEST_REASON, WaivableGate
from bot.release.progress import Status
from bot.release.waived import FEATURE, kept, key_of
from bot.rendering import code, plain, render

GATES: tuple[str, ...] = get_args(WaivableGate)
SHORTEST_SEAL = 12
"""Characters of a seal that name what was seen."""


class WaiveSection(Section):
    """Let maintainers waive gates that a release did not pass, with a reason."""


class Reads(Protocol):
    """What this feature reads."""

    async def permission(self, repository: str, login: str) -> Permission:
        """Ask what a person may do in a repository, now."""

    async def release_under_way(self, thread: Thread) -> ReleaseUnderWay | None:
        """Find the release that a thread asked for and that has not ended."""

    async def last_release(self, thread: Thread) -> EndedRelease | None:
        """Find the release of a thread that ended last."""


feature = Feature[WaiveSection, Reads](FEATURE, WaiveSection)


@feature.command(
    Command(
        name="waive",
        usage='/waive GATE seen=SEEN reason="REASON"',
        description="Waives a gate that the release here did not pass.",
        who=MAINTAIN,
        example='/waive licence seen=1a2b3c4d5e6f reason="Our counsel read the licence of it."',
        parameters=(
            Parameter("gate", "The gate.", required=True, choices=GATES),
            Parameter("reason", "Why it is right to release it; the report shows it.", option=True),
            Parameter("seen", "What was seen in the gate; the report has the line to copy.", option=True),
        ),
        topic=Topic.MODELS,
    )
)
async def waiver_given(call: Call, section: WaiveSection, reads: Reads) -> Sequence[Action]:
    """Keep the word with what was seen; the next release goes by it if the gate sees exactly that again."""
    [gate] = call.invocation.arguments
    reason = " ".join(call.invocation.options.get("reason", "").split())
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise UserError(
            f"Say why in {SHORTEST_REASON} to {LONGEST_REASON} characters, since the report shows it: "
            f'`/waive {gate} reason="..."`'
        )
    ended = await _refused(call, reads)
    seal = _seal(gate, ended)
    named = call.invocation.options.get("seen", "").lower()
    line = code(f'/waive {gate} seen={seal[:SHORTEST_SEAL]} reason="..."')
    if not named:
        # What was refused last need not be what was looked at when this was written.
        raise UserError(f"Name what you saw in the gate. For what was refused here last, comment {line}")
    if len(named) < SHORTEST_SEAL or not seal.startswith(named):
        raise UserError(
            f"What was refused here last is not {code(named)}: the files or what the gate found are others. "
            f"Look at the report again; to waive what it says, comment {line}"
        )
    caller = Person(call.caller, call.caller_account)
    if caller.is_same_as(Person(ended.requester, ended.requester_account)):
        raise UserError(
            f"You asked for this release of {code(ended.hub_id)}, {plain(call.caller)}, so another "
            "maintainer has to waive its gates."
        )
    permission = await reads.permission(call.thread.repository, call.caller)
    given = GivenWaiver(
        gate, call.caller, permission.name.lower(), ended.digest, reason, call.caller_account, seal
    )
    said = f"{call.caller} waived the gate {gate} for {ended.hub_id}"
    return [
        Remember(
            thread=Thread(call.thread.repository, 0, call.thread.repository_id),
            key=key_of(given),
            value=kept(given, ended.hub_id),
            reason=said,
        ),
        Reply(
            thread=call.thread,
            key=f"waived {call.event.guid} {call.invocation.line}",
            body=render("comments/waived.md.j2", waiver=given, hub_id=ended.hub_id),
            reason=said,
        ),
    ]


def _seal(gate: str, ended: EndedRelease) -> str:
    """Find the seal on what was seen in a gate. Raises UserError when that gate cannot be waived."""
    if gate not in ended.waivable:
        known = ", ".join(code(name) for name in ended.waivable) or "none"
        raise UserError(
            f"The gate {code(gate)} passed, or what it found cannot be waived. What can be here: {known}."
        )
    return ended.waivable[gate]


async def _refused(call: Call, reads: Reads) -> EndedRelease:
    if await reads.release_under_way(call.thread) is not None:
        raise UserError("A release is under way here, and no gate of it was found wanting. Wait for its end.")
    ended = await reads.last_release(call.thread)
    if ended is None or ended.status != Status.REFUSED:
        raise UserError("No release was refused on this thread, so there is nothing to waive.")
    return ended
