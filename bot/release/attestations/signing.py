"""Sign a model as OpenSSF Model Signing does it, with the ``model-signing`` package and a key in a file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from bot.hub.errors import HubRefused
from bot.release.attestations.signature import BadSignature, signed_files
from bot.release.files import ReleaseFile

PACKAGE = "model_signing"


def why_unsigned(key: Path | None) -> str:
    """Say why a release is not signed here; empty when it can be."""
    if key is None:
        return "no signing key is set"
    if find_spec(PACKAGE) is None:
        return "the package model-signing is not installed"
    return ""


def sign(folder: Path, files: Iterable[ReleaseFile], key: Path) -> str:
    """Give the signature over ``files``, which lie in ``folder`` and are read once more.

    It differs each time, since ECDSA draws a number at random. Raises HubRefused when the key cannot be
    used, and when what was signed is not what ``files`` says.
    """
    from model_signing import hashing, signing  # an extra, and slow to import

    wanted = {file.path: file.sha256 for file in files}

    class Listed(hashing.Config):  # type: ignore[misc]  # untyped without the extra
        """Hash these files alone: a folder may hold some that serve its repository and are not published."""

        def hash(self, model_path: Path, **_: object) -> object:
            return super().hash(model_path, files_to_hash=[Path(model_path) / path for path in wanted])

    with tempfile.TemporaryDirectory(prefix="giveback-signature-") as place:
        try:
            signer = signing.Config().set_hashing_config(Listed()).use_elliptic_key_signer(private_key=key)
        except (OSError, ValueError, TypeError) as error:
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
