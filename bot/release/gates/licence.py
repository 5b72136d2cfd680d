"""Gate: the licence is one the Hub knows, and the licences of everything the model was made from allow it."""

from __future__ import annotations

from bot.cards import licences
from bot.cards.artifacts import CannotRead, read_bytes
from bot.cards.licence_texts import recognise
from bot.cards.readers import licence_file
from bot.hub.descent import ADAPTER, MERGE, base_of_adapter, parts_of_merge
from bot.release.agreements import recognise_agreement
from bot.release.files import Inspection, WrittenFile
from bot.release.gates.results import Candidate, CannotJudge, GateResult, Outcome, need_manifest
from bot.release.licence_files import licence_files
from bot.release.licence_rules import LicenceRules, licence_rules
from bot.release.lineage import Terms, Weight, judge
from bot.release.manifest import Manifest

NAME = "licence"
NOTICES = ("NOTICE", "NOTICE.txt", "NOTICE.md", "Notice", "Notice.txt")
"""What the file with the notices is called; the agreements of Meta and Google say Notice, Apache NOTICE."""
MAX_TEXT = 4 * 1024 * 1024
_FAMILIES = ("gpl", "lgpl", "bsd", "openrail", "cc")
"""Ids of the Hub that leave open which version is meant."""


def check(candidate: Candidate) -> GateResult:
    """Fail on a licence that is unknown, is not what LICENSE says, or that an origin does not allow.

    Could not run while an origin's licence is not known. That the card says the same, of the licence and of
    the base models, is for the card's own gate.
    """
    declared = need_manifest(candidate)
    if unfit := _against_declaration(candidate, declared):
        evidence, remedy = unfit
        return GateResult(NAME, Outcome.FAIL, (evidence,), remedy)
    wrong = [*filter(None, (_against_text(candidate, declared), _against_files(candidate, declared)))]
    told = tuple(evidence for evidence, _ in wrong)
    name = licences.known()[declared.license]
    if declared.license == licences.OTHER:
        name = f"{declared.license_name}, {declared.license_link}"
    terms = f"{declared.license} ({name})"
    if candidate.origins is None and (declared.base_models or declared.datasets):
        if wrong:  # not to be waived by somebody who did not see what the origins' licences say
            return GateResult(NAME, Outcome.FAIL, told, wrong[0][1])
        raise CannotJudge("the Hub was not asked for the licences of what the model was made from")
    found_files = Inspection(candidate.files, candidate.odd)
    missing = tuple(licence_files(declared, found_files, candidate.origins or ()))
    remarks = tuple(judge(_terms(candidate, declared, missing), candidate.origins or ()))
    found = {weight: tuple(one.text for one in remarks if one.weight is weight) for weight in Weight}
    # All of it is told, since whoever waives the gate waives all of it.
    evidence_of_all = (*told, *found[Weight.AGAINST], *found[Weight.UNKNOWN], *found[Weight.BESIDE], terms)
    evidence_of_all += tuple(f"{file.path} is missing; a release writes {file.why}" for file in missing)
    if wrong:
        return GateResult(NAME, Outcome.FAIL, evidence_of_all, wrong[0][1], waivable=True)
    if found[Weight.AGAINST]:
        remedy = "Do what the licences ask for, choose another licence, or have a maintainer waive it."
        return GateResult(NAME, Outcome.FAIL, evidence_of_all, remedy, waivable=True)
    if found[Weight.UNKNOWN]:
        remedy = (
            "Publish what it was made from on the Hub, or have a maintainer read its licence and waive it."
        )
        return GateResult(NAME, Outcome.COULD_NOT_RUN, evidence_of_all, remedy, waivable=True)
    outcome = Outcome.WARN if found[Weight.BESIDE] else Outcome.PASS
    return GateResult(NAME, outcome, evidence_of_all)


