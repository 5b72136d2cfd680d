"""Choose who is asked to review a change: who knows its files, whose turn it is, and who is there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

NEARLY = 0.5
"""Who knows at least this part of what the best one knows is as good a choice: then other things decide."""

PLACES = 200
"""Places of one file that are looked at."""

_OLD_LINES = re.compile(r"^@@ -(\d{1,9})(?:,(\d{1,9}))? \+", re.MULTILINE)
_OLDEST = 10
"""The greatest age a line can have (GraphQL ``BlameRange.age``)."""


@dataclass(frozen=True)
class WrittenLines:
    """Lines, counted from 1, that one person wrote last; ``age`` is from 1 (new) to 10 (old)."""

    first: int
    last: int
    login: str
    age: int


@dataclass(frozen=True)
class Change:
    """What a change touches, and who knows it.

    ``sizes`` are the changed lines of each file; ``known_by`` says of each file how well people know it,
    from 0 to 1, or to 2 where they both own it and wrote its lines.
    """

    sizes: Mapping[str, int]
    known_by: Mapping[str, Mapping[str, float]]

    def scores(self, covered_by: Collection[str] = ()) -> dict[str, float]:
        """Say how much of the change each person knows, of what those in ``covered_by`` do not own.

        When they own all of it, the whole change counts again.
        """
        covering = {login.casefold() for login in covered_by}
        open_files = [
            path
            for path in self.sizes
            if not any(
                share >= 1 and login.casefold() in covering
                for login, share in self.known_by.get(path, {}).items()
            )
        ]
        scores: dict[str, float] = {}
        spelled: dict[str, str] = {}
        for path in open_files or self.sizes:
            for login, share in self.known_by.get(path, {}).items():
                name = spelled.setdefault(login.casefold(), login)
                scores[name] = scores.get(name, 0.0) + share * max(1, self.sizes[path])
        return scores


def fitting(scores: Mapping[str, float], out: Collection[str]) -> list[str]:
    """List those who know nearly as much as the best of them, best first, without those who are ``out``."""
    without = {login.casefold() for login in out}
    left = {login: score for login, score in scores.items() if score > 0 and login.casefold() not in without}
    least = max(left.values(), default=0.0) * NEARLY
    return sorted(
        (login for login, score in left.items() if score >= least),
        key=lambda login: (-left[login], login.casefold()),
    )


def first_of(candidates: Iterable[str], load: Mapping[str, int], asked_at: Mapping[str, float]) -> str | None:
    """Choose among equals: who has least to review, then whose turn was longest ago, then by name.

    ``asked_at`` are moments by login in lower case; who is not in it was never asked.
    """
    return min(
        candidates,
        key=lambda login: (load.get(login, 0), asked_at.get(login.casefold(), 0.0), login.casefold()),
        default=None,
    )


def old_lines(patch: str) -> list[tuple[int, int]]:
    """List the ranges of lines, first and last, that a patch touches in the file as it was before."""
    ranges = ((int(first), int(count or 1)) for first, count in _OLD_LINES.findall(patch))
    return [(first, first + count - 1) for first, count in ranges if count]


def writers_of(
    blame: Iterable[WrittenLines], touched: Iterable[tuple[int, int]] | None = None
) -> dict[str, float]:
    """Say what part of the touched lines each person wrote; new lines weigh more than old ones.

    Without ``touched`` all lines count; of very many places the first :data:`PLACES` do. Lines of people
    without an account count as nobody's.
    """
    spans = None if touched is None else list(islice(touched, PLACES))
    weights: Counter[str] = Counter()
    total = 0
    for lines in blame:
        if spans is None:
            count = lines.last - lines.first + 1
        else:
            count = sum(max(0, min(lines.last, last) - max(lines.first, first) + 1) for first, last in spans)
        weight = count * (_OLDEST + 1 - min(max(lines.age, 1), _OLDEST))
        total += weight
        weights[lines.login] += weight
    return {login: weight / total for login, weight in weights.items() if login and weight}
