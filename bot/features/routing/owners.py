"""Find who looks after the components an issue is labelled with, and call nobody twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Component:
    """A component's label, who is called for it now, and who knows of the issue already."""

    label: str
    called: tuple[str, ...]
    known: tuple[str, ...]


def components_of(
    labels: Iterable[str], owners: Mapping[str, Sequence[str]], told: Collection[str]
) -> tuple[Component, ...]:
    """Sort the owners of the labels an issue has into those to call and those not to call again.

    Upper and lower case are one, in labels as on GitHub and in names. ``told`` know of the issue. Who
    owns two components is called once.
    """
    there = {label.casefold(): label for label in labels}
    done = {name_of(one).casefold() for one in told}
    found = []
    for label, named in owners.items():
        if label.casefold() not in there:
            continue
        people = list(dict.fromkeys(name_of(one) for one in named))
        called = tuple(one for one in people if one.casefold() not in done)
        known = tuple(one for one in people if one.casefold() in done)
        done.update(one.casefold() for one in called)
        found.append(Component(there[label.casefold()], called, known))
    return tuple(found)


def name_of(owner: str) -> str:
    """Give an owner's name without the sign that calls them."""
    return owner.removeprefix("@")
