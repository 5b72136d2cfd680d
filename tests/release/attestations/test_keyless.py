"""Signing as a job and checking that, with the real libraries against a Sigstore on loopback."""

import base64
import datetime as dt
import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_signing import hashing, verifying

from bot.hub.errors import HubRefused, HubUnavailable
from bot.release.attestations.certifying import talking_to_sigstore
from bot.release.attestations.identity import identity_in
from bot.release.attestations.job import JobIdentity, is_offered, job_identity
from bot.release.attestations.keyless import CannotCheck, check
from bot.release.attestations.proving import by_key
from bot.release.attestations.signature import BadSignature, read_public_key
from bot.release.attestations.signing import KeyFile, Keyless, sign
from bot.release.files import inspect_folder
from bot.release.signer import Identity
from bot.sandbox.sigstore import Services
from bot.sandbox.sigstore.authority import Authority, now
from bot.sandbox.sigstore.log import SignatureLog
from tests.fixtures.sigstore import CLAIMS, SandboxSigstore, running_sigstore
from tests.release.attestations.keys import make_keys

OTHER_CHECKPOINT = "log\n1\nAAAA\n\n— log AAAA\n"
OTHER_WORKFLOW = "octo/models/.github/workflows/ci.yml@refs/heads/x"
Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def sigstore(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxSigstore]:
    with running_sigstore(tmp_path_factory.mktemp("sigstore")) as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("signed") / "model"
    (made / "sub").mkdir(parents=True)
    (made / "a.json").write_text("{}")
    (made / "sub/b.txt").write_text("b")
    return made


