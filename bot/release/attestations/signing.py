"""Sign a model as OpenSSF Model Signing does it, with the ``model-signing`` package.

The key lies in a file; or there is none, and Sigstore certifies the identity of the job that signs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bot.hub.errors import HubRefused
from bot.release.attestations import keyless
from bot.release.attestations.certifying import talking_to_sigstore
from bot.release.attestations.identity import identity_in
from bot.release.attestations.job import job_identity
from bot.release.attestations.signature import HASHES, BadSignature, signed_files
from bot.release.files import MANIFEST, ReleaseFile
from bot.release.signer import Identity
from bot.scratch import Scratch


@dataclass(frozen=True)
class KeyFile:
    """Sign with the private key in a file."""

    path: Path


@dataclass(frozen=True)
class Keyless:
    """Sign as the job that this process is; ``trust`` is a ClientTrustConfig, else Sigstore's public one."""

    trust: Path | None = None


@dataclass(frozen=True)
class Unsigned:
    """Sign nothing, and say why."""

    why: str


Signing = KeyFile | Keyless | Unsigned
NO_KEY = Unsigned("no signing key is set")


def with_key(path: Path | None) -> Signing:
    """Sign with the key in a file, where one is set."""
    return KeyFile(path) if path else NO_KEY


@dataclass(frozen=True)
class Signed:
    """Hold a signature, and who made it when no key did."""

    text: str
    by: Identity | None = None


def why_unsigned(signing: Signing) -> str:
    """Say why a release is not signed here; empty when it can be. It may take a second."""
    if isinstance(signing, Unsigned):
        return signing.why
    try:
        import_module("model_signing.signing")
    except ImportError as error:
        return f"the package model-signing is not installed as a whole ({error.name} is missing)"
    return ""


def key_trouble(path: Path) -> str:
    """Say why a file holds no key to sign with, without a word of what it holds; empty when it does."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError:
        return "its file cannot be read"
    except (TypeError, ValueError, UnsupportedAlgorithm):
        return "its file holds no private key as PEM without a password"
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.key_size not in HASHES:
        return "it is of another kind than the curves P-256, P-384 and P-521"
    return ""


def refuse_another_signer(expected: Identity | None, signing: Signing) -> None:
    """Refuse a release that cannot be signed by whom its manifest names. Raises HubRefused."""
    if expected is None:
        return
    unable = why_unsigned(signing)
    if unable or isinstance(signing, KeyFile):
        instead = f"would not be signed: {unable}" if unable else "would be signed with a key"
        raise HubRefused(
            f"{MANIFEST} says that {expected.name} signs the release, and here it {instead}. "
            "Nothing was sent to the Hub.",
            f"Release it there with giveback release run, or take signer out of {MANIFEST}.",
        )


def sign(
    folder: Path, files: Iterable[ReleaseFile], how: KeyFile | Keyless, expected: Identity | None = None
) -> Signed:
    """Sign ``files``, which lie in ``folder`` and are read once more.

    It differs each time, since ECDSA draws a number at random.

    Raises:
        HubRefused: it cannot be signed so, what was signed is not what ``files`` says, or somebody else than
            ``expected`` signed it.
        HubUnavailable: Sigstore cannot be reached now.
    """
    from model_signing import hashing, manifest, signing  # an extra, and slow to import

    wanted = {file.path: file.sha256 for file in files}

    reader = hashing.Config()  # type: ignore[no-untyped-call]  # the package annotates no constructors
    # These files alone: a folder may hold some that serve its repository and are not published.
    hashed = reader.hash(folder, files_to_hash=[folder / path for path in wanted])

    class Known(hashing.Config):
        """Give what was hashed already, as the proof of an identity may not live as long as that takes."""

        def hash(
            self,
            model_path: hashing.PathLike,
            *,
            files_to_hash: Iterable[hashing.PathLike] | None = None,
        ) -> manifest.Manifest:
            return hashed

    with Scratch("signature") as place:
        signer = signing.Config().set_hashing_config(Known())  # type: ignore[no-untyped-call]  # as above
        made = Path(place) / "signature"
        match how:
            case KeyFile(path):
                _refuse_bad_key(path)
                signer.use_elliptic_key_signer(private_key=path).sign(folder, made)
            case Keyless(trust):
                proof = _proof()
                with talking_to_sigstore(proof):
                    signer.use_sigstore_signer(identity_token=proof, trust_config=trust).sign(folder, made)
        text = made.read_text("utf-8")
    try:
        covered, by = signed_files(text), identity_in(text)
        if by is not None and isinstance(how, Keyless):
            _refuse_another(by, expected)
            keyless.check(text, by, how.trust)
    except (BadSignature, keyless.CannotCheck) as error:
        raise HubRefused(f"The signature that was made is not one that can be checked: {error}.") from error
    if covered != wanted:
        raise HubRefused(
            "The files changed while they were signed; nothing was sent to the Hub.",
            "Start the release again.",
        )
    return Signed(text, by)


def _refuse_bad_key(path: Path) -> None:
    if trouble := key_trouble(path):
        raise HubRefused(
            f"The signing key cannot be used: {trouble}. Nothing was sent to the Hub.",
            "Ask the operator to set one of the curve P-256, P-384 or P-521, as PEM, without a password.",
        )


def _proof() -> str:
    """Ask for this job's identity at the last moment, as it is good for minutes."""
    job = job_identity()
    if job is None:
        raise HubRefused(
            "There is no identity here to sign with. Nothing was sent to the Hub.",
            "Release from a job that has one, as one of GitHub Actions does, or with --signing-key.",
        )
    return job.token


def _refuse_another(signer: Identity, expected: Identity | None) -> None:
    if expected is not None and signer != expected:
        raise HubRefused(
            f"{MANIFEST} says that {expected} signs the release, and it was {signer}. "
            "Nothing was sent to the Hub.",
            f"Release it from where {MANIFEST} says, or name there who signs.",
        )
