"""Put labels on threads and take them off when somebody asks, as far as the repository lets them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import reduce
from operator import or_
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from bot.actions import Action, AddLabels, RemoveLabels
from bot.commands import (
    ADMIN,
    ANYONE,
    AUTHOR,
    MAINTAIN,
    TRIAGE,
    WRITE,
    Command,
    Parameter,
    Permission,
    Topic,
    Who,
)
from bot.commands.table import nearest
from bot.config import Section
from bot.errors import UserError
from bot.feature import Call, Feature
from bot.rendering import render


class Group(StrEnum):
    """Who a rule is for; each also covers those further down, except that only ``author`` covers authors."""

    ANYONE = "anyone"
    AUTHOR = "author"
    TRIAGE = "triage"
    WRITE = "write"
    MAINTAIN = "maintain"
    ADMIN = "admin"


class Rule(BaseModel):
    """Which labels a group of people can add and remove."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    who: Group = Field(description="The people: those with this permission or more, anyone, or the author.")
    labels: tuple[str, ...] = Field(
        description="The labels, with * for any text; of a label several fit, the last counts, and ! forbids."
    )


class LabellingSection(Section):
    """Let people add and remove labels with commands."""

    allow: tuple[Rule, ...] = Field(
        default=(Rule(who=Group.TRIAGE, labels=("*",)),), description="Who may change which labels."
    )


class Reads(Protocol):
    """What this feature reads."""

    async def label_names(self, repository: str) -> frozenset[str]:
        """List the repository's labels."""

    async def permission(self, repository: str, login: str) -> Permission:
        """Ask what a person may do in a repository, now."""


feature = Feature[LabellingSection, Reads]("labelling", LabellingSection)

NAMES = Parameter("label", "A label of the repository.", required=True, repeated=True)

GROUPS = {
    Group.ANYONE: ANYONE,
    Group.AUTHOR: AUTHOR,
    Group.TRIAGE: TRIAGE,
    Group.WRITE: WRITE,
    Group.MAINTAIN: MAINTAIN,
    Group.ADMIN: ADMIN,
}
"""The groups in the words of commands."""


def who_may(section: LabellingSection) -> Who:
    """Say who can change any label at all."""
    groups = (rule.who for rule in section.allow if any(not one.startswith("!") for one in rule.labels))
    return reduce(or_, (GROUPS[group] for group in groups), Who())


@dataclass(frozen=True)
class Wanted:
    """The labels to add and to remove, and what speaks against it: nothing is done then."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    """Names the repository does not have, each with its label that is most like it."""
    forbidden: tuple[str, ...] = ()


@feature.command(
    Command(
        name="label",
        usage="/label NAME... [-NAME...]",
        description="Adds labels, and removes those after a minus, as far as you may in this repository.",
        who=ANYONE,
        example='/label bug "good first issue" -needs-info',
        parameters=(NAMES,),
        topic=Topic.SORTING,
    ),
    who=who_may,
)
async def label_asked(call: Call, section: LabellingSection, reads: Reads) -> Sequence[Action]:
    """Add labels, and remove those with a minus before them."""
    known = await reads.label_names(call.thread.repository)
    return await _change(call, section, reads, sort_out(call.invocation.arguments, known))


@feature.command(
    Command(
        name="unlabel",
        usage="/unlabel NAME...",
        description="Removes labels, as far as you may in this repository.",
        who=ANYONE,
        example="/unlabel needs-info",
        parameters=(NAMES,),
        topic=Topic.SORTING,
    ),
    who=who_may,
)
async def unlabel_asked(call: Call, section: LabellingSection, reads: Reads) -> Sequence[Action]:
    """Remove labels."""
    known = await reads.label_names(call.thread.repository)
    sorted_out = sort_out(call.invocation.arguments, known)
    removed = Wanted(remove=(*sorted_out.add, *sorted_out.remove), unknown=sorted_out.unknown)
    return await _change(call, section, reads, removed)


async def _change(call: Call, section: LabellingSection, reads: Reads, wanted: Wanted) -> Sequence[Action]:
    """Do all that was asked for, or say what speaks against it and do nothing."""
    named = (*wanted.add, *wanted.remove)
    held = await reads.permission(call.thread.repository, call.caller) if named else Permission.NONE
    groups = groups_of(held, is_author=call.is_author)
    forbidden = tuple(label for label in named if not may_use(label, groups, section.allow))
    if wanted.unknown or forbidden:
        allowed = {rule.who: rule.labels for rule in section.allow}
        raise UserError(
            render(
                "comments/labels_refused.md.j2", unknown=wanted.unknown, forbidden=forbidden, allowed=allowed
            )
        )
    reason = f"{call.caller} asked for it"
    actions: list[Action] = []
    if wanted.add:
        actions.append(AddLabels(thread=call.thread, labels=wanted.add, reason=reason))
    if wanted.remove:
        actions.append(RemoveLabels(thread=call.thread, labels=wanted.remove, reason=reason))
    return actions


def sort_out(words: Iterable[str], known: Collection[str]) -> Wanted:
    """Tell labels to add from labels to remove, in the repository's spelling.

    A label whose own name begins with a minus or ends in a comma is meant before anything else.
    """
    names = {name.casefold(): name for name in known}
    add: dict[str, None] = {}
    remove: dict[str, None] = {}
    unknown: dict[str, str] = {}
    for word in words:
        for written in _separate(word, names):
            minus = written.startswith("-") and written.casefold() not in names
            label = names.get(written.removeprefix("-").casefold() if minus else written.casefold())
            if label is None:
                meant = written.removeprefix("-")
                unknown[meant] = names.get(nearest(meant.casefold(), names), "")
            elif minus:
                remove[label] = None
            else:
                add[label] = None
    both = add.keys() & remove.keys()
    return Wanted(
        tuple(label for label in add if label not in both),
        tuple(label for label in remove if label not in both),
        tuple(unknown.items()),
    )


def _separate(word: str, names: Mapping[str, str]) -> list[str]:
    """Take words apart that somebody joined with commas."""
    if word.casefold() in names or "," not in word:
        return [word]
    return [part.strip() for part in word.split(",") if part.strip()]


def groups_of(held: Permission, *, is_author: bool) -> frozenset[Group]:
    """List the groups a person is in."""
    return frozenset(group for group, who in GROUPS.items() if who.allows(held, is_author=is_author))


def may_use(label: str, groups: Collection[Group], rules: Iterable[Rule]) -> bool:
    """Tell whether one of the rules for a person's groups lets them change a label."""
    return any(rule.who in groups and _fits(label, rule.labels) for rule in rules)


def _fits(label: str, patterns: Iterable[str]) -> bool:
    fits = False
    for pattern in patterns:
        forbids = pattern.startswith("!")
        if fnmatchcase(label.casefold(), pattern.removeprefix("!").casefold()):
            fits = not forbids
    return fits
