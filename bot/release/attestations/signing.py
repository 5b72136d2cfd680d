"""Sign a model as OpenSSF Model Signing does it, with the ``model-signing`` package and a key in a file."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bot.hub.errors import HubRefused
from bot.release.attestations.signature import HASHES, BadSignature, signed_files
from bot.release.files import ReleaseFile
from bot.scratch import Scratch


def why_unsigned(key: Path | None) -> str:
    """Say why a release is not signed here; empty when it can be. It may take a second."""
    if key is None:
        return "no signing key is set"
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


def sign(folder: Path, files: Iterable[ReleaseFile], key: Path) -> str:
    """Give the signature over ``files``, which lie in ``folder`` and are read once more.

    It differs each time, since ECDSA draws a number at random. Raises HubRefused when the key cannot be
    used, and when what was signed is not what ``files`` says.
    """
    from model_signing import hashing, manifest, signing  # an extra, and slow to import

    if trouble := key_trouble(key):
        raise HubRefused(
            f"The signing key cannot be used: {trouble}. Nothing was sent to the Hub.",
            "Ask the operator to set one of the curve P-256, P-384 or P-521, as PEM, without a password.",
        )
    wanted = {file.path: file.sha256 for file in files}

    class Listed(hashing.Config):
        """Hash these files alone: a folder may hold some that serve its repository and are not published."""

        def hash(
            self,
            model_path: hashing.PathLike,
            *,
            files_to_hash: Iterable[hashing.PathLike] | None = None,
        ) -> manifest.Manifest:
            return super().hash(model_path, files_to_hash=[folder / path for path in wanted])

    with Scratch("signature") as place:
        # The package annotates no constructors.
        signer = signing.Config().set_hashing_config(Listed())  # type: ignore[no-untyped-call]
        signer.use_elliptic_key_signer(private_key=key)
        made = Path(place) / "signature"
        signer.sign(folder, made)
        text = made.read_text("utf-8")
    try:
        covered = signed_files(text)
    except BadSignature as error:
        raise HubRefused(f"The signature that was made is not one that can be checked: {error}.") from error
    if covered != wanted:
        raise HubRefused(
            "The files changed while they were signed; nothing was sent to the Hub.",
            "Start the release again.",
        )
    return text
