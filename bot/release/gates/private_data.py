"""Gate: no text that is released holds a secret, or somebody's personal data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot.datasets.findings import Count, Scan, Tier
from bot.datasets.kinds import known_kinds
from bot.release.detecting import DetectorFailed, detect, is_installed
from bot.release.gates.file_formats import kind_of
from bot.release.gates.results import Candidate, GateResult, Outcome

NAME = "private_data"
READ = ("text", "json")
"""Kinds of files that are read; the numbers of weights are not."""
NAMES_PEOPLE = frozenset(
    {"README.md", "AUTHORS", "CITATION.cff", "LICENSE", "LICENCE", "COPYING", "NOTICE", "Notice", "CHANGELOG"}
)
"""Files in which people say who they are, so that the personal data there is remarked on."""
_SHOWN = 20


@dataclass(frozen=True)
class _SecondLook:
    """Hold what became of asking another detector: what it found, and what to say of it."""

    words: str
    found: tuple[str, ...] = ()
    is_failure: bool = False


def check(candidate: Candidate) -> GateResult:
    """Fail on any secret, and on personal data outside the files that name authors; warn of what is possible.

    A text that was not read to its end leaves the gate without an answer. No finding repeats what it found.
    """
    from bot.datasets.scanning import scan  # polars, which takes a while to load

    read = [file.path for file in candidate.files if kind_of(file.path) in READ]
    found = scan([candidate.folder / path for path in read], root=candidate.folder, processes=1)
    secrets = [one for one in found.counts if one.kind in _secret_kinds()]
    people = [one for one in found.counts if one not in secrets and one.tier is Tier.VERIFIED]
    second = _second_look(candidate.folder, read)
    against = [*secrets, *(one for one in people if not _names_people(one))]
    beside = [one for one in people if _names_people(one)]
    unread = [f"{one.file}: {one.not_scanned}" for one in found.coverage if one.not_scanned is not None]
    shown = _shown([_told(one) for one in (*against, *beside)])
    seen = f"{len(read)} text files were read; weights were not"
    if against or second.found:
        remedy = (
            "Revoke each secret where it was issued, take what was found out of the files, and start again. "
            "What is no secret and nobody's data a maintainer can waive."
        )
        return GateResult(NAME, Outcome.FAIL, (*second.found, *shown, *unread, seen), remedy, waivable=True)
    if second.is_failure:
        unread.append(second.words)
    if unread:
        remedy = "Save these files so that they can be read, or leave them out."
        return GateResult(NAME, Outcome.COULD_NOT_RUN, (*unread, *shown, seen), remedy, waivable=True)
    outcome = Outcome.WARN if beside else Outcome.PASS
    return GateResult(NAME, outcome, (*shown, *_possible(found), seen, second.words))


def _second_look(folder: Path, paths: list[str]) -> _SecondLook:
    """Have another detector look at the same files, where there is one."""
    if not is_installed():
        return _SecondLook("detect-secrets was not asked for secrets: it is not installed")
    try:
        found = detect(folder, paths)
    except DetectorFailed as error:
        return _SecondLook(f"detect-secrets could not look for secrets: {error}", is_failure=True)
    told = _shown([f"{one.path}, line {one.line}: {one.kind}, by detect-secrets" for one in found])
    return _SecondLook("detect-secrets found no secret either", tuple(told))


def _shown(told: list[str]) -> list[str]:
    """Give the first lines, and how many there are besides: whoever waives the gate waives those too."""
    more = len(told) - _SHOWN
    return [*told[:_SHOWN], f"{more} more of this kind are not listed"] if more > 0 else told


def _secret_kinds() -> frozenset[str]:
    return frozenset(kind.name for kind in known_kinds() if kind.gates == "always")


def _names_people(one: Count) -> bool:
    return PurePosixPath(one.file).name in NAMES_PEOPLE


def _told(one: Count) -> str:
    where = f"{one.file}, {one.column}" if one.column else one.file
    sure = "" if one.tier is Tier.VERIFIED else "possible "
    return f"{where}: {sure}{one.kind.replace('_', ' ')}, {one.count} times"


def _possible(found: Scan) -> list[str]:
    """Say in one line how much looks like personal data by its shape alone."""
    number = found.total(Tier.POSSIBLE)
    return [f"{number} places look like personal data by their shape alone"] if number else []
