"""Judge whether a model on the Hub is what its attestations say, from what was read of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.hub.jobs import ATTESTATIONS, BOM, PROVENANCE, SIGNATURE, SUMS
from bot.release.attestations.bom import read_described, read_hashes
from bot.release.attestations.keyless import CannotCheck
from bot.release.attestations.provenance import read_model, read_origin, read_subjects
from bot.release.attestations.proving import Prover, unchecked
from bot.release.attestations.signature import BadSignature
from bot.release.attestations.sums import read_sums
from bot.release.files import odd_name

MAX_ATTESTATION = 32 * 1024 * 1024
"""Bytes of one attestation, at most: several times what a release with the most files has."""
_NAMED = 5
"""Paths that are named in one line, at most."""
_SENTENCE = 1000
"""Characters of a sentence that repeats names from a signature, at most."""


class Verdict(StrEnum):
    """How a check ended; could-not-run counts as not holding."""

    HOLDS = "holds"
    FAILS = "fails"
    COULD_NOT_RUN = "could not run"


@dataclass(frozen=True)
class Check:
    """Hold one check's verdict and what was seen, in sentences; what the Hub said is safe to print."""

    name: str
    verdict: Verdict
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Copy:
    """Hold what was read of a model at one commit.

    ``paths`` are all its files, but for the Hub's own; ``texts`` are its attestations by name, as far as they
    are there and no larger than :data:`MAX_ATTESTATION`. ``differing`` are those of the paths in SHA256SUMS
    that have another hash than it says.
    """

    hub_id: str
    commit: str
    paths: frozenset[str]
    texts: Mapping[str, bytes]
    differing: tuple[str, ...] = ()


def expected(copy: Copy) -> dict[str, str]:
    """Give the SHA-256 of each file that is there, by SHA256SUMS; empty when that cannot be read."""
    try:
        sums = _sums(copy)
    except _Wrong:
        return {}
    return {path: digest for path, digest in sums.items() if path in copy.paths}


def judge(copy: Copy, *, version: str | None, prove: Prover | None, unsigned: bool) -> tuple[Check, ...]:
    """Give every check: the files, the signature, the provenance and the ML-BOM.

    ``version`` is the one the model has to be; None when any will do. ``prove`` checks the signature; None
    when nobody said whom to expect. With ``unsigned`` nobody asks for one, and it is said that who made this
    is then not known.
    """
    return (
        _check("files", _files, copy),
        *(() if unsigned else (_signature(copy, prove),)),
        _check("provenance", lambda one: _provenance(one, version), copy),
        _check("ML-BOM", lambda one: _bom(one, version or _told(one)), copy),
    )


class _Wrong(Exception):
    """Say what does not hold, in sentences."""

    def __init__(self, *sentences: str) -> None:
        self.sentences = sentences
        super().__init__(*sentences)


def _check(name: str, look: Callable[[Copy], tuple[str, ...]], copy: Copy) -> Check:
    try:
        return Check(name, Verdict.HOLDS, look(copy))
    except _Wrong as wrong:
        return Check(name, Verdict.FAILS, wrong.sentences)
    except CannotCheck as error:
        return Check(name, Verdict.COULD_NOT_RUN, (_safe(str(error), _SENTENCE),))


def _files(copy: Copy) -> tuple[str, ...]:
    sums = _sums(copy)
    wrong = [
        _named("not what SHA256SUMS says", copy.differing),
        _named("named in SHA256SUMS and not there", sums.keys() - copy.paths),
        _named("there and not named in SHA256SUMS", copy.paths - sums.keys() - {SUMS, SIGNATURE}),
    ]
    if any(wrong):
        raise _Wrong(*filter(None, wrong))
    return (
        f"{len(sums)} files were downloaded, each has the hash that {SUMS} says, and none was added",
        ".gitattributes is the Hub's own, and was not looked at",
    )


def _signature(copy: Copy, prove: Prover | None) -> Check:
    name = "signature"
    if SIGNATURE not in copy.paths:
        missing = f"there is no {SIGNATURE}, so who released this is not shown by anything"
        return Check(name, Verdict.FAILS, (missing,))
    if prove is None:
        return _check(name, _unexpected, copy)
    return _check(name, lambda one: _signed(one, prove), copy)


def _unexpected(copy: Copy) -> tuple[str, ...]:
    try:
        said = unchecked(_text(copy, SIGNATURE))
    except BadSignature as error:
        raise _Wrong(f"{SIGNATURE}: {error}") from None
    raise CannotCheck(f"{SIGNATURE} is there, and nobody said whose it has to be: {said}")


