"""Bring one event to the features it concerns, and their answers back as one plan."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Collection, Iterable, Sequence
from typing import Any, NamedTuple, Protocol, cast

from pydantic import BaseModel, ConfigDict

from bot.actions import Action, React, Reaction, Reply, SetSection, SetTimer, TransferIssue
from bot.commands import (
    DEFAULT_SLUG,
    CommandTable,
    Invocation,
    Permission,
    Who,
    explain_denial,
    explain_elsewhere,
    explain_misuse,
    new_invocations,
)
from bot.config import RepoConfig
from bot.errors import GoneError, RefusedError, TransientError, UserError
from bot.events import Event
from bot.feature import Call, Feature
from bot.plan import Plan, merge
from bot.reads import ReadOnce
from bot.rendering import render

logger = logging.getLogger(__name__)

AnyFeature = Feature[Any, Any]


class PermissionReads(Protocol):
    """Reads what a person may do in a repository at this moment."""

    async def permission(self, repository: str, login: str) -> Permission:
        """Give the permission a person holds."""


class Failure(BaseModel):
    """One feature that could not decide."""

    model_config = ConfigDict(frozen=True)

    feature: str
    message: str
    transient: bool = False
    gone: bool = False
    retry_after: float | None = None


class Earlier(BaseModel):
    """What earlier attempts at the same event came to."""

    model_config = ConfigDict(frozen=True)

    only: tuple[str, ...] | None = None
    """The features to ask now; all of them when it is the first attempt."""
    answered: tuple[str, ...] = ()
    """The commands that were answered, by :attr:`Call.key`."""
    well: bool = True
    """Whether all of those were carried out."""


class Decision(BaseModel):
    """What is to be done about an event, and the features that could not say."""

    model_config = ConfigDict(frozen=True)

    plan: Plan = Plan()
    failures: tuple[Failure, ...] = ()
    concerned: tuple[str, ...] = ()
    """The features that had a say."""
    dry_run: bool = False
    """The repository asks for deciding and recording only."""
    answered: tuple[str, ...] = ()
    well: bool = True
    """As in :class:`Earlier`, with this attempt counted in."""


class Dispatcher:
    """Knows the features, in the order in which their words and actions are merged."""

    def __init__(self, features: Sequence[AnyFeature], slug: str = DEFAULT_SLUG) -> None:
        self.features = tuple(features)
        self.slug = slug
        self._commands = CommandTable(c for feature in features for c, _ in feature.commands.values())

    def concerns(self, event: Event) -> bool:
        """Tell whether any feature could have something to say about an event."""
        is_own = self._is_own(event)
        if any(feature.handlers_for(event, is_own=is_own) for feature in self.features):
            return True
        return self.may_ask(event)

    def _is_own(self, event: Event) -> bool:
        sender = event.payload.sender
        return event.sender_is_bot and sender is not None and sender.login == f"{self.slug}[bot]"

    def may_ask(self, event: Event) -> bool:
        """Tell whether an event asks for a command of any feature, switched on or not."""
        return bool(self.invocations(event, self._commands))

    def table(self, config: RepoConfig) -> CommandTable:
        """List the commands of the features that are switched on."""
        enabled = self._enabled(config)
        return CommandTable(c for one in enabled for c in one.usable(config.section(one.name)))

    def invocations(self, event: Event, table: CommandTable) -> tuple[Invocation, ...]:
        """List the commands an event asks for.

        Only a person's own words count: commands in a comment that somebody else edited do not, and
        neither do a bot's.
        """
        comment = event.payload.comment
        if event.name != "issue_comment" or event.action not in ("created", "edited"):
            return ()
        if comment is None or event.payload.issue is None:
            return ()
        sender = event.payload.sender
        if sender is None or comment.user is None or event.sender_is_bot or comment.user.is_bot:
            return ()
        if sender.login != comment.user.login:
            return ()
        before = None
        if event.action == "edited":
            if event.payload.changes is None or event.payload.changes.body is None:
                return ()
            before = event.payload.changes.body.source
        return new_invocations(before, comment.body, slug=self.slug, known=table)

    def receipt(self, event: Event, config: RepoConfig) -> Plan:
        """Say at once that a command was seen, before anything is decided."""
        if not event.has_thread or not self.invocations(event, self.table(config)):
            return Plan()
        return Plan(actions=(_reaction(event, "eyes", "a command was seen"),))

    async def decide(
        self, event: Event, config: RepoConfig, reads: PermissionReads, earlier: Earlier | None = None
    ) -> Decision:
        """Ask every feature the event concerns, and merge what they want.

        One feature that fails leaves the others whole; after ``earlier`` attempts only those that had to
        wait are asked again, and no command is answered twice.
        """
        earlier = earlier or Earlier()
        reads = cast(PermissionReads, ReadOnce(reads, config.section))
        table = self.table(config)
        plans: list[Sequence[Action]] = []
        failures: list[Failure] = []
        concerned: list[str] = []
        answered, well = list(earlier.answered), earlier.well
        for feature in self._enabled(config):
            if earlier.only is not None and feature.name not in earlier.only:
                continue
            section = config.section(feature.name)
            for handler in feature.handlers_for(event, is_own=self._is_own(event)):
                concerned.append(feature.name)
                answer = await _guarded(feature, event, handler(event, section, reads), failures)
                plans.append(_tried_out(answer) if section.dry_run else answer)
        for call in self._calls(event, table):
            asked = self._feature_for(call, config)
            if call.key in answered or (
                asked and earlier.only is not None and asked.name not in earlier.only
            ):
                continue
            if asked is not None:
                concerned.append(asked.name)
            said = await _answer(asked, call, config, reads, failures)
            if said is not None:
                plans.append(said.actions)
                answered.append(call.key)
                well = well and said.well
        if answered and not any(failure.transient for failure in failures):
            plans.append([_receipt(event, well, plans, again=earlier.only is not None)])
        return Decision(
            plan=merge(plans),
            failures=tuple(failures),
            concerned=tuple(dict.fromkeys(concerned)),
            dry_run=config.dry_run,
            answered=tuple(answered),
            well=well,
        )

    def give_up(self, event: Event, config: RepoConfig, answered: Collection[str]) -> Plan:
        """Tell those whose commands could not be answered, though they were tried for long."""
        unanswered = [call for call in self._calls(event, self.table(config)) if call.key not in answered]
        if not unanswered:
            return Plan()
        words = [[_reply(call, _internal_error(call, None), "it failed too often")] for call in unanswered]
        return merge([*words, [_reaction(event, "confused", "a command could not be carried out")]])

    def _calls(self, event: Event, table: CommandTable) -> list[Call]:
        caller = event.payload.sender.login if event.payload.sender else ""
        return [Call(event, one, caller, table, self.slug) for one in self.invocations(event, table)]

    def _feature_for(self, call: Call, config: RepoConfig) -> AnyFeature | None:
        """Find the feature that answers a command; there is none for one that is misused or unknown."""
        if call.table.misuse(call.invocation) is not None:
            return None
        enabled = self._enabled(config)
        return next((feature for feature in enabled if call.invocation.name in feature.commands), None)

    def _enabled(self, config: RepoConfig) -> list[AnyFeature]:
        return [feature for feature in self.features if config.section(feature.name).enabled]


class _Answer(NamedTuple):
    """What is to be done for a command, and whether that is what was asked for."""

    actions: Sequence[Action]
    well: bool


async def _answer(
    feature: AnyFeature | None,
    call: Call,
    config: RepoConfig,
    reads: PermissionReads,
    failures: list[Failure],
) -> _Answer | None:
    """Let a feature answer one command; ``None`` when that has to wait."""
    if feature is None:
        explanation = explain_misuse(call.table, call.invocation) or ""
        return _Answer([_reply(call, explanation, "the command was not understood")], well=False)
    command, handler = feature.commands[call.invocation.name]
    if not command.threads.includes(call.kind):
        reason = f"/{command.name} is not for this kind of thread"
        return _Answer([_reply(call, explain_elsewhere(command), reason)], well=False)
    try:
        if not await _may(command.who, call, reads):
            reason = f"{call.caller} may not use /{command.name}"
            return _Answer([_reply(call, explain_denial(command), reason)], well=False)
        actions = await handler(call, config.section(feature.name), reads)
        return _Answer([_asked_for(_stamped(feature, action)) for action in actions], well=True)
    except UserError as error:
        return _Answer([_reply(call, str(error), f"/{command.name} cannot be done as asked")], well=False)
    except Exception as error:
        failure = _failure(feature, call.event, error)
        failures.append(failure)
        if failure.transient:
            return None
        words = _internal_error(call, failure.message if failure.gone else None)
        return _Answer([_reply(call, words, f"/{command.name} failed")], well=False)


async def _may(who: Who, call: Call, reads: PermissionReads) -> bool:
    """Check a person's right to a command, asking GitHub only when it depends on it."""
    if who.allows(Permission.NONE, is_author=call.is_author):
        return True
    held = await reads.permission(call.thread.repository, call.caller)
    return who.allows(held, is_author=call.is_author)


