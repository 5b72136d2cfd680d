"""Sign a model as OpenSSF Model Signing does it, with the ``model-signing`` package and a key in a file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from bot.hub.errors import HubRefused
from bot.release.attestations.signature import BadSignature, signed_files
from bot.release.files import ReleaseFile


def why_unsigned(key: Path | None) -> str:
    """Say why a release is not signed here; empty when it can be. It may take a second."""
    if key is None:
        return "no signing key is set"
    try:
        import_module("model_signing.signing")
    except ImportError as error:
        return f"the package model-signing is not installed as a whole ({error.name} is missing)"
    return ""


def sign(folder: Path, files: Iterable[ReleaseFile], key: Path) -> str:
    """Give the signature over ``files``, which lie in ``folder`` and are read once more.

    It differs each time, since ECDSA draws a number at random. Raises HubRefused when the key cannot be
    used, and when what was signed is not what ``files`` says.
    """
    from model_signing import hashing, manifest, signing  # an extra, and slow to import

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

    with tempfile.TemporaryDirectory(prefix="giveback-signature-") as place:
        try:
            # The package annotates no constructors.
            signer = signing.Config().set_hashing_config(Listed())  # type: ignore[no-untyped-call]
            signer = signer.use_elliptic_key_signer(private_key=key)
        except Exception as error:  # a file that is no such key makes the package raise all sorts of them
            raise HubRefused(
                f"The signing key cannot be used ({type(error).__name__}), so nothing was sent to the Hub.",
                "Ask the operator to set an elliptic curve key without a password, as PEM.",
            ) from None  # what the library says may quote the key
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