@pytest.fixture(scope="module")
def text(sigstore: SandboxSigstore, folder: Path) -> str:
    """A signature by the job that runs for octo/models."""
    with pytest.MonkeyPatch.context() as patch:
        sigstore.begin(patch)
        return signed(folder, sigstore)


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test begins as a job."""
    for name in ("GITHUB_ACTIONS", "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def signed(folder: Path, sigstore: SandboxSigstore, expected: Identity | None = None) -> str:
    return sign(folder, inspect_folder(folder).files, Keyless(sigstore.trust), expected).text


def changed(text: str, change: Change) -> str:
    bundle = json.loads(text)
    change(bundle)
    return json.dumps(bundle)


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def entry(bundle: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = bundle["verificationMaterial"]["tlogEntries"][0]
    return found


def test_a_job_signs_exactly_the_files_and_the_log_has_it(
    sigstore: SandboxSigstore, folder: Path, text: str
) -> None:
    logged = check(text, sigstore.signer, sigstore.trust)
    assert logged.files == {file.path: file.sha256 for file in inspect_folder(folder).files}
    assert logged.entry == 0
    assert logged.moment is not None
    assert abs(now() - logged.moment) < dt.timedelta(minutes=5)
    assert logged.ran.startswith(f"https://github.com/octo/models at {CLAIMS['sha']}, as ")
    assert identity_in(text) == sigstore.signer


def test_the_package_itself_accepts_it_and_refuses_a_changed_file(
    sigstore: SandboxSigstore, folder: Path, text: str, tmp_path: Path
) -> None:
    (tmp_path / "model.sig").write_text(text)
    verifier = verifying.Config()  # type: ignore[no-untyped-call]  # as in signing.py
    verifier.set_hashing_config(hashing.Config())  # type: ignore[no-untyped-call]  # as in signing.py
    verifier.use_sigstore_verifier(
        identity=sigstore.signer.name, oidc_issuer=sigstore.url, trust_config=sigstore.trust
    )
    verifier.verify(folder, tmp_path / "model.sig")
    (folder / "a.json").write_text("{ }")
    with pytest.raises(ValueError, match=r"a\.json"):
        verifier.verify(folder, tmp_path / "model.sig")
    (folder / "a.json").write_text("{}")


def test_another_identity_and_another_issuer_are_refused_and_named(
    sigstore: SandboxSigstore, text: str
) -> None:
    for other in (
        replace(
            sigstore.signer, name="https://github.com/eve/models/.github/workflows/x.yml@refs/heads/main"
        ),
        replace(sigstore.signer, issuer="https://eve.example"),
    ):
        with pytest.raises(BadSignature, match="it says it was made by") as raised:
            check(text, other, sigstore.trust)
        assert str(sigstore.signer) in str(raised.value)
        assert str(other) in str(raised.value)


def test_an_identity_that_another_sigstore_certified_is_refused(
    sigstore: SandboxSigstore, text: str, tmp_path: Path
) -> None:
    foreign = tmp_path / "trust.json"
    foreign.write_text(json.dumps(Services().trust_config(sigstore.url)))
    with pytest.raises(BadSignature, match="nobody who is trusted to issue one"):
        check(text, sigstore.signer, foreign)


@pytest.mark.parametrize(("part", "words"), [("ctlogs", "SCT"), ("tlogs", "invalid log entry")])
def test_logs_that_are_not_trusted_prove_nothing(
    sigstore: SandboxSigstore, text: str, tmp_path: Path, part: str, words: str
) -> None:
    config, other = json.loads(sigstore.trust.read_text()), Services().trust_config(sigstore.url)
    config["trustedRoot"][part] = other["trustedRoot"][part]
    mixed = tmp_path / "trust.json"
    mixed.write_text(json.dumps(config))
    with pytest.raises(BadSignature, match=words):
        check(text, sigstore.signer, mixed)


def swap_certificate(bundle: dict[str, Any]) -> None:
    certificate = bundle["verificationMaterial"]["certificate"]
    raw = bytearray(base64.b64decode(certificate["rawBytes"]))
    raw[-1] ^= 1
    certificate["rawBytes"] = encoded(bytes(raw))


@pytest.mark.parametrize(
    "change",
    [
        lambda bundle: bundle["verificationMaterial"].pop("tlogEntries"),
        lambda bundle: bundle["verificationMaterial"]["tlogEntries"].clear(),
        lambda bundle: entry(bundle).pop("inclusionProof"),
        lambda bundle: entry(bundle).pop("inclusionPromise"),
        lambda bundle: entry(bundle)["inclusionProof"].update(treeSize="2"),
        lambda bundle: entry(bundle)["inclusionProof"].update(rootHash=encoded(b"0" * 32)),
        lambda bundle: entry(bundle)["inclusionProof"]["checkpoint"].update(envelope=OTHER_CHECKPOINT),
        lambda bundle: entry(bundle).update(integratedTime="1"),
        lambda bundle: entry(bundle).update(canonicalizedBody=encoded(b"{}")),
        lambda bundle: bundle["dsseEnvelope"].update(payload=encoded(b"{}")),
        lambda bundle: bundle["dsseEnvelope"]["signatures"][0].update(sig=encoded(b"0" * 70)),
        lambda bundle: bundle.pop("dsseEnvelope"),
        swap_certificate,
    ],
)  # fmt: skip
def test_whatever_is_changed_or_left_out_is_refused(
    sigstore: SandboxSigstore, text: str, change: Change
) -> None:
    with pytest.raises(BadSignature):
        check(changed(text, change), sigstore.signer, sigstore.trust)


def test_the_proof_of_another_signature_proves_nothing(
    sigstore: SandboxSigstore, folder: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sigstore.begin(monkeypatch)
    other = json.loads(signed(folder, sigstore))
    for part in ("dsseEnvelope", "verificationMaterial"):
        with pytest.raises(BadSignature):
            check(
                changed(text, lambda bundle, part=part: bundle.update({part: other[part]})),  # type: ignore[misc]  # mypy infers no lambda with a default
                sigstore.signer,
                sigstore.trust,
            )


def test_a_signature_logged_after_its_certificate_ran_out_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Services(log=SignatureLog(clock=lambda: now() + dt.timedelta(hours=1)))
    with running_sigstore(tmp_path, late) as slow:
        slow.begin(monkeypatch)
        with pytest.raises(HubRefused, match="not good at that time"):
            signed(folder, slow)


def test_an_identity_certified_by_an_authority_that_ran_out_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = [now() - dt.timedelta(days=4000)]
    authority = Authority(clock=lambda: moments.pop() if moments else now())
    assert authority.chain[1].not_valid_after_utc < now()
    with running_sigstore(tmp_path, Services(authority=authority)) as old:
        old.begin(monkeypatch)
        with pytest.raises(HubRefused, match="nobody who is trusted to issue one, or was not good"):
            signed(folder, old)


def test_a_signer_whom_the_manifest_does_not_name_is_refused(
    sigstore: SandboxSigstore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sigstore.begin(monkeypatch, {**CLAIMS, "job_workflow_ref": OTHER_WORKFLOW})
    with pytest.raises(HubRefused, match=r"signs the release, and it was .*ci\.yml"):
        signed(folder, sigstore, sigstore.signer)


def test_a_key_is_no_identity_and_an_identity_no_key(
    sigstore: SandboxSigstore, folder: Path, text: str, tmp_path: Path
) -> None:
    private, public = make_keys(tmp_path)
    by_hand = sign(folder, inspect_folder(folder).files, KeyFile(private))
    assert by_hand.by is None
    with pytest.raises(BadSignature, match="made with a key, and not by an identity"):
        check(by_hand.text, sigstore.signer, sigstore.trust)
    with pytest.raises(BadSignature, match=r"not made with a key; it says .*release-model\.yml"):
        by_key(read_public_key(public.read_bytes()))(text)


def test_where_there_is_no_network_that_is_said(
    sigstore: SandboxSigstore, folder: Path, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sigstore.begin(monkeypatch)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(CannotCheck, match="could not be fetched, which takes the network"):
        check(text, sigstore.signer, None)
    with pytest.raises(HubUnavailable, match="that takes the network"):
        sign(folder, inspect_folder(folder).files, Keyless())


def test_without_the_extra_it_is_said_what_to_install(
    sigstore: SandboxSigstore, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sigstore.verify", None)
    with pytest.raises(CannotCheck, match=r"pip install 'giveback\[signing\]'"):
        check(text, sigstore.signer, sigstore.trust)


def test_what_is_no_trust_configuration_is_said(sigstore: SandboxSigstore, text: str, tmp_path: Path) -> None:
    (tmp_path / "trust.json").write_text("{}")
    with pytest.raises(CannotCheck, match="holds no Sigstore trust configuration"):
        check(text, sigstore.signer, tmp_path / "trust.json")


@pytest.mark.parametrize("path", ["signingCert", "log/entries"])
@pytest.mark.parametrize(
    ("status", "error"), [(503, HubUnavailable), (429, HubUnavailable), (400, HubRefused)]
)
def test_a_service_that_fails_is_tried_again_and_one_that_refuses_is_not(
    sigstore: SandboxSigstore,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    status: int,
    error: type[Exception],
) -> None:
    sigstore.begin(monkeypatch)
    sigstore.fault(path, status=status)
    try:
        with pytest.raises(error, match="Nothing was sent to the Hub"):
            signed(folder, sigstore)
    finally:
        sigstore.no_faults()


def test_who_is_no_job_cannot_sign_so(sigstore: SandboxSigstore, folder: Path) -> None:
    assert job_identity() is None
    with pytest.raises(HubRefused, match="There is no identity here to sign with"):
        signed(folder, sigstore)


def test_a_job_whose_identity_is_not_to_be_had_is_told_what_to_permit(
    sigstore: SandboxSigstore, monkeypatch: pytest.MonkeyPatch
) -> None:
    sigstore.begin(monkeypatch)
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "wrong")
    with pytest.raises(HubRefused, match="id-token: write"):
        job_identity()


@pytest.mark.parametrize(
    ("visibility", "is_public"), [("public", True), ("private", False), ("internal", False)]
)
def test_a_job_is_public_only_by_its_own_word(
    sigstore: SandboxSigstore, monkeypatch: pytest.MonkeyPatch, visibility: str, is_public: bool
) -> None:
    sigstore.begin(monkeypatch, {**CLAIMS, "repository_visibility": visibility})
    job = job_identity()
    assert job is not None
    assert job.is_public is is_public


def test_a_job_that_does_not_say_what_it_runs_for_signs_without_that(
    sigstore: SandboxSigstore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sigstore.begin(monkeypatch, {key: value for key, value in CLAIMS.items() if key != "sha"})
    assert check(signed(folder, sigstore), sigstore.signer, sigstore.trust).ran == ""


def test_an_identity_is_offered_where_github_says_so() -> None:
    assert is_offered({"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": "https://x"})
    assert not is_offered({"GITHUB_ACTIONS": "true"})


def test_neither_the_proof_nor_what_it_is_asked_with_is_logged_or_shown(
    sigstore: SandboxSigstore, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret = sigstore.begin(monkeypatch)
    proofs = []

    def keep() -> JobIdentity | None:
        job = job_identity()
        proofs.append(job.token if job else "")
        return job

    monkeypatch.setattr("bot.release.attestations.signing.job_identity", keep)
    with caplog.at_level(logging.DEBUG):
        signed(folder, sigstore)
        sigstore.fault("signingCert", status=400)
        try:
            with pytest.raises(HubRefused) as raised:
                signed(folder, sigstore)
        finally:
            sigstore.no_faults()
    assert len(proofs) == 2
    assert "signingCert" in caplog.text
    for hidden in (secret, *proofs):
        assert hidden not in caplog.text
        assert hidden not in str(raised.value)
        assert hidden not in repr(JobIdentity(hidden, is_public=True))


def test_a_service_that_repeats_the_proof_is_not_repeated() -> None:
    with pytest.raises(HubRefused, match="said …") as raised, talking_to_sigstore("the proof"):
        raise RuntimeError("you\nsaid the proof")
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    with pytest.raises(FileNotFoundError), talking_to_sigstore("the proof"):
        raise FileNotFoundError("a file of this machine")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(data=st.data())
def test_whatever_is_forged_in_a_signature_nothing_else_is_believed_than_was_signed(
    data: st.DataObject, sigstore: SandboxSigstore, text: str
) -> None:
    bundle = json.loads(text)
    place: Any = bundle
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(JSON)
    with suppress(BadSignature):
        believed = check(json.dumps(bundle), sigstore.signer, sigstore.trust)
        assert believed == check(text, sigstore.signer, sigstore.trust)
