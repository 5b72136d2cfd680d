"""What is looked at for an item besides the findings of a scan, one function each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from bot.datasets.checklist.evidence import CROISSANT, Evidence
from bot.datasets.checklist.states import Found, against, needs_person, nothing_found
from bot.datasets.findings import Tier
from bot.datasets.risk.advice import Advice
from bot.datasets.risk.attributes import Role, proposed
from bot.datasets.wording import counted, rows_and_lines, were
from bot.rendering import code, listed, plain

# What measures tables takes a while to load, and is not needed to judge what was measured.
if TYPE_CHECKING:
    from bot.datasets.risk.measures import Risk
    from bot.datasets.risk.report import Report

_IMAGES = frozenset({"jpeg", "png", "tiff"})
_SOUNDS = frozenset({"wav", "mp3", "flac"})
_SHOWN = 10
"""Names of one kind that one sentence lists, at most."""
_SECRETS_ITEM = 20
_DENIES = re.compile(
    r"\b(?:no|not|without|free of|does not contain|contains no)\b[^.\n]{0,60}"
    r"\b(?:personal|sensitive|private|identifying|identifiable|pii)\b",
    re.IGNORECASE,
)
"""A sentence of a card that says there are no personal data."""
_DENIES_ALL = re.compile(rf"^\W*(?:none|no|n/?a)\b|{_DENIES.pattern}", re.IGNORECASE)
"""What a property that should name personal data says instead."""
_PERSONAL = "rai:personalSensitiveInformation"
_RAI = (
    _PERSONAL,
    "rai:dataCollection",
    "rai:dataPreprocessingProtocol",
    "rai:dataReleaseMaintenancePlan",
    "rai:dataSocialImpact",
)
"""Properties that say what the checklist asks about (MLCommons, Croissant RAI 1.0)."""
_NONE_CONFIRMED = "Nobody has confirmed the quasi-identifiers, and a k without them means nothing."


def images(evidence: Evidence) -> Found:
    """Count the images; whether there are faces in them only a person can see."""
    return _media(evidence, _IMAGES, "image")


def sounds(evidence: Evidence) -> Found:
    """Count the recordings; whether there are voices in them only a person can hear."""
    return _media(evidence, _SOUNDS, "recording")


def codes(evidence: Evidence) -> Found:
    """Name columns with a value of its own for nearly every row, and those of hashes."""
    hashes = _columns(evidence, lambda report: [key.column for key in report.keys if key.pseudonymous])
    if hashes:
        return against(
            f"{hashes} look like hashes or UUIDs: data that can be told apart by them are pseudonymous."
        )
    unique = _proposed(evidence, "identifier")
    if unique:
        return needs_person(f"A code for each person may be {unique}.")
    return needs_person("No column looks like a code for each person.")


def quasi_identifiers(evidence: Evidence) -> Found:
    """Propose the quasi-identifiers until a person has confirmed them."""
    if evidence.confirmed_by:
        known = {one.column for _, report in evidence.reports for one in report.attributes}
        missing = [name for name in evidence.quasi if name not in known]
        said = f"{_names(evidence.quasi)}, confirmed by {_names(evidence.confirmed_by)}."
        return against(f"{said} No table has {_names(missing)}.") if missing else needs_person(said)
    likely = _proposed(evidence, "quasi-identifier")
    if not likely:
        return needs_person("None are proposed; say so, or name them.")
    return needs_person(f"Proposed, for a person to confirm or correct: {likely}.")


def singling_out(evidence: Evidence) -> Found:
    """Say k and the share of unique rows of each table, and what would reach the k aimed at."""
    found = _of_classes(
        evidence,
        lambda risk: f"k = {risk.k}, {risk.unique_rows} of {risk.rows} rows are the only one of their kind",
        lambda risk: risk.rows > 0 and (risk.k < evidence.aim or risk.unique_rows > 0),
    )
    advised = [(file, report.advice) for file, report in evidence.reports if report.advice]
    words = [_advised(file, advice) for file, advice in advised if advice.path][:_SHOWN]
    return Found(found.state, " ".join((found.words, *words)))


def _advised(file: str, advice: Advice) -> str:
    last = advice.path[-1]
    how = listed(f"{_name(column)}: {one}" for column, one in last.plan.items())
    reached = (
        f"would give k = {last.gives.k}" if advice.reached else f"would give no more than k = {last.gives.k}"
    )
    return f"In {_name(file)}, {how} {reached} and lose {last.cost:.0%} of what these columns tell."


def small_classes(evidence: Evidence) -> Found:
    """Count the rows in small classes."""
    aim = evidence.aim
    return _of_classes(
        evidence,
        lambda risk: f"{risk.rows_below(aim)} of {risk.rows} rows are in classes of fewer than {aim}",
        lambda risk: risk.rows_below(aim) > 0,
    )


def linkability(evidence: Evidence) -> Found:
    """Name keys that could join rows with other data, and those that do join the tables here."""
    words = [
        f"{_name(one.file)} and {_name(one.other)} share {one.link.shared} values of "
        f"{_name(one.link.column)} and {_name(one.link.other)}."
        for one in evidence.joins[:_SHOWN]
    ]
    if keys := _columns(evidence, lambda report: [key.column for key in report.keys]):
        words.append(f"Rows could be joined by {keys}.")
    words = words or ["No column looks like a key."]
    if evidence.earlier and not any(one.is_earlier for one in evidence.joins):
        words.append(f"No key shares a value with the earlier {_names(evidence.earlier)}.")
    if evidence.not_compared:
        words.append(f"Not held against what cannot be read of earlier: {plain(evidence.not_compared)}.")
    return needs_person(f"{' '.join(words)} Whether others have data to join is for a person to say.")


def inference(evidence: Evidence) -> Found:
    """Say l and t of the sensitive attributes, and whether some class tells a value outright."""
    told = [(file, one) for file, risk in _risks(evidence) for one in risk.sensitive]
    if not evidence.confirmed_by or not told:
        return needs_person(
            "No sensitive attributes are named." if evidence.confirmed_by else _NONE_CONFIRMED
        )
    words = " ".join(
        f"{_name(file)}, {_name(one.column)}: l = {one.l}, t = {one.t:.3f}." for file, one in told
    )
    if any(one.l == 1 for _, one in told):
        return against(f"{words} With l = 1 all in some class have the same value, so it is known of each.")
    return needs_person(words)


def special_categories(evidence: Evidence) -> Found:
    """Name columns whose names suggest a special category."""
    likely = _proposed(evidence, "sensitive")
    return needs_person(
        f"May be of a special category: {likely}." if likely else "No name of a column suggests any."
    )


def free_text(evidence: Evidence) -> Found:
    """Name the columns that people wrote sentences into."""
    likely = _proposed(evidence, "free text")
    return needs_person(f"Free text is in {likely}." if likely else "No column is made of sentences.")


def secrets(evidence: Evidence) -> Found:
    """Say whether keys are among the data."""
    found = sum(one.count for one in evidence.scan.counts if evidence.item_of.get(one.kind) == _SECRETS_ITEM)
    if found:
        here = f"{counted(found, 'key or token', 'keys and tokens')} {were(found)} found here"
        return against(f"{here}; see item {_SECRETS_ITEM}.")
    return needs_person("No key was found here; that it is kept apart is for a person to say.")


def statement(evidence: Evidence) -> Found:
    """Hold what the card says against what was found."""
    found = evidence.scan.total(Tier.VERIFIED)
    if found and _DENIES.search(evidence.card):
        return against(
            f"The card says that there is none of it; {counted(found, 'piece')} {were(found)} found."
        )
    return needs_person("The card does not contradict the scan." if evidence.card else "There is no card.")


def residual(evidence: Evidence) -> Found:
    """Give the counts that the text on the risk that is left begins with."""
    sure, perhaps = (evidence.scan.total(tier) for tier in (Tier.VERIFIED, Tier.POSSIBLE))
    return needs_person(
        f"To begin with, what is left of personal data: {counted(sure, 'certain piece')} and "
        f"{counted(perhaps, 'possible one')}."
    )


def sign_off(evidence: Evidence) -> Found:
    """Wait for a sign-off; whether there is one stands in the record."""
    return needs_person(
        "It is done by a sign-off of somebody other than the author, which holds for these data alone."
    )


def next_review(evidence: Evidence) -> Found:
    """Say when the next review is."""
    if evidence.next_review:
        return nothing_found(f"It is on {code(evidence.next_review)}.")
    return needs_person("No day is set.")


def croissant(evidence: Evidence) -> Found:
    """Say which RAI properties of the Croissant description are empty, and whether it denies what was found.

    A sign-off fills the one on personal information; the others are for people to write.
    """
    described = evidence.croissant
    if not described:
        return needs_person(f"There is no Croissant description in {code(CROISSANT)}.")
    found = evidence.scan.total(Tier.VERIFIED)
    if found and _DENIES_ALL.search(str(described.get(_PERSONAL, ""))):
        return against(
            f"{code(_PERSONAL)} says that there is none of it; {counted(found, 'piece')} {were(found)} found."
        )
    if empty := [name for name in _RAI if not described.get(name)]:
        are = "is" if len(empty) == 1 else "are"
        return needs_person(f"Of {code(CROISSANT)}, {listed(map(code, empty))} {are} empty.")
    return nothing_found(f"All of {listed(map(code, _RAI))} are filled, and the scan contradicts none.")


def coverage(evidence: Evidence) -> Found:
    """Say what was scanned, and name what was not."""
    rows = sum(one.rows for one in evidence.scan.coverage)
    size = sum(one.bytes for one in evidence.scan.coverage)
    files, rules = counted(len(evidence.scan.coverage), "file"), code(evidence.scan.rules)
    said = f"{files}, {rows_and_lines(rows)}, {counted(size, 'byte')}, by rules {rules}."
    left = [f"{_name(one.file)} ({plain(one.not_scanned)})" for one in evidence.not_scanned]
    if not left:
        return nothing_found(said)
    more = [f"{len(left) - _SHOWN} more"] if len(left) > _SHOWN else []
    return against(f"Not scanned: {listed([*left[:_SHOWN], *more])}. {said}")


MEASURES: Mapping[str, Callable[[Evidence], Found]] = {
    look.__name__: look
    for look in (
        images,
        sounds,
        codes,
        quasi_identifiers,
        singling_out,
        small_classes,
        linkability,
        inference,
        special_categories,
        free_text,
        secrets,
        statement,
        residual,
        sign_off,
        next_review,
        croissant,
        coverage,
    )
}
"""Each look by the name that ``items.yml`` has for it."""


def _media(evidence: Evidence, formats: frozenset[str], word: str) -> Found:
    count = sum(one.format in formats for one in evidence.scan.coverage)
    return needs_person(f"{counted(count, word)} among {counted(len(evidence.scan.coverage), 'file')}.")


def _of_classes(evidence: Evidence, say: Callable[[Risk], str], is_bad: Callable[[Risk], bool]) -> Found:
    """Say something of each table that was measured; a table that could not be is never passed over."""
    if not evidence.confirmed_by:
        return needs_person(_NONE_CONFIRMED)
    risks = _risks(evidence)
    in_order = sorted(risks, key=lambda one: not is_bad(one[1]))
    words = [f"{_name(file)}: {say(risk)}." for file, risk in in_order]
    unread = [one for one in evidence.tables if one.problem]
    words += [f"{_name(one.called)} was not measured: {plain(one.problem)}." for one in unread]
    if without := [file for file, report in evidence.reports if report.risk is None]:
        words.append(f"None of the quasi-identifiers is in {_names(without)}.")
    shown = " ".join(words[:_SHOWN]) + (f" And {len(words) - _SHOWN} more." if len(words) > _SHOWN else "")
    if any(is_bad(risk) for _, risk in risks):
        return against(shown)
    everything = risks and len(risks) == len(evidence.tables)
    return (nothing_found if everything else needs_person)(shown or "There is no table.")


def _risks(evidence: Evidence) -> list[tuple[str, Risk]]:
    return [(file, report.risk) for file, report in evidence.reports if report.risk]


def _proposed(evidence: Evidence, role: Role) -> str:
    return _columns(evidence, lambda report: proposed(report.attributes, role))


def _columns(evidence: Evidence, choose: Callable[[Report], Sequence[str]]) -> str:
    """Name columns with the tables they are in; empty when there are none."""
    chosen = [(file, columns) for file, report in evidence.reports if (columns := choose(report))]
    words = [f"{_names(columns)} of {_name(file)}" for file, columns in chosen[:_SHOWN]]
    more = [f"more of {len(chosen) - _SHOWN} other tables"] if len(chosen) > _SHOWN else []
    return "; ".join((*words, *more))


def _names(names: Sequence[str]) -> str:
    """List names, as many as fit a sentence."""
    more = [f"{len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return listed([*map(_name, names[:_SHOWN]), *more])


def _name(name: str) -> str:
    return code(name, 60)
