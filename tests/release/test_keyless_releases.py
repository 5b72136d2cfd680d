"""Releases that a job signs as itself, from the command line, and what a stranger makes of them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click import unstyle
from typer import Exit
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.hub.publishing import Publisher
from bot.release.actions import HubActions
from bot.release.attestations.signing import KeyFile, Keyless, Unsigned
from bot.release.cli.signing import DECLINED, NO_IDENTITY, NOT_PUBLIC, signing_for
from bot.release.progress import Status
from bot.release.signer import Identity
from bot.release.workflow import run
from tests.fixtures.hub import SandboxHub
from tests.fixtures.make_models import finished_model
from tests.fixtures.sigstore import CLAIMS, SandboxSigstore, running_sigstore
from tests.release.attestations.keys import make_keys
from tests.release.worlds import MANIFEST, REQUEST, FolderSource, World

HUB_ID = "acme/digits-moved"
SOMEBODY = Identity("https://github.com/acme/models/.github/workflows/x.yml@refs/heads/main", "https://a.b")


@pytest.fixture(scope="module")
def sigstore(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxSigstore]:
    with running_sigstore(tmp_path_factory.mktemp("sigstore")) as running:
        yield running


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "ACTIONS_ID_TOKEN_REQUEST_URL", "GIVEBACK_SIGNING_KEY_PATH"):
        monkeypatch.delenv(name, raising=False)


def signed_by(identity: Identity) -> str:
    return f"signer:\n  identity: {identity.name}\n  issuer: {identity.issuer}\n"


def test_a_job_for_a_public_repository_signs_what_it_releases_and_anybody_can_hold_it_to_that(
    one_hub: SandboxHub, sigstore: SandboxSigstore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = finished_model(tmp_path / "model")
    manifest = tmp_path / "model-release.yml"
    manifest.write_text(MANIFEST.replace("models/digits", "model") + signed_by(sigstore.signer))
    monkeypatch.setenv("HF_ENDPOINT", one_hub.url)
    monkeypatch.setenv("HF_TOKEN", one_hub.token)
    secret = sigstore.begin(monkeypatch)
    trust: tuple[str, ...] = ("--trust-config", str(sigstore.trust))

    def giveback(*arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, *trust])

    alone = ("--without-second-person", "We are two, and one is ill.", "--yes", "--json")
    released = giveback("release", "run", str(folder), *alone)
    assert released.exit_code == 0, released.output
    assert json.loads(released.stdout)["remarks"][-1] == (
        f"It is signed by {sigstore.signer.name}, for whom {sigstore.url} vouches; Sigstore's log says so."
    )
    assert secret not in released.output

    monkeypatch.delenv("HF_TOKEN")

    def verify(*arguments: str) -> tuple[int, dict[str, Any]]:
        result = giveback("verify", HUB_ID, "--revision", "v1.0.0", "--json", *arguments)
        checks = {check["name"]: check for check in json.loads(result.stdout)["checks"]}
        return result.exit_code, checks["signature"]

    code, signature = verify("--manifest", str(manifest))
    assert (code, signature["outcome"]) == (0, "holds")
    assert signature["evidence"][0].startswith(f"{sigstore.signer.name} signed SHA256SUMS and exactly the ")
    assert f"{sigstore.url} vouched for that name" in signature["evidence"][1]
    assert signature["evidence"][1].endswith(f"by the Sigstore of {sigstore.trust}")
    assert signature["evidence"][2] == (
        f"it vouched, too, that the job ran for https://github.com/octo/models at {CLAIMS['sha']}, "
        "as https://github.com/octo/models/actions/runs/7/attempts/1"
    )

    code, signature = verify("--identity", SOMEBODY.name)
    assert (code, signature["outcome"]) == (1, "fails")
    assert f"it was made by {sigstore.signer}" in signature["evidence"][0]

    trust = ()
    code, signature = verify()
    assert (code, signature["outcome"]) == (1, "could_not_run")
    assert "--identity" in signature["evidence"][0]


async def test_a_release_that_another_has_to_sign_ends_before_anything_is_sent(
    origins_hub: SandboxHub, sigstore: SandboxSigstore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = FolderSource(finished_model(tmp_path / "model"), MANIFEST + signed_by(SOMEBODY))
    key, _ = make_keys(tmp_path)
    sigstore.begin(monkeypatch)
    async with Publisher(origins_hub.access) as publisher:
        actions = HubActions(source, publisher, tmp_path / "room")
        for signing, words in (
            (
                Unsigned("no signing key is set"),
                "signs the release, and here it would not be signed: no signing key is set",
            ),
            (KeyFile(key), "signs the release, and here it would be signed with a key"),
            (Keyless(sigstore.trust), f"signs the release, and it was {sigstore.signer}"),
        ):
            outcome = await run(REQUEST, World(), replace(actions, signing=signing))
            assert outcome.status is Status.FAILED
            assert words in outcome.message
            assert "Nothing was sent to the Hub." in outcome.message
    assert not origins_hub.exists(HUB_ID)


@pytest.mark.parametrize("visibility", ["private", "internal", ""])
def test_a_job_for_a_repository_that_is_not_public_signs_as_itself_only_when_asked(
    sigstore: SandboxSigstore, monkeypatch: pytest.MonkeyPatch, visibility: str
) -> None:
    sigstore.begin(monkeypatch, {**CLAIMS, "repository_visibility": visibility})
    assert signing_for(None, None, None, sigstore.trust) is NOT_PUBLIC
    assert signing_for(None, None, True, sigstore.trust) == Keyless(sigstore.trust)
    assert signing_for(SOMEBODY, None, None, sigstore.trust) == Keyless(sigstore.trust)


def test_a_job_signs_as_itself_by_itself_unless_there_is_a_key_or_nobody_wants_it(
    sigstore: SandboxSigstore, monkeypatch: pytest.MonkeyPatch
) -> None:
    sigstore.begin(monkeypatch)
    key = Path("key.pem")
    assert signing_for(None, None, None, None) == Keyless()
    assert signing_for(None, key, None, None) == KeyFile(key)
    assert signing_for(None, None, False, None) is DECLINED
    assert signing_for(None, key, False, None) == KeyFile(key)


def test_who_has_no_identity_signs_with_a_key_or_not_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert signing_for(None, None, None, None) is NO_IDENTITY
    for expected, keyless in ((None, True), (SOMEBODY, None)):
        with pytest.raises(Exit):
            signing_for(expected, None, keyless, None)
        assert "it has no identity of its own" in capsys.readouterr().err


def test_a_key_and_an_identity_do_not_both_sign(tmp_path: Path) -> None:
    key, _ = make_keys(tmp_path)
    both = ["release", "run", str(tmp_path), "--dry-run", "--keyless", "--signing-key", str(key)]
    result = CliRunner().invoke(app, both)
    assert result.exit_code == 2
    assert "name one of them" in unstyle(result.stderr)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--issuer", "https://a.b"), "it vouches for an --identity"),
        (("--identity", "x", "--manifest", "x.yml"), "name only one of them"),
        (("--identity", "x", "--unsigned"), "you said whose signature"),
        (("--manifest", "none.yml"), "cannot be read"),
        (("--manifest", "other.yml"), "is about acme/other"),
        (("--manifest", "unsigned.yml"), "does not name who signs"),
        (("--manifest", "broken.yml"), "broken.yml:1:1"),
        (("--trust-config", "none.json"), "does not exist"),
        (("--trust-config", "broken.yml"), "it is for an --identity"),
    ],
)
def test_what_makes_no_sense_in_verify_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("unsigned.yml").write_text(MANIFEST)
    Path("other.yml").write_text(MANIFEST.replace(HUB_ID, "acme/other") + signed_by(SOMEBODY))
    Path("broken.yml").write_text("nonsense: 1\n")
    result = CliRunner().invoke(app, ["verify", HUB_ID, *arguments])
    assert result.exit_code == 2
    assert words in " ".join(unstyle(result.stderr).replace("│", " ").split())
