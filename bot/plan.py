"""What is to be done about an event, and how the plans of many features become one."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from bot.actions import RANKS, Action, AddLabels, AnyAction, Identity, RemoveLabels


class Plan(BaseModel):
    """What is to be done, in order, each action with its reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    actions: tuple[Action, ...] = ()


def merge(plans: Iterable[Iterable[AnyAction]]) -> Plan:
    """Join the plans of several features, given in feature order, into one.

    Labels for one thread become one action, and so do answers; of two texts for one section the later
    wins; what two features both ask for is done once; what is only recorded stays apart. The result
    depends on the order of the plans alone.
    """
    merged: dict[Identity, AnyAction] = {}
    for plan in plans:
        for action in plan:
            identity = (action.dry_run, *action.identity())
            earlier = merged.get(identity)
            merged[identity] = action if earlier is None else _joined(earlier, action)
    ranked = sorted(merged.values(), key=lambda action: RANKS[type(action)])
    return Plan(actions=tuple(_without_contradiction(ranked)))


def _joined(earlier: AnyAction, later: AnyAction) -> AnyAction:
    return earlier.joined(later)  # type: ignore[arg-type]  # one identity is always one type


def _without_contradiction(actions: Iterable[AnyAction]) -> Iterable[AnyAction]:
    """Let adding win over removing the same label on the same thread."""
    ranked = list(actions)
    added = {
        (action.dry_run, action.thread, label.casefold())
        for action in ranked
        if isinstance(action, AddLabels)
        for label in action.labels
    }
    for action in ranked:
        if isinstance(action, RemoveLabels):
            left = tuple(
                label
                for label in action.labels
                if (action.dry_run, action.thread, label.casefold()) not in added
            )
            if left:
                yield action.model_copy(update={"labels": left})
        else:
            yield action
