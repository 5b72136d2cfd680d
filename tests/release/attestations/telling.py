"""A release that was approved, as the attestations are told of it."""

from dataclasses import replace

from bot.hub.jobs import Origin
from bot.release.attestations import COMMAND_LINE, Told
from bot.release.files import ReleaseFile
from bot.release.gates.results import GateResult, Outcome
from bot.release.manifest import read_manifest
from bot.release.request import Collected, Pin, PinKind
from tests.release.worlds import MANIFEST, REQUEST

REPOSITORY = "acme/training"
FILES = (ReleaseFile("README.md", 3, "a" * 64), ReleaseFile("sub/model.safetensors", 5, "b" * 64))
ORIGINS = (
    Origin(
        "model", "acme/digits-base", license="other", license_name="Acme Terms", base_models=("acme/secret",)
    ),
    Origin("model", "acme/secret", license="mit"),
    Origin("dataset", "acme/digits", license="cc-by-4.0"),
)
GATES = (
    GateResult("manifest", Outcome.PASS, ()),
    GateResult("card", Outcome.WAIVED, ("waived by carol: The card of the secret project is late",)),
)
PINS = (
    Pin(f"https://github.com/{REPOSITORY}", PinKind.COMMIT, REQUEST.commit),
    Pin("hf://acme/staging", PinKind.COMMIT, "c" * 40),
    Pin("https://files.example/model", PinKind.ETAG, '"1"'),
    Pin("https://files.example/sums", PinKind.SHA256, "d" * 64),
)


def told(manifest: str = MANIFEST, *, private: bool = False) -> Told:
    collected = Collected(manifest, FILES, (), "e" * 64, PINS, (), ORIGINS)
    request = replace(REQUEST, private=private, repository=REPOSITORY)
    return Told(
        request, read_manifest(manifest), collected, GATES, ("bob",), COMMAND_LINE, "https://hub.example"
    )