def _against_declaration(candidate: Candidate, declared: Manifest) -> tuple[str, str] | None:
    """Say what is wrong with the manifest's own words, and what to do about it."""
    wrong = licences.problem(declared.license, declared.license_name, declared.license_link)
    if wrong:
        return wrong, "Set license in the manifest to an id from the Hub's list of licences."
    link = declared.license_link
    is_file = link is not None and not link.startswith(("https://", "http://"))
    if link and is_file and link.removeprefix("./") not in {file.path for file in candidate.files}:
        wrong = f"license_link names {link}, which is neither an address nor a file of the release"
        return wrong, "Add that file to the model's folder."
    if declared.license != licences.OTHER and (declared.license_name or link):
        wrong = f"license_name and license_link are for license: other, and the licence is {declared.license}"
        return wrong, "Remove them, or set license: other."
    return None


def _against_text(candidate: Candidate, declared: Manifest) -> tuple[str, str] | None:
    """Hold the text of LICENSE, where it is one that is known, against the id."""
    rules = licence_rules()
    for path in _at_the_top(candidate, licence_file.NAMES):
        content = _text(candidate, path)
        agreement = recognise_agreement(content)
        if agreement is not None and not _is_meant(agreement, declared, rules):
            said = declared.license_name or declared.license
            wrong = f"{path} is the text of {agreement}, and the manifest says {said}"
            return wrong, "Make the licence in the manifest and the text of the licence agree."
        text = recognise(content)
        family = declared.license in _FAMILIES and text is not None and text.startswith(declared.license)
        if text is not None and text != declared.license and not family:
            wrong = f"{path} is the text of {text}, and the manifest says {declared.license}"
            return wrong, "Make the licence in the manifest and the text of the licence agree."
    return None


def _against_files(candidate: Candidate, declared: Manifest) -> tuple[str, str] | None:
    """Name what an adapter or a merge was made from by its own files, and the manifest leaves out."""
    named = {one.casefold() for one in declared.base_models}
    for path, read in ((ADAPTER, base_of_adapter), (MERGE, parts_of_merge)):
        if not _at_the_top(candidate, (path,)):
            continue
        left_out = [one for one in read(_text(candidate, path).encode()) if one.casefold() not in named]
        if left_out:
            wrong = f"{path} says it was made from {', '.join(left_out[:5])}, which base_models leaves out"
            return wrong, "Name every model it was made from in the manifest: its licence holds as well."
    return None


def _is_meant(agreement: str, declared: Manifest, rules: LicenceRules) -> bool:
    """Tell whether the manifest means the agreement, or a family of licences that it is one of."""
    key = rules.key_of(declared.license, declared.license_name)
    if key == agreement:
        return True
    unknown_to_us = declared.license == licences.OTHER and key is None
    is_family = declared.license in _FAMILIES and declared.license in agreement
    return unknown_to_us or is_family


def _terms(candidate: Candidate, declared: Manifest, missing: tuple[WrittenFile, ...]) -> Terms:
    notices = [_text(candidate, path) for path in _at_the_top(candidate, NOTICES)]
    notices += [file.text for file in missing if file.path in NOTICES]
    texts = [_text(candidate, file.path) for file in candidate.files if _is_licence(file.path)]
    texts += [file.text for file in missing if _is_licence(file.path)]
    return Terms(
        hub_id=declared.hub_id,
        license=declared.license,
        license_name=declared.license_name,
        licence_file=bool(texts),
        texts=frozenset(filter(None, map(recognise_agreement, texts))),
        notice="\n".join(notices),
        card="\n".join(_text(candidate, path) for path in _at_the_top(candidate, ("README.md",))),
    )


def _is_licence(path: str) -> bool:
    return "/" not in path and path.upper().startswith(("LICENSE", "LICENCE", "COPYING"))


def _at_the_top(candidate: Candidate, names: tuple[str, ...]) -> list[str]:
    return [file.path for file in candidate.files if file.path in names]


def _text(candidate: Candidate, path: str) -> str:
    try:
        return read_bytes(candidate.folder / path, MAX_TEXT).decode("utf-8", "replace")
    except CannotRead as error:
        raise CannotJudge(f"{path}: {error}") from None
