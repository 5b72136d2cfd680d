"""Check a keyless signature: the identity it was made by, that identity's certificate, and the public log.

Sources: Sigstore, architecture docs, "Client specification" (what has to be checked). The library
``sigstore`` does it, as inside ``model-signing``, which is not asked itself because it needs the whole model
on the disk at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.release.attestations.identity import identity_in, run_in
from bot.release.attestations.signature import PAYLOAD_TYPE, BadSignature, files_in
from bot.release.signer import Identity

if TYPE_CHECKING:
    from sigstore.verify import Verifier

EXTRA = "pip install 'giveback[signing]'"


class CannotCheck(Exception):
    """Say in plain words why a signature could not be checked here."""


@dataclass(frozen=True)
class Logged:
    """Hold what was signed, and where the log has it.

    ``files`` have the SHA-256 of each path; ``entry`` is the entry's number; ``moment`` is when the log took
    it, by its own word, and None where another service vouched for the time. ``ran`` says what the job ran
    for, by the word of who vouched for it; it is empty where the certificate does not tell.
    """

    files: Mapping[str, str]
    entry: int
    moment: dt.datetime | None = None
    ran: str = ""


def check(text: str, expected: Identity, trust: Path | None) -> Logged:
    """Check that ``expected`` made the signature, and give what was signed.

    ``trust`` is a Sigstore ClientTrustConfig; None asks Sigstore's update service for that of its public
    services, which needs the network. Nothing else does: the signature carries the log's proof.

    Raises:
        BadSignature: it does not hold, or somebody else made it.
        CannotCheck: the library or what to trust is not to be had.
    """
    said = identity_in(text)
    if said is None:
        raise BadSignature("it was made with a key, and not by an identity")
    verifier = _verifier(trust)
    if said != expected:
        raise BadSignature(f"it says it was made by {said}; expected was {expected}")

    from sigstore.errors import CertValidationError, Error
    from sigstore.models import Bundle
    from sigstore.verify import policy

    wanted = policy.Identity(identity=expected.name, issuer=expected.issuer)
    try:
        bundle = Bundle.from_json(text)
        kind, payload = verifier.verify_dsse(bundle, wanted)
        entered = bundle.log_entry._inner  # the library has no other way to ask where the log has it
    except CertValidationError:
        raise BadSignature(
            "its certificate is from nobody who is trusted to issue one, or was not good at that time"
        ) from None
    except Error as error:
        raise BadSignature(f"it does not hold: {error}") from None
    except Exception as error:
        # What a forged one makes the library's parsers raise is no promise of theirs; none of it is trust.
        raise BadSignature(f"it cannot be read as a keyless signature ({type(error).__name__})") from None
    if kind != PAYLOAD_TYPE:
        raise BadSignature("what it signs is no list of files and their SHA-256")
    files, ran = files_in(payload), run_in(bundle.signing_certificate)
    if entered.inclusion_promise and entered.integrated_time:
        at = dt.datetime.fromtimestamp(entered.integrated_time, dt.UTC)
        return Logged(files, entered.log_index, at, ran)
    return Logged(files, entered.inclusion_proof.log_index, ran=ran)


def _verifier(trust: Path | None) -> Verifier:
    """Make what checks signatures. Raises CannotCheck."""
    try:
        from sigstore.errors import Error
        from sigstore.models import ClientTrustConfig
        from sigstore.verify import Verifier
    except ImportError as error:
        raise CannotCheck(
            f"the package sigstore is needed to check who made it ({error.name} is missing): {EXTRA}"
        ) from None
    try:
        config = (
            ClientTrustConfig.from_json(trust.read_text("utf-8")) if trust else ClientTrustConfig.production()
        )
        return Verifier(trusted_root=config.trusted_root)
    except (Error, OSError, ValueError) as error:
        if trust is not None:
            raise CannotCheck(f"{trust} holds no Sigstore trust configuration") from None
        raise CannotCheck(
            "what to trust of Sigstore's public services could not be fetched, which takes the network "
            f"({type(error).__name__}); a file that was fetched earlier can be named with --trust-config"
        ) from None
