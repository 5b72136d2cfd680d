import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.hub.jobs import ATTESTATIONS, BOM, PROVENANCE, SIGNATURE, SUMS
from bot.release.attestations import derive
from bot.release.verifying import MAX_ATTESTATION, Check, Copy, Verdict, expected, judge
from tests.release.attestations.telling import FILES, told

HUB_ID = "acme/digits-moved"
TEXTS: Mapping[str, bytes] = {file.path: file.text.encode() for file in derive(told())}
PATHS = frozenset(TEXTS) | {file.path for file in FILES}
COPY = Copy(HUB_ID, "c" * 40, PATHS, TEXTS)


def judged(copy: Copy, version: str | None = None) -> dict[str, Check]:
    return {check.name: check for check in judge(copy, version=version, prove=None, unsigned=True)}


def signature_of(copy: Copy) -> Check:
    (found,) = [
        one for one in judge(copy, version=None, prove=None, unsigned=False) if one.name == "signature"
    ]
    return found


def changed(name: str, text: bytes, *, listed: bool = True) -> Copy:
    """Give the copy with another text for one attestation, and SHA256SUMS that say it is right."""
    texts = {**TEXTS, name: text}
    if listed and name != SUMS:
        old, new = (hashlib.sha256(one).hexdigest().encode() for one in (TEXTS[name], text))
        texts[SUMS] = texts[SUMS].replace(old, new)
    return replace(COPY, texts=texts)


def test_a_whole_release_holds() -> None:
    checks = judged(COPY, "1.0.0")
    assert [check.verdict for check in checks.values()] == [Verdict.HOLDS] * 3
    assert expected(COPY).keys() == PATHS - {SUMS}
    assert [check.evidence for check in checks.values()] == [
        (
            "4 files were downloaded, each has the hash that SHA256SUMS says, and none was added",
            ".gitattributes is the Hub's own, and was not looked at",
        ),
        (
            "it is about exactly these files, as version 1.0.0",
            "it says it comes from git+https://github.com/acme/training at "
            "0123456789abcdef0123456789abcdef01234567, and 1 person approved it; nobody was asked whether "
            "that is so",
        ),
        (
            "it lists exactly the 2 files of the model, with their hashes",
            "the licences, base models and datasets it names were not compared with anything",
        ),
    ]


def test_files_that_differ_are_missing_or_were_added_are_named() -> None:
    moved = (PATHS - {"README.md"}) | {"evil.py"}
    check = judged(replace(COPY, paths=moved, differing=("sub/model.safetensors",)))["files"]
    assert check.verdict is Verdict.FAILS
    assert check.evidence == (
        "not what SHA256SUMS says: sub/model.safetensors",
        "named in SHA256SUMS and not there: README.md",
        "there and not named in SHA256SUMS: evil.py",
    )


@pytest.mark.parametrize("name", [SUMS, PROVENANCE, BOM])
def test_an_attestation_that_is_missing_fails(name: str) -> None:
    checks = judged(replace(COPY, paths=PATHS - {name}))
    assert any(f"there is no {name}" in check.evidence for check in checks.values())
    assert any(check.verdict is Verdict.FAILS for check in checks.values())


def test_a_release_without_a_signature_fails_unless_nobody_asks_for_one() -> None:
    assert "signature" not in judged(COPY)
    assert signature_of(COPY).verdict is Verdict.FAILS
    bundle: dict[str, dict[str, dict[str, str]]] = {"verificationMaterial": {"publicKey": {}}}
    signed = replace(COPY, paths=PATHS | {SIGNATURE}, texts={**TEXTS, SIGNATURE: json.dumps(bundle).encode()})
    check = signature_of(signed)
    assert check.verdict is Verdict.COULD_NOT_RUN
    assert "made with a key; name the public one with --key" in check.evidence[0]
    assert signature_of(replace(signed, texts={**TEXTS, SIGNATURE: b"{}"})).verdict is Verdict.FAILS


@pytest.mark.parametrize(("name", "check"), [(PROVENANCE, "provenance"), (BOM, "ML-BOM")])
def test_what_is_about_another_model_or_version_is_refused(name: str, check: str) -> None:
    other = TEXTS[name].replace(HUB_ID.encode(), b"eve/other")
    assert "about eve/other" in judged(changed(name, other))[check].evidence[0]
    assert "about version 1.0.0, not about 2.0.0" in judged(COPY, "2.0.0")[check].evidence[0]


@pytest.mark.parametrize(("name", "check"), [(PROVENANCE, "provenance"), (BOM, "ML-BOM")])
def test_what_was_exchanged_without_its_hash_is_not_believed(name: str, check: str) -> None:
    assert judged(replace(COPY, differing=(name,)))[check].evidence == (
        f"{name} is not what SHA256SUMS says, so what it says counts for nothing",
    )


def test_an_ml_bom_of_another_version_than_the_provenance_is_refused() -> None:
    other = changed(BOM, TEXTS[BOM].replace(b'"version": "1.0.0"', b'"version": "9.0.0"'))
    assert judged(other)["ML-BOM"].evidence == (f"{BOM} is about version 9.0.0, not about 1.0.0",)


@pytest.mark.parametrize(("name", "check"), [(PROVENANCE, "provenance"), (BOM, "ML-BOM")])
def test_hashes_that_disagree_with_the_sums_are_named(name: str, check: str) -> None:
    wrong = TEXTS[name].replace(b"a" * 64, b"f" * 64)
    found = judged(changed(name, wrong))[check]
    assert found.verdict is Verdict.FAILS
    assert f"in {name} with another hash: README.md" in found.evidence


def test_paths_that_no_release_has_are_never_downloaded() -> None:
    for path in ("../../etc/passwd", "/etc/passwd", "a//b", "a\x1b[2J", ".git/config"):
        copy = replace(COPY, paths=PATHS | {path}, texts={**TEXTS, SUMS: f"{'a' * 64}  {path}\n".encode()})
        assert expected(copy) == {}
        evidence = judged(copy)["files"].evidence[0]
        assert "no release has such a path" in evidence
        assert evidence.isprintable()


def test_an_attestation_too_large_to_be_one_is_not_read() -> None:
    texts = {name: text for name, text in TEXTS.items() if name != BOM}
    check = judged(replace(COPY, texts=texts))["ML-BOM"]
    assert check.evidence == (f"{BOM} is larger than {MAX_ATTESTATION >> 20} MB, so it was not read",)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.sampled_from(ATTESTATIONS), st.binary() | JSON.map(lambda one: json.dumps(one).encode()))
def test_whatever_an_attestation_holds_the_answer_is_a_sentence(name: str, content: bytes) -> None:
    copy = replace(COPY, paths=PATHS | {name}, texts={**TEXTS, name: content})
    for check in judge(copy, version=None, prove=None, unsigned=False):
        assert all(line.isprintable() for line in check.evidence)
    assert any(check.verdict is not Verdict.HOLDS for check in judged(copy).values()) or name == SIGNATURE
