"""Decide which labels an issue gets from what was learned: sure ones only, and never against people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from fnmatch import translate
from functools import lru_cache
from typing import NamedTuple

from bot.triage.learning.names import IssueType, is_process, type_of_name
from bot.triage.learning.prediction import Prediction
from bot.triage.linear import LinearPattern, PatternError


class Wish(NamedTuple):
    """A label an issue should get, and why."""

    label: str
    reason: str


def labels_for(
    prediction: Prediction,
    *,
    known: Collection[str],
    present: Collection[str],
    names: Mapping[IssueType, str],
    never: Iterable[str] = (),
) -> tuple[Wish, ...]:
    """Choose labels of the repository for an issue.

    ``known`` are the repository's labels and ``present`` those the issue has. ``names`` says what the
    repository calls a type, where its label does not say so itself; ``never`` are globs of labels that are
    people's business. A type is left alone when the issue has one already: its author or its form chose it.
    """
    wishes = []
    typed = any(type_of_name(label) for label in present) or any(
        label.casefold() in {name.casefold() for name in names.values()} for label in present
    )
    if prediction.type and prediction.by_rule and not typed:
        label = label_of(prediction.type, known, names)
        if label is not None:
            wishes.append(Wish(label, f"the issue calls itself a {prediction.type}"))
            typed = True
    for learned in prediction.labels:
        if not learned.applied or learned.name not in known or (typed and type_of_name(learned.name)):
            continue
        typed = typed or type_of_name(learned.name) is not None
        wishes.append(Wish(learned.name, f"issues like it got it here ({learned.score:.0%} sure)"))
    forbidden = [compiled for glob in never if (compiled := _glob(glob)) is not None]
    here = {label.casefold() for label in present}
    return tuple(
        wish
        for wish in dict.fromkeys(wishes)
        if wish.label.casefold() not in here
        and not is_process(wish.label)
        and not any(pattern.matches(wish.label.casefold()) for pattern in forbidden)
    )


def label_of(kind: IssueType, known: Collection[str], names: Mapping[IssueType, str]) -> str | None:
    """Find what a repository calls a type of issue; the shortest name of several."""
    if kind in names:
        return names[kind]
    fitting = [label for label in known if type_of_name(label) == kind]
    return min(fitting, key=lambda label: (len(label), label), default=None)


@lru_cache(maxsize=256)
def _glob(glob: str) -> LinearPattern | None:
    """Compile a glob; one that cannot be compiled matches nothing."""
    try:
        return LinearPattern(translate(glob.casefold()).removesuffix(r"\Z").replace(r"(?>", "(?:"))
    except PatternError:
        return None