async def _guarded(
    feature: AnyFeature, event: Event, answer: Awaitable[Sequence[Action]], failures: list[Failure]
) -> Sequence[Action]:
    try:
        return [_stamped(feature, action) for action in await answer]
    except UserError as error:
        if not event.has_thread:
            failures.append(_failure(feature, event, error))
            return []
        said = SetSection(
            thread=event.thread,
            section=feature.name,
            body=str(error),
            reason="something for a person to put right",
        )
        return [_stamped(feature, said)]
    except Exception as error:
        failures.append(_failure(feature, event, error))
        return []


def _failure(feature: AnyFeature, event: Event, error: Exception) -> Failure:
    match error:
        case TransientError():
            return Failure(
                feature=feature.name, message=str(error), transient=True, retry_after=error.retry_after
            )
        case GoneError():
            return Failure(feature=feature.name, message=str(error), gone=True)
        case RefusedError():
            message = f"GitHub refused ({error.status}): {error}"
            logger.warning("delivery %s, feature %s: %s", event.guid, feature.name, message)
            return Failure(feature=feature.name, message=message)
        case _:
            logger.error("delivery %s, feature %s failed", event.guid, feature.name, exc_info=error)
            return Failure(feature=feature.name, message=f"{type(error).__name__}: {error}")