def _signed(copy: Copy, prove: Prover) -> tuple[str, ...]:
    try:
        proof = prove(_text(copy, SIGNATURE))
    except BadSignature as error:
        raise _Wrong(_safe(f"{SIGNATURE}: {error}", _SENTENCE)) from None
    _compare("signed", proof.files, {**_sums(copy), SUMS: hashlib.sha256(copy.texts[SUMS]).hexdigest()})
    signer, named = _safe(proof.by, _SENTENCE), len(proof.files) - 1
    whole = f"{signer} signed {SUMS} and exactly the {named} files and hashes it lists"
    return (whole, *(_safe(line, _SENTENCE) for line in proof.more))


def _provenance(copy: Copy, version: str | None) -> tuple[str, ...]:
    statement = _json(copy, PROVENANCE)
    try:
        subjects, (hub_id, said) = read_subjects(statement), read_model(statement)
        told = _safe(read_origin(statement), _SENTENCE)
    except ValueError as error:
        raise _Wrong(f"{PROVENANCE}: {error}") from None
    _about(copy, PROVENANCE, hub_id, said, version)
    sums = _sums(copy)
    sums.pop(PROVENANCE, None)
    _compare(f"in {PROVENANCE}", subjects, sums)
    return (
        f"it is about exactly these files, as version {_safe(said)}",
        f"it says {told}; nobody was asked whether that is so",
    )


def _bom(copy: Copy, version: str | None) -> tuple[str, ...]:
    document = _json(copy, BOM)
    try:
        hashes, (hub_id, said) = read_hashes(document), read_described(document)
    except ValueError as error:
        raise _Wrong(f"{BOM}: {error}") from None
    _about(copy, BOM, hub_id, said, version)
    content = {path: digest for path, digest in _sums(copy).items() if path not in ATTESTATIONS}
    _compare(f"in {BOM}", hashes, content)
    return (
        f"it lists exactly the {len(content)} files of the model, with their hashes",
        "the licences, base models and datasets it names were not compared with anything",
    )


def _about(copy: Copy, name: str, hub_id: str, told: str, version: str | None) -> None:
    """Refuse what is about another model or version than the one that is looked at."""
    if hub_id != copy.hub_id:
        raise _Wrong(f"{name} is about {_safe(hub_id)}, not about {copy.hub_id}")
    if version is not None and told != version:
        raise _Wrong(f"{name} is about version {_safe(told)}, not about {version}")


def _compare(where: str, said: Mapping[str, str], sums: Mapping[str, str]) -> None:
    wrong = [
        _named(f"{where} with another hash", [one for one in said if sums.get(one, said[one]) != said[one]]),
        _named(f"{where} and not in {SUMS}", said.keys() - sums.keys()),
        _named(f"in {SUMS} and not {where}", sums.keys() - said.keys()),
    ]
    if any(wrong):
        raise _Wrong(*filter(None, wrong))


def _sums(copy: Copy) -> dict[str, str]:
    try:
        sums = read_sums(_text(copy, SUMS))
    except ValueError as error:
        raise _Wrong(f"{SUMS}: {error}") from None
    if odd := [path for path in sums if path not in ATTESTATIONS and odd_name(path)]:
        raise _Wrong(_named(f"named in {SUMS}, and no release has such a path", odd))
    return sums


def _told(copy: Copy) -> str | None:
    """Give the version that the provenance is about; None when it cannot be read."""
    try:
        return read_model(_json(copy, PROVENANCE))[1]
    except (_Wrong, ValueError):
        return None


def _json(copy: Copy, name: str) -> object:
    """Read an attestation, which has to be the one that SHA256SUMS is about."""
    if name in copy.differing:
        raise _Wrong(f"{name} is not what {SUMS} says, so what it says counts for nothing")
    try:
        return json.loads(_text(copy, name))
    except (ValueError, RecursionError):
        raise _Wrong(f"{name} cannot be read as JSON") from None


def _text(copy: Copy, name: str) -> str:
    if name not in copy.paths:
        raise _Wrong(f"there is no {name}")
    if name not in copy.texts:
        raise _Wrong(f"{name} is larger than {MAX_ATTESTATION // 1024**2} MB, so it was not read")
    try:
        return copy.texts[name].decode("utf-8")
    except UnicodeDecodeError:
        raise _Wrong(f"{name} is no UTF-8 text") from None


def _named(what: str, paths: Iterable[str]) -> str:
    """Name the first of the paths in a sentence; empty when there are none."""
    listed = sorted(paths)
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return f"{what}: {', '.join(map(_safe, listed[:_NAMED]))}{more}" if listed else ""


def _safe(text: str, most: int = 200) -> str:
    """Make a text from the Hub safe to print on a terminal, with so many characters at most."""
    return text[:most] if text.isprintable() else ascii(text)[:most]