def _stamped(feature: AnyFeature, action: Action) -> Action:
    return action.model_copy(update={"feature": feature.name})


def _tried_out(actions: Sequence[Action]) -> Sequence[Action]:
    """Have actions recorded only; a command that somebody gave is carried out all the same.

    Timers go on, so that what a feature would do later is on record, too.
    """
    return [
        action if isinstance(action, SetTimer) else action.model_copy(update={"dry_run": True})
        for action in actions
    ]


def _asked_for(action: Action) -> Action:
    """Note that a person asked for an action."""
    return action.model_copy(update={"asked": True})


def _internal_error(call: Call, refusal: str | None) -> str:
    return render(
        "comments/internal_error.md.j2",
        command=call.invocation.name,
        delivery=call.event.guid,
        refusal=refusal,
    )


def _reply(call: Call, body: str, reason: str) -> Action:
    return Reply(thread=call.thread, key=call.key, body=body, reason=reason, feature="commands")


def _receipt(event: Event, well: bool, plans: Iterable[Iterable[Action]], *, again: bool) -> React:
    """Say that the commands were carried out, or not; that GitHub refuses something shows only later.

    Of an issue that moved away nothing can be said here, and that it moved says it. ``again`` says that an
    earlier attempt may have said that they were not.
    """
    moves = any(isinstance(action, TransferIssue) for plan in plans for action in plan)
    content: Reaction | None = "confused" if not well else None if moves else "rocket"
    receipt = _reaction(event, content, "the commands were carried out, or not", otherwise="confused")
    return receipt.model_copy(update={"replaces": "confused"}) if again and content == "rocket" else receipt


def _reaction(
    event: Event, content: Reaction | None, reason: str, *, otherwise: Reaction | None = None
) -> React:
    comment = event.payload.comment
    return React(
        thread=event.thread,
        comment=comment.id if comment else None,
        content=content,
        otherwise=otherwise,
        reason=reason,
        feature="commands",
    )
